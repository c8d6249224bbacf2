"""Whole trainings on drawn pictures: what they say, what they leave on disk, and what can go wrong."""

from __future__ import annotations

import errno
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop_app import storage
from desktop_app.errors import DataError, EngineError, StorageError
from desktop_app.events import (
    EpochEnded,
    Event,
    Interrupted,
    Notice,
    OptionChosen,
    PhaseEnded,
    Progress,
    RegularisationChosen,
    RunStarted,
    Step,
    StepStarted,
    Trained,
    to_dict,
)
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network
from desktop_app.learning import activations, machine, passes, tensors, training
from desktop_app.learning.recipe import RECIPES, Recipe
from desktop_app.learning.training import train
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.drawing import draw_classes, draw_picture
from tests.running import notices, skipped

pytestmark = pytest.mark.usefixtures("pretrained")

QUICK = RECIPES["quick"]
# The least that is still a fine-tune phase.
SHORT = Recipe(first_stage="stage7", views=1, epochs=3, batch=8, learning_rate=1e-3)


@pytest.fixture
def project(tmp_path) -> Iterator[Project]:
    with Project.open(draw_classes(tmp_path / "animals", each=10)) as project:
        yield project


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def latest(project: Project) -> Run:
    return project.runs.list()[0]


def stop_at(project: Project, recipe: Recipe, here: Callable[[Event], bool]) -> list[Event]:
    """The events up to the first for which `here` is true; there the training is stopped."""
    job = train(project, recipe)
    events = []
    for event in job:
        events.append(event)
        if here(event):
            break
    else:
        pytest.fail("it never came to that")
    job.close()
    return events


def model_of(run: Run) -> tensors.Tensors:
    return tensors.unpack(run.model_weights.read_bytes())[0]


def predict(run: Run, path: Path) -> np.ndarray:
    preprocessing = Preprocessing.from_dict(run.document["preprocessing"])
    return Network(run.model_onnx.read_bytes(), preprocessing).read(path)


# ---- what a training says and leaves


def test_quick_tells_its_story_in_order(project):
    events = list(train(project, QUICK))
    steps = [event.step for event in of(StepStarted, events)]
    assert steps == [Step.SCAN, Step.READ, Step.FREEZE, Step.SAVE]
    (started,) = of(RunStarted, events)
    assert started.classes == ["cat", "dog", "fox"]
    assert started.counts == {"train": 18, "validation": 6, "test": 6, "unlabelled": 0}
    assert started.device.startswith("Processor")
    (choice,) = of(RegularisationChosen, events)
    assert choice.chosen in choice.strengths
    epochs = of(EpochEnded, events)
    assert {event.phase for event in epochs} == {"freeze"}
    assert epochs[-1].train_loss < epochs[0].train_loss
    (ended,) = of(PhaseEnded, events)
    best = [event for event in epochs if event.best][-1]
    assert (ended.best_epoch, ended.validation_accuracy, ended.kept) == (best.epoch, best.validation_accuracy, True)
    assert best.validation_loss == min(event.validation_loss for event in epochs)
    assert isinstance(events[-1], Trained)
    assert (events[-1].phase, events[-1].n) == ("freeze", 6)


def test_quick_leaves_a_run_that_can_be_used(project):
    events = list(train(project, QUICK))
    run = project.runs.latest()
    assert run.status == "done"
    assert run.classes == ("cat", "dog", "fox")
    assert run.document["phase"] == "freeze"
    assert run.document["validation"] == {"right": events[-1].right, "n": 6}
    assert Recipe.from_dict(run.document["recipe"]) == QUICK
    # As text, in which numbers that are none equal each other.
    assert str(run.read_curves()) == str([to_dict(event) for event in of(EpochEnded, events)])
    assert not run.checkpoint.exists()
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    assert snapshot.fingerprint == run.document["fingerprint"]
    right = 0
    for row in snapshot.rows("validation"):
        probability = predict(run, project.path(snapshot.files[row]))
        assert probability.shape == (3,)
        assert probability.sum() == pytest.approx(1, abs=1e-5)
        right += int(probability.argmax() == snapshot.labels[row])
    assert right == events[-1].right


