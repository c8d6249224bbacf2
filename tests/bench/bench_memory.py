"""Fine-tuning from the activations of ten thousand pictures, with memory for a part of them, against all in memory.

    python -m tests.bench.bench_memory [--pictures 10000] [--views 4] [--stage stage6] [--budget 256] [--steps 30]

The activations are made up, of the size that EfficientNet-Lite0's have; `--budget` is in MB. Prints how many bytes are
kept where, by how much the process has grown, which must stay near the budget, and the seconds of a step from the disk
and from memory, taken in turns.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Iterator

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import psutil
import torch

from desktop_app.events import Progress
from desktop_app.learning import networks
from desktop_app.learning.activations import Activations, Store
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.examples import Examples
from desktop_app.learning.fine_tuning import FineTuning
from desktop_app.learning.head import Head
from desktop_app.learning.recipe import Recipe

CLASSES = 10
BACKBONE = BACKBONES["efficientnet_lite0"]


def steps(recipe: Recipe, kept: list[Activations]) -> Iterator[object]:
    labels = np.arange(len(kept)) % CLASSES
    head = Head(np.zeros((BACKBONE.embedding, CLASSES), np.float32), np.zeros(CLASSES, np.float32))
    phase = FineTuning(recipe, Examples(kept, labels), Examples(kept[:1], labels[:1]), head)
    progress = (event.done for event in phase.events() if isinstance(event, Progress))
    return (number for before, number in itertools.pairwise(progress) if number > before)  # without the checks


def seconds(stream: Iterator[object]) -> float:
    started = time.perf_counter()
    next(stream)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--views", type=int, default=4)
    parser.add_argument("--stage", default="stage6")
    parser.add_argument("--budget", type=int, default=256)
    parser.add_argument("--steps", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["DISCERN_HOME"] = home
        recipe = Recipe(first_stage=arguments.stage, views=arguments.views, epochs=100)
        frozen = networks.folded(networks.pretrained(BACKBONE), BACKBONE.size)
        with torch.no_grad():
            one = frozen[: BACKBONE.stages.index(arguments.stage)](torch.randn(1, 3, BACKBONE.size, BACKBONE.size))
        views = np.repeat(one.half().numpy(), 1 + arguments.views, axis=0)
        process = psutil.Process()
        with contextlib.closing(Store(arguments.budget * 10**6)) as store:
            before = process.memory_info().rss
            kept = [store.keep(views + np.float16(number / arguments.pictures)) for number in range(arguments.pictures)]
            print(f"kept: {store.in_memory / 1e6:.0f} MB in memory, {store.on_disk / 1e6:.0f} MB on the disk")
            print(f"the process has grown by {(process.memory_info().rss - before) / 1e6:.0f} MB", flush=True)
            in_memory = [activations for activations in kept if isinstance(activations, np.ndarray)]
            from_disk, from_memory = steps(recipe, kept), steps(recipe, in_memory)
            times = [(seconds(from_disk), seconds(from_memory)) for _ in range(arguments.steps)]
            print(f"after {arguments.steps} steps by {(process.memory_info().rss - before) / 1e6:.0f} MB")
    disk, memory = (statistics.median(found) for found in zip(*times, strict=True))
    print(f"a step: {disk * 1000:.0f} ms from the disk, {memory * 1000:.0f} ms from memory: × {disk / memory:.2f}")


if __name__ == "__main__":
    main()
