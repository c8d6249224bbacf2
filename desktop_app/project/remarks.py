"""What can be said about whole classes: too few pictures, uneven numbers, and what gives a class away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from desktop_app.project.giveaways import GivesAway

FEW = 20  # pictures; below, a class has too few
UNEVEN = 3.0  # the largest class has this many times the pictures of the smallest


@dataclass(frozen=True, slots=True)
class TooFew:
    """A class has fewer than `FEW` pictures."""

    name: str
    pictures: int


@dataclass(frozen=True, slots=True)
class Uneven:
    """`largest` has `times` as many pictures as `smallest`."""

    largest: str
    smallest: str
    times: float


Remark: TypeAlias = TooFew | Uneven | GivesAway


def about_numbers(counts: dict[str, int]) -> list[Remark]:
    """Remarks about pictures per class; classes without any are left out."""
    filled = {name: count for name, count in counts.items() if count}
    remarks: list[Remark] = [TooFew(name, count) for name, count in filled.items() if count < FEW]
    if len(filled) > 1:
        largest, smallest = max(filled, key=filled.__getitem__), min(filled, key=filled.__getitem__)
        if (times := filled[largest] / filled[smallest]) >= UNEVEN:
            remarks.append(Uneven(largest, smallest, times))
    return remarks
