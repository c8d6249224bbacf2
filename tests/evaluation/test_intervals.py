import numpy as np
import pytest
from scipy.stats import binomtest

from desktop_app.evaluation.clusters import clustered, clustered_mean, units_of
from desktop_app.evaluation.intervals import allowed, next_claim, pictures_for, upper_limit, wilson


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
        # table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_examples(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=5e-5)


def test_the_design_example() -> None:
    low, high = wilson(38, 40)
    assert (round(low, 2), round(high, 2)) == (0.83, 0.99)


@pytest.mark.parametrize("n", [1, 2, 7, 1000])
def test_edges_are_exact_and_mirrored(n: int) -> None:
    assert wilson(0, n)[0] == 0.0
    assert wilson(n, n)[1] == 1.0
    for right in range(n + 1):
        low, high = wilson(right, n)
        assert 0 <= low <= right / n <= high <= 1
        assert wilson(n - right, n) == pytest.approx((1 - high, 1 - low))


def test_nothing_known_without_pictures() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "n"), [(-1, 5), (6, 5), (1, 0)])
def test_nonsense_is_a_bug(right: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(right, n)


def test_it_covers_the_true_share_in_about_95_of_100_repetitions() -> None:
    rng = np.random.default_rng(0)
    for share in (0.5, 0.9, 0.98):
        draws = rng.binomial(60, share, 4000)
        inside = [low <= share <= high for low, high in (wilson(int(right), 60) for right in draws)]
        assert 0.92 < np.mean(inside) < 0.98


@pytest.mark.parametrize(("harmed", "n"), [(0, 59), (1, 93), (3, 40), (39, 40), (0, 1)])
def test_the_upper_limit_is_the_exact_one(harmed: int, n: int) -> None:
    exact = binomtest(harmed, n).proportion_ci(0.9, method="exact").high  # two-sided 90 % is one-sided 95 %
    assert upper_limit(harmed, n) == pytest.approx(exact, abs=1e-9)


def test_the_upper_limit_at_its_edges() -> None:
    assert upper_limit(0, 0) == upper_limit(5, 5) == 1.0
    with pytest.raises(ValueError, match="6 of 5"):
        upper_limit(6, 5)


def test_pictures_that_a_claim_needs() -> None:
    """The rule of three, exactly: 59 for 5 %, 299 for 1 %."""
    assert [pictures_for(promise) for promise in (0.1, 0.05, 0.01, 0.001)] == [29, 59, 299, 2995]
    for promise in (0.2, 0.03, 0.005):
        n = pictures_for(promise)
        assert upper_limit(0, n) <= promise < upper_limit(0, n - 1)


# ---- what was looked at more than once


def test_the_best_of_several_is_doubted_more() -> None:
    """Twenty models that are equally good: the interval of the one that looks best must still hold the truth."""
    rng = np.random.default_rng(5)
    held = []
    for _ in range(2000):
        best = int(rng.binomial(200, 0.9, 20).max())
        held.append((wilson(best, 200)[0] <= 0.9, wilson(best, 200, looks=20)[0] <= 0.9))
    plain, corrected = np.mean(held, axis=0)
    assert plain < 0.85
    assert corrected > 0.93


# ---- claims


def test_nothing_missed_in_30_still_allows_1_in_10() -> None:
    assert allowed(0, 30) == 10
    assert next_claim(0, 30) == (20, 59 - 30)
    assert next_claim(0, 59) == (50, 149 - 59)


@pytest.mark.parametrize(("harmed", "n"), [(0, 1), (0, 298), (1, 60), (3, 200), (2, 90)])
def test_a_claim_needs_exactly_so_many_more(harmed: int, n: int) -> None:
    claim, more = next_claim(harmed, n)
    share = harmed / n

    def limit(pictures: int) -> float:
        return upper_limit(int(np.ceil(round(share * pictures, 9))), pictures)

    assert limit(n + more) <= 1 / claim < limit(n + more - 1)
    assert upper_limit(harmed, n) > 1 / claim


def test_no_number_of_pictures_shows_less_than_what_was_seen() -> None:
    assert next_claim(10, 100) is None  # 1 in 10 was seen, and 1 in 10 can't be claimed yet
    assert next_claim(0, 1_000_000) is None  # everything can be claimed


# ---- pictures that belong together


class Parts:
    """Pictures of parts: a share `alike` of them is right or wrong as their part is."""

    def __init__(self, share: float, alike: float, sizes: list[int]) -> None:
        self.share, self.alike, self.sizes = share, alike, sizes
        self.units = np.repeat(np.arange(len(sizes)), sizes)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        of_part = rng.random(len(self.sizes)) < self.share
        own = rng.random(len(self.units)) < self.share
        return np.where(rng.random(len(self.units)) < self.alike, of_part[self.units], own)


def held(parts: Parts, times: int) -> tuple[float, float]:
    """How often the interval that knows the parts holds the truth, and how often the one that does not."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(times):
        right = parts.draw(rng)
        low, high = clustered(right, parts.units)
        plain = wilson(int(right.sum()), len(right))
        found.append((low <= parts.share <= high, plain[0] <= parts.share <= plain[1]))
    return tuple(np.mean(found, axis=0))


def test_pictures_of_one_part_do_not_make_a_result_certain() -> None:
    knowing, plain = held(Parts(0.9, 0.67, [8] * 60), 300)
    assert knowing >= 0.93
    assert plain < 0.8


@pytest.mark.slow
@pytest.mark.parametrize(
    "parts",
    [
        Parts(0.9, 0.67, [8] * 60),
        Parts(0.95, 0.5, [10] * 20),
        Parts(0.97, 0.3, [40] * 15),
        Parts(0.95, 0.67, [1, 2, 4, 8, 16, 30] * 7),
        Parts(0.98, 0.67, [4] * 200),
    ],
)
def test_coverage_with_parts_over_2000_experiments(parts: Parts) -> None:
    knowing, plain = held(parts, 2000)
    print(
        f"{len(parts.sizes)} parts, {len(parts.units)} pictures: {knowing:.3f}; without knowing the parts {plain:.3f}"
    )
    assert knowing >= 0.93  # few parts that differ in size are doubted more than they need to be


def held_alone(share: float, n: int, times: int) -> float:
    """How often the interval of pictures that stand alone holds the truth."""
    rng = np.random.default_rng(4)
    return float(
        np.mean([low <= share <= high for low, high in (wilson(int(k), n) for k in rng.binomial(n, share, times))])
    )


@pytest.mark.slow
@pytest.mark.parametrize(("share", "n"), [(0.5, 40), (0.9, 60), (0.95, 432), (0.98, 651)])
def test_coverage_over_2000_experiments(share: float, n: int) -> None:
    shown = held_alone(share, n, 2000)
    assert 0.93 <= shown <= 0.975  # counts are whole: no interval can hold exactly as often as one wishes


def test_pictures_that_stand_alone_have_the_plain_interval() -> None:
    right = np.arange(50) % 10 > 0
    assert clustered(right, np.arange(50)) == wilson(45, 50)


def test_nothing_but_right_pictures_of_few_parts_are_worth_as_many_parts() -> None:
    low, high = clustered(np.ones(200, bool), np.repeat(np.arange(10), 20))
    assert high == 1.0
    assert low < wilson(10, 10)[0]  # Student's t for ten is wider
    assert clustered(np.ones(200, bool), np.zeros(200, int)) == (0.0, 1.0)


def test_the_design_effect_is_the_textbooks() -> None:
    """Parts of 4 pictures that are wholly right or wrong count as one picture each, W. G. Cochran's deff = size."""
    right = np.repeat(np.arange(400) % 10 > 0, 4)
    low, high = clustered(right, np.repeat(np.arange(400), 4))
    assert (low, high) == pytest.approx(wilson(360, 400), abs=2e-3)


def test_units() -> None:
    assert units_of(["", ""]) is None
    assert units_of(["a", "", "b", "a", ""]).tolist() == [0, 2, 1, 0, 3]


# ---- means of values


def test_the_interval_of_a_mean_is_students_where_pictures_stand_alone() -> None:
    """With one more picture that is neither."""
    from scipy import stats

    values = np.random.default_rng(0).beta(5, 3, 30)
    weighed = np.append(values, 0.5)
    expected = stats.t.interval(0.95, 30, weighed.mean(), stats.sem(weighed))
    assert clustered_mean(values, np.arange(30)) == pytest.approx(expected, abs=1e-9)


def test_a_handful_that_are_all_one_are_no_certainty() -> None:
    assert clustered_mean(np.ones(4), np.arange(4))[0] < 0.7
    assert clustered_mean(np.ones(40), np.arange(40))[0] > 0.9
    assert clustered_mean(np.ones(40), np.repeat(np.arange(4), 10))[0] < 0.7


def test_pictures_of_one_part_that_are_all_the_same_count_as_one() -> None:
    values = np.random.default_rng(1).beta(5, 3, 12)
    alone = clustered_mean(values, np.arange(12))
    assert clustered_mean(np.repeat(values, 7), np.repeat(np.arange(12), 7)) == pytest.approx(alone, abs=1e-9)
    assert clustered_mean(values, np.zeros(12, int)) == (0.0, 1.0)


def test_the_interval_of_a_mean_holds_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    units, held = np.repeat(np.arange(25), 4), []
    for _ in range(1000):
        values = np.clip(np.repeat(rng.beta(6, 4, 25), 4) + rng.uniform(-0.1, 0.1, 100), 0, 1)
        low, high = clustered_mean(values, units)
        held.append(low <= 0.6 <= high)
    assert 0.93 <= np.mean(held) <= 0.97
