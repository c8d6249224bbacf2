"""A whole training whose depth and learning rate are tried, with a network so small that it takes a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop_app.events import EpochEnded, Interrupted, OptionChosen, Step, StepStarted, from_dict
from desktop_app.learning.recipe import AUTOMATIC
from desktop_app.learning.training import train
from desktop_app.project.project import Project
from tests import tiny as small
from tests.drawing import draw_classes
from tests.tiny import graph, tiny  # noqa: F401  fixtures


@pytest.fixture
def project(tiny, tmp_path: Path):  # noqa: F811
    with Project.open(draw_classes(tmp_path / "parts", each=12)) as project:
        yield project


def test_what_was_tried_is_in_the_runs_document_and_is_what_was_done(project):
    recipe = small.recipe(first_stage=AUTOMATIC, try_rates=True, epochs=8)
    events = list(train(project, recipe))
    steps = [event.step.value for event in events if isinstance(event, StepStarted)]
    assert steps == ["scan", "read", "freeze", "views", "choose", "fine_tune", "fine_tune", "save"]
    depth, rate = (event for event in events if isinstance(event, OptionChosen))
    (run,) = project.runs.list()
    assert [event for document in run.document["tried"] if isinstance(event := from_dict(document), OptionChosen)] == [
        depth,
        rate,
    ]
    counts = run.document["counts"]
    assert depth.options == ["stage1", "stage2"]
    assert (depth.folds, depth.pictures) == (rate.folds, rate.pictures) == (3, counts["train"] + counts["validation"])
    assert run.document["plan"]["first_stage"] == depth.chosen
    assert f"{run.document['plan']['learning_rate']:.3g}" == rate.chosen
    assert run.document["recipe"]["first_stage"] == AUTOMATIC, "the recipe is what was asked for"


def test_a_training_that_goes_on_keeps_to_what_was_chosen_and_to_how(project):
    recipe = small.recipe(first_stage=AUTOMATIC, try_rates=True, epochs=8)
    job = train(project, recipe)
    for event in job:
        if isinstance(event, EpochEnded) and event.phase == "fine_tune":
            with pytest.raises(Interrupted):
                job.throw(Interrupted())
            break
    (run,) = project.runs.list()
    plan, tried = run.document["plan"], run.document["tried"]
    events = list(train(project, recipe, resume=run))
    assert Step.CHOOSE not in [event.step for event in events if isinstance(event, StepStarted)]
    (run,) = project.runs.list()
    assert (run.status, run.document["plan"]) == ("done", plan)

    def told(documents):
        return sorted(map(str, documents))

    assert told(run.document["tried"]) == told(tried)
