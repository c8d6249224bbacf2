"""Frozen passes on a graphics card, with the processor's own torch in its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from desktop_app.errors import ImageError
from desktop_app.events import Computing, Notice
from desktop_app.features import graphs
from desktop_app.features.runtime import Network
from desktop_app.learning import backbone_graphs, card, machine
from desktop_app.learning.card import CardError, CardNetwork
from desktop_app.learning.training import train
from desktop_app.project.project import Project
from tests import tiny as small
from tests.drawing import draw_classes, picture
from tests.tiny import TINY, graph, tiny  # noqa: F401  fixtures

pytestmark = pytest.mark.usefixtures("tiny")

NO_MEMORY = torch.OutOfMemoryError("CUDA out of memory")
FAILED = RuntimeError("CUDA error: unspecified launch failure")


def on_card(stage: str = "pool", *, mixed: bool = False) -> CardNetwork:
    return CardNetwork(TINY, stage, TINY.preprocessing(), "cpu", mixed=mixed)


def on_processor(stage: str = "pool") -> Network:
    part = graphs.up_to(backbone_graphs.load(TINY), graphs.EMBEDDING if stage == "pool" else stage)
    preprocessing = TINY.preprocessing()
    return Network(graphs.with_preprocessing(part, preprocessing).SerializeToString(), preprocessing)


def pictures(count: int = 9) -> list[Any]:
    return [picture(number, number, 40 + 7 * number) for number in range(count)]


def mapped(network: Any, items: list[Any]) -> list[Any]:
    return list(network.map(lambda item: item, items))


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the card refuse more than so many pictures at a time, or fail after so many calls."""
    run = CardNetwork._run
    seen: list[int] = []

    def faulty(error: RuntimeError, most: int = 10_000, calls: int = 10_000) -> list[int]:
        def refuse(self: CardNetwork, pixels: Any) -> Any:
            seen.append(len(pixels))
            if len(pixels) > most or len(seen) > calls:
                raise error
            return run(self, pixels)

        monkeypatch.setattr(CardNetwork, "_run", refuse)
        return seen

    return faulty


@pytest.mark.parametrize("stage", ["stage1", "pool"])
def test_it_sees_what_the_processor_sees(stage: str) -> None:
    for found, expected in zip(
        mapped(on_card(stage), [[image] for image in pictures()]),
        mapped(on_processor(stage), [[image] for image in pictures()]),
        strict=True,
    ):
        np.testing.assert_allclose(found[0], expected[0], atol=1e-3 * np.abs(expected[0]).max())


def test_in_mixed_precision_nearly() -> None:
    image = pictures(1)[0]
    mixed, full = on_card(mixed=True)(image), on_card()(image)
    assert not np.array_equal(mixed, full)
    assert mixed @ full / (np.linalg.norm(mixed) * np.linalg.norm(full)) > 0.999


def test_items_with_several_pictures_and_with_none_that_can_be_read_keep_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(card, "BATCH", 4)
    images, torn = pictures(), ImageError("cut off")
    items: list[Any] = [images[:3], torn, images[3:8], torn, torn, images[8:]]
    found = mapped(on_card(), items)
    expected = mapped(on_processor(), items)
    assert [one if one is torn else len(one) for one in found] == [3, torn, 5, torn, torn, 1]
    for one, other in zip(found, expected, strict=True):
        if one is not torn:
            np.testing.assert_allclose(np.stack(one), np.stack(other), atol=1e-4)


def test_short_of_memory_it_takes_half_as_many_for_good(fails: Any) -> None:
    seen = fails(NO_MEMORY, most=3)
    network = on_card()
    network.batch = 8
    found = mapped(network, [[image] for image in pictures()])
    assert seen == [8, 4, 2, 2, 2, 2, 1]
    assert network.batch == 2
    expected = mapped(on_processor(), [[image] for image in pictures()])
    np.testing.assert_allclose(np.array(found), np.array(expected), atol=1e-4)


@pytest.mark.parametrize(("error", "most"), [(NO_MEMORY, 0), (FAILED, 2)])
def test_a_card_that_can_not_go_on_says_so(fails: Any, error: RuntimeError, most: int) -> None:
    fails(error, most=most)
    with pytest.raises(CardError) as caught:
        mapped(on_card(), [[image] for image in pictures()])
    assert caught.value.__cause__ is error


# ---- a whole training


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(draw_classes(tmp_path / "parts", each=12)) as project:
        yield project


@pytest.fixture
def with_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor poses as the card."""
    monkeypatch.setattr(machine, "card", lambda: "cpu")


def computing(events: list[Any]) -> list[Computing]:
    return [event for event in events if isinstance(event, Computing)]


def validation(project: Project) -> Any:
    return project.runs.latest().document["validation"]


def test_a_training_reads_on_the_card_and_says_so(project: Project, with_card: None, fails: Any) -> None:
    seen = fails(NO_MEMORY, most=16)
    first, *_ = computing(list(train(project, small.recipe())))
    assert (first.batch, first.mixed) == (64, False)
    assert max(seen) > 16
    assert (
        min(told.pictures for told in computing(list(train(project, small.recipe(seed=1)))) if told.batch == 64) == 16
    )
    on_card_ = validation(project)
    run = project.runs.latest()
    assert run.document["embedding_key"] == TINY.embedding_key("pad")
    hashes = project.index.embedded(run.document["embedding_key"], snapshot_hashes(run))
    assert hashes, "in full precision they are as good as the processor's"
    assert on_card_["n"] > 0


def snapshot_hashes(run: Any) -> list[str]:
    from desktop_app.project.catalog import Snapshot

    return list(Snapshot.read_csv(run.snapshot_csv).hashes)


def test_sixteen_bits_are_kept_apart(project: Project, with_card: None) -> None:
    list(train(project, small.recipe(fine_tune=False, precision="mixed")))
    run = project.runs.latest()
    key, hashes = run.document["embedding_key"], snapshot_hashes(run)
    assert not project.index.embedded(key, hashes), "what evaluates the run finds no embeddings of another network"
    assert project.index.embedded(f"{key} mixed", hashes)


def test_a_card_that_fails_costs_a_message(project: Project, with_card: None, fails: Any, tmp_path: Path) -> None:
    fails(FAILED, calls=0)
    events = list(train(project, small.recipe()))
    (told,) = (event for event in events if isinstance(event, Notice))
    assert told.severity == "warning"
    assert "graphics card can’t be used" in told.what
    assert "unspecified launch failure" in told.why
    assert [event.batch for event in computing(events)] == [8], "fine-tuning alone"
    with Project.open(draw_classes(tmp_path / "twin", each=12)) as twin, pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "card", lambda: None)
        list(train(twin, small.recipe()))
        assert validation(twin) == validation(project)


def test_without_a_sign_of_a_card_torch_is_not_even_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_may_have_card", lambda: False)
    monkeypatch.setattr(machine, "accelerator", lambda: pytest.fail("torch was loaded"))
    monkeypatch.delitem(machine.sys.modules, "torch")
    assert machine.card() is None


@pytest.mark.parametrize(("found", "card"), [("cpu", None), ("cuda", "cuda"), ("mps", "mps")])
def test_the_card_is_what_torch_finds(monkeypatch: pytest.MonkeyPatch, found: str, card: str | None) -> None:
    monkeypatch.setattr(machine, "accelerator", lambda: found)
    monkeypatch.setattr(machine, "_may_have_card", lambda: True)
    assert machine.card() == card
