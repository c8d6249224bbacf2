"""What the Train page knows of a training, from its events alone."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from desktop_app.events import (
    EpochEnded,
    Evaluated,
    Paused,
    PhaseEnded,
    Progress,
    RunStarted,
    Step,
    StepStarted,
    Trained,
    WentOn,
)
from desktop_app.ui import training_words
from desktop_app.ui.models.axis import epoch_ticks, round_ticks
from desktop_app.ui.models.quantities import ACCURACY, LOSS
from desktop_app.ui.models.training import STEPS, Curves, StepState, TrainingState
from tests.ui.demo import epochs

COUNTS = {"train": 700, "validation": 228, "test": 432, "unlabelled": 48}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def started(run: str = "run-0007", **counts: int) -> RunStarted:
    return RunStarted(run, "balanced", "efficientnet_lite0", "Processor, 8 cores", ["a", "b"], {**COUNTS, **counts})


def epoch(phase, number, of, accuracy, best=False, **more):
    return EpochEnded(phase, number, of, 0.5, accuracy, 0.5, accuracy, best, **more)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def state_of(state: TrainingState, step: Step) -> StepState:
    return state.row(step).state


def test_steps_follow_each_other(clock):
    state = TrainingState("balanced", clock)
    state.apply(StepStarted(Step.SCAN))
    clock.now = 2.0
    state.apply(started())
    state.apply(StepStarted(Step.READ))
    assert state_of(state, Step.SCAN) is StepState.DONE
    assert state.row(Step.SCAN).seconds == 2.0
    assert state_of(state, Step.READ) is StepState.RUNNING
    assert state_of(state, Step.MEASURE) is StepState.WAITING


def test_a_pause_is_no_time(clock):
    state = TrainingState("quick", clock)
    state.apply(StepStarted(Step.READ))
    clock.now = 10.0
    state.apply(Progress(Step.READ, 50, 100, 10.0))
    fraction = state.fraction
    state.apply(Paused())
    clock.now = 1000.0
    assert state.paused
    assert state.seconds == 10.0
    state.apply(WentOn(990.0))
    assert not state.paused
    clock.now = 1010.0
    state.apply(Progress(Step.READ, 100, 100, 0.0))
    assert fraction < state.fraction < 1
    state.apply(StepStarted(Step.FREEZE))
    assert state.seconds == state.row(Step.READ).seconds == 20.0


def test_what_is_cached_is_not_needed(clock):
    state = TrainingState("quick", clock)
    state.apply(StepStarted(Step.FREEZE))
    assert state_of(state, Step.READ) is StepState.LEFT_OUT


def test_progress_never_goes_back(clock):
    state = TrainingState("balanced", clock)
    seen = []
    events = [
        StepStarted(Step.SCAN),
        StepStarted(Step.READ),
        Progress(Step.READ, 10, 100),
        Progress(Step.READ, 90, 100),
        StepStarted(Step.FREEZE),
        *epochs("freeze", 12, 100, 8),
        PhaseEnded("freeze", 8, 0.94, True, 1.0),
        StepStarted(Step.VIEWS),
        StepStarted(Step.FINE_TUNE),
        *epochs("fine_tune", 5, 15, 4),
    ]
    for event in events:
        clock.now += 1.0
        state.apply(event)
        seen.append(state.fraction)
    assert seen == sorted(seen)
    assert 0.3 < seen[-1] < 0.9


@pytest.mark.parametrize("cached", [False, True])
def test_progress_goes_with_time(clock, cached):
    """Reading takes a minute or, from the cache, no time; half-way in time is half-way on the bar."""
    state = TrainingState("balanced", clock)
    took = {Step.READ: 0.1 if cached else 60.0, Step.FREEZE: 2.0, Step.VIEWS: 50.0, Step.FINE_TUNE: 80.0}
    total = sum(took.values()) + 6.0
    errors = []
    for step, seconds in took.items():
        state.apply(StepStarted(step))
        for done in range(1, 51) if seconds >= 1 else [50]:
            clock.now += seconds / 50
            state.apply(Progress(step, done, 50, seconds * (1 - done / 50)))
            errors.append(abs(state.fraction - clock.now / total))
            if not cached:
                assert errors[-1] < 0.06
        if step is Step.FREEZE:
            state.apply(PhaseEnded("freeze", 8, 0.94, True, 2.0))
    assert max(errors[-100:]) < 0.1  # once a step has run that tells the speed


def test_only_the_measured_training_is_complete(clock):
    state = TrainingState("quick", clock)
    state.apply(started())
    state.apply(Trained("run-0007", "freeze", 220, 228, False, 12.0))
    assert state.fraction < 1
    state.apply(StepStarted(Step.MEASURE))
    state.apply(Evaluated("run-0007", "test", 432, 416, 0.96, (0.94, 0.98), 0.96, 0.96, ["a", "b"], []))
    assert state.fraction == pytest.approx(1.0)
    assert state.current is None


def test_a_failure_marks_the_step_that_ran(clock):
    state = TrainingState("quick", clock)
    state.apply(StepStarted(Step.READ))
    state.fail()
    assert state_of(state, Step.READ) is StepState.FAILED


def test_the_best_epoch_of_a_later_phase_must_beat_the_earlier_one():
    curves = Curves(("freeze", "fine_tune"))
    curves.add(epoch("freeze", 1, 10, 0.90, True))
    curves.add(epoch("freeze", 2, 10, 0.94, True))
    curves.add(epoch("fine_tune", 1, 15, 0.93, True))
    assert curves.best().phase == "freeze"
    curves.add(epoch("fine_tune", 2, 15, 0.94, True))
    assert curves.best().phase == "freeze", "equal is not better"
    curves.add(replace(epoch("fine_tune", 3, 15, 0.94, True), validation_loss=0.4))
    assert curves.best().epoch == 3, "as many right with a lower loss is"
    curves.add(epoch("fine_tune", 4, 15, 0.95, True))
    assert (curves.best().phase, curves.best().epoch) == ("fine_tune", 4)


def test_each_phase_is_one_unit_wide():
    curves = Curves(("freeze", "fine_tune"))
    for event in epochs("freeze", 24, 100, 16):
        curves.add(event)
    assert curves.x(curves.rows()[-1]) == pytest.approx(0.24), "while it runs, 100 epochs may come"
    curves.add(epoch("fine_tune", 3, 15, 0.9, True))
    assert curves.x(curves.epochs["freeze"][-1]) == 1.0, "it ended early, so its last epoch is its end"
    assert curves.x(curves.rows()[-1]) == pytest.approx(1.2)


def test_a_resumed_run_tells_epochs_again():
    curves = Curves(("freeze",))
    for number in range(1, 6):
        curves.add(epoch("freeze", number, 10, number / 10, True))
    curves.add(epoch("freeze", 4, 10, 0.7, True))
    assert [row.epoch for row in curves.rows()] == [1, 2, 3, 4]


def test_axes_begin_below_everything_and_end_above():
    curves = Curves(("freeze",))
    curves.add(EpochEnded("freeze", 1, 10, 0.83, 0.83, 1.7, 0.815, True))
    assert ACCURACY.limits(curves)[0] == pytest.approx(0.80)
    assert LOSS.limits(curves)[1] == pytest.approx(2.0)
    curves.add(EpochEnded("freeze", 2, 10, 0.83, 0.83, 1.7, 0.33, True))
    assert ACCURACY.limits(curves)[0] == pytest.approx(0.30)


def test_axes_without_numbers():
    curves = Curves(("freeze",))
    curves.add(EpochEnded("freeze", 1, 10, math.nan, math.nan, math.nan, math.nan, False))
    assert 0 <= ACCURACY.limits(curves)[0] < 1
    assert LOSS.limits(curves)[1] > 0


def test_ticks_are_round_and_reach_the_top():
    assert round_ticks(0.8, 1.0, 5) == [0.8, 0.85, 0.9, 0.95, 1.0]
    assert round_ticks(0.0, 0.04, 5) == [0.0, 0.01, 0.02, 0.03, 0.04]
    assert round_ticks(0.0, 0.5, 5) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert round_ticks(0.0, 3.0, 5) == [0.0, 1.0, 2.0, 3.0]
    assert round_ticks(0.3, 1.0, 5)[-1] == 1.0
    assert round_ticks(0.0, 0.4, 1) == [0.0, 0.4]


@pytest.mark.parametrize("most", range(1, 7))
@pytest.mark.parametrize("low_high", [(0.75, 1.0), (0.3, 1.0), (0.0, 0.5), (0.0, 8.0), (0.0, 0.03), (0.95, 1.0)])
def test_a_low_chart_has_few_ticks(low_high, most):
    ticks = round_ticks(*low_high, most)
    assert 1 <= len(ticks) <= most + 1
    assert ticks[-1] == low_high[1]
    assert ticks[0] >= low_high[0] - 1e-9


def test_the_last_epoch_of_a_phase_is_marked():
    curves = Curves(("freeze", "fine_tune"))
    for event in epochs("freeze", 64, 200, 50):
        curves.add(event)
    curves.add(epoch("fine_tune", 1, 15, 0.9, True))
    marks = epoch_ticks(curves)
    assert (1.0, 64) in marks
    assert (2.0, 15) in marks
    assert (0.0, 0) in marks


# ---- words


def words(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_best_so_far_with_its_doubt(clock, qapp):
    state = TrainingState("balanced", clock)
    state.apply(started())
    state.apply(epoch("freeze", 1, 100, 224 / 228, True))
    assert words(training_words.best_so_far(state)) == (
        "Best so far, epoch 1: 224 of 228 validation pictures right (98 %; truly 95–99 %). It is still improving."
    )
    state.apply(epoch("freeze", 2, 100, 0.9))
    assert "One epoch without improvement." in training_words.best_so_far(state)
    state.apply(epoch("freeze", 3, 100, 0.9))
    assert "2 epochs without improvement." in training_words.best_so_far(state)


def test_without_validation_nobody_can_say(clock, qapp):
    state = TrainingState("quick", clock)
    state.apply(started(validation=0))
    state.apply(epoch("freeze", 1, 100, math.nan, True))
    assert "no validation pictures" in training_words.best_so_far(state)


def test_the_headline_says_how_far(clock, qapp):
    state = TrainingState("balanced", clock)
    assert training_words.headline(state) == "Starting"
    state.apply(Progress(Step.READ, 312, 928))
    assert training_words.headline(state) == "Reading every picture once: 312 of 928"
    state.apply(epoch("fine_tune", 9, 15, 0.9, True))
    assert training_words.headline(state) == "Fine-tuning the last stages: epoch 9 of 15"
    state.apply(Progress(Step.FINE_TUNE, 612, 1080))
    assert training_words.headline(state) == "Fine-tuning the last stages: epoch 9 of 15"
    state.apply(Trained("run-0007", "fine_tune", 220, 228, False, 12.0))
    assert training_words.headline(state) == "Measuring on the test pictures"


def test_what_is_learnt_from(qapp):
    assert training_words.counts(700, 228, 432, 48) == (
        "Learns from 700 pictures, checks on 228. The 432 locked test pictures and 48 unlabelled ones are left out."
    )
    assert "unlabelled" not in training_words.counts(700, 228, 432, 0)
    assert "about 700" in training_words.counts(700, 228, 432, 0, exact=False)


@pytest.mark.parametrize("step", [*STEPS["balanced"], Step.PROBE])
def test_every_step_of_a_training_has_words(clock, step):
    state = TrainingState("balanced", clock)
    state.apply(StepStarted(step))
    row = state.row(step)
    for done in (StepState.WAITING, StepState.RUNNING, StepState.DONE):
        row.state = done
        assert training_words.step(row) != step.value
    row.state = StepState.RUNNING
    assert not training_words.headline(state).startswith(step.value)


def test_the_time_left_is_that_of_all_steps(clock):
    """Reading takes 27 % of the time that Balanced usually takes; nobody waits for the rest of that step alone."""
    state = TrainingState("balanced", clock)
    state.apply(StepStarted(Step.READ))
    assert state.time_left is None
    clock.now = 10.0
    state.apply(Progress(Step.READ, 10, 27, 17.0))
    assert state.seconds_left == 17.0
    assert state.time_left == pytest.approx(17.0 + 100.0 * (1 - 0.03 - 0.27))
    state.apply(StepStarted(Step.FREEZE))
    assert state.time_left is None


def test_before_the_step_that_takes_most_of_the_time_nobody_knows(clock):
    state = TrainingState("thorough", clock)
    state.apply(StepStarted(Step.VIEWS))
    clock.now = 10.0
    state.apply(Progress(Step.VIEWS, 10, 27, 17.0))
    assert state.time_left is None
    state.apply(StepStarted(Step.CHOOSE))
    state.apply(Progress(Step.CHOOSE, 1, 100, 600.0))
    assert state.time_left is not None and state.time_left > 600


def test_what_the_training_kept_is_what_is_marked(clock):
    """It may have gone by another measure than the share of right ones."""
    state = TrainingState("balanced", clock)
    state.apply(epoch("freeze", 1, 1, 0.90, best=True))
    state.apply(PhaseEnded("freeze", 1, 0.90, True, 1.0))
    state.apply(epoch("fine_tune", 1, 1, 0.95, best=True))
    assert state.curves.best().phase == "fine_tune"
    state.apply(PhaseEnded("fine_tune", 1, 0.95, False, 1.0))
    assert state.curves.best().phase == "freeze"
    assert state.curves.copy().best().phase == "freeze"
