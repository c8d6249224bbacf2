"""The controls of the look: sizes, names, keys and states."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFocusFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop_app.errors import StorageError
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.bars import ProgressLine
from desktop_app.ui.widgets.buttons import Button, ProgressButton
from desktop_app.ui.widgets.chip import Chip, StateChip
from desktop_app.ui.widgets.empty_state import EmptyState
from desktop_app.ui.widgets.fields import ComboBox, SpinBox
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.fold import Fold
from desktop_app.ui.widgets.interval_bar import IntervalBar
from desktop_app.ui.widgets.job_bar import JobBar
from desktop_app.ui.widgets.labels import ElidedLabel, Label, Paragraph
from desktop_app.ui.widgets.message_bar import MessageBar, MessageStack
from desktop_app.ui.widgets.rail_button import RailButton
from desktop_app.ui.widgets.segments import Segments
from desktop_app.ui.widgets.swatch import KeySwatch


def spoken(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def show(qtbot: Any, widget: QWidget) -> QWidget:
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def has_colour(widget: QWidget, colour: QColor) -> bool:
    image = widget.grab().toImage()
    return any(image.pixelColor(x, y) == colour for x in range(image.width()) for y in range(image.height()))


# ---- buttons


def test_button_sizes(qtbot: Any, theme: Theme) -> None:
    assert Button("Train", theme).height() == 32
    assert Button("Train", theme, main=True).height() == 56
    short, long = Button("Train", theme), Button("Anhalten, Bestes behalten", theme)
    assert long.sizeHint().width() > short.sizeHint().width()
    assert Button("", theme, icon="x", name="Close").sizeHint() == QSize(32, 32)


@pytest.mark.parametrize(
    ("kind", "token"), [("primary", "accent"), ("outlined", "outline"), ("destructive", "error"), ("ghost", "text")]
)
def test_button_kinds(qtbot: Any, theme: Theme, kind: Any, token: str) -> None:
    button = Button("Train", theme, kind=kind, icon="graduation-cap")
    show(qtbot, button)
    assert has_colour(button, theme.colour(token))
    theme.set_mode("dark")
    assert has_colour(button, theme.colour(token))


def test_disabled_buttons_are_grey(qtbot: Any, theme: Theme) -> None:
    button = Button("Train", theme, kind="primary")
    button.setEnabled(False)
    show(qtbot, button)
    assert not has_colour(button, theme.colour("accent"))


def test_an_icon_alone_has_a_name_and_a_tooltip(theme: Theme) -> None:
    button = Button("", theme, icon="x", name="Close this message")
    assert spoken(button) == "Close this message"
    assert button.toolTip() == "Close this message"


def test_the_key_gives_way_before_the_words(theme: Theme) -> None:
    button = Button("Open a folder…", theme, hint="Ctrl+O", main=True)
    assert button.minimumSizeHint().width() < button.sizeHint().width()


def test_a_click_does_not_take_the_focus(qtbot: Any, theme: Theme) -> None:
    window = QWidget()
    row = QHBoxLayout(window)
    first, second = Button("one", theme), Button("two", theme)
    row.addWidget(first)
    row.addWidget(second)
    show(qtbot, window)
    window.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    QTest.mouseClick(second, Qt.MouseButton.LeftButton)
    assert first.hasFocus()
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()


def test_the_focus_ring_surrounds_the_control(qtbot: Any, theme: Theme) -> None:
    window = QWidget()
    row = QHBoxLayout(window)
    button = Button("one", theme, kind="ghost")
    row.addWidget(button)
    show(qtbot, window)
    window.activateWindow()
    button.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is button)
    frame = next(child for child in window.findChildren(QFocusFrame) if child.isVisible())
    assert frame.geometry() == button.geometry().adjusted(-4, -4, 4, 4)
    assert has_colour(window, theme.colour("accent"))
    button.clearFocus()
    assert not frame.isVisible()


def test_progress_button(qtbot: Any, theme: Theme) -> None:
    button = ProgressButton("Train", theme, icon="graduation-cap")
    show(qtbot, button)
    assert button.isEnabled()
    button.set_progress(0.62, "Training")
    assert button.fraction == 0.62
    assert not button.isEnabled()
    assert has_colour(button, theme.colour("soft"))
    button.set_progress(7.0, "Training")
    assert button.fraction == 1.0
    button.set_progress(None)
    assert button.isEnabled()
    assert button.text() == "Train"


# ---- chips, segments, fold


def test_a_chip_is_removed_by_click_and_key(qtbot: Any, theme: Theme) -> None:
    chip = Chip("Class: red iron", theme, removable=True)
    show(qtbot, chip)
    with qtbot.waitSignal(chip.removed):
        QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(chip.removed):
        QTest.keyClick(chip, Qt.Key.Key_Delete)
    assert chip.sizeHint().height() == 24


def test_a_state_is_an_icon_and_a_word(qtbot: Any, theme: Theme) -> None:
    chip = StateChip("Read-only", theme, "warn")
    show(qtbot, chip)
    assert spoken(chip) == "Read-only"
    assert has_colour(chip, theme.colour("warn_bg"))
    chip.set_state("Self-test passed", "ok")
    assert spoken(chip) == chip.text() == "Self-test passed"
    assert has_colour(chip, theme.colour("ok_bg"))


def test_segments_by_mouse_and_arrows(qtbot: Any, theme: Theme) -> None:
    segments = Segments(
        [("counts", "Counts", ""), ("share", "Row %", ""), ("both", "Both", "copy")], theme, name="Show"
    )
    show(qtbot, segments)
    assert segments.current() == "counts"
    with qtbot.waitSignal(segments.chosen) as signal:
        QTest.mouseClick(segments.button("share"), Qt.MouseButton.LeftButton)
    assert signal.args == ["share"]
    segments.button("share").setFocus()
    QTest.keyClick(segments.button("share"), Qt.Key.Key_Right)
    assert segments.current() == "both"
    with qtbot.assertNotEmitted(segments.chosen):
        segments.choose("counts")
    assert segments.current() == "counts"


def test_a_fold_says_what_is_inside(qtbot: Any, theme: Theme) -> None:
    fold = Fold("Advanced", theme, QLabel("body"), summary="all defaults")
    show(qtbot, fold)
    assert not fold.body.isVisible()
    assert spoken(fold.header) == "Advanced, closed, all defaults"
    QTest.mouseClick(fold.header, Qt.MouseButton.LeftButton)
    assert fold.is_open()
    assert fold.body.isVisible()
    assert spoken(fold.header) == "Advanced, open, all defaults"
    QTest.keyClick(fold.header, Qt.Key.Key_Space)
    assert not fold.is_open()


# ---- messages


def test_a_message_says_what_why_and_what_to_do(qtbot: Any, theme: Theme) -> None:
    bar = MessageBar(theme)
    qtbot.addWidget(bar)
    assert bar.isHidden()
    done: list[bool] = []
    error = StorageError("The disk is full.", why="{gb} GB are missing.", hint="Free some space.", gb=2)
    bar.show_error(error, actions=[("Try again", lambda: done.append(True))])
    bar.show()
    assert bar.text() == "The disk is full. 2 GB are missing. Free some space."
    assert spoken(bar) == bar.text()
    button = next(child for child in bar.findChildren(Button) if child.text() == "Try again")
    button.click()
    assert done == [True]
    assert has_colour(bar, theme.colour("error_bg"))
    close = next(child for child in bar.findChildren(Button) if not child.text())
    with qtbot.waitSignal(bar.closed):
        close.click()
    assert bar.isHidden()


def test_a_message_with_new_words_forgets_the_old_buttons(qtbot: Any, theme: Theme) -> None:
    bar = MessageBar(theme)
    qtbot.addWidget(bar)
    bar.show_message("warn", "One.", actions=[("A", lambda: None)])
    bar.show_message("info", "Two.", "Because.", closable=False)
    bar.show()
    assert [child.text() for child in bar.findChildren(Button) if child.isVisible()] == []
    assert bar.text() == "Two. Because."


def test_markup_in_a_message_is_only_text(qtbot: Any, theme: Theme) -> None:
    bar = MessageBar(theme)
    qtbot.addWidget(bar)
    bar.show_message("info", "<b>class</b> & co", "<img src=x>")
    label = next(child for child in bar.findChildren(Paragraph))
    assert "&lt;b&gt;" in label.text()
    assert "<img" not in label.text()


def test_a_stack_of_messages_takes_no_room_when_silent(qtbot: Any, theme: Theme) -> None:
    one, other = MessageBar(theme), MessageBar(theme)
    stack = MessageStack((one, other))
    qtbot.addWidget(stack)
    assert stack.isHidden()
    one.show_message("info", "One.")
    assert not stack.isHidden()
    one.clear()
    assert stack.isHidden()


def test_long_messages_wrap(qtbot: Any, theme: Theme) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    bar = MessageBar(theme)
    column.addWidget(bar)
    column.addStretch()
    window.resize(360, 400)
    show(qtbot, window)
    bar.show_message("warn", "12 of 500 could not be moved.", "They are open in another program. " * 3)
    qtbot.waitUntil(lambda: bar.height() > 80)
    assert bar.geometry().right() <= window.width()


# ---- labels


def test_a_long_name_gives_way_in_its_middle(qtbot: Any, theme: Theme) -> None:
    label = ElidedLabel("oxide scale of temperature system")
    label.resize(90, 20)
    show(qtbot, label)
    assert label.toolTip() == "oxide scale of temperature system"
    label.resize(600, 20)
    assert label.toolTip() == ""


def test_plain_labels_show_markup_as_text(theme: Theme) -> None:
    assert Label("<b>good</b>").textFormat() == Qt.TextFormat.PlainText
    paragraph = Paragraph("a & b")
    paragraph.set_text("rest", bold="First.")
    assert paragraph.plain() == "First. rest"


# ---- rows and bars


def test_the_flow_wraps_and_asks_for_its_height(qtbot: Any, theme: Theme) -> None:
    box = QWidget()
    flow = FlowLayout(box)
    for number in range(6):
        flow.addWidget(Button(f"Button {number}", theme))
    box.resize(200, 300)
    show(qtbot, box)
    tops = {child.y() for child in box.findChildren(Button)}
    assert len(tops) >= 3
    assert flow.heightForWidth(200) == max(child.geometry().bottom() for child in box.findChildren(Button)) + 1
    assert flow.heightForWidth(2000) == 32
    assert all(child.geometry().right() < 200 for child in box.findChildren(Button))


def test_the_job_bar_in_its_states(qtbot: Any, theme: Theme) -> None:
    bar = JobBar(theme)
    bar.resize(900, 40)
    show(qtbot, bar)
    bar.show_running("Training run 7", "graduation-cap", stop="Stop, keep the best")
    bar.show_progress(0.62, 91.0)
    texts = [label.text() for label in bar.findChildren(QLabel) if label.isVisible()]
    assert any("62" in text and "1 min 30 s left" in text.replace("\N{NO-BREAK SPACE}", " ") for text in texts)
    stop = next(child for child in bar.findChildren(Button) if child.isVisible())
    assert stop.text() == "Stop, keep the best"
    with qtbot.waitSignal(bar.stop_requested):
        stop.click()
    bar.show_stopping("stopping")
    assert not stop.isEnabled()
    bar.show_failed("Training run 7 stopped by itself")
    button = next(child for child in bar.findChildren(Button) if child.isVisible())
    with qtbot.waitSignal(bar.show_requested):
        button.click()
    bar.show_done("Measured")
    assert not [child for child in bar.findChildren(Button) if child.isVisible()]


def test_the_job_bar_says_quietly_what_runs_in_the_background(qtbot: Any, theme: Theme) -> None:
    bar = JobBar(theme)
    bar.resize(900, 40)
    show(qtbot, bar)
    bar.show_done("Trained")
    bar.show_background("Checking the pictures: 1,003 of 1,408")
    texts = [label.text() for label in bar.findChildren(QLabel) if label.isVisible()]
    assert texts == ["Trained", "Checking the pictures: 1,003 of 1,408"]
    stop = next(child for child in bar.findChildren(Button) if child.isVisible())
    with qtbot.waitSignal(bar.background_stop_requested):
        stop.click()
    bar.show_background("")
    assert not stop.isVisible()


def test_a_rail_button_speaks_its_fact(qtbot: Any, theme: Theme) -> None:
    button = RailButton("Train", "graduation-cap", theme)
    button.set_fact("Run 7: 62 %")
    assert spoken(button) == "Train, Run 7: 62 %"
    assert button.sizeHint() == QSize(80, 80)
    button.set_narrow(True)
    assert button.sizeHint() == QSize(48, 48)
    assert button.toolTip() == "Train, Run 7: 62 %"


def test_the_interval_is_drawn_and_told(qtbot: Any, theme: Theme) -> None:
    bar = IntervalBar(theme)
    bar.resize(200, 20)
    bar.set_value(0.96, (0.94, 0.98), (0.9, 1.0), name="96 %; truly 94–98 %")
    show(qtbot, bar)
    assert spoken(bar) == "96 %; truly 94–98 %"
    image = bar.grab().toImage()
    accent = theme.colour("accent")
    columns = [x for x in range(200) if any(image.pixelColor(x, y) == accent for y in range(20))]
    assert 70 < columns[0] < 90
    assert 150 < columns[-1] < 170


def test_progress_of_nothing_is_empty(qtbot: Any, theme: Theme) -> None:
    line = ProgressLine(theme)
    show(qtbot, line)
    assert not has_colour(line, theme.colour("accent"))
    line.set_fraction(0.5)
    assert has_colour(line, theme.colour("accent"))


def test_a_swatch_names_its_class(qtbot: Any, theme: Theme) -> None:
    swatch = KeySwatch(theme, 2, "3", name="dent")
    show(qtbot, swatch)
    assert spoken(swatch) == "dent"
    assert has_colour(swatch, theme.class_colour(2))


# ---- inputs


def test_number_fields_and_choices_have_names(qtbot: Any, theme: Theme) -> None:
    number, combo = SpinBox(theme, name="Epochs"), ComboBox(theme, name="Run")
    combo.addItems(["Run 1", "Run 2"])
    for widget, name in ((number, "Epochs"), (combo, "Run")):
        show(qtbot, widget)
        assert widget.accessibleName() == name
        assert widget.height() == 32
    number.setValue(5)
    QTest.keyClick(number, Qt.Key.Key_Up)
    assert number.value() == 6


def test_an_empty_state_shows_what_to_do(qtbot: Any, theme: Theme) -> None:
    button = Button("Choose folders…", theme, kind="primary")
    state = EmptyState(
        "image", "Drop pictures here", "They are copied.", theme, buttons=(button,), note="20 are enough."
    )
    state.resize(500, 400)
    show(qtbot, state)
    assert button.isVisible()
    state.set_hot(True)
    assert has_colour(state, theme.colour("soft"))
    state.set_text("Other", "Because.")
    assert "20 are enough." not in [label.text() for label in state.findChildren(Label) if label.isVisible()]
