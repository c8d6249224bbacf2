"""What may befall a training costs one clear message, and what is resumed ends as if nothing had happened.

The same to the last bit: the model's weights, its score and every epoch. The network is tiny, the training is the real
one.
"""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from desktop_app.errors import DataError, DiscernError, EngineError, ProjectError, WeightsError
from desktop_app.events import RegularisationChosen, RunStarted
from desktop_app.learning import checkpoints, tensors
from desktop_app.project.index import Index
from desktop_app.project.project import Project
from tests import tiny
from tests.drawing import draw_picture
from tests.faults.fault_disk import FaultDisk, substituted
from tests.faults.move_faults import DeadError, dead_from
from tests.faults.totals import Totals
from tests.faults.training_faults import (
    During,
    Ender,
    Result,
    Scene,
    at_epoch,
    checkpoint_often,
    die,
    nothing,
    refusing,
    tear,
    temps,
    when,
)

ERRNOS = (errno.ENOSPC, errno.EIO, errno.ESTALE)  # what is read-only has a test of its own


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint_often(monkeypatch)


@pytest.fixture
def scene(tiny, memory: Path) -> Scene:
    return Scene(memory)


@pytest.fixture
def expected(scene: Scene) -> Result:
    """What an undisturbed training gives."""
    told = scene.train()
    assert told.done
    assert told.messages == []
    result = scene.result()
    assert result.document["phase"] == "fine_tune"
    scene.set_up()
    return result


# ---- the process dies, at every call and at every event


def resumed_as_if_nothing_had_happened(scene: Scene, expected: Result, name: str) -> None:
    """Where the run began at all. One that had ended before the fault is as it should be already."""
    with Project.open(scene.root) as project:
        runs = project.runs.list()
    if runs and runs[0].resumable:
        told = scene.train(resume=True)
        assert told.done, f"{name}: {told.error}"
        assert told.messages == [], name
    else:
        assert not runs or runs[0].status == "done", name
    if runs:
        assert not scene.result().difference(expected), f"{name}: {scene.result().difference(expected)}"
    assert temps(scene.root) == [], name


def killed_at_calls(scene: Scene, expected: Result, totals: Totals, stride: int) -> None:
    for number in range(1, scene.calls() + 1, stride):
        for torn in (False, True):
            scene.set_up()
            assert isinstance(scene.train(fault=dead_from(number, torn=torn)).error, DeadError)
            resumed_as_if_nothing_had_happened(scene, expected, f"killed at call {number}{' torn' * torn}")
            totals.faults["while training: killed at a call"] += 1


def test_some_calls_at_which_it_is_killed(scene, expected, totals):
    killed_at_calls(scene, expected, totals, stride=17)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_call_at_which_it_is_killed(scene, expected, totals):
    killed_at_calls(scene, expected, totals, stride=1)


def ended_at_events(scene: Scene, expected: Result, totals: Totals, how: str, stride: int) -> None:
    for at in count(0, stride):
        scene.set_up()
        if not Ender(scene, how, at).reached:
            assert at > 20
            return
        resumed_as_if_nothing_had_happened(scene, expected, f"{how} at event {at}")
        totals.faults[f"while training: {how} at an event"] += 1


@pytest.mark.parametrize("how", ["kill", "interrupt"])
def test_some_events_at_which_it_ends(scene, expected, totals, how):
    ended_at_events(scene, expected, totals, how, stride=7)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("how", ["kill", "interrupt"])
def test_every_event_at_which_it_ends(scene, expected, totals, how):
    ended_at_events(scene, expected, totals, how, stride=1)


def test_killed_again_while_it_goes_on(scene, expected, totals):
    """At a few calls of a training that was killed, then resumed, then killed at the same call of that."""
    for number in range(30, 60, 9):
        scene.set_up()
        scene.train(fault=dead_from(number))
        scene.train(resume=True, fault=dead_from(number))
        resumed_as_if_nothing_had_happened(scene, expected, f"killed twice at call {number}")
        totals.faults["while training: killed twice"] += 1


# ---- the disk refuses


