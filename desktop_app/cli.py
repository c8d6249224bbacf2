"""Every job without a window.

    discern                               the window
    discern train PROJECT                 learn from a folder of class folders
    discern evaluate PROJECT              measure the newest run on the test pictures
    discern explain PROJECT               where the newest run looks, class by class
    discern repeatability PROJECT [FOLDER]
                                          does it say the same of the same part, photographed again?
    discern compare-backbones PROJECT     which pretrained network suits these pictures?
    discern unsure PROJECT --promise 2    when it says “unsure”: for a promise, or for what costs least
    discern enough PROJECT                would more pictures help?
    discern compare PROJECT --with RELEASE|RUN
                                          what became right, what became wrong
    discern release PROJECT RUN --name NAME --why TEXT
                                          a named package that never changes, behind a gate
    discern releases PROJECT              what was released, and what is in use
    discern export PROJECT --out FILE     write a model package
    discern predict FILE FOLDER --csv OUT sort new pictures with it
    discern check PROJECT                 look for what spoils a result: copies, leaks, odd pictures
    discern info PROJECT|FILE             what is in it
    discern import PROJECT SOURCE …       copy pictures into a project
    discern export-dataset PROJECT --out FOLDER
                                          copy a project's pictures out of it
    discern weights list|add|download|copy|remove
                                          the pretrained networks on this computer
    discern sample FOLDER                 draw a project to try things out

Exit codes: 0 done, 1 a problem (told on stderr), 2 wrong usage, 130 cancelled. With --json every event is one line of
JSON on stdout, the result last. Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from desktop_app import __version__, logs
from desktop_app.cli_text import BASES, JsonPrinter, Printer, TextPrinter, count, right_of, table
from desktop_app.errors import DiscernError
from desktop_app.events import Event, RunStarted
from desktop_app.project.names import for_display

if TYPE_CHECKING:
    from desktop_app.engine.jobs import Job
    from desktop_app.project.import_plan import Plan, Reading

DONE, PROBLEM, CANCELLED = 0, 1, 130
# As of `import_plan.Form`, which is not loaded for a help text.
FORMS = ("folders", "split-folders", "table", "names", "open-images", "unlabelled")
_SUGGESTED = 5  # labels in an example

T = TypeVar("T")
_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. SystemExit(2) on wrong usage."""
    arguments = _parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        # A file name may hold bytes that are no text; it must not stop a job.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    printer: Printer = JsonPrinter() if arguments.json else TextPrinter(sys.stdout, live=sys.stdout.isatty())
    try:
        code: int = arguments.command(arguments, printer)
        sys.stdout.flush()
    except DiscernError as error:
        printer.error(error)
        return PROBLEM
    except BrokenPipeError:
        # Whoever read our output has gone (`discern info … | head`); the interpreter would complain when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PROBLEM
    except KeyboardInterrupt:
        # Before or after a job, which sees to Ctrl-C itself; there is nothing to keep.
        printer.cancelled("Stopped. Nothing was lost.")
        return CANCELLED
    return code


