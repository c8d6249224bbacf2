"""The worker process, seen from the window.

The child is spawned early and kept warm. It takes jobs, pauses and cancellations as JSON lines on its stdin and answers
with the job's events as JSON lines on its stdout; it ends when its stdin closes, which the operating system does for us
if we die. Whatever happens to it, the window gets an `EngineError` to show.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

from desktop_app import events, settings
from desktop_app.engine.jobs import Job
from desktop_app.errors import DiscernError, EngineError, NoMemoryError, StorageError
from desktop_app.events import Events, Step, StepStarted

if TYPE_CHECKING:
    from desktop_app.project.project import Access

CANCEL_SECONDS = 30.0  # for a job to keep its best, on a slow disk, before its process is killed
STOP_SECONDS = 10.0  # the same when the window closes

Message = dict[str, Any]

log = logging.getLogger(__name__)


class JobCrashedError(RuntimeError):
    """A bug of ours, met in the worker process; its text is the traceback from there."""


class Engine:
    """Runs jobs in one child process, one at a time.

    `run` may be iterated in any thread while others call the other methods.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._command = list(command) if command else _child_command()
        self._lock = threading.Lock()  # guards what follows
        self._child: _Child | None = None
        self._job = 0  # number of the newest job
        self._busy = False
        self._leaving = False

    def start(self) -> None:
        """Spawn the process, unless it is there, so that it is warm when the first job comes. Returns at once."""
        with self._lock:
            self._living_child()

    def run(self, job: Job) -> Events:
        """Run a job in the child and yield its events; closing the generator cancels the job and waits for its end.

        Raises:
            EngineError: the child died or does not answer, or another job is running.
            DiscernError: the job's own problem.
            JobCrashedError: a bug.
        """
        with self._lock:
            if self._busy:
                raise EngineError(
                    "{job} can't start yet.",
                    why="Another job is running.",
                    hint="Wait for it or stop it.",
                    job=job.title,
                )
            child = self._living_child()
            self._job += 1
            self._busy = True
            number = self._job
        child.send({"id": number, "run": job.to_dict()})
        ending: Message | None = None
        try:
            while ending is None:
                answer = child.answers.get()
                if answer["id"] not in (number, None):
                    continue  # a cancellation that came too late for an earlier job
                if "event" in answer:
                    yield events.from_dict(answer["event"])
                elif "cancel" in answer:
                    child.send(self._cancellation(number))
                    # Whoever is waiting for an event gets one, and so a chance to see that it was told to stop.
                    yield StepStarted(Step.SAVE)
                    break
                else:
                    ending = answer
        finally:
            try:
                _settle(child, job, ending or _cancel(child, self._cancellation(number)))
            finally:
                with self._lock:
                    self._busy = False

    def cancel(self) -> None:
        """Cancel the running job, if any: `run` yields that it saves, then ends once the job has kept its best."""
        with self._lock:
            if self._busy and self._child:
                self._child.answers.put({"id": self._job, "cancel": True})

    def pause(self) -> None:
        """Let the running job, if any, stand still: a `Paused` event comes as soon as it does."""
        self._tell("pause")

    def go_on(self) -> None:
        """End its pause: a `WentOn` event comes."""
        self._tell("go_on")

    def _tell(self, what: str) -> None:
        with self._lock:
            if self._busy and self._child:
                self._child.send({what: self._job})

    def leave(self) -> None:
        """The window is about to close: from now on, a cancelled job keeps its best and can go on another day."""
        with self._lock:
            self._leaving = True

    def _cancellation(self, number: int) -> Message:
        return {"cancel": number, "interrupt": self._leaving}

    def stop(self) -> None:
        """End the process; a running job gets `STOP_SECONDS` to keep its best. `start` or `run` begin anew."""
        with self._lock:
            child, self._child = self._child, None
            seconds = STOP_SECONDS if self._busy else 0
        if child:
            child.stopping = True
            child.end(seconds)

    def _living_child(self) -> _Child:
        if self._child and not self._child.alive():
            self._child.end(0)
            self._child = None
        if not self._child:
            try:
                self._child = _Child(self._command)
            except OSError as error:
                raise EngineError(
                    "Discern's worker process could not be started.",
                    why="The computer says: {detail}.",
                    hint="Close other programs, then try again.",
                    detail=error.strerror or error,
                ) from error
        return self._child


def run_in_process(job: Job, access: Access | None = None) -> Events:
    """The same as `Engine.run`, without a process of its own; `access` is OWN unless given."""
    from desktop_app.project.project import Access

    yield from job.events(access or Access.OWN)


