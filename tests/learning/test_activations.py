"""What fine-tuning learns from: in memory up to a bound, on the disk beyond, gone afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from desktop_app import settings
from desktop_app.errors import StorageError
from desktop_app.learning import activations
from desktop_app.learning.activations import Store, free_disk


def made_up(number: int, views: int = 3) -> activations.Halves:
    return np.random.default_rng(number).standard_normal((views, 4, 5, 5)).astype(np.float16)


def left_over() -> list[str]:
    return [path.name for path in settings.cache_folder().glob("activations-*")]


def test_memory_is_bounded_and_everything_is_given_back():
    with closing(Store(2 * made_up(0).nbytes + 1)) as store:
        kept = [store.keep(made_up(number, views=3 + number % 2)) for number in range(9)]
        assert store.in_memory <= store.memory
        assert store.in_memory + store.on_disk == sum(made_up(number, 3 + number % 2).nbytes for number in range(9))
        for number in (8, 0, 3, 7, 3, 1):
            expected = made_up(number, 3 + number % 2)
            assert len(kept[number]) == len(expected)
            for view in range(len(expected)):
                np.testing.assert_array_equal(kept[number][view], expected[view])
                assert kept[number][view].dtype == np.float16


def test_nothing_is_written_while_there_is_memory():
    with closing(Store(1 << 20)) as store:
        store.keep(made_up(0))
        assert (store.in_memory, store.on_disk) == (made_up(0).nbytes, 0)
        assert store._file is None


def test_many_threads_may_read():
    with closing(Store(0)) as store:
        kept = [store.keep(made_up(number)) for number in range(50)]
        wrong: list[int] = []

        def read(seed: int) -> None:
            order = np.random.default_rng(seed).permutation(50).tolist()
            view = seed % 3
            wrong.extend(n for n in order if not np.array_equal(kept[n][view], made_up(n)[view]))

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


def test_the_file_is_gone_with_the_store():
    with closing(Store(0)) as store:
        store.keep(made_up(0))
    assert left_over() == []
    assert store._file is not None
    assert store._file.closed


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_the_file_is_gone_with_its_process():
    code = """
import numpy as np
from desktop_app.learning.activations import Store
store = Store(0)
store.keep(np.zeros((2, 512, 64, 64), np.float16))
print("written", flush=True)
input()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert left_over() == []


def test_what_a_power_cut_left_over_goes_when_room_is_needed():
    (settings.cache_folder() / "activations-x1y2").write_bytes(b"0" * 100)
    (settings.cache_folder() / "other").write_bytes(b"0")
    assert free_disk() > 0
    assert left_over() == []
    assert (settings.cache_folder() / "other").exists()


class Usage(NamedTuple):
    free: int


def test_half_of_the_free_disk_may_be_used(monkeypatch):
    monkeypatch.setattr(activations.shutil, "disk_usage", lambda _path: Usage(free=1000))
    assert free_disk() == 500


def test_a_disk_that_can_not_be_asked_offers_nothing(monkeypatch):
    def refuse(_path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(activations.shutil, "disk_usage", refuse)
    assert free_disk() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_told(monkeypatch):
    monkeypatch.setattr(activations, "_temporary_file", lambda: Path("/dev/full").open("w+b"))  # noqa: SIM115
    with closing(Store(0)) as store, pytest.raises(StorageError, match="disk is full"):
        store.keep(made_up(0))


def test_a_disk_that_loses_what_it_kept_is_told():
    with closing(Store(0)) as store:
        kept = store.keep(made_up(0))
        assert store._file is not None
        store._file.truncate(100)
        with pytest.raises(StorageError, match=r"can't be read.*shorter.*Check the disk"):
            kept[2]
