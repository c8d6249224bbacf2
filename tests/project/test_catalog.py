"""The catalog lists what is there, in an order that never depends on the disk, and stumbles over nothing."""

from __future__ import annotations

import csv
import errno
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.errors import DataError, ProjectError
from desktop_app.events import PictureSkipped
from desktop_app.project import catalog as catalogs
from desktop_app.project.catalog import Catalog, Snapshot, scan


def touch(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"x")
    return root


# ---- what is listed


def test_classes_are_folders_with_all_that_lies_in_them(tmp_path: Path) -> None:
    touch(tmp_path, "dog/b.png", "cat/2.jpg", "cat/10.JPG", "cat/lot 1/deep/er/x.tif", "cat/lot 1/a.bmp", "cat/a.txt")
    found = scan(tmp_path)
    assert found.classes == ("cat", "dog")
    assert found.files == ("cat/2.jpg", "cat/10.JPG", "cat/lot 1/a.bmp", "cat/lot 1/deep/er/x.tif", "dog/b.png")
    assert found.labels.tolist() == [0, 0, 0, 0, 1] and found.labels.dtype == np.int32
    assert found.counts() == {"cat": 4, "dog": 1}
    assert found.unlabelled == 0


def test_pictures_at_the_top_and_in_unlabelled_have_no_class(tmp_path: Path) -> None:
    touch(tmp_path, "x.jpg", "_unlabelled/y.jpg", "_Unlabelled/sub/z.jpg", "cat/a.jpg")
    found = scan(tmp_path)
    assert found.classes == ("cat",)
    assert found.files[0] == "cat/a.jpg"
    assert set(found.files[1:]) == {"x.jpg", "_unlabelled/y.jpg", "_Unlabelled/sub/z.jpg"}
    assert found.labels.tolist() == [0, -1, -1, -1] and found.unlabelled == 3


def test_pictures_only_at_the_top(tmp_path: Path) -> None:
    found = scan(touch(tmp_path, "b.jpg", "a.jpg"))
    assert (found.classes, found.files, found.unlabelled) == ((), ("a.jpg", "b.jpg"), 2)


def test_an_empty_folder(tmp_path: Path) -> None:
    found = scan(tmp_path)
    assert (found.classes, found.files, found.counts()) == ((), (), {})


def test_empty_classes_are_classes(tmp_path: Path) -> None:
    touch(tmp_path, "cat/a.jpg")
    (tmp_path / "empty").mkdir()
    assert scan(tmp_path).counts() == {"cat": 1, "empty": 0}


def test_hidden_and_system_folders_and_files_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, ".discern/runs/x.jpg", ".trash/a.jpg", "__MACOSX/cat/a.jpg", "@eaDir/a.jpg", "cat/._a.jpg")
    touch(tmp_path, "cat/a.jpg", "cat/.hidden/b.jpg", "cat/@eaDir/c.jpg", ".d.jpg", "cat/Thumbs.db", "cat/.jpg")
    found = scan(tmp_path)
    assert (found.classes, found.files, found.skipped) == (("cat",), ("cat/a.jpg",), ())


def test_formats_that_cannot_be_read_are_counted_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "cat/a.heic", "cat/sub/b.HEIC", "cat/c.svg", "cat/d.jpg", "x.heic")
    found = scan(tmp_path)
    assert found.files == ("cat/d.jpg",)
    assert found.unsupported == {"HEIC": 3, "SVG": 1}


def test_a_folder_may_be_called_like_a_picture(tmp_path: Path) -> None:
    touch(tmp_path, "cat.jpg/a.jpg", "dog/lot.png/b.jpg", "fox.heic/c.jpg")
    assert scan(tmp_path).counts() == {"cat.jpg": 1, "dog": 1, "fox.heic": 1}


# ---- order


