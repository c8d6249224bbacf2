import json
from dataclasses import fields

import pytest

from desktop_app.errors import DataError
from desktop_app.learning.recipe import RECIPES, Recipe


def test_survives_json():
    for recipe in (*RECIPES.values(), Recipe(seed=7, fit="squash", strengths=(0.5,), first_stage="stage7")):
        assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_what_is_missing_has_the_presets_value():
    assert Recipe.from_dict({"name": "quick", "seed": 3}) == Recipe(name="quick", fine_tune=False, seed=3)
    assert Recipe.from_dict({}) == RECIPES["balanced"]


def test_whole_numbers_may_stand_for_fractions():
    recipe = Recipe.from_dict({"weight_decay": 0, "strengths": [1, 0.1]})
    assert recipe.weight_decay == 0.0
    assert isinstance(recipe.weight_decay, float)
    assert recipe.strengths == (1.0, 0.1)


@pytest.mark.parametrize(
    "data",
    [
        {"name": "slow"},
        {"name": 3},
        {"backbone": "resnet9000"},
        {"seed": -1},
        {"seed": "1"},
        {"seed": True},
        {"seed": 1.5},
        {"fit": "stretch"},
        {"flip": "sideways"},
        {"first_stage": "stage99"},
        {"first_stage": "stem"},  # nothing would be frozen
        {"backbone": "resnet18", "first_stage": "stage6"},
        {"backbone": "resnet18", "first_stage": "pool"},  # nothing would learn
        {"folds": 1},
        {"epochs": 0},
        {"batch": 1},
        {"learning_rate": float("nan")},
        {"learning_rate": 0},
        {"label_smoothing": 0.9},
        {"smallest_crop": 0},
        {"strengths": []},
        {"strengths": [0]},
        {"strengths": 0.1},
        {"strengths": ["0.1"]},
        {"fine_tune": "yes"},
        {"warp_drive": True},
    ],
)
def test_refuses_impossible_choices(data):
    with pytest.raises(DataError) as caught:
        Recipe.from_dict(data)
    assert str(caught.value)  # its templates can be filled


def test_fine_tuning_begins_where_it_suits_the_backbone():
    assert Recipe().tuned_stages == ("stage6", "stage7", "top")
    assert Recipe(backbone="resnet18").tuned_stages == ("stage4", "pool")
    recipe = Recipe.from_dict({"backbone": "resnet18", "first_stage": "stage3"})
    assert recipe.tuned_stages == ("stage3", "stage4", "pool")
    assert recipe.last_frozen_stage == "stage2"


def test_every_choice_is_explained():
    for field in fields(Recipe):
        assert f"        {field.name}: " in Recipe.__doc__
