import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from desktop_app.evaluation.calibration import (
    COLDEST,
    at_temperature,
    calibration_error,
    error_by_chance,
    fit_temperature,
    reliability,
)
from desktop_app.evaluation.intervals import wilson


def too_sure(n: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a model whose logits are `temperature` times too large, and the true classes."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(n, 4)) * 2
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    actual = (random.random(n)[:, None] > true.cumsum(1)).sum(1)
    hot = np.exp(logits * temperature)
    return (hot / hot.sum(1, keepdims=True)).astype(np.float32), actual


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found(temperature: float) -> None:
    probabilities, actual = too_sure(20_000, temperature)
    assert fit_temperature(probabilities, actual) == pytest.approx(temperature, rel=0.05)


def test_it_is_where_scipy_and_scikit_learn_see_the_smallest_loss() -> None:
    probabilities, actual = too_sure(300, 2.0, seed=4)
    second = probabilities.argsort(1)[:, -2]

    def loss(temperature: float) -> float:
        """Of all pictures, and of a quarter of one that is its second most probable class."""
        calibrated = np.tile(at_temperature(probabilities, temperature), (2, 1))
        weights = np.repeat([1, 0.25 / 300], 300)
        return log_loss(np.append(actual, second), calibrated, labels=range(4), sample_weight=weights)

    best = minimize_scalar(loss, bounds=(0.05, 20), method="bounded")
    assert fit_temperature(probabilities, actual) == pytest.approx(best.x, rel=1e-3)


def test_nothing_but_right_answers_are_no_certainty() -> None:
    """Of 40 pictures all are right: new ones are wrong once in a while, however large the model's logits are."""
    random = np.random.default_rng(1)
    actual = random.integers(0, 5, 40)
    logits = random.normal(size=(40, 5)) + 6 * np.eye(5)[actual]
    temperatures = []
    for scale in (0.5, 1.0, 2.0):
        odds = np.exp(scale * logits)
        probabilities = (odds / odds.sum(1, keepdims=True)).astype(np.float32)
        temperatures.append(fit_temperature(probabilities, actual) / scale)
        calibrated = at_temperature(probabilities, scale * temperatures[-1])
        assert 0.98 < calibrated.max(1).mean() < 0.998
    assert temperatures == pytest.approx([temperatures[0]] * 3, rel=0.01)
    assert min(temperatures) > 10 * COLDEST


def test_many_pictures_outweigh_what_is_weighed_in() -> None:
    probabilities, actual = too_sure(20_000, 1.0)
    second = log_loss(actual, at_temperature(probabilities, fit_temperature(probabilities, actual)), labels=range(4))
    assert second == pytest.approx(log_loss(actual, probabilities, labels=range(4)), abs=3e-4)


def test_a_temperature_changes_no_answer() -> None:
    probabilities, _ = too_sure(500, 1.0)
    for temperature in (0.3, 5.0):
        cooled = at_temperature(probabilities, temperature)
        assert (cooled.argmax(1) == probabilities.argmax(1)).all()
        assert cooled.sum(1) == pytest.approx(np.ones(500), abs=1e-5)


def test_perfect_answers_leave_it_finite() -> None:
    probabilities = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    calibrated = at_temperature(probabilities, fit_temperature(probabilities, np.array([0, 1, 2, 0])))
    assert np.isfinite(calibrated).all()
    assert 0.9 < calibrated.max() < 0.97, "four pictures are no proof of more"


def test_without_pictures_nothing_changes() -> None:
    assert fit_temperature(np.empty((0, 3), np.float32), np.empty(0, np.int32)) == 1.0


def test_the_error_of_a_small_table_by_hand() -> None:
    # Of two pictures at 90 % one is right, of two at 60 % both: (2 · |0.5 − 0.9| + 2 · |1 − 0.6|) / 4.
    how_sure, correct = np.array([0.9, 0.9, 0.6, 0.6], np.float32), np.array([True, False, True, True])
    assert calibration_error(how_sure, correct) == pytest.approx(0.4)
    curve = reliability(how_sure, correct)
    assert curve.pictures.tolist() == [2, 2]
    assert curve.how_sure == pytest.approx([0.6, 0.9])
    assert curve.right.tolist() == [1.0, 0.5]
    assert curve.intervals == (wilson(2, 2), wilson(1, 2))
    together = reliability(how_sure, correct, units=np.array([0, 0, 1, 1]))
    assert together.intervals == ((0.0, 1.0), (0.0, 1.0)), "one part tells nothing about others"


def test_the_diagram_is_that_of_scikit_learn() -> None:
    probabilities, actual = too_sure(3000, 2.0)
    how_sure, correct = probabilities.max(1).astype(float), probabilities.argmax(1) == actual
    right, said = calibration_curve(correct, how_sure, n_bins=15)
    curve = reliability(how_sure, correct)
    assert curve.right == pytest.approx(right) and curve.how_sure == pytest.approx(said)
    assert np.average(np.abs(right - said), weights=curve.pictures) == pytest.approx(
        calibration_error(how_sure, correct)
    )


@pytest.mark.parametrize("n", [60, 600])
def test_the_error_of_a_calibrated_model_is_that_of_chance(n: int) -> None:
    probabilities, actual = too_sure(n * 100, 1.0)
    how_sure, correct = probabilities.max(1), probabilities.argmax(1) == actual
    errors, below = [], []
    for rows in np.arange(n * 100).reshape(100, n):
        errors.append(calibration_error(how_sure[rows], correct[rows]))
        below.append(errors[-1] <= error_by_chance(how_sure[rows])[1])
    assert error_by_chance(how_sure[:n])[0] == pytest.approx(np.mean(errors), rel=0.15)
    assert 0.88 <= np.mean(below) <= 1


def test_calibrating_lowers_the_error() -> None:
    probabilities, actual = too_sure(5000, 3.0)
    correct = probabilities.argmax(1) == actual
    before = calibration_error(probabilities.max(1), correct)
    calibrated = at_temperature(probabilities, fit_temperature(probabilities, actual))
    assert calibration_error(calibrated.max(1), correct) < 0.03 < before


def test_no_error_without_pictures() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        calibration_error(np.empty(0, np.float32), np.empty(0, bool))
