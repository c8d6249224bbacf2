import numpy as np
import pytest
from scipy.stats import binomtest

from desktop_app.evaluation.intervals import pictures_for, upper_limit, wilson


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
