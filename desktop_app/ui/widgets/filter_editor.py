"""The small window in which one criterion of the filter is edited; the pictures follow while one does."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QDate, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDateEdit, QHBoxLayout, QLineEdit, QSlider, QWidget

from desktop_app.ui import filter_words, wording
from desktop_app.ui.models.filter_choices import choices, includes, several, union
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import Filter, Kind
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.choice_list import ChoiceList
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.surfaces import Card

_TYPING_MS = 150
_WIDTH = 264


class FilterEditor(Card):
    """A popup: a click elsewhere or Escape closes it, and what it shows stays.

    Signals:
        edited(wanted: Filter): a filter that asks for this kind alone; for nothing, if nothing is chosen.
    """

    edited = Signal(object)

    def __init__(self, kind: Kind, images: ImageListModel, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self.setWindowFlag(Qt.WindowType.Popup)
        self.kind = kind
        self._theme = theme
        self._column = self.column()
        self._column.setContentsMargins(SPACE.s, 12, SPACE.s, SPACE.s)
        title = Label(filter_words.kind(kind), "strong")
        title.setContentsMargins(SPACE.s, 0, SPACE.s, 0)
        self._column.addWidget(title)
        self.setAccessibleName(filter_words.kind(kind))
        wanted = images.filter
        self.list = self._make_list(images, wanted) if kind != Kind.NAME else None
        if self.list is not None:
            self._column.addWidget(self.list)
        if kind == Kind.NAME:
            self._add_name(wanted)
        elif self.list is None:
            self._add_note()
        elif kind == Kind.DATE:
            self._add_days(wanted, images)
        elif kind == Kind.CONFIDENCE:
            self._add_sliders(wanted)

    def show_below(self, place: QPoint) -> None:
        """Open with its upper left corner at a point of the screen, or as near as the screen allows."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        right = max(screen.left(), screen.right() - self.width())
        bottom = max(screen.top(), screen.bottom() - self.height())
        self.move(min(place.x(), right), min(place.y(), bottom))
        self.show()
        first = self.field if self.kind == Kind.NAME else self.list
        if first is not None:
            first.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    # ---- values

    def _make_list(self, images: ImageListModel, wanted: Filter) -> ChoiceList | None:
        """None if there is nothing to choose from."""
        offered = choices(self.kind, images)
        if not offered:
            return None
        made = ChoiceList(
            offered,
            [includes(self.kind, wanted, choice) for choice in offered],
            self._theme,
            several=several(self.kind, offered),
            name=filter_words.kind(self.kind),
        )
        made.changed.connect(lambda now: self.edited.emit(union(self.kind, [choice.wanted for choice in now])))
        return made

    def _add_note(self) -> None:
        note = Paragraph(filter_words.unknown(self.kind))
        note.setFixedWidth(_WIDTH)
        note.setContentsMargins(SPACE.s, 0, SPACE.s, SPACE.s)
        self._column.addWidget(note)

    # ---- name

    def _add_name(self, wanted: Filter) -> None:
        self.field = QLineEdit(wanted.name)
        self.field.setFixedWidth(_WIDTH)
        self.field.setPlaceholderText(self.tr("Part of the file name"))
        self.field.setAccessibleName(self.tr("Part of the file name"))
        self.field.setClearButtonEnabled(True)
        self.field.selectAll()
        self._typed = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typed.timeout.connect(self._take_name)
        self.field.textEdited.connect(self._typed.start)
        self.field.returnPressed.connect(self._finish_name)
        self._column.addWidget(self.field)

    def _take_name(self) -> None:
        self._typed.stop()
        self.edited.emit(Filter(name=self.field.text().strip()))

    def _finish_name(self) -> None:
        self._take_name()
        self.close()

    # ---- days

    def _add_days(self, wanted: Filter, images: ImageListModel) -> None:
        times = images.columns.changed_ns
        known = times[times > 0]
        begin, end = wanted.dates or (int(known.min()), int(known.max()) + 1)
        self._from = self._day(self.tr("First day"), begin)
        self._to = self._day(self.tr("Last day"), end - 1)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE.s, SPACE.xs, SPACE.s, SPACE.xs)
        row.addWidget(self._from)
        row.addWidget(Label("–"))
        row.addWidget(self._to)
        self._column.addLayout(row)
        self._from.dateChanged.connect(self._take_days)
        self._to.dateChanged.connect(self._take_days)

    def _day(self, name: str, time: int) -> QDateEdit:
        moment = datetime.fromtimestamp(time / 1e9)
        edit = QDateEdit(QDate(moment.year, moment.month, moment.day))
        edit.setAccessibleName(name)
        edit.setToolTip(name)
        edit.setDisplayFormat(self.tr("d MMM yyyy"))
        return edit

    def _take_days(self) -> None:
        assert self.list is not None
        self.list.clear_ticks()
        begin, end = (
            datetime(edit.date().year(), edit.date().month(), edit.date().day()) for edit in (self._from, self._to)
        )
        if begin <= end:
            limits = tuple(int(day.timestamp()) * 10**9 for day in (begin, end + timedelta(days=1)))
            self.edited.emit(Filter(dates=(limits[0], limits[1])))

    # ---- how sure

    def _add_sliders(self, wanted: Filter) -> None:
        low, high = wanted.confidence or (0.0, 1.0)
        self._low = self._slider(self.tr("At least"), low)
        self._high = self._slider(self.tr("At most"), high)

    def _slider(self, name: str, value: float) -> QSlider:
        row = QHBoxLayout()
        row.setContentsMargins(SPACE.s, 0, SPACE.s, 0)
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 100)
        slider.setPageStep(5)
        slider.setValue(round(value * 100))
        slider.setAccessibleName(name)
        shown = Label(wording.percent(value))
        shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        shown.setMinimumWidth(shown.fontMetrics().horizontalAdvance(wording.percent(1.0)))
        slider.valueChanged.connect(lambda now: shown.setText(wording.percent(now / 100)))
        slider.valueChanged.connect(self._take_sliders)
        row.addWidget(Label(name, "caption", "text_2"))
        row.addWidget(slider, 1)
        row.addWidget(shown)
        self._column.addLayout(row)
        return slider

    def _take_sliders(self) -> None:
        assert self.list is not None
        self.list.clear_ticks()
        low, high = sorted((self._low.value() / 100, self._high.value() / 100))
        self.edited.emit(Filter(confidence=(low, high) if (low, high) != (0.0, 1.0) else None))
