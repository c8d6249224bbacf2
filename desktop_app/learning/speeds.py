"""How many pictures a second a frozen network reads on this computer: measured, or estimated from its arithmetic."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop_app import settings, storage
from desktop_app.errors import StorageError
from desktop_app.events import Event, Progress, SpeedMeasured, Step, StepStarted
from desktop_app.learning import library
from desktop_app.learning.backbones import BACKBONES, Backbone, Family

FORMAT = 1
SECONDS = 1.0  # that each network is timed
_PER_WORKER = 4  # pictures at a time
# How long a multiply-add takes, against one of EfficientNet-Lite's, measured on one thread of ONNX Runtime.
COST: dict[Family, float] = {
    "EfficientNet-Lite": 1.0,
    "ResNet": 0.7,
    "VGG": 0.65,
    "EfficientNet": 1.1,
    "MobileNetV3": 1.2,
    "ConvNeXt": 0.8,
    "RegNet": 1.05,
    "ViT": 0.75,
    "DINOv2": 0.75,
}


@dataclass(frozen=True, slots=True)
class Speed:
    """`measured` on this computer, or else estimated from what was."""

    pictures_per_second: float
    measured: bool


def speeds() -> dict[str, Speed]:
    """By name, for every network that something is known of."""
    measured = _stored()
    work = {backbone.name: backbone.multiply_adds * COST[backbone.family] for backbone in BACKBONES.values()}
    known = {name: Speed(rate, True) for name, rate in measured.items() if name in work}
    if not known:
        return {}
    power = statistics.median(speed.pictures_per_second * work[name] for name, speed in known.items())
    return {name: known.get(name) or Speed(power / work[name], False) for name in work}


def unmeasured() -> list[str]:
    """Networks that could be measured at once: their weights and their graphs are here."""
    done = _stored()
    return [
        shelf.backbone.name
        for shelf in library.shelves()
        if shelf.installed and shelf.backbone.name not in done and library.graph_file(shelf.backbone).is_file()
    ]


def measure(names: Iterable[str]) -> Generator[Event, None, None]:
    """Time networks, one after the other, and remember it. One that can't be used is passed over.

    Raises:
        StorageError: it can't be remembered.
    """
    yield StepStarted(Step.TIME)
    chosen = [library.named(name) for name in names]
    for done, backbone in enumerate(chosen):
        yield Progress(Step.TIME, done, len(chosen))
        rate = yield from _timed(backbone, done, len(chosen))
        _remember(backbone, rate)
        yield SpeedMeasured(backbone.name, rate)


def _timed(backbone: Backbone, position: int, total: int) -> Generator[Event, None, float]:
    import numpy as np

    from desktop_app.features import graphs
    from desktop_app.features.runtime import Network, available_cores, map_ahead
    from desktop_app.learning import backbone_graphs

    preprocessing = backbone.preprocessing()
    graph = graphs.up_to(backbone_graphs.load(backbone), graphs.EMBEDDING)
    network = Network(graphs.with_preprocessing(graph, preprocessing).SerializeToString(), preprocessing)
    picture = np.random.default_rng(0).integers(0, 256, (backbone.size, backbone.size, 3), np.uint8)
    pictures = [picture] * (available_cores() * _PER_WORKER)
    network(picture)  # the first one makes room
    count, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < SECONDS:
        count += sum(1 for _ in map_ahead(network, pictures))
        yield Progress(Step.TIME, position, total)
    return count / elapsed


def _stored() -> Mapping[str, float]:
    try:
        document = storage.read_json(_file())
        if document["computer"] != _computer():
            return {}
        return {str(name): float(rate) for name, rate in document["rates"].items() if float(rate) > 0}
    except (FileNotFoundError, StorageError, KeyError, TypeError, ValueError, AttributeError):
        return {}  # measured again when there is an occasion


def _remember(backbone: Backbone, rate: float) -> None:
    rates = {**_stored(), backbone.name: round(rate, 2)}
    storage.write_json(_file(), {"format": FORMAT, "computer": _computer(), "rates": rates})


def _file() -> Path:
    return settings.data_folder() / "speeds.json"


def _computer() -> str:
    """Tells this computer from another one that uses the same home folder."""
    return f"{platform.node()} {platform.machine()} {os.cpu_count()}"
