"""The freeze phase of a new project against one plain PyTorch pass over the same pictures, decoding included.

    python -m tests.bench.bench_freeze [--data xsdd] [--rounds 3]

Prints the times of each round and the ratio of the best ones; wanted: at most 0.5. The plain pass is eager
EfficientNet-Lite0, channels-last, batches of 32, Pillow for pictures; neither its imports nor its model count. Ours is
a whole `quick` training, from the first file name to the model on disk.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # neither side shall suffer from threads that spin

import numpy as np
import timm
import torch
from PIL import Image

from desktop_app.features.runtime import available_cores
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.recipe import RECIPES
from desktop_app.learning.training import train
from desktop_app.project.project import Project
from tests.bench.real_data import copy_of

SIZE, BATCH = 224, 32


def plain_pass(paths: list[Path], model: torch.nn.Module) -> None:
    for start in range(0, len(paths), BATCH):
        pictures = [
            Image.open(path).convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC)
            for path in paths[start : start + BATCH]
        ]
        pixels = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures])).permute(0, 3, 1, 2)
        with torch.inference_mode():
            model((pixels.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last))


def quick_training(images: Path) -> None:
    with Project.open(images) as project:
        for _ in train(project, RECIPES["quick"]):
            pass


def seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="xsdd")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    model = timm.create_model(BACKBONES["efficientnet_lite0"].model, pretrained=False, num_classes=0)
    model = model.eval().to(memory_format=torch.channels_last)
    plain, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DISCERN_HOME"] = f"{folder}/home"
        for number in range(arguments.rounds):
            # A new copy each round, so that nothing about its pictures is known.
            images = copy_of(arguments.data, Path(folder) / str(number)) / "images"
            paths = [path for path in sorted(images.rglob("*")) if path.is_file()]
            plain.append(seconds(partial(plain_pass, paths, model)))
            ours.append(seconds(partial(quick_training, images)))
            note = " (the backbone's graph was made, too)" if number == 0 else ""
            print(
                f"{len(paths)} pictures: plain pass {plain[-1]:.1f} s, quick training {ours[-1]:.1f} s{note}",
                flush=True,
            )
    print(f"{available_cores()} cores; ratio of the best: {min(ours) / min(plain):.2f} (wanted: at most 0.5)")


if __name__ == "__main__":
    main()