def refused_at_calls(scene: Scene, expected: Result, totals: Totals, codes: tuple[int, ...], stride: int) -> None:
    """One warning if it goes on without, one error if it can't; and what was kept is enough to go on."""
    for number in range(1, scene.calls() + 1, stride):
        for code in codes:
            for sticky in (False, True):
                name = f"{errno.errorcode[code]} at call {number}{' and on' * sticky}"
                scene.set_up()
                told = scene.train(fault=refusing(code, number, sticky=sticky))
                assert told.error is None or isinstance(told.error, DiscernError), name
                warnings = [message for message in told.messages if message.startswith("Progress could not be saved")]
                assert len(warnings) <= 1 and len(told.messages) - len(warnings) <= 1, f"{name}: {told.messages}"
                assert all(message.count("|") == 2 for message in told.messages), name
                if told.done and warnings:  # it may lack an epoch in its curves, or a checkpoint
                    assert not Result(scene.result().document, scene.result().weights, expected.epochs).difference(
                        expected
                    ), name
                else:
                    resumed_as_if_nothing_had_happened(scene, expected, name)
                totals.faults["while training: the disk refuses"] += 1


def test_some_calls_that_the_disk_refuses(scene, expected, totals):
    refused_at_calls(scene, expected, totals, (errno.ENOSPC,), stride=13)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_call_that_the_disk_refuses(scene, expected, totals):
    refused_at_calls(scene, expected, totals, ERRNOS, stride=1)


# ---- checkpoints


def after_epoch_2(scene: Scene) -> None:
    """A training that was killed when it had two checkpoints."""
    scene.set_up()
    told = scene.train(at_epoch(3, die))
    assert isinstance(told.error, DeadError)
    assert scene.run().checkpoint.exists()
    assert scene.run().previous_checkpoint.exists()


@pytest.mark.parametrize("sixteenth", range(16))
def test_a_torn_checkpoint_gives_way_to_the_one_before(scene, expected, totals, sixteenth):
    after_epoch_2(scene)
    tear(scene.run().checkpoint, sixteenth)
    loaded = checkpoints.load(scene.run())
    assert loaded and loaded[1]["epoch"] == 1
    resumed_as_if_nothing_had_happened(scene, expected, f"torn at {sixteenth} sixteenths")
    totals.scenarios[f"a checkpoint torn at {sixteenth} sixteenths"] += 1


def test_two_torn_checkpoints(scene, expected, totals):
    after_epoch_2(scene)
    tear(scene.run().checkpoint, 9)
    tear(scene.run().previous_checkpoint, 3)
    assert checkpoints.load(scene.run()) is None
    resumed_as_if_nothing_had_happened(scene, expected, "both torn")
    totals.scenarios["both checkpoints torn"] += 1


def _without_a_tensor(state, document):
    return {name: value for name, value in state.items() if not name.startswith("model.")}, document


def _of_another_shape(state, document):
    return {name: value[..., :1] for name, value in state.items()}, document


def _of_another_version(state, document):
    return state, {"format": 99}


@pytest.mark.parametrize("change", [_without_a_tensor, _of_another_shape, _of_another_version])
def test_a_checkpoint_from_elsewhere_is_not_used(scene, expected, totals, change, caplog):
    after_epoch_2(scene)
    run = scene.run()
    state, document = tensors.unpack(run.checkpoint.read_bytes())
    run.checkpoint.write_bytes(tensors.pack(*change(state, document)))
    resumed_as_if_nothing_had_happened(scene, expected, change.__name__)
    assert "does not fit" in caplog.text
    totals.scenarios[f"a checkpoint{change.__name__.replace('_', ' ')}"] += 1


@pytest.mark.parametrize("forgotten", ["model.", "square.", "steps"])
def test_a_checkpoint_that_forgets_something_is_caught(scene, expected, totals, monkeypatch, forgotten):
    from desktop_app.learning.fine_tuning import FineTuning

    original = FineTuning.state

    def state(phase):
        values, document = original(phase)
        values = {name: value * 0 if name.startswith(forgotten) else value for name, value in values.items()}
        return values, document | ({"steps": 1} if forgotten == "steps" else {})

    monkeypatch.setattr(FineTuning, "state", state)
    after_epoch_2(scene)
    with pytest.raises(AssertionError, match=r"other|is not"):
        resumed_as_if_nothing_had_happened(scene, expected, forgotten)
    totals.bugs[f"a checkpoint without “{forgotten}”"] += 1


# ---- pictures, people and computers


