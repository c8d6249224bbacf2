"""`discern release`, `releases` and `compare`: their forms, and what they print, in words and for scripts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from desktop_app.cli_arguments import Commands, add_json, add_project, add_run, project_folder
from desktop_app.cli_running import DONE, run_job
from desktop_app.cli_text import BASES, Printer, count, percent, right_of, table
from desktop_app.events import Compared, GateJudged, Mistake, NewMiss, Released
from desktop_app.project.names import for_display

if TYPE_CHECKING:
    from desktop_app.evaluation.headline import Basis
    from desktop_app.project.project import Project
    from desktop_app.project.release import Release

CHANCE = 0.05  # of differing as much by chance; with more, two models are too close to call
SHOWN = 10  # pictures of a comparison that are named

_KINDS: dict[Mistake, str] = {"escape": "missed defect", "false_alarm": "false alarm", "other": "wrong class"}


# ---- forms


def add_commands(commands: Commands) -> None:
    """Add the three commands to those of `discern`."""
    _add_release(commands)
    _add_releases(commands)
    _add_compare(commands)


def _add_release(commands: Commands) -> None:
    parser = commands.add_parser(
        "release",
        help="release a run: a named package that never changes again",
        description="Release a run under a name of its own, for good. Before that, the run and the release in use are "
        "asked about the golden set, or, where no picture was marked as golden, about that release's test pictures: "
        "what the run would newly get wrong is named, and must be accepted picture by picture.",
    )
    add_project(parser)
    parser.add_argument("run", metavar="RUN", help="as “discern info” lists it")
    parser.add_argument("--name", metavar="NAME", help="of the release; never used twice")
    parser.add_argument("--by", metavar="PERSON", help="who makes it; whoever made the last one unless given")
    parser.add_argument("--why", metavar="TEXT", help="the reason")
    parser.add_argument(
        "--accept", metavar="FILE", nargs="+", default=[], help="new misses that are accepted, as they are listed"
    )
    parser.add_argument("--check", action="store_true", help="only ask about new misses; release nothing")
    add_json(parser)
    parser.set_defaults(command=_release)


def _add_releases(commands: Commands) -> None:
    parser = commands.add_parser("releases", help="the releases of a project, and which one is in use")
    add_project(parser)
    parser.add_argument("--use", metavar="NAME", help="take this release into use")
    parser.add_argument("--by", metavar="PERSON", help="who takes it into use; whoever made the last unless given")
    add_json(parser)
    parser.set_defaults(command=_releases)


def _add_compare(commands: Commands) -> None:
    parser = commands.add_parser("compare", help="a run against a release or another run, on the same pictures")
    add_project(parser)
    parser.add_argument("--with", dest="other", metavar="RELEASE|RUN", required=True, help="a release, or else a run")
    add_run(parser)
    parser.add_argument(
        "--split", choices=("test", "validation", "train"), default="test", help="the run's test pictures unless given"
    )
    add_json(parser)
    parser.set_defaults(command=_compare)


# ---- commands


def _release(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import GateJob, ReleaseJob
    from desktop_app.project.project import Access, Project

    root = project_folder(arguments.project)
    if arguments.check:
        return run_job(GateJob(str(root), arguments.run), printer)
    with Project.open(root, Access.READ) as project:
        run, releases = project.runs.get(arguments.run).id, project.releases
        by, why = arguments.by or releases.author(), arguments.why or ""
        name = releases.check_new(arguments.name or "", by, why)  # before the pictures are looked at
    return run_job(ReleaseJob(str(root), run, name, by, why, arguments.accept), printer)


def _releases(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.project.project import Access, Project

    root = project_folder(arguments.project)
    if arguments.use:
        with Project.open(root) as project:
            project.releases.use(arguments.use, arguments.by or project.releases.author())
    with Project.open(root, Access.READ) as project:
        printer.document(*listed(project))
    return DONE


def _compare(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import CompareJob
    from desktop_app.project.project import Access, Project

    root, other = project_folder(arguments.project), arguments.other
    with Project.open(root, Access.READ) as project:
        released = project.releases.is_known(other)
        other = project.releases.get(other).name if released else project.runs.get(other).id
    job = CompareJob(str(root), other, arguments.run, arguments.split, "release" if released else "run")
    return run_job(job, printer)


# ---- the list


def listed(project: Project) -> tuple[dict[str, Any], str]:
    """The releases of a project, newest first, for scripts and in words."""
    releases, in_use, broken = project.releases.list(), project.releases.in_use(), project.releases.broken()
    used = in_use.name if in_use else None
    document = {
        "kind": "releases",
        "in_use": used,
        "releases": [release.document | {"path": str(release.package)} for release in releases],
        "broken": broken,
    }
    lines = [line for release in releases for line in _lines(release, in_use=release.name == used)]
    lines += [f"{name}: {why} It can't be used." for name, why in broken.items()]
    return document, "\n".join(lines or ["No releases yet"])


def _lines(release: Release, *, in_use: bool) -> list[str]:
    figures = release.figures
    measured = "not measured"
    if figures:
        basis = BASES.get(cast("Basis", figures.basis), figures.basis)
        measured = f"{right_of(figures.right, figures.n, figures.interval)}, {basis}"
    accepted = f"; {count(release.accepted)} new misses accepted" if release.accepted else ""
    return [
        f"{release.name}{'  (in use)' if in_use else ''}",
        f"  {release.at:%Y-%m-%d %H:%M} by {release.by}, from {release.run}: {measured}{accepted}",
        *(f"  {line}" for line in release.why.splitlines()),
    ]


# ---- events in words


def judged(event: GateJudged) -> str:
    if not event.source:
        return "No release is in use and no picture is marked as golden: there is nothing to compare with."
    pictures = "golden pictures" if event.source == "golden" else f"test pictures of “{event.against}”"
    lines = [f"{count(event.n)} {pictures}: {event.run} gets {count(event.right_now)} right{_before(event)}."]
    for n, text in (
        (event.repaired, "that were wrong are right now"),
        (event.still_wrong, "are wrong as before"),
        (event.unsure, "more are left to a person"),
        (event.missing, "could not be asked about: they are in no class or in two, or can't be read"),
        (event.learnt, "were learnt from: it is no wonder if these are right"),
    ):
        if n:
            lines.append(f"{count(n)} {text}.")
    if not event.misses:
        return "\n".join([*lines, "No new misses."])
    lines += ["", f"{count(len(event.misses))} new misses:", *table(_HEAD, [_row(miss) for miss in event.misses])]
    return "\n".join([*lines, "", "To release it all the same, accept each: --accept FILE …"])


_HEAD = ["picture", "is", "was called", "would be called", "sure", ""]


def _row(miss: NewMiss) -> list[str]:
    texts = (miss.file, miss.actual, miss.before or "–", miss.now)
    return [*map(for_display, texts), percent(miss.how_sure), _KINDS[miss.kind]]


def _before(event: GateJudged) -> str:
    return f", “{event.against}” {count(event.right_before)}" if event.against else ""


def released(event: Released) -> str:
    accepted = f" {count(event.accepted)} new misses were accepted." if event.accepted else ""
    return (
        f"Released {event.run} as “{event.name}”; it is in use now.{accepted}\n"
        f"{for_display(event.path)} ({event.bytes / 1e6:.0f} MB, SHA-256 {event.sha256[:16]}…)"
    )


def compared(event: Compared) -> str:
    other = f"“{for_display(event.other)}”"
    if not event.n:
        return f"{event.run} and {other} have no picture in common, so they can't be compared."
    score = f"On {count(event.n)} {event.split} pictures: {count(event.right)} to {count(event.other_right)} right."
    lines = [f"{event.run} against {other}", f"{score} {_verdict(event, other)}"]
    for files, text in ((event.became_wrong, "became wrong"), (event.became_right, "became right")):
        lines += ["", f"{count(len(files))} {text}{':' if files else ''}", *_named(files)]
    return "\n".join(lines)


def _verdict(event: Compared, other: str) -> str:
    if event.chance >= CHANCE:
        return "Too close to call: chance alone does that easily."
    better, worse = (event.run, other) if event.right > event.other_right else (other, event.run)
    rarely = "less than once" if event.chance < 0.01 else f"about {event.chance * 100:.0f} times"
    return f"{better} is better than {worse}: chance alone does that {rarely} in 100 times."


def _named(files: Sequence[str]) -> list[str]:
    more = [f"  and {count(len(files) - SHOWN)} more"] if len(files) > SHOWN else []
    return [f"  {for_display(file)}" for file in files[:SHOWN]] + more
