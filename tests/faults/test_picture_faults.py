"""Whatever becomes of a picture while a training reads it: one word about it, and never another picture's embedding."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count, product
from pathlib import Path

import numpy as np
import pytest

from desktop_app import stopwatch
from desktop_app.errors import DiscernError
from desktop_app.events import RunStarted
from desktop_app.features import graphs
from desktop_app.learning.passes import Passes
from desktop_app.learning.team import Team
from desktop_app.project.index import Index, hash_file
from desktop_app.project.project import Project
from tests.faults.totals import Totals
from tests.faults.training_faults import During, Scene, temps, when

VICTIMS = ("cat/cat_001.png", "dog/dog_004.png", "fox/fox_008.png")  # the first, the middle, the last that are read


@pytest.fixture(autouse=True)
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event after every picture."""
    monkeypatch.setattr(stopwatch, "REPORT_SECONDS", 0.0)


@pytest.fixture
def scene(tiny, memory: Path) -> Scene:
    return Scene(memory)


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def of_another_class(path: Path) -> None:
    """What a camera does that always writes to the same name."""
    path.write_bytes(sorted((path.parent.parent / "fox").iterdir())[2].read_bytes())


def swapped_in(path: Path) -> None:
    """The same, by a program that writes beside and renames."""
    new = path.with_name("new.part")
    shutil.copy(sorted((path.parent.parent / "dog").iterdir())[1], new)
    new.replace(path)


def to_the_next_class(path: Path) -> None:
    classes = sorted(folder.name for folder in path.parent.parent.iterdir() if folder.name[0] != ".")
    other = classes[(classes.index(path.parent.name) + 1) % len(classes)]
    path.rename(path.parent.parent / other / path.name)


def a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


ACTIONS: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "emptied": lambda path: path.write_bytes(b""),
    "cut in half": half,
    "overwritten by another": of_another_class,
    "replaced by another": swapped_in,
    "renamed": lambda path: path.rename(path.with_name("renamed.png")),
    "put into another class": to_the_next_class,
    "replaced by a link": a_link,
    "replaced by a folder": a_folder,
}


def at_event(number: int, act: Callable[[], object]) -> During:
    """Do something once, after the event of that number."""
    numbers = count()

    def during(*_: object) -> None:
        if next(numbers) == number:
            act()

    return during


def remembered_wrongly(scene: Scene, originals: dict[str, bytes]) -> list[str]:
    """The contents whose embedding in the index is that of another picture."""
    with Project.open(scene.root) as project:
        passes = Passes(project, scene.recipe, Team())
        network = passes.network(graphs.EMBEDDING)
        stored = project.index.embeddings(passes.key, list(originals))
        return [
            content
            for content, vector in stored.items()
            if not np.allclose(vector, network.read(originals[content]), atol=1e-5)
        ]


def meddled_with(scene: Scene, totals: Totals, stride: int) -> None:
    """A training during which a picture is meddled with, after every event of it, in every way."""
    originals = {hash_file(path): path.read_bytes() for path in scene.root.glob("*/*.png")}
    cases = product(range(count_events(scene)), VICTIMS, ACTIONS.items())
    for at, victim, (name, act) in list(cases)[::stride]:
        scene.set_up()
        untouched = {path.name: path.read_bytes() for path in scene.root.glob("*/*.png")}
        del untouched[Path(victim).name]
        Index(scene.root)._delete()
        told = scene.train(at_event(at, lambda victim=victim, act=act: act(scene.root / victim)))
        case = f"{victim} {name} at event {at}"
        assert told.error is None or isinstance(told.error, DiscernError), case
        assert told.done or told.messages, case
        assert len(told.messages) <= 1, f"{case}: {told.messages}"
        assert set(told.skipped) <= {victim}, case
        assert remembered_wrongly(scene, originals) == [], case
        after = {path.name: path.read_bytes() for path in scene.root.glob("*/*.png") if path.is_file()}
        assert untouched.items() <= after.items(), case
        assert temps(scene.root) == []
        totals.faults["while training: a picture is meddled with"] += 1


def count_events(scene: Scene) -> int:
    told = scene.train()
    assert told.done
    return len(told.events)


@pytest.mark.parametrize("act", [of_another_class, swapped_in])
def test_a_picture_that_is_replaced_before_it_is_read(scene, totals, monkeypatch, act):
    """Planted bug: nobody looks whether it is still the one that was recognised."""
    originals = {hash_file(path): path.read_bytes() for path in scene.root.glob("*/*.png")}
    replace_it = when(RunStarted, lambda project: act(project.root / "cat/cat_001.png"))

    def wrong() -> tuple[list[str], list[str]]:
        scene.set_up()
        Index(scene.root)._delete()
        told = scene.train(replace_it)
        assert told.done
        return told.skipped, remembered_wrongly(scene, originals)

    assert wrong() == (["cat/cat_001.png"], [])
    monkeypatch.setattr(Index, "is_other", lambda *_: False)
    skipped, remembered = wrong()
    assert skipped == []
    assert len(remembered) == 1
    totals.bugs["an embedding of a picture that was replaced"] += 1


def test_some_pictures_that_are_meddled_with(scene, totals):
    meddled_with(scene, totals, stride=499)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_pictures_that_are_meddled_with(scene, totals):
    meddled_with(scene, totals, stride=7)
