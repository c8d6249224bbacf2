"""Small class folders of distinguishable pictures, drawn for tests."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def picture(kind: int, seed: int, size: int = 48) -> NDArray[np.uint8]:
    """One (size, size, 3) picture: stripes whose direction and colour tell its kind; every seed draws another one."""
    random = np.random.default_rng((kind, seed))
    y, x = np.mgrid[:size, :size] / size
    angle = kind * np.pi / 5 + random.normal(0, 0.05)
    wave = np.sin(2 * np.pi * ((3 + kind % 3) * (x * np.cos(angle) + y * np.sin(angle)) + random.random()))
    colour = 0.5 + 0.3 * np.cos(2 * np.pi * (kind / 7 + np.arange(3) / 3))
    pixels = colour + 0.2 * wave[..., None] + random.normal(0, 0.05, (size, size, 3))
    return (pixels.clip(0, 1) * 255).astype(np.uint8)


def draw_picture(path: Path, kind: int = 0, seed: int = 0, size: int = 48) -> Path:
    """Save `picture(kind, seed)` under `path`; its suffix chooses the format. Returns `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(kind, seed, size)).save(path)
    return path


def draw_classes(
    root: Path,
    classes: Mapping[str, int] | Sequence[str] = ("cat", "dog", "fox"),
    *,
    each: int = 10,
    size: int = 48,
    seed: int = 0,
    suffix: str = ".png",
) -> Path:
    """Draw class folders under `root`: `each` pictures a class, or the numbers given by a mapping. Returns `root`."""
    counts = classes if isinstance(classes, Mapping) else dict.fromkeys(classes, each)
    for kind, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            draw_picture(root / name / f"{name}_{number + 1:03}{suffix}", kind, seed * 1_000_000 + number, size)
    return root


def let_settle(root: Path) -> Path:
    """Make all pictures under `root` old: the index keeps nothing of files that may still be written."""
    for file in root.rglob("*.*"):
        if file.is_file() and ".discern" not in file.parts:
            os.utime(file, (1_700_000_000, 1_700_000_000))
    return root
