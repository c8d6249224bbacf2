"""What a package says about its model to a person who opens it with any other program: `card.md`."""

from __future__ import annotations

import desktop_app
from desktop_app.evaluation.headline import Headline
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.project.project import Project
from desktop_app.project.runs import Run

_FITS = {
    "pad": "shows it the whole picture, with a border where needed",
    "squash": "stretches the picture into a square",
    "crop": "shows it the middle of the picture",
}
MOST_CLASSES_NAMED = 50


def write_card(
    project: Project, run: Run, preprocessing: Preprocessing, result: Headline | None, golden: int, note: str = ""
) -> str:
    """The card as Markdown; `note` is a line more, about a release."""
    classes = run.classes[:MOST_CLASSES_NAMED]
    more = f", and {len(run.classes) - len(classes)} more" if len(run.classes) > len(classes) else ""
    recipe = run.document["recipe"].get("name", "balanced")
    return "\n".join(
        [
            f"# {project.name}",
            "",
            f"A Discern model that tells apart: {', '.join(classes)}{more}.",
            "",
            f"* Made on {run.created:%Y-%m-%d} ({run.id}, recipe “{recipe}”, backbone {run.document['backbone']}) with "
            f"Discern {desktop_app.__version__}.",
            f"* {_quality(result)}",
            *([f"* {note}"] if note else []),
            f"* It looks at {preprocessing.size} × {preprocessing.size} pixels; Discern "
            f"{_FITS[preprocessing.fit]}. The preparation of pictures is part of model.onnx.",
            f"* {golden} pictures for a self-test, some of them from the project, travel along. Discern predicts them "
            "each time it opens the package, and refuses the package if the answers differ.",
            "",
            "Predict a folder of pictures:",
            "",
            "    discern predict MODEL.discern FOLDER --csv RESULTS.csv",
            "",
            "The checksums in manifest.json show that this file is intact. They can't show who made it, or that its "
            "answers are right.",
            "",
        ]
    )


def _quality(result: Headline | None) -> str:
    if result is None:
        return "It was not measured on test pictures."
    low, high = result.interval
    # One digit more where 99.5 % would look like all.
    digits = 1 if result.n - result.right < result.n / 100 and result.right < result.n else 0
    share = f"{100 * result.right / result.n:.{digits}f} %; truly {100 * low:.{digits}f}–{100 * high:.{digits}f} %"
    if result.basis == "test":
        return f"Of {result.n} test pictures that it had not seen, {result.right} right ({share})."
    return f"Cross-validated, {result.right} of {result.n} pictures right ({share}).{_NOT_ITSELF[result.basis]}"


_NOT_ITSELF = {
    "as_trained": "",
    "before_fine_tuning": " That is of the network before fine-tuning, which was not cross-validated itself.",
    "other_head": " That is of its network with a linear head, in place of its own.",
}
