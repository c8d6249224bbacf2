"""What fine-tuning finds out before it begins, on activations that are made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from desktop_app import stopwatch
from desktop_app.events import LearningRateFound, Notice, OptionChosen
from desktop_app.learning.balance import Balance
from desktop_app.learning.fine_tuning import FineTuning
from desktop_app.learning.planning import Planning, planned
from desktop_app.learning.recipe import AUTOMATIC, Recipe
from desktop_app.learning.scores import Score
from tests.learning.test_fine_tuning import RECIPE, blank_head, examples
from tests.running import finish

pytestmark = pytest.mark.usefixtures("pretrained")


def plan(recipe: Recipe, seconds: float = 0.0):
    balance = Balance("none", np.array([5, 4, 4]))
    planning = Planning(recipe, examples(13, recipe.views, 0), examples(9, 0, 1), blank_head(), balance)
    events, _ = finish(planning.events(seconds))
    return events, planning.recipe


def test_nothing_is_tried_where_everything_is_said():
    assert plan(RECIPE) == ([], RECIPE)


def test_the_depth_is_chosen_by_the_validation_pictures(monkeypatch):
    """With made-up results, since depths differ by chance here."""
    results = {"stage7": 7, "top": 9}
    monkeypatch.setattr(Recipe, "candidate_stages", ("stage7", "top"))
    monkeypatch.setattr(Recipe, "last_frozen_stage", "stage7")  # what the activations are of
    tried = []

    def made_up(self):
        tried.append((self.recipe.first_stage, self.recipe.epochs))
        self.best = self._current(Score(0.5, results[self.recipe.first_stage], 9, 0.0, 0.0))
        return iter(())

    monkeypatch.setattr(FineTuning, "events", made_up)
    monkeypatch.setattr("desktop_app.learning.fine_tuning._model", small_model)
    events, recipe = plan(replace(RECIPE, first_stage=AUTOMATIC, epochs=9))
    (chosen,) = [event for event in events if isinstance(event, OptionChosen)]
    assert chosen == OptionChosen("first_stage", ["stage7", "top"], [7 / 9, 1.0], "accuracy", "top")
    assert tried == [("stage7", 3), ("top", 3)]
    assert (recipe.first_stage, recipe.epochs) == ("top", 9)


def small_model(recipe, head, given):
    from collections import OrderedDict

    from desktop_app.learning.fine_tuning import _from_head, nn

    parts = OrderedDict(pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(), wide=nn.Linear(320, 1280))
    return nn.Sequential(OrderedDict(**parts, head=_from_head(head, 0.0)))


def test_candidates_are_the_usual_stage_and_its_neighbours():
    recipe = Recipe(first_stage=AUTOMATIC)
    assert recipe.candidate_stages == ("stage5", "stage6", "stage7")
    assert recipe.last_frozen_stage == "stage4"
    assert Recipe().candidate_stages == ("stage6",)
    assert Recipe().last_frozen_stage == "stage5"


def test_the_range_test_stays_below_the_rate_that_breaks_learning(monkeypatch):
    monkeypatch.setattr("desktop_app.learning.fine_tuning._model", small_model)
    events, recipe = plan(replace(RECIPE, find_learning_rate=True))
    (found,) = [event for event in events if isinstance(event, LearningRateFound)]
    assert len(found.rates) == len(found.losses) > 20
    assert found.rates == sorted(found.rates)
    assert recipe.learning_rate == found.chosen == found.rates[int(np.argmin(found.losses))] / 10
    assert min(found.losses) < found.losses[0]


def test_a_time_budget_decides_how_many_epochs_fit(monkeypatch):
    monkeypatch.setattr("desktop_app.learning.fine_tuning._model", small_model)
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
    assert any("11 epochs" in event.what for event in events if isinstance(event, Notice))
    assert planned(recipe) == {"first_stage": "top", "learning_rate": RECIPE.learning_rate, "epochs": 11}
