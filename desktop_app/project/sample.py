"""Draws the sample project: washers, good, scratched and chipped, as a camera over a workbench would see them.

Everything that has nothing to do with the defect varies as much as what has: metal, ground, light, size, place,
rotation, tilt, focus, dust. The mean colour of a picture says nothing about its class. The same seed draws the same
pictures.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from desktop_app import storage
from desktop_app.errors import ProjectError
from desktop_app.events import Events, Notice, Progress, SampleDrawn, Step, StepStarted
from desktop_app.project import names
from desktop_app.project.config import Role
from desktop_app.project.inside import STATE
from desktop_app.project.project import Project

SIZE = 256  # pixels
CLASSES: dict[str, Role] = {"good": "good", "scratched": "defect", "chipped": "defect"}
EACH = 40

_Field: TypeAlias = NDArray[np.float32]  # (SIZE, SIZE)
_Picture: TypeAlias = NDArray[np.float32]  # (SIZE, SIZE, 3), 0–1
_Vector: TypeAlias = NDArray[np.float32]  # (2,)


def draw_sample(root: Path, seed: int = 1) -> Events:
    """Draw 40 pictures of each class into `root`; a job whose last event is `SampleDrawn`.

    A sample that was cut off is completed; one that is a project already is left as it is.

    Raises:
        ProjectError: there is something else in `root`.
        StorageError: the disk refused.
    """
    yield StepStarted(Step.DRAW)
    plan = _plan(root, seed)
    # Not Path.is_dir and Path.exists, which raise for a folder that may not be entered.
    if os.path.isdir(root / STATE):  # noqa: PTH112
        yield Notice("info", "The sample project is there already.", hint="It is left as it is.")
        with Project.open(root) as project:
            yield SampleDrawn(str(root), len(project.scan().files))
        return
    _check_empty(root, plan)
    for done, (path, name, number) in enumerate(plan, start=1):
        if not os.path.lexists(path):
            storage.write_new(path, _jpeg(draw_washer(name, (seed, number))))
        yield Progress(Step.DRAW, done, len(plan))
    with Project.create(root, list(CLASSES)) as project:
        project.show_classes([replace(info, role=CLASSES[info.name]) for info in project.classes])
    yield SampleDrawn(str(root), len(plan))


def _plan(root: Path, seed: int) -> list[tuple[Path, str, int]]:
    """(file, class, number) of every picture; the parts came off the line in no order."""
    order = np.random.default_rng(seed).permutation(EACH * len(CLASSES))
    kinds = [name for name in CLASSES for _ in range(EACH)]
    numbered = sorted(zip(order.tolist(), kinds, strict=True))
    return [(root / name / f"washer_{number + 1:03}.jpg", name, number) for number, name in numbered]


def _check_empty(root: Path, plan: Sequence[tuple[Path, str, int]]) -> None:
    """ProjectError if there is anything in `root` that is not of the sample."""
    if not os.path.exists(root):  # noqa: PTH110
        return
    ours = {path for path, _, _ in plan} | {root / name for name in CLASSES}
    found = root.rglob("*") if root.is_dir() else [root]
    # The first will do: `root` may be a whole disk.
    others = (path for path in found if path not in ours and not path.name.startswith(storage.TEMP_PREFIX))
    stranger = next(others, None)
    if stranger:
        raise ProjectError(
            "The sample can't be drawn into “{folder}”.",
            why="There is something else in it: “{other}”.",
            hint="Choose an empty folder, or a new one.",
            folder=names.for_display(str(root)),
            other=names.for_display(stranger.name),
        )


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=93)
    return data.getvalue()


# ---- one washer


def draw_washer(kind: str, seed: int | Sequence[int]) -> NDArray[np.uint8]:
    """One picture of a washer, (256, 256, 3); `kind` is one of `CLASSES`."""
    random = np.random.default_rng(seed)
    light = _direction(random.uniform(0, 2 * np.pi))
    washer = _Washer(random)
    if kind == "chipped":
        for _ in range(random.integers(1, 3)):
            washer.chip(random)
    metal = washer.metal(random, light)
    if kind == "scratched":
        for _ in range(random.integers(3, 6)):
            metal += washer.scratch(random, light)[..., None] * (0.5 * metal.mean() + 0.5 * metal)
    ground = _ground(random)
    cover = np.clip(0.5 - washer.distance, 0, 1)
    ground *= (1 - _shadow(cover, random, light))[..., None]
    picture = ground + (metal - ground) * cover[..., None]
    for _ in range(random.integers(0, 3)):
        picture *= 1 - _fibre(random)[..., None]
    return _developed(picture, random, light)


class _Washer:
    """A flat ring, seen a little from the side.

    `x`, `y` are the part's own coordinates, in pixels from its centre; `distance` is that to the edge of the metal,
    negative inside.
    """

    def __init__(self, random: np.random.Generator) -> None:
        self.outer = random.uniform(94, 108)
        self.inner = self.outer * random.uniform(0.38, 0.48)
        room = (SIZE / 2 - self.outer - 6) * 0.8
        x, y = (_grid()[axis] - SIZE / 2 - random.uniform(-room, room) for axis in (0, 1))
        along, across = _turned(x, y, random.uniform(0, np.pi))
        across /= random.uniform(0.9, 1.0)  # tilt
        self.x, self.y = _turned(along, across, random.uniform(0, 2 * np.pi))
        self.radius = np.hypot(self.x, self.y)
        self.distance: _Field = np.maximum(self.radius - self.outer, self.inner - self.radius)
        self.broken: _Field = np.zeros_like(self.distance)  # 1 on the rough faces of chips

    def chip(self, random: np.random.Generator) -> None:
        """Break a piece off the outer or the inner edge."""
        size = random.uniform(15, 27)
        edge = self.outer if random.random() < 0.75 else self.inner
        sign = 1 if edge == self.outer else -1
        centre = _direction(random.uniform(0, 2 * np.pi)) * (edge + sign * size * random.uniform(0.15, 0.5))
        x, y = self.x - centre[0], self.y - centre[1]
        angle = np.arctan2(y, x)
        ragged = np.ones_like(angle)
        for wave in (2, 3, 5, 9):
            ragged += random.normal(0, 0.3 / wave) * np.cos(wave * angle + random.uniform(0, 2 * np.pi))
        outside = np.hypot(x, y) - size * ragged
        self.distance = np.maximum(self.distance, -outside)
        face = random.uniform(3, 7) * (1 + 0.5 * _noise(random, 40))
        self.broken = np.maximum(self.broken, np.clip(face - outside, 0, 1))

    def metal(self, random: np.random.Generator, light: _Vector) -> _Picture:
        """The lit surface of the part, scratches aside."""
        colour = _METALS[random.choice(len(_METALS), p=_METAL_SHARES)] * random.uniform(0.9, 1.1)
        towards = np.arctan2(light[1], light[0]) + random.normal(0, 0.2)
        if random.random() < 0.6:  # turned on a lathe: rings, and the two bright fans that they reflect
            texture = _streaks(random, self.radius) * (0.6 + 0.4 * _noise(random, 5))
            screen = np.arctan2(*np.gradient(self.radius))
            fans = np.abs(np.cos(screen - towards)) ** random.uniform(2, 9)
            sheen = random.uniform(0.15, 0.42) * (fans - 0.3)
        else:  # rolled sheet: straight lines, and one broad reflection
            texture = _streaks(random, self.y + 0.02 * self.x * random.normal())
            sheen = random.uniform(0.1, 0.3) * np.cos((self.x * light[0] + self.y * light[1]) / self.outer * 1.3)
        shade = 1 + random.uniform(0.015, 0.05) * texture + sheen + 0.05 * _noise(random, 6)
        shade -= random.uniform(0, 0.1) * np.clip(_noise(random, 9) - 0.7, 0, 1)  # stains
        # The edges are rounded: bright towards the light, dark away from it.
        width = random.uniform(2.5, 5)
        bevel = np.clip(1 + self.distance / width, 0, 1) ** 1.5
        facing_y, facing_x = np.gradient(self.distance)
        shade += bevel * (facing_x * light[0] + facing_y * light[1]) * random.uniform(0.3, 0.5)
        rough = 1 + 0.28 * _noise(random, 90) + 0.3 * (facing_x * light[0] + facing_y * light[1])
        shade += self.broken * (rough * random.uniform(0.75, 1.2) - shade)
        lit: _Picture = shade[..., None] * colour
        return lit

    def scratch(self, random: np.random.Generator, light: _Vector) -> _Field:
        """What one scratch adds: a shallow arc, bright on the wall that faces the light, dark on the other."""
        middle = _direction(random.uniform(0, 2 * np.pi)) * random.uniform(self.inner + 8, self.outer - 8)
        heading = random.uniform(0, 2 * np.pi)
        bend = random.uniform(150, 900)
        length = random.uniform(50, 125)
        centre = middle + bend * _direction(heading)
        x, y = self.x - centre[0], self.y - centre[1]
        off = np.hypot(x, y) - bend
        place = _wrapped(np.arctan2(y, x) - heading - np.pi) * bend / length + 0.5  # 0–1 along the scratch
        taper = np.sqrt(np.clip(4 * place * (1 - place), 0, 1))
        width = random.uniform(0.9, 1.6) * (0.5 + 0.5 * taper)
        skips = np.clip(
            1.1 + 0.5 * np.interp(place, np.linspace(0, 1, 24), random.normal(size=24)).astype(np.float32), 0.25, 1.3
        )
        side = 1 if _direction(heading) @ light > 0 else -1
        bright = np.exp(-((off / width) ** 2)) * random.uniform(0.35, 0.75)
        dark = np.exp(-(((off + side * 1.6 * width) / width) ** 2)) * random.uniform(0.3, 0.6)
        change: _Field = (bright - dark) * skips * (taper > 0) * (1 - self.broken)
        return change


# ---- what is around it


def _ground(random: np.random.Generator) -> _Picture:
    """A workbench, a mat, a sheet of paper, a conveyor belt."""
    x, y = _turned(*_grid(), random.uniform(0, np.pi))
    kind = random.integers(4)
    fine = 0.03 * _grain(random, (SIZE, SIZE)) + 0.05 * _noise(random, 120)
    if kind == 0:  # wood
        rings = y + 14 * _noise(random, 3) + 1.5 * _noise(random, 30)
        colour, texture = (0.55, 0.41, 0.28), 0.14 * _streaks(random, rings * 0.7) + fine
    elif kind == 1:  # paper
        colour, texture = (0.83, 0.82, 0.78), 0.5 * fine + 0.02 * _noise(random, 20)
    elif kind == 2:  # rubber belt
        weave = np.sin(x * 1.1) * np.sin(y * 1.1)
        colour, texture = (0.2, 0.21, 0.22), 0.12 * weave + 2 * fine
    else:  # cutting mat
        pitch, line = random.uniform(34, 60), random.uniform(0.8, 1.4)
        lines = sum(np.exp(-((((part + pitch / 3) % pitch - pitch / 2) / line) ** 2)) for part in (x, y))
        colour, texture = (0.25, 0.4, 0.38), 0.35 * lines + fine
    tint = np.float32(np.array(colour) * random.uniform(0.85, 1.15) + random.normal(0, 0.015, 3))
    picture: _Picture = (1 + texture + 0.06 * _noise(random, 4))[..., None] * tint
    return picture


def _shadow(cover: _Field, random: np.random.Generator, light: _Vector) -> _Field:
    """How much light the part takes from the ground: a soft shadow opposite the light, a dark seam below the edge."""
    shift = np.rint(-light * random.uniform(4, 10)).astype(int)
    cast = _blurred(np.roll(cover, (shift[1], shift[0]), (0, 1)), random.uniform(2.5, 6))
    return np.clip(random.uniform(0.35, 0.6) * cast + 0.25 * _blurred(cover, 2.5), 0, 0.85)


def _fibre(random: np.random.Generator) -> _Field:
    """How much a fibre of dust darkens; it lies on good parts, too, and is no scratch: soft and curly."""
    x, y = (axis - random.uniform(0, SIZE) for axis in _grid())
    bend, length = random.uniform(6, 30), random.uniform(8, 26)
    off = np.hypot(x - bend, y) - bend
    along = _wrapped(np.arctan2(y, x - bend) - random.uniform(0, 2 * np.pi)) * bend
    darker: _Field = np.exp(-((off / 0.8) ** 2)) * (np.abs(along) < length / 2) * random.uniform(0.2, 0.5)
    return darker


def _developed(picture: _Picture, random: np.random.Generator, light: _Vector) -> NDArray[np.uint8]:
    """What the camera makes of it: uneven light, white balance, exposure, focus, grain."""
    x, y = (axis / SIZE - 0.5 for axis in _grid())
    falloff = 1 + random.uniform(0.1, 0.45) * (x * light[0] + y * light[1]) - random.uniform(0, 0.35) * (x**2 + y**2)
    balance = np.float32(random.uniform(0.8, 1.15) * (1 + random.normal(0, 0.015, 3)))
    lit = picture * falloff[..., None] * balance
    exposed = np.clip(lit, 0, 0.8) + 0.2 * np.tanh((np.maximum(lit, 0.8) - 0.8) / 0.2)  # highlights roll off
    sharp = Image.fromarray((exposed * 255).astype(np.uint8))
    seen = np.asarray(sharp.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 0.8))), np.float32)
    grain = random.uniform(1.5, 4) * _grain(random, (SIZE, SIZE, 1)) + 0.8 * _grain(random, (SIZE, SIZE, 3))
    return np.clip(seen + grain, 0, 255).astype(np.uint8)


# ---- geometry and noise


def _grid() -> tuple[_Field, _Field]:
    """x and y of every pixel's centre."""
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) + 0.5
    return x, y


