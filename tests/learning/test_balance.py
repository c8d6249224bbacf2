import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from desktop_app.learning import head as heads
from desktop_app.learning.balance import Balance, unequal

LABELS = np.repeat([0, 1], [90, 10]).astype(np.int32)


def overlapping(seed: int):
    random = np.random.default_rng(seed)
    return (random.standard_normal((100, 4)) + LABELS[:, np.newaxis] * 0.7).astype(np.float32)


def test_every_class_counts_the_same_with_weights():
    weights = Balance.of("weights", LABELS, 2).weights
    assert weights[0] * 90 == pytest.approx(weights[1] * 10)
    assert weights[LABELS].mean() == pytest.approx(1)


def test_rare_classes_are_shown_as_often_when_resampled():
    balance = Balance.of("resampling", LABELS, 2)
    shown = np.concatenate([LABELS[balance.order(LABELS, np.random.default_rng(seed))] for seed in range(50)])
    assert shown.mean() == pytest.approx(0.5, abs=0.03)
    once = Balance.of("weights", LABELS, 2).order(LABELS, np.random.default_rng(0))
    assert sorted(once) == list(range(100))


def test_logit_adjustment_knows_how_frequent_each_class_is():
    np.testing.assert_allclose(np.exp(Balance.of("logits", LABELS, 2).offsets), [0.9, 0.1], rtol=1e-5)
    assert np.isfinite(Balance.of("logits", LABELS, 3).offsets).all()


@pytest.mark.parametrize("method", ["weights", "resampling", "logits"])
def test_each_finds_more_of_the_rare_class(method):
    embeddings = overlapping(0)
    unseen = overlapping(1)

    def balanced_accuracy(method):
        balance = Balance.of(method, LABELS, 2)
        head = heads.fit(embeddings, LABELS, heads.zeros(4, 2), 0.01, 100, balance)
        return head.score(unseen, LABELS).balanced_accuracy

    assert balanced_accuracy(method) > balanced_accuracy("none") + 0.1


def test_weights_are_those_of_scikit_learn():
    labels = (np.arange(100) % 7 % 3).astype(np.int32)
    embeddings = (np.random.default_rng(0).standard_normal((100, 5)) + np.eye(3, 5)[labels] * 2).astype(np.float32)
    balance = Balance.of("weights", labels, 3)
    head = heads.fit(embeddings, labels, heads.zeros(5, 3), 0.1, 500, balance)
    other = LogisticRegression(C=1 / (0.1 * 100), class_weight="balanced", tol=1e-8, max_iter=5000)
    theirs = other.fit(embeddings, labels).predict_proba(embeddings)
    np.testing.assert_allclose(head.probabilities(embeddings), theirs, atol=1e-2)


def test_three_times_as_many_are_unequal():
    assert unequal(np.repeat([0, 1], [30, 10]))
    assert not unequal(np.repeat([0, 1], [29, 10]))
    assert not unequal(np.zeros(5, int))
