"""From the matrix to the picture: all that the model says of it, and correcting it; figures stay those of then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest

from desktop_app.project.marks import Mark
from desktop_app.project.project import Project
from desktop_app.ui.models.confusion import Confusion
from desktop_app.ui.models.now import read_now
from desktop_app.ui.pages.evaluate import EvaluatePage
from desktop_app.ui.theme import Theme
from tests.drawing import draw_classes, let_settle
from tests.ui import demo

CHIPPED, GOOD, SCRATCHED = range(3)  # in the project's order


@pytest.fixture
def page(qtbot: Any, tmp_path: Path, engine: Any, theme: Theme) -> Iterator[EvaluatePage]:
    root = let_settle(draw_classes(tmp_path / "parts", {"good": 20, "scratched": 20, "chipped": 20}, size=16))
    with Project.open(root) as project:
        list(project.hashes(project.scan().files))
        demo.add_result(demo.add_run(project), "test", {(SCRATCHED, CHIPPED): 3})
    session = demo.open_session(qtbot, root, engine)
    session.settings.auto_advance = False
    made = EvaluatePage(session, theme)
    demo.show_page(made, qtbot)
    made.view.matrix.choose(Confusion(SCRATCHED, CHIPPED, 3))
    made.view.behind.open_requested.emit(0)
    demo.play_out(session, qtbot)
    yield made
    demo.close_session(qtbot, session)


def press(page: EvaluatePage, qtbot: Any, key: Any) -> None:
    QTest.keyClick(page.full_view, key)
    demo.play_out(page.session, qtbot)


def test_every_class_has_its_probability(page: EvaluatePage) -> None:
    found = page.full_view.panel.probabilities.model
    names = [found.index(row).data() for row in range(found.rowCount())]
    assert names[0] == "chipped" and sorted(names) == ["chipped", "good", "scratched"]
    spoken = str(found.index(0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert spoken.startswith("chipped: ") and spoken.endswith("%")
    shares = [share for _, share in page.view.behind.model.probabilities(0)]
    assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(1, abs=1e-3)


def test_a_class_key_relabels_and_the_page_says_so(page: EvaluatePage, qtbot: Any) -> None:
    model, before = page.view.behind.model, page.view.headline.number.text()
    file = model.file(0)
    press(page, qtbot, Qt.Key.Key_1)
    assert model.file(0) == f"chipped/{file.partition('/')[2]}", "it is found where it is now"
    panel = page.full_view.panel
    assert panel.label.plain() == "chipped" and panel.verdict.text() == "right"
    assert panel.measured_as.plain() == "It was measured as “scratched”."
    assert model.tile(0).finding == "tag" and model.tile(1).finding == ""
    assert "1 changed class" in page.since.bar.text() and page.view.headline.number.text() == before
    assert page.stepping.bar.isVisible()
    page.stepping.bar.undo.click()
    demo.play_out(page.session, qtbot)
    assert model.file(0) == file and page.since.bar.isHidden() and panel.label.plain() == "scratched"


def test_a_picture_is_excluded_and_included_again(page: EvaluatePage, qtbot: Any) -> None:
    project = page.session.project
    assert project is not None
    press(page, qtbot, Qt.Key.Key_X)
    assert len(project.marked(Mark.EXCLUDED)) == 1 and page.view.behind.model.tile(0).excluded
    assert "1 excluded" in page.since.bar.text()
    assert page.behind.buttons.exclude.text() == "Include again"
    page.behind.buttons.exclude.click()
    demo.play_out(page.session, qtbot)
    assert not project.marked(Mark.EXCLUDED) and not page.view.behind.model.tile(0).excluded


def test_a_label_can_be_said_to_be_right(page: EvaluatePage, qtbot: Any) -> None:
    press(page, qtbot, Qt.Key.Key_K)
    assert str(page.session.organiser.undo_label).startswith("Keep the label of “scratched_")


def test_the_menu_names_every_class(page: EvaluatePage, qtbot: Any) -> None:
    actions = page.behind.buttons.menu().actions()
    assert [action.text() for action in actions] == ["chipped", "good", "scratched"]
    actions[1].trigger()
    demo.play_out(page.session, qtbot)
    assert page.view.behind.model.file(0).startswith("good/")


def test_keys_work_for_selected_tiles_too(page: EvaluatePage, qtbot: Any) -> None:
    press(page, qtbot, Qt.Key.Key_Escape)
    grid = page.view.behind.grid
    grid.clearSelection()
    for row in (1, 2):
        grid.selectionModel().select(page.view.behind.model.index(row), QItemSelectionModel.SelectionFlag.Select)
    QTest.keyClick(grid, Qt.Key.Key_X)
    demo.play_out(page.session, qtbot)
    assert [page.view.behind.model.is_excluded(row) for row in range(3)] == [False, True, True]


def test_going_on_is_as_on_the_images_page(page: EvaluatePage, qtbot: Any) -> None:
    page.session.settings.auto_advance = True
    press(page, qtbot, Qt.Key.Key_X)
    assert page.full_view.row == 1


def test_what_is_gone_is_counted(page: EvaluatePage) -> None:
    project, result = page.session.project, page._result
    assert project is not None and result is not None
    gone, copied = (result.predictions.files[row] for row in (0, 1))
    (project.root / gone).unlink()
    (project.root / "good" / "copy.png").write_bytes((project.root / copied).read_bytes())
    let_settle(project.root)
    list(project.hashes(project.scan().files))
    now = read_now(project, project.scan(), result.predictions)
    assert now.counts == (0, 0, 1) and now.files[1] == copied, "not its copy in another class"


def test_words_that_wrap_do_not_press_the_button_upon_the_tiles(page: EvaluatePage, qtbot: Any) -> None:
    press(page, qtbot, Qt.Key.Key_Escape)
    panel = page.view.behind
    for width in (1440, 1200):
        page.resize(width, 700)
        qtbot.wait(50)
        panel._say("called by a name that is so long that nobody could read it in a line of this panel. " * 2)
        qtbot.wait(50)
        assert panel._words.height() >= panel._words.heightForWidth(panel._words.width())
        assert panel.grid.geometry().bottom() < panel._open.geometry().top()
    panel._say("short")
    assert panel._words.minimumHeight() < 2 * panel._words.fontMetrics().lineSpacing()


def test_a_page_that_nobody_sees_looks_again_when_it_is_shown(page: EvaluatePage, qtbot: Any) -> None:
    page.hide()
    page.session.organiser.mark(Mark.EXCLUDED, [page.view.behind.model.file(0)], on=True)
    demo.play_out(page.session, qtbot)
    assert page.since.bar.isHidden()
    page.show()
    demo.play_out(page.session, qtbot)
    assert "1 excluded" in page.since.bar.text() and not page.since.bar.isHidden()
