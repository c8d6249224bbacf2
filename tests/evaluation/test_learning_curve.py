"""What is said of more pictures, on curves of which the truth is known."""

from collections import Counter

import numpy as np
import pytest

from desktop_app.evaluation.learning_curve import FEWEST, HELP, points, prospect

LEARNT_FROM = 0.8  # of the pictures: four of five folds
REPEATS = 4


class Truth:
    """Mistakes fall as `scale`·m^(−`power`) + `floor` with the number of pictures learnt from."""

    def __init__(self, scale: float, power: float, floor: float) -> None:
        self.scale, self.power, self.floor = scale, power, floor

    def wrong(self, pictures: float) -> float:
        return self.scale * (LEARNT_FROM * pictures) ** -self.power + self.floor

    def measure(self, pictures: int, seed: int, each: int = 1) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """A curve as `learning.probing` gives it. Hard pictures stay hard; those of one part are equally hard."""
        random = np.random.default_rng(seed)
        sizes = pictures * np.array([0.25, 0.5, 0.75, 1])
        wrong = np.array([self.wrong(size) for size in sizes])
        hardness = random.random(pictures // each).repeat(each)
        again = random.random((len(sizes), REPEATS, len(hardness)))
        luck = np.where(random.random(again.shape) < 0.3, again, hardness)
        right = (luck >= wrong[:, np.newaxis, np.newaxis]).mean(axis=1)
        groups = [f"part {part}" for part in range(pictures // each) for _ in range(each)] if each > 1 else []
        return LEARNT_FROM * sizes, right, groups or [""] * len(hardness)


STEEP, LEVEL, LEARNT = Truth(1.5, 0.5, 0), Truth(0, 1, 0.1), Truth(0, 1, 0.01)


def outlooks(truth: Truth, pictures: int, times: int, each: int = 1) -> Counter[str]:
    return Counter(prospect(*truth.measure(pictures, seed, each), seed=seed).outlook for seed in range(times))


def test_a_steep_curve_is_rising() -> None:
    found = outlooks(STEEP, 100, 40)
    assert found["rising"] + found["slow"] >= 36 and found["rising"] >= 20
    assert not found["flat"] + found["good"]


def test_a_flat_curve_is_flat() -> None:
    assert outlooks(LEVEL, 250, 40)["flat"] >= 36


def test_a_high_flat_curve_is_good() -> None:
    assert outlooks(LEARNT, 100, 40)["good"] >= 36


def test_few_pictures_or_groups_say_nothing() -> None:
    assert prospect(*STEEP.measure(FEWEST - 1, 0)).outlook == "few"
    assert prospect(*STEEP.measure(80, 0, each=8)).outlook == "few"
    assert prospect(*STEEP.measure(FEWEST, 0)).outlook != "few"


def test_a_quarter_without_a_picture_says_nothing() -> None:
    learnt, right, groups = STEEP.measure(40, 0)
    assert prospect(learnt - learnt[0], right, groups).outlook == "few"


def test_parts_of_one_size_say_nothing() -> None:
    """Of two pictures a class each part holds the one that there is to learn from: the curve can't but be flat."""
    _, right, groups = LEVEL.measure(40, 0)
    assert prospect(np.full(4, 7.0), right[[0, 0, 0, 0]], groups).outlook == "few"


def test_pictures_of_one_part_tell_less() -> None:
    """Forty pictures that stand alone against forty of ten each: the more they tell, the more is said."""
    alone, together = outlooks(STEEP, 120, 40), outlooks(STEEP, 120, 40, each=8)
    assert together["rising"] < alone["rising"]


def test_never_more_than_twice_as_many() -> None:
    for seed in range(30):
        found = prospect(*STEEP.measure(60, seed), seed=seed)
        assert found.more is None or found.more <= 60


def test_points_carry_their_doubt() -> None:
    learnt, right, groups = STEEP.measure(100, 0)
    curve = points(learnt, right, groups)
    assert [point.learnt for point in curve] == [20, 40, 60, 80]
    for point, answers in zip(curve, right, strict=True):
        assert point.share == pytest.approx(answers.mean())
        assert point.interval[0] < point.share < point.interval[1]


def test_the_same_is_said_again() -> None:
    assert prospect(*STEEP.measure(100, 5), seed=1) == prospect(*STEEP.measure(100, 5), seed=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("truth", "pictures"),
    [
        (Truth(1.5, 0.5, 0), 50),
        (Truth(1.5, 0.5, 0), 200),
        (Truth(3, 1, 0.05), 100),
        (Truth(0.6, 0.3, 0.02), 100),
        (Truth(0, 1, 0.1), 300),
        (Truth(0, 1, 0.3), 100),
    ],
    ids=lambda value: f"{value.scale:g}m^-{value.power:g}+{value.floor:g}" if isinstance(value, Truth) else str(value),
)
def test_what_is_said_holds(truth: Truth, pictures: int) -> None:
    """Of 400 curves: how often more pictures are wrongly asked for, or wrongly not, and how far the guesses hold."""
    of_twice = truth.wrong(pictures) - truth.wrong(2 * pictures)
    found, held, gains = Counter[str](), [], []
    for seed in range(400):
        result = prospect(*truth.measure(pictures, seed), seed=seed)
        found[result.outlook] += 1
        if result.more and result.expected:
            then = 1 - truth.wrong(pictures + result.more)
            held.append(result.expected[0] - 0.005 <= then <= result.expected[1] + 0.005)
            gains.append(truth.wrong(pictures) - truth.wrong(pictures + result.more))
    asked = f"; asked for: gain {np.mean(gains):.3f}, guess holds {np.mean(held):.2f}" if gains else ""
    print(f"{truth.wrong(pictures):.3f} wrong, twice as many mend {of_twice:.3f}: {dict(found)}{asked}")
    if of_twice < HELP:
        assert found["rising"] <= 40  # one in ten
    if of_twice >= HELP:
        assert found["flat"] + found["good"] <= 40  # one in ten
    if gains:
        assert np.mean(gains) >= HELP and np.mean(held) >= 0.6
