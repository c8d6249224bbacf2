import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from desktop_app.evaluation.calibration import at_temperature, calibration_error, fit_temperature, reliability


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
    best = minimize_scalar(
        lambda t: log_loss(actual, at_temperature(probabilities, t), labels=range(4)),
        bounds=(0.05, 20),
        method="bounded",
    )
    assert fit_temperature(probabilities, actual) == pytest.approx(best.x, rel=1e-3)


def test_a_temperature_changes_no_answer() -> None:
    probabilities, _ = too_sure(500, 1.0)
    for temperature in (0.3, 5.0):
        cooled = at_temperature(probabilities, temperature)
        assert (cooled.argmax(1) == probabilities.argmax(1)).all()
        assert cooled.sum(1) == pytest.approx(np.ones(500), abs=1e-5)


def test_perfect_answers_leave_it_finite() -> None:
    probabilities = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    temperature = fit_temperature(probabilities, np.array([0, 1, 2, 0]))
    assert 0 < temperature < 1
    assert np.isfinite(at_temperature(probabilities, temperature)).all()


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


def test_calibrating_lowers_the_error() -> None:
    probabilities, actual = too_sure(5000, 3.0)
    correct = probabilities.argmax(1) == actual
    before = calibration_error(probabilities.max(1), correct)
    calibrated = at_temperature(probabilities, fit_temperature(probabilities, actual))
    assert calibration_error(calibrated.max(1), correct) < 0.03 < before


def test_no_error_without_pictures() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        calibration_error(np.empty(0, np.float32), np.empty(0, bool))
