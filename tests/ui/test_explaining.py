"""Why, on the Evaluate page: where the model looks for each class, and whether it says the same of the same part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from desktop_app.engine.jobs import ExplainJob, RepeatJob
from desktop_app.evaluation import looks
from desktop_app.evaluation.looks import ClassLooks
from desktop_app.evaluation.repeatability import repeatability
from desktop_app.events import LooksFound, Repeated
from desktop_app.project.catalog import Snapshot
from desktop_app.project.giveaways import GivesAway
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from desktop_app.ui import giveaway_words, repeat_words
from desktop_app.ui.pages.evaluate import EvaluatePage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.repeat_card import STEADY, WORST
from tests.ui import demo

CLASSES = {"good": 40, "scratched": 40, "dented": 40}


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def add_looks(run: Run, hashes: tuple[str, ...], on_border: str = "scratched") -> None:
    """Looks at the middle, but for one class at the border."""
    far = np.abs(np.linspace(-1, 1, looks.HEAT_EDGE))
    ring = np.maximum(far[:, None], far[None]).astype(np.float32)
    found = [
        ClassLooks(
            name=name,
            n=8,
            heat=ring if name == on_border else (1 - ring).clip(0, 1),
            picture=np.full((looks.PICTURE_EDGE, looks.PICTURE_EDGE), 120, np.uint8),
            aspect=1.5,
            border=0.9 if name == on_border else 0.2,
            interval=(0.82, 0.97) if name == on_border else (0.15, 0.25),
            most=hashes[:2],
        )
        for name in CLASSES
    ]
    looks._store(run, "test", found)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = demo.draw_project(tmp_path / "parts", CLASSES)
    with Project.open(root) as project:
        run = demo.add_run(project)
        snapshot = Snapshot.read_csv(run.snapshot_csv)
        rows = snapshot.rows("test")
        groups = np.array(snapshot.groups, object)
        groups[rows] = [f"part {place // 4}" for place in range(len(rows))]
        replace(snapshot, groups=tuple(groups)).write_csv(run.snapshot_csv)
        demo.add_result(run, "test", {(0, 1): 2})
    return root


@pytest.fixture
def session(qtbot: Any, root: Path, engine: demo.PlayedEngine) -> Iterator[Session]:
    session = demo.open_session(qtbot, root, engine)
    yield session
    demo.close_session(qtbot, session)


@pytest.fixture
def page(qtbot: Any, session: Session, theme: Theme) -> EvaluatePage:
    page = EvaluatePage(session, theme)
    demo.show_page(page, qtbot)
    demo.play_out(session, qtbot)
    return page


def test_finding_out_where_it_looks(
    page: EvaluatePage, session: Session, engine: demo.PlayedEngine, qtbot: Any
) -> None:
    card = page.explaining.card
    assert card.ask.isVisibleTo(card)
    assert not any(tile.isVisibleTo(card) for tile in card.tiles)
    qtbot.mouseClick(card.ask, Qt.MouseButton.LeftButton)
    run = session.runs[0]
    assert engine.jobs == [ExplainJob(str(session.project.root), run.id, "test")]
    assert not card.ask.isEnabled()
    assert page._result is not None
    add_looks(run, page._result.predictions.hashes)
    engine.play(LooksFound(run.id, "test", 3, 24, ["scratched"]))
    engine.end()
    qtbot.waitUntil(lambda: not session.busy)
    demo.play_out(session, qtbot)
    shown = [tile.seen.name for tile in card.tiles if tile.isVisibleTo(card)]
    assert shown == ["scratched", "good", "dented"]  # the one that is to be looked at comes first
    assert not card.ask.isVisibleTo(card)
    assert "90 % of what speaks for it lies on the border, truly 82–97 %" in plain(card.tiles[0].accessibleName())
    assert any("“scratched” the model looks at the border" in text for text in page.view.headline.checks())


def test_a_class_shows_the_pictures_that_look_most_at_the_border(
    page: EvaluatePage, session: Session, qtbot: Any
) -> None:
    assert page._result is not None
    add_looks(session.runs[0], page._result.predictions.hashes)
    page._load()
    demo.play_out(session, qtbot)
    qtbot.mouseClick(page.explaining.card.tiles[0], Qt.MouseButton.LeftButton)
    model = page.view.behind.model
    assert [model.file(row) for row in range(model.rowCount())] == list(page._result.predictions.files[:2])
    assert "“scratched”" in page.view.behind._title.text()


def test_groups_of_the_test_pictures_are_parts(page: EvaluatePage, session: Session, qtbot: Any) -> None:
    demo.play_out(session, qtbot)
    card = page.repeating.card
    assert card.words.plain().startswith("Of 6 parts photographed 4 times, ")
    found = card.shown()
    assert found is not None
    assert card.table.cells.rowCount() == (min(found.changed, WORST) or STEADY)
    assert card.table.cells.index(0, 2).data() == repeat_words.called(found.parts[0])
    assert "Pictures of the part: " in card.strip.accessibleName()
    assert not card.source.isVisibleTo(card)


def measured(run: str, folder: Path) -> Repeated:
    table = np.array([[0.9, 0.1], [0.4, 0.6], [0.1, 0.9], [0.2, 0.8]])
    files = ["a/1.png", "a/2.png", "b/1.png", "b/gone.png"]
    found = repeatability(table, ["good", "dented"], ["a", "a", "b", "b"], files, run=run, where=str(folder))
    assert found is not None
    return found


def test_a_folder_of_parts(
    page: EvaluatePage,
    session: Session,
    engine: demo.PlayedEngine,
    qtbot: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from desktop_app import storage
    from desktop_app.events import to_dict

    card, run = page.repeating.card, session.runs[0]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert engine.jobs == [RepeatJob(str(session.project.root), str(tmp_path), run.id)]
    found = measured(run.id, tmp_path)
    document = {"format": 1, "model": storage.sha256(run.model_onnx), "result": to_dict(found)}
    storage.write_json(run.folder / "repeatability.json", document)
    engine.play(found)
    engine.end()
    qtbot.waitUntil(lambda: not session.busy)
    demo.play_out(session, qtbot)
    assert card.words.plain().startswith("Of 2 parts photographed 2 times, 1 changed")
    assert card.source.isVisibleTo(card)
    assert [image.isNull() for image, _ in card.strip._pictures] == [True, True]
    card.source.chosen.emit("groups")
    card.source.choose("groups")
    card._show()
    assert card.words.plain().startswith("Of 6 parts")


def test_a_stopped_search_changes_nothing(
    page: EvaluatePage, session: Session, engine: demo.PlayedEngine, qtbot: Any
) -> None:
    qtbot.mouseClick(page.explaining.card.ask, Qt.MouseButton.LeftButton)
    session.stop_job()
    qtbot.waitUntil(lambda: not session.busy)
    demo.play_out(session, qtbot)
    assert page.explaining.card.ask.isEnabled()
    assert page._result is not None
    assert page._result.looks is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (("camera", "X100"), "90 % of “scratch” (45 of 50) were taken with “X100”, and 3 of 90 other pictures."),
        (("camera", ""), "Of 90 % of “scratch” (45 of 50) no camera is noted, and of 3 of 90 other pictures."),
        (("date", "2024-05-03/2024-05-04"), "were taken on 3 May 2024 to 4 May 2024, and 3 of 90 other pictures."),
        (("size", "640 × 480"), "(45 of 50) are 640 × 480 pixels, and"),
        (("brightness", "less"), "are told by being darker; so are 3 of 90 others."),
        (("shape", "more"), "are told by being wider; so are 3 of 90 others."),
    ],
)
def test_what_gives_a_class_away_in_words(qapp: object, found: tuple[Any, str], expected: str) -> None:
    name, value = found
    text = giveaway_words.sentence(GivesAway(name, "scratch", 45, 50, 3, 90, 0.8, value, 45, 3))
    assert expected in plain(text)
    assert "alone tells the class" in text
