"""Frozen forward passes: ours against PyTorch eager in channels-last layout, with as many threads; decoding included.

    python -m tests.bench.bench_forward [--data pollen_bees] [--pictures 128] [--rounds 3]

EfficientNet-Lite0 at 224 px, float32. PyTorch gets batches of 32 that lie ready in memory, after a warm-up. Prints the
ratio of the best rounds (wanted: at least 4), the same by the time that the processor worked, and at how much of the
speed of the slower one decoding and passes run together (wanted: at least 85 %); these passes fit decoded pictures into
the square, too.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # neither side shall suffer from threads that spin

import numpy as np
import timm
import torch

from desktop_app.features import graphs
from desktop_app.features.network_input import network_input
from desktop_app.features.runtime import Network, available_cores, map_ahead, map_pictures
from desktop_app.learning import backbone_graphs
from desktop_app.learning.backbones import BACKBONES
from desktop_app.project.imaging import load_rgb
from tests.bench.real_data import copy_of

BATCH = 32
BACKBONE = BACKBONES["efficientnet_lite0"]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor's cores together."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="pollen_bees")
    parser.add_argument("--pictures", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    model = timm.create_model(BACKBONE.model, pretrained=False, num_classes=0).eval()
    model = model.to(memory_format=torch.channels_last)
    pixels = torch.randn(BATCH, 3, BACKBONE.size, BACKBONE.size).contiguous(memory_format=torch.channels_last)
    preprocessing = BACKBONE.preprocessing()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DISCERN_HOME"] = f"{folder}/home"
        graph = graphs.up_to(backbone_graphs.load(BACKBONE), graphs.EMBEDDING)
        network = Network(graphs.with_preprocessing(graph, preprocessing).SerializeToString(), preprocessing)
        images = copy_of(arguments.data, Path(folder)) / "images"
        paths = sorted(path for path in images.rglob("*") if path.is_file())[: arguments.pictures]
        decoded = [load_rgb(path, target=preprocessing.size) for path in paths]
        ready = network_input(decoded[0], preprocessing)

        def plain() -> None:
            with torch.inference_mode():
                for _ in range(len(paths) // BATCH):
                    model(pixels)

        works: dict[str, Callable[[], object]] = {
            "PyTorch eager, channels-last": plain,
            "our forward passes": lambda: list(map_ahead(network, [ready] * len(paths))),
            "our passes over decoded pictures": lambda: list(map_ahead(network, decoded)),
            "our decoding": lambda: list(map_ahead(lambda path: load_rgb(path, target=preprocessing.size), paths)),
            "ours, decoding and all": lambda: list(map_pictures(network, paths)),
        }
        for work in works.values():
            work()
        times = {name: [timed(work) for _ in range(arguments.rounds)] for name, work in works.items()}
    best = {name: np.array(found).min(axis=0) for name, found in times.items()}
    for name, (clock, processor) in best.items():
        each = 1000 * processor / len(paths)
        print(f"{name}: {len(paths) / clock:.0f} pictures a second, {each:.1f} ms of the processor each")
    clock, processor = best["PyTorch eager, channels-last"] / best["our forward passes"]
    print(f"{available_cores()} cores: × {clock:.1f} (by the processor's time × {processor:.1f}); wanted: at least 4")
    slower = max(best["our passes over decoded pictures"][0], best["our decoding"][0])
    print(
        f"together they reach {slower / best['ours, decoding and all'][0]:.0%} of the slower one; wanted: at least 85 %"
    )


if __name__ == "__main__":
    main()
