"""Test accuracy of whole trainings on the real data sets, with their own splits.

    python -m tests.bench.bench_accuracy [--data …] [--recipes …] [--seeds …]

Prints a line for each data set, recipe and seed: how many test pictures are right, with the 95 % interval (Wilson), and
what validation had said. Wanted of Balanced: at least 0.99, 0.95 and 0.98, and never below Quick by more than chance.
Look at it when choices are made, never to make them: those are for the training and validation pictures.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from desktop_app.evaluation.evaluate import evaluate
from desktop_app.events import Evaluated, Trained
from desktop_app.learning.recipe import preset_named
from desktop_app.learning.training import train
from desktop_app.project.project import Project
from tests.bench.real_data import copy_of


def measure(project: Project, recipe: str, seed: int) -> tuple[Trained, Evaluated, float]:
    """Train and evaluate; the seconds are those of the training, whose embeddings may have been known."""
    started = time.perf_counter()
    *_, trained = train(project, replace(preset_named(recipe), seed=seed))
    took = time.perf_counter() - started
    *_, evaluated = evaluate(project, project.runs.get(trained.run), "test")
    return trained, evaluated, took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", nargs="+", default=["xsdd", "pollen_bees", "sign_digits"])
    parser.add_argument("--recipes", nargs="+", default=["quick", "balanced"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DISCERN_HOME"] = f"{folder}/home"
        for name in arguments.data:
            copy = copy_of(name, Path(folder))
            with Project.open(copy / "images") as project:
                for _ in project.import_splits(copy / "split.csv", project.scan()):
                    pass
            for recipe in arguments.recipes:
                for seed in arguments.seeds:
                    with Project.open(copy / "images") as project:
                        trained, evaluated, took = measure(project, recipe, seed)
                    low, high = evaluated.interval
                    print(
                        f"{name:12} {recipe:9} seed {seed}: {evaluated.right} of {evaluated.n} test pictures right, "
                        f"{evaluated.accuracy:.3f} ({low:.3f}–{high:.3f}); validation {trained.right} of {trained.n}; "
                        f"{trained.phase}, {took:.0f} s",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
