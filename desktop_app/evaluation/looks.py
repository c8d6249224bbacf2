"""Where a run looks, class by class: the average heat over the pictures of a split, and what their border is worth.

A model that looks at the border of the pictures has often learnt how they were taken and not what they show: a ruler, a
clamp, a date in the corner, the table under the parts. Heat is too coarse to tell that for sure. So of each picture
first the border is covered, then as much of its middle, and what the class loses by the one and by the other is
compared: the border's share of both. Parts that lie in the middle give a small share, textures that fill the picture
about a half. A warning is given where even the lower end of the 95 % interval over pictures is above three quarters:
the border is then surely worth three times what the middle is.

Source of the covering: M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV (2014),
section 4.2.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from PIL import Image

from desktop_app import storage
from desktop_app.errors import ImageError, StorageError
from desktop_app.evaluation.clusters import clustered_mean, units_of
from desktop_app.evaluation.evaluate import groups_of, predictions_csv, require_result
from desktop_app.evaluation.predictions import Predictions
from desktop_app.events import Events, LooksFound, Progress, Split, Step, StepStarted
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from desktop_app.stopwatch import Pace

if TYPE_CHECKING:
    from desktop_app.features.heat import Explainer

MOST_PER_CLASS = 40  # pictures; more would hardly change the average
MOST = 600  # pictures of all classes together: a few seconds for a small network, minutes for the largest
FEWEST_PER_CLASS = 5
SHOWN = 6  # pictures of a class that show it most
MOSTLY = 0.75  # the border's share beyond which it is surely looked at

HEAT_EDGE = 28  # of the average heat, in cells
PICTURE_EDGE = 96  # of the typical picture, in pixels

Map: TypeAlias = NDArray[np.float32]

_FORMAT = 3
_PARTS: tuple[Literal["border", "middle"], ...] = ("border", "middle")
_LARGEST_FILE = 256 << 20


@dataclass(frozen=True, eq=False)
class ClassLooks:
    """Where a run looks for one class.

    Attributes:
        name: of the class.
        n: pictures of the class that were explained.
        heat: (HEAT_EDGE, HEAT_EDGE) the average over them, 0–1, stretched over the picture whatever its shape.
        picture: (PICTURE_EDGE, PICTURE_EDGE) uint8, the most typical of them in grey, stretched in the same way.
        aspect: width by height of the pictures, the median.
        border: of what the class loses when the border or as large a middle is covered, the border's share, 0–1; the
            mean over the pictures that lose anything.
        interval: of it, 95 %.
        most: contents of the pictures that rest most on their border, the most first.
    """

    name: str
    n: int
    heat: Map
    picture: NDArray[np.uint8]
    aspect: float
    border: float
    interval: tuple[float, float]
    most: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """In no picture any place speaks for the class."""
        return not self.heat.any()

    @property
    def on_border(self) -> bool:
        """The border is surely worth more than `MOSTLY` of what the class rests on."""
        return self.interval[0] > MOSTLY


def find_looks(project: Project, run: Run, split: Split = "test") -> Events:
    """Explain pictures of each class, as that class; the last event is `LooksFound`.

    What is found is kept in the run's folder, in `looks-<split>.safetensors`; if it is there already, nothing is
    computed.

    Raises:
        DataError: the run has no model, or was not measured on this split.
        PackageError: its graph can't be trusted.
        StorageError: the disk refused.
    """
    run.require_model("“{run}” can't explain pictures.")
    require_result(run, split)
    yield StepStarted(Step.EXPLAIN)
    found = stored_looks(run, split)
    if found is None:
        predictions = Predictions.read_csv(predictions_csv(run, split))
        groups = groups_of(predictions, Snapshot.read_csv(run.snapshot_csv))
        gathered = [_Gathered(name) for name in predictions.classes]
        yield from _explain(project, run, predictions, groups, gathered)
        found = tuple(one.looks() for one in gathered if one.n)
        _store(run, split, found)
    yield LooksFound(
        run=run.id,
        split=split,
        classes=len(found),
        pictures=sum(one.n for one in found),
        on_border=[one.name for one in found if one.on_border],
    )


def _explain(
    project: Project, run: Run, predictions: Predictions, groups: Sequence[str], gathered: list[_Gathered]
) -> Events:
    from desktop_app.features import graph_check  # slow to import
    from desktop_app.features.heat import Explainer
    from desktop_app.features.preprocessing import Preprocessing
    from desktop_app.features.runtime import map_ahead

    preprocessing = Preprocessing.from_dict(run.document.get("preprocessing"))
    # A project may come from anywhere, with its runs.
    graph = graph_check.check(run.model_onnx.read_bytes(), preprocessing, len(run.classes))
    explain = Explainer(graph, preprocessing)
    rows = chosen_rows(predictions.actual, len(run.classes))
    actual = predictions.actual.tolist()
    tasks = [partial(_look, explain, project.path(predictions.files[row]), actual[row]) for row in rows]
    yield Progress(Step.EXPLAIN, 0, len(rows))
    pace = Pace(Step.EXPLAIN, len(rows))
    with contextlib.closing(map_ahead(lambda task: task(), tasks)) as looks:
        for done, (row, look) in enumerate(zip(rows, looks, strict=True), 1):
            if look is not None:
                unit = groups[row] or f"\n{row}"  # no group is called that
                gathered[actual[row]].add(look, predictions.hashes[row], unit)
            yield from pace.after(done)


def chosen_rows(actual: NDArray[np.integer], classes: int) -> list[int]:
    """Pictures of each of the run's classes, at random but always the same ones; not more than can be explained soon.

    Args:
        actual: (n,) class numbers; those from `classes` on are of classes that the run never learnt.
    """
    most = int(np.clip(MOST // max(classes, 1), FEWEST_PER_CLASS, MOST_PER_CLASS))
    order = np.random.default_rng(0).permutation(len(actual))
    return [int(row) for label in range(classes) for row in np.sort(order[actual[order] == label][:most])]


# ---- one picture


@dataclass(frozen=True, eq=False)
class _Look:
    """`heat` adds up to 1, or is nothing; `border` is None where covering either part takes nothing away."""

    heat: Map
    picture: NDArray[np.uint8]
    aspect: float
    border: float | None


def _look(explain: Explainer, path: Path, target: int) -> _Look | None:
    """None if the picture can't be read: it may have been moved since it was measured."""
    from desktop_app.features.heat import enlarged
    from desktop_app.project.imaging import load_rgb

    try:
        image = load_rgb(path, target=explain.preprocessing.size)
    except ImageError:
        return None
    found = explain(image, target)
    heat = enlarged(found.heat, HEAT_EDGE, HEAT_EDGE)
    small = Image.fromarray(image).convert("L").resize((PICTURE_EDGE, PICTURE_EDGE), Image.Resampling.BOX)
    total = float(heat.sum())
    if total > 0:
        heat = heat / np.float32(total)
    border = _border_share(explain, image, target, float(found.probabilities[target]))
    return _Look(heat, np.asarray(small), image.shape[1] / image.shape[0], border)


