"""Zooming into a picture and moving about in it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.picture_view import Look, PictureView


def image(width: int, height: int, colour: str = "#336699") -> QImage:
    made = QImage(width, height, QImage.Format.Format_RGB32)
    made.fill(QColor(colour))
    return made


@pytest.fixture
def view(qtbot: Any, theme: Theme) -> PictureView:
    made = PictureView(theme)
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


def wheel(view: PictureView, at: QPointF, delta: int) -> None:
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def picture_point(view: PictureView, at: QPointF) -> QPointF:
    """Which point of the picture, 0–1, lies under one of the view."""
    whole = view._picture_rect()
    return QPointF((at.x() - whole.x()) / whole.width(), (at.y() - whole.y()) / whole.height())


def test_a_picture_is_fitted(view: PictureView) -> None:
    view.show_picture((image(800, 200),))
    assert view.scale == pytest.approx(0.5)
    view.show_picture((image(10, 10),))
    assert view.scale == 16, "not beyond sense"


def test_the_wheel_zooms_where_the_pointer_is(view: PictureView) -> None:
    view.show_picture((image(800, 600),))
    at = QPointF(100, 220)
    before = picture_point(view, at)
    wheel(view, at, 120)
    assert view.look.zoom == pytest.approx(1.25)
    after = picture_point(view, at)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))
    wheel(view, at, -12000)
    assert view.look == Look(), "never smaller than fitted"


def test_a_touchpad_zooms_in_small_steps(view: PictureView) -> None:
    view.show_picture((image(800, 600),))
    for _ in range(12):
        wheel(view, QPointF(200, 150), 10)
    assert view.look.zoom == pytest.approx(1.25)


def test_pinching_zooms_between_the_fingers(view: PictureView) -> None:
    view.show_picture((image(800, 600),))
    at = QPointF(300, 100)
    before = picture_point(view, at)
    device = QPointingDevice.primaryPointingDevice()
    kind = Qt.NativeGestureType.ZoomNativeGesture
    QApplication.sendEvent(view, QNativeGestureEvent(kind, device, 2, at, at, at, 0.5, QPointF()))
    assert view.look.zoom == pytest.approx(1.5)
    after = picture_point(view, at)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))


def test_dragging_moves_and_stops_at_the_edge(view: PictureView) -> None:
    view.show_picture((image(800, 600),))
    view.one_to_one()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    QTest.mouseMove(view, QPoint(280, 130))
    assert (view.look.x, view.look.y) == pytest.approx((0.5 - 80 / 800, 0.5 + 20 / 600))
    QTest.mouseMove(view, QPoint(2000, 130))
    assert view.look.x == pytest.approx(0.25), "no room beside a picture that is cut off"
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(2000, 130))
    QTest.mouseMove(view, QPoint(0, 0))
    assert view.look.x == pytest.approx(0.25)


def test_a_double_click_toggles_between_all_and_one_to_one(view: PictureView) -> None:
    view.show_picture((image(800, 600),))
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 150))
    assert view.scale == pytest.approx(1)
    assert view.look.x > 0.5
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 150))
    assert view.look == Look()


def test_a_small_picture_can_be_seen_at_its_own_size(view: PictureView, qtbot: Any) -> None:
    view.show_picture((image(40, 30),))
    with qtbot.waitSignal(view.zoomed) as zoomed:
        view.one_to_one()
    assert zoomed.args == [1.0]
    view.zoom(-3)
    assert view.scale == pytest.approx(1)


def test_a_shrunk_picture_counts_its_own_pixels(view: PictureView, qtbot: Any) -> None:
    with qtbot.waitSignal(view.zoomed) as zoomed:
        view.show_picture((image(800, 600),), QSize(8000, 6000))
    assert zoomed.args == [pytest.approx(0.05)]


def test_of_a_stand_in_no_scale_is_told(view: PictureView, qtbot: Any) -> None:
    with qtbot.waitSignal(view.zoomed) as zoomed:
        view.show_stand_in(image(80, 60))
    assert zoomed.args == [0.0]


def test_the_look_stays_when_the_picture_itself_comes(view: PictureView) -> None:
    view.show_stand_in(image(80, 60))
    view.set_look(Look(3, 0.3, 0.6))
    view.show_picture((image(800, 600),), QSize(8000, 6000))
    assert view.look == Look(3, 0.3, 0.6)


def test_a_part_is_asked_for_where_pixels_are_missing(view: PictureView, qtbot: Any) -> None:
    view.show_picture((image(800, 600),), QSize(8000, 6000))
    with qtbot.waitSignal(view.part_wanted) as wanted:
        view.one_to_one()
    part, scale = wanted.args
    assert scale == 1
    assert part.contains(QRect(3800, 2850, 400, 300))
    assert part.width() * part.height() < 8000 * 6000 / 50, "and not much more"
    view.show_part(part, image(part.width(), part.height(), "#ff0000"))
    assert view.grab().toImage().pixelColor(200, 150) == QColor("#ff0000")


def test_no_part_is_asked_for_that_is_there(view: PictureView, qtbot: Any) -> None:
    view.show_picture((image(800, 600),), QSize(8000, 6000))
    view.one_to_one()
    with qtbot.waitSignal(view.part_wanted) as wanted:
        pass
    view.show_part(wanted.args[0], image(800, 600))
    asked: list[object] = []
    view.part_wanted.connect(lambda *args: asked.append(args))
    view.set_look(Look(view.look.zoom, view.look.x + 0.001, view.look.y))
    view._want_part()
    assert asked == []
    view.set_look(Look(view.look.zoom, 0.1, 0.1))
    view._want_part()
    assert len(asked) == 1


def test_where_all_pixels_are_shown_no_part_is_asked_for(view: PictureView) -> None:
    view.show_picture((image(800, 600),), QSize(8000, 6000))
    assert not view._pause.isActive(), "fitted, there are pixels enough"
    view.show_picture((image(800, 600),))
    view.zoom(8)
    assert not view._pause.isActive(), "there are no more"


def test_a_small_level_is_painted_where_it_is_enough(view: PictureView) -> None:
    view.show_picture((image(1600, 1200, "#ff0000"), image(800, 600, "#00ff00"), image(400, 300, "#0000ff")))
    assert view.grab().toImage().pixelColor(200, 150) == QColor("#0000ff")
    view.zoom(3)
    assert view.grab().toImage().pixelColor(200, 150) == QColor("#00ff00")


def test_a_problem_is_said(view: PictureView) -> None:
    view.show_picture((image(8, 6),))
    view.show_problem("This picture can’t be read: cut off.")
    assert view.image is None
    assert view.accessibleDescription() == "This picture can’t be read: cut off."
    view.zoom(1)
    view.one_to_one()
    assert view.look == Look(), "nothing to zoom into"
    view.show_picture((image(8, 6),))
    assert view.problem == ""
