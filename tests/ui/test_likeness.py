"""Sorting by likeness on the Images page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.project.project import Project
from desktop_app.ui.models.picture_filter import Sort, SortBy
from desktop_app.ui.pages.images import ImagesPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.buttons import Button
from tests.drawing import draw_classes, let_settle
from tests.ui.demo import play_out

ALIKE = Sort(SortBy.SIMILARITY)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Six pictures; the index knows what is in them."""
    root = let_settle(draw_classes(tmp_path / "parts", {"good": 4, "scratched": 2}))
    with Project.open(root) as project:
        for _ in project.index.content_hashes(project.scan().files):
            pass
    return root


@pytest.fixture
def page(session: Session, theme: Theme, qtbot: Any, root: Path) -> Iterator[ImagesPage]:
    with qtbot.waitSignal(session.project_changed):
        session.open(root)
    made = ImagesPage(session, theme)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    qtbot.waitUntil(lambda: made.facts.settled and bool((made.images.columns.hashes != b"").all()))
    yield made
    play_out(session, qtbot)


def shown(page: ImagesPage) -> list[str]:
    return [page.images.file(row) for row in range(page.images.rowCount())]


def test_the_most_similar_come_first(page: ImagesPage, session: Session, qtbot: Any) -> None:
    files, hashes = page.images.columns.files, page.images.columns.hashes
    angles = dict(zip(files, (0.0, 0.9, 0.3, 1.2, 0.1, 0.6), strict=True))
    assert session.project is not None
    session.project.index.store_embeddings(
        "network",
        {
            content.decode(): np.array([np.cos(angles[file]), np.sin(angles[file])], np.float32)
            for file, content in zip(files, hashes.tolist(), strict=True)
        },
    )
    for current in (files[0], files[3]):  # again, for another picture
        page.grid.setCurrentIndex(page.images.index(page.images.row_of(current)))
        page._set_sort(ALIKE)
        expected = sorted(files, key=lambda file: abs(angles[file] - angles[current]))
        qtbot.waitUntil(lambda expected=expected: shown(page) == expected)
    assert page.filter_bar.sort.text() == "Similarity to the current picture"


def test_without_a_picture_to_compare_with_it_asks_for_one(page: ImagesPage) -> None:
    before = shown(page)
    page._set_sort(ALIKE)
    assert page.likeness.bar.text().startswith("Alike to which picture?")
    assert shown(page) == before and page.images.sorted_by == Sort()


def test_pictures_that_nobody_has_looked_at_can_be_checked(
    page: ImagesPage, session: Session, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []
    monkeypatch.setattr(session, "check_health_now", lambda: asked.append(None))
    page.grid.setCurrentIndex(page.images.index(1))
    page._set_sort(ALIKE)
    qtbot.waitUntil(lambda: page.likeness.bar.text().startswith("This picture has not been compared"))
    next(button for button in page.likeness.bar.findChildren(Button) if button.text() == "Check the pictures").click()
    assert asked and page.likeness.bar.isHidden()
    assert page.images.sorted_by == Sort()
