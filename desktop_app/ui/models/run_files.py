"""What the pages read of a run's folder. Everything in it may come from elsewhere, so what does not fit is left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.events import (
    Computing,
    EpochEnded,
    LearningRateFound,
    OptionChosen,
    Phase,
    RegularisationChosen,
    Split,
    from_dict,
)
from desktop_app.ui.models.training import PHASE_OF_STEP, STEPS, Curves, Tried, kind_of

if TYPE_CHECKING:
    from desktop_app.project.runs import Run

_FIELDS = tuple(field.name for field in fields(EpochEnded))
_NO_NUMBERS = ("phase", "best", "seconds_left", "learning_rate")  # or none, sometimes
_PHASES = ("freeze", "fine_tune")


def epochs(points: Iterable[Mapping[str, Any]]) -> Iterator[EpochEnded]:
    """The epochs of curves.jsonl; points that are none are passed over."""
    for point in points:
        values = {name: point[name] for name in _FIELDS if name in point}
        numbers = [value for name, value in values.items() if name not in _NO_NUMBERS]
        if values.get("phase") in _PHASES and all(isinstance(value, int | float) for value in numbers):
            try:
                event = EpochEnded(**values)
            except TypeError:
                continue
            if event.epoch >= 1 and isinstance(event.learning_rate, int | float | None):
                yield event


def curves_of(run: Run) -> Curves:
    """The curves of a run that is not running."""
    phases = phases_of(run)
    curves = Curves.of(epochs(run.read_curves()), phases, complete=run.status == "done")
    if run.usable and not run.resumable:
        curves.dropped = {phase for phase in phases if phase != run.document.get("phase")}
    return curves


def recipe_name(run: Run) -> str:
    return str(run.document["recipe"].get("name", ""))


def phases_of(run: Run) -> tuple[Phase, ...]:
    return tuple(PHASE_OF_STEP[step] for step in STEPS[kind_of(run.document["recipe"])] if step in PHASE_OF_STEP)


def tried(run: Run) -> list[Tried]:
    """What the training chose by trying."""
    found: list[Tried] = []
    written = run.document.get("tried")
    for document in written if isinstance(written, list) else ():
        try:
            event = from_dict(document)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        if isinstance(event, Tried) and _is_sound(event):
            found.append(event)
    return found


def computing(run: Run) -> Computing | None:
    """How fine-tuning computed; None where nobody wrote it down."""
    document = run.document.get("computing")
    try:
        event = from_dict(document) if isinstance(document, dict) else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if not isinstance(event, Computing) or not isinstance(event.device, str) or not isinstance(event.mixed, bool):
        return None
    counts = (event.pictures, event.batch)
    return event if all(isinstance(count, int) and 0 < count <= 1_000_000 for count in counts) else None


def spent(run: Run) -> dict[str, float]:
    """How long the steps took that are done again when a run goes on, by their names."""
    document = run.document.get("spent")
    values = document if isinstance(document, Mapping) else {}
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float) and 0 <= value < 1e9}


def _is_sound(event: Tried) -> bool:
    """Whether its numbers can be drawn, and its names be shown."""

    def numbers(*values: object) -> bool:
        return all(isinstance(value, int | float) and math.isfinite(value) for value in values)

    match event:
        case RegularisationChosen(strengths, accuracies, chosen):
            lists = isinstance(strengths, list) and isinstance(accuracies, list) and len(strengths) == len(accuracies)
            return lists and numbers(*strengths, *accuracies, chosen) and all(value > 0 for value in strengths)
        case LearningRateFound(chosen=chosen):
            return numbers(chosen) and chosen > 0
        case OptionChosen(choice=choice, options=options, scores=scores, chosen=chosen):
            texts = [choice, chosen, *(options if isinstance(options, list) else [None])]
            # A score may be NaN: an option that broke down.
            values = [0 if score != score else score for score in scores] if isinstance(scores, list) else [None]
            return all(isinstance(text, str) for text in texts) and numbers(event.folds, event.pictures, *values)


def seconds(run: Run) -> float | None:
    """How long the training took; None where nobody wrote it down."""
    value = run.document.get("seconds")
    return float(value) if isinstance(value, int | float) and 0 < value < 1e9 else None


def split_counts(run: Run) -> tuple[int, int, int] | None:
    """Pictures for train, validation and test; None where nobody wrote them down."""
    counts = run.document.get("counts")
    if not isinstance(counts, Mapping):
        return None
    train, validation, test = (counts.get(name) for name in ("train", "validation", "test"))
    if isinstance(train, int) and isinstance(validation, int) and isinstance(test, int):
        return (train, validation, test) if min(train, validation, test) >= 0 and train else None
    return None


@dataclass(frozen=True)
class ExpectedSplit:
    """How a training will divide its pictures; `exact` if that is known."""

    train: int
    validation: int
    test: int
    exact: bool


def expected_split(runs: Sequence[Run], fractions: Mapping[Split, float], classes: Sequence[int]) -> ExpectedSplit:
    """As in the newest run if it had as many pictures, else in its proportions; without runs, in `fractions`.

    Args:
        classes: the pictures of each class.
    """
    labelled = sum(classes)
    if counts := next((counts for run in runs if (counts := split_counts(run))), None):
        if sum(counts) == labelled:
            return ExpectedSplit(*counts, exact=True)
        validation, test = (round(count / sum(counts) * labelled) for count in counts[1:])
    else:
        validation = sum(_part(fractions["validation"], pictures, fewest=3) for pictures in classes)
        test = sum(_part(fractions["test"], pictures, fewest=2) for pictures in classes)
    return ExpectedSplit(labelled - validation - test, validation, test, exact=False)


def _part(share: float, pictures: int, *, fewest: int) -> int:
    """A split's part of a class, at least one picture of a class that has enough for that; see `project.dealing`."""
    return max(1, round(share * pictures)) if share and pictures >= fewest else 0


def is_split_table(path: Path) -> bool:
    """Whether the head of a file looks like that of a split table."""
    try:
        with path.open("rb") as file:
            head = file.readline(1000).decode("utf-8-sig", "replace").lower()
    except OSError:
        return False
    return "file" in head and ("split" in head or "group" in head)
