"""Saves the screens: `python -m tests.screens [--scale 2] [pytest's options]`, on this display or on one of its own.

Look at tests/screens/out afterwards: they are the product.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb"}
    screen = "1440x900x24"
    if arguments[:1] == ["--scale"]:
        environment["QT_SCALE_FACTOR"] = arguments[1]
        screen = "1920x1080x24"
        arguments = arguments[2:]
    command = [sys.executable, "-m", "pytest", "-m", "display", str(HERE), *arguments]
    if os.environ.get("DISPLAY"):
        return subprocess.call(command, env=environment)
    if not shutil.which("xvfb-run") or not shutil.which("openbox"):
        print("There is no display, and no xvfb-run and openbox to make one.", file=sys.stderr)
        return 2
    script = 'openbox 2>/dev/null & manager=$!; trap "kill $manager" EXIT; "$@"'
    run = ["xvfb-run", "--auto-servernum", f"--server-args=-screen 0 {screen}", "bash", "-c", script, "screens"]
    return subprocess.call([*run, *command], env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
