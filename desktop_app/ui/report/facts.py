"""All that a report tells, gathered in the background: figures, pictures, and heat as encoded pictures."""

from __future__ import annotations

import io
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.ui.models.result import Result
from desktop_app.ui.tokens import HEAT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from desktop_app.evaluation.rules import Rule
    from desktop_app.evaluation.unsure import Expected
    from desktop_app.events import PartRepeated, Repeated
    from desktop_app.project.catalog import Snapshot
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run

MOST_PICTURES = 24  # mistakes that are shown
WITH_HEAT = 12  # of them, the surest
WORST_PARTS = 4
_SHOWN = 6  # pictures of a part
_EDGE = 128


@dataclass(frozen=True, eq=False)
class Mistake:
    """
    Attributes:
        row: of the predictions.
        picture: encoded, or None where it can't be read.
        heat: what speaks for the class that was called, encoded; None where it wasn't looked for or can't be found.
    """

    row: int
    picture: bytes | None
    heat: bytes | None


@dataclass(frozen=True, eq=False)
class Facts:
    """
    Attributes:
        mistakes: the surest ones.
        points: the epochs as the run wrote them down.
        kept: the rule and what comes of it on these pictures, if the run has one.
        looks: (class, the average heat over a typical picture, encoded), if somebody asked for it.
        parts: (one of the worst parts, [(picture, what it was called)]), of `repeated`.
        model: SHA-256 of the model.
        versions: of what it was measured with.
    """

    project: str
    run: Run
    result: Result
    snapshot: Snapshot
    mistakes: Sequence[Mistake]
    points: Sequence[dict[str, Any]]
    kept: tuple[Rule, Expected] | None
    looks: Sequence[tuple[str, bytes]]
    parts: Sequence[tuple[PartRepeated, Sequence[tuple[bytes | None, str]]]]
    model: str
    versions: dict[str, str]

    @property
    def repeated(self) -> Repeated | None:
        """The folder of parts that somebody chose to measure, else the groups of the split."""
        return self.result.repeated_folder or self.result.repeated


def gather(project: Project, run: Run, result: Result) -> Facts:
    """Read what the report needs, pictures of mistakes and their heat among it. May take seconds.

    Raises:
        DataError, StorageError: the run's files are damaged.
    """
    from desktop_app import storage
    from desktop_app.project.catalog import Snapshot
    from desktop_app.ui.models.looks import drawn

    looks = result.looks or ()
    return Facts(
        project=project.name,
        run=run,
        result=result,
        snapshot=Snapshot.read_csv(run.snapshot_csv),
        mistakes=_mistakes(project, run, result),
        points=run.read_curves(),
        kept=_kept(run, result),
        looks=[(one.name, _encoded(drawn(one, HEAT, _EDGE))) for one in looks],
        parts=_parts(project, result),
        model=storage.sha256(run.model_onnx),
        versions=_versions(),
    )


def _mistakes(project: Project, run: Run, result: Result) -> list[Mistake]:
    predictions = result.predictions
    wrong = [row for row, correct in enumerate(predictions.correct.tolist()) if not correct]
    wrong.sort(key=lambda row: -float(predictions.how_sure[row]))
    found = []
    for place, row in enumerate(wrong[:MOST_PICTURES]):
        path = project.path(predictions.files[row])
        picture = _thumbnail(path)
        heat = _heat(path, run) if picture is not None and place < WITH_HEAT else None
        found.append(Mistake(row, picture, heat))
    return found


def _thumbnail(path: Path) -> bytes | None:
    from desktop_app.errors import ImageError
    from desktop_app.project.thumbnails import make_thumbnail

    try:
        return make_thumbnail(path, _EDGE)
    except ImageError:
        return None


def _heat(path: Path, run: Run) -> bytes | None:
    """None where the run can't explain it any more; the report is no worse for it."""
    from desktop_app.errors import DiscernError
    from desktop_app.ui.models.heat import read_heat

    try:
        return _encoded(read_heat(path, run, HEAT).pixels)
    except DiscernError:
        return None


def _encoded(pixels: NDArray[np.uint8]) -> bytes:
    """A JPEG that is no larger than a thumbnail."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((_EDGE, _EDGE))
    data = io.BytesIO()
    image.save(data, "JPEG", quality=85)
    return data.getvalue()


def _kept(run: Run, result: Result) -> tuple[Rule, Expected] | None:
    from desktop_app.evaluation.rules import Rule, calls_of
    from desktop_app.evaluation.unsure import expected

    rule = Rule.of(run)
    if rule is None:
        return None
    calls = calls_of(result.predictions, rule.temperature, rule.good, result.groups, rule.split)
    return rule, expected(calls, rule.threshold, rule.furthest, rule.costs)


def _parts(project: Project, result: Result) -> list[tuple[PartRepeated, list[tuple[bytes | None, str]]]]:
    """The worst parts that changed their class, with their pictures."""
    repeated = result.repeated_folder or result.repeated
    if repeated is None:
        return []
    root = project.root if repeated is result.repeated else Path(repeated.where)
    worst = [part for part in repeated.parts if part.changed][:WORST_PARTS]
    return [
        (part, [(_thumbnail(root / part.files[place]), part.said[place]) for place in range(len(part.files))[:_SHOWN]])
        for part in worst
    ]


def _versions() -> dict[str, str]:
    import importlib.metadata

    import desktop_app

    packages = ("onnxruntime", "numpy", "Pillow")
    return {
        "Discern": desktop_app.__version__,
        "Python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in packages},
    }
