import math

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from desktop_app.learning.scores import NOTHING, score


@pytest.mark.parametrize("seed", range(5))
def test_is_what_scikit_learn_computes(seed):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, 30)
    predicted = np.where(random.random(30) < 0.6, labels, random.integers(0, 4, 30))
    found = score(0.5, predicted, labels)
    assert (found.loss, found.n, found.accuracy) == (0.5, 30, (predicted == labels).mean())
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert found.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro", zero_division=0))


def test_a_class_that_has_no_pictures_but_is_called_costs_f1_alone():
    found = score(0.0, np.array([0, 1, 2]), np.array([0, 1, 1]))
    assert found.balanced_accuracy == pytest.approx(0.75)
    assert found.macro_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_nothing_to_score():
    nothing = np.zeros(0, np.int32)
    assert score(0.0, nothing, nothing) is NOTHING
    assert math.isnan(NOTHING.accuracy)
