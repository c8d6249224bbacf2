"""What can be said of a picture whose label looks wrong, and how many are left to look at."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import ElidedLabel, Label
from desktop_app.ui.widgets.surfaces import Bar

_HEIGHT = 64
_LINE = 4
_WIDEST = 320  # a long class name gives way in its middle


class VerdictBar(Bar):
    """
    Signals:
        kept(): the label is right.
        relabelled(): it is what the other pictures say.
        excluded(): it takes part in nothing from now on; or again.
    """

    kept = Signal()
    relabelled = Signal()
    excluded = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("bottom", _HEIGHT, parent)
        self.keep = Button(self.tr("Keep the label"), theme, icon="check", hint="K")
        self.relabel = Button("", theme, kind="primary", icon="tag", hint=self.tr("Enter"))
        self.exclude = Button(self.tr("Exclude"), theme, icon="eye-slash", hint="X")
        self.question = ElidedLabel("", "strong")
        self._left = Label("", "caption", "text_2")
        self.progress = _Progress(theme)
        self.relabel.setMaximumWidth(_WIDEST)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch()
        words.addWidget(self.question)
        line = QHBoxLayout()
        line.setSpacing(SPACE.s)
        line.addWidget(self.progress)
        line.addWidget(self._left)
        line.addStretch()
        words.addLayout(line)
        words.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, SPACE.xs, SPACE.m, SPACE.xs)
        row.setSpacing(SPACE.s)
        row.addLayout(words, 1)
        for button in (self.keep, self.relabel, self.exclude):
            row.addWidget(button)
        self.keep.clicked.connect(self.kept)
        self.relabel.clicked.connect(self.relabelled)
        self.exclude.clicked.connect(self.excluded)

    def show_question(self, question: str, looks_like: str, *, excluded: bool) -> None:
        """Show what is asked of a picture; `excluded`: it is already."""
        self.question.setText(question)
        name = self.tr("It is “{class_name}”").format(class_name=looks_like)
        self.relabel.setText(name.replace("&", "&&"))
        self.relabel.setAccessibleName(name)
        self.relabel.setToolTip(name)
        self.exclude.setText(self.tr("Include again") if excluded else self.tr("Exclude"))

    def show_progress(self, decided: int, total: int) -> None:
        part = wording.part_of(decided, total)
        self._left.setText(self.tr("{part} decided").format(part=part))
        self.progress.show_share(decided / total if total else 0.0)

    def set_enabled(self, on: bool, why: str) -> None:
        """`why`: what hinders, if it is not `on`."""
        for button in (self.keep, self.relabel, self.exclude):
            button.setEnabled(on)
        self.keep.setToolTip(why)
        self.exclude.setToolTip(why)


class _Progress(QWidget):
    """How much is done, as a thin line."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float) -> None:
        self._share = share
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(0, (self.height() - _LINE) / 2, self.width(), _LINE)
        painter.setBrush(self._theme.colour("sunken"))
        painter.drawRoundedRect(track, _LINE / 2, _LINE / 2)
        painter.setBrush(self._theme.colour("accent"))
        track.setWidth(track.width() * self._share)
        painter.drawRoundedRect(track, _LINE / 2, _LINE / 2)
