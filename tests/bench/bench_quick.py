"""Quick, from untouched folders to test accuracy, against the PyTorch transfer-learning tutorial.

    python -m tests.bench.bench_quick [--data xsdd] [--epochs 2] [--share 1.0]

The tutorial: frozen body, 25 epochs in batches of 4, its own transforms and SGD schedule, eager, Pillow decoding
every picture anew in each epoch, validation after each; with our pretrained EfficientNet-Lite0 and our splits. Its
time is measured on `--epochs` of them, on a `--share` of the pictures, and scaled; its imports and its model cost it
nothing. With `--epochs 25 --share 1` nothing is scaled, and its test accuracy is that of the whole training.

Ours are two new processes, `discern train --recipe quick` and `discern evaluate`, imports and all, in a home where
nothing was ever computed. Prints the ratio; wanted: at least 50, with an accuracy that is not lower. The same by the
time that the processor worked, which tells more where other programs run, too.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # neither side shall suffer from threads that spin

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from desktop_app.features.runtime import available_cores
from desktop_app.learning import families, weights
from desktop_app.learning.backbones import BACKBONES
from desktop_app.project.project import Project
from tests.bench.real_data import REPOSITORY, copy_of

EPOCHS, BATCH = 25, 4
BACKBONE = BACKBONES["efficientnet_lite0"]

_NORMALISE = (transforms.ToTensor(), transforms.Normalize(BACKBONE.mean, BACKBONE.std))
TRAIN = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), *_NORMALISE])
OTHERS = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), *_NORMALISE])


class Outcome(NamedTuple):
    """Seconds by the clock and of the processor's cores together; accuracy on the test pictures."""

    seconds: float
    processor: float
    accuracy: float


class Pictures(Dataset):
    def __init__(self, paths: list[Path], labels: list[int], transform: transforms.Compose) -> None:
        self.paths, self.labels, self.transform = paths, labels, transform

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.open(self.paths[index]).convert("RGB")), self.labels[index]


def splits_of(data: Path) -> dict[str, tuple[list[Path], list[int]]]:
    """Paths and classes of each split; where the table has no validation, every fifth training picture is for that."""
    with open(data / "split.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    classes = sorted({row["class"] for row in rows})
    result: dict[str, tuple[list[Path], list[int]]] = {}
    if not any(row["split"] == "validation" for row in rows):
        for row in [row for row in rows if row["split"] == "train"][::5]:
            row["split"] = "validation"
    for row in rows:
        paths, labels = result.setdefault(row["split"], ([], []))
        paths.append(data / "images" / row["file"])
        labels.append(classes.index(row["class"]))
    return result


def tutorial(data: Path, epochs: int, share: float) -> Outcome:
    """What the whole training would take, and the accuracy after `epochs`."""
    splits = splits_of(data)
    random = np.random.default_rng(0)
    torch.manual_seed(0)
    loaders = {}
    for split, transform in (("train", TRAIN), ("validation", OTHERS)):
        paths, labels = splits[split]
        chosen = random.permutation(len(paths))[: max(1, round(share * len(paths)))]
        pictures = Pictures([paths[i] for i in chosen], [labels[i] for i in chosen], transform)
        loaders[split] = DataLoader(pictures, BATCH, shuffle=True)
    model = families.without_classifier(families.library_model(BACKBONE), BACKBONE)
    model.load_state_dict(weights.load(BACKBONE), strict=False, assign=True)
    model.requires_grad_(False)
    model.classifier = nn.Linear(BACKBONE.embedding, len(set(splits["train"][1])))
    optimizer = torch.optim.SGD(model.classifier.parameters(), lr=0.001, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)
    started, processor = time.perf_counter(), time.process_time()
    for _ in range(epochs):
        for split, loader in loaders.items():
            model.train(split == "train")
            for pixels, labels in loader:
                optimizer.zero_grad()
                with torch.set_grad_enabled(split == "train"):
                    loss = nn.functional.cross_entropy(model(pixels), labels)
                    if split == "train":
                        loss.backward()
                        optimizer.step()
        scheduler.step()
    scale = EPOCHS / epochs / share
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    return Outcome(seconds * scale, processor * scale, accuracy_of(model.eval(), *splits["test"]))


def accuracy_of(model: nn.Module, paths: list[Path], labels: list[int]) -> float:
    right = 0
    for pixels, actual in DataLoader(Pictures(paths, labels, OTHERS), 32):
        with torch.inference_mode():
            right += int((model(pixels).argmax(1) == actual).sum())
    return right / len(labels)


def ours(data: Path) -> Outcome:
    images = str(data / "images")
    started, before = time.perf_counter(), os.times()
    for arguments in (
        ("train", images, "--recipe", "quick", "--split", str(data / "split.csv")),
        ("evaluate", images),
    ):
        command = [sys.executable, "-m", "desktop_app", *arguments]
        subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    seconds, after = time.perf_counter() - started, os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    with (
        Project.open(data / "images") as project,
        open(project.runs.latest().folder / "predictions.csv", encoding="utf-8", newline="") as file,
    ):
        rows = list(csv.DictReader(file))
    return Outcome(seconds, processor, sum(row["actual"] == row["predicted"] for row in rows) / len(rows))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="xsdd")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--share", type=float, default=1.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DISCERN_HOME"] = f"{folder}/tutorial"
        data = copy_of(arguments.data, Path(folder))
        theirs = tutorial(data, arguments.epochs, arguments.share)
        os.environ["DISCERN_HOME"] = f"{folder}/home"
        mine = ours(data)
    print(f"{arguments.data}, {available_cores()} cores")
    print(
        f"tutorial: {theirs.seconds:.0f} s for {EPOCHS} epochs, accuracy {theirs.accuracy:.3f} after {arguments.epochs}"
    )
    print(f"quick: {mine.seconds:.1f} s, accuracy {mine.accuracy:.3f}")
    ratio = f"× {theirs.seconds / mine.seconds:.0f} (by the processor's time × {theirs.processor / mine.processor:.0f})"
    print(f"{ratio}; wanted: at least 50")


if __name__ == "__main__":
    main()
