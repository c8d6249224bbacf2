"""How unlike a picture is to everything learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from sklearn.covariance import EmpiricalCovariance

from desktop_app.features import graph_check, graphs
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network
from desktop_app.features.unlike import FEWEST, Unlike
from tests.drawing import picture
from tests.packages import WIDTH, tiny_network

PREPARATION = Preprocessing(32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


def learnt(n: int = 300, size: int = WIDTH, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    means = rng.normal(0, 3, (classes, size))
    return (means[labels] + rng.normal(0, rng.uniform(0.2, 2, size), (n, size))).astype(np.float32), labels


def test_it_is_the_distance_of_mahalanobis() -> None:
    """As scikit-learn's, of the nearest class, with its covariance drawn a tenth towards the same spread everywhere."""
    vectors, labels = learnt()
    means = np.stack([vectors[labels == label].mean(axis=0) for label in range(3)])
    within = vectors - means[labels]
    covariance = within.T @ within / (300 - 3)
    model = EmpiricalCovariance(assume_centered=True)
    model.fit(within)
    model.precision_ = np.linalg.inv(0.9 * covariance + 0.1 * np.trace(covariance) / WIDTH * np.eye(WIDTH))
    asked = learnt(50, seed=1)[0]
    expected = np.sqrt(np.min([model.mahalanobis(asked - mean) for mean in means], axis=0))
    assert Unlike.of(vectors, labels)(asked) == pytest.approx(expected, rel=1e-3)


def test_what_was_never_seen_is_farther_than_what_was() -> None:
    vectors, labels = learnt(size=200, classes=4)
    known = labels < 3
    unlike = Unlike.of(vectors[known][:150], labels[known][:150])
    ordinary, strange = unlike(vectors[known][150:]), unlike(vectors[~known])
    assert np.quantile(ordinary, 0.99) < strange.min()


@pytest.mark.parametrize(("n", "classes"), [(FEWEST, 1), (12, 12), (30, 2)])
def test_few_pictures_will_do(n: int, classes: int) -> None:
    vectors, labels = learnt(n, size=400, classes=classes)
    assert np.isfinite(Unlike.of(vectors, labels)(vectors)).all()
    same = np.zeros((n, 400), np.float32)
    assert np.isfinite(Unlike.of(same, labels)(vectors)).all(), "pictures that are all the same"


def test_too_few_tell_nothing() -> None:
    assert Unlike.of(*learnt(FEWEST - 1)) is None


def test_the_graph_measures_the_same() -> None:
    rng = np.random.default_rng(0)
    base = graphs.with_preprocessing(tiny_network(), PREPARATION)
    model = graphs.with_head(base, rng.normal(0, 1, (WIDTH, 4)).astype(np.float32), np.zeros(4, np.float32))
    embedding = Network(graphs.without_head(model).SerializeToString(), PREPARATION)
    pictures = [picture(20 + number, seed=number) for number in range(12)]
    vectors = np.stack([embedding(one) for one in pictures])
    assert vectors == pytest.approx(np.stack([Network(base.SerializeToString(), PREPARATION)(one) for one in pictures]))
    unlike = Unlike.of(vectors, np.arange(12) % 3)
    complete = graphs.with_unlike(model, unlike)
    checked = graph_check.check(complete.SerializeToString(), PREPARATION, 4, unlike=True)
    network, plain = Network(checked.SerializeToString(), PREPARATION), Network(model.SerializeToString(), PREPARATION)
    for one, distance in zip(pictures, unlike(vectors), strict=True):
        probabilities, given = network.outputs(one)
        assert np.array_equal(probabilities, plain(one))
        assert given == pytest.approx([distance], rel=1e-4)


# ---- the file, which may come from anywhere


def test_it_is_kept_for_one_model(tmp_path: Path) -> None:
    vectors, labels = learnt()
    unlike = Unlike.of(vectors, labels)
    unlike.save(tmp_path / "unlike", "this")
    again = Unlike.load(tmp_path / "unlike", "this")
    assert np.array_equal(again(vectors), unlike(vectors))
    assert Unlike.load(tmp_path / "unlike", "another") is None
    assert Unlike.load(tmp_path / "nothing", "this") is None


@pytest.mark.parametrize(
    "change",
    [
        {"mean": np.zeros(5, np.float32)},
        {"mean": np.full(WIDTH, np.nan, np.float32)},
        {"mean": np.zeros(WIDTH)},
        {"basis": np.zeros(WIDTH, np.float32)},
        {"centres": np.zeros((2, 3), np.float32)},
        {"centres": np.zeros((0, WIDTH), np.float32)},
        {"more": np.zeros(1, np.float32)},
    ],
)
def test_nonsense_is_nothing(tmp_path: Path, change: dict[str, np.ndarray]) -> None:
    unlike = Unlike.of(*learnt())
    tensors = {"mean": unlike.mean, "basis": unlike.basis, "centres": unlike.centres, **change}
    safetensors.numpy.save_file(tensors, tmp_path / "unlike", {"model": "this"})
    assert Unlike.load(tmp_path / "unlike", "this") is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 100])
def test_damage_is_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "unlike").write_bytes(content)
    assert Unlike.load(tmp_path / "unlike", "this") is None
