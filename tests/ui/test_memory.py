"""Freed memory is returned to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

_HOLES = """
import resource
from pathlib import Path
import numpy as np
from desktop_app.ui.memory import return_freed_memory

def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

return_freed_memory()
np.ones(30_000_000, np.int8)  # its end would make the C library keep what is smaller
before = megabytes()
arrays = [np.ones(2_000_000, np.int8) for _ in range(100)]
del arrays[::2]
print(megabytes() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do so by themselves")
def test_between_arrays_that_stay_no_freed_ones_are_kept() -> None:
    found = subprocess.run([sys.executable, "-c", _HOLES], capture_output=True, text=True, check=True)
    assert float(found.stdout) < 150  # of the 200 MB
