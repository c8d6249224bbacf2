import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from desktop_app.learning import head as heads
from desktop_app.learning.head import Head, Scaling
from desktop_app.learning.scores import NOTHING


def clouds(n: int = 120, size: int = 10, classes: int = 3, seed: int = 0):
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) % classes).astype(np.int32)
    centres = rng.standard_normal((classes, size))
    return (centres[labels] + 1.5 * rng.standard_normal((n, size))).astype(np.float32), labels


@pytest.mark.parametrize("strength", [1e-3, 1e-1, 10.0])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_finds_the_optimum_that_scikit_learn_finds(strength, classes):
    embeddings, labels = clouds(classes=classes)
    head = heads.fit(embeddings, labels, heads.zeros(10, classes), strength, epochs=500)
    # Its C weighs the summed loss against ½‖W‖².
    other = LogisticRegression(C=1 / (strength * len(labels)), tol=1e-8, max_iter=5000).fit(embeddings, labels)
    theirs = other.predict_proba(embeddings)
    powers = np.exp(head.logits(embeddings))
    if classes > 2:  # two classes: scikit-learn has one vector of weights, so its penalty differs
        np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), theirs, atol=1e-2)
    assert (powers.argmax(axis=1) == theirs.argmax(axis=1)).mean() > 0.98


def test_the_objective_falls_with_every_epoch():
    embeddings, labels = clouds()
    strength, before = 0.01, np.inf
    for head in heads.train(embeddings, labels, heads.zeros(10, 3), strength):
        loss = head.score(embeddings, labels).loss
        objective = loss + strength / 2 * float(np.square(head.weight).sum())
        assert objective < before + 1e-6
        before = objective


def test_any_start_leads_to_the_same_optimum():
    embeddings, labels = clouds()
    rng = np.random.default_rng(3)
    start = Head(rng.standard_normal((10, 3), np.float32), rng.standard_normal(3, np.float32))
    one = heads.fit(embeddings, labels, heads.zeros(10, 3), 0.1, 500)
    other = heads.fit(embeddings, labels, start, 0.1, 500)
    np.testing.assert_allclose(one.weight, other.weight, atol=1e-2)


def test_pictures_that_are_all_alike_still_make_a_head():
    embeddings, labels = np.zeros((4, 5), np.float32), np.array([0, 1, 0, 1], np.int32)
    (head,) = heads.train(embeddings, labels, heads.zeros(5, 2), 0.1)
    assert np.isfinite(head.logits(embeddings)).all()


def test_huge_values_do_not_overflow():
    embeddings, labels = clouds()
    head = heads.fit(embeddings * np.float32(1e4), labels, heads.zeros(10, 3), 1e-4, 50)
    score = head.score(embeddings * np.float32(1e4), labels)
    assert np.isfinite(score.loss)
    assert score.accuracy > 0.8


def test_undoing_the_scaling_gives_the_same_logits():
    embeddings, labels = clouds()
    embeddings[:, 4] = 7  # never varies
    scaling = Scaling.of(embeddings)
    standardised = scaling(embeddings)
    np.testing.assert_allclose(standardised.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(np.delete(standardised, 4, axis=1).std(axis=0), 1, atol=1e-4)
    head = heads.fit(standardised, labels, heads.zeros(10, 3), 0.01, 50)
    np.testing.assert_allclose(scaling.undo(head).logits(embeddings), head.logits(standardised), atol=1e-4)


def test_score():
    head = Head(np.eye(2, dtype=np.float32), np.zeros(2, np.float32))
    embeddings = np.array([[2, 0], [0, 2], [2, 0]], np.float32)
    score = head.score(embeddings, np.array([0, 1, 1], np.int32))
    assert score.accuracy == pytest.approx(2 / 3)
    right, wrong = np.log1p(np.exp(-2)), np.log1p(np.exp(2))
    assert score.loss == pytest.approx((2 * right + wrong) / 3, rel=1e-5)
    assert head.score(embeddings[:0], np.zeros(0, np.int32)) is NOTHING