def _direction(angle: float) -> _Vector:
    return np.array([math.cos(angle), math.sin(angle)], np.float32)


def _turned(x: _Field, y: _Field, angle: float) -> tuple[_Field, _Field]:
    return x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)


def _wrapped(angle: _Field) -> _Field:
    """The same angle between −π and π."""
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _grain(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """White noise of unit variance."""
    return random.standard_normal(shape, np.float32)


def _noise(random: np.random.Generator, cells: int) -> _Field:
    """Smooth noise of unit variance, roughly, with `cells` bumps across the picture."""
    coarse = Image.fromarray(_grain(random, (cells, cells)))
    return np.asarray(coarse.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def _streaks(random: np.random.Generator, across: NDArray[np.floating[Any]]) -> _Field:
    """Parallel lines of random strength, fine and coarse; `across` counts pixels at a right angle to them."""
    places = np.arange(-2 * SIZE, 2 * SIZE)
    fine, coarse = random.normal(size=len(places)), random.normal(size=len(places) // 5)
    lines = 0.7 * np.interp(across, places, fine) + 0.6 * np.interp(across, places[::5][: len(coarse)], coarse)
    return np.asarray(lines, np.float32)


def _blurred(field: _Field, radius: float) -> _Field:
    image = Image.fromarray((field * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / np.float32(255)


_METALS = np.array([(0.6, 0.63, 0.66), (0.57, 0.56, 0.54), (0.27, 0.27, 0.29), (0.66, 0.54, 0.32)], np.float32)
_METAL_SHARES = (0.5, 0.3, 0.05, 0.15)  # zinc, steel, black oxide, brass