def test_the_graph_and_the_head_on_cached_embeddings_agree(project):
    list(train(project, QUICK))
    run = project.runs.latest()
    weights = model_of(run)
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    known = project.index.embeddings(run.document["embedding_key"], snapshot.hashes)
    for row in (0, 12, 29):
        logits = known[snapshot.hashes[row]] @ weights["head.weight"] + weights["head.bias"]
        powers = np.exp(logits - logits.max())
        expected = powers / powers.sum()
        np.testing.assert_allclose(predict(run, project.path(snapshot.files[row])), expected, atol=1e-5)


def test_balanced_fine_tunes_and_says_whether_it_helped(project):
    events = list(train(project, SHORT))
    steps = [event.step for event in of(StepStarted, events)]
    assert steps == [Step.SCAN, Step.READ, Step.FREEZE, Step.VIEWS, Step.FINE_TUNE, Step.SAVE]
    freeze, fine_tune = of(PhaseEnded, events)
    assert (freeze.phase, fine_tune.phase) == ("freeze", "fine_tune")
    epochs = [event for event in of(EpochEnded, events) if event.phase == "fine_tune"]
    assert [event.epoch for event in epochs] == [1, 2, 3]
    assert events[-1].phase == ("fine_tune" if fine_tune.kept else "freeze")
    assert project.runs.latest().document["phase"] == events[-1].phase


@pytest.mark.parametrize("better", [True, False])
def test_fine_tuning_is_kept_only_if_it_beats_the_freeze_phase(project, monkeypatch, better):
    from desktop_app.learning.model import Model

    def beats(model: Model, other: Model, measure: str) -> bool:
        return better if other.phase == "freeze" else model.epoch == 2

    monkeypatch.setattr(Model, "beats", beats)
    events = list(train(project, SHORT))
    run = project.runs.latest()
    assert of(PhaseEnded, events)[1].kept == better
    assert run.document["phase"] == ("fine_tune" if better else "freeze")
    before = model_of_pretrained()
    after = model_of(run)
    changed = {name for name, value in before.items() if not np.array_equal(value, after[f"backbone.{name}"])}
    trained = {name for name in before if name.startswith(("stage7.", "top.")) and name.endswith(("weight", "bias"))}
    assert changed == (trained if better else set())


def model_of_pretrained() -> tensors.Tensors:
    from desktop_app.features import graphs
    from desktop_app.learning import backbone_graphs
    from desktop_app.learning.backbones import BACKBONES

    graph = backbone_graphs.load(BACKBONES["efficientnet_lite0"])
    return graphs.weights(graphs.up_to(graph, graphs.EMBEDDING).graph)


def test_the_graph_of_a_fine_tuned_model_is_what_torch_computes(project, monkeypatch):
    """From picture to probability, with the weights that the run kept in its safetensors."""
    import torch

    from desktop_app.learning import networks
    from desktop_app.learning.backbones import BACKBONES
    from desktop_app.learning.model import Model

    monkeypatch.setattr(Model, "beats", lambda model, other, measure: True)
    list(train(project, SHORT))
    run = project.runs.latest()
    weights = model_of(run)
    backbone = BACKBONES["efficientnet_lite0"]
    network = networks.folded(networks.pretrained(backbone), backbone.size)
    network.load_state_dict({name: torch.from_numpy(weights[f"backbone.{name}"]) for name in network.state_dict()})
    path = draw_picture(project.root / "new.png", 1, 77, size=backbone.size)
    from desktop_app.project.imaging import load_rgb

    pixels = torch.from_numpy(load_rgb(path).astype(np.float32) / 255).permute(2, 0, 1)[None] * 2 - 1
    with torch.no_grad():
        logits = network(pixels) @ torch.from_numpy(weights["head.weight"]) + torch.from_numpy(weights["head.bias"])
    expected = torch.softmax(logits, 1)[0].numpy()
    np.testing.assert_allclose(predict(run, path), expected, atol=1e-3)


def test_the_same_seed_gives_the_same_model(project):
    for seed in (0, 0, 1):
        list(train(project, replace(SHORT, seed=seed, epochs=1)))
    third, second, first = (model_of(run) for run in project.runs.list())
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert any(not np.array_equal(first[name], third[name]) for name in first) or (
        latest(project).document["phase"] == "freeze"
    )


