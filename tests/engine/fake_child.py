"""The worker process with jobs that do as tests tell them."""

from __future__ import annotations

import ctypes
import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from desktop_app import stopwatch
from desktop_app.engine import child, jobs
from desktop_app.errors import EngineError, StorageError
from desktop_app.events import Events, Interrupted, Notice, Progress, SampleDrawn, Step


@dataclass(frozen=True)
class FakeJob(jobs.Job):
    """Does `what`; writes to `file` when it is closed."""

    kind = "fake"
    title = "Training"

    what: str
    file: str = ""

    def events(self, access) -> Events:
        try:
            yield Notice("info", f"{self.what} {access.name}")
            yield from getattr(self, f"_{self.what}")()
        finally:
            if self.file:
                Path(self.file).write_text("kept")
        yield SampleDrawn("end", 3)

    def _nothing(self):
        yield from ()

    def _count(self):
        for done in range(1000):
            yield Progress(Step.READ, done + 1, 1000)

    def _wait(self):
        while True:
            time.sleep(0.01)
            yield Progress(Step.READ, 1, 2)

    def _interrupted(self):
        try:
            yield from self._wait()
        except Interrupted:
            Path(self.file).with_suffix(".later").write_text("can go on")
            raise

    def _worked(self):
        """Tells whenever it has worked for a tenth of a second."""
        for done in range(1, 4):
            started = stopwatch.seconds()
            while stopwatch.seconds() - started < 0.1:
                time.sleep(0.01)
                yield Progress(Step.READ, done, 10)
            yield Notice("info", f"{stopwatch.seconds() - started:.1f}")

    def _hang(self):
        yield Notice("info", str(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid))
        time.sleep(60)

    def _never_stop(self):
        try:
            yield from self._wait()
        finally:
            time.sleep(60)

    def _fail_to_stop(self):
        try:
            yield from self._wait()
        finally:
            raise StorageError("“{file}” could not be written.", why="The disk is full.", file="model")

    def _fail(self):
        raise StorageError(
            "“{file}” could not be written.", why="The disk is full.", hint="Free {n} MB.", file="a", n=3
        )
        yield

    def _lose_card(self):
        yield from ()
        raise EngineError("Training stopped: the graphics card no longer answers.")

    def _crash(self):
        yield from ()
        raise ZeroDivisionError("a bug")

    def _memory(self):
        yield from ()
        raise MemoryError

    def _kill(self):
        yield from ()
        os.kill(os.getpid(), 9)

    def _segfault(self):
        yield from ()
        ctypes.string_at(0)

    def _exit(self):
        yield from ()
        os._exit(7)

    def _print(self):
        yield from ()
        print("a stray print")
        os.write(1, b'{"id": 1, "event": {}}\n')
        subprocess.run([sys.executable, "-c", "print('from a child of the child')"], check=True)
        assert sys.stdin.read() == ""
        logging.getLogger("library").warning("a warning")

    def _facts(self):
        names = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS")
        yield Notice("info", " ".join([str(os.nice(0)), *(os.environ[name] for name in names)]))

    def _odd_names(self):
        yield Notice("info", "zwei \udcff 针孔 \u2028 \n")


if __name__ == "__main__":
    jobs.KINDS["fake"] = FakeJob
    child.WARM_UP = ("json", "there_is_no_such_module")
    child.main()
