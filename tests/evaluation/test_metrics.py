import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from desktop_app.evaluation.intervals import wilson
from desktop_app.evaluation.metrics import (
    balanced_accuracy,
    class_results,
    clustered_class_results,
    confusion_matrix,
    macro_f1,
)


def test_the_example_of_scikit_learns_manual() -> None:
    # scikit-learn user guide, "Confusion matrix" and "Balanced accuracy score".
    actual, predicted = np.array([2, 0, 2, 2, 0, 1]), np.array([0, 0, 2, 2, 0, 2])
    confusion = confusion_matrix(actual, predicted, 3)
    assert confusion.tolist() == [[2, 0, 0], [0, 0, 1], [1, 0, 2]]
    binary = confusion_matrix(np.array([0, 1, 0, 0, 1, 0]), np.array([0, 1, 0, 0, 0, 1]), 2)
    assert balanced_accuracy(binary) == 0.625


@pytest.mark.parametrize("seed", range(30))
def test_equal_to_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 9))
    n = int(rng.integers(1, 40))
    # Few pictures over many classes: some have no pictures, some are never predicted, some occur nowhere.
    actual, predicted = rng.integers(0, classes, n), rng.integers(0, classes, n)
    confusion = confusion_matrix(actual, predicted, classes)
    assert confusion.tolist() == sklearn_metrics.confusion_matrix(actual, predicted, labels=range(classes)).tolist()

    seen = np.isin(predicted, actual)  # scikit-learn warns about predicted classes without pictures
    if seen.all():
        expected = sklearn_metrics.balanced_accuracy_score(actual, predicted)
        assert balanced_accuracy(confusion) == pytest.approx(expected)
    expected = sklearn_metrics.f1_score(actual, predicted, average="macro", zero_division=0)
    assert macro_f1(confusion) == pytest.approx(expected)

    precision, recall, f1, support = sklearn_metrics.precision_recall_fscore_support(
        actual, predicted, labels=range(classes), zero_division=np.nan
    )
    for i, result in enumerate(class_results(confusion, [f"class {i}" for i in range(classes)])):
        assert result.actual == support[i]
        assert (np.nan if result.precision is None else result.precision) == pytest.approx(precision[i], nan_ok=True)
        assert (np.nan if result.recall is None else result.recall) == pytest.approx(recall[i], nan_ok=True)
        if result.actual + result.called:
            assert result.f1 == pytest.approx(np.nan_to_num(f1[i]))


def test_undefined_is_none_and_not_zero() -> None:
    # "b" has pictures but is never predicted, "c" is predicted but has none, "d" occurs nowhere.
    confusion = confusion_matrix(np.array([0, 0, 1]), np.array([0, 2, 0]), 4)
    a, b, c, d = class_results(confusion, "abcd")
    assert (a.recall, a.precision, a.f1) == (0.5, 0.5, 0.5)
    assert a.recall_interval == a.precision_interval == wilson(1, 2)
    assert (b.recall, b.precision, b.precision_interval, b.f1) == (0.0, None, None, 0.0)
    assert (c.recall, c.recall_interval, c.precision, c.f1) == (None, None, 0.0, 0.0)
    assert (d.recall, d.precision, d.f1, d.actual, d.called) == (None, None, None, 0, 0)
    assert balanced_accuracy(confusion) == (0.5 + 0) / 2
    assert macro_f1(confusion) == pytest.approx((0.5 + 0 + 0) / 3)


def test_imbalance_can_not_hide() -> None:
    # 99 good parts, 1 defect; "always good" is 99 % right and worth nothing.
    confusion = np.array([[99, 0], [1, 0]])
    assert balanced_accuracy(confusion) == 0.5


def test_no_pictures_is_a_bug() -> None:
    nothing = np.zeros((2, 2), np.int64)
    with pytest.raises(ValueError, match="no pictures"):
        balanced_accuracy(nothing)
    with pytest.raises(ValueError, match="no pictures"):
        macro_f1(nothing)


def test_a_thousand_classes() -> None:
    confusion = confusion_matrix(np.arange(1000), np.arange(1000)[::-1], 1000)
    assert confusion.shape == (1000, 1000)
    assert confusion.sum() == 1000
    assert macro_f1(confusion) == 0.0


def test_classes_whose_pictures_belong_together_are_doubted_more() -> None:
    actual = np.repeat([0, 0, 1, 1], 20)
    predicted = np.concatenate([np.zeros(20), np.ones(20), np.ones(40)]).astype(int)
    plain = class_results(confusion_matrix(actual, predicted, 3), "abc")
    parts = np.repeat(np.arange(16), 5)
    found = clustered_class_results(plain, actual, predicted, parts)
    assert [(row.right, row.actual, row.called) for row in found] == [(20, 40, 20), (40, 40, 60), (0, 0, 0)]
    for row, before in zip(found[:2], plain[:2], strict=True):
        assert np.ptp(row.recall_interval) > 1.3 * np.ptp(before.recall_interval)
        assert np.ptp(row.precision_interval) > 1.3 * np.ptp(before.precision_interval)
    assert found[2].recall_interval is found[2].precision_interval is None
    alone = clustered_class_results(plain, actual, predicted, np.arange(80))
    assert alone == plain
