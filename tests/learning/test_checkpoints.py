import errno
import os

import numpy as np
import pytest

from desktop_app import storage
from desktop_app.errors import StorageError
from desktop_app.learning import checkpoints
from desktop_app.project.runs import Run, Runs


@pytest.fixture
def run(tmp_path) -> Run:
    return Runs(tmp_path).create(recipe={}, backbone="efficientnet_lite0", classes=["cat", "dog"])


def save(run: Run, epoch: int) -> None:
    checkpoints.save(run, {"weight": np.full(5, epoch, np.float32)}, {"epoch": epoch})


def loaded(run: Run) -> int | None:
    found = checkpoints.load(run)
    if found is None:
        return None
    tensors, document = found
    assert (tensors["weight"] == document["epoch"]).all()
    return document["epoch"]


def test_the_newest_is_loaded(run):
    assert loaded(run) is None
    for epoch in (1, 2, 3):
        save(run, epoch)
        assert loaded(run) == epoch


def test_two_are_kept(run):
    for epoch in (1, 2, 3):
        save(run, epoch)
    files = [path.name for path in run.folder.iterdir() if path.suffix == ".safetensors"]
    assert sorted(files) == ["checkpoint-previous.safetensors", "checkpoint.safetensors"]


@pytest.mark.parametrize("sixteenth", range(16))
def test_a_torn_one_gives_way_to_the_one_before(run, sixteenth):
    save(run, 1)
    save(run, 2)
    data = run.checkpoint.read_bytes()
    run.checkpoint.write_bytes(data[: len(data) * sixteenth // 16])
    assert loaded(run) == 1


def test_a_full_disk_leaves_one_that_can_be_read(run, monkeypatch):
    save(run, 1)
    save(run, 2)

    def full(fd: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(storage.disk, "write", full)
    for _ in range(3):  # again and again
        with pytest.raises(StorageError):
            save(run, 3)
        assert loaded(run) in (1, 2)


def test_both_are_removed(run):
    save(run, 1)
    save(run, 2)
    checkpoints.remove(run)
    checkpoints.remove(run)
    assert loaded(run) is None
    assert sorted(path.name for path in run.folder.iterdir()) == ["run.json"]
