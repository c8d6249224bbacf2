"""The model that predicts: a release or a run of the project, or a model package from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.ui import release_words, rule_words, wording
from desktop_app.ui.models import run_files
from desktop_app.ui.models.preparation import Preparation, preparation_of

if TYPE_CHECKING:
    from desktop_app.evaluation.headline import Headline
    from desktop_app.evaluation.rules import Rule
    from desktop_app.project.release import Release
    from desktop_app.project.runs import Run

PACKAGE_SUFFIX = ".discern"
PACKAGE_NAME = f"model{PACKAGE_SUFFIX}"


@dataclass(frozen=True)
class SelfTestPassed:
    """What a package showed when it was opened: how many golden pictures agreed, and by how much at worst."""

    pictures: int
    largest_difference: float


@dataclass(frozen=True)
class ModelInUse:
    """
    Attributes:
        title: "Run 7 · Balanced", the name of a release, or a package's file name.
        package: the file that predicts; of a run, made when it is first needed.
        run: id of the run; "" for a release or a package from elsewhere.
        release: name of the release; "" for others.
        measured: how good it is; None where that is not known.
        better: another run of the project that was right more often than this one may truly be, with how often that
            was; "" if there is none.
        facts: when and of what it was made.
        tested: None until the package was opened.
        prepares: how it gets its pictures; None if it does not say.
    """

    title: str
    package: Path
    classes: tuple[str, ...]
    run: str = ""
    release: str = ""
    measured: Headline | None = None
    better: str = ""
    facts: str = ""
    tested: SelfTestPassed | None = None
    prepares: Preparation | None = None


def model_of_run(run: Run, runs: Sequence[Run] = ()) -> ModelInUse:
    """A run as a model. Reads its result; in the background, since it may be long.

    Args:
        runs: those of the project, one of which may be better.

    Raises:
        StorageError: its files can't be read.
    """
    from desktop_app.evaluation.headline import stored_headline
    from desktop_app.evaluation.rules import Rule

    when = wording.moment(str(run.document["created"]))
    trained = wording.translate("models", "trained {when}").format(when=when)
    recipe = wording.recipe(run_files.recipe_name(run))
    measured = stored_headline(run)
    return ModelInUse(
        title=wording.DOT.join((wording.run_number(run.number), recipe)),
        package=run.folder / PACKAGE_NAME,
        classes=run.classes,
        run=run.id,
        measured=measured,
        better=_better(measured, runs) if measured else "",
        facts=_with_promise(trained, Rule.of(run)),
        prepares=preparation_of(run),
    )


def _better(measured: Headline, runs: Sequence[Run]) -> str:
    from desktop_app.evaluation.headline import claimed_share, stored_headline

    limit = measured.interval[1]
    others = [run for run in runs if run.usable and claimed_share(run) > limit]
    found = [(run, headline) for run in others if (headline := stored_headline(run)) is not None]
    run, best = max(found, key=lambda pair: pair[1].right / pair[1].n, default=(None, measured))
    if run is None or best.right / best.n <= limit:
        return ""
    return wording.DOT.join((wording.run_number(run.number), wording.right_of(best.right, best.n)))


def model_of_release(release: Release) -> ModelInUse:
    """A release as a model: compared with its checksums, opened and tested. Takes seconds; in the background.

    Raises:
        ProjectError: it was changed after it was made.
        PackageError: it can't be used on this computer.
    """
    release.verify()
    model = model_of_package(release.package)
    made = wording.translate("models", "released {when} by {person}, from {run}")
    facts = made.format(
        when=wording.moment(release.at.isoformat()), person=release.by, run=release_words.run_name(release.run)
    )
    return replace(model, title=release.name, release=release.name, facts=wording.DOT.join((facts, model.facts)))


def model_of_package(path: Path) -> ModelInUse:
    """A package as a model: opened, checked and tested. Takes seconds; in the background.

    Raises:
        PackageError: it can't be used; the error says why.
    """
    from desktop_app.inference.package import Package

    package = Package.open(path)
    manifest = package.manifest
    made = wording.translate("models", "from “{project}”, trained {when}")
    return ModelInUse(
        title=path.name,
        package=path,
        classes=manifest.classes,
        measured=manifest.result,
        facts=_with_promise(made.format(project=manifest.name, when=wording.moment(manifest.created)), manifest.unsure),
        tested=SelfTestPassed(package.self_test.pictures, package.self_test.largest_difference),
        prepares=Preparation(manifest.preprocessing, path.name),
    )


def _with_promise(facts: str, rule: Rule | None) -> str:
    return wording.DOT.join((facts, rule_words.short(rule))) if rule else facts


def needs_export(model: ModelInUse, run: Run) -> bool:
    """Whether the run's package is missing, or older than the model, the result or the promise that it should carry."""
    from desktop_app.evaluation.evaluate import result_json
    from desktop_app.evaluation.headline import cross_validation_json
    from desktop_app.evaluation.rules import rule_json

    try:
        made = model.package.stat().st_mtime_ns
    except OSError:
        return True
    parts = (run.model_onnx, result_json(run, "test"), cross_validation_json(run), rule_json(run))
    return any(part.is_file() and part.stat().st_mtime_ns > made for part in parts)