def test_with_everything_cached_the_freeze_phase_needs_no_torch(project):
    list(train(project, QUICK))
    project.close()
    code = f"""
import sys
from pathlib import Path
from desktop_app.learning.recipe import RECIPES
from desktop_app.learning.training import train
from desktop_app.project.project import Project
with Project.open(Path({str(project.root)!r})) as project:
    *_, last = train(project, RECIPES["quick"])
print(last.phase, [name for name in ("torch", "timm", "torchvision", "sklearn", "scipy") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "freeze []", done.stderr


# ---- stopping


@pytest.mark.parametrize("step", [Step.READ, Step.FREEZE])
def test_stopped_before_there_is_a_head(project, step):
    stop_at(project, SHORT, lambda event: isinstance(event, StepStarted) and event.step is step)
    assert latest(project).status == "stopped"
    assert not latest(project).usable


def test_stopped_in_the_freeze_phase_the_best_head_is_kept(project):
    events = stop_at(project, SHORT, lambda event: isinstance(event, EpochEnded))
    run = project.runs.latest()
    assert run.status == "stopped"
    assert run.document["epoch"] == of(EpochEnded, events)[-1].epoch
    assert predict(run, project.root / "cat" / "cat_001.png").shape == (3,)


def test_stopped_while_views_are_made_the_head_is_kept(project):
    stop_at(project, SHORT, lambda event: isinstance(event, Progress) and event.step is Step.VIEWS)
    assert project.runs.latest().document["phase"] == "freeze"


def test_stopped_while_fine_tuning_the_best_so_far_is_kept(project, monkeypatch):
    from desktop_app.learning.model import Model

    monkeypatch.setattr(Model, "beats", lambda model, other, measure: True)
    stop_at(project, SHORT, lambda event: isinstance(event, EpochEnded) and event.phase == "fine_tune")
    run = project.runs.latest()
    assert (run.status, run.document["phase"], run.document["epoch"]) == ("stopped", "fine_tune", 1)
    assert not run.checkpoint.exists()
    assert predict(run, project.root / "cat" / "cat_001.png").shape == (3,)


# ---- killed, and going on


KILLED = """
import os, signal, sys
from pathlib import Path
from desktop_app.events import EpochEnded, Progress
from desktop_app.learning import training
from desktop_app.learning.recipe import Recipe
from desktop_app.project.project import Project
training.CHECKPOINT_SECONDS = 0.0
root, kind, when = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
recipe = Recipe(first_stage="stage7", views=1, epochs=3, batch=8, learning_rate=1e-3)
count = 0
with Project.open(root) as project:
    for event in training.train(project, recipe):
        if kind == "epoch" and isinstance(event, EpochEnded) and event.phase == "fine_tune":
            count += 1
        if kind == "step" and isinstance(event, Progress) and event.step == "fine_tune":
            count += 1
        if kind == "views" and isinstance(event, Progress) and event.step == "views":
            count += 1
        if count == when:
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("kind", "when"),
    [
        ("step", 7),  # in the middle of the second epoch
        pytest.param("views", 1, marks=pytest.mark.slow),
        pytest.param("epoch", 1, marks=pytest.mark.slow),  # before its checkpoint is written
        pytest.param("epoch", 2, marks=pytest.mark.slow),
        pytest.param("epoch", 3, marks=pytest.mark.slow),
    ],
)
def test_a_killed_training_ends_with_the_model_it_would_have_had(project, tmp_path, kind, when):
    twin = tmp_path / "twin"
    shutil.copytree(project.root, twin)
    list(train(project, SHORT))
    straight = project.runs.latest()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(twin), kind, str(when)], capture_output=True, timeout=200, check=False
    )
    assert done.returncode == -9, done.stderr
    with Project.open(twin) as killed:
        run = latest(killed)
        assert run.status == "interrupted"
        assert run.resumable
        events = list(train(killed, QUICK, resume=run))  # its own recipe counts
        (started,) = of(RunStarted, events)
        assert started.resumed
        again = killed.runs.latest()
    assert (again.id, again.status) == (run.id, "done")
    assert again.document["validation"] == straight.document["validation"]
    assert again.document["phase"] == straight.document["phase"]
    expected, found = model_of(straight), model_of(again)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)

    def epochs(run: Run) -> list[tuple[object, ...]]:
        return [(point["phase"], point["epoch"], point["train_loss"]) for point in run.read_curves()]

    assert epochs(again) == epochs(straight)


