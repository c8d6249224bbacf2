"""Runs a job for the command line, and lets Ctrl-C end it in good order."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from desktop_app import logs
from desktop_app.cli_text import Printer
from desktop_app.events import RunStarted

if TYPE_CHECKING:
    from desktop_app.engine.jobs import Job

DONE, PROBLEM, CANCELLED = 0, 1, 130  # exit codes


def run_job(job: Job, printer: Printer) -> int:
    """Print a job's events. Ctrl-C closes it, so that it keeps its best; a second Ctrl-C ends the program at once.

    Raises:
        DiscernError: its own problem, or the computer ran out of memory.
    """
    from desktop_app.engine.jobs import out_of_memory

    logs.start("discern")
    try:
        return _run_job(job, printer)
    except MemoryError as error:
        raise out_of_memory(type(job)) from error


def _run_job(job: Job, printer: Printer) -> int:
    from desktop_app.engine.process import run_in_process

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
        with suppress(OSError):  # the terminal may be gone
            os.write(2, b"\nStopping; what is done is kept. (Ctrl-C again: at once.)\n")

    before = {number: signal.signal(number, stop) for number in _asking()}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _asking() -> list[signal.Signals]:
    """The signals by which a person, or the system, asks us to stop."""
    signals = [signal.SIGINT, signal.SIGTERM]
    # The terminal was closed, or the line to another computer broke; unless that is not to matter (`nohup`).
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    return signals


def _after_cancel(job: Job, run: str) -> str:
    from desktop_app.engine.jobs import TrainJob
    from desktop_app.project.project import Access, Project

    if isinstance(job, TrainJob) and run:
        with Project.open(Path(job.project), Access.READ) as project:
            if project.runs.get(run).usable:
                return f"Stopped. The best so far is kept as {run}."
    return "Stopped. Nothing was lost."
