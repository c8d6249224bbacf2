"""The program on a real screen, with a window manager."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.display
@pytest.mark.parametrize("arguments", [(), ("gui",)])
def test_the_window_opens(arguments, tmp_path):
    environment = {**os.environ, "DISCERN_EXIT_AFTER_FIRST_PAINT": "1"}
    command = [sys.executable, "-m", "desktop_app", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
