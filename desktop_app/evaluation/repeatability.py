"""Does the model say the same of the same part? Of parts that were photographed several times.

A part that is called good in one picture and a defect in the next is worse than a rate of mistakes tells: nobody can
trust a station that changes its mind when the part is put down again. Nothing is asked here about what is right.

* A part changed its class if its pictures were called more than one. The share of such parts, with its Wilson interval,
  is one minus the agreement within appraisers of a measurement system analysis.
* The flip rate is the chance that two pictures of one part are called differently, averaged over parts: in each the
  share of its pairs of pictures that differ.
* The spread is the standard deviation of the probability of a part's usual class over its pictures; over all parts it
  is pooled, as the repeatability standard deviation is.

Sources: AIAG, "Measurement Systems Analysis", 4th ed. (2010), chapter III C, attribute agreement; E. H. Simpson,
"Measurement of diversity", Nature 163 (1949), for the share of pairs; ISO 5725-2:2019, section 7.4, for the pooled
deviation; D. B. Rubin, "The Bayesian bootstrap", Annals of Statistics 9 (1981), for its interval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.evaluation.intervals import wilson

FEWEST = 2  # pictures of a part
_DRAWS = 2000


@dataclass(frozen=True)
class Part:
    """One part.

    Attributes:
        pictures: how many there are of it.
        called: how many of them were called each class, the most frequent first.
        flips: the share of its pairs of pictures that are called differently, 0–1.
        spread: standard deviation of the probability of its usual class.
        lowest, highest: that probability, over its pictures.
        rows: its pictures, the least sure of the usual class first.
    """

    name: str
    pictures: int
    called: dict[str, int]
    flips: float
    spread: float
    lowest: float
    highest: float
    rows: tuple[int, ...]

    @property
    def changed(self) -> bool:
        """It was called more than one class."""
        return len(self.called) > 1


@dataclass(frozen=True)
class Repeatability:
    """
    Attributes:
        parts: the worst first: those that changed most often, then those with the widest spread.
        changed: how many of them changed their class.
        interval: of their share, 95 %.
        flips: the chance that two pictures of a part are called differently; with its 95 % interval.
        spread: the pooled standard deviation of the probability of a part's usual class; with its 95 % interval.
    """

    parts: tuple[Part, ...]
    changed: int
    interval: tuple[float, float]
    flips: float
    flips_interval: tuple[float, float]
    spread: float
    spread_interval: tuple[float, float]

    @property
    def pictures(self) -> int:
        return sum(part.pictures for part in self.parts)

    @property
    def times(self) -> tuple[int, int]:
        """How often parts were photographed, at least and at most."""
        pictures = [part.pictures for part in self.parts]
        return min(pictures), max(pictures)

    def to_dict(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "parts": len(self.parts),
            "pictures": self.pictures,
            "changed": self.changed,
            "interval": self.interval,
            "flips": self.flips,
            "flips_interval": self.flips_interval,
            "spread": self.spread,
            "spread_interval": self.spread_interval,
            "worst": [
                {name: getattr(part, name) for name in ("name", "pictures", "called", "flips", "spread")}
                for part in self.parts
            ],
        }


def repeatability(
    probabilities: NDArray[np.floating], classes: Sequence[str], names: Sequence[str]
) -> Repeatability | None:
    """Compare what was said of the pictures of each part; None where no part has several.

    Args:
        probabilities: (n, classes)
        names: (n,) the part of each picture, "" for none.
    """
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name:
            rows_of.setdefault(name, []).append(row)
    parts = [
        _part(name, np.array(rows, np.intp), probabilities, classes)
        for name, rows in rows_of.items()
        if len(rows) >= FEWEST
    ]
    if not parts:
        return None
    changed = sum(part.changed for part in parts)
    flips = float(np.mean([part.flips for part in parts]))
    return Repeatability(
        parts=tuple(sorted(parts, key=lambda part: (-part.flips, -part.spread, part.name))),
        changed=changed,
        interval=wilson(changed, len(parts)),
        flips=flips,
        # A part's share lies between never and always, so it can't vary more than that.
        flips_interval=wilson(flips * len(parts), len(parts)),
        spread=float(_pooled(parts, np.ones((1, len(parts))))[0]),
        spread_interval=_spread_interval(parts),
    )


def _part(name: str, rows: NDArray[np.intp], probabilities: NDArray[np.floating], classes: Sequence[str]) -> Part:
    own = probabilities[rows]
    called = Counter(own.argmax(axis=1).tolist())
    # Of classes that were called equally often, the one that is more probable all in all.
    usual = max(called, key=lambda label: (called[label], float(own[:, label].sum())))
    sure = own[:, usual].astype(np.float64)
    n = len(rows)
    same = sum(count * (count - 1) for count in called.values())
    order = sorted(called, key=lambda label: (label != usual, -called[label]))
    return Part(
        name=name,
        pictures=n,
        called={classes[label]: called[label] for label in order},
        flips=1 - same / (n * (n - 1)),
        spread=float(sure.std(ddof=1)),
        lowest=float(sure.min()),
        highest=float(sure.max()),
        rows=tuple(rows[np.argsort(sure, kind="stable")].tolist()),
    )


def _pooled(parts: Sequence[Part], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(draws,) the pooled deviation with each part counted as much as `weights`, (draws, parts), says."""
    freedom = np.array([part.pictures - 1 for part in parts])
    squares = freedom * np.square([part.spread for part in parts])
    pooled: NDArray[np.float64] = np.sqrt(weights @ squares / (weights @ freedom))
    return pooled


def _spread_interval(parts: Sequence[Part]) -> tuple[float, float]:
    weights = np.random.default_rng(0).exponential(size=(_DRAWS, len(parts)))
    low, high = np.percentile(_pooled(parts, weights), (2.5, 97.5))
    return float(low), float(high)
