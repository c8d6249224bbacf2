"""A measured split of a run, with every prediction behind it, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.clusters import clustered, units_of
from desktop_app.evaluation.headline import Headline, headline, stored_cross_validation
from desktop_app.evaluation.intervals import allowed, next_claim, wilson
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.resampling import MeanIntervals, mean_intervals
from desktop_app.evaluation.rules import good_classes, good_mask
from desktop_app.events import ClassResult, CrossValidated, Evaluated, Repeated, Split
from desktop_app.project.catalog import Snapshot
from desktop_app.project.giveaways import OF_CONTENT
from desktop_app.ui import giveaway_words, headline_words, heat_words, wording

if TYPE_CHECKING:
    from desktop_app.evaluation.looks import ClassLooks
    from desktop_app.evaluation.trust import Trust
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run

#: A class whose share is only known to within this many points deserves a warning.
WIDE_INTERVAL = 0.2

translate = wording.translate


@dataclass(frozen=True)
class Check:
    """One thing that makes a result trustworthy, or not."""

    mark: Literal["ok", "info", "warn", "error"]
    text: str


@dataclass(frozen=True)
class Sides:
    """Good parts and defects: what went through, and what was stopped for nothing. Counts, and of how many.

    A picture is called good if its most probable class is a good one. `units` are the same with pictures of one group
    counted once, a group being missed as soon as one of its pictures is: what a claim about missed defects rests on.
    """

    missed: int
    defects: int
    false_alarms: int
    good: int
    missed_interval: tuple[float, float]
    false_alarm_interval: tuple[float, float]
    units_missed: int
    units: int


@dataclass(frozen=True, eq=False)
class Result:
    """
    Attributes:
        groups: for each picture what it belongs to, "" for nothing.
        sides: None unless every class is marked as good or defect, and both occur.
        looks: where the model looks for each class, if somebody asked.
        repeated: whether it says the same of the pictures of one group, where groups have several.
        repeated_folder: the same of a folder of parts, if somebody chose one.
        cross_validated: of a run with a small test split, its pictures of all splits; then that is the headline.
    """

    run: str
    split: Split
    evaluated: Evaluated
    predictions: Predictions
    groups: tuple[str, ...]
    doubts: MeanIntervals
    trust: Trust
    sides: Sides | None
    checks: tuple[Check, ...]
    cross_validated: CrossValidated | None = None
    looks: tuple[ClassLooks, ...] | None = None
    repeated: Repeated | None = None
    repeated_folder: Repeated | None = None

    @property
    def headline(self) -> Headline:
        """The figure that stands for the run."""
        return headline(self.evaluated, self.cross_validated)

    def differs_from(self, other: Result) -> bool:
        """Whether something else was measured."""
        return (self.evaluated, self.cross_validated) != (other.evaluated, other.cross_validated)

    def behind(self, actual: int, called: int) -> list[int]:
        """Rows of the predictions in a cell of the matrix, the surest first."""
        predictions = self.predictions
        return self._surest_first((predictions.actual == actual) & (predictions.predicted == called))

    def worst(self, number: int) -> list[int]:
        """Rows of all mistakes that a class takes part in, missed or wrongly called, the surest first."""
        predictions = self.predictions
        of_class = (predictions.actual == number) | (predictions.predicted == number)
        return self._surest_first(of_class & ~predictions.correct)

    def _surest_first(self, mask: NDArray[np.bool_]) -> list[int]:
        rows = np.flatnonzero(mask)
        order = np.argsort(-self.predictions.how_sure[rows], kind="stable")
        return [int(row) for row in rows[order]]


def load_result(project: Project, run: Run, split: Split) -> Result | None:
    """What was measured; None if that has not been done for the model that the run has now.

    Raises:
        DataError: the run's list of pictures is damaged.
        StorageError: the predictions are damaged.
        ProjectError: a file of the project was written by a newer Discern.
    """
    from desktop_app.evaluation.evaluate import groups_of, stored_predictions
    from desktop_app.evaluation.looks import stored_looks
    from desktop_app.evaluation.repeatability import of_predictions, stored_repeatability
    from desktop_app.evaluation.trust import examine

    stored = stored_predictions(run, split)
    if stored is None:
        return None
    evaluated, predictions = stored
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    groups = groups_of(predictions, snapshot)
    trust = examine(project, run, snapshot, split, predictions)
    units = units_of(groups)
    if units is None:
        units = np.arange(len(predictions))
    sides = sides_of(predictions, good_classes(predictions.classes, project.config.classes), units)
    chosen = clustered(predictions.correct, units, trust.looks)
    whole = stored_cross_validation(run) if split == "test" else None
    looks = stored_looks(run, split)
    why = list(_why(trust, looks))
    return Result(
        run=run.id,
        split=split,
        evaluated=evaluated,
        predictions=predictions,
        groups=tuple(groups),
        doubts=mean_intervals(predictions.actual, predictions.predicted, len(predictions.classes), groups),
        trust=trust,
        sides=sides,
        checks=(
            *_small(whole, evaluated),
            *(check for check in why if check.mark == "warn"),
            *trust_checks(trust, evaluated, chosen, sides),
            *(check for check in why if check.mark != "warn"),
        ),
        cross_validated=whole,
        looks=looks,
        repeated=of_predictions(predictions, groups, run.id, split),
        repeated_folder=stored_repeatability(run),
    )


def _why(trust: Trust, looks: Sequence[ClassLooks] | None) -> Iterator[Check]:
    """Whether the model looks at what it should, and could have learnt something else instead."""
    for found in trust.given_away:
        # Light and colour may well be what makes a class.
        yield Check("info" if found.property in OF_CONTENT else "warn", giveaway_words.sentence(found))
    if text := heat_words.border_warning(looks or ()):
        yield Check("warn", text)


def _small(whole: CrossValidated | None, evaluated: Evaluated) -> Iterator[Check]:
    """Why the headline is not about the test split, and what that says for itself."""
    if whole is not None:
        alone = wording.right_with_doubt(evaluated.right, evaluated.n, evaluated.interval)
        yield Check("info", headline_words.alone(whole).format(alone=alone))


def sides_of(predictions: Predictions, good: Sequence[str], units: NDArray[np.intp]) -> Sides | None:
    """Missed defects and false alarms; None where no class is marked as `good`. `units`: what belongs together."""
    if not good:
        return None
    is_good = good_mask(good, predictions.classes)
    actually, called = is_good[predictions.actual], is_good[predictions.predicted]
    return Sides(
        missed=int(np.count_nonzero(~actually & called)),
        defects=int(np.count_nonzero(~actually)),
        false_alarms=int(np.count_nonzero(actually & ~called)),
        good=int(np.count_nonzero(actually)),
        missed_interval=clustered(called[~actually], units[~actually]),
        false_alarm_interval=clustered(~called[actually], units[actually]),
        units_missed=len(np.unique(units[~actually & called])),
        units=len(np.unique(units[~actually])),
    )


def trust_checks(
    trust: Trust, evaluated: Evaluated, chosen: tuple[float, float], sides: Sides | None = None
) -> tuple[Check, ...]:
    """Whether the pictures were really new to the model, and whether there are enough of them; in words.

    Args:
        chosen: the interval of what is right, should this model be chosen as the best of all those measured.
    """
    checks = []
    match evaluated.split:
        case "test":
            checks += [_unseen(trust), _groups_apart(trust), *_chosen_by(trust, chosen)]
        case "validation":
            text = translate("trust", "Validation helped to choose this model: expect a little less on new pictures.")
            checks.append(Check("info", text))
        case "train":
            text = translate("trust", "The model has learnt from these pictures: new ones are harder.")
            checks.append(Check("warn", text))
    if evaluated.split != "train" and (claim := _claim(evaluated, sides)):
        checks.append(claim)
    checks.append(_enough(evaluated.per_class, evaluated.split))
    if trust.left_out:
        text = (
            translate("trust", "1 picture could not be read and does not count.")
            if trust.left_out == 1
            else translate("trust", "%Ln pictures could not be read and don't count.", "", trust.left_out)
        )
        checks.append(Check("warn", text))
    return tuple(checks)


def _unseen(trust: Trust) -> Check:
    """No test picture, by content or by its looks, was among those that training used."""
    if trust.copies == 1:
        text = translate("trust", "1 test picture was also used in training: this result can't be trusted.")
        return Check("error", text)
    if trust.copies:
        text = translate(
            "trust", "%Ln test pictures were also used in training: this result can't be trusted.", "", trust.copies
        )
        return Check("error", text)
    if trust.alike == 1:
        text = translate("trust", "1 test picture looks nearly like one that was learnt from: it is no real test.")
        return Check("warn", text)
    if trust.alike:
        text = translate(
            "trust",
            "%Ln test pictures look nearly like ones that were learnt from: this result is too good.",
            "",
            trust.alike,
        )
        return Check("warn", text)
    text = (
        translate("trust", "The test pictures were locked: training used none of them, no copy and none nearly alike.")
        if trust.checked
        else translate("trust", "The test pictures were locked: training used none of them, and no copy.")
    )
    return Check("ok", text)


def _groups_apart(trust: Trust) -> Check:
    if not trust.grouped:
        text = translate("trust", "No groups are named: pictures of one part could be in both train and test.")
        return Check("info", text)
    if trust.shared:
        text = translate("trust", "{groups} is in both train and test: this result is too good.")
        return Check("error", text.format(groups=wording.quoted(trust.shared)))
    return Check("ok", translate("trust", "No group is in both train and test; pictures of one count together."))


def _chosen_by(trust: Trust, chosen: tuple[float, float]) -> Iterator[Check]:
    """Whether the test split could have helped to choose the model, now or before it was dealt out anew."""
    if trust.looks > 1:
        text = translate(
            "trust",
            "{models} were measured on these test pictures. Choose the best of them by this number, and it is truly "
            "{range}.",
        )
        range_ = wording.percent_range(chosen)
        yield Check("info", text.format(models=wording.models(trust.looks), range=range_))
    if trust.moved:
        text = translate(
            "trust",
            "{pictures} came into the test split when it was unlocked: earlier models may have learnt from them.",
        )
        yield Check("info", text.format(pictures=wording.pictures(trust.moved)))


def _claim(evaluated: Evaluated, sides: Sides | None) -> Check | None:
    """What few misses still allow, and how many more pictures the next claim needs; None if there is nothing to say."""
    missed, n = (sides.units_missed, sides.units) if sides else (evaluated.n - evaluated.right, evaluated.n)
    if not n or (missed and not sides):
        return None
    text = (
        translate("trust", "{missed} of {n} defects missed still allows 1 in {allowed}.")
        if sides
        else translate("trust", "{missed} mistakes in {n} still allows 1 in {allowed}.")
    ).format(missed=wording.number(missed), n=wording.number(n), allowed=wording.number(allowed(missed, n)))
    if following := next_claim(missed, n):
        claim, more = following
        needs = (
            translate("trust", "{more} more defects for the test, missed no more often, would show 1 in {claim}.")
            if sides
            else translate("trust", "{more} more test pictures without a mistake would show 1 in {claim}.")
        )
        text += " " + needs.format(more=wording.number(more), claim=wording.number(claim))
    return Check("info", text)


def _enough(per_class: list[ClassResult], split: Split) -> Check:
    """The class whose share is least certain, and how many pictures more would halve its error bar."""
    if absent := [result.name for result in per_class if not result.actual]:
        text = translate("trust", "{classes}: {pictures}, so nothing is known about it.")
        return Check("warn", text.format(classes=wording.quoted(absent), pictures=_pictures(0, split)))
    widest = max(per_class, key=lambda result: _width(result.right, result.actual))
    if _width(widest.right, widest.actual) <= WIDE_INTERVAL:
        fewest = min(result.actual for result in per_class)
        text = translate("trust", "Every class has at least {pictures}.")
        return Check("ok", text.format(pictures=_pictures(fewest, split)))
    text = translate("trust", "“{class_name}” has {pictures}: about {more} more would halve its error bar.")
    more = wording.number(pictures_to_halve(widest.right, widest.actual))
    return Check("warn", text.format(class_name=widest.name, pictures=_pictures(widest.actual, split), more=more))


def _pictures(n: int, split: Split) -> str:
    """ "no test pictures", "1 test picture", "20 test pictures"."""
    none, one, many = {
        "test": (
            translate("trust", "no test pictures"),
            translate("trust", "1 test picture"),
            translate("trust", "%Ln test pictures", "", n),
        ),
        "validation": (
            translate("trust", "no validation pictures"),
            translate("trust", "1 validation picture"),
            translate("trust", "%Ln validation pictures", "", n),
        ),
        "train": (
            translate("trust", "no training pictures"),
            translate("trust", "1 training picture"),
            translate("trust", "%Ln training pictures", "", n),
        ),
    }[split]
    return none if n == 0 else one if n == 1 else many


def _width(right: float, n: float) -> float:
    low, high = wilson(right, n)
    return high - low


def pictures_to_halve(right: int, n: int) -> int:
    """How many pictures more would halve the width of a share's interval, if the share stayed; to two digits."""
    wanted, share = _width(right, n) / 2, right / n
    low, high = n, n * 16
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _width(share * middle, middle) <= wanted else (middle, high)
    more = high - n
    step = 1 if more < 20 else 5 if more < 50 else 10 if more < 500 else 100
    return -(-more // step) * step
