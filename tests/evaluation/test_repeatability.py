"""Whether the same is said of the same part."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from desktop_app.errors import DataError
from desktop_app.evaluation.intervals import wilson
from desktop_app.evaluation.repeatability import repeat_folder, repeatability, stored_repeatability
from desktop_app.events import PictureSkipped, Repeated
from tests.drawing import draw_classes
from tests.packages import trained_project

CLASSES = ("good", "dent", "scratch")


def measured(table: np.ndarray, names: list[str]) -> Repeated | None:
    files = [f"{row}.png" for row in range(len(names))]
    return repeatability(table, CLASSES, names, files, run="r", where="test")


def said(*calls: tuple[int, float]) -> np.ndarray:
    """Probabilities of pictures that are called a class with so much sureness."""
    table = np.array([[(1 - sure) / 2] * 3 for _, sure in calls])
    for row, (label, sure) in enumerate(calls):
        table[row, label] = sure
    return table


def test_parts_that_changed_their_class() -> None:
    table = said((0, 0.9), (0, 0.8), (1, 0.6), (2, 0.9), (2, 0.9), (0, 0.7))
    found = measured(table, ["a", "a", "a", "b", "b", ""])
    assert found is not None
    worst, steady = found.parts
    assert (worst.name, worst.pictures, worst.called, worst.changed) == ("a", 3, {"good": 2, "dent": 1}, True)
    assert worst.flips == pytest.approx(2 / 3)
    assert (worst.lowest, worst.highest) == pytest.approx((0.2, 0.9))
    assert (worst.files, worst.said) == (["2.png", "1.png", "0.png"], ["dent", "good", "good"])
    assert worst.spread == pytest.approx(np.std([0.9, 0.8, 0.2], ddof=1))
    assert (steady.changed, steady.flips, steady.spread) == (False, 0, 0)
    assert (found.changed, found.interval, found.pictures, found.times) == (1, wilson(1, 2), 5, (2, 3))
    assert found.flips == pytest.approx(1 / 3)


def test_the_flip_rate_counts_pairs() -> None:
    labels = [0, 0, 1, 2, 1, 0, 2]
    found = measured(said(*((label, 0.9) for label in labels)), ["part"] * 7)
    pairs = list(itertools.combinations(labels, 2))
    assert found is not None
    assert found.flips == pytest.approx(np.mean([one != other for one, other in pairs]))


def test_the_spread_is_that_of_an_analysis_of_variance() -> None:
    """The pooled deviation is the root of the mean square within groups."""
    from scipy import stats

    random = np.random.default_rng(0)
    sure = random.uniform(0.7, 0.95, 40)
    names = np.repeat([str(part) for part in range(10)], 4)
    found = measured(said(*((0, value) for value in sure)), names.tolist())
    groups = sure.reshape(10, 4)
    f, _ = stats.f_oneway(*groups)
    between = 4 * groups.mean(axis=1).var(ddof=1)
    assert found is not None
    assert found.spread == pytest.approx(np.sqrt(between / f))
    assert found.spread_interval[0] < found.spread < found.spread_interval[1]


def test_the_agreement_of_a_published_analysis() -> None:
    """Minitab's attribute agreement: an appraiser matched 14 of 15 essays with herself; exact 68.05–99.83 %."""
    names, calls = [], []
    for part in range(15):
        names += [f"{part}"] * 2
        calls += [(0, 0.9), (1 if part == 3 else 0, 0.9)]
    found = measured(said(*calls), names)
    assert found is not None
    assert (found.changed, len(found.parts)) == (1, 15)
    low, high = (1 - end for end in reversed(found.interval))
    assert low == pytest.approx(0.6805, abs=0.03)  # Wilson's is a little narrower than the exact one
    assert high == pytest.approx(0.9983, abs=0.02)
    assert found.interval == pytest.approx(wilson(1, 15))