def test_the_known_order_comes_first_and_missing_classes_do_not_come_back(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg", "b/1.jpg", "c 10/1.jpg", "c 9/1.jpg")
    assert scan(tmp_path, ["b", "gone", "a"]).classes == ("b", "a", "c 9", "c 10")


def test_the_order_does_not_depend_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, *(f"{name}/{number}.jpg" for name in "zbya" for number in range(12)))
    first = scan(tmp_path)
    scandir = os.scandir

    class Backwards:
        def __init__(self, path: str) -> None:
            with scandir(path) as entries:
                self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self.entries

        def __exit__(self, *_: object) -> None:
            """Nothing is open."""

    monkeypatch.setattr(os, "scandir", Backwards)
    second = scan(tmp_path)
    assert (first.classes, first.files) == (second.classes, second.files)


def test_two_spellings_of_a_name_are_one_class(tmp_path: Path) -> None:
    composed, decomposed = "größe", unicodedata.normalize("NFD", "größe")
    touch(tmp_path, f"{composed}/a.jpg", f"{decomposed}/b.jpg", "z/c.jpg")
    if len(list(tmp_path.iterdir())) < 3:
        pytest.skip("platform: this disk keeps both under one name")
    for known in (composed, decomposed):
        found = scan(tmp_path, [known])
        assert found.classes == (known, "z"), "the folder that the project knows gives the name"
        assert found.counts() == {known: 2, "z": 1}
        assert set(found.files) == {f"{composed}/a.jpg", f"{decomposed}/b.jpg", "z/c.jpg"}
        assert set(found.spellings) == {composed, decomposed} - {known}


# ---- what would make others stumble


def test_links_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path / "outside", "secret.jpg")
    root = touch(tmp_path / "root", "cat/a.jpg")
    (root / "cat" / "loop").symlink_to(root, target_is_directory=True)
    (root / "linked").symlink_to(tmp_path / "outside", target_is_directory=True)
    (root / "cat" / "b.jpg").symlink_to(tmp_path / "outside" / "secret.jpg")
    (root / "cat" / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    (root / "cat" / "notes.txt").symlink_to(tmp_path / "nowhere")
    found = scan(root)
    assert (found.classes, found.files) == (("cat",), ("cat/a.jpg",))
    assert {event.file for event in found.skipped} == {"cat/b.jpg", "cat/dangling.jpg"}
    assert all("link" in event.reason for event in found.skipped)


@pytest.mark.timeout(10)
def test_pipes_and_sockets_are_not_opened(tmp_path: Path) -> None:
    touch(tmp_path, "cat/a.jpg")
    os.mkfifo(tmp_path / "cat" / "photo.jpg")
    found = scan(tmp_path)
    assert found.files == ("cat/a.jpg",)
    assert [event.file for event in found.skipped] == ["cat/photo.jpg"]


def test_names_that_are_no_text_are_reported_and_can_be_printed(tmp_path: Path) -> None:
    touch(tmp_path, "cat/a.jpg")
    try:
        (tmp_path / os.fsdecode(b"b\xff")).mkdir()
        for name in (b"cat/\xff.jpg", b"b\xff/c.jpg"):
            (tmp_path / os.fsdecode(name)).touch()
        (tmp_path / os.fsdecode(b"cat/lot\xfe")).mkdir()
    except OSError:
        pytest.skip("platform: this disk keeps no such names")
    found = scan(tmp_path)
    assert (found.classes, found.files) == (("cat",), ("cat/a.jpg",))
    assert len(found.skipped) == 3
    for event in found.skipped:
        event.file.encode()
        assert "\ufffd" in event.file and "Rename" in event.reason


@pytest.mark.parametrize("name", ["\u202egood", "a\nb", "x" * 121])
def test_folders_with_impossible_names_are_no_classes(name: str, tmp_path: Path) -> None:
    touch(tmp_path, f"{name}/a.jpg", "cat/a.jpg")
    found = scan(tmp_path)
    assert found.classes == ("cat",)
    (event,) = found.skipped
    assert "Rename the folder" in event.reason and "\n" not in event.file and "\u202e" not in event.file


def test_file_names_may_hold_anything_else(tmp_path: Path) -> None:
    odd = ["a\nb.jpg", 'x"y,z;.png', "=1+1.jpg", " lead.jpg", "刮痕.tif", "'.webp", "%s{0}.gif"]
    touch(tmp_path, *(f"cat/{name}" for name in odd))
    assert set(scan(tmp_path).files) == {f"cat/{name}" for name in odd}


def test_very_deep_folders(tmp_path: Path) -> None:
    deep = "cat/" + "/".join(["d" * 200] * 30)
    here = os.open(tmp_path, os.O_RDONLY)
    try:  # longer than a path may be, so step by step
        for part in deep.split("/"):
            os.mkdir(part, dir_fd=here)
            below = os.open(part, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)
    touch(tmp_path, "cat/z.jpg")
    assert scan(tmp_path).files == ("cat/z.jpg",)


def test_a_folder_that_cannot_be_listed_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "cat/a.jpg", "cat/closed/b.jpg", "dog/c.jpg")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = scan(tmp_path)
    assert found.files == ("cat/a.jpg", "dog/c.jpg")
    assert found.skipped == (PictureSkipped("cat/closed/", "The folder can't be listed: Permission denied."),)