@pytest.mark.parametrize("phase", ["freeze", "fine_tune"])
def test_interrupted_by_the_window_it_keeps_its_best_and_can_go_on(project, tmp_path, monkeypatch, phase):
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    straight_root = tmp_path / "straight"
    shutil.copytree(project.root, straight_root)
    with Project.open(straight_root) as straight:
        list(train(straight, SHORT))
        expected = model_of(straight.runs.latest())
    job = train(project, SHORT)
    epochs = (event for event in job if isinstance(event, EpochEnded) and event.phase == phase)
    next(epochs), next(epochs)
    with pytest.raises(Interrupted):
        job.throw(Interrupted())
    run = latest(project)
    assert (run.status, run.usable, run.resumable) == ("interrupted", True, True)
    assert predict(run, project.root / "cat" / "cat_001.png").shape == (3,)
    list(train(project, SHORT, resume=run))
    found = model_of(project.runs.latest())
    assert all(np.array_equal(found[name], value) for name, value in expected.items())


def interrupted(project: Project) -> Run:
    """A run as a killed process leaves it."""
    stop_at(project, QUICK, lambda event: isinstance(event, EpochEnded))
    run = latest(project)
    run.document["status"] = "interrupted"
    run.save()
    return run


def test_what_changed_meanwhile_changes_nothing_for_a_run_that_goes_on(project):
    run = interrupted(project)
    root = project.root
    draw_picture(root / "cat" / "new.png", 0, 500)
    (root / "dog" / "dog_001.png").rename(root / "dog_001.png")  # unlabelled
    (root / "dog" / "dog_002.png").rename(root / "fox" / "was a dog.png")
    (root / "cat").rename(root / "tiger")
    before = Snapshot.read_csv(run.snapshot_csv)
    list(train(project, QUICK, resume=run))
    after = Snapshot.read_csv(run.snapshot_csv)
    assert latest(project).status == "done" and latest(project).classes == ("cat", "dog", "fox")
    assert after.fingerprint == before.fingerprint and after.hashes == before.hashes
    assert {"dog_001.png", "fox/was a dog.png", "tiger/cat_001.png"} < set(after.files)


def test_going_on_is_refused_when_a_picture_is_gone(project):
    run = interrupted(project)
    (project.root / "cat" / "cat_001.png").unlink()
    with pytest.raises(DataError, match=r"can't go on.*1 of its pictures can no longer be found.*Train again"):
        list(train(project, QUICK, resume=run))
    assert latest(project).status == "interrupted"


def test_before_it_has_read_its_pictures_they_must_be_the_same(project):
    run = interrupted(project)
    run.snapshot_csv.unlink()
    draw_picture(project.root / "cat" / "new.png", 0, 500)
    with pytest.raises(DataError, match=r"can't go on.*have changed.*Train again"):
        list(train(project, QUICK, resume=run))


def test_a_run_that_ended_cannot_go_on(project):
    list(train(project, QUICK))
    with pytest.raises(DataError, match="has ended"):
        list(train(project, QUICK, resume=project.runs.latest()))


# ---- pictures that don't allow it


def test_one_class(tmp_path):
    with Project.open(draw_classes(tmp_path, ["cat"], each=5)) as project:
        with pytest.raises(DataError, match=r"only one class.*“cat”.*at least two.*Add a folder"):
            list(train(project, QUICK))
        assert project.runs.list() == []


def test_no_class(tmp_path):
    for number in range(3):
        draw_picture(tmp_path / f"{number}.png", 0, number)
    with Project.open(tmp_path) as project, pytest.raises(DataError, match=r"no classes.*3 pictures.*Make a folder"):
        list(train(project, QUICK))


def test_classes_of_the_same_pictures(tmp_path):
    draw_classes(tmp_path, ["cat"], each=5)
    shutil.copytree(tmp_path / "cat", tmp_path / "dog")
    with Project.open(tmp_path) as project, pytest.raises(DataError, match=r"no pictures to learn.*10 pict.*one class"):
        list(train(project, QUICK))


def test_an_empty_class_is_left_out(project):
    (project.root / "gnu").mkdir()
    events = list(train(project, QUICK))
    assert any("gnu" in notice for notice in notices(events))
    assert project.runs.latest().classes == ("cat", "dog", "fox")


def test_a_class_of_unreadable_pictures_is_left_out(project):
    (project.root / "gnu").mkdir()
    for number in range(4):
        (project.root / "gnu" / f"{number}.jpg").write_text(f"no picture {number}")
    events = list(train(project, QUICK))
    assert len(skipped(events)) == 4
    assert any("gnu" in notice and "left out" in notice for notice in notices(events))
    run = project.runs.latest()
    assert run.classes == ("cat", "dog", "fox")
    assert predict(run, project.root / "cat" / "cat_001.png").shape == (3,)


