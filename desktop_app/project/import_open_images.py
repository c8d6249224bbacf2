"""The image-level labels of Open Images, for pictures that were downloaded already.

Its tables name pictures by their ids, which are the files' names, and labels by codes ("/m/01yrx"); another table
beside them says what the codes mean. A picture has any number of labels, and for some it is known that it has them not.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop_app.errors import DataError
from desktop_app.events import PictureSkipped
from desktop_app.project import names
from desktop_app.project.import_plan import Item, Source
from desktop_app.project.import_tables import refused

_SURE = 0.5  # people confirm with 1 and deny with 0; machines give something in between
_DESCRIPTIONS = "*class-descriptions*.csv"


@dataclass(frozen=True)
class ImageLabels:
    """The pictures that a table of labels knows, each with its labels in words; `counts`: pictures by label."""

    labels: Mapping[Path, frozenset[str]]
    unknown: Sequence[Path]
    counts: Mapping[str, int]

    @classmethod
    def read(cls, table: Path, pictures: Sequence[Path]) -> ImageLabels:
        """Read what a table says of `pictures`; the table may have millions of rows for others.

        Raises:
            DataError: it can't be read.
        """
        by_id = {picture.stem: picture for picture in pictures}
        found: dict[Path, set[str]] = {}
        try:
            words = _words(table.parent)
            with open(table, encoding="utf-8-sig", errors="replace", newline="") as file:
                for row in csv.DictReader(map(_lower_first, enumerate(file))):
                    picture = by_id.get(row.get("imageid") or "")
                    if picture is not None and _is_sure(row.get("confidence")):
                        code = row.get("labelname") or ""
                        found.setdefault(picture, set()).add(words.get(code, code))
        except OSError as error:
            raise refused(table, f"The computer says: {error.strerror}.") from error
        except csv.Error as error:
            raise refused(table, f"It is no table: {error}.") from error
        counts = Counter(label for labels in found.values() for label in labels)
        return cls(
            {picture: frozenset(labels) for picture, labels in found.items()},
            [picture for picture in pictures if picture not in found],
            dict(sorted(counts.items(), key=lambda pair: (-pair[1], names.natural_key(pair[0])))),
        )

    def chosen(
        self, classes: Sequence[str], *, several_unlabelled: bool
    ) -> tuple[list[Item], list[PictureSkipped], int]:
        """The pictures that have exactly one of some labels, what is left out, and how many have several.

        Raises:
            DataError: no picture has one of these labels.
        """
        wanted = {names.same_file(name): name for name in classes}
        known = {names.same_file(name) for name in self.counts}
        if missing := [name for key, name in wanted.items() if key not in known]:
            raise DataError(
                "No picture has the label “{label}”.",
                hint="Choose among the labels that the pictures have.",
                label=names.for_display(missing[0]),
            )
        items: list[Item] = []
        skipped: list[PictureSkipped] = []
        several = 0
        for picture, labels in self.labels.items():
            hits = sorted(label for label in labels if names.same_file(label) in wanted)
            if len(hits) == 1 or (hits and several_unlabelled):
                items.append(Item(Source(picture), hits[0] if len(hits) == 1 else "", picture.name))
            else:
                reason = f"several labels: {', '.join(hits)}" if hits else "none of the chosen labels"
                skipped.append(PictureSkipped(names.for_display(str(picture)), reason))
            several += len(hits) > 1
        skipped += [PictureSkipped(names.for_display(str(file)), "no label is known") for file in self.unknown]
        return items, skipped, several


def _lower_first(line: tuple[int, str]) -> str:
    number, text = line
    return text if number else text.lower()


def _is_sure(confidence: str | None) -> bool:
    try:
        return float(confidence or 1) >= _SURE
    except ValueError:
        return False


def _words(folder: Path) -> dict[str, str]:
    """What the codes mean, by the tables of descriptions in a folder; OSError, csv.Error."""
    words = {}
    for table in sorted(folder.glob(_DESCRIPTIONS)):
        with open(table, encoding="utf-8-sig", errors="replace", newline="") as file:
            words.update({row[0]: row[1].strip() for row in csv.reader(file) if len(row) > 1})
    return words
