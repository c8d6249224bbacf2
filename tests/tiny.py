"""A backbone so small that a whole training takes a fraction of a second."""

from __future__ import annotations

import shutil
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app import settings
from desktop_app.learning.backbones import BACKBONES, Backbone
from desktop_app.learning.choices import Option
from desktop_app.learning.recipe import CHOICES, Recipe

TINY = Backbone(
    name="tiny",
    title="Tiny",
    family="ResNet",
    library="torchvision",
    model="tiny",
    weights="tiny-01234567.pth",
    licence="Apache-2.0",
    file_size=1,
    accuracy=1.0,
    parameters=0.001,
    multiply_adds=0.001,
    size=32,
    stages=("stem", "stage1", "stage2", "pool"),
    first_stage="stage2",
    embedding=24,
)


def network():
    """Its stages, with weights that are always the same, in evaluation mode."""
    import torch
    from torch import nn

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        parts = [
            nn.Sequential(nn.Conv2d(3, 12, 3, 2, 1), nn.BatchNorm2d(12), nn.ReLU()),
            nn.Sequential(nn.Conv2d(12, 24, 3, 2, 1), nn.BatchNorm2d(24), nn.ReLU()),
            nn.Sequential(nn.Conv2d(24, 24, 3, 1, 1), nn.BatchNorm2d(24), nn.ReLU()),
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(1)),
        ]
    return nn.Sequential(OrderedDict(zip(TINY.stages, parts, strict=True))).eval()


def recipe(**choices: object) -> Recipe:
    """The least that has both phases; needs the backbone to be `installed`."""
    least = {"backbone": "tiny", "first_stage": "stage2", "views": 1, "epochs": 3, "batch": 8, "learning_rate": 1e-2}
    return Recipe(**(least | choices))  # type: ignore[arg-type]


def install(patch: pytest.MonkeyPatch) -> None:
    """Make it a backbone among others."""
    from desktop_app.learning import library, networks

    known, is_installed = networks.pretrained, library.is_installed
    patch.setattr(library, "is_installed", lambda backbone: backbone is TINY or is_installed(backbone))
    patch.setitem(BACKBONES, TINY.name, TINY)
    options = (*CHOICES["backbone"].options, Option(TINY.name, TINY.title))
    patch.setitem(CHOICES, "backbone", replace(CHOICES["backbone"], options=options))
    patch.setattr(networks, "pretrained", lambda backbone: network() if backbone is TINY else known(backbone))


@pytest.fixture(scope="session")
def graph(session_home: Path) -> Path:
    """The file of its graph, made once."""
    from desktop_app.learning import backbone_graphs

    with pytest.MonkeyPatch.context() as patch:
        install(patch)
        backbone_graphs.load(TINY)
    (path,) = (settings.cache_folder() / "graphs").glob("tiny-*")
    return path


@pytest.fixture
def tiny(graph: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backbone]:
    """It is installed during this test."""
    target = settings.cache_folder() / "graphs" / graph.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(graph, target)
    install(monkeypatch)
    yield TINY
