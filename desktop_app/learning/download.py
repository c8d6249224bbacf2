"""Fetching a pretrained network's official file, and only because a person asked for it.

This module is imported for that alone: nothing else in Discern opens a connection. What has come is kept in a file that
grows, beside it what tells the server's file apart from another (its ETag and length), so that a download that was
stopped or cut off goes on where it was. A file counts only when its checksum is the published one.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import os
import queue
import re
import shutil
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from desktop_app import __version__, settings, storage
from desktop_app.errors import StorageError, WeightsError
from desktop_app.events import Event, Notice, Progress, Step, StepStarted
from desktop_app.learning import download_problems as problems
from desktop_app.learning import library
from desktop_app.learning.backbones import Backbone

TIMEOUT = 20.0  # seconds without a byte
ATTEMPTS = 4  # without a byte more, before it is given up
PAUSE = 2.0  # seconds before the second attempt; each further one waits twice as long
BEAT = 0.2  # seconds between two events, which are the chances to be stopped


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells a server's file apart from another one. `length` is that of the whole file; -1: not told."""

    url: str
    etag: str
    modified: str
    length: int

    @property
    def strong(self) -> str:
        """What `If-Range` may name: not a weak ETag, which allows other bytes."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


def download(backbone: Backbone) -> Generator[Event, None, Path]:
    """Fetch a network's official file, on from where an earlier download ended.

    Closing the generator keeps what has come.

    Returns:
        The complete file, with the published checksum.

    Raises:
        WeightsError: it can't be had: no network, no such file, or another file than was published.
        StorageError: the disk is full, or refuses.
    """
    if backbone.url is None:
        raise library.missing(backbone)
    part = library.part_file(backbone)
    yield StepStarted(Step.DOWNLOAD)
    # Two windows, or a window and the command line, must not write into one part.
    lock = storage.Lock(settings.cache_folder() / "download.lock")
    try:
        if not lock.acquire(backbone.name):
            raise problems.under_way()
        storage.make_folders(part.parent)
        _require_room(backbone, part)
        yield from _fetch_all(backbone, part)
        yield StepStarted(Step.CHECK)
        yield from _verify(backbone, part)
    except OSError as error:
        raise storage.storage_error(error, part) from error
    finally:
        lock.release()
    return part


def _require_room(backbone: Backbone, part: Path) -> None:
    """The rest of the file, and its conversion, must find room."""
    free = shutil.disk_usage(part.parent).free
    needed = 2 * backbone.file_size - _size(part) + library.SLACK
    if free < needed:
        raise StorageError(
            "There is not enough room for “{title}”.",
            why="It needs {needed} MB, and {free} MB are free in “{folder}”.",
            hint="Free some space, then try again.",
            title=backbone.title,
            needed=round(needed / 1e6),
            free=round(free / 1e6),
            folder=part.parent,
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


# ---- fetching


def _fetch_all(backbone: Backbone, part: Path) -> Generator[Event, None, None]:
    """Try again where it was cut off, as long as that brings it on."""
    failures, pause = 0, PAUSE
    while True:
        before = _size(part)
        try:
            yield from _fetch(backbone, part)
        except _CutOffError as error:
            failures, pause = (0, PAUSE) if _size(part) > before else (failures + 1, 2 * pause)
            if failures >= ATTEMPTS:
                raise error.problem from error
            yield from _wait(pause if failures else 0.0, _size(part), backbone.file_size)
        else:
            return


def _wait(seconds: float, done: int, total: int) -> Generator[Event, None, None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(BEAT, seconds))
        yield Progress(Step.DOWNLOAD, done, max(done, total))


class _CutOffError(Exception):
    """The connection ended before the file did, or there was none; another attempt may succeed.

    `problem`: what to tell if none does.
    """

    def __init__(self, problem: WeightsError) -> None:
        super().__init__(problem)
        self.problem = problem


def _fetch(backbone: Backbone, part: Path) -> Generator[Event, None, None]:
    """One connection: ask for what is missing, and write it down."""
    assert backbone.url is not None
    known = _remembered(backbone)
    have = _size(part) if known else 0
    with contextlib.closing(_Reply(_request(backbone.url, known, have))) as reply:
        answer = yield from _opened(reply, have, backbone)
        if answer.status == 416:  # nothing is missing, or the file is another one
            if known and have == known.length:
                return
            library.forget_download(backbone)
            raise _CutOffError(problems.changed(backbone))
        have, now = _agreed(answer, known, have, backbone)
        if known and not have and _size(part):
            yield Notice("info", "The download begins anew.", why="The server can't go on where it was cut off.")
        if now != known:
            _remember(backbone, now)
        with storage.writing(part, append=bool(have)) as write:
            yield from _take(reply, write, have, now.length, backbone)


def _request(url: str, known: Validators | None, have: int) -> urllib.request.Request:
    headers = {"User-Agent": f"Discern/{__version__}", "Accept-Encoding": "identity"}
    if known and have:
        headers |= {"Range": f"bytes={have}-", "If-Range": known.strong}
    return urllib.request.Request(url, headers=headers)


def _opened(reply: _Reply, have: int, backbone: Backbone) -> Generator[Event, None, Answer]:
    while (item := reply.next()) is None:
        yield Progress(Step.DOWNLOAD, have, max(have, backbone.file_size))
    if isinstance(item, Exception):
        raise _refused(backbone, item) from item
    assert isinstance(item, Answer)
    return item


def _agreed(answer: Answer, known: Validators | None, have: int, backbone: Backbone) -> tuple[int, Validators]:
    """How many of our bytes are the beginning of what comes now, and what tells it apart."""
    now = Validators(backbone.url or "", answer.etag, answer.modified, answer.length)
    if now.length > library.at_most(backbone):
        raise problems.another_file(backbone)
    if answer.status != 206:
        return 0, now
    same = known is not None and now.length == known.length and now.strong in (known.strong, "")
    if known is None or not same or answer.start != have:
        library.forget_download(backbone)
        raise _CutOffError(problems.changed(backbone))
    return have, known


def _take(reply: _Reply, write: Any, have: int, length: int, backbone: Backbone) -> Generator[Event, None, None]:
    """Write down what comes, until the file ends."""
    began, first = time.monotonic(), have
    total = length if length > 0 else backbone.file_size
    last = 0.0
    while True:
        item = reply.next()
        if isinstance(item, Exception):
            raise _refused(backbone, item) from item
        if isinstance(item, bytes):
            if not item:
                break
            have += len(item)
            if have > library.at_most(backbone):
                raise problems.another_file(backbone)
            write(item)
        now = time.monotonic()
        if now - last >= BEAT:
            speed = (have - first) / (now - began) if now - began > 1 else 0.0
            left = (total - have) / speed if speed > 0 and total > have else None
            yield Progress(Step.DOWNLOAD, have, max(have, total), left)
            last = now
    if have < length:
        raise _CutOffError(
            problems.unreachable(backbone, ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)))
        )
    yield Progress(Step.DOWNLOAD, have, have)


# ---- the connection


@dataclass(frozen=True, slots=True)
class Answer:
    """The beginning of a server's reply; `start` is where its bytes begin in the file, `length` the file's."""

    status: int
    etag: str
    modified: str
    start: int
    length: int


class _Reply:
    """A request, read by a thread of its own: a server that says nothing must not hold up Stop."""

    def __init__(self, request: urllib.request.Request) -> None:
        self._items: queue.Queue[Answer | bytes | Exception] = queue.Queue(maxsize=4)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(request,), name="download", daemon=True)
        self._thread.start()

    def next(self) -> Answer | bytes | Exception | None:
        """The answer, then pieces of the file, then b""; or what went wrong. None if nothing has come by now."""
        try:
            return self._items.get(timeout=BEAT)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Want no more; the thread ends by itself, at the latest when the server has been silent for `TIMEOUT`."""
        self._closed.set()
        self._thread.join(BEAT)

    def _read(self, request: urllib.request.Request) -> None:
        try:
            with _opener().open(request, timeout=TIMEOUT) as response:
                self._put(_answer(response))
                while not self._closed.is_set():
                    piece = response.read(1 << 16)
                    self._put(piece)
                    if not piece:
                        return
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(error, urllib.error.HTTPError) and error.code == 416:
                self._put(Answer(416, "", "", 0, -1))
                error.close()
            else:
                self._put(error)

    def _put(self, item: Answer | bytes | Exception) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._items.put(item, timeout=BEAT)
                return


