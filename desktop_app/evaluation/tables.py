"""Tables that a spreadsheet program opens correctly and safely: CSV as UTF-8 with a byte order mark.

File and class names are whatever someone typed. A cell that starts like a formula is prefixed by an apostrophe, since
Excel and LibreOffice would run it; `read_table` takes that apostrophe off again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

BOM = b"\xef\xbb\xbf"  # without it Excel reads UTF-8 as the computer's old code page
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# The semicolon separates cells where the decimal comma is usual; there an unquoted one would start a new cell.
_QUOTED = frozenset('",;\t\r\n')


def encode_row(cells: Iterable[str | float]) -> bytes:
    """One line of a table, its end included. Numbers stay numbers; text is made safe and quoted where needed.

    A file name that isn't valid Unicode is written with its odd bytes spelled out.
    """
    line = ",".join(_quote(_safe(cell)) if isinstance(cell, str) else str(cell) for cell in cells)
    return (line + "\r\n").encode("utf-8", "backslashreplace")


def read_table(data: bytes) -> list[list[str]]:
    """The cells of a table written row by row with `encode_row`.

    Raises:
        ValueError: it isn't one.
    """
    text = data.removeprefix(BOM).decode("utf-8")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error
    # Most tables have none, and a table of a thousand classes has millions of cells.
    return [[_plain(cell) for cell in row] for row in rows] if "'" in text else rows


def _safe(text: str) -> str:
    # Texts that already look prefixed get one more, so that reading back is exact.
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.intersection(text) else text