@dataclass(frozen=True)
class Scenario:
    """Something that befalls a training.

    Attributes:
        name: what it is.
        before: done to the project folder before it begins.
        during: what happens meanwhile.
        patch: what is wrong with the computer.
        choices: of the recipe, if others than usual.
        says: a pattern of the one message; "" if there is none.
        error: the kind of that message, if it ends the training.
        skipped: pictures that are named as skipped.
        mend: what is done before the training goes on; it then ends as if nothing had happened. None: it is not to.
        ends: what must be true of the run when it is done.
    """

    name: str
    before: Callable[[Path], object] = lambda root: None
    during: During = nothing
    patch: Callable[[pytest.MonkeyPatch], object] = lambda patch: None
    choices: dict[str, object] = field(default_factory=dict)
    says: str = ""
    error: type[DiscernError] | None = None
    skipped: int = 0
    mend: Callable[[Path], object] | None = None
    ends: Callable[[Result], object] = lambda result: True


def as_usual(result: Result) -> bool:
    return result.document["classes"] == ["cat", "dog", "fox"]


def freeze_phase_kept(result: Result) -> bool:
    return result.document["phase"] == "freeze" and as_usual(result)


def draw(root: Path, name: str, number: int, kind: int = 5) -> None:
    (root / name).mkdir()
    for each in range(number):
        draw_picture(root / name / f"{each:04}.png", kind, 1000 * kind + each, size=32)


def only(root: Path, *names: str) -> None:
    """Leave only these classes."""
    for folder in [path for path in root.iterdir() if path.is_dir() and path.name not in names]:
        shutil.rmtree(folder)


def vanish(project: Project, split: str = "train", share: float = 1.0) -> None:
    """Move pictures of the run out of the project."""
    from desktop_app.project.catalog import Snapshot

    snapshot = Snapshot.read_csv(project.runs.list()[0].snapshot_csv)
    rows = snapshot.rows(split)
    away = project.root.parent / "project away"
    for row in rows[: max(1, round(share * len(rows)))]:
        (away / snapshot.files[row]).parent.mkdir(parents=True, exist_ok=True)
        project.path(snapshot.files[row]).rename(away / snapshot.files[row])


def relabel(project: Project) -> None:
    """Move half of the run's pictures of a class into another."""
    for path in sorted((project.root / "cat").iterdir())[::2]:
        path.rename(project.root / "dog" / f"was {path.name}")


def come_back(root: Path) -> None:
    away = root.parent / "project away"
    for path in [path for path in away.rglob("*") if path.is_file()]:
        path.rename(root / path.relative_to(away))


def damage(project: Project) -> None:
    from desktop_app.project.catalog import Snapshot

    snapshot = Snapshot.read_csv(project.runs.list()[0].snapshot_csv)
    project.path(snapshot.files[snapshot.rows("train")[0]]).write_bytes(b"\x89PNG half")


def losing_numbers(value: float, at: int) -> Callable[[pytest.MonkeyPatch], object]:
    """The `at`-th loss of fine-tuning is no number."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        from desktop_app.learning.optimising import Stepper

        original, calls = Stepper._loss, count()
        monkeypatch.setattr(Stepper, "_loss", lambda *given: original(*given) * (value if next(calls) == at else 1))

    return patch


def raising(error: Callable[[], BaseException], *at: int) -> Callable[[pytest.MonkeyPatch], object]:
    """The forward passes of these numbers fail; all of them if none is given."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        from desktop_app.learning.examples import Examples

        original, calls = Examples.read, count()

        def read(*arguments):
            if not at or next(calls) in at:
                raise error()
            return original(*arguments)

        monkeypatch.setattr(Examples, "read", read)

    return patch