class _Child:
    """A child process with a thread that reads its answers.

    An answer is one of {"event": …} and, as a job's last, {"end": …}, {"error": …} or {"crash": …}, each with the job's
    "id". Two more come from this side: {"cancel": …} from `Engine.cancel`, {"gone": …} when the process has died.
    """

    def __init__(self, command: list[str]) -> None:
        self.answers: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.stopping = False  # its end is our wish
        self._send_lock = threading.Lock()
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        with _output_file() as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env=_environment(),
                creationflags=flags,
                start_new_session=True,  # the terminal's Ctrl-C is ours to handle; and its own children die with it
            )
        self._reader = threading.Thread(target=self._read, name="engine-reader", daemon=True)
        self._reader.start()

    def alive(self) -> bool:
        return self._reader.is_alive()

    def send(self, message: Message) -> None:
        line = json.dumps(message).encode() + b"\n"
        # A child that is gone can't be told; `answers` says that it is.
        with self._send_lock, contextlib.suppress(OSError, ValueError):
            assert self._process.stdin
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.endswith(b"\n"):  # else torn by its death
                self.answers.put(json.loads(line))
        self.answers.put({"id": None, "gone": True})

    def end(self, seconds: float) -> int:
        """Close the child's stdin, wait up to `seconds` for it to end, then kill it. Returns its exit code."""
        with self._send_lock, contextlib.suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
        if seconds:
            # Its end is seen by the reader, so that the process is not reaped before its group is killed.
            self._reader.join(seconds)
        self._kill()
        code = self._process.wait()
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()
        return code

    def _kill(self) -> None:
        if sys.platform == "win32":
            self._process.kill()
        elif self._process.returncode is None:
            # A dead leader keeps its exit code; helpers that it left behind go with it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _output_file() -> IO[bytes]:
    """For what libraries print, and what the interpreter says last; of the newest process only."""
    try:
        return open(settings.log_folder() / "engine-output.log", "wb")
    except (OSError, StorageError):
        return open(os.devnull, "wb")  # no log is no reason not to work


def _child_command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--engine"]
    return [sys.executable, "-P", "-m", "desktop_app.engine"]


def _environment() -> dict[str, str]:
    """Threads are counted and wait politely from the start: OpenMP reads these once, when it is loaded."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = str(cores if cores <= 2 else cores - 1)
    return {"OMP_NUM_THREADS": threads, **os.environ, "OMP_WAIT_POLICY": "PASSIVE"}


def _cancel(child: _Child, cancellation: Message) -> Message:
    """Ask the child to end the job's generator; its last answer, or {"late": …} if it does not come."""
    number = cancellation["cancel"]
    child.send(cancellation)
    deadline = time.monotonic() + CANCEL_SECONDS
    while True:
        try:
            answer = child.answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return {"id": number, "late": True}
        if answer["id"] in (number, None) and "event" not in answer and "cancel" not in answer:
            return answer


def _settle(child: _Child, job: Job, ending: Message) -> None:
    """Return or raise as the job ended."""
    if "error" in ending:
        error = DiscernError.from_dict(ending["error"])
        if isinstance(error, EngineError):
            child.end(0)  # it has no memory, or lost its graphics card; the next job gets a new one
        raise error
    if "crash" in ending:
        raise JobCrashedError(ending["crash"])
    if "late" in ending:
        log.error("%s did not stop within %g s; its process is killed", job.title, CANCEL_SECONDS)
        child.end(0)
        raise EngineError(
            "{job} did not stop in time and was ended.",
            why="It did not answer for {seconds} seconds.",
            hint="Nothing that was saved is lost. Try again.",
            job=job.title,
            seconds=round(CANCEL_SECONDS),
        )
    if "gone" in ending and not child.stopping:
        code = child.end(0)
        log.error("The worker process died in %s with code %d", job.kind, code)
        raise _death(job, code)


def _death(job: Job, code: int) -> EngineError:
    no_memory = 0xC0000017  # Windows' STATUS_NO_MEMORY
    if code in (-int(getattr(signal, "SIGKILL", 9)), no_memory):
        return NoMemoryError(
            "{job} stopped: the computer probably ran out of memory.",
            why="The system ended Discern's worker process.",
            hint="Nothing that was saved is lost. Close other programs, then try again.",
            job=job.title,
        )
    return EngineError(
        "{job} stopped: Discern's worker process ended unexpectedly.",
        why="It ended with {code}.",
        hint="Nothing that was saved is lost. Try again; the log in “{log}” says more.",
        job=job.title,
        code=signal.Signals(-code).name if code < 0 else f"code {code}",
        log=settings.log_folder(),
    )