def test_forty_parts() -> None:
    """Of 40 parts, 3 changed: 7.5 %, truly 2–20 %."""
    names = np.repeat([f"part {number}" for number in range(40)], 5).tolist()
    calls = [(1 if part < 3 and time == 0 else 0, 0.9) for part in range(40) for time in range(5)]
    found = measured(said(*calls), names)
    assert found is not None
    assert found.changed == 3
    assert found.interval == pytest.approx((0.0258, 0.1986), abs=1e-3)


def test_the_intervals_hold() -> None:
    """Parts that flip with a chance of their own: the true mean chance is within the interval as often as it says."""
    rng = np.random.default_rng(1)
    held = []
    for _ in range(300):
        chance = rng.beta(1, 9, 30)
        second = rng.random((30, 4)) < chance[:, None]
        calls = [(int(label), 0.9) for label in second.ravel()]
        found = measured(said(*calls), np.repeat(np.arange(30).astype(str), 4).tolist())
        assert found is not None
        truth = 2 * (0.1 - (9 / (100 * 11) + 0.01))  # 2 · E[p (1 − p)] of a beta distribution
        held.append(found.flips_interval[0] <= truth <= found.flips_interval[1])
    assert np.mean(held) >= 0.95


def test_without_parts_there_is_nothing_to_say() -> None:
    assert measured(said((0, 0.9), (1, 0.9)), ["", ""]) is None
    assert measured(said((0, 0.9), (1, 0.9)), ["a", "b"]) is None


# ---- a folder of parts


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    project, run = trained_project(tmp_path_factory.mktemp("repeat") / "animals")
    with project:
        yield run


@pytest.fixture
def folder(tmp_path):
    """Three parts in folders of their own, one of a single picture, and a stray picture."""
    draw_classes(tmp_path / "parts", {"part 1": 3, "part 2": 4, "lonely": 1})
    (tmp_path / "parts" / "part 1" / "torn.png").write_bytes(b"\x89PNG torn")
    (tmp_path / "parts" / "stray.png").write_bytes(next((tmp_path / "parts" / "part 1").iterdir()).read_bytes())
    return tmp_path / "parts"


def last_of(events) -> Repeated:
    *_, last = events
    assert isinstance(last, Repeated)
    return last


def test_a_folder_of_parts(run, folder) -> None:
    events = list(repeat_folder(run, folder))
    assert [event.file for event in events if isinstance(event, PictureSkipped)] == ["part 1/torn.png"]
    found = last_of(events)
    assert sorted((part.name, part.pictures) for part in found.parts) == [("part 1", 3), ("part 2", 4)]
    assert (found.where, found.run) == (str(folder), run.id)
    assert stored_repeatability(run) == found


def test_parts_by_their_names(run, tmp_path) -> None:
    draw_classes(tmp_path, {"all": 4})
    for number, picture in enumerate(sorted((tmp_path / "all").iterdir())):
        picture.rename(tmp_path / f"part{number // 2}_{number}.png")
    found = last_of(repeat_folder(run, tmp_path, "part?"))
    assert sorted(part.name for part in found.parts) == ["part0", "part1"]


def test_a_folder_without_parts(run, tmp_path) -> None:
    draw_classes(tmp_path, {"one": 1, "two": 1})
    with pytest.raises(DataError, match="No part"):
        list(repeat_folder(run, tmp_path))


@pytest.mark.parametrize("damage", ["", "{", '{"model": "x"}', "flips", "model"])
def test_a_stored_result_that_makes_no_sense(run, folder, damage: str) -> None:
    list(repeat_folder(run, folder))
    path, model = run.folder / "repeatability.json", run.model_onnx.read_bytes()
    try:
        if damage == "model":
            run.model_onnx.write_bytes(model + b"\0")
        else:
            text = path.read_text("utf-8")
            path.write_text(text.replace('"flips": ', '"flips": 7') if damage == "flips" else damage, "utf-8")
        assert stored_repeatability(run) is None
    finally:
        run.model_onnx.write_bytes(model)