# ---- the forms


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="discern",
        description="Teach your computer to tell your parts apart: offline, in minutes, from a handful of pictures.",
        epilog="Without a command, the window opens. “discern COMMAND --help” says more.",
    )
    parser.add_argument("--version", action="version", version=f"Discern {__version__}")
    parser.set_defaults(command=_gui, json=False, project=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    _add_gui(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_explain(commands)
    _add_advice(commands)
    _add_release(commands)
    _add_export(commands)
    _add_predict(commands)
    _add_check(commands)
    _add_info(commands)
    _add_import(commands)
    _add_dataset(commands)
    _add_sample(commands)
    _add_weights(commands)
    return parser


def _add_gui(commands: _Commands) -> None:
    parser = commands.add_parser("gui", help="open the window")
    parser.add_argument("project", type=_path, metavar="PROJECT", nargs="?", help="folder of class folders to open")
    parser.set_defaults(command=_gui)


def _add_train(commands: _Commands) -> None:
    parser = commands.add_parser("train", help="learn from a folder of class folders")
    _add_project(parser)
    parser.add_argument(
        "--split", type=_path, metavar="FILE.csv", help="table with the columns file, class, group, split"
    )
    parser.add_argument("--resume", metavar="RUN", help="go on with a run that was cut off")
    _add_json(parser)
    from desktop_app.cli_recipe import add_flags

    add_flags(parser)
    parser.set_defaults(command=_train)


def _add_evaluate(commands: _Commands) -> None:
    parser = commands.add_parser("evaluate", help="measure a run on the test pictures")
    _add_project(parser)
    _add_run(parser)
    _add_json(parser)
    parser.set_defaults(command=_evaluate)


def _add_explain(commands: _Commands) -> None:
    parser = commands.add_parser("explain", help="where a run looks, class by class; warns if it is the border")
    _add_project(parser)
    _add_run(parser)
    _add_json(parser)
    parser.set_defaults(command=_explain)
    parser = commands.add_parser("repeatability", help="does a run say the same of the same part, photographed again?")
    _add_project(parser)
    parser.add_argument(
        "folder",
        type=_path,
        metavar="FOLDER",
        nargs="?",
        help="a folder for each part; left out, the groups of the test pictures are the parts",
    )
    parser.add_argument("--pattern", metavar="PATTERN", default="", help="what tells the part in names: part_*")
    _add_run(parser)
    _add_json(parser)
    parser.set_defaults(command=_repeatability)


def _add_advice(commands: _Commands) -> None:
    parser = commands.add_parser("compare-backbones", help="which pretrained network suits these pictures?")
    _add_project(parser)
    _add_json(parser)
    parser.set_defaults(command=_compare_backbones)
    parser = commands.add_parser("enough", help="would more pictures help?")
    _add_project(parser)
    parser.add_argument("--backbone", metavar="NAME", help="efficientnet_lite0 unless given")
    _add_json(parser)
    parser.set_defaults(command=_enough)


def _add_release(commands: _Commands) -> None:
    from desktop_app import cli_release, cli_unsure

    tools = cli_release.Tools(_add_project, _add_run, _add_json, _project, _run)
    cli_unsure.add_command(commands, tools)
    cli_release.add_commands(commands, tools)


def _add_export(commands: _Commands) -> None:
    parser = commands.add_parser("export", help="write a model package that another computer can use")
    _add_project(parser)
    parser.add_argument("--out", type=_path, metavar="FILE.discern", required=True, help="the package to write")
    _add_run(parser)
    parser.add_argument("--release", metavar="NAME", help="the package of this release, instead of a run's")
    _add_json(parser)
    parser.set_defaults(command=_export)


def _add_predict(commands: _Commands) -> None:
    parser = commands.add_parser("predict", help="sort a folder of new pictures with a model package")
    parser.add_argument("package", type=_path, metavar="FILE.discern")
    parser.add_argument("folder", type=_path, metavar="FOLDER", help="the new pictures; they stay as they are")
    parser.add_argument("--csv", type=_path, metavar="OUT.csv", required=True, help="the table to write")
    parser.add_argument(
        "--sort-into", type=_path, metavar="FOLDER", help="also copy each picture into a folder of its class"
    )
    _add_json(parser)
    parser.set_defaults(command=_predict)


def _add_check(commands: _Commands) -> None:
    parser = commands.add_parser("check", help="look for what spoils a result: copies, leaks, odd pictures")
    _add_project(parser)
    _add_json(parser)
    parser.set_defaults(command=_check)


def _add_info(commands: _Commands) -> None:
    parser = commands.add_parser("info", help="what is in a project or a model package")
    parser.add_argument("path", type=_path, metavar="PROJECT|FILE.discern")
    _add_json(parser)
    parser.set_defaults(command=_info)


def _add_dataset(commands: _Commands) -> None:
    parser = commands.add_parser("export-dataset", help="copy a project's pictures out of it, for other programs")
    _add_project(parser)
    parser.add_argument("--out", type=_path, metavar="FOLDER", required=True, help="a new or empty folder")
    parser.add_argument(
        "--layout",
        choices=("classes", "splits"),
        default="classes",
        help="a folder for each class (unless given), or folders for train, validation and test",
    )
    _add_json(parser)
    parser.set_defaults(command=_export_dataset)


def _add_weights(commands: _Commands) -> None:
    parser = commands.add_parser("weights", help="the pretrained networks on this computer, and the way to more")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    listed = actions.add_parser("list", help="every network: whether it is here, its size, licence, accuracy and speed")
    added = actions.add_parser("add", help="take over official files, or copies of another Discern")
    added.add_argument("files", type=_path, metavar="FILE", nargs="+")
    fetched = actions.add_parser("download", help="fetch the official file; stopped, it goes on another time")
    copied = actions.add_parser("copy", help="copy networks into a folder or onto a stick, for another computer")
    copied.add_argument("names", type=_network, metavar="NAME", nargs="+")
    copied.add_argument("--to", type=_path, metavar="FOLDER", required=True)
    removed = actions.add_parser("remove", help="delete a network's weights from this computer")
    for action in (fetched, removed):
        action.add_argument("name", type=_network, metavar="NAME", help="as “discern weights list” names it")
    for action in (listed, added, fetched, copied, removed):
        _add_json(action)
    parser.set_defaults(command=_weights)


def _add_sample(commands: _Commands) -> None:
    parser = commands.add_parser("sample", help="draw a small project to try things out")
    parser.add_argument("folder", type=_path, metavar="FOLDER", help="a new folder")
    _add_json(parser)
    parser.set_defaults(command=_sample)


def _add_import(commands: _Commands) -> None:
    parser = commands.add_parser("import", help="copy pictures into a project; nothing is ever overwritten")
    parser.add_argument("project", type=_path, metavar="PROJECT", help="folder of class folders; made if it is new")
    parser.add_argument(
        "sources", type=_path, metavar="SOURCE", nargs="+", help="folders, pictures, ZIP archives, or a table (CSV)"
    )
    parser.add_argument("--as", type=_form, dest="form", metavar="FORM", help=f"how to read them: {', '.join(FORMS)}")
    parser.add_argument("--pattern", metavar="PATTERN", help="where the class is in the names: {class}_{number}")
    parser.add_argument("--labels", metavar="A,B", help="the labels of Open Images that become classes")
    parser.add_argument("--into", type=_path, metavar="CLASS", help="everything becomes this class")
    parser.add_argument("--copy-known", action="store_true", help="copy also what the project has already")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be copied")
    _add_json(parser)
    parser.set_defaults(command=_import)


def _add_project(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=_path, metavar="PROJECT", help="folder of class folders")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", metavar="ID", help="as “discern info” lists it; the newest unless given")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for scripts")


def _path(text: str) -> str:
    # A script's unset variable must not mean the folder that it happens to run in.
    if not text:
        raise argparse.ArgumentTypeError("a file or folder is wanted, and the name is empty")
    return text


def _network(name: str) -> str:
    from desktop_app.learning.backbones import BACKBONES

    return _one_of(name, BACKBONES)


def _form(name: str) -> str:
    return _one_of(name, FORMS)


def _one_of(name: str, known: Sequence[str] | dict[str, Any]) -> str:
    if name not in known:
        raise argparse.ArgumentTypeError(f"“{name}” is none of: {', '.join(known)}")
    return name


# ---- commands


def _gui(arguments: argparse.Namespace, printer: Printer) -> int:
    if sys.platform == "linux" and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))):
        raise DiscernError(
            "There is no screen to open a window on.",
            why="Neither DISPLAY nor WAYLAND_DISPLAY is set.",
            hint="Without a screen, use the commands: “discern --help” lists them.",
        )
    from desktop_app.ui.app import main as open_window

    return open_window([str(_absolute(arguments.project))] if arguments.project else [])