def test_a_class_that_vanishes_while_it_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "cat/a.jpg", "dog/c.jpg")
    scandir = os.scandir

    def vanish(path: str) -> object:
        if str(path).endswith("cat"):
            (tmp_path / "cat" / "a.jpg").unlink(missing_ok=True)
            (tmp_path / "cat").rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", vanish)
    found = scan(tmp_path)
    assert found.files == ("dog/c.jpg",) and found.counts() == {"cat": 0, "dog": 1}


@pytest.mark.parametrize("kind", ["missing", "file", "closed"])
def test_a_root_that_cannot_be_listed(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root{x}"
    if kind == "file":
        root.touch()
    if kind == "closed":

        def refuse(path: str) -> object:
            raise PermissionError(errno.EACCES, "Permission denied", path)

        monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ProjectError) as caught:
        scan(root)
    assert "root{x}" in caught.value.what and caught.value.hint
    assert "is a file" in str(caught.value) if kind == "file" else True


# ---- questions about folders


def test_has_pictures_looks_deep_and_counts_unsupported_ones(tmp_path: Path) -> None:
    touch(tmp_path, "docs/readme.txt", ".cache/a.jpg")
    assert not catalogs.has_pictures(tmp_path)
    touch(tmp_path, "docs/old/x/photo.heic")
    assert catalogs.has_pictures(tmp_path)


def test_has_class_folders_looks_one_level_deep(tmp_path: Path) -> None:
    touch(tmp_path, "images/cat/a.jpg", "top.jpg")
    assert not catalogs.has_class_folders(tmp_path)
    assert catalogs.has_class_folders(tmp_path / "images")
    assert not catalogs.has_class_folders(tmp_path / "missing")


# ---- the snapshot


def snapshot(**changes: object) -> Snapshot:
    columns = {
        "classes": ("cat", "dog"),
        "files": ("cat/a.jpg", "cat/b.jpg", "dog/c.jpg"),
        "hashes": ("1" * 32, "2" * 32, "3" * 32),
        "labels": np.array([0, 0, 1], np.int32),
        "groups": ("", "lot 1", "lot 1"),
        "splits": np.array([0, 2, -1], np.int8),
    }
    return Snapshot(**(columns | changes))  # type: ignore[arg-type]


def same(one: Snapshot, other: Snapshot) -> bool:
    texts = all(getattr(one, name) == getattr(other, name) for name in ("classes", "files", "hashes", "groups"))
    numbers = all(
        np.array_equal(getattr(one, name), getattr(other, name))
        and getattr(one, name).dtype == getattr(other, name).dtype
        for name in ("labels", "splits")
    )
    return texts and numbers


