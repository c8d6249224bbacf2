"""The one style sheet: what Qt draws by rules (bars, panels, inputs, lists). Everything else paints itself."""

from __future__ import annotations

from dataclasses import asdict

from desktop_app.ui.tokens import CONTROL, RADIUS, Tokens

_SHEET = """
Bar, Panel { background: @surface; }
Bar[edge="top"] { border-bottom: 1px solid @border; }
Bar[edge="bottom"] { border-top: 1px solid @border; }
Panel[edge="left"] { border-right: 1px solid @border; }
Panel[edge="right"] { border-left: 1px solid @border; }
Card { background: @surface; border: 1px solid @border; border-radius: @panel; }
Card[tone="bg"] { background: @bg; }
FilterEditor { border-color: @outline; }
Line { background: @border; }

QLabel { color: @text; }
QLabel[tone="text_2"] { color: @text_2; }
QLabel[tone="accent"] { color: @accent; }
QLabel[tone="ok"] { color: @ok; }
QLabel[tone="warn"] { color: @warn; }
QLabel[tone="error"] { color: @error; }
QLabel:disabled { color: @outline; }

QToolTip { background: @surface; color: @text; border: 1px solid @outline; padding: 4px 6px; }

QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit {
    background: @surface; color: @text; border: 1px solid @outline; border-radius: @control;
    padding: 0 8px; min-height: @inner; selection-background-color: @accent; selection-color: @on_accent;
}
QLineEdit:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: @accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled { color: @outline; border-color: @border; }
QAbstractSpinBox { padding: 0 24px 0 8px; }
QAbstractSpinBox QLineEdit { border: none; border-radius: 0; padding: 0; min-height: 0; background: transparent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 22px; border: none; background: transparent; }
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow { image: none; width: 0; height: 0; }
QPlainTextEdit, QTextEdit { padding: 6px 8px; }

QScrollArea, QStackedWidget, QAbstractItemView { background: transparent; border: none; }
QAbstractItemView { outline: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: @outline; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::handle:hover { background: @text_2; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QHeaderView { background: @surface; }
QHeaderView::section {
    background: @surface; color: @text_2; border: none; border-bottom: 1px solid @border; padding: 6px 8px;
}
QTableCornerButton::section { background: @surface; border: none; }
QTableView, QTreeView { background: @surface; gridline-color: @border; }
QTableView::item:selected, QTreeView::item:selected { background: @soft; color: @text; }

QSlider { min-height: 24px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @outline; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: @accent; }
QSlider::handle:horizontal {
    width: 12px; height: 12px; margin: -6px 0; border-radius: 8px; border: 2px solid @accent; background: @surface;
}
QSlider::handle:horizontal:hover { background: @soft; }
QSlider::sub-page:horizontal:disabled { background: @outline; }
QSlider::handle:horizontal:disabled { border-color: @outline; }

QMenu { background: @surface; color: @text; border: 1px solid @outline; border-radius: @control; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: @swatch; }
QMenu::item:selected { background: @soft; }
QMenu::item:disabled { color: @outline; }
QMenu::separator { height: 1px; background: @border; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QSplitter::handle { background: @border; }
"""


def stylesheet(tokens: Tokens) -> str:
    """The sheet in the colours of a theme."""
    values = {name: f"#{value}" for name, value in asdict(tokens).items() if isinstance(value, str)}
    values |= {name: f"{size}px" for name, size in asdict(RADIUS).items()}
    values["inner"] = f"{CONTROL - 2}px"
    sheet = _SHEET
    for name in sorted(values, key=len, reverse=True):  # the longer names first: "@text_2" before "@text"
        sheet = sheet.replace(f"@{name}", values[name])
    return sheet
