"""What is known of pictures without reading them, wherever they are now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.project.catalog import LEFT_OUT, SPLITS, TRAIN
from desktop_app.project.columns import Columns, read_columns, read_dates_and_sizes
from desktop_app.project.measures import Measures
from desktop_app.project.project import Project
from desktop_app.project.split_records import stored_splits
from desktop_app.project.splits import Known, Splits
from tests.drawing import draw_classes, let_settle
from tests.ui.demo import add_run, snapshot_of


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Its pictures were hashed, measured and dealt out; the unlabelled one is unknown."""
    root = draw_classes(tmp_path / "parts", {"good": 12, "bad": 8, "_unlabelled": 1})
    let_settle(root)
    with Project.open(root) as opened:
        snapshot = snapshot_of(opened)
        opened.index.store_measures({content: measures(48, 32) for content in snapshot.hashes})
        yield opened


def measures(width: int, height: int) -> Measures:
    return Measures(width, height, "PNG", "RGB", 0.5, 0.2, 0.5, 0, 0, 0)


def columns_of(project: Project, **more: Any) -> Columns:
    return read_columns(project, project.scan(), **more)


def split_names(columns: Columns) -> dict[str, str]:
    return {
        file: SPLITS[code] for file, code in zip(columns.files, columns.split.tolist(), strict=True) if code != LEFT_OUT
    }


def test_size_date_shape_and_split_come_from_the_index(project: Project) -> None:
    columns = columns_of(project)
    row = 3
    assert columns.size[row] == (project.root / columns.files[row]).stat().st_size
    assert columns.changed_ns[row] == 1_700_000_000 * 10**9
    assert (columns.width[row], columns.height[row]) == (48, 32)
    known = {file: project.splits.split_of(project.index.content_hash(file)) for file in columns.files[:-1]}
    assert split_names(columns) == known
    assert columns.hashes[row].decode() == project.index.content_hash(columns.files[row])


def test_what_is_unknown_says_so_and_can_be_looked_up(project: Project) -> None:
    columns = columns_of(project)
    assert columns.files[-1].startswith("_unlabelled/")
    assert (columns.size[-1], columns.changed_ns[-1], columns.hashes[-1], columns.split[-1]) == (-1, 0, b"", LEFT_OUT)
    looked = read_dates_and_sizes(project.root, columns)
    assert looked.size[-1] == (project.root / columns.files[-1]).stat().st_size
    assert looked.changed_ns[-1] == 1_700_000_000 * 10**9
    assert columns.size[-1] == -1


def test_a_picture_that_was_moved_keeps_its_split(project: Project) -> None:
    before = split_names(columns_of(project))
    file = next(file for file, split in before.items() if split == "test")
    (project.root / file).rename(project.root / "bad" / "moved.png")
    after = columns_of(project)
    assert split_names(after)["bad/moved.png"] == "test"
    assert after.width[after.files.index("bad/moved.png")] == 48


def test_a_picture_that_took_anothers_place_is_not_taken_for_it(project: Project) -> None:
    before = columns_of(project)
    file = before.files[0]
    (project.root / file).rename(project.root / "gone.txt")
    draw_classes(project.root, {"bad": 30})  # others, none of which the index knows
    after = columns_of(project)
    new = [row for row, name in enumerate(after.files) if name not in before.files]
    assert new and all(after.hashes[row] == b"" for row in new)


def test_what_a_run_says_is_numbered_as_the_catalog_is(project: Project) -> None:
    run = add_run(project)
    catalog = project.scan()
    contents = {file: project.index.content_hash(file) for file in catalog.files[:2]}
    one, other = contents.values()
    label = run.classes.index("bad")
    project.index.store_predictions(run.key, {one: (label, 0.75), other: (99, 0.5)})
    columns = read_columns(project, catalog, run)
    assert catalog.classes[columns.predicted[0]] == "bad"
    assert columns.confidence[0] == 0.75
    assert columns.predicted[1] == -1 and np.isnan(columns.confidence[1])  # a number that the run does not have
    assert (columns_of(project).predicted == -1).all()
    project.index.store_predictions(run.key, {one: (run.classes.index("good"), 0.9)})
    for path in (project.root / "good").iterdir():
        path.rename(project.root / path.name)
    (project.root / "good").rmdir()
    columns = read_columns(project, project.scan(), run)
    assert (columns.predicted == -1).all() and np.isnan(columns.confidence).all()  # a class that is gone


def test_copies_share_what_is_known(project: Project) -> None:
    catalog = project.scan()
    copy = project.root / "good" / "zz copy.png"
    copy.write_bytes((project.root / catalog.files[0]).read_bytes())
    os.utime(copy, (1_700_000_000, 1_700_000_000))
    list(project.index.content_hashes(["good/zz copy.png"]))
    columns = columns_of(project)
    place = columns.files.index("good/zz copy.png")
    assert columns.split[place] == columns.split[0] != LEFT_OUT


def test_rows_taken_over_to_another_list(project: Project) -> None:
    columns = columns_of(project)
    taken = columns.taken(np.array([2, -1, 0]), ("c", "new", "a"))
    assert taken.files == ("c", "new", "a")
    assert taken.size.tolist() == [columns.size[2], -1, columns.size[0]]
    assert taken.hashes[1] == b"" and taken.split[1] == LEFT_OUT
    assert len(Columns.unknown(()).taken(np.array([-1]), ("a",)).size) == 1
    unknown = Columns.unknown(("a", "b")).taken(np.array([1, -1]), ("b", "new"))
    assert unknown.size.tolist() == [-1, -1] and unknown.hashes.tolist() == [b"", b""]


def test_only_the_columns_that_are_wanted_are_read(project: Project) -> None:
    everything, some = columns_of(project), columns_of(project, only=("hashes", "split"))
    assert some.hashes.tolist() == everything.hashes.tolist() and any(everything.hashes)
    assert some.split.tolist() == everything.split.tolist()
    assert set(some.size.tolist()) == {-1} and set(some.width.tolist()) == {0}


def test_the_table_of_splits_knows_what_the_splits_know(tmp_path: Path) -> None:
    path = tmp_path / "splits.jsonl"
    contents = [f"{number:032x}" for number in range(30)]
    files, labels = [f"a/{content}" for content in contents], np.arange(30, dtype=np.int32) % 2
    known = Splits(path)
    known.assign(files, contents, labels, ("a", "b"), seed=1)
    known.start_over()
    known.assign(files[:20], contents[:20], labels[:20], ("a", "b"), seed=2)
    with path.open("ab") as log:
        log.write(b'\n00000000 {"format":1,"kind":"assigned","rows":[["' + b"f" * 32 + b'","test",""]]}\n')
    table = stored_splits(path)
    assert {row["hash"].decode(): SPLITS[row["split"]] for row in table} == {
        content: known.split_of(content) for content in contents[:20]
    }
    assert len(stored_splits(tmp_path / "none.jsonl")) == 0


def test_a_group_that_looks_like_a_row_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Splits(tmp_path / "splits.jsonl")
    group = '["' + "a" * 32 + '","test",""],['
    known._write({"b" * 32: Known(TRAIN, group)}, "table.csv")
    table = stored_splits(tmp_path / "splits.jsonl")
    assert table["hash"].tolist() == [b"b" * 32]
