"""How far a share measured on a few pictures can be trusted. Without numpy: the start page shows such shares."""

from __future__ import annotations

from math import ceil, log, sqrt
from statistics import NormalDist

Z_95 = 1.959963984540054  # the standard normal's 97.5 % quantile
#: Shares that one can claim to be below, as 1 in so many.
CLAIMS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_MOST_PICTURES = 1 << 24


def wilson(right: float, n: float, looks: int = 1) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share, `right` of `n`; both ends lie in 0–1.

    Args:
        right, n: may be fractions, where some pictures count less than others.
        looks: how many such shares were looked at to choose this one, the best; with so many, all of their intervals
            hold with 95 % (C. E. Bonferroni's inequality).

    Unlike "± two standard errors" it holds for a handful of pictures and for shares of 0 or 1, which is what test
    splits of new projects look like. Without pictures nothing is known: (0, 1).

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927);
    recommended for small n by L. D. Brown, T. T. Cai, A. DasGupta, "Interval estimation for a binomial proportion",
    Statistical Science 16 (2001).

    Raises:
        ValueError: `right` is not within 0 … `n`.
    """
    if not 0 <= right <= n:
        raise ValueError(f"{right} of {n} is not a share")
    if n == 0:
        return 0.0, 1.0
    share = right / n
    z = Z_95 if looks == 1 else NormalDist().inv_cdf(1 - 0.025 / looks)
    z2 = z * z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # Exactly 0 and 1 at the edges, where rounding would leave 1e-17.
    low = 0.0 if right == 0 else centre - half
    high = 1.0 if right == n else centre + half
    return low, high


def upper_limit(harmed: int, n: int, confidence: float = 0.95) -> float:
    """What the true share is below with that confidence, when `harmed` of `n` were seen; 1 without pictures.

    The exact one-sided limit of C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated
    in the case of the binomial", Biometrika 26 (1934): it never promises too much.

    Raises:
        ValueError: `harmed` is not within 0 … `n`.
    """
    from scipy.special import betaincinv  # slow to import

    if not 0 <= harmed <= n:
        raise ValueError(f"{harmed} of {n} is not a share")
    if harmed == n:
        return 1.0
    return float(betaincinv(harmed + 1, n - harmed, confidence))


def pictures_for(promise: float, confidence: float = 0.95) -> int:
    """How many pictures, none of them harmed, show that the true share is within `promise` (0–1, not 0)."""
    return ceil(round(log(1 - confidence) / log(1 - promise), 9))


def allowed(harmed: int, n: int) -> int:
    """What is still possible when `harmed` of `n` were seen, as "1 in so many": 0 of 30 still allows 1 in 10."""
    return int(1 / upper_limit(harmed, n) + 1e-9)


def next_claim(harmed: int, n: int) -> tuple[int, int] | None:
    """The next claim that can't be made yet, "fewer than 1 in so many", and how many more pictures show it.

    None if no number would, should the share stay as it was seen; or if all `CLAIMS` can be made.

    Args:
        harmed, n: what was seen; further pictures are taken to be harmed as often.
    """
    limit, share = upper_limit(harmed, n), harmed / n if n else 0.0
    claim = next((claim for claim in CLAIMS if 1 / claim < limit), None)
    if claim is None or share * claim >= 1:
        return None

    def shows(pictures: int) -> bool:
        return upper_limit(ceil(round(share * pictures, 9)), pictures) <= 1 / claim

    low, high = n, max(n, 1)
    while not shows(high):
        low, high = high, 2 * high
        if high > _MOST_PICTURES:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return claim, high - n
