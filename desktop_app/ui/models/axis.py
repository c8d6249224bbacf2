"""Round numbers for axes."""

from __future__ import annotations

import math

from desktop_app.ui.models.training import Curves


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers at equal distances, at most `most` of them between the ends.

    Where no round distance meets both ends, `high` is met; where none fits between them, both are.
    """
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / max(1, most)))
    steps = [step for nice in (1, 2, 2.5, 5, 10) if span / (step := power * nice) <= most + 1e-9]
    even = [step for step in steps if abs(span / step - round(span / step)) < 1e-6]
    step = even[0] if even and span / even[0] >= min(2, most) else min(steps[0], span)
    count = math.floor(span / step + 1e-9)
    return [round(high - step * position, 10) for position in range(count, -1, -1)]


def epoch_ticks(curves: Curves) -> list[tuple[float, int]]:
    """Where which epoch is marked; the last of each phase always is."""
    marks = [(0.0, 0)]
    for position, phase in enumerate(curves.phases):
        length = curves.length(phase)
        if not length:
            continue
        step = _epoch_step(length)
        epochs = [*range(step, length, step), length]
        if len(epochs) > 1 and epochs[-1] - epochs[-2] < step * 0.6:
            epochs.pop(-2)  # its number would touch the last one's
        marks += [(position + epoch / length, epoch) for epoch in epochs]
    return marks


def _epoch_step(length: int) -> int:
    """Epochs between two ticks, so that a phase shows three to five."""
    raw = max(1.0, length / 4)
    power = 10 ** math.floor(math.log10(raw))
    return int(next(power * nice for nice in (1, 2, 5, 10) if power * nice >= raw))
