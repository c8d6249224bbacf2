"""The part "Data health" of the class panel: what the check found, as filters, and what it has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.project.health import Finding
from desktop_app.ui import health_words, icons, wording
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.scroll import ScrollColumn
from desktop_app.ui.widgets.surfaces import Line

if TYPE_CHECKING:
    from desktop_app.project.health import Health

_ROW, _ICON = 30, 16


class HealthRow(QAbstractButton):
    """Icon, name and number of pictures; on while the grid shows just these."""

    def __init__(self, finding: Finding, text: str, icon: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.finding = finding
        self._theme, self._icon_name = theme, icon
        self._count: int | None = None
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_count(None)

    def set_count(self, count: int | None) -> None:
        """`count`: None while nobody has looked."""
        self._count = count
        self.setEnabled(bool(count))
        said = self.tr("not checked yet") if count is None else self._number()
        self.setAccessibleName(f"{self.text()}, {said}")
        self.update()

    def _number(self) -> str:
        if self._count is None:
            return "–"
        return wording.number(self._count) if self._count else self.tr("none")

    def sizeHint(self) -> QSize:
        return QSize(160, _ROW)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QEnterEvent):
            cut = QFontMetricsF(font("body")).horizontalAdvance(self.text()) > self._room().width()
            self.setToolTip(self.text() if cut else "")
        return super().event(event)

    def _tone(self) -> str:
        if self._count is None or self.finding == Finding.EXCLUDED:
            return "text_2"
        return "warn" if self._count else "ok"

    def _room(self) -> QRectF:
        """Where the name stands."""
        left = SPACE.m + _ICON + SPACE.m
        end = QFontMetricsF(font("strong")).horizontalAdvance(self._number()) + SPACE.m + SPACE.s
        return QRectF(left, 0, self.width() - left - end, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        painter = QPainter(self)
        if self.isChecked() or (self.underMouse() and self.isEnabled()):
            painter.fillRect(self.rect(), colour("soft" if self.isChecked() else "band"))
        square = QRectF(SPACE.m, (self.height() - _ICON) / 2, _ICON, _ICON)
        icons.paint(painter, square, self._icon_name, colour(self._tone()))
        room = self._room()
        painter.setFont(font("body"))
        painter.setPen(colour("text"))
        shown = QFontMetricsF(font("body")).elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setFont(font("strong" if self._count else "body"))
        painter.setPen(colour("text" if self._count else "text_2"))
        end = QRectF(room.right(), 0, self.width() - SPACE.m - room.right(), self.height())
        painter.drawText(end, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._number())


class HealthPanel(QWidget):
    """`chosen` carries the findings to be shown, 0 for all pictures again."""

    chosen = Signal(int)
    check_requested = Signal()
    groups_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checked = Label("", "caption", "text_2")
        self.check = Button("", theme, kind="ghost", icon="arrow-clockwise", name=self.tr("Check the pictures again"))
        self.check.clicked.connect(self.check_requested)
        self.groups = Button(self.tr("Groups and splits…"), theme, kind="ghost", icon="git-diff")
        self.groups.clicked.connect(self.groups_requested)
        self._remarks = Paragraph("", "caption", line=16)
        self.rows = [HealthRow(finding, text, icon, theme) for finding, text, icon in health_words.rows()]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE.m, SPACE.s, SPACE.s, 0)
        head.addWidget(Label(self.tr("Data health"), "section"))
        head.addStretch(1)
        head.addWidget(self._checked)
        head.addWidget(self.check)
        content = QWidget()
        lines = QVBoxLayout(content)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        for row in self.rows:
            row.clicked.connect(lambda on, row=row: self.chosen.emit(int(row.finding) if on else 0))
            lines.addWidget(row)
        remarks = QVBoxLayout()
        remarks.setContentsMargins(SPACE.m, SPACE.xs, SPACE.m, 0)
        remarks.addWidget(self._remarks)
        lines.addLayout(remarks)
        footer = QHBoxLayout()
        footer.setContentsMargins(SPACE.s, 0, SPACE.s, 0)
        footer.addWidget(self.groups)
        footer.addStretch(1)
        lines.addLayout(footer)
        lines.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.xs)
        column.addWidget(Line())
        column.addLayout(head)
        column.addWidget(ScrollColumn(content))

    def show_health(self, health: Health | None) -> None:
        """Show what was found; None: nothing is known yet."""
        looked = health is not None and health.at is not None
        for row in self.rows:
            count = health.count(row.finding) if health else 0
            row.set_count(count if count or looked else None)
            row.setVisible(row.finding != Finding.EXCLUDED or count > 0)
        if health and health.at:
            self._checked.setText(self.tr("checked {time}").format(time=wording.clock(health.at.isoformat())))
        else:
            self._checked.setText(self.tr("not checked yet"))
        self.check.setToolTip(self._checked.text())
        sentences = [health_words.remark(found) for found in health.remarks] if health else []
        self._remarks.set_text(" ".join(sentence for sentence in sentences if sentence))
        self._remarks.setVisible(any(sentences))

    def set_compact(self, compact: bool) -> None:
        """In a small window, when it was checked is told by the button only."""
        self._checked.setVisible(not compact)

    def show_chosen(self, findings: int) -> None:
        """Mark the line whose pictures are shown."""
        for row in self.rows:
            row.setChecked(int(row.finding) == findings)
