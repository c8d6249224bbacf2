"""How far a share measured on a few pictures can be trusted."""

from __future__ import annotations

from math import ceil, log, sqrt

Z_95 = 1.959963984540054  # the standard normal's 97.5 % quantile


def wilson(right: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share, `right` of `n`; both ends lie in 0–1.

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
    z2 = Z_95 * Z_95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
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