@pytest.mark.parametrize("each", [1, 2, 3])
def test_tiny_projects(tmp_path, each):
    with Project.open(draw_classes(tmp_path, each=each)) as project:
        events = list(train(project, SHORT))
        run = project.runs.latest()
        assert predict(run, tmp_path / "cat" / "cat_001.png").shape == (3,)
    n = events[-1].n
    if each < 3:
        assert n == 0
        assert math.isnan(of(PhaseEnded, events)[0].validation_accuracy)
        assert all(event.best for event in of(EpochEnded, events))
        assert any("Fine-tuning is left out" in notice for notice in notices(events))


def test_pictures_moved_while_it_trains_do_not_matter(project):
    job = train(project, QUICK)
    for event in job:
        if isinstance(event, RunStarted):
            (project.root / "cat" / "cat_001.png").rename(project.root / "dog" / "moved.png")
    run = project.runs.latest()
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    assert "cat/cat_001.png" in snapshot.files
    assert "dog/moved.png" not in snapshot.files


def test_pictures_that_vanish_before_fine_tuning_are_left_out_of_it(tmp_path):
    with Project.open(draw_classes(tmp_path, each=15)) as project:
        job = train(project, SHORT)
        events = []
        for event in job:
            events.append(event)
            if isinstance(event, RegularisationChosen):
                snapshot = Snapshot.read_csv(latest(project).snapshot_csv)
                project.path(snapshot.files[snapshot.rows("train")[0]]).unlink()
        assert len(skipped(events)) == 1
        assert of(PhaseEnded, events)[-1].phase == "fine_tune"


def test_many_vanished_pictures_end_with_the_frozen_model(project):
    events = []
    for event in train(project, SHORT):
        events.append(event)
        if isinstance(event, RegularisationChosen):
            shutil.rmtree(project.root / "cat")
    assert any("can no longer be read" in notice for notice in notices(events))
    assert events[-1].phase == "freeze"


# ---- the computer's limits


SIZE = 192 * 7 * 7 * 2  # bytes of the activations of one view


def test_what_does_not_fit_into_memory_goes_to_the_disk_and_changes_nothing(project, monkeypatch):
    stores = []

    class Watched(activations.Store):
        def __init__(self, memory: int) -> None:
            super().__init__(memory)
            stores.append(self)

    monkeypatch.setattr(training, "Store", Watched)
    list(train(project, SHORT))
    monkeypatch.setattr(machine, "memory", lambda: int(SIZE * 20 / SHORT.memory_share))
    events = list(train(project, SHORT))
    assert any("keeps 0.0 GB on the disk" in notice for notice in notices(events))
    assert [(store.in_memory // SIZE, store.on_disk // SIZE) for store in stores] == [(6 + 18 * 2, 0), (20, 22)]
    spilled, straight = project.runs.list()
    assert spilled.read_curves() != []
    for one, other in zip(spilled.read_curves(), straight.read_curves(), strict=True):
        assert one["train_loss"] == other["train_loss"]
    assert not list(activations.folder().glob(f"{activations.PREFIX}*"))


def test_too_little_memory_and_disk_mean_fewer_views(project, monkeypatch):
    monkeypatch.setattr(machine, "memory", lambda: int(SIZE * 20 / SHORT.memory_share) + 1)
    monkeypatch.setattr(passes, "free_disk", lambda: SIZE * (18 * 2 + 6 - 20))
    recipe = replace(SHORT, views=4, epochs=1)
    events = list(train(project, recipe))
    assert any("1 times instead of 4" in notice for notice in notices(events))
    assert of(PhaseEnded, events)[-1].phase == "fine_tune"


def test_far_too_little_memory_leaves_fine_tuning_out(project, monkeypatch):
    monkeypatch.setattr(machine, "memory", lambda: 100_000)
    monkeypatch.setattr(passes, "free_disk", lambda: 0)
    events = list(train(project, SHORT))
    assert any("too little memory" in notice for notice in notices(events))
    assert events[-1].phase == "freeze"


@pytest.mark.parametrize("when", ["keep", "read"])
def test_a_disk_that_fails_meanwhile_ends_fine_tuning_and_keeps_the_best(project, monkeypatch, when):
    def refuse(*_arguments) -> None:
        raise storage.storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), Path("activations"))

    monkeypatch.setattr(machine, "memory", lambda: 0)
    monkeypatch.setattr(activations.Store, when, refuse)
    events = list(train(project, SHORT))
    (notice,) = (event for event in of(Notice, events) if event.severity == "warning")
    assert notice.what.startswith("Fine-tuning ")
    assert "full" in notice.why
    assert (events[-1].phase, project.runs.latest().status) == ("freeze", "done")