def short_memory(most: int) -> Callable[[pytest.MonkeyPatch], object]:
    """No more pictures than that can be learnt from at a time."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        import torch

        from desktop_app.learning.optimising import Stepper

        original = Stepper.logits

        def logits(stepper, inputs):
            if len(inputs) > most and torch.is_grad_enabled():
                raise torch.OutOfMemoryError("CUDA out of memory")
            return original(stepper, inputs)

        monkeypatch.setattr(Stepper, "logits", logits)

    return patch


def card_lost() -> BaseException:
    import torch

    return torch.AcceleratorError("CUDA error: unspecified launch failure")


def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop_app.learning import networks

    def missing(backbone):
        raise WeightsError("The pretrained network is missing.", why="Its file is gone.", hint="Install it again.")

    monkeypatch.setattr(networks, "pretrained", missing)


def jumping_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1e9, 2e9, 0.0] * 100_000)
    monkeypatch.setattr("time.time", lambda: next(times))


VANISHING = r"vanishing while they are read.*\|.*drive.*\|Put them back"
CANT_GO_ON = r"can't go on\.\|\d+ of its pictures can no longer be found\.\|Train again"

SCENARIOS = [
    # what is in the folders
    Scenario(
        "an empty class", lambda root: (root / "gnu").mkdir(), says=r"No pictures: “gnu”\.\|\|.*left out", ends=as_usual
    ),
    Scenario("a hidden folder", lambda root: draw(root, ".git", 4), ends=as_usual),
    Scenario("a trash folder", lambda root: draw(root, ".trash", 4), ends=as_usual),
    Scenario("a folder of macOS's archives", lambda root: draw(root, "__MACOSX", 4), ends=as_usual),
    Scenario(
        "a class of 1",
        lambda root: draw(root, "gnu", 1),
        says=r"No picture in the validation and test split: “gnu”\.\|Too few.*watched during training or tested\.\|Add",
        ends=lambda result: "gnu" in result.document["classes"],
    ),
    Scenario(
        "a class of 2",
        lambda root: draw(root, "gnu", 2),
        says=r"No picture in the validation split: “gnu”\.\|Too few.*\|Add",
        ends=lambda result: "gnu" in result.document["classes"],
    ),
    Scenario(
        "a class of 3",
        lambda root: draw(root, "gnu", 3),
        ends=lambda result: "gnu" in result.document["classes"],
    ),
    Scenario(
        "a single class",
        lambda root: only(root, "cat"),
        says=r"only one class.*“cat”.*\|.*at least two\.\|Add a folder",
        error=DataError,
    ),
    Scenario(
        "no class",
        lambda root: [path.rename(root / path.name) for path in root.glob("*/*.png")] and only(root),
        says=r"no classes to learn\.\|30 pictures.*\|Make a folder",
        error=DataError,
    ),
    Scenario(
        "99 to 1",
        lambda root: (only(root, "cat", "dog"), draw(root, "most", 99)),
        ends=lambda result: len(result.document["classes"]) == 3,
    ),
    Scenario(
        "copies of pictures in their class",
        lambda root: [
            shutil.copy(path, path.with_name("copy " + path.name)) for path in list((root / "cat").iterdir())
        ],
        ends=as_usual,
    ),
    Scenario(
        "the same picture in two classes",
        lambda root: shutil.copy(root / "cat" / "cat_001.png", root / "dog" / "copy.png"),
        says=r"cat_001\.png|copy\.png",
        ends=as_usual,
    ),
    Scenario("a last batch of 1", lambda root: None, choices={"batch": 17}, ends=as_usual),
    Scenario("one batch for all", lambda root: None, choices={"batch": 1024}, ends=as_usual),
    Scenario("an empty file", lambda root: (root / "cat" / "empty.png").touch(), skipped=1, ends=as_usual),
    Scenario(
        "half a picture",
        lambda root: (root / "cat" / "half.png").write_bytes((root / "cat" / "cat_001.png").read_bytes()[:500]),
        skipped=1,
        ends=as_usual,
    ),
    Scenario(
        "a class that can't be read",
        lambda root: [(root / "gnu").mkdir(), *((root / "gnu" / f"{n}.jpg").write_text(f"no {n}") for n in range(9))],
        says=r"None of the training pictures could be read: gnu\.",
        skipped=9,
        ends=as_usual,
    ),
    Scenario(
        "no picture can be read",
        lambda root: [path.write_text(str(path)) for path in root.glob("*/*.png")],
        says=r"None of the pictures can be read\.\|.*30 files.*\|Put JPEG",
        skipped=30,
        error=DataError,
    ),
    # what happens meanwhile
    Scenario(
        "a picture is put into another class meanwhile",
        during=at_epoch(1, lambda project: (project.root / "cat/cat_001.png").rename(project.root / "dog/moved.png")),
        ends=as_usual,
    ),
    Scenario(
        "a class is renamed meanwhile",
        during=at_epoch(1, lambda project: (project.root / "cat").rename(project.root / "lion")),
        ends=as_usual,
    ),
    Scenario(
        "a class is added meanwhile",
        during=when(RegularisationChosen, lambda project: draw(project.root, "gnu", 9)),
        ends=as_usual,
    ),
    Scenario(
        "pictures vanish while they are read",
        during=when(RunStarted, lambda project: (project.root / "cat").rename(project.root.parent / "project cat")),
        patch=lambda patch: patch.setattr(Index, "embeddings", lambda *_: {}),  # nothing was read before
        says=VANISHING,
        error=DataError,
        mend=lambda root: (root.parent / "project cat").rename(root / "cat"),
    ),
    Scenario(
        "a picture vanishes before fine-tuning",
        during=when(RegularisationChosen, lambda project: vanish(project, share=0.01)),
        choices={"epochs": 2},
        skipped=1,
        ends=as_usual,
    ),
    Scenario(
        "many pictures vanish before fine-tuning",
        during=when(RegularisationChosen, vanish),
        says=r"Fine-tuning is left out: 18 pictures can no longer be read\.\|They were moved.*\|.*freeze phase is kept",
        skipped=18,
        ends=freeze_phase_kept,
    ),
    Scenario(
        "many pictures change class before fine-tuning",
        during=when(RegularisationChosen, relabel),
        ends=as_usual,
    ),
    Scenario(
        "a picture is damaged before fine-tuning",
        during=when(RegularisationChosen, damage),
        skipped=1,
        ends=as_usual,
    ),
    Scenario(
        "all pictures vanish while it fine-tunes",
        during=at_epoch(1, lambda project: [vanish(project, split) for split in ("train", "validation", "test")]),
        ends=as_usual,
    ),
    # what the computer does
    Scenario(
        "the loss is NaN",
        patch=losing_numbers(float("nan"), 4),
        says=r"numbers grew beyond all bounds\.\|.*learning rate.*\|The best result so far is kept",
        ends=lambda result: result.document["phase"] == "fine_tune",
    ),
    Scenario(
        "the loss is infinite at once",
        patch=losing_numbers(float("inf"), 0),
        says=r"numbers grew beyond all bounds\.\|.*learning rate.*\|The best result so far is kept",
        ends=freeze_phase_kept,
    ),
    Scenario(
        "the graphics card's memory is short",
        patch=short_memory(5),
        says=r"Memory was short: 4 pictures are computed at a time instead of 8\.\|.*as many pictures as before",
        ends=lambda result: result.document["phase"] == "fine_tune",
    ),
    Scenario(
        "the graphics card's memory is very short",
        patch=short_memory(2),
        says=r"Memory was short: \d pictures are computed at a time instead of 8\.\|.*as many pictures as before",
        ends=lambda result: result.document["phase"] == "fine_tune",
    ),
    Scenario(
        "the graphics card has no memory for a single picture",
        patch=short_memory(0),
        says=r"it ran out of memory\.\|.*\|The best result so far is kept",
        ends=freeze_phase_kept,
    ),
    Scenario(
        "the graphics card fails",
        patch=raising(card_lost, 5),
        says=r"graphics card no longer answers\.\|The computer slept.*\|.*Resume",
        error=EngineError,
        mend=lambda root: None,
    ),
    Scenario(
        "the pretrained network is missing",
        patch=no_weights,
        says=r"network is missing\.\|.*\|Install",
        error=WeightsError,
        mend=lambda root: None,
    ),
    Scenario("the clock jumps", patch=jumping_clock, ends=as_usual),
    # going on after the folders have changed
    Scenario(
        "it goes on after a class was added",
        during=at_epoch(1, die),
        mend=lambda root: draw(root, "gnu", 9),
        error=DeadError,
    ),
    Scenario(
        "it goes on after a class was renamed",
        during=at_epoch(1, die),
        mend=lambda root: (root / "cat").rename(root / "lion"),
        error=DeadError,
    ),
    Scenario(
        "it goes on after a class was removed",
        during=at_epoch(1, die),
        says=CANT_GO_ON,
        mend=lambda root: shutil.rmtree(root / "cat"),
        error=DataError,
    ),
    Scenario(
        "it goes on after a picture was put into another class",
        during=at_epoch(1, die),
        mend=lambda root: (root / "cat/cat_001.png").rename(root / "dog/moved.png"),
        error=DeadError,
    ),
    Scenario(
        "it goes on after a picture was added",
        during=at_epoch(1, die),
        mend=lambda root: draw_picture(root / "cat" / "new.png", 0, 77, size=32),
        error=DeadError,
    ),
    Scenario(
        "it goes on after a picture was removed",
        during=at_epoch(1, die),
        says=CANT_GO_ON,
        mend=lambda root: (root / "cat/cat_001.png").unlink(),
        error=DataError,
    ),
]


def test_the_computer_runs_out_of_memory(scene, expected, totals):
    with pytest.MonkeyPatch.context() as patch:
        raising(MemoryError, 5)(patch)
        assert isinstance(scene.train().error, MemoryError)  # the worker process tells it, see tests/engine
    assert scene.run().status == "failed"
    told = scene.train(resume=True)
    assert (told.done, told.messages) == (True, [])
    # It goes on with half as many pictures at a time: the same sums, rounded otherwise.
    result = scene.result()
    assert result.document == expected.document
    for name, value in expected.weights.items():
        np.testing.assert_allclose(result.weights[name], value, atol=1e-4, err_msg=name)
    assert temps(scene.root) == []
    totals.scenarios["the computer runs out of memory"] += 1


def test_a_read_only_project(scene, expected, totals):
    def refuse(call: int, name: str, args: tuple) -> None:
        if isinstance(args[0], Path) and args[0].is_relative_to(scene.root):
            raise OSError(errno.EROFS, "read-only")

    disk = FaultDisk(Path("/"), fault=refuse)
    disk._check_no_picture = lambda path: None  # what it keeps lies elsewhere
    with substituted(disk):
        told = scene.train()
        assert told.done
        assert told.messages == []
        assert not scene.result().difference(expected)
        with Project.open(scene.root) as project:
            assert "read-only" in project.why_read_only
    assert not (scene.root / ".discern").exists()
    totals.scenarios["a read-only project"] += 1


def test_another_process_has_the_project(scene, totals):
    with Project.open(scene.root):
        told = scene.train()
    assert isinstance(told.error, ProjectError)
    (message,) = told.messages
    assert re.search(r"in use|open", message)
    totals.scenarios["another process has the project"] += 1


def test_it_goes_on_with_a_network_that_is_not_known(scene, totals):
    assert isinstance(scene.train(at_epoch(1, die)).error, DeadError)
    run = scene.run()
    run.document["recipe"]["backbone"] = "of tomorrow"
    run.save()
    told = scene.train(resume=True)
    assert isinstance(told.error, DataError)
    (message,) = told.messages
    assert "of tomorrow" in message
    totals.scenarios["it goes on with a network that is not known"] += 1


def test_it_goes_on_after_it_ended(scene, expected, totals):
    assert scene.train().done
    told = scene.train(resume=True)
    (message,) = told.messages
    assert re.search(r"has ended already\..*Train again", message)
    assert not scene.result().difference(expected)
    totals.scenarios["it goes on after it ended"] += 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_classes(scene, totals):
    only(scene.root)
    for number in range(1000):
        draw(scene.root, f"class {number:04}", 3, kind=number)
    told = scene.train()
    assert told.done
    assert len(scene.result().document["classes"]) == 1000
    assert told.messages == []
    totals.scenarios["a thousand classes"] += 1


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scene, expected, totals, monkeypatch, scenario):
    scene.recipe = tiny.recipe(**{"head_epochs": 4, **scenario.choices})
    scenario.before(scene.root)
    with pytest.MonkeyPatch.context() as patch:
        scenario.patch(patch)
        told = scene.train(scenario.during)
    refused = scenario.says == CANT_GO_ON
    if refused:
        assert isinstance(told.error, DeadError)
        scenario.mend(scene.root)
        told = scene.train(resume=True)
    check_message(told, scenario)
    assert len(told.skipped) == scenario.skipped
    if scenario.error:
        assert isinstance(told.error, scenario.error)
        if scenario.mend and not refused:
            scenario.mend(scene.root)
            resumed_as_if_nothing_had_happened(scene, expected, scenario.name)
    else:
        assert told.done, told.error
        assert scenario.ends(scene.result())
    totals.scenarios[scenario.name] += 1


def check_message(told, scenario):
    if not scenario.says:
        assert told.messages == []
    else:
        assert len(told.messages) == 1, told.messages
        (message,) = told.messages
        assert re.search(scenario.says, message), message
