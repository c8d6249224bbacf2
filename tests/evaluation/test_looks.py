"""Where a run looks, class by class."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper
from PIL import Image

from desktop_app.errors import DataError
from desktop_app.evaluation import looks
from desktop_app.evaluation.evaluate import evaluate
from desktop_app.evaluation.looks import ClassLooks, chosen_rows, find_looks, looks_file, stored_looks
from desktop_app.events import LooksFound
from desktop_app.features import graphs
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.drawing import let_settle
from tests.ui.demo import snapshot_of

PREPARATION = Preprocessing(32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


def looking_at_red_and_blue() -> ModelProto:
    """A model whose class 0 is redness, 1 blueness, wherever in the picture it is."""
    colour = np.zeros((2, 3, 4, 4), np.float32)
    colour[0, 0], colour[0, 1:], colour[1, 2], colour[1, :2] = 1 / 16, -1 / 32, 1 / 16, -1 / 32
    nodes = [
        helper.make_node("Conv", ["pixels", "colour"], ["a"], name="colour", strides=[4, 4]),
        helper.make_node("Relu", ["a"], ["b"], name="active"),
        helper.make_node("GlobalAveragePool", ["b"], ["c"], name="pool"),
        helper.make_node("Flatten", ["c"], ["embedding"], name="flatten"),
    ]
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(colour, "colour")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", graphs.OPSET)])
    model.ir_version = 8
    prepared = graphs.with_preprocessing(model, PREPARATION)
    return graphs.with_head(prepared, 20 * np.eye(2, dtype=np.float32), np.zeros(2, np.float32))


def draw(path: Path, colour: tuple[int, int, int], *, framed: bool, seed: int) -> None:
    """A grey picture with a frame, or with a spot near its middle."""
    pixels = np.full((48, 64, 3), 120, np.uint8)
    pixels[..., 0] = pixels[..., 0] + seed % 7  # no two are the same
    if framed:
        pixels[:5] = pixels[-5:] = colour
        pixels[:, :6] = pixels[:, -6:] = colour
    else:
        pixels[18:32, 24 + seed % 5 : 40] = colour
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """“framed” is told by a red frame, “spotted” by a blue spot in the middle."""
    root = tmp_path_factory.mktemp("looks") / "project"
    for seed in range(60):
        draw(root / "framed" / f"{seed}.png", (250, 0, seed), framed=True, seed=seed)
        draw(root / "spotted" / f"{seed}.png", (seed, 0, 250), framed=False, seed=seed)
    let_settle(root)
    with Project.open(root) as project:
        snapshot = snapshot_of(project)
        run = project.runs.create(
            recipe={"name": "quick"},
            backbone="colours",
            classes=snapshot.classes,
            preprocessing=PREPARATION.to_dict(),
        )
        snapshot.write_csv(run.snapshot_csv)
        run.model_onnx.write_bytes(looking_at_red_and_blue().SerializeToString())
        run.document["status"] = "done"
        run.save()
        list(evaluate(project, run))
    return root


@pytest.fixture
def measured(root: Path) -> Iterator[tuple[Project, Run]]:
    with Project.open(root) as project:
        run = project.runs.get("1")
        yield project, run
        looks_file(run, "test").unlink(missing_ok=True)


def found(project: Project, run: Run) -> tuple[LooksFound, tuple[ClassLooks, ...]]:
    *_, last = find_looks(project, run)
    assert isinstance(last, LooksFound)
    kept = stored_looks(run, "test")
    assert kept is not None
    return last, kept


def test_a_class_that_is_told_by_its_frame_is_warned_of(measured: tuple[Project, Run]) -> None:
    event, (framed, spotted) = found(*measured)
    assert (event.on_border, event.classes) == (["framed"], 2)
    assert event.pictures == framed.n + spotted.n == 24
    assert framed.on_border
    assert framed.interval[0] <= framed.border <= framed.interval[1]
    assert not spotted.on_border
    assert spotted.border < 0.1


def test_the_average_shows_where(measured: tuple[Project, Run]) -> None:
    _, (framed, spotted) = found(*measured)
    assert framed.heat.max() == spotted.heat.max() == 1
    middle = slice(10, 18)
    assert framed.heat[middle, middle].max() < 0.1 < framed.heat[:3].mean()
    assert spotted.heat[middle, middle].mean() > 0.5 > spotted.heat[:3].max()
    assert framed.aspect == pytest.approx(64 / 48, rel=0.05)
    assert abs(int(spotted.picture[5, 5]) - 120) < 12


def test_it_names_the_pictures_that_show_it_most(measured: tuple[Project, Run]) -> None:
    project, run = measured
    _, (framed, _) = found(project, run)
    assert len(set(framed.most)) == len(framed.most) == looks.SHOWN
    hashes = dict(project.index.content_hashes([f"framed/{seed}.png" for seed in range(60)]))
    assert set(framed.most) <= set(hashes.values())


def test_it_is_computed_once_for_a_model_and_its_predictions(
    measured: tuple[Project, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, run = measured
    first, _ = found(project, run)
    monkeypatch.setattr(looks, "_explain", lambda *_: pytest.fail("explained again"))
    assert found(project, run)[0] == first
    data = run.model_onnx.read_bytes()
    try:
        run.model_onnx.write_bytes(data + b"\0")
        assert stored_looks(run, "test") is None
    finally:
        run.model_onnx.write_bytes(data)


@pytest.mark.parametrize("damage", ["cut", "nothing", "values"])
def test_what_makes_no_sense_is_passed_over(measured: tuple[Project, Run], damage: str) -> None:
    project, run = measured
    _, kept = found(project, run)
    path = looks_file(run, "test")
    if damage == "values":
        hot = [one.heat * 2 for one in kept]
        looks._store(
            run, "test", [ClassLooks(**{**vars(one), "heat": heat}) for one, heat in zip(kept, hot, strict=True)]
        )
    else:
        path.write_bytes(path.read_bytes()[:200] if damage == "cut" else b"")
    assert stored_looks(run, "test") is None


def test_it_needs_a_result(measured: tuple[Project, Run]) -> None:
    project, run = measured
    with pytest.raises(DataError, match="not measured"):
        list(find_looks(project, run, "validation"))


def test_the_most_typical_picture_is_like_the_others_but_for_its_light() -> None:
    rng = np.random.default_rng(0)
    scene = rng.integers(60, 190, (looks.PICTURE_EDGE, looks.PICTURE_EDGE)).astype(np.uint8)
    noisy = [np.clip(scene * 0.7 + rng.normal(0, 30, scene.shape), 0, 255).astype(np.uint8) for _ in range(5)]
    other = rng.integers(0, 255, scene.shape).astype(np.uint8)
    assert looks.most_typical([other, *noisy[:3], scene // 2, *noisy[3:]]) is not other
    assert np.array_equal(looks.most_typical([other, *noisy, scene // 2]), scene // 2)


def test_pictures_of_each_class_are_chosen_but_not_too_many() -> None:
    actual = np.repeat([0, 1, 2, 9], [100, 3, 40, 5])
    rows = chosen_rows(actual, 3)
    assert np.bincount(actual[rows], minlength=10).tolist() == [40, 3, 40, 0, 0, 0, 0, 0, 0, 0]
    assert rows == chosen_rows(actual, 3)
    many = chosen_rows(np.repeat(np.arange(1000), 50), 1000)
    assert len(many) == 1000 * looks.FEWEST_PER_CLASS
