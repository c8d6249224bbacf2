"""Downloads from a server that this test runs, with every bad manner that servers and connections have."""

from __future__ import annotations

import errno
import hashlib
import os
import ssl
import subprocess
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.errors import DiscernError, StorageError, WeightsError
from desktop_app.events import Event, Notice, Progress, Step
from desktop_app.learning import download as downloads
from desktop_app.learning import library
from desktop_app.learning.backbones import BACKBONES, Backbone
from desktop_app.learning.download import download
from tests.faults.fault_disk import FaultDisk, substituted
from tests.file_server import Manners, serving
from tests.running import finish

CONTENT = b"the weights of a network " * 20_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()[:8]


@pytest.fixture
def manners() -> Manners:
    return Manners(CONTENT)


@pytest.fixture
def backbone(manners: Manners, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backbone]:
    """A network whose file lies on a server of this computer."""
    monkeypatch.setattr(downloads, "PAUSE", 0.0)
    monkeypatch.setattr(downloads, "BEAT", 0.01)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serving(manners) as site:
        yield replace(
            BACKBONES["resnet18"], weights=f"resnet18-{DIGEST}.pth", site=site, file_size=len(CONTENT), package=None
        )


def refused(backbone: Backbone, kind: type[DiscernError] = WeightsError) -> str:
    """Everything that is told when it can't be downloaded."""
    with pytest.raises(kind) as caught:
        list(download(backbone))
    return str(caught.value)


def returned(job: Generator[Event, None, Path]) -> Path:
    return finish(job)[1]


def kept(backbone: Backbone) -> int:
    return library.shelf(backbone).begun


def test_a_whole_file_comes_and_is_checked(backbone, manners):
    path = returned(download(backbone))
    assert path.read_bytes() == CONTENT
    assert manners.requests == [""]


def test_progress_is_told_in_bytes(backbone):
    told = [event for event in download(backbone) if isinstance(event, Progress)]
    assert {event.step for event in told} == {Step.DOWNLOAD, Step.CHECK}
    assert all(0 <= event.done <= event.total == len(CONTENT) for event in told)
    assert told[-1].done == len(CONTENT)


def test_a_connection_that_is_cut_is_taken_up_again_where_it_was(backbone, manners):
    manners.cut_after = 150_000
    assert returned(download(backbone)).read_bytes() == CONTENT
    assert manners.requests == ["", "bytes=150000-", "bytes=300000-", "bytes=450000-"]


def test_a_download_that_was_stopped_goes_on_later(backbone, manners):
    manners.cut_after = 200_000
    job = download(backbone)
    while kept(backbone) < 200_000:
        next(job)
    job.close()
    assert library.shelf(backbone).begun == 200_000
    manners.cut_after = None
    assert returned(download(backbone)).read_bytes() == CONTENT
    assert manners.requests[-1] == "bytes=200000-"


def test_a_complete_part_is_not_fetched_again(backbone, manners):
    returned(download(backbone))
    assert returned(download(backbone)).read_bytes() == CONTENT
    assert manners.requests == ["", f"bytes={len(CONTENT)}-"]


def test_a_server_that_can_not_go_on_gives_the_file_anew(backbone, manners):
    manners.cut_after = 100_000
    job = download(backbone)
    while kept(backbone) < 100_000:
        next(job)
    job.close()
    manners.cut_after, manners.ranges = None, False
    events = list(download(backbone))
    assert library.part_file(backbone).read_bytes() == CONTENT
    assert [event.what for event in events if isinstance(event, Notice)] == ["The download begins anew."]


def test_a_file_that_has_changed_on_the_server_is_fetched_anew(backbone, manners):
    """The first half must not be glued to the second half of another file."""
    manners.content, manners.cut_after = b"something else" * 40_000, 100_000
    job = download(backbone)
    while kept(backbone) < 100_000:
        next(job)
    job.close()
    manners.content, manners.etag, manners.cut_after = CONTENT, '"two"', None
    assert returned(download(backbone)).read_bytes() == CONTENT


def test_a_part_without_anything_to_tell_it_by_is_not_trusted(backbone, manners):
    manners.etag = ""
    manners.cut_after = 100_000
    told = refused(backbone)
    assert "could not be downloaded" in told
    assert set(manners.requests) == {""}


def test_another_file_than_was_published_is_deleted(backbone, manners):
    manners.content = bytes(len(CONTENT))
    told = refused(backbone)
    assert "not the published file" in told
    assert DIGEST in told
    assert kept(backbone) == 0
    assert list(library.folder().iterdir()) == []


def test_a_file_without_end_is_not_written_down(backbone, manners):
    manners.content = bytes(len(CONTENT) * 2 + library.SLACK)
    assert "another file now" in refused(backbone)
    assert kept(backbone) == 0


@pytest.mark.parametrize(
    ("status", "says", "asked"),
    [(404, "no longer where it was published", 1), (407, "proxy", 1), (403, "403", 1), (503, "503", 4)],
)
def test_a_server_that_refuses(backbone, manners, status, says, asked):
    manners.status = status
    assert says in refused(backbone)
    assert len(manners.requests) == asked  # what may pass is tried again


