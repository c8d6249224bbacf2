import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.errors import StorageError
from desktop_app.evaluation import tables
from desktop_app.evaluation.predictions import Predictions

NASTY = ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "'", "'=x", "''=x", 'a "b", c;d', "日本語", "a\nb", "＝1")


def draw_predictions(files: tuple[str, ...], classes: tuple[str, ...], seed: int = 0) -> Predictions:
    rng = np.random.default_rng(seed)
    odds = rng.random((len(files), len(classes)), np.float32) ** 8
    return Predictions(
        files=files,
        hashes=tuple(f"{i:032x}" for i in range(len(files))),
        classes=classes,
        actual=rng.integers(0, len(classes), len(files)).astype(np.int32),
        probabilities=odds / odds.sum(axis=1, keepdims=True),
    )


def test_every_prediction_comes_back_exactly(tmp_path: Path) -> None:
    written = draw_predictions(tuple(f"{name}/{i}.png" for i, name in enumerate(NASTY * 5)), NASTY)
    written.write_csv(tmp_path / "predictions.csv")
    read = Predictions.read_csv(tmp_path / "predictions.csv")
    assert (read.files, read.hashes, read.classes) == (written.files, written.hashes, written.classes)
    assert np.array_equal(read.actual, written.actual)
    assert np.array_equal(read.probabilities, written.probabilities)
    assert np.array_equal(read.predicted, written.predicted)
    assert np.array_equal(read.confusion(), written.confusion())


def test_distances_come_back_where_they_were_measured(tmp_path: Path) -> None:
    plain = draw_predictions(("a.png", "b.png"), ("cat", "unlike"))
    measured = replace(plain, unlike=np.array([0.1, 12345.678], np.float32))
    for table in (plain, measured):
        table.write_csv(tmp_path / "predictions.csv")
        read = Predictions.read_csv(tmp_path / "predictions.csv")
        assert read.classes == ("cat", "unlike")
        assert np.array_equal(read.probabilities, table.probabilities)
        assert (read.unlike is None) == (table.unlike is None)
    assert np.array_equal(read.unlike, measured.unlike)  # type: ignore[arg-type]


def test_a_spreadsheet_sees_columns_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    draw_predictions(("good/=1+1.png", "bad/ü.png"), ("good", "=bad")).write_csv(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header[:6] == ["file", "actual", "predicted", "how sure", "correct", "content"]
    assert header[6:] == ["probability: good", "probability: =bad"]
    assert [row[0] for row in rows] == ["good/=1+1.png", "bad/ü.png"]
    for row in (header, *rows):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)
    assert {row[4] for row in rows} <= {"yes", "no"}


def test_no_pictures_still_make_a_table(tmp_path: Path) -> None:
    draw_predictions((), ("a", "b")).write_csv(tmp_path / "p.csv")
    assert len(Predictions.read_csv(tmp_path / "p.csv")) == 0


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_survives_and_none_starts_a_formula(cells: list[str]) -> None:
    cells = [cell.replace("\0", "") for cell in cells]
    cells = [cell.encode("utf-8", "ignore").decode() for cell in cells]
    line = tables.encode_row(["first", *cells])
    assert tables.read_table(line) == [["first", *cells]]
    (raw,) = csv.reader(io.StringIO(line.decode(), newline=""), strict=True)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in raw)


def test_a_name_that_is_not_unicode_is_spelled_out() -> None:
    assert tables.encode_row(["a\udcff.png"]) == b"a\\udcff.png\r\n"


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"PK\x03\x04",
        b"\xff\xfe\x00",
        b"file,actual\r\na,b\r\n",
        b"file,actual,predicted,how sure,correct,content,probability: a\r\nx,a,a,1.0,yes\r\n",
        b"file,actual,predicted,how sure,correct,content,probability: a\r\nx,b,a,1.0,yes,0,1.0\r\n",
        b"file,actual,predicted,how sure,correct,content,probability: a\r\nx,a,a,1.0,yes,0,much\r\n",
        b'file,actual,predicted,how sure,correct,content,probability: a\r\n"x,a,a,1.0,yes,0,1.0\r\n',
    ],
)
def test_a_damaged_table_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "p.csv").write_bytes(damage)
    with pytest.raises(StorageError) as caught:
        Predictions.read_csv(tmp_path / "p.csv")
    assert "p.csv" in caught.value.what
    assert caught.value.hint


def test_a_missing_table_is_just_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Predictions.read_csv(tmp_path / "none.csv")
