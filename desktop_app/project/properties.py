"""What is known of contents besides what they show: size, format, light, colour, camera and time, in columns.

Read from the index, without looking at a picture; the health check measured each of them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.project.columns import Contents

if TYPE_CHECKING:
    from desktop_app.project.index import Index

_COLUMNS = [
    ("width", np.int32),
    ("height", np.int32),
    ("format", "S8"),
    ("grey", np.bool_),
    ("brightness", np.float32),
    ("sharpness", np.float32),
    ("warmth", np.float32),
    ("greenness", np.float32),
    ("taken", np.int64),
    ("camera", np.int32),
]
_COPIED = ("width", "height", "format", "brightness", "sharpness", "warmth", "greenness", "taken")
_GREY = [b"1", b"L", b"LA", b"La", b"I", b"F", b"I;16", b"I;16B", b"I;16L", b"I;16N"]


@dataclass(frozen=True, eq=False)
class Properties:
    """
    Attributes:
        table: a row for each content, with the fields of `measures.Measures`; a width of 0 where nothing is known.
            `camera` is an index into `cameras`, `grey` whether it has no colours.
        cameras: the first of them is "", of pictures in which none is noted.
        reasons: why contents can't be decoded, by their numbers.
    """

    table: NDArray[Any]
    cameras: tuple[str, ...]
    reasons: dict[int, str]

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Whether anything is known of a content."""
        known: NDArray[np.bool_] = self.table["width"] > 0
        return known

    @property
    def kinds(self) -> NDArray[np.str_]:
        """File format and kind of pixels: "JPEG", "JPEG, grey"."""
        kinds: NDArray[np.str_] = np.char.add(
            self.table["format"].astype("U8"), np.where(self.table["grey"], ", grey", "")
        )
        return kinds

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Width and height as one number."""
        sizes: NDArray[np.int64] = self.table["width"].astype(np.int64) << 32 | self.table["height"]
        return sizes


def read_properties(index: Index, contents: Contents) -> Properties:
    """What the index knows of these contents."""
    table = np.zeros(len(contents), _COLUMNS)
    cameras: dict[str, int] = {"": 0}
    reasons: dict[int, str] = {}
    for page, problems in index.measure_pages():
        numbers = contents.find(page["hash"])
        here = numbers >= 0
        numbers, page = numbers[here], page[here]
        for name in _COPIED:
            table[name][numbers] = page[name]
        table["grey"][numbers] = np.isin(page["mode"], _GREY)
        names, which = np.unique(page["camera"], return_inverse=True)
        codes = [cameras.setdefault(name, len(cameras)) for name in names.tolist()]
        table["camera"][numbers] = np.array(codes, np.int32)[which]
        reasons |= zip(contents.find(list(problems)).tolist(), problems.values(), strict=True)
    reasons.pop(-1, None)  # of contents that no picture has
    return Properties(table, tuple(cameras), reasons)
