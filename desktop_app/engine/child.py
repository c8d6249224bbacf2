"""The worker process, seen from inside: takes jobs from stdin, runs them one by one, answers on stdout."""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import queue
import sys
import threading
import time
import traceback
from collections import deque
from typing import Any, BinaryIO

from desktop_app import events, logs, stopwatch
from desktop_app.engine import jobs
from desktop_app.errors import DiscernError
from desktop_app.events import Event, Interrupted, Paused, Progress, WentOn

PROGRESS_SECONDS = 0.1  # between two `Progress` events; a window can't show more
ORPHAN_SECONDS = 20.0  # for a job to keep its best after the parent is gone
NICENESS = 10

# Imported one by one while there is nothing to do, so that a job waits for one of them at most.
WARM_UP = ("numpy", "PIL.Image", "onnxruntime", "torch", "torchvision", "timm")

Message = dict[str, Any]

log = logging.getLogger(__name__)


def main() -> None:
    commands, answers = _take_pipes()
    _step_back()
    logs.start("engine")
    Worker(commands, answers).serve()


class _ParentGoneError(Exception):
    """Nobody reads our answers any more."""


class Worker:
    """The main thread runs jobs; a second one reads commands, so that they are seen while a job runs."""

    def __init__(self, commands: BinaryIO, answers: BinaryIO) -> None:
        self._commands = commands
        self._answers = answers
        self._jobs: queue.SimpleQueue[Message | None] = queue.SimpleQueue()  # None: the parent is gone
        self._told = threading.Condition()  # guards what follows
        self._cancelled = 0  # number of the newest job that was cancelled
        self._interrupt = False  # cancelled jobs are to go on another day
        self._paused = 0  # number of the job that is to stand still
        self._parent_gone = False
        self._cold = deque(WARM_UP)

    def serve(self) -> None:
        """Run jobs until the parent closes our stdin or dies."""
        threading.Thread(target=self._listen, name="commands", daemon=True).start()
        try:
            while (message := self._next()) is not None:
                self._run(message["id"], message["run"])
        except _ParentGoneError:
            log.info("The window is gone")

    def _listen(self) -> None:
        for line in self._commands:
            if not line.endswith(b"\n"):
                break  # torn by the parent's death
            message = json.loads(line)
            if "run" in message:
                self._jobs.put(message)
            else:
                self._note(message)
        with self._told:
            self._parent_gone = self._interrupt = True
            self._told.notify()
        self._jobs.put(None)
        # A job sees it at its next event. One that never comes to it must not live on without a window.
        time.sleep(ORPHAN_SECONDS)
        os._exit(1)

    def _note(self, message: Message) -> None:
        """What the job that runs is told: {"cancel": its number, "interrupt": …}, {"pause": …} or {"go_on": …}."""
        with self._told:
            if "cancel" in message:
                self._cancelled, self._interrupt = message["cancel"], message["interrupt"]
            else:
                self._paused = message.get("pause", 0)
            self._told.notify()

    def _next(self) -> Message | None:
        while self._cold and self._jobs.empty():
            try:
                importlib.import_module(self._cold.popleft())
            except ImportError:
                # A job that needs it says so to the person; jobs that don't need it still run.
                log.exception("Warming up")
        return self._jobs.get()

    def _run(self, number: int, document: Message) -> None:
        try:
            self._iterate(number, jobs.from_dict(document))
            ending: Message = {"end": True}
        except DiscernError as error:
            ending = {"error": error.to_dict()}
        except MemoryError:
            log.exception("Job %d", number)
            ending = {"error": jobs.out_of_memory(jobs.KINDS[document["job"]]).to_dict()}
        except _ParentGoneError:
            raise
        except Exception:
            log.exception("Job %d", number)
            ending = {"crash": traceback.format_exc()}
        self._answer({"id": number, **ending})

    def _iterate(self, number: int, job: jobs.Job) -> None:
        from desktop_app.project.project import Access

        stream = job.events(Access.DELEGATED)
        last = 0.0
        try:
            for event in stream:
                now = time.monotonic()
                if not _is_skippable(event) or now - last >= PROGRESS_SECONDS:
                    self._answer({"id": number, "event": events.to_dict(event)})
                    last = now if isinstance(event, Progress) else last
                if self._is_paused(number):
                    self._stand_still(number)
                if self._is_over(number):
                    return
        except _ParentGoneError:
            self._interrupt = True
            raise
        finally:
            if self._interrupt:
                with contextlib.suppress(Interrupted, StopIteration):
                    stream.throw(Interrupted())
            stream.close()

    def _is_over(self, number: int) -> bool:
        return self._parent_gone or self._cancelled >= number

    def _is_paused(self, number: int) -> bool:
        return self._paused == number and not self._is_over(number)

    def _stand_still(self, number: int) -> None:
        """Wait until the job may go on, or must end."""
        self._answer({"id": number, "event": events.to_dict(Paused())})
        began = time.monotonic()
        with stopwatch.standing(), self._told:
            self._told.wait_for(lambda: not self._is_paused(number))
        if not self._is_over(number):
            self._answer({"id": number, "event": events.to_dict(WentOn(time.monotonic() - began))})

    def _answer(self, message: Message) -> None:
        try:
            self._answers.write(json.dumps(message).encode() + b"\n")
            self._answers.flush()
        except BrokenPipeError as error:
            raise _ParentGoneError from error


def _is_skippable(event: Event) -> bool:
    return isinstance(event, Progress) and event.done < event.total


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for ourselves; what libraries print goes to stderr, and what they read is empty."""
    commands, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(commands, "rb"), os.fdopen(answers, "wb")


def _step_back() -> None:
    """The window goes first: when the processor is busy, and when the memory is full."""
    if sys.platform == "win32":
        return  # the parent has chosen our priority
    os.nice(NICENESS)
    if sys.platform == "linux":
        try:
            with open("/proc/self/oom_score_adj", "w") as file:
                file.write("500")
        except OSError:
            log.info("The kernel does not let us volunteer for its out-of-memory killer")
