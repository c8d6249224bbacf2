"""Heavy pictures, decoded one at a time in a child process that is killed after `TIME_LIMIT` seconds.

Parent and child speak over the child's standard input and output: lines of JSON, some followed by raw bytes.

    → {"bytes": 31337, "target": 224}   the file follows
    ← {"width": 9000, "height": 6000, "orientation": 1}
    ← {"rows": 116}                     rows × width × 3 bytes follow; again until the height is reached

    → {"bytes": 31337, "describe": true}
    ← {"format": "JPEG", …}             the fields of ImageFacts

    ← {"error": …}                      instead of any of these: an ImageError

A packaged application has no `python -m`: it calls itself with the single argument `FLAG`, and then has to call
`main()` before anything else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, TypeAlias, TypeVar

import numpy as np

from desktop_app.errors import DiscernError, ImageError
from desktop_app.project.decoding import MAX_PIXELS, ImageFacts, Picture, explain
from desktop_app.project.pixels import Rgb, Stored, assemble
from desktop_app.project.shot import Shot

Message: TypeAlias = dict[str, Any]
_Answer = TypeVar("_Answer")

FLAG = "--decode-helper"
TIME_LIMIT = 9.0  # seconds, the start of the child included: whoever asked has an answer within ten
MEMORY_LIMIT = 768 << 20  # bytes, beyond what Python and its libraries take

_LONGEST_LINE = 1 << 16

_one_at_a_time = threading.Lock()


# ---- in the parent


def decode(data: bytes, target: int | None) -> Rgb:
    """As `imaging.load_rgb`, for the contents of a file.

    Raises:
        ImageError: it can't be used, takes too long or needs too much memory.
    """
    return _ask({"bytes": len(data), "target": target}, data, _read_picture)


def describe(data: bytes) -> ImageFacts:
    """As `imaging.describe`, for the contents of a file, with the same errors as `decode`."""
    return _ask({"bytes": len(data), "describe": True}, data, _read_facts)


def _ask(request: Message, data: bytes, read: Callable[[IO[bytes]], _Answer]) -> _Answer:
    with _one_at_a_time:
        child = subprocess.Popen(
            _command(),
            # OpenBLAS would reserve memory for each core, which counts against the child's limit.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert child.stdin
        assert child.stdout
        deadline = time.monotonic() + TIME_LIMIT
        timer = threading.Timer(TIME_LIMIT, child.kill)
        timer.start()
        try:
            _send(child.stdin, request)
            child.stdin.write(data)
            child.stdin.close()
            return read(child.stdout)
        except (OSError, ValueError, KeyError, TypeError) as error:  # it died, or babbles
            raise _broken(timed_out=time.monotonic() >= deadline) from error
        finally:
            timer.cancel()
            timer.join()
            child.kill()
            _close(child)


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, FLAG]
    # -P: Python files in the current folder, which may be anybody's project, must not be run.
    return [sys.executable, "-P", "-m", "desktop_app.project.decode_helper"]


def _read_facts(stream: IO[bytes]) -> ImageFacts:
    facts = _receive(stream)
    return ImageFacts(**{**facts, "notes": tuple(facts["notes"]), "shot": Shot(**facts["shot"])})


def _read_picture(stream: IO[bytes]) -> Rgb:
    start = _receive(stream)
    width, height = int(start["width"]), int(start["height"])
    if not 0 < width * height <= MAX_PIXELS:
        raise ValueError
    return assemble(Stored(width, height, int(start["orientation"]), _read_bands(stream, width, height)))


def _read_bands(stream: IO[bytes], width: int, height: int) -> Iterator[Rgb]:
    while height:
        rows = int(_receive(stream)["rows"])
        if not 0 < rows <= height:
            raise ValueError
        data = stream.read(rows * width * 3)
        yield np.frombuffer(data, np.uint8).reshape(rows, width, 3)
        height -= rows


def _broken(*, timed_out: bool) -> ImageError:
    if timed_out:
        return ImageError(
            "takes too long to read",
            why="It was given up after {seconds:.0f} seconds.",
            hint="Save it again.",
            seconds=TIME_LIMIT,
        )
    return ImageError("can't be read", why="The process that tried to read it broke down.", hint="Save it again.")


def _close(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        assert pipe
        try:
            pipe.close()
        except OSError:  # what the child did not read any more
            continue
    child.wait()


# ---- on both sides


def _send(stream: IO[bytes], message: Message) -> None:
    stream.write(json.dumps(message).encode() + b"\n")


def _receive(stream: IO[bytes]) -> Message:
    """The next message; ValueError if there is none, ImageError if it is one."""
    message: Message = json.loads(stream.readline(_LONGEST_LINE))
    if "error" in message:
        raise DiscernError.from_dict(message)
    return message


# ---- in the child


def main() -> None:
    """Answer one request on standard input."""
    _limit_resources()
    # By number: a windowed application has no sys.stdin and sys.stdout.
    with open(0, "rb", closefd=False) as requests, open(1, "wb", closefd=False) as answers:
        request = _receive(requests)
        data = requests.read(request["bytes"])
        try:
            picture = Picture(data)
            if request.get("describe"):
                _send(answers, asdict(picture.facts()))
            else:
                picture.shrink(request["target"])
                _send_picture(answers, picture.decode())
        except ImageError as error:
            _send(answers, error.to_dict())
        except Exception as error:  # almost any kind, for damaged files
            _send(answers, explain(error, data).to_dict())


def _send_picture(stream: IO[bytes], stored: Stored) -> None:
    _send(stream, {"width": stored.width, "height": stored.height, "orientation": stored.orientation})
    for band in stored.bands:
        _send(stream, {"rows": len(band)})
        stream.write(np.ascontiguousarray(band).data)


def _limit_resources() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    seconds = round(TIME_LIMIT)  # should the parent die
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:  # not Linux, where the limit is kept
        return
    limit = pages * resource.getpagesize() + MEMORY_LIMIT
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