def _train(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.cli_recipe import given
    from desktop_app.engine.jobs import TrainJob
    from desktop_app.learning import team

    if team.rank() > 0:
        return _help_to_train(_absolute(arguments.project))
    job = TrainJob(
        project=str(_project(arguments.project)),
        recipe=given(arguments),
        split_csv=str(_absolute(arguments.split)) if arguments.split else None,
        resume=arguments.resume,
    )
    return _run(job, printer)


def _help_to_train(path: Path) -> int:
    """What all processes do that torchrun started, but the first: that one speaks, and ends them all."""
    from desktop_app.learning.parallel import follow

    follow(path)
    return DONE


def _evaluate(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import EvaluateJob

    return _run(EvaluateJob(str(_project(arguments.project)), arguments.run), printer)


def _explain(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app import cli_why
    from desktop_app.engine.jobs import ExplainJob
    from desktop_app.evaluation.looks import stored_looks
    from desktop_app.project.project import Access, Project

    root = _project(arguments.project)
    if (code := _run(ExplainJob(str(root), arguments.run), printer)) != DONE:
        return code
    with Project.open(root, Access.READ) as project:
        found = stored_looks(project.runs.choose(arguments.run), "test") or ()
    printer.document(*cli_why.looks(found))
    return DONE


def _repeatability(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import RepeatJob

    root = _project(arguments.project)
    if arguments.folder:
        folder = str(_absolute(arguments.folder))
        return _run(RepeatJob(str(root), folder, arguments.run, arguments.pattern), printer)
    from desktop_app.evaluation.repeatability import of_split
    from desktop_app.project.project import Access, Project

    with Project.open(root, Access.READ) as project:
        printer.event(of_split(project.runs.choose(arguments.run)))
    return DONE


def _compare_backbones(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import RankBackbonesJob

    return _run(RankBackbonesJob(str(_project(arguments.project))), printer)


def _enough(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import JudgePicturesJob
    from desktop_app.learning.recipe import preset_named

    backbone = arguments.backbone or preset_named("quick").backbone
    return _run(JudgePicturesJob(str(_project(arguments.project)), backbone), printer)


def _export(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import ExportJob

    job = ExportJob(str(_project(arguments.project)), str(_absolute(arguments.out)), arguments.run, arguments.release)
    return _run(job, printer)


def _predict(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import PredictJob

    job = PredictJob(
        package=str(_absolute(arguments.package)),
        folder=str(_absolute(arguments.folder)),
        csv=str(_absolute(arguments.csv)),
        sort_into=str(_absolute(arguments.sort_into)) if arguments.sort_into else None,
    )
    return _run(job, printer)


def _import(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import ImportJob
    from desktop_app.project.project import Project

    root = _project(arguments.project)
    reading = _reading(arguments)
    if not arguments.dry_run:
        if not root.exists():
            Project.create(root).close()
        return _run(ImportJob(str(root), reading.to_dict(), "copy" if arguments.copy_known else "skip"), printer)
    document, text = _import_preview(root, reading)
    printer.document(document, text)
    return DONE


def _reading(arguments: argparse.Namespace) -> Reading:
    """How the sources of an import are to be read. DiscernError if that is not clear."""
    from desktop_app.project.import_forms import recognise

    form = arguments.form or ("names" if arguments.pattern else "open-images" if arguments.labels else "")
    plans = recognise([_absolute(source) for source in arguments.sources])
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


def _import_preview(root: Path, reading: Reading) -> tuple[dict[str, Any], str]:
    """What an import would do, for scripts and in words."""
    from desktop_app.project.import_check import preview
    from desktop_app.project.import_forms import read
    from desktop_app.project.project import Access, Project

    with Project.open(root, Access.READ) as project:
        found = preview(project, project.scan(), read(reading))
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


def _export_dataset(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import ExportDatasetJob

    job = ExportDatasetJob(str(_project(arguments.project)), str(_absolute(arguments.out)), arguments.layout)
    return _run(job, printer)


def _check(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app import cli_health
    from desktop_app.engine.jobs import HealthJob
    from desktop_app.project.health import check
    from desktop_app.project.project import Access, Project

    root = _project(arguments.project)
    if (code := _run(HealthJob(str(root)), printer)) != DONE:
        return code
    with Project.open(root, Access.READ) as project:
        health = check(project, project.scan())
    printer.document(cli_health.document(health), cli_health.text(health))
    return DONE


def _sample(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import SampleJob

    return _run(SampleJob(str(_absolute(arguments.folder))), printer)


def _weights(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app import cli_weights
    from desktop_app.engine import jobs

    match arguments.action:
        case "add":
            return _run(jobs.AddNetworksJob([str(_absolute(file)) for file in arguments.files]), printer)
        case "download":
            return _run(jobs.DownloadNetworkJob(arguments.name), printer)
        case "copy":
            return _run(jobs.CopyNetworksJob(arguments.names, str(_absolute(arguments.to))), printer)
        case "remove":
            printer.document(*cli_weights.removed(arguments.name))
        case _:
            printer.document(*cli_weights.listed())
    return DONE


def _absolute(path: str) -> Path:
    """Where a path of the command line leads; "~" is the person's home."""
    try:
        expanded = Path(path).expanduser()
    except RuntimeError:  # "~someone" of whom the system does not know
        expanded = Path(path)
    try:
        return expanded.absolute()
    except FileNotFoundError as error:
        raise DiscernError(
            "The folder that this command runs in is gone.", hint="Go to another folder, then try again."
        ) from error


def _project(path: str) -> Path:
    """The folder that holds the class folders, often `path` itself."""
    from desktop_app.project.project import locate_root

    return locate_root(_absolute(path))


# ---- running a job


def _run(job: Job, printer: Printer) -> int:
    """Print a job's events. Ctrl-C closes it, so that it keeps its best; a second Ctrl-C ends the program at once."""
    from desktop_app.engine.process import run_in_process

    logs.start("discern")
    run = ""
    with _interruptible() as interrupted, closing(run_in_process(job)) as events:
        for event in events:
            printer.event(event)
            if isinstance(event, RunStarted):
                run = event.run
            if interrupted:
                break
        else:
            return DONE
    printer.cancelled(_after_cancel(job, run))
    return CANCELLED


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """The list is empty until the person, or the system, asks us to stop."""
    interrupted: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        interrupted.append(number)
        signal.signal(number, signal.SIG_DFL)
        # Not print(): the handler may interrupt one.
        os.write(2, b"\nStopping; what is done is kept. (Ctrl-C again: at once.)\n")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _after_cancel(job: Job, run: str) -> str:
    from desktop_app.engine.jobs import TrainJob
    from desktop_app.project.project import Access, Project

    if isinstance(job, TrainJob) and run:
        with Project.open(Path(job.project), Access.READ) as project:
            if project.runs.get(run).usable:
                return f"Stopped. The best so far is kept as {run}."
    return "Stopped. Nothing was lost."


# ---- info


def _info(arguments: argparse.Namespace, printer: Printer) -> int:
    path = _absolute(arguments.path)
    document, text = _project_info(_project(arguments.path)) if _is_folder(path) else _package_info(path)
    printer.document(document, text)
    return DONE


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except PermissionError:  # in a folder that may not be entered; reading it as a file says so in words
        return False


def _project_info(root: Path) -> tuple[dict[str, Any], str]:
    from desktop_app.project.project import Access, Project

    with Project.open(root, Access.READ) as project:
        catalog = project.scan()
        hashes = _returned(project.hashes(catalog.files))
        splits = {"train": 0, "validation": 0, "test": 0, "none": 0}
        for file, label in zip(catalog.files, catalog.labels.tolist(), strict=True):
            if label >= 0:
                splits[project.splits.split_of(hashes.get(file, "")) or "none"] += 1
        runs = [
            {
                "run": run.id,
                "status": run.status if run.status != "running" or project.in_use else "interrupted",
                "created": run.created.isoformat(),
                "recipe": run.document["recipe"].get("name", ""),
                "backbone": run.document["backbone"],
                "validation": run.document.get("validation"),
            }
            for run in project.runs.list()
        ]
        document = {
            "kind": "project",
            "path": str(project.root),
            "read_only": project.read_only,
            "classes": catalog.counts(),
            "unlabelled": catalog.unlabelled,
            "unsupported": catalog.unsupported,
            "splits": splits,
            "runs": runs,
        }
    lines = [for_display(str(project.root))]
    if project.read_only:
        lines.append(f"Read-only: {project.why_read_only}")
    lines += ["", *table(["class", "pictures"], [[name, count(n)] for name, n in catalog.counts().items()])]
    if catalog.unlabelled:
        lines.append(f"{count(catalog.unlabelled)} unlabelled")
    lines += [f"{count(n)} {name} files, which Discern can't read" for name, n in catalog.unsupported.items()]
    dealt = ", ".join(f"{count(n)} {split}" for split, n in splits.items() if split != "none")
    lines += ["", f"Splits: {dealt}" if splits["none"] < sum(splits.values()) else "Splits: dealt out when you train"]
    lines += ["", *([_run_line(run) for run in runs] or ["No runs yet"])]
    return document, "\n".join(lines)


def _returned(events: Generator[Event, None, T]) -> T:
    """What a generator returns in the end; its events go unseen."""
    while True:
        try:
            next(events)
        except StopIteration as stop:
            result: T = stop.value
            return result


def _run_line(run: dict[str, Any]) -> str:
    validation = run["validation"] or {}
    result = f": {right_of(validation['right'], validation['n'])} in validation" if validation.get("n") else ""
    created = run["created"][:16].replace("T", " ")
    return f"{run['run']}  {created}  {run['recipe']}, {run['backbone']}, {run['status']}{result}"


def _package_info(path: Path) -> tuple[dict[str, Any], str]:
    from desktop_app.inference.package import Package

    package = Package.open(path)
    manifest = package.manifest
    result = manifest.result
    document = {"kind": "package", "path": str(path), "bytes": path.stat().st_size, "intact": True}
    document |= {key: value for key, value in manifest.to_dict().items() if key not in ("kind", "members", "weights")}
    measured = "not measured"
    if result:
        measured = f"{right_of(result.right, result.n, result.interval)}, {BASES[result.basis]}"
    lines = [
        f"{manifest.name}: {for_display(str(path))} ({path.stat().st_size / 1e6:.0f} MB), intact",
        f"Classes: {', '.join(manifest.classes)}",
        f"Made {manifest.created[:10]} from {manifest.run} ({manifest.recipe}, {manifest.backbone})",
        f"Quality: {measured}",
    ]
    return document, "\n".join(lines)
