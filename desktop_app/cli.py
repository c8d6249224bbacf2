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
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop_app import __version__, cli_import, cli_release, cli_unsure, cli_weights, cli_why
from desktop_app.cli_arguments import Commands, absolute, add_json, add_project, add_run, path_text, project_folder
from desktop_app.cli_running import CANCELLED, DONE, PROBLEM, run_job
from desktop_app.cli_text import JsonPrinter, Printer, TextPrinter, silence
from desktop_app.errors import DiscernError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. SystemExit(2) on wrong usage."""
    _open_streams()
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
        silence(sys.stdout)
        return PROBLEM
    except KeyboardInterrupt:
        # Before or after a job, which sees to Ctrl-C itself; there is nothing to keep.
        printer.cancelled("Stopped. Nothing was lost.")
        return CANCELLED
    return code


def _open_streams() -> None:
    """A program that was started without an output works all the same."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  open until the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


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
    cli_why.add_commands(commands)
    _add_advice(commands)
    cli_unsure.add_command(commands)
    cli_release.add_commands(commands)
    _add_export(commands)
    _add_predict(commands)
    _add_check(commands)
    _add_info(commands)
    cli_import.add_command(commands)
    _add_dataset(commands)
    _add_sample(commands)
    cli_weights.add_command(commands)
    return parser


def _add_gui(commands: Commands) -> None:
    parser = commands.add_parser("gui", help="open the window")
    parser.add_argument("project", type=path_text, metavar="PROJECT", nargs="?", help="folder of class folders to open")
    parser.set_defaults(command=_gui)


def _add_train(commands: Commands) -> None:
    parser = commands.add_parser("train", help="learn from a folder of class folders")
    add_project(parser)
    parser.add_argument(
        "--split", type=path_text, metavar="FILE.csv", help="table with the columns file, class, group, split"
    )
    parser.add_argument("--resume", metavar="RUN", help="go on with a run that was cut off")
    parser.add_argument("--keep-best", metavar="RUN", help="end a run that was cut off with the best it had")
    add_json(parser)
    from desktop_app.cli_recipe import add_flags

    add_flags(parser)
    parser.set_defaults(command=_train)


def _add_evaluate(commands: Commands) -> None:
    parser = commands.add_parser("evaluate", help="measure a run on the test pictures")
    add_project(parser)
    add_run(parser)
    add_json(parser)
    parser.set_defaults(command=_evaluate)


def _add_advice(commands: Commands) -> None:
    parser = commands.add_parser("compare-backbones", help="which pretrained network suits these pictures?")
    add_project(parser)
    add_json(parser)
    parser.set_defaults(command=_compare_backbones)
    parser = commands.add_parser("enough", help="would more pictures help?")
    add_project(parser)
    parser.add_argument("--backbone", metavar="NAME", help="efficientnet_lite0 unless given")
    add_json(parser)
    parser.set_defaults(command=_enough)


def _add_export(commands: Commands) -> None:
    parser = commands.add_parser("export", help="write a model package that another computer can use")
    add_project(parser)
    parser.add_argument("--out", type=path_text, metavar="FILE.discern", required=True, help="the package to write")
    add_run(parser)
    parser.add_argument("--release", metavar="NAME", help="the package of this release, instead of a run's")
    add_json(parser)
    parser.set_defaults(command=_export)


def _add_predict(commands: Commands) -> None:
    parser = commands.add_parser("predict", help="sort a folder of new pictures with a model package")
    parser.add_argument("package", type=path_text, metavar="FILE.discern")
    parser.add_argument("folder", type=path_text, metavar="FOLDER", help="the new pictures; they stay as they are")
    parser.add_argument("--csv", type=path_text, metavar="OUT.csv", required=True, help="the table to write")
    parser.add_argument(
        "--sort-into", type=path_text, metavar="FOLDER", help="also copy each picture into a folder of its class"
    )
    add_json(parser)
    parser.set_defaults(command=_predict)


def _add_check(commands: Commands) -> None:
    parser = commands.add_parser("check", help="look for what spoils a result: copies, leaks, odd pictures")
    add_project(parser)
    add_json(parser)
    parser.set_defaults(command=_check)


