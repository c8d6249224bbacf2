"""Two processes, started by torchrun, train as one would; what befalls one of them is told once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from desktop_app.learning import team, tensors
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.drawing import draw_classes
from tests.tiny import graph  # noqa: F401  a fixture

REPOSITORY = Path(__file__).resolve().parents[2]
RECIPE = ["--backbone", "tiny", "--first-stage", "stage2", "--views", "1", "--epochs", "3", "--batch", "8"]
RECIPE += ["--learning-rate", "0.001", "--head-epochs", "4", "--stop-on", "loss"]


@pytest.fixture
def root(tmp_path) -> Path:
    return draw_classes(tmp_path / "animals", {"cat": 11, "dog": 10, "fox": 10}, size=32)


def train(root: Path, *more: str, processes: int = 1, fault: str = "") -> subprocess.CompletedProcess[str]:
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    starter = torchrun if processes > 1 else []
    command = [sys.executable, *starter, "-m", "tests.learning.parallel_child", "train", str(root), *RECIPE, *more]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo", "TEST_FAULT": fault}
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=200, check=False
    )


def newest(root: Path) -> Run:
    with Project.open(root) as project:
        return project.runs.list()[0]


def epochs(run: Run) -> list[tuple[float, ...]]:
    names = ("epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "validation_macro_f1")
    return [tuple(point[name] for name in names) for point in run.read_curves()]


def test_alone_nothing_is_opened(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with team.gathered() as alone:
        assert (alone.rank, alone.size, alone.alone) == (0, 1, True)
        assert alone.share([1, 2, 3]) == [1, 2, 3]
        assert alone.gather(np.arange(3))[0].tolist() == [0, 1, 2]
        alone.tell({}, do="nothing")


def test_two_processes_train_as_one(root, tmp_path, graph):  # noqa: F811
    shutil.copytree(root, tmp_path / "alone")
    alone, together = train(tmp_path / "alone", "--json"), train(root, "--json", processes=2)
    assert alone.returncode == together.returncode == 0, together.stderr
    told = [[json.loads(line)["event"] for line in done.stdout.splitlines()] for done in (alone, together)]
    assert [[event for event in events if event != "progress"] for events in told] == [
        [event for event in told[0] if event != "progress"]
    ] * 2
    expected, found = newest(tmp_path / "alone"), newest(root)
    assert found.document["phase"] == expected.document["phase"] == "fine_tune"
    assert found.document["validation"] == expected.document["validation"]
    np.testing.assert_allclose(epochs(found), epochs(expected), rtol=1e-4, atol=1e-5)
    before, after = (tensors.unpack(run.model_weights.read_bytes())[0] for run in (expected, found))
    for name, value in before.items():
        np.testing.assert_allclose(after[name], value, atol=1e-5, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("1 weights_missing", "The pretrained network is missing."),
        ("0 weights_missing", "The pretrained network is missing."),
        ("1 killed", "Training stopped: another of its 2 processes has ended."),
    ],
)
def test_what_befalls_one_ends_all_with_one_message(root, fault, message, graph):  # noqa: F811
    done = train(root, processes=2, fault=fault)
    assert done.returncode != 0
    assert [line for line in done.stderr.splitlines() if line.startswith("discern: ")] == [f"discern: {message}"]
    assert newest(root).status == "failed"
    assert newest(root).resumable
    assert train(root, "--resume", "1", processes=2).returncode == 0
    assert newest(root).status == "done"
