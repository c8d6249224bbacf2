"""split.csv in every dress that spreadsheets and scripts give it."""

from __future__ import annotations

import codecs
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from desktop_app.errors import DataError
from desktop_app.project.catalog import Catalog
from desktop_app.project.split_table import SplitTable

CATALOG = Catalog(
    ("Kratzer ü", "dog"),
    ("Kratzer ü/1.jpg", "Kratzer ü/sub/2.jpg", "dog/3.jpg", "top.jpg"),
    np.array([0, 0, 1, -1], np.int32),
)
HASHES = {file: f"{number:032x}" for number, file in enumerate(CATALOG.files)}


def read(folder: Path, data: str | bytes, root: Path | None = None) -> SplitTable:
    path = folder / "split.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return SplitTable.read(path, root or folder, CATALOG)


def rows(table: SplitTable) -> list[tuple[str | None, str, int | None]]:
    return [(row.found, row.group, row.split) for row in table.rows]


TEXT = "file,class,group,split\nKratzer ü/1.jpg,Kratzer ü,g 1,train\ndog/3.jpg,dog,,test\n"
EXPECTED = [("Kratzer ü/1.jpg", "g 1", 0), ("dog/3.jpg", "", 2)]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("file,class,group,split", " File , CLASS,Group,Split ").encode(),
        TEXT.replace("train", " Training ").replace("test", "TEST").encode(),
        TEXT.replace("\n", "\n\n,,,\n").encode(),
        TEXT.replace("Kratzer ü/1", "./Kratzer ü\\1").encode(),
        TEXT.replace("dog/3.jpg", '"dog/3.jpg"').encode(),
        unicodedata.normalize("NFD", TEXT).encode(),
        TEXT.replace(",test", ",test,more,columns").encode(),
    ],
    ids=range(16),
)
def test_the_same_table_in_many_dresses(data: bytes, tmp_path: Path) -> None:
    assert rows(read(tmp_path, data)) == EXPECTED


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Validation "])
def test_names_of_validation(name: str, tmp_path: Path) -> None:
    assert rows(read(tmp_path, f"file,split\ndog/3.jpg,{name}\n")) == [("dog/3.jpg", "", 1)]


def test_class_group_or_split_may_lack(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "split,file\ntest,dog/3.jpg\n")) == [("dog/3.jpg", "", 2)]
    assert rows(read(tmp_path, "file,group\ndog/3.jpg,g\n")) == [("dog/3.jpg", "g", None)]
    assert rows(read(tmp_path, "file,split\ndog/3.jpg\ndog/3.jpg,\n")) == [("dog/3.jpg", "", None)] * 2


def test_files_relative_to_the_table_to_the_class_or_absolute(tmp_path: Path) -> None:
    root = tmp_path / "data" / "images"
    root.mkdir(parents=True)
    named = ["images/dog/3.jpg", "../data/images/dog/3.jpg", str(root / "dog" / "3.jpg"), "dog/3.jpg"]
    table = read(tmp_path / "data", "file,split\n" + "".join(f"{name},test\n" for name in named), root)
    assert rows(table) == [("dog/3.jpg", "", 2)] * 4
    assert rows(read(tmp_path, "file,class,split\n3.jpg,dog,test\n"))[0][0] == "dog/3.jpg"


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/passwd", "C:\\x.jpg", "dog", "", "dog/../../x", "\x00"])
def test_names_are_only_looked_up(name: str, tmp_path: Path) -> None:
    table = read(tmp_path, f"file,split\n{name},test\ndog/3.jpg,test\n")
    assert [row.found for row in table.rows if row.found] == ["dog/3.jpg"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "columns"),
        ("a,b\n1,2\n", "columns"),
        ("file,class\na,b\n", "columns"),
        ("dog/3.jpg,test\n", "columns"),
        ('file,split\n"' + "x" * 200_000 + '",test\n', "no table"),
        ("file,split\ndog/3.jpg,holdout\n", "train, validation and test"),
    ],
)
def test_tables_that_are_refused(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=why) as caught:
        read(tmp_path, text)
    assert "split.csv" in caught.value.what and caught.value.hint


def test_binary_and_missing_tables_are_refused(tmp_path: Path) -> None:
    for data in (os.urandom(5000), b"\xff\xfe" + os.urandom(4999), b"\x89PNG\r\n\x1a\n" + bytes(5000)):
        with pytest.raises(DataError):
            read(tmp_path, data)
    with pytest.raises(DataError):
        SplitTable.read(tmp_path / "missing.csv", tmp_path, CATALOG)
    with pytest.raises(DataError):
        SplitTable.read(tmp_path, tmp_path, CATALOG)


@pytest.mark.timeout(10)
def test_a_pipe_is_no_table(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "split.csv")
    with pytest.raises(DataError):
        SplitTable.read(tmp_path / "split.csv", tmp_path, CATALOG)


def test_an_unknown_split_is_named_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="row 3: “hold\ufffdout”"):
        read(tmp_path, "file,split\ndog/3.jpg,test\nx.jpg,hold\u202eout\n")


def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    table = read(tmp_path, "file,class,split\ndog/3.jpg,cat,test\ngone/1.jpg,,train\ngone/2.jpg,,train\n")
    told = [f"{notice.what} {notice.why}" for notice in table.notices(CATALOG, HASHES)]
    assert any("Not in this project: 2 of 3 pictures that “split.csv” names." in text for text in told)
    assert any("2 pictures of this project" in text for text in told), "unlabelled ones don't count"
    assert any("In another class folder than “split.csv” says: 1 picture." in text for text in told)


def test_a_table_that_fits_says_nothing(tmp_path: Path) -> None:
    table = read(tmp_path, TEXT + "Kratzer ü/sub/2.jpg,KRATZER Ü,,train\n")
    assert not list(table.notices(CATALOG, HASHES))


def test_of_copies_the_strictest_split_wins(tmp_path: Path) -> None:
    hashes = HASHES | {"dog/3.jpg": HASHES["Kratzer ü/1.jpg"]}
    for first, second, winner in (("train", "test", 2), ("val", "train", 1), ("", "train", 0), ("", "", None)):
        table = read(tmp_path, f"file,split\nKratzer ü/1.jpg,{first}\ndog/3.jpg,{second}\n")
        assert table.contents(hashes) == {HASHES["Kratzer ü/1.jpg"]: (winner, "")}


def test_unreadable_pictures_are_not_content(tmp_path: Path) -> None:
    assert read(tmp_path, TEXT).contents({"dog/3.jpg": "x"}) == {"x": (2, "")}
