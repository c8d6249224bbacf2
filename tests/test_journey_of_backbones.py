"""From pictures to predictions with backbones of each kind: train, evaluate, export, predict on another machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop_app.events import Evaluated, Exported, PhaseEnded, Trained
from desktop_app.learning.recipe import Recipe
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Project
from tests import random_backbones
from tests.drawing import draw_classes, draw_picture
from tests.inference.test_agreement import graph_pixels, torch_probabilities


@pytest.mark.parametrize(
    "name",
    [
        "mobilenet_v3_small",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in (
                "vit_s_16",
                "resnet18",
                "vgg11_bn",
                "efficientnet_b0",
                "convnext_tiny",
                "regnet_y_400mf",
                "dinov2_vits14",
            )
        ),
    ],
)
def test_trains_evaluates_exports_and_predicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from desktop_app.evaluation.evaluate import evaluate
    from desktop_app.export.package import export_package
    from desktop_app.inference.package import Package
    from desktop_app.inference.predictor import Predictor
    from desktop_app.learning.model import Model
    from desktop_app.learning.training import train

    backbone = random_backbones.install(name, monkeypatch)
    # Fine-tuned weights are kept in any case, so that they are what is exported.
    monkeypatch.setattr(Model, "beats", lambda *_: True)
    with Project.open(draw_classes(tmp_path / "parts", {"cat": 12, "dog": 12})) as project:
        events = list(train(project, Recipe(backbone=name, views=1, epochs=2, batch=8)))
        assert isinstance(events[-1], Trained)
        assert events[-1].phase == "fine_tune"
        assert [event.phase for event in events if isinstance(event, PhaseEnded)] == ["freeze", "fine_tune"]
        run = project.runs.latest()
        *_, evaluated = evaluate(project, run, "validation")
        assert isinstance(evaluated, Evaluated)
        *_, exported = export_package(project, run, tmp_path / "model.discern")
        assert isinstance(exported, Exported)

        predictor = Predictor(Package.open(tmp_path / "model.discern"))
        paths = [draw_picture(tmp_path / f"{kind}.png", kind, 99, 70) for kind in range(3)]
        given = np.stack([predictor.read(path).probabilities for path in paths])
        pixels = graph_pixels([load_rgb(path, target=backbone.size) for path in paths], backbone.preprocessing())
        np.testing.assert_allclose(given, torch_probabilities(run, pixels), atol=1e-3)
