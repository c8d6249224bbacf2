"""What an import is about to do, as plain data.

A reading says how sources are understood; it is small and travels to the worker process. A plan is what a reading comes
to: every picture, with the class it goes into. Neither knows the project.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from desktop_app.events import PictureSkipped


class Form(StrEnum):
    """How the class of a picture is told."""

    FOLDERS = "folders"  # by its folder; a single picture is unlabelled
    SPLIT_FOLDERS = "split-folders"  # by its folder, inside one folder for each split
    TABLE = "table"  # by a CSV
    NAMES = "names"  # by a part of its name
    OPEN_IMAGES = "open-images"  # by the image-level labels of Open Images
    UNLABELLED = "unlabelled"  # not at all


@dataclass(frozen=True)
class Reading:
    """How `sources` (folders, pictures, tables, ZIP archives) are understood.

    `table`: the CSV of `TABLE` and `OPEN_IMAGES`. `pattern`: of `NAMES`. `classes`: the labels chosen from Open Images;
    `several_unlabelled`: pictures with more than one of them come in without a class instead of being left out.
    `into`: the one class that everything goes into, whatever the form says.
    """

    form: Form
    sources: tuple[str, ...]
    table: str = ""
    pattern: str = ""
    classes: tuple[str, ...] = ()
    several_unlabelled: bool = False
    into: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Reading:
        tuples = {name: tuple(values.get(name, ())) for name in ("sources", "classes")}
        return Reading(**{**values, **tuples, "form": Form(values["form"])})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picture's bytes are: a file, or the member at that position of a ZIP archive."""

    file: Path
    member: int = -1
    name: str = ""  # of the member

    def __str__(self) -> str:
        return f"{self.file}: {self.name}" if self.name else str(self.file)


@dataclass(frozen=True, slots=True)
class Item:
    """One picture: for a class ("": unlabelled), under `name`, which may lead through folders ("lot 1/x.png").

    `split` indexes `SPLITS`, None where the import leaves it open.
    """

    source: Source
    class_name: str
    name: str
    split: int | None = None
    group: str = ""


@dataclass(frozen=True)
class Plan:
    """What a reading comes to.

    `skipped`: what is left out, and why; `unsupported` counts files by format; `empty`: sources without pictures.
    `labels`: pictures by label, of Open Images, to choose from; `several`: pictures with more than one chosen label.
    `sensible`: what the sources probably mean; the other plans are offered only to a person who asks.
    """

    reading: Reading
    items: tuple[Item, ...]
    skipped: tuple[PictureSkipped, ...] = ()
    unsupported: Mapping[str, int] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)
    several: int = 0
    sensible: bool = True

    def counts(self) -> dict[str, int]:
        """Pictures by class, unlabelled ones under ""."""
        return dict(Counter(item.class_name for item in self.items))