def _answer(response: Any) -> Answer:
    headers = response.headers
    start, length = 0, -1
    if response.status == 206:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", ""))
        start, length = (int(match[1]), int(match[2])) if match else (-1, -1)
    elif headers.get("Content-Length", "").isdecimal():
        length = int(headers["Content-Length"])
    return Answer(response.status, headers.get("ETag", ""), headers.get("Last-Modified", ""), start, length)


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from an encrypted connection to an open one."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.URLError("the server leads to a connection that is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS alone, through the proxies that the system or the environment names."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        _SafeRedirects(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


# ---- what the growing file belongs to


def _remembered(backbone: Backbone) -> Validators | None:
    try:
        document = storage.read_json(library.validators_file(backbone))
        known = Validators(document["url"], document["etag"], document["modified"], document["length"])
    except (FileNotFoundError, StorageError, KeyError):
        return None
    return known if known.url == backbone.url and known.strong else None


def _remember(backbone: Backbone, now: Validators) -> None:
    """Before a byte of it is written, so that no part is ever taken for one of another file."""
    library.forget_download(backbone)
    document = {"format": 1, "url": now.url, "etag": now.etag, "modified": now.modified, "length": now.length}
    storage.write_json(library.validators_file(backbone), document)


def _verify(backbone: Backbone, part: Path) -> Generator[Event, None, None]:
    """The checksum must be the published one; else nothing is kept."""
    digest, done, total = hashlib.sha256(), 0, _size(part)
    with open(part, "rb") as file:
        while chunk := file.read(library.CHUNK):
            digest.update(chunk)
            done += len(chunk)
            yield Progress(Step.CHECK, done, total)
    if not digest.hexdigest().startswith(backbone.sha256):
        library.forget_download(backbone)
        raise WeightsError(
            "What was downloaded is not the published file of “{title}”.",
            why="Its checksum begins with {found} instead of {wanted}.",
            hint="It was deleted. Try again; if this stays so, somebody between here and {site} changes it.",
            title=backbone.title,
            found=digest.hexdigest()[:8],
            wanted=backbone.sha256[:8],
            site=problems.site(backbone),
        )


# ---- problems in words


def _refused(backbone: Backbone, error: Exception) -> Exception:
    """What a failed request means: an error to tell, or a reason to try again."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        if error.code in (404, 410):
            return problems.gone(backbone)
        if error.code < 500 and error.code not in (408, 429):
            return problems.denied(backbone, error)
        return _CutOffError(problems.busy(backbone, error))
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return problems.not_trusted(backbone, cause)
    return _CutOffError(problems.unreachable(backbone, cause))
