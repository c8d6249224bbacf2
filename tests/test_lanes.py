"""`packaging/test` without set-up and with played tests: what it shows, when it fails, and what a Ctrl+C leaves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SETUP = """
repository="$(dirname "$(dirname "${BASH_SOURCE[0]}")")"
venv="$repository/.venv"
say() { echo "== $*"; }
set_up() { :; }
"""
# Plays pytest, and xvfb-run, which starts it: fails, or runs for long with a child of its own, in the lane named.
PYTEST = """#!/bin/bash
echo "tests: $*"
case "$*" in
    *"$FAILS"*) echo "FAILED tests/test_a.py::test_b"; exit 1;;
    *"$HANGS"*) sleep 61 & sleep 60;;
esac
"""
# A word of what each lane runs, in the order in which they are shown.
LANES = {
    "Style and types": "format",
    "Tests on a screen": "and display tests/screens",
    "Tests of the window": "not display tests/ui",
    "Tests of learning": "not display tests/learning",
    "Tests": "--ignore=tests/learning --ignore=tests/ui --ignore=tests/screens",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "packaging").mkdir()
    shutil.copy(REPOSITORY / "packaging" / "test", tmp_path / "packaging")
    (tmp_path / "packaging" / "setup").write_text(SETUP)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "xvfb-run", "openbox", "ruff", "mypy"):
        (programs / name).write_text(PYTEST)
        (programs / name).chmod(0o755)
    return tmp_path


def start(repository: Path, *arguments: str, fails: str = "nothing", hangs: str = "nothing") -> subprocess.Popen[str]:
    environment = {"PATH": os.environ["PATH"], "FAILS": fails, "HANGS": hangs, "TMPDIR": str(repository)}
    command = [str(repository / "packaging" / "test"), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_every_lane_is_shown_from_beginning_to_end(repository):
    process = start(repository)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert [line[3:] for line in said.splitlines() if line.startswith("== ")] == [*LANES, "All well"]
    for part in LANES.values():
        assert said.count(part) == 1
    assert not list(repository.glob("tmp.*"))


@pytest.mark.parametrize(("lane", "part"), LANES.items(), ids=LANES)
def test_a_failure_in_any_lane_fails_all_and_is_named_at_the_end(repository, lane, part):
    process = start(repository, fails=part)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.endswith(f"== Failed: {lane}\nFAILED tests/test_a.py::test_b\n")


def test_some_tests_only(repository):
    process = start(repository, "tests/engine", "-k", "stop", fails="not display tests/engine")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert [line[3:] for line in said.splitlines() if line.startswith("== ")] == [
        "Tests on a screen",
        "Tests",
        "Failed: Tests",
    ]


def test_ctrl_c_ends_every_lane_with_its_children(repository):
    process = start(repository, hangs="not slow")
    assert process.stdout is not None
    while (line := process.stdout.readline()) and "not slow" not in line:
        pass
    shell = psutil.Process(process.pid)
    deadline = time.monotonic() + 20
    while len([child for child in shell.children(recursive=True) if child.name() == "sleep"]) < 8:
        assert time.monotonic() < deadline
    descendants = shell.children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    process.stdout.close()
    _, left = psutil.wait_procs(descendants, timeout=10)
    assert left == []
    assert not list(repository.glob("tmp.*"))
