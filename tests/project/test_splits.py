"""Splits are remembered, and a test split does not change in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from desktop_app import storage
from desktop_app.errors import ProjectError, StorageError
from desktop_app.events import Notice
from desktop_app.project import split_records
from desktop_app.project.catalog import SPLITS, TEST, TRAIN, Catalog
from desktop_app.project.groups import Grouping
from desktop_app.project.splits import Known, Splits


class Pictures:
    """Rows of a made-up project: (file, content, class) as "file content class" texts."""

    def __init__(self, *texts: str) -> None:
        rows = [text.split() for text in texts]
        self.files = [row[0] for row in rows]
        self.hashes = [f"{int(row[1]):032x}" for row in rows]
        names = [row[2] for row in rows]
        self.classes = sorted(set(names))
        self.labels = np.array([self.classes.index(name) for name in names], np.int32)

    @property
    def arguments(self) -> tuple[list[str], list[str], np.ndarray, list[str]]:
        return self.files, self.hashes, self.labels, self.classes


def many(count: int, start: int = 0, name: str = "cat") -> list[str]:
    return [f"{name}/{number}.jpg {number} {name}" for number in range(start, start + count)]


def what(notices: Sequence[Notice]) -> str:
    return "\n".join(" ".join((notice.what, notice.why, notice.hint)) for notice in notices)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "splits.jsonl"


def test_splits_are_remembered_and_new_pictures_added(log: Path) -> None:
    first = Splits(log).assign(*Pictures(*many(30)).arguments, seed=0)
    assert Counter(first.splits.tolist()) == {0: 18, 1: 6, 2: 6} and not first.notices
    size = log.stat().st_size
    again = Splits(log).assign(*Pictures(*many(30)).arguments, seed=5)
    assert (again.splits == first.splits).all() and log.stat().st_size == size
    later = Splits(log).assign(*Pictures(*many(40)).arguments, seed=0)
    assert (later.splits[:30] == first.splits).all() and Counter(later.splits.tolist()) == {0: 24, 1: 8, 2: 8}


def test_moved_renamed_and_relabelled_pictures_keep_their_split(log: Path) -> None:
    splits = Splits(log)
    first = splits.assign(*Pictures(*many(30)).arguments, seed=0)
    moved = Pictures(*[f"dog/new{number}.jpg {number} {'dog' if number % 2 else 'cat'}" for number in range(30)])
    assert (splits.assign(*moved.arguments, seed=0).splits == first.splits).all()
    fewer = Pictures(*many(10))
    assert (splits.assign(*fewer.arguments, seed=0).splits == first.splits[:10]).all()


def test_the_deal_does_not_depend_on_names_or_order(tmp_path: Path) -> None:
    forward, backward = many(30), many(30)[::-1]
    one = Splits(tmp_path / "1").assign(*Pictures(*forward).arguments, seed=0).splits
    other = Splits(tmp_path / "2").assign(*Pictures(*backward).arguments, seed=0).splits
    assert (one == other[::-1]).all()


def test_copies_share_a_split_and_count_once(log: Path) -> None:
    copies = [f"cat/{number}_{copy}.jpg {number} cat" for number in range(20) for copy in range(3)]
    parts = Splits(log).assign(*Pictures(*copies).arguments, seed=0).splits.reshape(20, 3)
    assert (parts == parts[:, :1]).all() and Counter(parts[:, 0].tolist()) == {0: 12, 1: 4, 2: 4}


def test_one_content_in_two_classes_is_left_out_and_listed(log: Path) -> None:
    pictures = Pictures(*many(10), "cat/same.jpg 77 cat", "dog/same.jpg 77 dog", *many(10, 20, "dog"))
    result = Splits(log).assign(*pictures.arguments, seed=0)
    assert result.splits[10:12].tolist() == [-1, -1] and (np.delete(result.splits, [10, 11]) >= 0).all()
    assert "“cat/same.jpg”, “dog/same.jpg”" in what(result.notices)
    assert Splits(log).split_of(f"{77:032x}") is None, "it gets its split when the wrong copy is gone"


def test_tiny_classes_are_announced(log: Path) -> None:
    result = Splits(log).assign(*Pictures(*many(10), *many(1, 20, "dog"), *many(2, 30, "fox")).arguments, seed=0)
    assert "validation split: “dog”, “fox”" in what(result.notices)
    assert "test split: “dog”." in what(result.notices)
    assert "train split" not in what(result.notices)


def test_groups_by_name_stay_together(log: Path) -> None:
    texts = [f"cat/part_{number}_{view}.jpg {number * 10 + view} cat" for number in range(20) for view in range(4)]
    result = Splits(log).assign(*Pictures(*texts).arguments, seed=0, grouping=Grouping("part_*"))
    parts = result.splits.reshape(20, 4)
    assert (parts == parts[:, :1]).all() and Counter(parts[:, 0].tolist()) == {0: 12, 1: 4, 2: 4}
    assert result.groups[0] == "part_0" and len(set(result.groups)) == 20


def test_copies_join_groups(log: Path) -> None:
    texts = ["c/part_1_a.jpg 1 c", "c/part_1_b.jpg 2 c", "c/part_2_a.jpg 2 c", "c/part_2_b.jpg 3 c"]
    parts = (
        Splits(log).assign(*Pictures(*texts, *many(30, 100, "c")).arguments, seed=0, grouping=Grouping("part_*")).splits
    )
    assert len(set(parts[:4].tolist())) == 1


def test_a_pattern_that_comes_later_moves_nothing_but_warns(log: Path) -> None:
    texts = [f"cat/part_{number % 5}_{number}.jpg {number} cat" for number in range(40)]
    first = Splits(log).assign(*Pictures(*texts).arguments, seed=0)
    second = Splits(log).assign(*Pictures(*texts).arguments, seed=0, grouping=Grouping("part_*"))
    assert (first.splits == second.splits).all()
    assert "Groups with pictures in the test split and outside it" in what(second.notices)


def test_starting_over_deals_anew_and_records_what_the_test_split_lost(log: Path) -> None:
    splits = Splits(log)
    texts = [f"cat/part_{number % 10}_{number}.jpg {number} cat" for number in range(50)]
    first = splits.assign(*Pictures(*texts).arguments, seed=0)
    splits.start_over()
    second = Splits(log).assign(*Pictures(*texts).arguments, seed=0, grouping=Grouping("part_*"))
    (notice,) = second.notices
    assert "The test split changed" in notice.what, "no group is torn any more"
    changes = [record for record in storage.read_records(log) if record["kind"] == "test_changed"]
    moved_in = set(changes[0]["into"])
    was, now = set(np.flatnonzero(first.splits == 2)), set(np.flatnonzero(second.splits == 2))
    assert len(changes) == 1
    assert moved_in == {f"{number:032x}" for number in now - was}
    assert set(changes[0]["out_of"]) == {f"{number:032x}" for number in was - now}
    assert (
        Splits(log).assign(*Pictures(*texts).arguments, seed=0, grouping=Grouping("part_*")).splits == second.splits
    ).all()


def test_pictures_that_look_alike_join_other_groups(log: Path) -> None:
    texts = [f"cat/part_{number // 4}_{number}.jpg {number} cat" for number in range(80)]
    alike = {f"{3:032x}": "near-duplicates 1", f"{4:032x}": "near-duplicates 1"}
    result = Splits(log).assign(*Pictures(*texts).arguments, seed=0, grouping=Grouping("part_*"), alike=alike)
    assert len(set(result.splits[:8].tolist())) == 1 and len(set(result.groups[:8])) == 1
    assert len(set(result.groups)) == 19


def test_folders_below_the_class_folders_are_groups(log: Path) -> None:
    texts = [
        f"{name}/lot_{number // 4}/{number}.jpg {number + 100 * (name == 'b')} {name}"
        for number in range(60)
        for name in "ab"
    ]
    result = Splits(log).assign(*Pictures(*texts).arguments, seed=0, grouping=Grouping("part_*", folders=True))
    splits_of: dict[str, set[int]] = {}
    for group, part in zip(result.groups, result.splits.tolist(), strict=True):
        splits_of.setdefault(group, set()).add(part)
    assert set(splits_of) == {f"lot_{number}" for number in range(15)}
    assert all(len(parts) == 1 for parts in splits_of.values())
    assert Grouping(folders=True).named(["a.jpg", "cat/b.jpg", "cat/x/y/c.jpg"]) == ["", "", "x/y"]


def test_dealing_anew_can_be_seen_before_it_is_done(log: Path) -> None:
    texts = [f"cat/part_{number % 10}_{number}.jpg {number} cat" for number in range(50)]
    splits = Splits(log)
    splits.assign(*Pictures(*texts).arguments, seed=0)
    before = log.read_bytes()
    files, hashes, labels, classes = Pictures(*texts).arguments
    seen = splits.dealt_anew(files, hashes, labels, seed=0, grouping=Grouping("part_*"))
    assert log.read_bytes() == before
    splits.start_over()
    done = splits.assign(files, hashes, labels, classes, seed=0, grouping=Grouping("part_*"))
    assert (seen.splits == done.splits).all() and seen.groups == done.groups


def test_two_processes_see_each_other_s_splits(log: Path) -> None:
    one, other = Splits(log), Splits(log)
    first = one.assign(*Pictures(*many(30)).arguments, seed=0)
    assert (other.assign(*Pictures(*many(30)).arguments, seed=7).splits == first.splits).all()
    assert other.split_of(f"{0:032x}") in SPLITS and len(other) == 30


def test_who_only_looks_writes_nothing(log: Path) -> None:
    looking = Splits(log, writable=False)
    first = looking.assign(*Pictures(*many(30)).arguments, seed=0)
    assert not log.exists()
    assert (looking.assign(*Pictures(*many(30)).arguments, seed=1).splits == first.splits).all()


def test_a_full_disk_assigns_nothing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    splits = Splits(log)
    with monkeypatch.context() as patch:
        patch.setattr(storage.Disk, "fsync", _full)
        with pytest.raises(StorageError):
            splits.assign(*Pictures(*many(30)).arguments, seed=0)
    assert not len(splits)
    splits.assign(*Pictures(*many(30)).arguments, seed=0)
    assert len(Splits(log)) == 30


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


# ---- what a damaged or hostile log does


@pytest.mark.parametrize(
    "record",
    [
        {"format": 1, "kind": "assigned", "rows": [["x", "train", ""]]},
        {"format": 1, "kind": "assigned", "rows": [["0" * 32, "train"]]},
        {"format": 1, "kind": "assigned", "rows": [["0" * 32, 3, ""]]},
        {"format": 1, "kind": "assigned", "rows": [["0" * 32, "train", "g" * 1000]]},
        {"format": 1, "kind": "assigned", "rows": [[["0" * 32], "train", ""], None, 3, {}]},
        {"format": 1, "kind": "assigned", "rows": "0" * 32},
        {"format": 1, "kind": "assigned"},
        {"format": 1, "kind": ["assigned"]},
        {"format": "1", "kind": "assigned", "rows": [["0" * 32, "train", ""]]},
        {"kind": "start_over"},
        ["assigned"],
        3,
        None,
    ],
)
def test_impossible_records_are_passed_over(record: object, log: Path) -> None:
    good = {"format": 1, "kind": "assigned", "source": "automatic", "rows": [[f"{5:032x}", "test", ""]]}
    for item in (good, record):
        storage.append_record(log, item)  # type: ignore[arg-type]
    splits = Splits(log)
    assert len(splits) == 1 and splits.split_of(f"{5:032x}") == "test"


def test_an_unknown_split_name_counts_as_none(log: Path) -> None:
    rows = [[f"{5:032x}", "holdout", "g"]]
    storage.append_record(log, {"format": 1, "kind": "assigned", "source": "x", "rows": rows})
    assert Splits(log).split_of(f"{5:032x}") is None


def test_a_newer_format_is_refused(log: Path) -> None:
    storage.append_record(log, {"format": 2, "kind": "assigned"})
    with pytest.raises(ProjectError, match="newer Discern"):
        Splits(log)


def test_a_torn_record_is_dealt_again(log: Path) -> None:
    first = Splits(log).assign(*Pictures(*many(30)).arguments, seed=0)
    whole = log.read_bytes()
    Splits(log).assign(*Pictures(*many(40)).arguments, seed=0)
    log.write_bytes(log.read_bytes()[: len(whole) + 50])
    again = Splits(log).assign(*Pictures(*many(40)).arguments, seed=0)
    assert (again.splits[:30] == first.splits).all() and Counter(again.splits.tolist()) == {0: 24, 1: 8, 2: 8}


# ---- tables


def catalog(pictures: Pictures) -> tuple[Catalog, dict[str, str]]:
    found = Catalog(tuple(pictures.classes), tuple(pictures.files), pictures.labels)
    return found, dict(zip(pictures.files, pictures.hashes, strict=True))


def import_rows(splits: Splits, pictures: Pictures, rows: Sequence[str], root: Path) -> str:
    """Import a table; what the notices say."""
    (root / "split.csv").write_text("\n".join(["file,class,group,split", *rows]) + "\n", encoding="utf-8")
    return what(splits.import_csv(root / "split.csv", root, *catalog(pictures), seed=0))


def test_a_table_with_all_three_splits_is_taken_as_it_is(log: Path) -> None:
    pictures = Pictures(*many(9))
    rows = [f"cat/{number}.jpg,cat,g{number // 3},{name}" for number, name in enumerate(["train", "val", "test"] * 3)]
    said = import_rows(Splits(log), pictures, rows, log.parent)
    assert "outside it: “g0”, “g1”, “g2”." in said and "validation pictures" not in said
    result = Splits(log).assign(*pictures.arguments, seed=0)
    assert result.splits.tolist() == [0, 1, 2] * 3 and result.groups == tuple(f"g{n // 3}" for n in range(9))


def test_validation_is_taken_from_train_by_group_and_stays(log: Path) -> None:
    pictures = Pictures(*many(50))
    rows = [f"cat/{n}.jpg,cat,g{n // 2},{'test' if n >= 40 else 'train'}" for n in range(50)]
    said = import_rows(Splits(log), pictures, rows, log.parent)
    assert "8 of its train pictures became validation pictures" in said
    first = Splits(log).assign(*pictures.arguments, seed=0).splits
    assert Counter(first.tolist()) == {0: 32, 1: 8, 2: 10} and (first[40:] == 2).all()
    assert (first[::2] == first[1::2]).all()
    size = log.stat().st_size
    import_rows(Splits(log), pictures, rows, log.parent)
    assert log.stat().st_size == size, "the same table again changes nothing"
    more = Pictures(*many(60))
    import_rows(Splits(log), more, [*rows, *(f"cat/{n}.jpg,cat,g{n // 2},train" for n in range(50, 60))], log.parent)
    later = Splits(log).assign(*more.arguments, seed=0).splits
    assert (later[:50] == first).all() and Counter(later.tolist()) == {0: 40, 1: 10, 2: 10}


def test_a_table_that_changes_the_test_split_leaves_a_record(log: Path) -> None:
    pictures = Pictures(*many(10))
    before = Splits(log).assign(*pictures.arguments, seed=0).splits
    flipped = ["train" if split == 2 else "test" if split == 0 else "val" for split in before]
    rows = [f"cat/{number}.jpg,,,{name}" for number, name in enumerate(flipped)]
    said = import_rows(Splits(log), pictures, rows, log.parent)
    assert "6 pictures came in that may have been learnt from, 2 pictures went out" in said
    (change,) = [record for record in storage.read_records(log) if record["kind"] == "test_changed"]
    assert change["source"] == "split.csv" and (len(change["into"]), len(change["out_of"])) == (6, 2)


def test_a_first_table_changes_nothing_that_was_there(log: Path) -> None:
    rows = [f"cat/{number}.jpg,,,test" for number in range(10)]
    said = import_rows(Splits(log), Pictures(*many(10)), rows, log.parent)
    assert "test split changed" not in said
    assert [record["kind"] for record in storage.read_records(log)] == ["assigned"]


def test_a_table_may_give_groups_only(log: Path) -> None:
    pictures = Pictures(*many(40))
    import_rows(Splits(log), pictures, [f"cat/{n}.jpg,,part {n // 4}," for n in range(40)], log.parent)
    parts = Splits(log).assign(*pictures.arguments, seed=0).splits.reshape(10, 4)
    assert (parts == parts[:, :1]).all() and Counter(parts[:, 0].tolist()) == {0: 6, 1: 2, 2: 2}


def test_unlisted_pictures_are_dealt_out(log: Path) -> None:
    pictures = Pictures(*many(20))
    said = import_rows(
        Splits(log), pictures, [f"cat/{n}.jpg,,,{'test' if n < 4 else 'train'}" for n in range(10)], log.parent
    )
    assert "Not named in “split.csv”: 10 pictures of this project" in said
    result = Splits(log).assign(*pictures.arguments, seed=0).splits
    assert (result >= 0).all() and (result[:4] == 2).all() and Counter(result.tolist())[2] == 4


def test_copies_that_a_table_divides_go_to_test(log: Path) -> None:
    pictures = Pictures(*many(8), "cat/copy.jpg 0 cat")
    rows = [*(f"cat/{n}.jpg,,,train" for n in range(8)), "cat/copy.jpg,,,test"]
    assert "Copies of one picture in different splits of “split.csv”: 1 picture." in import_rows(
        Splits(log), pictures, rows, log.parent
    )
    result = Splits(log).assign(*pictures.arguments, seed=0).splits
    assert result[0] == result[8] == 2


@pytest.mark.parametrize("chunk", [7, 50, 1 << 20])
def test_groups_of_tables_are_found_without_taking_all_splits_in(
    log: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(split_records, "_CHUNK", chunk)
    contents = [f"{number:032x}" for number in range(20)]
    files = [f"a/{content}.png" for content in contents]
    Splits(log)._write({content: Known(TRAIN) for content in contents}, "automatic")
    fresh = Splits(log)
    assert fresh.groups(files, contents, Grouping()) == [""] * 20
    assert not fresh._is_read
    fresh._write({contents[3]: Known(TEST, "lot 7")}, "table.csv")
    assert Splits(log).groups(files, contents, Grouping())[2:5] == ["", "lot 7", ""]
