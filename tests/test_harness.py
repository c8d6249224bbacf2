"""The harness itself: each kind of leak, and an unexpected skip, turns a passing test into a failing one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent

PLANTED = """
import subprocess, sys, threading, time
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

kept = []

def test_clean(qtbot, tmp_path):
    assert list(tmp_path.iterdir()) == []

def test_thread():
    thread = threading.Thread(target=time.sleep, args=(3,), daemon=True)
    thread.start()

def test_process():
    kept.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3)"]))

def test_timer(qtbot):
    timer = QTimer()
    timer.start(1000)
    kept.append(timer)

def test_window(qtbot):
    kept.append(QWidget())

def test_qt_warning(qtbot):
    QTimer.singleShot(-5, lambda: None)

def test_skip():
    pytest.skip("no reason that we know")

@pytest.mark.data
def test_real(shared_data):
    shared_data("no such data")
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    folder.joinpath("test_planted.py").write_text(PLANTED)
    source = (TESTS / "conftest.py").read_text().replace("SETTLE_SECONDS = 5.0", "SETTLE_SECONDS = 0.3")
    folder.joinpath("conftest.py").write_text(source)
    shutil.copy(TESTS.parent / "pyproject.toml", folder)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments, "test_planted.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_leaks_fail(tmp_path):
    output = run(tmp_path).stdout
    for name in ("thread", "process", "timer", "window"):
        assert f"ERROR test_planted.py::test_{name} - Failed: This test left behind: " in output
    assert "FAILED test_planted.py::test_qt_warning" in output
    assert "no reason that we know" in output.split("unexpected skips")[1]
    assert "test_clean" not in output.split("short test summary info")[1]


@pytest.mark.parametrize(("name", "code"), [("test_skip", 1), ("test_real", 0), ("test_clean", 0)])
def test_only_expected_skips_pass(tmp_path, name, code):
    assert run(tmp_path, "-k", name).returncode == code
