import json
from dataclasses import replace

import pytest

from desktop_app.errors import DataError
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.recipe import AUTOMATIC, CHOICES, RECIPES, Recipe, in_words, stage_options


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
    for name, about in CHOICES.items():
        assert about.label, name
        assert about.help.endswith("."), name
        assert all(option.label for option in about.options), name
        assert set(about.needs) <= set(CHOICES), name
    for recipe in RECIPES.values():
        for name, value in recipe.to_dict().items():
            assert name == "format" or in_words(name, value)


def test_every_option_may_be_chosen_and_every_bound_reached():
    for name, about in CHOICES.items():
        for option in about.options:
            assert getattr(replace(Recipe(), **{name: option.value}), name) == option.value
        if "number" in about.kind:
            for bound in (about.low, about.high):
                value = {"whole number": int(bound), "number": bound, "numbers": (bound,)}[about.kind]
                replace(Recipe(), **{name: value})


def test_values_in_words():
    assert in_words("flip", "both") == "Also upside down"
    assert in_words("minutes", 2.5) == "2.5 min"
    assert in_words("patience", 3) == "3 epochs"
    assert in_words("blur", True) == "yes"
    assert in_words("strengths", [0.1, 1.0]) == "0.1, 1"
    assert in_words("first_stage", "stage7") == "stage7"


def test_the_backbones_usual_stages_are_learnt_unless_others_are_chosen():
    assert Recipe().tuned_stages == Recipe(first_stage="stage6").tuned_stages == ("stage6", "stage7", "top")
    assert Recipe(first_stage=AUTOMATIC).tuned_stages == Recipe().tuned_stages
    assert Recipe(first_stage="top").tuned_stages == ("top",)
    for backbone in BACKBONES:
        values = [option.value for option in stage_options(backbone)]
        assert all(replace(Recipe(), backbone=backbone, first_stage=value) for value in values)


FIRST_FORMAT = {
    "name": "balanced", "backbone": "efficientnet_lite0", "seed": 3, "fit": "pad", "strengths": [0.1, 1.0], "folds": 5,
    "head_epochs": 100, "head_patience": 10, "fine_tune": True, "first_stage": "stage6", "epochs": 15, "batch": 32,
    "learning_rate": 0.0003, "weight_decay": 0.02, "label_smoothing": 0.1, "views": 4, "smallest_crop": 0.6,
    "flip": "horizontal", "jitter": 0.2,
}  # fmt: skip


def test_a_recipe_of_the_first_format_means_what_was_done_then():
    recipe = Recipe.from_dict(FIRST_FORMAT)
    assert (recipe.head, recipe.imbalance, recipe.precision) == ("linear", "none", "full")
    assert (recipe.seed, recipe.first_stage, recipe.strengths) == (3, "stage6", (0.1, 1.0))


def test_a_recipe_of_the_second_format_means_what_was_done_then():
    article = RECIPES["article"].to_dict() | {"format": 2}
    del article["standardise"], article["try_rates"]
    assert Recipe.from_dict(article) == replace(RECIPES["article"], standardise=True)
    thorough = RECIPES["thorough"].to_dict() | {"format": 2}
    del thorough["standardise"], thorough["try_rates"]
    assert Recipe.from_dict(thorough) == replace(RECIPES["thorough"], try_rates=False)


def test_the_articles_recipe_is_the_articles():
    """ResNet-50, Dense(1024, ReLU) on pooled features as they are, softmax; Adam 1e-4, 10 epochs, all else frozen."""
    recipe = RECIPES["article"]
    assert (recipe.backbone, recipe.head, recipe.hidden_units) == ("resnet50", "hidden", 1024)
    assert BACKBONES["resnet50"].stages[-1] == "pool"
    assert (recipe.head_learning_rate, recipe.head_epochs, recipe.head_patience) == (1e-4, 10, 0)
    assert (recipe.dropout, recipe.label_smoothing, recipe.regularisation, recipe.imbalance) == (0, 0, "none", "none")
    assert not recipe.fine_tune
    assert not recipe.standardise


@pytest.mark.parametrize("version", [4, 0, "2", True])
def test_a_recipe_of_a_newer_format_is_refused(version):
    with pytest.raises(DataError, match="newer"):
        Recipe.from_dict({"format": version})