def test_rows_and_counts() -> None:
    assert [snapshot().rows(split).tolist() for split in catalogs.SPLITS] == [[0], [], [1]]
    assert snapshot().counts() == {"train": 1, "validation": 0, "test": 1}


def test_csv_round_trip(tmp_path: Path) -> None:
    odd = snapshot(
        classes=("empty", "=cmd", 'x,"y"', "last, empty"),
        files=("a\nb,.jpg", '"q".png', "=1+1\r.jpg"),
        labels=np.array([1, 2, 1], np.int32),
        groups=("", "=1", "a\nb"),
    )
    for original in (snapshot(), odd):
        original.write_csv(tmp_path / "snapshot.csv")
        copy = Snapshot.read_csv(tmp_path / "snapshot.csv")
        assert same(copy, original) and copy.fingerprint == original.fingerprint


@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")),
            st.integers(0, 3),
            st.integers(-1, 2),
            st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")),
        ),
        max_size=8,
    )
)
def test_csv_round_trip_of_anything(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, int, str]]
) -> None:
    original = Snapshot(
        ("a", "b", "c", "d"),
        tuple(row[0] for row in rows),
        tuple(f"{number:032x}" for number in range(len(rows))),
        np.array([row[1] for row in rows], np.int32),
        tuple(row[3] for row in rows),
        np.array([row[2] for row in rows], np.int8),
    )
    path = tmp_path_factory.mktemp("csv") / "snapshot.csv"
    original.write_csv(path)
    assert same(Snapshot.read_csv(path), original)


def test_the_fingerprint_tells_contents_labels_and_splits_but_not_names_or_order() -> None:
    original = snapshot().fingerprint
    assert snapshot(files=("x", "y", "z")).fingerprint == original
    turned = snapshot(
        files=("dog/c.jpg", "cat/b.jpg", "cat/a.jpg"),
        hashes=("3" * 32, "2" * 32, "1" * 32),
        labels=np.array([1, 0, 0], np.int32),
        groups=("", "", ""),
        splits=np.array([-1, 2, 0], np.int8),
    )
    assert turned.fingerprint == original
    assert snapshot(hashes=("1" * 32, "2" * 32, "4" * 32)).fingerprint != original
    assert snapshot(labels=np.array([0, 1, 1], np.int32)).fingerprint != original
    assert snapshot(splits=np.array([0, 2, 1], np.int8)).fingerprint != original
    assert snapshot(classes=("cat", "fox")).fingerprint != original


@pytest.mark.parametrize(
    "damage",
    [
        lambda rows: rows[1:],
        lambda rows: [["a", "b"], *rows[1:]],
        lambda rows: [*rows, ["x"]],
        lambda rows: [*rows, ["f", "7", "far", "h", "", "train"]],
        lambda rows: [*rows, ["f", "x", "cat", "h", "", "train"]],
        lambda rows: [*rows, ["f", "0", "other", "h", "", "train"]],
        lambda rows: [*rows, ["f", "0", "cat", "h", "", "holdout"]],
        lambda rows: [*rows, ["f", "-1", "cat", "h", "", "train"]],
        lambda rows: [],
    ],
)
def test_damaged_tables_are_refused(damage: object, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.csv"
    snapshot().write_csv(path)
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(damage(rows))  # type: ignore[operator]
    with pytest.raises(DataError, match=r"snapshot\.csv"):
        Snapshot.read_csv(path)


def test_missing_and_binary_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(os.urandom(1000))
    for name in ("missing.csv", "binary.csv"):
        with pytest.raises(DataError):
            Snapshot.read_csv(tmp_path / name)


def test_columns_of_different_length_are_a_bug() -> None:
    with pytest.raises(AssertionError):
        snapshot(groups=("",))


def test_counts_of_a_catalog_in_class_order() -> None:
    found = Catalog(("b", "a"), ("a/1", "b/1", "x"), np.array([1, 0, -1], np.int32))
    assert list(found.counts().items()) == [("b", 1), ("a", 1)]
