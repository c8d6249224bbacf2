"""How fast results are measured, judged and explained, and how well "how sure" is calibrated on real pictures.

    python -m tests.bench.bench_evaluate [PROJECT …] [--predictions 100000] [--classes 20]

For each trained project (a folder of class folders): evaluates the newest run from scratch, against the slower of what
decoding and the network's forward passes alone take on as many threads (wanted: a ratio of at least 0.85); prints how
far off "how sure" is on the test pictures, before and after calibration (wanted: under 0.05), and how long it takes to
explain a picture (wanted: under 1 s). Then, on drawn predictions: the matrix, intervals and thresholds together
(wanted: under 1 s), and the new figures at each step of the slider (wanted: under 50 ms). Nothing in the projects
changes but their results, which are measured anew.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from desktop_app.engine.jobs import EvaluateJob
from desktop_app.evaluation.calibration import calibration_error, fit_temperature
from desktop_app.evaluation.costs import Costs
from desktop_app.evaluation.evaluate import measure, predictions_csv, result_json, unlike_file
from desktop_app.evaluation.predicting import from_pictures
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.resampling import mean_intervals
from desktop_app.evaluation.rules import calls_of
from desktop_app.features.heat import Explainer
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network, map_ahead
from desktop_app.project.catalog import Snapshot
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Access, Project
from desktop_app.project.runs import Run
from desktop_app.ui.models.unsure import PROMISES, Doubt

ROUNDS = 3
EXPLAINED = 20
COSTS = (Costs(20.0, 5.0, 1.0), Costs(500.0, 5.0, 1.0))


def seconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def of_run(project: Project, run: Run) -> None:
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    paths = [project.path(snapshot.files[row]) for row in snapshot.rows("test").tolist()]
    preprocessing = Preprocessing.from_dict(run.document["preprocessing"])
    network = Network(run.model_onnx.read_bytes(), preprocessing)
    pictures = [load_rgb(path, target=preprocessing.size) for path in paths]
    whole, decoding, forward = [], [], []
    for _ in range(ROUNDS):
        whole.append(seconds(lambda: list(from_pictures(run, paths))))
        decoding.append(seconds(lambda: list(map_ahead(lambda p: load_rgb(p, target=preprocessing.size), paths))))
        forward.append(seconds(lambda: list(map_ahead(network, pictures))))
    limit = max(statistics.median(decoding), statistics.median(forward))
    print(f"  {len(paths)} pictures from scratch: {limit / statistics.median(whole):.2f} of the limit (wanted: 0.85)")
    validation, test = (Predictions.read_csv(predictions_csv(run, split)) for split in ("validation", "test"))
    temperature = fit_temperature(validation.probabilities, validation.actual)
    errors = [
        calibration_error(calls.how_sure, ~calls.harm)
        for calls in (calls_of(test, 1.0, ()), calls_of(test, temperature, ()))
    ]
    print(f"  calibration error {errors[0]:.3f}, calibrated (T = {temperature:.2f}) {errors[1]:.3f} (wanted: < 0.05)")
    from onnx import load_from_string

    explain = Explainer(load_from_string(run.model_onnx.read_bytes()), preprocessing)
    took = [seconds(lambda picture=picture: explain(picture)) for picture in pictures[:EXPLAINED]]
    print(f"  a picture is explained in {1000 * statistics.median(took):.0f} ms, at most {1000 * max(took):.0f} ms")


def of_project(root: Path) -> None:
    with Project.open(root, Access.READ) as project:
        runs = [run for run in project.runs.list() if run.usable]
    for run in runs:
        for path in (result_json(run, "validation"), result_json(run, "test"), unlike_file(run)):
            path.unlink(missing_ok=True)
        took = seconds(lambda run=run: list(EvaluateJob(str(root), run.id, calibrate=True).events(Access.OWN)))
        print(f"{root.parent.name}, {run.id}, {run.document['recipe'].get('name')}: the whole job takes {took:.1f} s")
        with Project.open(root, Access.READ) as project:
            of_run(project, run)


def drawn(n: int, classes: int, seed: int) -> Predictions:
    rng = np.random.default_rng(seed)
    actual = rng.integers(0, classes, n).astype(np.int32)
    logits = rng.normal(0, 1, (n, classes)).astype(np.float32)
    logits[np.arange(n), actual] += 3
    odds = np.exp(logits)
    names = tuple(f"class {number}" for number in range(classes))
    files = tuple(map(str, range(n)))
    away = rng.gamma(3, size=n).astype(np.float32)
    return Predictions(files, files, names, actual, odds / odds.sum(axis=1, keepdims=True), away)


def of_predictions(n: int, classes: int) -> None:
    validation, test = drawn(n, classes, 0), drawn(n, classes, 1)
    for groups in ((), tuple(f"part {row // 5}" for row in range(n))):
        doubt = Doubt(validation, test, groups, groups, (), None)

        def judge(groups: tuple[str, ...] = groups, doubt: Doubt = doubt) -> None:
            measure(test, "run-0001", "test", groups)
            mean_intervals(test.actual, test.predicted, classes, groups)
            doubt.expected(doubt.rule_for(0.05))

        took = seconds(judge)
        steps = [seconds(lambda aim=aim, d=doubt: follow(d, aim)) for aim in (*PROMISES, *COSTS)]
        kind = "in groups" if groups else "standing alone"
        print(f"{n} predictions of {classes} classes, {kind}: judged in {took:.2f} s (wanted: < 1 s); the slider takes")
        print(
            f"  {1000 * statistics.median(steps):.0f} ms a step, at most {1000 * max(steps):.0f} ms (wanted: < 50 ms)"
        )


def follow(doubt: Doubt, aim: float | Costs) -> None:
    """All that the page computes at a step of the slider, with its fold open."""
    rule = doubt.rule_for(aim)
    doubt.expected(rule)
    doubt.at_once(rule.costs)
    doubt.places(0, rule)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("projects", nargs="*", type=Path)
    parser.add_argument("--predictions", type=int, default=100_000)
    parser.add_argument("--classes", type=int, default=20)
    arguments = parser.parse_args()
    of_predictions(arguments.predictions, arguments.classes)
    for root in arguments.projects:
        of_project(root)


if __name__ == "__main__":
    main()
