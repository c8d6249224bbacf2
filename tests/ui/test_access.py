"""The pages of the work, for people who do not use a mouse, or do not see the screen."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractItemView, QWidget

from desktop_app.project.project import Project
from desktop_app.ui.pages.evaluate import EvaluatePage
from desktop_app.ui.pages.train import TrainPage
from desktop_app.ui.pages.use import UsePage
from tests.ui import demo

PAGES = (TrainPage, EvaluatePage, UsePage)
SMALLEST_TARGET = 24


@pytest.fixture
def opened(qtbot: Any, tmp_path: Any, engine: Any) -> Any:
    root = demo.draw_project(tmp_path / "parts", {"good": 30, "scratched": 30})
    with Project.open(root) as project:
        demo.add_result(demo.add_run(project), "test", {(0, 1): 2})
    session = demo.open_session(qtbot, root, engine)
    yield session
    demo.close_session(qtbot, session)


@pytest.fixture(params=PAGES, ids=lambda kind: kind.__name__)
def page(request, qtbot, opened, theme):
    page = request.param(opened, theme)
    qtbot.addWidget(page)
    page.resize(1344, 812)
    page.show()
    demo.play_out(opened, qtbot)
    return page


def controls(page: QWidget) -> list[QWidget]:
    """What Tab can reach now."""
    return [
        widget
        for widget in page.findChildren(QWidget)
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def test_every_control_has_a_name_and_a_role(page):
    for widget in controls(page):
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface.text(QAccessible.Text.Name).strip(), f"{widget} has no name"
        assert interface.role() != QAccessible.Role.NoRole


def test_every_target_is_large_enough(page):
    for widget in controls(page):
        if not isinstance(widget, QAbstractItemView):
            assert min(widget.width(), widget.height()) >= SMALLEST_TARGET, f"{widget} is {widget.size()}"


def test_tab_follows_reading_order(page):
    """Down the page; side by side from left to right. Columns are read one after the other."""
    focusable = controls(page)
    assert focusable
    page.activateWindow()
    order, widget = [], focusable[0]
    for _ in range(5000):
        if widget in focusable and widget not in order:
            order.append(widget)
        widget = widget.nextInFocusChain()
    assert set(order) == set(focusable), "Tab reaches everything"


@pytest.mark.parametrize("size", [(1344, 812), (896, 452)])
def test_nothing_is_cut_to_the_side(page, qtbot, size):
    page.set_compact(size[0] < 1000)

    def fits() -> bool:
        page.resize(*size)  # a least width from before `set_compact` holds until the layout has been made again
        return page.width() == size[0]

    qtbot.waitUntil(fits)
    qtbot.wait(50)
    for widget in controls(page):
        if isinstance(widget.parentWidget(), QWidget):
            left = widget.mapTo(page, widget.rect().topLeft()).x()
            assert left >= 0, widget
            assert left + widget.width() <= page.width(), f"{widget} sticks out"
