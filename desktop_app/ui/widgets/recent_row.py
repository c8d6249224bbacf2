"""One recent project on the start page."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.recents import Recent
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import RADIUS, SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import StateChip
from desktop_app.ui.widgets.labels import ElidedLabel, Label

_HEIGHT = 88
_EDGE = 48
_RESULT, _RESULT_COMPACT = 168, 148  # least widths of the last result


class Strip(QWidget):
    """A row of small square pictures; decoration. Shows as many as fit."""

    def __init__(self, pictures: tuple[bytes, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = [_decoded(data) for data in pictures]
        self._most = len(self._pictures)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_most(self, most: int) -> None:
        self._most = most
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        shown = min(self._most, len(self._pictures))
        return QSize(max(0, shown * (_EDGE + SPACE.xs) - SPACE.xs), _EDGE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for place, picture in enumerate(self._pictures[: self._most]):
            rect = QRectF(place * (_EDGE + SPACE.xs), 0, _EDGE, _EDGE)
            corners = QPainterPath()
            corners.addRoundedRect(rect, RADIUS.swatch, RADIUS.swatch)
            painter.setClipPath(corners)
            painter.drawPixmap(rect, picture, _middle_square(picture))


def _middle_square(picture: QPixmap) -> QRectF:
    edge = min(picture.width(), picture.height())
    return QRectF((picture.width() - edge) / 2, (picture.height() - edge) / 2, edge, edge)


def _decoded(data: bytes) -> QPixmap:
    # Our own thumbnails, a few kilobytes each; pictures of the person's go through `load_rgb`.
    pixmap = QPixmap()
    pixmap.loadFromData(data, "JPEG")
    return pixmap


class RecentRow(QAbstractButton):
    """Click opens the project; a missing one can be looked for instead."""

    find_requested = Signal()
    menu_requested = Signal(QPoint)

    def __init__(self, recent: Recent, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent = recent
        self._theme = theme
        self._missing = False
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._lost = StateChip(self.tr("Folder not found"), theme, "warn")
        self._lost.hide()
        self._find = Button(self.tr("Find folder…"), theme, icon="magnifying-glass")
        self._find.clicked.connect(self.find_requested)
        self._find.hide()
        self._menu = Button("", theme, kind="ghost", icon="dots-three-vertical", name=self._menu_name())
        self._menu.clicked.connect(self._ask_menu)
        self._strip = Strip(recent.thumbnails)
        self._result = self._make_result()
        self._lay_out()
        self._describe()

    def set_missing(self, missing: bool) -> None:
        self._missing = missing
        self._lost.setVisible(missing)
        self._find.setVisible(missing)
        self._strip.setVisible(not missing)
        self._result.setVisible(not missing)
        self.setCursor(Qt.CursorShape.ArrowCursor if missing else Qt.CursorShape.PointingHandCursor)
        self._describe()
        self.update()

    @property
    def missing(self) -> bool:
        return self._missing

    def set_compact(self, compact: bool) -> None:
        self._strip.set_most(2 if compact else len(self.recent.thumbnails))
        self._result.setMinimumWidth(_RESULT_COMPACT if compact else _RESULT)

    def _menu_name(self) -> str:
        return self.tr("More about {name}").format(name=self.recent.name)

    def _ask_menu(self) -> None:
        self.menu_requested.emit(self._menu.mapToGlobal(self._menu.rect().bottomLeft()))

    def _lay_out(self) -> None:
        recent = self.recent
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, 0, SPACE.m, 0)
        row.setSpacing(SPACE.m)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch()
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        name = ElidedLabel(recent.name, "section")
        head.addWidget(name, 0)
        if recent.read_only:
            head.addWidget(StateChip(self.tr("Read-only"), self._theme, "warn", icon="lock-simple"))
        head.addWidget(self._lost)
        head.addStretch(1)
        words.addLayout(head)
        words.addWidget(ElidedLabel(str(recent.root), "caption", "text_2"))
        if facts := self._facts():
            words.addWidget(ElidedLabel(facts, "caption", "text_2", elide=Qt.TextElideMode.ElideRight))
        words.addStretch()
        row.addLayout(words, 1)
        row.addWidget(self._strip)
        row.addWidget(self._result)
        row.addWidget(self._find)
        row.addWidget(self._menu)
        for child in self.findChildren(QWidget):
            if not isinstance(child, Button):
                child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _make_result(self) -> QWidget:
        box = QWidget()
        box.setMinimumWidth(_RESULT)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch()
        right = Qt.AlignmentFlag.AlignRight
        if self.recent.n:
            column.addWidget(Label(wording.right_of(self.recent.right, self.recent.n), "title"), 0, right)
            parts = [wording.truly((self.recent.low, self.recent.high))]
            if self.recent.basis != "test":
                parts.append(self.tr("cross-validated"))
            column.addWidget(Label(wording.DOT.join(parts), "caption", "text_2"), 0, right)
        elif self.recent.known:
            column.addWidget(Label(self.tr("not measured yet"), "caption", "text_2"), 0, right)
        column.addStretch()
        return box

    def _facts(self) -> str:
        recent = self.recent
        if not recent.known:
            return ""
        counts = (wording.classes(recent.classes), wording.pictures(recent.pictures), wording.moment(recent.opened))
        return wording.DOT.join(text for text in counts if text)

    def _describe(self) -> None:
        recent = self.recent
        parts = [recent.name, str(recent.root), self._facts()]
        if self._missing:
            parts.append(self.tr("folder not found"))
        elif recent.n:
            parts.append(wording.right_of(recent.right, recent.n))
        self.setAccessibleName(", ".join(part for part in parts if part))

    def sizeHint(self) -> QSize:
        return QSize(480, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = self._theme.colour
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        over = self.underMouse() and not self._missing and self.isEnabled()
        painter.setPen(QPen(colour("outline" if over else "border"), 1))
        painter.setBrush(colour("bg" if self._missing else "band" if over else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.panel, RADIUS.panel)
