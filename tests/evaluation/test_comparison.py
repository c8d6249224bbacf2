from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import binomtest

from desktop_app.evaluation.comparison import compare, mcnemar
from desktop_app.evaluation.predictions import Predictions

CLASSES = ("good", "scratched")


def table(
    actual: Sequence[int], called: Sequence[int], sure: Sequence[float] = (), hashes: Sequence[str] = ()
) -> Predictions:
    how_sure = np.array(sure or [0.9] * len(actual), np.float32)
    probabilities = np.empty((len(actual), 2), np.float32)
    rows = np.arange(len(actual))
    probabilities[rows, called] = how_sure
    probabilities[rows, 1 - np.array(called)] = 1 - how_sure
    names = tuple(hashes or [f"content {row}" for row in rows])
    return Predictions(names, names, CLASSES, np.array(actual, np.int32), probabilities)


def test_what_became_right_and_what_became_wrong() -> None:
    first = table([0, 0, 1, 1, 1], [0, 1, 0, 1, 0])
    second = table([0, 0, 1, 1, 1], [1, 0, 1, 1, 1], [0.9, 0.6, 0.7, 0.8, 0.95])
    found = compare(first, second)
    assert (found.n, found.first_right, found.second_right) == (5, 2, 4)
    assert found.became_right.tolist() == [4, 2, 1], "the surest first"
    assert found.became_wrong.tolist() == [0]
    assert found.chance == pytest.approx(0.625)
    assert not found.differs


def test_only_the_same_question_counts() -> None:
    """Pictures that one was not asked about, or that had another label then, are left out."""
    first = table([0, 0, 1], [0, 0, 1], hashes=["a", "b", "c"])
    second = table([0, 1, 1], [1, 1, 1], hashes=["b", "c", "d"])
    found = compare(first, second)
    assert (found.n, found.first_right, found.second_right) == (2, 2, 1)
    relabelled = compare(first, table([1], [1], hashes=["a"]))
    assert (relabelled.n, relabelled.chance) == (0, 1.0)


@pytest.mark.parametrize(("right", "wrong"), [(0, 0), (1, 0), (5, 1), (12, 3), (20, 20), (0, 9), (101, 59)])
def test_chance_is_that_of_a_fair_coin(right: int, wrong: int) -> None:
    expected = binomtest(right, right + wrong).pvalue if right + wrong else 1.0
    assert mcnemar(right, wrong) == pytest.approx(expected)
    assert mcnemar(wrong, right) == pytest.approx(expected)


def test_the_textbook_example() -> None:
    """A. Agresti, Categorical Data Analysis, table 10.1: 150 and 86 changed their mind; p far below 0.001."""
    assert mcnemar(150, 86) < 1e-4
