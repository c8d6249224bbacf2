"""Fine-tuning may begin at any stage: frozen activations and the stages that learn together are the whole network."""

import numpy as np
import pytest
import torch

from desktop_app.features import graphs
from desktop_app.features.runtime import Network
from desktop_app.learning import backbone_graphs
from desktop_app.learning.examples import Examples
from desktop_app.learning.fine_tuning import FineTuning
from desktop_app.learning.head import Head
from desktop_app.learning.recipe import Recipe
from tests import random_backbones
from tests.drawing import picture

SLOW = [name for name in random_backbones.SMALLEST if name != "vit_s_16"]


@pytest.mark.parametrize("name", ["vit_s_16", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_any_stage_may_be_the_first_to_learn(monkeypatch, name):
    backbone = random_backbones.install(name, monkeypatch)
    graph, preparation = backbone_graphs.export(backbone), backbone.preprocessing()
    images = [picture(kind, 1, backbone.size) for kind in range(2)]
    random = np.random.default_rng(0)
    head = Head(random.standard_normal((backbone.embedding, 2)).astype(np.float32), np.zeros(2, np.float32))

    def outputs(stage):
        part = graphs.with_preprocessing(graphs.up_to(graph, stage), preparation)
        network = Network(part.SerializeToString(), preparation)
        return [network(image) for image in images]

    expected = np.stack(outputs(graphs.EMBEDDING)) @ head.weight
    for stage in backbone.trainable_stages:
        recipe = Recipe(backbone=name, first_stage=stage, epochs=1, views=0, batch=2)
        activations = [output[np.newaxis].astype(np.float16) for output in outputs(recipe.last_frozen_stage)]
        examples = Examples(activations, np.array([0, 1]))
        phase = FineTuning(recipe, examples, examples, head)
        phase.model.eval()
        with torch.no_grad():
            found = phase.model(torch.from_numpy(np.concatenate(activations)).float()).numpy()
        assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max(), stage  # activations are kept in 16 bits
    before = {key: value.detach().clone() for key, value in phase.model.named_parameters()}
    list(phase.events())
    assert all(not torch.equal(before[key], value) for key, value in phase.model.named_parameters())
