"""The harness: every test runs in a home of its own and leaves nothing behind.

A test fails if a thread, a timer, a child process or a window outlives it; Qt's warnings and Python's fail it, too
(`qt_log_level_fail` and `filterwarnings` in pyproject.toml). A skip for a reason that is not listed in
`EXPECTED_SKIPS` fails the whole session, so that a broken installation can't pass as a green one.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

# Threads of torch that spin while they wait slow down everything else on the machine; read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Creating a QApplication without a screen aborts the process; tests marked `display` set another platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

REPOSITORY = Path(__file__).resolve().parent.parent
SCREENS = REPOSITORY / "tests" / "screens"
EXPECTED_SKIPS = ("real data", "display", "root", "platform")  # a reason must start with one of these
SETTLE_SECONDS = 5.0  # how long something that is already ending may take to be gone


# ---- a home of its own


def _point_home_at(folder: Path, patch: pytest.MonkeyPatch) -> None:
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    patch.setenv("DISCERN_HOME", str(folder / "discern"))
    patch.setenv("HOME", str(folder))
    patch.setenv("XDG_RUNTIME_DIR", str(runtime))
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        patch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))


@pytest.fixture(scope="session", autouse=True)
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of fixtures that live longer than a test."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        _point_home_at(folder, patch)
        yield folder


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, session_home: Path) -> Iterator[Path]:
    """Settings, caches, logs and data of this test alone; outside `tmp_path`, which tests list."""
    # A patch of its own: it must be undone after `no_leaks` has looked, whatever the test does with `monkeypatch`.
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        _point_home_at(folder, patch)
        # The log, the crash trace and the hook for warnings are the process's, and this process is pytest's.
        patch.setattr("desktop_app.logs.start", lambda name: None)
        yield folder


# ---- nothing outlives its test


def _threads() -> set[threading.Thread]:
    # Dummies stand for threads that Python did not start (Qt's, ONNX Runtime's); Qt's are looked at as QThreads.
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def _still_there(look: Callable[[], list[str]]) -> list[str]:
    """What `look` finds and keeps finding; things that are already ending get a moment."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _name(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline()) or process.name()}"
    except psutil.Error:
        return str(process.pid)


@pytest.fixture(autouse=True)
def no_leaks(home: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, a child process, and, if it uses Qt, a timer, a QThread or a window."""
    uses_qt = bool({"qtbot", "qapp"} & set(request.fixturenames))
    if uses_qt:
        request.getfixturevalue("qapp")  # torn down after us
    threads, children = _threads(), _children()
    windows = _windows() if uses_qt else set()
    yield
    leaks = _still_there(lambda: [f"thread {thread.name}" for thread in _threads() - threads])
    leaks += _still_there(lambda: [f"process {_name(child)}" for child in _children() - children])
    if uses_qt:
        leaks += _qt_leaks(windows)
    if leaks:
        pytest.fail("This test left behind: " + "; ".join(leaks), pytrace=False)


def _windows() -> set[Any]:
    from PySide6.QtWidgets import QApplication

    return set(QApplication.topLevelWidgets())


def _qt_leaks(windows: set[Any]) -> list[str]:
    from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
    from shiboken6 import isValid

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    leaks = [f"window {widget!r}" for widget in _windows() - windows if type(widget).__name__ != "QTipLabel"]
    for thing in gc.get_objects():
        # `type(thing)`, since isinstance asks the thing, and some modules import themselves when asked.
        if issubclass(type(thing), QTimer) and isValid(thing) and thing.isActive():
            leaks.append(f"timer {thing!r} of {thing.parent()!r}")
            thing.stop()  # one leak must not fail the tests that follow
        elif issubclass(type(thing), QThread) and isValid(thing) and thing.isRunning():
            leaks.append(f"QThread {thing!r}")
    return leaks


# ---- real data


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """`shared_data("xsdd")`: the folder of a real data set (with images/ and split.csv), or a skip with its reason."""

    def find(name: str) -> Path:
        places = [Path(os.environ["DISCERN_DATA"])] if "DISCERN_DATA" in os.environ else []
        places.append(REPOSITORY.parent / "shared" / "data")
        for place in places:
            if (place / name / "split.csv").is_file():
                return place / name
        pytest.skip(f"real data: “{name}” is not here; name its parent folder in DISCERN_DATA")

    return find


# ---- skips


def pytest_collection_finish() -> None:
    """What the imports made is no test's, and there is a lot of it: leave it out when leaks are looked for."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_display = os.environ["QT_QPA_PLATFORM"] == "xcb" and os.environ.get("DISPLAY")
    for item in items:
        if bool(item.get_closest_marker("display")) != (SCREENS in item.path.parents):
            raise pytest.UsageError(f"{item.nodeid}: what needs a screen, and only that, belongs in {SCREENS}")
        if item.get_closest_marker("display") and not on_display:
            item.add_marker(pytest.mark.skip(reason="display: run it with `./packaging/test`, which opens one"))


def _unexpected_skips(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skips = []
    for report in reporter.stats.get("skipped", []) if reporter else []:
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if not reason.startswith(EXPECTED_SKIPS):
            skips.append(f"{report.nodeid}: {reason}")
    return skips


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and _unexpected_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if skips := _unexpected_skips(config):
        terminalreporter.section("unexpected skips", red=True)
        for skip in skips:
            terminalreporter.line(skip)
