"""`discern import`: its form, and what it would do, for scripts and in words."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.cli_arguments import FORMS, Commands, absolute, add_json, form_name, path_text, project_folder
from desktop_app.cli_running import DONE, run_job
from desktop_app.cli_text import Printer, count, table
from desktop_app.errors import DiscernError
from desktop_app.project.names import for_display

if TYPE_CHECKING:
    from desktop_app.project.import_plan import Plan, Reading

_SUGGESTED = 5  # labels in an example


def add_command(commands: Commands) -> None:
    """Add it to those of `discern`."""
    parser = commands.add_parser("import", help="copy pictures into a project; nothing is ever overwritten")
    parser.add_argument("project", type=path_text, metavar="PROJECT", help="folder of class folders; made if it is new")
    parser.add_argument(
        "sources", type=path_text, metavar="SOURCE", nargs="+", help="folders, pictures, ZIP archives, or a table (CSV)"
    )
    parser.add_argument(
        "--as", type=form_name, dest="form", metavar="FORM", help=f"how to read them: {', '.join(FORMS)}"
    )
    parser.add_argument("--pattern", metavar="PATTERN", help="where the class is in the names: {class}_{number}")
    parser.add_argument("--labels", metavar="A,B", help="the labels of Open Images that become classes")
    parser.add_argument("--into", type=path_text, metavar="CLASS", help="everything becomes this class")
    parser.add_argument("--copy-known", action="store_true", help="copy also what the project has already")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be copied")
    add_json(parser)
    parser.set_defaults(command=_import)


def _import(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import ImportJob
    from desktop_app.project.project import Project

    root = project_folder(arguments.project)
    chosen = reading(arguments)
    if not arguments.dry_run:
        if not root.exists():
            Project.create(root).close()
        return run_job(ImportJob(str(root), chosen.to_dict(), "copy" if arguments.copy_known else "skip"), printer)
    printer.document(*preview(root, chosen))
    return DONE


def reading(arguments: argparse.Namespace) -> Reading:
    """How the sources of an import are to be read. DiscernError if that is not clear."""
    from desktop_app.project.import_forms import recognise

    form = arguments.form or ("names" if arguments.pattern else "open-images" if arguments.labels else "")
    plans = recognise([absolute(source) for source in arguments.sources])
    fitting = [plan for plan in plans if (plan.reading.form == form if form else plan.sensible)]
    if not fitting:
        raise DiscernError(
            "These sources can't be read as “{form}”.",
            hint="They can be read as {forms}.",
            form=form,
            forms=_listed_forms(plans),
        )
    if len(fitting) > 1 and not form:
        raise DiscernError(
            "These pictures can be understood in more than one way.",
            hint="Say which by --as: {forms}.",
            forms=_listed_forms(fitting),
        )
    if fitting[0].labels and not arguments.labels:
        raise DiscernError(
            "It is open which labels become classes.",
            hint="Choose them by --labels, for example {labels}.",
            labels=",".join(list(fitting[0].labels)[:_SUGGESTED]),
        )
    chosen = fitting[0].reading
    labels = tuple(label.strip() for label in (arguments.labels or "").split(",") if label.strip())
    return replace(chosen, pattern=arguments.pattern or chosen.pattern, classes=labels, into=arguments.into or "")


def _listed_forms(plans: Sequence[Plan]) -> str:
    return ", ".join(dict.fromkeys(plan.reading.form for plan in plans))


def preview(root: Path, reading: Reading) -> tuple[dict[str, Any], str]:
    """What an import would do, for scripts and in words."""
    from desktop_app.project.import_check import preview as look
    from desktop_app.project.import_forms import read
    from desktop_app.project.project import Access, Project

    with Project.open(root, Access.READ) as project:
        found = look(project, project.scan(), read(reading))
    document = {
        "kind": "import",
        "reading": reading.to_dict(),
        "copied": found.copied,
        "known": [{"source": str(twin.source), "file": twin.file} for twin in found.twins],
        "skipped": [{"file": skip.file, "reason": skip.reason} for skip in found.skipped],
        "renamed": found.renamed,
        "bytes": found.bytes,
    }
    lines = [f"Read as “{reading.form}”, {count(found.total)} pictures would be copied ({found.bytes / 1e6:.0f} MB):"]
    rows = [[for_display(name), count(n)] for name, n in found.copied.items()]
    lines += table(["class", "pictures"], rows)
    if found.twins:
        lines.append(f"{count(len(found.twins))} are in the project already")
    if found.renamed:
        lines.append(f"{count(found.renamed)} would get another name, since theirs is taken")
    reasons = Counter(skip.reason for skip in found.skipped)
    lines += [f"{count(n)} left out: {reason}" for reason, n in reasons.most_common()]
    return document, "\n".join(lines)
