"""Every fault, in all of the computer's processors: `./packaging/test --faults [PROCESSES]`.

Runs the exhaustive tests of what is written to the disk, prints how much they survived, and fails where one of them
does, or where they were fewer than promised. Samples of them ("some") run with all other tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.totals import Totals

TESTS = (
    "move_faults",
    "move_states",
    "storage_faults",
    "project_faults",
    "hostile_journals",
    "planted_bugs",
    "training_faults",
    "picture_faults",
    "edited_runs",
)
LEAST_FAULTS, LEAST_STEPS, LEAST_BUGS, LEAST_SCENARIOS = 10_000, 20_000, 10, 40


def main(processes: int) -> int:
    started = time.monotonic()
    folder = Path(__file__).parent
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        "slow or not slow",
        "-k",
        "not some",
    ]
    command += [str(folder / f"test_{name}.py") for name in TESTS]
    totals = Totals()
    with tempfile.TemporaryDirectory() as share:
        running = []
        for number in range(processes):
            with (Path(share) / f"{number}.log").open("wb") as log:
                environment = os.environ | {"DISCERN_FAULTS_SHARE": share}
                running.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))
        codes = [process.wait() for process in running]
        for number, code in enumerate(codes):
            if code:
                print((Path(share) / f"{number}.log").read_text(errors="replace"))
        for part in Path(share).glob("*.json"):
            totals.add(part)
    print(totals)
    print(f"{time.monotonic() - started:9,.0f} seconds")
    enough = (
        totals.faults.total() >= LEAST_FAULTS
        and totals.steps.total() >= LEAST_STEPS
        and len(totals.bugs) >= LEAST_BUGS
        and len(totals.scenarios) >= LEAST_SCENARIOS
    )
    return 0 if enough and not any(codes) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count() or 1))
