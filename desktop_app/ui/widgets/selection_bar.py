"""The bar that docks below the pictures while some are selected: what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.models.class_list import ClassRow
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import CONTROL, RADIUS, SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.class_field import ClassField
from desktop_app.ui.widgets.empty_state import IconView
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.swatch import paint_swatch

_SELECTION_BAR = 56
_FIELD = 208


class ClassKey(QAbstractButton):
    """A class's mark as a button that puts the selection into it."""

    def __init__(self, theme: Theme, row: ClassRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row = row
        self.setFixedSize(CONTROL, CONTROL)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(row.name)
        self.setAccessibleName(self.tr("Put into {name}, key {key}").format(name=row.name, key=row.key))

    @property
    def row(self) -> ClassRow:
        return self._row

    def sizeHint(self) -> QSize:
        return QSize(CONTROL, CONTROL)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        over = self.underMouse() or self.isDown()
        painter.setPen(QPen(self._theme.colour("accent" if over else "border"), 1))
        painter.setBrush(self._theme.colour("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS.control, RADIUS.control)
        paint_swatch(painter, QRectF(6, 6, 20, 20), self._theme, self._row.colour, self._row.key)


class SelectionBar(QFrame):
    """What can be done with the selected pictures.

    Signals:
        put(name: str): into this class, which may be new.
        accept(): the suggestions.
        golden(): put them into the golden set, or take them out of it.
        exclude(): let them take part in nothing, or again.
        unlabel(), full(), trash(), closed()
    """

    put = Signal(str)
    accept = Signal()
    golden = Signal()
    exclude = Signal()
    full = Signal()
    trash = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, check: Callable[[str], str], parent: QWidget | None = None) -> None:
        """`check` says why a typed name can't be a class; "" if it can."""
        super().__init__(parent)
        self._theme = theme
        self._rows: list[ClassRow] = []
        self._keys: list[ClassKey] = []
        self._read_only = False
        self._compact = False
        self._count = Label("", "strong")
        self._put_into = Label("", "body", "text_2")
        self._key_row = QHBoxLayout()
        self._key_row.setSpacing(SPACE.xs)
        self.field = ClassField(self.tr("Name of the class"), check)
        self.field.setPlaceholderText(self.tr("Class, or a new name"))
        self.field.setMinimumWidth(_FIELD)
        self.hint = Label("", "caption", "error")
        self._lock = IconView("lock-simple", theme)
        self._why = Label(self.tr("read-only"), "caption", "text_2")
        self._make_buttons()
        self._lay_out()
        self._connect()
        self.setAccessibleName(self.tr("Selection"))
        self.set_suggestions(0)
        self.hide_field()
        self.setVisible(False)

    def _make_buttons(self) -> None:
        def ghost(text: str, icon: str, *, hint: str = "", name: str = "") -> Button:
            return Button(text, self._theme, kind="ghost", icon=icon, hint=hint, name=name or text)

        self.accept_button = Button("", self._theme, icon="check", hint=self.tr("Enter"))
        self.type_button = ghost(self.tr("Type class…"), "text-aa", name=self.tr("Type the name of a class"))
        self.golden_button = ghost(self.tr("Golden set"), "shield-check", hint="G")
        self.exclude_button = ghost(self.tr("Exclude"), "eye-slash", hint="X")
        self.full_button = ghost(self.tr("Full view"), "corners-out", hint=self.tr("Space"))
        self.trash_button = ghost(self.tr("To trash"), "trash", hint=self.tr("Del"))
        self._close = ghost("", "x", name=self.tr("Select nothing"))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, 0, SPACE.s, 0)
        row.setSpacing(SPACE.s)
        row.addWidget(self._count)
        row.addSpacing(SPACE.s)
        row.addWidget(self.accept_button)
        row.addWidget(self._put_into)
        row.addLayout(self._key_row)
        for widget in (self.type_button, self.field, self.hint, self._lock, self._why):
            row.addWidget(widget)
        row.addStretch(1)
        for button in (self.golden_button, self.exclude_button, self.full_button, self.trash_button, self._close):
            row.addWidget(button)
        self.setFixedHeight(_SELECTION_BAR)

    def _connect(self) -> None:
        self.accept_button.clicked.connect(self.accept)
        self.type_button.clicked.connect(self.ask_name)
        self.field.entered.connect(self._on_entered)
        self.field.left.connect(self.hide_field)
        self.field.problem.connect(self.hint.setText)
        self.golden_button.clicked.connect(self.golden)
        self.exclude_button.clicked.connect(self.exclude)
        self.full_button.clicked.connect(self.full)
        self.trash_button.clicked.connect(self.trash)
        self._close.clicked.connect(self.closed)

    def set_classes(self, rows: Sequence[ClassRow]) -> None:
        """The classes that pictures can be put into, in their order."""
        if list(rows) == self._rows:
            return
        self._rows = list(rows)
        while item := self._key_row.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self._keys = [ClassKey(self._theme, row) for row in rows if row.key]
        for key in self._keys:
            key.clicked.connect(lambda _checked=False, name=key.row.name: self.put.emit(name))
            self._key_row.addWidget(key)
        self.field.set_classes([row.name for row in rows])
        self._refresh()

    def set_count(self, count: int) -> None:
        self._count.setText(self.tr("{n} selected").format(n=wording.number(count)))
        self.setVisible(count > 0)
        if not count:
            self.hide_field()

    def set_suggestions(self, count: int) -> None:
        """Of how many selected pictures Enter accepts what a model suggests."""
        one = self.tr("Accept suggestion")
        self.accept_button.setText(one if count == 1 else self.tr("Accept %Ln suggestions", "", count))
        self.accept_button.setVisible(count > 0)
        self._put_into.setText(self.tr("or put into") if count else self.tr("Put into"))
        self._fit_keys()

    def set_read_only(self, why: str) -> None:
        self._read_only = bool(why)
        self._why.setToolTip(why)
        self._refresh()

    def set_compact(self, compact: bool) -> None:
        self._compact = compact
        self._refresh()

    def ask_name(self) -> None:
        """Open the field for a class's name."""
        if self._read_only:
            return
        self.type_button.setVisible(False)
        self.field.clear()
        self.field.setVisible(True)
        self.hint.setVisible(True)
        self._refresh()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def hide_field(self) -> None:
        had_focus = self.field.hasFocus()
        self.field.setVisible(False)
        self.hint.setVisible(False)
        self.type_button.setVisible(True)
        self._refresh()
        if had_focus and (parent := self.parentWidget()) is not None:
            parent.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh(self) -> None:
        self._put_into.setVisible(not self._read_only and not self._compact)
        self.type_button.setEnabled(not self._read_only)
        self.trash_button.setEnabled(not self._read_only)
        self.golden_button.setEnabled(not self._read_only)
        self.exclude_button.setEnabled(not self._read_only)
        self._lock.setVisible(self._read_only)
        self._why.setVisible(self._read_only)
        for button, text in (
            (self.golden_button, self.tr("Golden set")),
            (self.exclude_button, self.tr("Exclude")),
            (self.full_button, self.tr("Full view")),
            (self.trash_button, self.tr("To trash")),
        ):
            button.setText("" if self._compact else text)
            button.setToolTip(text if self._compact else "")
            button.updateGeometry()
        self._fit_keys()

    def _fit_keys(self) -> None:
        """Show as many keys as there is room for; the keyboard and the list of classes have them all."""
        others: list[QWidget] = [self._count, self.accept_button, self._put_into, self.type_button, self.field]
        others += [self.hint, self.golden_button, self.exclude_button, self.full_button, self.trash_button, self._close]
        taken = sum(widget.sizeHint().width() + SPACE.s for widget in others if not widget.isHidden())
        room = (self.width() - taken - 3 * SPACE.m) // (CONTROL + SPACE.xs)
        for place, key in enumerate(self._keys):
            key.setVisible(not self._read_only and place < room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_keys()

    def _on_entered(self, name: str) -> None:
        self.hide_field()
        self.put.emit(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("surface" if self._read_only else "soft"))
        painter.fillRect(0, 0, self.width(), 1, self._theme.colour("border"))
