"""How often what the program says with 95 % confidence is true: promises, and intervals, on drawn worlds.

    python -m tests.bench.bench_honesty [--splits 500] [--experiments 2000]

Prints how often promises are kept over resampled splits (wanted: 95 %), beside how often they are by arithmetic: with
500 splits, what is seen differs from that by up to two points by chance alone. Then how often the intervals hold the
truth (wanted: 93–97 %; where few pictures are doubted more than they need to be, more often). Takes some minutes.
"""

from __future__ import annotations

import argparse

from tests.evaluation import test_costs as costs
from tests.evaluation import test_cross_validation as cross_validation
from tests.evaluation import test_intervals as intervals
from tests.evaluation import test_ranking as ranking
from tests.evaluation import test_resampling as resampling
from tests.evaluation import test_unsure as unsure


def promises(splits: int) -> None:
    print(f"Promises, kept in … of {splits} splits (by arithmetic …):")
    for good, name in ((unsure.GOOD, "missed defects"), (None, "wrong answers")):
        for promise in (0.01, 0.02, 0.05, 0.1, 0.2):
            seen, exact = unsure.kept(promise, good, splits)
            print(f"  at most {promise:.0%} {name}: {seen:.1%} ({exact:.1%})", flush=True)
    for promise in (0.02, 0.05, 0.1):
        seen = unsure.kept_when_calibrated(promise, splits)
        print(f"  at most {promise:.0%} wrong answers of five classes, calibrated on them: {seen:.1%}", flush=True)


def shares(times: int) -> None:
    for share, n in ((0.5, 40), (0.9, 60), (0.95, 432), (0.98, 651)):
        print(f"  share {share} of {n} pictures (Wilson): {intervals.held_alone(share, n, times):.1%}", flush=True)
    for parts in (intervals.Parts(0.9, 0.67, [8] * 60), intervals.Parts(0.97, 0.3, [40] * 15)):
        knowing, _ = intervals.held(parts, times)
        print(
            f"  share {parts.share} of {len(parts.sizes)} parts, {parts.sizes[0]} pictures each: {knowing:.1%}",
            flush=True,
        )


def means(times: int) -> None:
    for classes, accuracy, n in ((2, 0.9, 200), (7, 0.96, 432), (10, 0.95, 651)):
        balanced, f1 = resampling.coverage(resampling.World(classes, accuracy), n, times)
        print(f"  {classes} classes, {n} pictures: balanced accuracy {balanced:.1%}, macro-F1 {f1:.1%}", flush=True)


def areas(times: int) -> None:
    for apart, wanted, others, each in ((1.0, 60, 200, 1), (2.0, 150, 50, 1), (1.0, 20, 20, 1), (1.5, 30, 60, 6)):
        area, precision = ranking.coverage(apart, wanted, others, times, each)
        what = f"{wanted} of {wanted + others}" + (f" parts, {each} pictures each" if each > 1 else " pictures")
        print(f"  {what}: area under ROC {area:.1%}, average precision {precision:.1%}", flush=True)


def prices(times: int) -> None:
    for chances, name in ((costs.USUAL, "a good model"), (costs.BAD, "a poor one")):
        for defects in ((1.0,), (0.02, 0.98)):
            held = costs.coverage(chances, 400, times, defects)
            print(f"  cost of {name}, defects {'as seen' if len(defects) == 1 else '2 %'}: {held:.1%}", flush=True)


def cross_validated(times: int) -> None:
    for world in ((3, 50, 4.0, 60, 1, 0.0), (3, 50, 4.0, 30, 4, 0.5)):
        held = [cross_validation.experiment(seed, *world) for seed in range(times)]
        right, balanced = (sum(column) / times for column in zip(*held, strict=True))
        print(f"  cross-validated, {world[3]} × {world[4]} pictures: accuracy {right:.1%}, balanced {balanced:.1%}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--splits", type=int, default=500)
    parser.add_argument("--experiments", type=int, default=2000)
    arguments = parser.parse_args()
    promises(arguments.splits)
    print(f"Intervals, true in … of {arguments.experiments} experiments:")
    for judge in (shares, means, areas, prices):
        judge(arguments.experiments)
    cross_validated(max(1, arguments.experiments // 10))  # each learns six models


if __name__ == "__main__":
    main()
