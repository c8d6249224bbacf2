"""What the window imports before it is seen, and that the program starts and ends by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HEAVY = {
    "torch",
    "torchvision",
    "timm",
    "sklearn",
    "scipy",
    "onnx",
    "onnxruntime",
    "pyqtgraph",
    "matplotlib",
    "qtawesome",
    "numpy",
    "PIL",
}
PROGRAM = """
import json, sys
from desktop_app.ui.app import main
code = main([])
print(json.dumps(sorted(sys.modules)))
sys.exit(code)
"""


def start(home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DISCERN_HOME": str(home), "DISCERN_EXIT_AFTER_FIRST_PAINT": "1"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_nothing_heavy_until_the_start_page_is_seen(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    assert "desktop_app.ui.pages.start" in modules
    assert not HEAVY & modules
    assert "desktop_app.ui.pages.train" not in modules


def test_it_starts_without_a_word_on_the_error_stream(tmp_path: Path) -> None:
    lines = [line for line in start(tmp_path).stderr.splitlines() if "propagateSizeHints" not in line]
    assert lines == []


def test_threads_of_the_start_page_end_with_it(tmp_path: Path) -> None:
    """With recent projects, the start page looks for their folders in a thread, which must not be torn."""
    (tmp_path / "config").mkdir()
    recent = [str(tmp_path / name) for name in ("here", "gone", "config")]
    (tmp_path / "config" / "settings.json").write_text(json.dumps({"format": 1, "recent": recent}))
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "QThread" not in done.stderr


def test_damaged_settings_do_not_keep_it_from_starting(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.json").write_text('{"format": 1, "recent": [1, null], "window": "?", "theme": 3}')
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
