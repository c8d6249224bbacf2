from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from desktop_app.learning.backbones import BACKBONES

PARTS = (Path("cache/graphs"), Path("data/weights"))


@pytest.fixture(scope="session")
def made(session_home: Path) -> Path:
    """A home in which the pretrained graph of EfficientNet-Lite0 has been made, and its weights converted."""
    from desktop_app.learning import backbone_graphs, weights

    backbone_graphs.load(BACKBONES["efficientnet_lite0"])
    weights.load(BACKBONES["efficientnet_lite0"])
    return Path(os.environ["DISCERN_HOME"])


@pytest.fixture
def pretrained(made: Path, home: Path) -> None:
    """Saves a test the seconds that making these takes."""
    for part in PARTS:
        shutil.copytree(made / part, Path(os.environ["DISCERN_HOME"]) / part)
