"""How much training disturbs the window: gaps between the ticks of a 10 ms timer, idle and while the engine trains.

    python -m tests.bench.bench_gui_gap [--data FOLDER] [--pictures 600] [--seconds 15] [--backbone NAME]
                                        [--at-most SECONDS]

Opens the real window on its Train page. Prints both 99th percentiles and their ratio; wanted: at most 2. FOLDER is
a folder of class folders, copied first; without it, pictures are drawn. A network whose weights are not here gets
random ones: they take as long. `--at-most` stops a training that takes longer, and judges what was seen until then.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Before Qt is loaded; a bench on a screen sets another platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from desktop_app.engine.jobs import TrainJob
from desktop_app.engine.process import Engine
from desktop_app.settings import Settings
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from tests.drawing import draw_classes

INTERVAL = 10  # milliseconds
WARM_UP_SECONDS = 15  # until the engine has imported what it needs


class Ticks(QObject):
    """Notes the gaps, in milliseconds, between the ticks of a timer in the window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=INTERVAL, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now

    def take(self) -> list[float]:
        gaps, self.gaps = self.gaps, []
        return gaps


def wait(signal, seconds: float) -> None:
    """Run the event loop until the signal (if any) is emitted, `seconds` at most."""
    loop = QEventLoop()
    if signal is not None:
        signal.connect(loop.quit)
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def percentile(gaps: list[float], share: float) -> float:
    return sorted(gaps)[min(int(len(gaps) * share), len(gaps) - 1)]


def in_words(gaps: list[float]) -> str:
    return f"median {percentile(gaps, 0.5):.1f}, p99 {percentile(gaps, 0.99):.1f}, longest {max(gaps):.0f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=15, help="of the idle window")
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--at-most", type=float, default=1200, metavar="SECONDS", help="of the training")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DISCERN_HOME"] = f"{folder}/home"
        project = Path(folder) / "project"
        if arguments.data:
            shutil.copytree(arguments.data, project)
        else:
            draw_classes(project, ("good", "scratched", "chipped"), each=arguments.pictures // 3, size=256)
        # In another process: torch must not be in the window's.
        code = f"from tests.bench.bench_gui_gap import make_sure; make_sure({arguments.backbone!r})"
        subprocess.run([sys.executable, "-c", code], check=True)
        return measure(project, arguments.backbone, arguments.seconds, arguments.at_most)


def make_sure(name: str) -> None:
    """Give a network random weights, unless it has its own."""
    from desktop_app.learning import library
    from desktop_app.learning.backbones import BACKBONES

    if not library.is_installed(BACKBONES[name]):
        from tests.random_backbones import keep

        keep(name)


def measure(project: Path, backbone: str, seconds: float, at_most: float) -> int:
    app = QApplication(["discern"])
    app.setStyle("Fusion")
    theme = Theme(app, "light")
    session = Session(Engine(), Settings())
    window = MainWindow(session, theme)
    window.show()
    session.engine.start()
    session.open(project)
    wait(session.project_changed, 60)
    window.workspace.show_page("train")
    wait(None, WARM_UP_SECONDS)

    ticks = Ticks()
    wait(None, seconds)
    idle = ticks.take()
    endings = []
    session.job_ended.connect(endings.append)
    session.start_job(TrainJob(str(project), {"name": "balanced", "backbone": backbone}))
    wait(session.job_ended, at_most)
    busy = ticks.take()
    if session.busy:
        session.stop_job()
        wait(session.job_ended, 60)
    session.engine.stop()
    window.close()
    wait(None, 0.5)
    session.end()
    assert endings, "the training did not end"
    if endings[0].error:
        print(endings[0].error, file=sys.stderr)
        return 1
    one, other = percentile(idle, 0.99), percentile(busy, 0.99)
    print(backbone)
    print(f"idle ({len(idle)} ticks): {in_words(idle)}")
    print(f"training ({len(busy)} ticks): {in_words(busy)}")
    print(f"p99 while training: × {other / one:.2f} of idle (wanted: at most 2)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
