"""What fine-tuning finds out before it begins, on activations that are made up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from desktop_app import stopwatch
from desktop_app.events import LearningRateFound, Notice, OptionChosen, Progress, Step, StepStarted
from desktop_app.following import Followed
from desktop_app.learning import freezing, planning
from desktop_app.learning.balance import Balance
from desktop_app.learning.beginnings import planned
from desktop_app.learning.fine_tuning import FineTuning
from desktop_app.learning.head import Head
from desktop_app.learning.planning import Planning
from desktop_app.learning.recipe import AUTOMATIC, Recipe
from desktop_app.learning.scores import epoch_ended, score
from desktop_app.learning.trials import Pictures, Result, Trials, best
from tests.learning.test_fine_tuning import RECIPE, blank_head, examples
from tests.running import finish

pytestmark = pytest.mark.usefixtures("pretrained")


def pictures(n: int = 18, views: int = 1, groups: Sequence[str] = ()) -> Pictures:
    given = examples(n, views, 0)
    labels = given.labels.astype(np.int32)
    seen = freezing.Examples(np.zeros((n, 1280), np.float32), labels, list(groups) or [""] * n)
    return Pictures(given.activations, seen)


def trials(of: Pictures, recipe: Recipe) -> Trials:
    balance = Balance("none", np.array([5, 4, 4]))
    return Trials(of, lambda _examples: blank_head(), balance, recipe.last_frozen_stage, recipe.seed)


def plan(recipe: Recipe, seconds: float = 0.0, of: Pictures | None = None):
    balance = Balance("none", np.array([5, 4, 4]))
    planning = Planning(
        recipe,
        examples(13, recipe.views, 0),
        examples(9, 0, 1),
        blank_head(),
        balance,
        lambda: trials(of or pictures(), recipe),
    )
    events, _ = finish(planning.events(seconds))
    return events, planning.recipe


def test_nothing_is_tried_where_everything_is_said():
    assert plan(RECIPE) == ([], RECIPE)


# ---- by cross-validation


@pytest.fixture
def made_up(monkeypatch):
    """Trials that say what they were, with made-up results by the name of the stage and the rate."""
    monkeypatch.setattr(Recipe, "candidate_stages", ("stage7", "top"))
    monkeypatch.setattr(Recipe, "last_frozen_stage", "stage7")  # what the activations are of
    monkeypatch.setattr("desktop_app.learning.fine_tuning.tuned_model", small_model)
    tried = []
    results: dict[tuple[str, float], float] = {}

    def events(self):
        key = (self.recipe.first_stage, self.recipe.learning_rate)
        tried.append((*key, self.recipe.epochs, len(self.train), len(self.validation)))
        yield Progress(Step.FINE_TUNE, 1, 1)
        share = results.get(key, 0.5)
        if math.isnan(share):
            return  # it broke down
        learnt = checked = replace(score(1 - share, np.zeros(9, int), np.zeros(9, int)), right=round(9 * share), n=9)
        self.epoch = self.recipe.epochs
        self.history.append(epoch_ended("fine_tune", self.epoch, self.epoch, learnt, checked, best=True))

    monkeypatch.setattr(FineTuning, "events", events)
    return tried, results


def test_the_depth_is_chosen_by_cross_validation(made_up):
    tried, results = made_up
    results |= {("stage7", 0.01): 4 / 9, ("top", 0.01): 1.0}
    events, recipe = plan(replace(RECIPE, first_stage=AUTOMATIC, epochs=12))
    (chosen,) = [event for event in events if isinstance(event, OptionChosen)]
    assert chosen == OptionChosen("first_stage", ["stage7", "top"], [4 / 9, 1.0], "accuracy", "top", 3, 18)
    # A quarter of the epochs, on two thirds of the pictures, each held out once.
    assert tried == [("stage7", 0.01, 3, 12, 6), ("top", 0.01, 3, 12, 6)] * 3
    assert (recipe.first_stage, recipe.epochs) == ("top", 12)
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert done[-1] == 1_000


def test_then_the_learning_rate_is_tried_there(made_up):
    tried, results = made_up
    results |= {("stage7", 0.01): 1.0, ("stage7", 0.03): math.nan, ("stage7", 0.01 * (1 / 3)): 0.9}
    events, recipe = plan(replace(RECIPE, first_stage=AUTOMATIC, try_rates=True))
    depth, rate = (event for event in events if isinstance(event, OptionChosen))
    assert (depth.chosen, rate.choice, rate.options) == ("stage7", "learning_rate", ["0.00333", "0.01", "0.03"])
    assert rate.scores[:2] == [pytest.approx(8 / 9), 1.0]
    assert math.isnan(rate.scores[2])
    assert (rate.chosen, recipe.learning_rate) == ("0.01", 0.01)
    assert sum(trial[:2] == ("stage7", 0.01) for trial in tried) == 3, "what is known is not tried again"
    assert sum(event == StepStarted(Step.CHOOSE) for event in events) == 1


def test_a_time_budget_ends_the_trials_after_a_part(made_up, monkeypatch):
    tried, results = made_up
    results |= {("top", 0.01): 1.0}
    now = [0.0]
    monkeypatch.setattr(stopwatch, "seconds", lambda: now[0])
    compared = trials(pictures(), RECIPE).compare
    options = [replace(RECIPE, first_stage=stage) for stage in ("stage7", "top")]
    events = compare_all(compared(options, 2, ends=65.0), lambda: now.__setitem__(0, now[0] + 10.0))
    # Two trials of 10 s a part: the third part would end at 60 s, a fourth does not exist.
    assert (events.n, events.parts) == (18, 3)
    del tried[:]
    now[0] = 0.0
    events = compare_all(
        trials(pictures(), RECIPE).compare(options, 2, ends=30.0), lambda: now.__setitem__(0, now[0] + 10.0)
    )
    assert (events.n, events.parts) == (6, 1)
    assert [trial[0] for trial in tried] == ["stage7", "top"], "the options are compared on the same pictures"


def compare_all(job, tick):
    """The first result of a comparison; `tick` is called for each sign of progress."""
    followed = Followed(job)
    for _ in followed:
        tick()
    return followed.result[0]


def test_groups_are_held_out_as_a_whole(made_up):
    tried, _results = made_up
    # Each class has two groups: two parts.
    groups = [f"{number % 3}{number < 9}" for number in range(18)]
    events, _ = plan(replace(RECIPE, first_stage=AUTOMATIC), of=pictures(groups=groups))
    (chosen,) = [event for event in events if isinstance(event, OptionChosen)]
    assert (chosen.folds, chosen.pictures) == (2, 18)
    assert {(train, check) for *_, train, check in tried} == {(9, 9)}


def test_with_nothing_to_hold_out_nothing_is_tried(made_up):
    tried, _results = made_up
    groups = [str(number % 3) for number in range(18)]
    events, recipe = plan(replace(RECIPE, first_stage=AUTOMATIC, try_rates=True), of=pictures(groups=groups))
    assert tried == []
    assert recipe.first_stage == recipe.tuned_stages[0]
    assert any("Nothing is tried" in event.what for event in events if isinstance(event, Notice))


def test_of_many_pictures_some_are_tried(made_up, monkeypatch):
    tried, _results = made_up
    monkeypatch.setattr("desktop_app.learning.trials.MOST_PICTURES", 9)
    events, _ = plan(replace(RECIPE, first_stage=AUTOMATIC))
    (chosen,) = [event for event in events if isinstance(event, OptionChosen)]
    assert chosen.pictures == 9
    assert {train + check for *_, train, check in tried} == {9}


def test_a_trial_learns_and_starts_from_a_head_that_has_not_seen_what_it_is_checked_with(monkeypatch):
    of, given = pictures(), []
    monkeypatch.setattr("desktop_app.learning.fine_tuning.tuned_model", small_model)
    recipe = replace(RECIPE, epochs=8)

    def head(seen: freezing.Examples) -> Head:
        given.append(len(seen.labels))
        return blank_head()

    compared = Trials(of, head, Balance("none", np.array([6, 6, 6])), recipe.last_frozen_stage, 0)
    result = compare_all(compared.compare([recipe, replace(recipe, learning_rate=1e-6)], 2), lambda: None)
    assert given == [12, 12, 12]
    assert result.n == 18
    assert result.value > 0.8
    assert 0 < result.loss < math.log(3)


def test_within_a_standard_error_the_lower_loss_wins():
    results = [Result(0.96, 0.20, 400), Result(0.965, 0.25, 400), Result(0.90, 0.10, 400)]
    assert best(results) == 0
    assert best([Result(-0.3, 0.3, 400), Result(-0.2, 0.2, 400)]) == 1, "where the measure is the loss"
    assert best([Result(-math.inf, math.inf, 9), Result(0.1, 3.0, 9)]) == 1


def small_model(recipe, head, given):
    from collections import OrderedDict

    from torch import nn

    from desktop_app.learning.tuned import from_head

    parts = OrderedDict(pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(), wide=nn.Linear(320, 1280))
    return nn.Sequential(OrderedDict(**parts, head=from_head(head, 0.0)))


def test_candidates_are_the_usual_stage_and_its_neighbours():
    recipe = Recipe(first_stage=AUTOMATIC)
    assert recipe.candidate_stages == ("stage5", "stage6", "stage7")
    assert recipe.last_frozen_stage == "stage4"
    assert Recipe().candidate_stages == ("stage6",)
    assert Recipe().last_frozen_stage == "stage5"


def test_the_range_test_stays_below_the_rate_that_breaks_learning(monkeypatch):
    monkeypatch.setattr("desktop_app.learning.fine_tuning.tuned_model", small_model)
    events, recipe = plan(replace(RECIPE, find_learning_rate=True))
    (found,) = [event for event in events if isinstance(event, LearningRateFound)]
    assert len(found.rates) == len(found.losses) > 20
    assert found.rates == sorted(found.rates)
    assert recipe.learning_rate == found.chosen == found.rates[int(np.argmin(found.losses))] / 10
    assert min(found.losses) < found.losses[0]


def test_a_time_budget_decides_how_many_epochs_fit(monkeypatch):
    monkeypatch.setattr("desktop_app.learning.fine_tuning.tuned_model", small_model)
    now = [0.0]
    step = FineTuning.trial

    def slow(self, rates):
        for loss in step(self, rates):
            now[0] += 2.0
            yield loss

    monkeypatch.setattr(FineTuning, "trial", slow)
    monkeypatch.setattr(stopwatch, "seconds", lambda: now[0])
    # A step takes 2 s, an epoch of 13 + 9 / 3 pictures in fours 8 s; 8 s of 100 go for finding this out.
    events, recipe = plan(replace(RECIPE, minutes=100 / 60), seconds=100)
    assert recipe.epochs == 11
    assert any("11 epochs: that is what" in event.what for event in events if isinstance(event, Notice))
    assert planned(recipe) == {"first_stage": "top", "learning_rate": RECIPE.learning_rate, "epochs": 11}


@pytest.mark.parametrize(
    ("fitting", "epochs", "said"),
    [
        (0, 1, "The time budget of 0.4 min is too short: fine-tuning does one epoch"),
        (1, 1, "Fine-tuning does 1 epoch: that is what fits into 0.4 min."),
        (2000, 1000, "Fine-tuning does 1000 epochs, the most it can"),
    ],
)
def test_a_budget_is_told_as_it_turned_out(fitting, epochs, said):
    assert planning._told(fitting, epochs, "0.4 min").what.startswith(said)
