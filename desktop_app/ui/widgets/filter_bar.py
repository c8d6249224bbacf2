"""What is shown, as chips that can be edited and removed, and in which order."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QActionGroup, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from desktop_app.ui import filter_words, wording
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import UNLABELLED, Filter, Kind, Sort, SortBy
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import CONTROL, SPACE, TOP_BAR
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import Chip
from desktop_app.ui.widgets.filter_editor import FilterEditor
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import Label
from desktop_app.ui.widgets.surfaces import Bar

_CROSS = 28  # at the right end of a chip, where a click removes it
_LONGEST = 360  # of a chip, in pixels; its middle gives way


class FilterChip(Chip):
    """A criterion: a click edits it, one on its × removes it; so do Enter and Delete."""

    edit_requested = Signal()

    def __init__(self, kind: Kind, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("", theme, removable=True, parent=parent)
        self.kind = kind
        self._on_cross = False
        self.setMaximumWidth(_LONGEST)
        self.clicked.disconnect(self.removed)
        self.clicked.connect(self._on_clicked)

    def set_text(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
            self.setToolTip(text)
            self.setAccessibleName(text)
            self.setAccessibleDescription(self.tr("Enter changes this filter, Delete removes it"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._on_cross = event.position().x() >= self.width() - _CROSS
        super().mousePressEvent(event)

    def _on_clicked(self) -> None:
        on_cross, self._on_cross = self._on_cross, False
        (self.removed if on_cross else self.edit_requested).emit()


class FilterBar(Bar):
    """Shows the filter and the order of a list of pictures, and changes them.

    Signals:
        filter_requested(wanted: Filter)
        sort_requested(sort: Sort)
    """

    filter_requested = Signal(object)
    sort_requested = Signal(object)

    def __init__(self, images: ImageListModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("top", parent=parent)
        self._images = images
        self._theme = theme
        self._chips: dict[Kind, FilterChip] = {}
        self.editor: FilterEditor | None = None
        self.add = Button(self.tr("Add filter"), theme, kind="ghost", icon="funnel")
        self.count = Label("", "caption", "text_2")
        self.sort = Button("", theme, kind="ghost", icon="sort-ascending", caret=True)
        self._compact = False
        self.setMinimumHeight(TOP_BAR)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(SPACE.m, SPACE.s, SPACE.m, SPACE.s)
        outer.setSpacing(SPACE.s)
        left = QWidget()
        self._flow = FlowLayout(left, spacing=SPACE.s, line=CONTROL)
        self._flow.addWidget(self.add)
        self._flow.addWidget(self.count)
        outer.addWidget(left, 1)
        outer.addWidget(self.sort, 0, Qt.AlignmentFlag.AlignTop)
        self._rest = QHBoxLayout()
        self._rest.setSpacing(SPACE.xs)
        outer.addLayout(self._rest)
        outer.setAlignment(self._rest, Qt.AlignmentFlag.AlignTop)
        self.add.clicked.connect(self._show_kinds)
        self.sort.clicked.connect(self._show_orders)
        self.refresh()

    def add_control(self, control: QWidget) -> None:
        """Put a control at the right end."""
        self._rest.addWidget(control)

    def set_compact(self, compact: bool) -> None:
        self._compact = compact
        self.refresh()

    # ---- what is shown

    def refresh(self) -> None:
        """Follow the list: another filter, another number of pictures."""
        wanted, sort = self._images.filter, self._images.sorted_by
        kinds = wanted.kinds()
        for kind in [kind for kind in self._chips if kind not in kinds]:
            chip = self._chips.pop(kind)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for place, kind in enumerate(kinds):
            if kind not in self._chips:
                self._chips[kind] = self._make_chip(kind)
            self._flow.insert(place, self._chips[kind])
            self._chips[kind].show()
            self._chips[kind].set_text(filter_words.chip(kind, wanted, self._images.classes))
        shown, total = self._images.rowCount(), self._images.total
        text = self.tr("{shown} of {pictures}").format(shown=wording.number(shown), pictures=wording.pictures(total))
        self.count.setText(text if kinds else wording.pictures(total))
        direction = self.tr("descending") if sort.descending else self.tr("ascending")
        name = self.tr("Sorted by {what}, {direction}").format(what=filter_words.sort(sort.by), direction=direction)
        self.sort.set_icon("sort-descending" if sort.descending else "sort-ascending")
        self.sort.setText("" if self._compact else filter_words.sort(sort.by))
        self.sort.setToolTip(name)
        self.sort.setAccessibleName(name)
        self.sort.updateGeometry()

    def chip(self, kind: Kind) -> FilterChip | None:
        return self._chips.get(kind)

    def _make_chip(self, kind: Kind) -> FilterChip:
        chip = FilterChip(kind, self._theme)
        chip.removed.connect(lambda: self._remove(kind))
        chip.edit_requested.connect(lambda: self.edit(kind))
        return chip

    # ---- changing it

    def edit(self, kind: Kind) -> None:
        """Open the small window for one criterion."""
        below = self._chips.get(kind) or self.add
        if self.editor is not None:  # closed long ago; one that deletes itself while it closes can crash
            self.editor.close()
            self.editor.deleteLater()
        self.editor = FilterEditor(kind, self._images, self._theme, self)
        self.editor.edited.connect(lambda wanted: self._take(kind, wanted))
        self.editor.show_below(below.mapToGlobal(QPoint(0, below.height() + SPACE.xs)))

    def _take(self, kind: Kind, wanted: Filter) -> None:
        self.filter_requested.emit(self._images.filter.with_(kind, wanted))

    def _remove(self, kind: Kind) -> None:
        self.filter_requested.emit(self._images.filter.without(kind))
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)  # or the focus would leave with the chip

    def _show_kinds(self) -> None:
        menu = self.kinds_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.add.mapToGlobal(QPoint(0, self.add.height())))

    def kinds_menu(self) -> QMenu:
        """What can be filtered by."""
        menu = QMenu(self)
        unlabelled = menu.addAction(self._theme.icon("selection"), filter_words.unlabelled())
        unlabelled.triggered.connect(lambda: self._take(Kind.CLASS, Filter(labels=frozenset({UNLABELLED}))))
        menu.addSeparator()
        for kind in Kind:
            action = menu.addAction(self._theme.icon(filter_words.kind_icon(kind)), f"{filter_words.kind(kind)}…")
            action.triggered.connect(lambda _checked=False, kind=kind: self.edit(kind))
            if kind == Kind.NAME:
                action.setShortcut("Ctrl+F")
        if self._images.filter.kinds():
            menu.addSeparator()
            menu.addAction(self.tr("Remove all filters"), lambda: self.filter_requested.emit(Filter()))
        return menu

    def _show_orders(self) -> None:
        menu = self.orders_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.sort.mapToGlobal(QPoint(0, self.sort.height())))

    def orders_menu(self) -> QMenu:
        """What the pictures can be sorted by, and which way."""
        menu = QMenu(self)
        now = self._images.sorted_by
        orders = QActionGroup(menu)
        for by in SortBy:
            action = menu.addAction(filter_words.sort(by))
            action.setCheckable(True)
            action.setChecked(by == now.by)
            action.triggered.connect(
                lambda _checked=False, by=by: self.sort_requested.emit(Sort(by, descending=now.descending))
            )
            orders.addAction(action)
        menu.addSeparator()
        ways = QActionGroup(menu)
        for text, descending in ((self.tr("Ascending"), False), (self.tr("Descending"), True)):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(descending == now.descending)
            action.triggered.connect(
                lambda _checked=False, descending=descending: self.sort_requested.emit(Sort(now.by, descending))
            )
            ways.addAction(action)
        return menu
