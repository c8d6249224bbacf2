"""The fine-tune phase by itself, on activations that are made up."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from desktop_app.events import EpochEnded, Notice, Progress
from desktop_app.learning import machine
from desktop_app.learning.examples import Examples
from desktop_app.learning.fine_tuning import FineTuning
from desktop_app.learning.head import Head, Layer
from desktop_app.learning.optimising import one_cycle
from desktop_app.learning.recipe import Recipe
from desktop_app.learning.scores import Score

pytestmark = pytest.mark.usefixtures("pretrained")

RECIPE = Recipe(first_stage="top", epochs=3, batch=4, views=1, learning_rate=1e-2)


def examples(n: int, views: int, seed: int) -> Examples:
    """Activations of stage 7, whose first channels tell the class."""
    random = np.random.default_rng(seed)
    labels = (np.arange(n) % 3).astype(np.int64)
    activations = []
    for label in labels:
        values = random.standard_normal((1 + views, 320, 7, 7)).astype(np.float16)
        values[:, label * 50 : label * 50 + 50] += 2
        activations.append(values)
    return Examples(activations, labels)


def blank_head() -> Head:
    return Head(np.zeros((1280, 3), np.float32), np.zeros(3, np.float32))


def make(recipe: Recipe = RECIPE, n: int = 13) -> FineTuning:
    return FineTuning(recipe, examples(n, recipe.views, 0), examples(9, 0, 1), blank_head())


def epochs(events) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


def test_learns():
    phase = make()
    history = epochs(phase.events())
    assert [event.epoch for event in history] == [1, 2, 3]
    assert history[0].validation_loss < math.log(3)
    assert history[-1].validation_accuracy > 0.9
    assert phase.best is not None
    assert phase.best.score.n == 9
    assert phase.best.score.macro_f1 == history[phase.best.epoch - 1].validation_macro_f1
    best = [event for event in history if event.best]
    assert phase.best.epoch == best[-1].epoch


def test_only_the_chosen_stages_are_among_the_weights():
    phase = make()
    list(phase.events())
    assert phase.best is not None
    assert phase.best.weights.keys() == {"top.conv.weight", "top.conv.bias"}
    assert phase.best.head.weight.shape == (1280, 3)


def test_the_best_is_chosen_anew_when_the_learning_rate_is_low(monkeypatch):
    """Of six epochs the last two count: not the second, which had more luck with the validation pictures."""
    rights = iter([7, 9, 0, 8, 1, 2])

    def checked(_phase):
        return Score(0.5, next(rights), 9, 0.0, 0.0)
        yield

    monkeypatch.setattr(FineTuning, "_check", checked)
    phase = make(replace(RECIPE, epochs=6))
    flags = [event.best for event in epochs(phase.events())]
    assert flags == [True, True, False, False, True, True]
    assert phase.best is not None
    assert phase.best.epoch == 6


def test_the_best_is_a_copy():
    """Later steps must not change what was kept."""
    phase = make()
    events = phase.events()
    next(event for event in events if isinstance(event, EpochEnded))
    assert phase.best is not None
    before = phase.best.weights["top.conv.weight"].copy()
    kept = phase.best
    list(events)
    np.testing.assert_array_equal(kept.weights["top.conv.weight"], before)


def test_the_same_seed_gives_the_same_numbers():
    one, other, third = make(), make(), make(replace(RECIPE, seed=1))
    for phase in (one, other, third):
        list(phase.events())
    assert one.best is not None
    assert other.best is not None
    np.testing.assert_array_equal(one.best.head.weight, other.best.head.weight)
    assert not np.array_equal(one.best.head.weight, third.best.head.weight)


@pytest.mark.parametrize("after", [1, 2, 3])
def test_going_on_from_a_state_changes_nothing(after):
    straight = make()
    whole = epochs(straight.events())
    first = make()
    events = first.events()
    for _ in range(after):
        next(event for event in events if isinstance(event, EpochEnded))
    state = first.state()
    events.close()
    second = make()
    second.restore(*state)
    again = epochs(second.events())

    def without_time(history):
        return [(e.epoch, e.train_loss, e.validation_loss, e.validation_accuracy, e.best) for e in history]

    assert without_time(again) == without_time(whole)
    assert straight.best is not None
    assert second.best is not None
    np.testing.assert_array_equal(second.best.head.weight, straight.best.head.weight)
    for name, parameter in straight.model.named_parameters():
        assert torch.equal(parameter, second.model.get_parameter(name)), name


def test_every_step_says_how_far_it_is():
    progress = [event for event in make().events() if isinstance(event, Progress)]
    assert progress[-1].done == progress[-1].total == 3 * 13
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert len(progress) >= 3 * 3


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9])
def test_any_number_of_pictures(n):
    """Among them numbers that leave a last batch of one."""
    assert len(epochs(make(n=n).events())) == 3


def test_numbers_that_blow_up_end_the_phase_and_keep_the_best():
    recipe = replace(RECIPE)
    phase = make(recipe)
    events = phase.events()
    next(event for event in events if isinstance(event, EpochEnded))
    kept = phase.best
    assert kept is not None
    object.__setattr__(recipe, "learning_rate", 1e30)
    rest = list(events)
    assert [event.severity for event in rest if isinstance(event, Notice)] == ["warning"]
    assert not epochs(rest)
    assert phase.best is kept
    assert all(np.isfinite(value).all() for value in kept.weights.values())


def test_one_cycle_rises_and_falls():
    rates = [one_cycle(step / 100, 0.25) for step in range(101)]
    assert max(rates) == rates[25] == pytest.approx(1)
    assert rates[0] == pytest.approx(1 / 25)
    assert rates[-1] < 1e-4
    assert rates[:26] == sorted(rates[:26])
    assert rates[25:] == sorted(rates[25:], reverse=True)


def test_a_full_graphics_card_ends_the_phase_and_keeps_the_best(monkeypatch):
    phase = make()
    events = phase.events()
    next(event for event in events if isinstance(event, EpochEnded))
    kept = phase.best

    def refuse(*_arguments):
        raise torch.OutOfMemoryError("CUDA out of memory")
        yield

    monkeypatch.setattr(phase, "_learn", refuse)
    (notice,) = list(events)
    assert isinstance(notice, Notice)
    assert "out of memory" in notice.what
    assert phase.best is kept


@pytest.mark.parametrize(
    ("cuda", "mps", "kind", "words"),
    [
        (True, False, "cuda", "NVIDIA T4"),
        (False, True, "mps", "Apple graphics processor"),
        (False, False, "cpu", "Processor"),
    ],
)
def test_the_fastest_device_is_chosen_and_named(monkeypatch, cuda, mps, kind, words):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA T4")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert machine.accelerator() == kind
    assert machine.device(machine.accelerator()).startswith(words)


def test_stages_between_what_is_given_and_what_learns_stay_as_they_are():
    recipe = replace(RECIPE, epochs=1)
    one, other = (
        make(recipe),
        FineTuning(
            replace(recipe, first_stage="top"), examples(13, 1, 0), examples(9, 0, 1), blank_head(), given="stage7"
        ),
    )
    for phase in (one, other):
        list(phase.events())
    assert one.best is not None
    assert other.best is not None
    np.testing.assert_array_equal(one.best.head.weight, other.best.head.weight)
    assert one.best.weights.keys() == other.best.weights.keys()


def test_a_hidden_layer_learns_on_and_survives_a_checkpoint():
    random = np.random.default_rng(0)
    hidden = Layer(random.standard_normal((1280, 8), np.float32) / 30, np.zeros(8, np.float32))
    head = Head(np.zeros((8, 3), np.float32), np.zeros(3, np.float32), hidden)
    recipe = replace(RECIPE, dropout=0.5)

    def phase():
        return FineTuning(recipe, examples(13, 1, 0), examples(9, 0, 1), head)

    straight, first, second = phase(), phase(), phase()
    list(straight.events())
    events = first.events()
    next(event for event in events if isinstance(event, EpochEnded))
    second.restore(*first.state())
    list(second.events())
    assert straight.best is not None
    assert second.best is not None
    assert straight.best.head.hidden is not None
    assert straight.best.head.hidden.weight.shape == (1280, 8)
    assert not np.array_equal(straight.best.head.hidden.weight, hidden.weight)
    for name, value in straight.best.head.tensors.items():
        np.testing.assert_array_equal(second.best.head.tensors[name], value)


def test_patience_ends_the_phase_once_the_learning_rate_is_low(monkeypatch):
    def checked(_phase):
        return Score(0.5, 5, 9, 0.0, 0.0)
        yield

    monkeypatch.setattr(FineTuning, "_check", checked)
    history = epochs(make(replace(RECIPE, epochs=12, patience=2)).events())
    # The best is chosen anew in the ninth epoch, the first of the last third; two more are waited for.
    assert len(history) == 11


def test_short_memory_is_told(monkeypatch):
    phase = make(replace(RECIPE, epochs=1, batch=8))
    forward = phase.model.forward

    def small_only(inputs):
        if len(inputs) > 2 and torch.is_grad_enabled():
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(inputs)

    monkeypatch.setattr(phase.model, "forward", small_only)
    events = list(phase.events())
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert "2 pictures" in notice.what
    assert len(epochs(events)) == 1