def _add_info(commands: Commands) -> None:
    parser = commands.add_parser("info", help="what is in a project or a model package")
    parser.add_argument("path", type=path_text, metavar="PROJECT|FILE.discern")
    add_json(parser)
    parser.set_defaults(command=_info)


def _add_dataset(commands: Commands) -> None:
    parser = commands.add_parser("export-dataset", help="copy a project's pictures out of it, for other programs")
    add_project(parser)
    parser.add_argument("--out", type=path_text, metavar="FOLDER", required=True, help="a new or empty folder")
    parser.add_argument(
        "--layout",
        choices=("classes", "splits"),
        default="classes",
        help="a folder for each class (unless given), or folders for train, validation and test",
    )
    add_json(parser)
    parser.set_defaults(command=_export_dataset)


def _add_sample(commands: Commands) -> None:
    parser = commands.add_parser("sample", help="draw a small project to try things out")
    parser.add_argument("folder", type=path_text, metavar="FOLDER", help="a new folder")
    add_json(parser)
    parser.set_defaults(command=_sample)


# ---- commands


def _gui(arguments: argparse.Namespace, printer: Printer) -> int:
    if sys.platform == "linux" and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))):
        raise DiscernError(
            "There is no screen to open a window on.",
            why="Neither DISPLAY nor WAYLAND_DISPLAY is set.",
            hint="Without a screen, use the commands: “discern --help” lists them.",
        )
    from desktop_app.ui.app import main as open_window

    return open_window([str(absolute(arguments.project))] if arguments.project else [])


def _train(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.cli_recipe import given
    from desktop_app.engine.jobs import KeepBestJob, TrainJob
    from desktop_app.learning import team

    if team.rank() > 0:
        return _help_to_train(absolute(arguments.project))
    if arguments.keep_best:
        return run_job(KeepBestJob(str(project_folder(arguments.project)), arguments.keep_best), printer)
    job = TrainJob(
        project=str(project_folder(arguments.project)),
        recipe=given(arguments),
        split_csv=str(absolute(arguments.split)) if arguments.split else None,
        resume=arguments.resume,
    )
    return run_job(job, printer)


def _help_to_train(path: Path) -> int:
    """What all processes do that torchrun started, but the first: that one speaks, and ends them all."""
    from desktop_app.learning.parallel import follow

    follow(path)
    return DONE


def _evaluate(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import EvaluateJob

    return run_job(EvaluateJob(str(project_folder(arguments.project)), arguments.run), printer)


def _compare_backbones(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import RankBackbonesJob

    return run_job(RankBackbonesJob(str(project_folder(arguments.project))), printer)


def _enough(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import JudgePicturesJob
    from desktop_app.learning.recipe import preset_named

    backbone = arguments.backbone or preset_named("quick").backbone
    return run_job(JudgePicturesJob(str(project_folder(arguments.project)), backbone), printer)


def _export(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import ExportJob

    job = ExportJob(
        str(project_folder(arguments.project)), str(absolute(arguments.out)), arguments.run, arguments.release
    )
    return run_job(job, printer)


def _predict(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import PredictJob

    job = PredictJob(
        package=str(absolute(arguments.package)),
        folder=str(absolute(arguments.folder)),
        csv=str(absolute(arguments.csv)),
        sort_into=str(absolute(arguments.sort_into)) if arguments.sort_into else None,
    )
    return run_job(job, printer)


def _export_dataset(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import ExportDatasetJob

    job = ExportDatasetJob(str(project_folder(arguments.project)), str(absolute(arguments.out)), arguments.layout)
    return run_job(job, printer)


def _check(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app import cli_health
    from desktop_app.engine.jobs import HealthJob
    from desktop_app.project.health import check
    from desktop_app.project.project import Access, Project

    root = project_folder(arguments.project)
    if (code := run_job(HealthJob(str(root)), printer)) != DONE:
        return code
    with Project.open(root, Access.READ) as project:
        health = check(project, project.scan())
    printer.document(cli_health.document(health), cli_health.text(health))
    return DONE


def _sample(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine.jobs import SampleJob

    return run_job(SampleJob(str(absolute(arguments.folder))), printer)


def _info(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app import cli_info

    path = absolute(arguments.path)
    document, text = (
        cli_info.project_info(project_folder(arguments.path))
        if cli_info.is_folder(path)
        else cli_info.package_info(path)
    )
    printer.document(document, text)
    return DONE