def test_no_network(backbone):
    assert "no connection to the internet" in refused(replace(backbone, site="http://discern.invalid/"))


def test_nobody_listens(backbone):
    with serving(Manners()) as gone:
        pass
    told = refused(replace(backbone, site=gone))
    assert "refused" in told
    assert "stick" in told


def test_a_silent_server_does_not_hold_up_stop(backbone, manners, monkeypatch):
    manners.silent = threading.Event()
    monkeypatch.setattr(downloads, "TIMEOUT", 20.0)
    job = download(backbone)
    for _ in range(5):
        next(job)
    began = time.monotonic()
    job.close()
    assert time.monotonic() - began < 10
    manners.silent.set()


def test_a_server_that_falls_silent_is_given_up(backbone, manners, monkeypatch):
    manners.silent = threading.Event()
    monkeypatch.setattr(downloads, "TIMEOUT", 0.05)
    assert "does not answer" in refused(backbone)
    manners.silent.set()


def test_redirects_are_followed(backbone, manners):
    with serving(Manners(redirect=backbone.url)) as elsewhere:
        assert returned(download(replace(backbone, site=elsewhere))).read_bytes() == CONTENT


def test_an_encrypted_connection_is_not_left_for_an_open_one():
    request = downloads.urllib.request.Request("https://example.invalid/a")
    with pytest.raises(OSError, match="not encrypted"):
        downloads._SafeRedirects().redirect_request(request, None, 302, "", {}, "http://example.invalid/a")


def test_a_connection_that_is_not_trusted_is_not_tried_again(backbone):
    error = downloads.urllib.error.URLError(ssl.SSLCertVerificationError("self-signed"))
    problem = downloads._refused(backbone, error)
    assert isinstance(problem, WeightsError)
    assert "not safe" in str(problem)


def test_nothing_but_the_web_is_opened():
    with pytest.raises(OSError, match="unknown url type"):
        downloads._opener().open("file:///etc/hostname")


def test_a_proxy_of_the_environment_is_asked(backbone, manners, monkeypatch):
    monkeypatch.setenv("http_proxy", backbone.site)
    assert returned(download(replace(backbone, site="http://discern.invalid/"))).read_bytes() == CONTENT


def test_a_full_disk_is_told_before_anything_is_fetched(backbone, manners, monkeypatch):
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(1_000))
    assert "not enough room" in refused(backbone, StorageError)
    assert manners.requests == []


def test_a_disk_that_fills_up_keeps_what_fits(backbone, manners, tmp_path):
    def full(call: int, name: str, arguments: tuple) -> None:
        if name == "write" and len(arguments[1]) > 60_000 and kept(backbone) > 200_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with substituted(FaultDisk(tmp_path, fault=full)):
        assert "disk is full" in refused(backbone, StorageError)
    assert 200_000 < kept(backbone) < len(CONTENT)
    assert returned(download(backbone)).read_bytes() == CONTENT
    assert manners.requests[-1].startswith("bytes=2")


def test_a_folder_that_can_not_be_written(backbone, tmp_path):
    def read_only(call: int, name: str, arguments: tuple) -> None:
        if name in ("mkdir", "open"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with substituted(FaultDisk(tmp_path, fault=read_only)):
        assert "read-only" in refused(backbone, StorageError)


def test_two_downloads_do_not_write_into_one_part(backbone, manners):
    first = download(backbone)
    while not kept(backbone):
        next(first)
    assert "under way" in refused(backbone)
    assert returned(first).read_bytes() == CONTENT
    assert returned(download(backbone)).read_bytes() == CONTENT


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format": 1, "url": 3}', b'{"format": 9}'])
def test_damaged_notes_about_a_part_begin_it_anew(backbone, manners, damage):
    manners.cut_after = 100_000
    job = download(backbone)
    while kept(backbone) < 100_000:
        next(job)
    job.close()
    library.validators_file(backbone).write_bytes(damage)
    manners.cut_after = None
    assert returned(download(backbone)).read_bytes() == CONTENT
    assert manners.requests.count("") == 2


def test_the_library_loads_nothing_that_could_open_a_connection():
    """Only `download` does, and it is imported when a person asks for one."""
    code = "import sys, desktop_app.learning.library, desktop_app.engine.jobs; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"urllib.request", "http.client", "ssl", "desktop_app.learning.download"} & set(loaded)


def test_every_published_address_is_encrypted():
    for backbone in BACKBONES.values():
        assert backbone.url is None or backbone.url.startswith("https://")


def test_storage_writes_on_from_the_end(tmp_path):
    path = tmp_path / "part"
    for append, piece in ((False, b"one"), (True, b"two"), (False, b"three")):
        with storage.writing(path, append=append) as write:
            write(piece)
    assert path.read_bytes() == b"three"
    with storage.writing(path, append=True) as write:
        write(b" four")
    assert path.read_bytes() == b"three four"