def _border_share(explain: Explainer, image: NDArray[np.uint8], target: int, before: float) -> float | None:
    from desktop_app.features.heat import covered, odds

    border, middle = (
        max(0.0, odds(before) - odds(float(explain.probabilities(covered(image, part))[target]))) for part in _PARTS
    )
    return border / (border + middle) if border + middle > 0 else None


class _Gathered:
    """What is known of one class so far."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._heat = np.zeros((HEAT_EDGE, HEAT_EDGE), np.float64)
        self._pictures: list[NDArray[np.uint8]] = []
        self._aspects: list[float] = []
        self.shares: list[tuple[float, str, str]] = []  # of the border; content, unit

    @property
    def n(self) -> int:
        return len(self._aspects)

    def add(self, look: _Look, content: str, unit: str) -> None:
        self._heat += look.heat
        self._pictures.append(look.picture)
        self._aspects.append(look.aspect)
        if look.border is not None:
            self.shares.append((look.border, content, unit))

    def looks(self) -> ClassLooks:
        highest = float(self._heat.max())
        shares = np.array([share for share, _, _ in self.shares])
        units = units_of([unit for _, _, unit in self.shares])
        units = np.zeros(0, np.intp) if units is None else units
        most = sorted(self.shares, reverse=True)[:SHOWN]
        return ClassLooks(
            name=self._name,
            n=self.n,
            heat=(self._heat / highest).astype(np.float32) if highest > 0 else self._heat.astype(np.float32),
            picture=most_typical(self._pictures),
            aspect=float(np.median(self._aspects)),
            border=float(shares.mean()) if len(shares) else 0.0,
            interval=clustered_mean(shares, units) if len(shares) else (0.0, 1.0),
            most=tuple(content for _, content, _ in most),
        )


def most_typical(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The picture that is most like the average of all, whatever their light and contrast.

    The average itself would show something only where parts always lie in the same place.
    """
    rows = np.stack([picture.ravel() for picture in pictures]).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)
    return pictures[int((rows @ rows.mean(axis=0)).argmax())]


