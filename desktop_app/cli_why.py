"""`discern explain` and `discern repeatability`: their forms, and what they print, in words and for scripts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from desktop_app.cli_arguments import Commands, absolute, add_json, add_project, add_run, path_text, project_folder
from desktop_app.cli_running import DONE, run_job
from desktop_app.cli_text import Printer, count, doubt, percent, table
from desktop_app.events import Repeated
from desktop_app.project.names import for_display

if TYPE_CHECKING:
    from desktop_app.evaluation.looks import ClassLooks

WORST = 10  # parts that are listed


def add_commands(commands: Commands) -> None:
    """Add the two commands to those of `discern`."""
    parser = commands.add_parser("explain", help="where a run looks, class by class; warns if it is the border")
    add_project(parser)
    add_run(parser)
    add_json(parser)
    parser.set_defaults(command=_explain)
    parser = commands.add_parser("repeatability", help="does a run say the same of the same part, photographed again?")
    add_project(parser)
    parser.add_argument(
        "folder",
        type=path_text,
        metavar="FOLDER",
        nargs="?",
        help="a folder for each part; left out, the groups of the test pictures are the parts",
    )
    parser.add_argument("--pattern", metavar="PATTERN", default="", help="what tells the part in names: part_*")
    add_run(parser)
    add_json(parser)
    parser.set_defaults(command=_repeatability)


def _explain(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import ExplainJob
    from desktop_app.evaluation.looks import stored_looks
    from desktop_app.project.project import Access, Project

    root = project_folder(arguments.project)
    if (code := run_job(ExplainJob(str(root), arguments.run), printer)) != DONE:
        return code
    with Project.open(root, Access.READ) as project:
        found = stored_looks(project.runs.choose(arguments.run), "test") or ()
    printer.document(*looks(found))
    return DONE


def _repeatability(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import RepeatJob

    root = project_folder(arguments.project)
    if arguments.folder:
        folder = str(absolute(arguments.folder))
        return run_job(RepeatJob(str(root), folder, arguments.run, arguments.pattern), printer)
    from desktop_app.evaluation.repeatability import of_split
    from desktop_app.project.project import Access, Project

    with Project.open(root, Access.READ) as project:
        printer.event(of_split(project.runs.choose(arguments.run)))
    return DONE


def looks(found: Sequence[ClassLooks]) -> tuple[dict[str, Any], str]:
    """How much each class rests on the border of the pictures."""
    document = {
        "kind": "looks",
        "classes": [
            {
                "name": one.name,
                "pictures": one.n,
                "border": one.border,
                "interval": one.interval,
                "on_border": one.on_border,
            }
            for one in found
        ],
    }
    if not found:
        return document, "No picture could be explained."
    rows = [
        [
            for_display(one.name),
            count(one.n),
            percent(one.border),
            doubt(one.interval),
            "looks at the border" if one.on_border else "",
        ]
        for one in sorted(found, key=lambda one: -one.border)
    ]
    head = "How much each class rests on the border of the pictures, rather than on a middle of the same size:"
    return document, "\n".join([head, "", *table(["class", "pictures", "on the border", "", ""], rows)])


def repeated(event: Repeated) -> str:
    """ "Of 40 parts photographed 5 times, 3 changed their class at least once (8 %; truly 2–20 %)." """
    fewest, most = event.times
    times = f"{fewest}" if fewest == most else f"{fewest}–{most}"
    lines = [
        f"Of {count(len(event.parts))} parts photographed {times} times, {count(event.changed)} changed their class at "
        f"least once ({percent(event.changed / len(event.parts))}; {doubt(event.interval)}).",
        f"Two pictures of one part are called differently {percent(event.flips)} of the time "
        f"({doubt(event.flips_interval)}).",
        f"“How sure” varies by {event.spread * 100:.1f} points between pictures of one part "
        f"(truly {event.spread_interval[0] * 100:.1f}–{event.spread_interval[1] * 100:.1f}).",
        "",
    ]
    rows = [
        [
            for_display(part.name),
            count(part.pictures),
            ", ".join(f"{count(n)} {for_display(name)}" for name, n in part.called.items()),
            f"{percent(part.lowest)} to {percent(part.highest)}",
        ]
        for part in event.parts[:WORST]
    ]
    lines += table(["part, worst first", "pictures", "called", "how sure"], rows)
    if len(event.parts) > WORST:
        lines.append(f"and {count(len(event.parts) - WORST)} more")
    return "\n".join(lines)
