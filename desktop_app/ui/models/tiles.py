"""What a grid of pictures shows of each: the contract between its models and its view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QAbstractListModel

TileSplit = Literal["", "test", "validation"]


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a grid.

    Attributes:
        file: what its thumbnail is asked for by, relative to the project.
        caption: the line below; its name, usually.
        colour: colour index of its class; -1 for none.
        key: the class's key.
        split: drawn as a lock (test) or a V (validation).
        problem: why it can't be shown or used; "" if it can.
    """

    file: str
    caption: str
    colour: int = -1
    key: str = ""
    split: TileSplit = ""
    problem: str = ""


class TileModel(QAbstractListModel):
    """A list model that also answers `tile(row)`, which the view paints from."""

    def tile(self, row: int) -> Tile:
        raise NotImplementedError