def test_memory_and_device_can_be_told():
    assert machine.memory() > 1 << 28
    assert machine.device().startswith("Processor")


def test_a_full_disk_at_a_checkpoint_does_not_end_the_training(project, monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    original = storage.write_atomic

    def full(path: Path, data: bytes) -> None:
        if path.name.startswith("checkpoint"):
            raise storage.storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), path)
        original(path, data)

    monkeypatch.setattr(storage, "write_atomic", full)
    events = list(train(project, SHORT))
    assert any("could not be saved" in event.what and "full" in event.why for event in of(Notice, events))
    assert project.runs.latest().status == "done"


def test_a_full_disk_at_the_end_is_said_and_the_run_is_marked(project, monkeypatch):
    original = storage.write_atomic

    def full(path: Path, data: bytes) -> None:
        if path.name == "model.onnx":
            raise storage.storage_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), path)
        original(path, data)

    monkeypatch.setattr(storage, "write_atomic", full)
    with pytest.raises(StorageError, match=r"could not be written.*full"):
        list(train(project, QUICK))
    assert latest(project).status == "failed"
    assert not latest(project).usable


# ---- real pictures


@pytest.mark.data
def test_real_pictures_are_told_apart(shared_data, tmp_path):
    source = shared_data("pollen_bees")
    shutil.copytree(source / "images", tmp_path / "images", ignore=shutil.ignore_patterns(".discern"))
    shutil.copy(source / "split.csv", tmp_path)
    (tmp_path / "images").chmod(0o755)
    with Project.open(tmp_path / "images") as project:
        for _ in project.import_splits(tmp_path / "split.csv", project.scan()):
            pass
        *_, trained = train(project, QUICK)
    assert trained.right / trained.n > 0.85


@pytest.mark.parametrize(
    ("change", "tensors"),
    [
        ({"head": "hidden", "hidden_units": 9, "head_epochs": 3}, {"weight", "bias", "hidden.weight", "hidden.bias"}),
        ({"head": "prototype"}, {"weight", "bias"}),
        ({"imbalance": "logits"}, {"weight", "bias"}),
    ],
)
def test_every_head_ends_in_the_graph_that_the_app_runs(project, change, tensors):
    events = list(train(project, replace(QUICK, **change)))
    run = project.runs.latest()
    head = {name: value for name, value in model_of(run).items() if name.startswith("head.")}
    assert head.keys() == {f"head.{name}" for name in tensors}
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    rows = snapshot.rows("validation")
    right = sum(
        predict(run, project.path(snapshot.files[row])).argmax() == snapshot.labels[row] for row in rows.tolist()
    )
    assert (right, len(rows)) == (events[-1].right, events[-1].n)


def test_few_pictures_are_told_apart_by_prototypes(tmp_path):
    with Project.open(draw_classes(tmp_path / "few", each=5)) as project:
        events = list(train(project, QUICK))
    assert [event.epochs for event in of(EpochEnded, events)] == [1]
    assert not of(RegularisationChosen, events)


def test_what_helps_rare_classes_is_told(tmp_path):
    root = draw_classes(tmp_path / "rare", each=24)
    for path in sorted((root / "cat").iterdir())[7:]:
        path.unlink()
    with Project.open(root) as project:
        events = list(train(project, QUICK))
    (tried,) = of(OptionChosen, events)
    assert (tried.choice, tried.options, tried.measure) == (
        "imbalance",
        ["none", "weights", "logits"],
        "balanced_accuracy",
    )
    assert tried.scores[tried.options.index(tried.chosen)] == max(tried.scores)


def test_where_torch_cannot_be_loaded_that_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as without memory for it, an ImportError
    with pytest.raises(EngineError, match=r"can't be loaded.*Close other programs.*“quick” does without"):
        machine.accelerator()
