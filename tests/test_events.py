"""Every event survives the pipe between processes unchanged."""

from __future__ import annotations

import dataclasses
import json

import pytest

from desktop_app import events
from desktop_app.events import Event

EXAMPLES: list[Event] = [
    events.StepStarted(events.Step.FREEZE),
    events.Progress(events.Step.READ, 3, 10),
    events.Progress(events.Step.IMPORT, 3, 10, 1.5),
    events.Notice("warning", "What.", "Why.", "Hint."),
    events.PictureSkipped("cat/ü.jpg", "empty file"),
    events.RunStarted(
        "run-0001", "quick", "efficientnet_lite0", "this computer's processor", ["a"], {"train": 3}, True
    ),
    events.Computing("Processor, 8 cores", 8, 16, mixed=True),
    events.RegularisationChosen([0.1, 1.0], [0.8, 0.9], 1.0),
    events.OptionChosen("first_stage", ["stage6", "stage7"], [0.9, 0.8], "accuracy", "stage6"),
    events.LearningRateFound([1e-5, 1e-4], [1.2, 0.9], 1e-4),
    events.EpochEnded("fine_tune", 3, 10, 0.5, 0.9, 0.6, 0.8, True, 12.0, 0.85, 0.75, 3e-4, 0.7),
    events.PhaseEnded("freeze", 7, 0.9, True, 3.5),
    events.Trained("run-0001", "freeze", 9, 10, False, 4.0),
    events.Evaluated(
        "run-0001",
        "test",
        10,
        9,
        0.9,
        (0.6, 0.98),
        0.88,
        0.87,
        ["a", "b"],
        [[5, 0], [1, 4]],
        [
            events.ClassResult("a", 5, 6, 5, 1.0, (0.5, 1.0), 0.8, (0.4, 0.9), 0.9),
            events.ClassResult("b", 0, 0, 0, None, None, None, None, None),
        ],
    ),
    events.LooksFound("run-0001", "test", 7, 210, ["scratch"]),
    events.Repeated(
        "run-0001",
        "/parts",
        [events.PartRepeated("7", 2, {"good": 1, "dent": 1}, 1.0, 0.2, 0.3, 0.6, ["a.png", "b.png"], ["dent", "good"])],
        1,
        (0.2, 1.0),
        1.0,
        (0.2, 1.0),
        0.2,
        (0.1, 0.3),
    ),
    events.Suggested("run-0001", 48, 480, 2),
    events.Predicted("new.jpg", "a", 0.75),
    events.FolderPredicted("out.csv", {"a": 1}, 0, 1, 0.5),
    events.Exported("m.discern", 1000, 12, 1e-6),
    events.GateJudged(
        "run-0002",
        "Line 3",
        "golden",
        10,
        9,
        8,
        [events.NewMiss("b/1.png", "0f" * 16, "b", "b", "a", 0.9, "escape")],
        1,
        2,
        3,
        4,
        5,
    ),
    events.Released("Line 4", "run-0002", "releases/Line 4/model.discern", 1000, "0f" * 32, 1),
    events.Compared("run-0002", "Line 3", "test", 10, 9, 8, [], ["b/1.png"], 1.0),
    events.Imported({"a": 2, "_unlabelled": 1}, 3, 1, 4, 5),
    events.DatasetExported("out", "out/pictures.csv", {"a": 2, "": 1}, 3),
    events.HealthChecked(120, {"unreadable": 1}, 2.5),
    events.SplitsDealt({"train": 60, "validation": 20, "test": 20}, 3, 4),
    events.NetworkAdded("resnet18", 46_800_000),
    events.NetworksCopied("stick", ["resnet18-f37072fd.safetensors"], 46_800_000),
    events.SpeedMeasured("resnet18", 61.5),
    events.BackboneProbed("resnet18", 9, 10, (0.6, 0.98), 0.9, (0.5, 0.99), 20.0, 0.005, 0.3),
    events.BackbonesRanked(
        [events.BackboneProbed("resnet18", 9, 10, (0.6, 0.98), 0.9, (0.5, 0.99), 20.0, 0.005)],
        ["vgg16"],
        10,
        12,
        2,
        "1f",
    ),
    events.PicturesJudged(
        "resnet18",
        events.Curve("", 90, [events.CurvePoint(20.5, 0.8, (0.7, 0.9))], "rising", 40, (0.85, 0.95)),
        [events.Curve("a", 8, [], "few", doubtful=2)],
        "1f",
    ),
    events.CrossValidated(
        "run-0001", 5, 10, 9, (0.6, 0.98), 0.9, (0.5, 0.99), ["a", "b"], [[5, 0], [1, 4]], 10, "as_trained", 2
    ),
    events.SampleDrawn("sample", 120),
    events.Paused(),
    events.WentOn(2.5),
]


def test_there_is_an_example_of_every_kind() -> None:
    assert {type(event) for event in EXAMPLES} == set(Event.__args__)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_every_event_survives_json(event: Event) -> None:
    copy = events.from_dict(json.loads(json.dumps(events.to_dict(event))))
    assert copy == event and type(copy) is type(event)
    # Equality hides a list in place of a tuple, or a text in place of a Step, only one level deep.
    for field in dataclasses.fields(event):
        assert type(getattr(copy, field.name)) is type(getattr(event, field.name))


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_events_are_frozen(event: Event) -> None:
    first = next((field.name for field in dataclasses.fields(event)), "more")
    with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
        setattr(event, first, None)


def test_kinds_are_named_in_snake_case() -> None:
    assert events.to_dict(EXAMPLES[0])["event"] == "step_started"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        events.from_dict({"event": "from_the_future"})
