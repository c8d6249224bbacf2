"""Heads with a hidden layer, and those of prototypes: how they learn, and the graph they end in."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from desktop_app.features import graphs
from desktop_app.features.graph_check import check
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network
from desktop_app.learning import hidden_head, prototypes
from desktop_app.learning.balance import Balance
from desktop_app.learning.freezing import Examples, Freezing
from desktop_app.learning.head import Head, Layer, Scaling, log_softmax
from desktop_app.learning.recipe import Recipe
from tests.drawing import picture
from tests.learning.test_head import clouds
from tests.packages import WIDTH, tiny_network

RECIPE = Recipe(head="hidden", hidden_units=16, head_learning_rate=1e-2, dropout=0.0, label_smoothing=0.0, batch=16)


def trained(embeddings, labels, recipe=RECIPE, strength=0.0, epochs=30, method="none") -> Head:
    balance = Balance.of(method, labels, int(labels.max()) + 1)
    *_, head = islice(hidden_head.train(embeddings, labels, recipe, strength, balance), epochs)
    return head


def rings(n: int = 120):
    """Two classes that no straight line can part."""
    random = np.random.default_rng(0)
    labels = (np.arange(n) % 2).astype(np.int32)
    angles = random.uniform(0, 2 * np.pi, n)
    radii = 0.5 + 1.5 * labels + random.normal(0, 0.1, n)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1).astype(np.float32), labels


def test_learns_what_no_linear_head_can():
    head = trained(*rings())
    assert head.score(*rings()).accuracy > 0.95


def test_the_slopes_are_those_of_the_loss():
    embeddings, labels = clouds(n=12, size=4)
    recipe = replace(RECIPE, hidden_units=5, label_smoothing=0.2)
    balance = Balance.of("logits", labels, 3)
    random = np.random.default_rng(0)
    tensors = {
        "weight": random.standard_normal((5, 3)),
        "bias": random.standard_normal(3),
        "hidden.weight": random.standard_normal((4, 5)),
        "hidden.bias": random.standard_normal(5),
    }

    def loss(tensors) -> float:
        logs = log_softmax(Head.from_tensors(tensors).logits(embeddings) + balance.offsets)
        right = logs[np.arange(12), labels]
        return float(-(0.8 * right + 0.2 * logs.mean(axis=1)).mean())

    slopes = hidden_head._slopes(Head.from_tensors(tensors), embeddings, labels, recipe, balance, random)
    for name, value in tensors.items():
        for _ in range(4):
            place = tuple(int(random.integers(size)) for size in value.shape)
            step = np.zeros_like(value)
            step[place] = 1e-5
            expected = (loss(tensors | {name: value + step}) - loss(tensors | {name: value - step})) / 2e-5
            assert slopes[name][place] == pytest.approx(expected, abs=1e-4), name


def test_a_penalty_makes_weights_small():
    embeddings, labels = clouds()
    free, held = (trained(embeddings, labels, strength=strength) for strength in (0.0, 1.0))
    assert np.square(held.weight).sum() < 0.1 * np.square(free.weight).sum()


def test_the_same_seed_gives_the_same_head_and_earlier_epochs_stay_as_they_were():
    embeddings, labels = clouds()
    recipe = replace(RECIPE, dropout=0.5)
    one, other = (trained(embeddings, labels, recipe, epochs=3) for _ in range(2))
    np.testing.assert_array_equal(one.weight, other.weight)
    first, kept, _ = islice(hidden_head.train(embeddings, labels, recipe, 0.0, Balance.of("none", labels, 3)), 3)
    assert not np.array_equal(first.weight, kept.weight)
    assert not np.array_equal(trained(embeddings, labels, replace(recipe, seed=1), epochs=3).weight, one.weight)


@pytest.mark.parametrize("standardise", [False, True])
def test_a_hidden_layer_learns_from_plain_features_or_from_standardised_ones(standardise):
    """The article does without; what standardising does is part of the layer in the end."""
    embeddings, labels = clouds(n=30)
    embeddings = 3 + 5 * embeddings
    recipe = replace(RECIPE, regularisation="none", imbalance="none", head_epochs=3, standardise=standardise)
    phase = Freezing(recipe, Examples(embeddings, labels, [""] * 30), Examples(embeddings, labels, [""] * 30), 3)
    *_, last = phase.events()
    scaling = Scaling.of(embeddings) if standardise else Scaling.none(embeddings.shape[1])
    expected = scaling.undo(trained(scaling(embeddings), labels, epochs=3))
    found = phase.best.head.logits(embeddings)
    assert phase.best.epoch == last.epoch == 3
    np.testing.assert_allclose(found, expected.logits(embeddings), atol=1e-5)
    other = Scaling.none(embeddings.shape[1]) if standardise else Scaling.of(embeddings)
    different = other.undo(trained(other(embeddings), labels, epochs=3))
    assert np.abs(found - different.logits(embeddings)).max() > 0.1


def test_prototypes_tell_classes_of_a_single_picture_apart():
    centres = np.eye(3, 40, dtype=np.float32) * 5
    random = np.random.default_rng(0)
    scaling = Scaling.of(centres)
    head = scaling.undo(prototypes.fit(scaling(centres), np.arange(3, dtype=np.int32), 3))
    labels = np.repeat(np.arange(3, dtype=np.int32), 20)
    unseen = (centres[labels] + random.normal(0, 1, (60, 40))).astype(np.float32)
    found = head.score(unseen, labels)
    assert found.accuracy > 0.95
    assert found.loss < 0.5


def test_prototypes_call_the_class_whose_mean_is_nearest():
    embeddings, labels = clouds(n=15)
    head = prototypes.fit(embeddings - embeddings.mean(axis=0), labels, 3)
    means = np.stack([embeddings[labels == number].mean(axis=0) for number in range(3)])
    distances = np.square(embeddings[:, np.newaxis] - means).sum(axis=2)
    called = head.logits(embeddings - embeddings.mean(axis=0)).argmax(axis=1)
    np.testing.assert_array_equal(called, distances.argmin(axis=1))


def test_prototypes_are_less_sure_where_classes_overlap():
    def sureness(spread: float) -> float:
        embeddings, labels = clouds(n=15, size=30)
        means = np.stack([embeddings[labels == number].mean(axis=0) for number in range(3)])
        given = means[labels] + spread * (embeddings - means[labels])
        given -= given.mean(axis=0)
        return float(prototypes.fit(given, labels, 3).probabilities(given).max(axis=1).mean())

    assert sureness(3.0) < sureness(0.3)


def test_undoing_the_scaling_gives_the_same_logits_behind_a_hidden_layer():
    embeddings, labels = clouds()
    scaling = Scaling.of(embeddings)
    head = trained(scaling(embeddings), labels)
    np.testing.assert_allclose(scaling.undo(head).logits(embeddings), head.logits(scaling(embeddings)), atol=1e-4)


def test_the_graph_of_a_hidden_layer_computes_the_same_and_passes_the_check():
    random = np.random.default_rng(0)
    preprocessing = Preprocessing(32, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    network = graphs.with_preprocessing(tiny_network(), preprocessing)
    image = picture(1, 2, 40)
    embedding = Network(network.SerializeToString(), preprocessing)(image)
    hidden = Layer(random.standard_normal((WIDTH, 7), np.float32), random.standard_normal(7, np.float32))
    head = Head(random.standard_normal((7, 4), np.float32), random.standard_normal(4, np.float32), hidden)
    graph = graphs.with_head(network, head.weight, head.bias, (hidden.weight, hidden.bias))
    checked = check(graph.SerializeToString(), preprocessing, 4)
    found = Network(checked.SerializeToString(), preprocessing)(image)
    np.testing.assert_allclose(found, head.probabilities(embedding[np.newaxis])[0], atol=1e-5)
