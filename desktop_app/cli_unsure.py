"""What `discern unsure` does and prints: when a run says "unsure", for a promise or for costs, and what comes of it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from desktop_app.cli_arguments import Commands, add_json, add_project, add_run, project_folder
from desktop_app.cli_running import DONE, run_job
from desktop_app.cli_text import Printer, count, doubt, percent
from desktop_app.errors import DataError, DiscernError
from desktop_app.events import Split

if TYPE_CHECKING:
    from desktop_app.evaluation.costs import Costs
    from desktop_app.evaluation.rules import Rule
    from desktop_app.evaluation.unsure import Expected
    from desktop_app.project.project import Project
    from desktop_app.project.runs import Run


_MEASURED: tuple[Split, ...] = ("validation", "test")


def add_command(commands: Commands) -> None:
    """Add it to those of `discern`."""
    parser = commands.add_parser(
        "unsure",
        help="when a run says “unsure”: for a promise, or for what costs least",
        description="When a run leaves a picture to a person, found on its validation pictures, and what comes of that "
        "on its test pictures. Without any choice, what it does now. Exported models do the same.",
    )
    add_project(parser)
    add_run(parser)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--promise",
        type=_share,
        metavar="PERCENT",
        help="let at most so many defects through (without roles: be wrong at most so often)",
    )
    choice.add_argument(
        "--costs",
        type=_numbers,
        metavar="A,B,C",
        help="the cost of a missed defect, a false alarm and a look by a person (without roles: of a wrong answer and "
        "a look)",
    )
    choice.add_argument("--never", action="store_true", help="always answer")
    parser.add_argument("--defects", type=_share, metavar="PERCENT", help="with --costs: so many parts in use are bad")
    add_json(parser)
    parser.set_defaults(command=_unsure)


def _unsure(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import EvaluateJob
    from desktop_app.evaluation.evaluate import has_pictures, stored_result
    from desktop_app.project.project import Access, Project

    root = project_folder(arguments.project)
    with Project.open(root, Access.READ) as project:
        run = project.runs.choose(arguments.run)
        wanted = [split for split in _MEASURED if has_pictures(run, split)]
        measured = all(stored_result(run, split) for split in wanted)
    if not measured and (code := run_job(EvaluateJob(str(root), run.id, calibrate=True), printer)):
        return code
    changes = arguments.never or arguments.promise is not None or arguments.costs is not None
    with Project.open(root, Access.OWN if changes else Access.READ) as project:
        if changes:
            project.require_writable()
        printer.document(*decide(project, project.runs.get(run.id), arguments))
    return DONE


def _share(text: str) -> float:
    """Per cent, as a share."""
    try:
        value = float(text.strip().removesuffix("%")) / 100
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is no number between 0 and 100")
    return value


def _numbers(text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not 2 <= len(values) <= 3:
        raise argparse.ArgumentTypeError(f"“{text}” is not two or three numbers with commas between them")
    return values


def decide(project: Project, run: Run, arguments: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Make or show a run's rule; for scripts and in words.

    Raises:
        DataError: its validation pictures were not measured, since it has none; or the costs make no sense.
        StorageError: the disk refused, or predictions are damaged.
    """
    from desktop_app.evaluation.evaluate import groups_of, predictions_csv, stored_result
    from desktop_app.evaluation.predictions import Predictions
    from desktop_app.evaluation.rules import Rule, calls_of, good_classes, make_rule
    from desktop_app.evaluation.unsure import expected
    from desktop_app.project.catalog import Snapshot

    if stored_result(run, "validation") is None:
        raise DataError(
            "“{run}” has no validation pictures, so nothing can be promised.",
            hint="Train with some: thresholds are found on them.",
            run=run.id,
        )
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    validation, test = (Predictions.read_csv(predictions_csv(run, split)) for split in ("validation", "test"))
    good = good_classes(validation.classes, project.config.classes)
    rule = Rule.of(run)
    if arguments.never:
        Rule.forget(run)
        rule = None
    elif arguments.promise is not None or arguments.costs is not None:
        aim = arguments.promise if arguments.costs is None else _costs(arguments, with_roles=bool(good))
        rule = make_rule(validation, aim, good, groups_of(validation, snapshot))
        rule.save(run)
    else:
        rule = Rule.of(run)
    calls = calls_of(
        test,
        rule.temperature if rule else 1.0,
        good,
        groups_of(test, snapshot),
        **({"split": rule.split} if rule else {}),
    )
    found = expected(calls, rule.threshold, rule.furthest, rule.costs) if rule else expected(calls, 0.0)
    document = {"kind": "unsure", "run": run.id, "rule": asdict(rule) if rule else None, "expected": asdict(found)}
    return document, "\n".join([f"{run.id} {_in_words(rule)}", *_outcome(found, with_roles=bool(good))])


def _costs(arguments: argparse.Namespace, *, with_roles: bool) -> Costs:
    from desktop_app.evaluation.costs import Costs

    values = arguments.costs
    if len(values) != (3 if with_roles else 2):
        raise DiscernError(
            "Three costs are wanted: of a missed defect, of a false alarm, of a look."
            if with_roles
            else "Two costs are wanted: of a wrong answer, of a look.",
            why="The classes are marked as good and defect."
            if with_roles
            else "No classes are marked as good or defect, so there are no false alarms.",
        )
    costs = Costs(values[0], values[1] if with_roles else 0.0, values[-1], arguments.defects if with_roles else None)
    if not costs.makes_sense():
        raise DiscernError("A cost is a number from 0 on, and a mistake is never for free.")
    return costs


def _in_words(rule: Rule | None) -> str:
    from desktop_app.evaluation.unsure import NEVER

    if rule is None:
        return "always answers."
    if rule.promise is not None and rule.threshold == NEVER:
        return "has too few validation pictures to promise that, so it is always unsure."
    if rule.promise is not None:
        what = "of defects get through" if rule.good else "of answers are wrong"
        return f"says “unsure” so that at most {100 * rule.promise:g} % {what} (95 % confidence)."
    if not rule.good:
        return f"says “unsure” below {100 * rule.threshold:.1f} % sure, which costs least."
    return (
        f"calls good what is {100 * rule.threshold:.1f} % likely to be, a defect what is less than "
        f"{100 * rule.split:.1f} % likely to be good, and is “unsure” between: that costs least."
    )


def _outcome(found: Expected, *, with_roles: bool) -> list[str]:
    what = "Missed defects" if with_roles else "Wrong answers"
    unsure = f"{count(found.unsure)} of {count(found.n)} ({percent(found.unsure / found.n)}; "
    lines = [
        "On the test pictures:",
        f"  {what}: {count(found.harm)} of {count(found.at_risk)}, truly under {100 * found.harm_limit:.1f} %",
        f"  For a person: {unsure}{doubt(found.unsure_interval)})",
    ]
    if with_roles:
        alarms = f"{count(found.false_alarms)} of {count(found.good)}"
        lines.insert(2, f"  False alarms: {alarms}, {doubt(found.false_alarm_interval)}")
    if found.cost is not None and found.cost_interval is not None:
        low, high = found.cost_interval
        lines.append(f"  Cost of 1,000 pictures: {1000 * found.cost:,.0f}, truly {1000 * low:,.0f}–{1000 * high:,.0f}")
    return lines
