"""What a grid of pictures shows of each: the contract between its models and its view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QAbstractListModel

from desktop_app.ui.models.class_marks import KnownClass

TileSplit = Literal["", "test", "validation"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A class that a model suggests: its colour index, its key, and how sure the model is (0–1)."""

    colour: int
    key: str
    how_sure: float


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
        finding: the icon of what is to be looked into; "" for nothing. The tooltip says it in words.
        suggestion: a class other than its own that a model suggests.
        golden: it is in the golden set.
        excluded: it takes part in nothing; drawn faintly.
    """

    file: str
    caption: str
    colour: int = -1
    key: str = ""
    split: TileSplit = ""
    problem: str = ""
    finding: str = ""
    suggestion: Suggestion | None = None
    golden: bool = False
    excluded: bool = False


class TileModel(QAbstractListModel):
    """A list model that also answers `tile(row)`, which the view paints from."""

    def tile(self, row: int) -> Tile:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Called:
    """What a model called a picture; `right` is None where nobody knows what it is."""

    mark: KnownClass
    how_sure: float
    right: bool | None


class PictureModel(TileModel):
    """A tile model whose pictures can be shown in full.

    Attributes:
        labelled: whether its pictures have labels, or lack one; new pictures, which a model is tried on, do not.
    """

    labelled = True

    def file(self, row: int) -> str:
        raise NotImplementedError

    def title(self, row: int) -> str:
        """What the picture is called, with the folder it belongs to."""
        return self.file(row)

    def class_of(self, row: int) -> KnownClass | None:
        """The picture's class; None if it is unlabelled."""
        raise NotImplementedError

    def split_of(self, row: int) -> TileSplit:
        raise NotImplementedError

    def is_excluded(self, row: int) -> bool:
        """Whether the picture takes part in nothing."""
        return False

    def relabelled_from(self, row: int) -> str:
        """The class that the picture was measured as, where that is no longer its own; else ""."""
        return ""

    def is_golden(self, row: int) -> bool:
        """Whether the picture is in the golden set."""
        return False

    def called(self, row: int) -> Called | None:
        """What a model said about the picture, where one was asked."""
        return None

    def probabilities(self, row: int) -> Sequence[tuple[KnownClass, float]]:
        """How probable each class is to the model, the most probable first; empty where that was not kept."""
        return ()
