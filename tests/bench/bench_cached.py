"""Training and measuring a second time, with embeddings cached, against merely importing torch and timm.

    python -m tests.bench.bench_cached [--data xsdd] [--rounds 3]

Runs `discern train --recipe quick` and `discern evaluate` as two processes, and `python -c "import torch, timm"`, in
turns; prints each time and the ratio of the medians; wanted: at most 1.5.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.real_data import REPOSITORY, copy_of


def seconds(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="xsdd")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    imports, trainings, evaluations = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DISCERN_HOME"] = f"{folder}/home"
        data = copy_of(arguments.data, Path(folder))
        train = ("-m", "desktop_app", "train", str(data / "images"), "--recipe", "quick")
        first = seconds(*train, "--split", str(data / "split.csv"))
        print(f"first training, pictures read and the backbone's graph made: {first:.1f} s", flush=True)
        for _ in range(arguments.rounds):
            imports.append(seconds("-c", "import torch, timm"))
            trainings.append(seconds(*train))
            evaluations.append(seconds("-m", "desktop_app", "evaluate", str(data / "images")))
            print(
                f"import {imports[-1]:.2f} s, train {trainings[-1]:.2f} s, evaluate {evaluations[-1]:.2f} s", flush=True
            )
    both = statistics.median(trainings) + statistics.median(evaluations)
    print(f"ratio of the medians: {both / statistics.median(imports):.2f} (wanted: at most 1.5)")


if __name__ == "__main__":
    main()