# ---- keeping it


def looks_file(run: Run, split: Split) -> Path:
    """Where the average heat of the classes is kept."""
    return run.folder / f"looks-{split}.safetensors"


def stored_looks(run: Run, split: Split) -> tuple[ClassLooks, ...] | None:
    """What `find_looks` left, of the model and the predictions that the run has now; None if there is none such.

    A project may come from anywhere, with its runs: what makes no sense is passed over.
    """
    path = looks_file(run, split)
    try:
        if not storage.is_regular_file(path) or path.stat().st_size > _LARGEST_FILE:
            return None
        with safetensors.safe_open(path, framework="numpy") as file:
            told = json.loads((file.metadata() or {}).get("looks", "null"))
            if not isinstance(told, dict) or told.get("of") != _identity(run, split):
                return None
            heat, picture = file.get_tensor("heat"), file.get_tensor("picture")
        return _sensible(told["classes"], heat, picture)
    except (OSError, safetensors.SafetensorError, StorageError, ValueError, KeyError, TypeError):
        return None


def _sensible(rows: list[dict[str, Any]], heat: NDArray[Any], picture: NDArray[Any]) -> tuple[ClassLooks, ...]:
    """ValueError, KeyError or TypeError if it is none."""
    if heat.shape != (len(rows), HEAT_EDGE, HEAT_EDGE) or picture.shape != (len(rows), PICTURE_EDGE, PICTURE_EDGE):
        raise ValueError("another shape")
    if heat.dtype != np.float32 or picture.dtype != np.uint8 or not ((heat >= 0) & (heat <= 1)).all():
        raise ValueError("other values")
    found = []
    for place, row in enumerate(rows):
        shares = [float(row["border"]), *map(float, row["interval"])]
        if len(shares) != 3 or not all(0 <= share <= 1 for share in shares) or not 1 / 50 < float(row["aspect"]) < 50:
            raise ValueError("other values")
        interval = (shares[1], shares[2])
        most = tuple(map(str, row["most"]))[:SHOWN]
        found.append(
            ClassLooks(
                str(row["name"]),
                int(row["n"]),
                heat[place],
                picture[place],
                float(row["aspect"]),
                shares[0],
                interval,
                most,
            )
        )
    return tuple(found)


def _store(run: Run, split: Split, found: Sequence[ClassLooks]) -> None:
    rows = [
        {name: getattr(one, name) for name in ("name", "n", "aspect", "border", "interval", "most")} for one in found
    ]
    heat = np.zeros((len(found), HEAT_EDGE, HEAT_EDGE), np.float32)
    picture = np.zeros((len(found), PICTURE_EDGE, PICTURE_EDGE), np.uint8)
    for place, one in enumerate(found):
        heat[place], picture[place] = one.heat, one.picture
    told = json.dumps({"of": _identity(run, split), "classes": rows})
    storage.write_atomic(
        looks_file(run, split), safetensors.numpy.save({"heat": heat, "picture": picture}, {"looks": told})
    )


def _identity(run: Run, split: Split) -> dict[str, Any]:
    """All that the average heat depends on."""
    model, table = storage.sha256(run.model_onnx), storage.sha256(predictions_csv(run, split))
    return {"format": _FORMAT, "model": model, "table": table}
