"""Tables from anywhere, as spreadsheets and scripts write them: CSV with commas, semicolons or tabs.

UTF-8 with or without a byte order mark, UTF-16 or, as older spreadsheets save it, Windows-1252.
"""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from desktop_app.project import names

LARGEST = 256 << 20  # bytes; a million rows take about 100 MB
_HEAD = 1 << 16
_FORMULA = tuple("=+-@＝＋－＠")


class TableError(Exception):
    """A file that is no table; its text says why, in a sentence."""


def read_cells(path: Path) -> list[list[str]]:
    """The rows of a table, each cell stripped; rows without any text are left out.

    Raises:
        TableError: it can't be read as one.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise TableError("It is no file, or too large a one.")
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise TableError(f"The computer says: {error.strerror}.") from error
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
        return [[_plain(cell) for cell in row] for row in rows if any(row)]
    except csv.Error as error:
        raise TableError(f"It is no table: {error}.") from error


def read_head(path: Path) -> list[str]:
    """The cells of a table's first line; the table may be of any size.

    Raises:
        TableError: it can't be read as one.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_HEAD)
    except OSError as error:
        raise TableError(f"The computer says: {error.strerror}.") from error
    text = _decoded(data.rpartition(b"\n")[0] or data)  # a character may be cut in two at the end
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        return [_plain(cell) for cell in next(rows, [])]
    except csv.Error as error:
        raise TableError(f"It is no table: {error}.") from error


def delimiter_of(text: str) -> str:
    """What separates the cells of a table, by its first line."""
    header, _, _ = text.partition("\n")
    return max(",;\t", key=header.count)


def places_of(header: Sequence[str], spellings: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Where a table has its columns: by name, the position of the first column that is spelled in one of its ways."""
    plain = [cell.lower().replace(" ", "_").replace("-", "_") for cell in header]
    found = {name: [plain.index(way) for way in ways if way in plain] for name, ways in spellings.items()}
    return {name: places[0] for name, places in found.items() if places}


def cell_of(row: Sequence[str], place: int | None) -> str:
    """A cell; "" where the row is too short or the table has no such column."""
    return row[place] if place is not None and place < len(row) else ""


def columns_in_words(header: Sequence[str]) -> str:
    """What a table has instead of the columns that are wanted."""
    if not any(header):
        return "It is empty."
    return f"Its columns are: {names.for_display(', '.join(header)[:200])}."


def _plain(cell: str) -> str:
    """A cell's text, without the apostrophe that keeps spreadsheets from taking it for a formula."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
