"""How long a person waits for the window: process start → start page painted, against a bare QMainWindow.

    python -m tests.bench.bench_start [--runs 9]

Prints the medians and their ratio; wanted: at most 4. Nothing that trains or predicts may be imported until then.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # a bench on a screen sets another platform

HEAVY = {"torch", "torchvision", "timm", "sklearn", "scipy", "onnx", "onnxruntime", "pyqtgraph"}

# Each prints, once its window is painted, the time of the system's monotonic clock.
BARE = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, app.quit)

app = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
app.exec()
print(time.monotonic(), "[]")
"""
DISCERN = """
import json, sys, time
from desktop_app.ui.app import main
code = main([])
print(time.monotonic(), json.dumps(sorted(sys.modules)))
sys.exit(code)
"""


def start(code: str) -> tuple[float, set[str]]:
    """Seconds from process start to painted window, and the modules that were imported by then."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "DISCERN_HOME": home, "DISCERN_EXIT_AFTER_FIRST_PAINT": "1"}
        begun = time.monotonic()
        done = subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, check=True)
    painted, modules = done.stdout.decode().splitlines()[-1].split(" ", 1)
    return float(painted) - begun, set(json.loads(modules))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    start(BARE), start(DISCERN)  # fill the disk cache
    bare, discern = [], []
    for _ in range(runs):
        bare.append(start(BARE)[0])
        seconds, modules = start(DISCERN)
        discern.append(seconds)
        assert not modules & HEAVY, f"imported before the first paint: {modules & HEAVY}"
    one, other = statistics.median(bare), statistics.median(discern)
    print(f"bare window {one * 1000:.0f} ms, start page {other * 1000:.0f} ms: × {other / one:.2f} (wanted: at most 4)")


if __name__ == "__main__":
    main()
