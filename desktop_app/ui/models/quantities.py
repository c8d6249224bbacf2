"""What the learning curves can show of an epoch, and how its axis and its numbers are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from desktop_app.events import EpochEnded
from desktop_app.ui import wording
from desktop_app.ui.models.training import Curves

Value = Callable[[EpochEnded], float]


@dataclass(frozen=True)
class Quantity:
    """
    Attributes:
        train, validation: its values, NaN where there is none. One that both share is the validation's.
        limits: the ends of its axis.
        text, tick: a value in words, and at the axis.
        shared: it is the same for train and validation.
        marked: the best epoch and the phases are named on it.
    """

    train: Value
    validation: Value
    limits: Callable[[Curves], tuple[float, float]]
    text: Callable[[float], str]
    tick: Callable[[float], str]
    shared: bool = False
    marked: bool = False


def share_floor(values: Iterable[float]) -> float:
    """Where an axis of shares (0–1) starts: a round number below all of them."""
    lowest = min(filter(math.isfinite, values), default=0.8)
    step = 0.05 if lowest >= 0.6 else 0.1
    return min(0.95, max(0.0, math.floor(lowest / step - 1e-9) * step))


def ceiling(values: Iterable[float], smallest: float = 1e-3) -> float:
    """Where an axis from 0 ends: a round number above all values."""
    highest = max(max(filter(math.isfinite, values), default=1.0), smallest)
    step = 10.0 ** math.floor(math.log10(highest))
    return next(step * nice for nice in (1, 2, 3, 4, 5, 6, 8, 10) if step * nice >= highest * 0.999)


def _share(train: Value, validation: Value) -> Quantity:
    return Quantity(
        train,
        validation,
        limits=lambda curves: (share_floor(_values(curves, train, validation)), 1.0),
        text=wording.percent,
        tick=lambda value: wording.number(round(value * 100)),
        marked=True,
    )


def _values(curves: Curves, *values: Value) -> list[float]:
    return [value(row) for row in curves.rows() for value in values]


def _rate(row: EpochEnded) -> float:
    return math.nan if row.learning_rate is None else row.learning_rate


def _train_loss(row: EpochEnded) -> float:
    return row.train_loss


def _validation_loss(row: EpochEnded) -> float:
    return row.validation_loss


ACCURACY = _share(lambda row: row.train_accuracy, lambda row: row.validation_accuracy)
MACRO_F1 = _share(lambda row: row.train_macro_f1, lambda row: row.validation_macro_f1)
LOSS = Quantity(
    train=_train_loss,
    validation=_validation_loss,
    limits=lambda curves: (0.0, ceiling(_values(curves, _train_loss, _validation_loss))),
    text=lambda value: wording.decimal(value, 2),
    tick=lambda value: wording.decimal(value, 3, trim=True),
)
LEARNING_RATE = Quantity(
    train=lambda row: math.nan,
    validation=_rate,
    limits=lambda curves: (0.0, ceiling(_values(curves, _rate), smallest=1e-8)),
    text=wording.difference,
    tick=lambda value: wording.decimal(value, 8, trim=True),
    shared=True,
)
