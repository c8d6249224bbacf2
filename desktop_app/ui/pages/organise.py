"""Putting pictures into classes on the Images page: keys, drags, menus and the bars that say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QAction, QDrag, QKeyEvent, QKeySequence, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from desktop_app.errors import DiscernError
from desktop_app.events import Notice
from desktop_app.project.marks import Mark
from desktop_app.ui import problems, step_words, wording
from desktop_app.ui.models.class_list import ClassListModel, ClassRow
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import GONE, UNLABELLED
from desktop_app.ui.organiser import Place
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.pages.marking import Marking
from desktop_app.ui.pages.stepping import Stepping
from desktop_app.ui.presses import is_plain, is_press
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme, font
from desktop_app.ui.tokens import RADIUS
from desktop_app.ui.widgets.chip import State
from desktop_app.ui.widgets.class_panel import PICTURES, ClassList
from desktop_app.ui.widgets.image_grid import ImageGrid
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.selection_bar import SelectionBar

if TYPE_CHECKING:
    from desktop_app.project.outcome import Outcome
    from desktop_app.ui.models.suggestions import Suggestions

_RESTORED = 10_000  # selected pictures that stay selected when the list is made anew
_DRAG = 56


class Organising(QObject):
    """Turns what a person does to the grid, the full view and the list of classes into steps of the organiser."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        images: ImageListModel,
        classes: ClassListModel,
        grid: ImageGrid,
        class_list: ClassList,
        full_view: FullView,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._session = session
        self._organiser = session.organiser
        self._theme = theme
        self._images = images
        self._classes = classes
        self._grid = grid
        self._class_list = class_list
        self._full_view = full_view
        self._page = page
        self._notices: list[Notice] = []
        self._heard: list[Notice] = []
        self.stepping = Stepping(session, theme, MessageBar(theme), self)
        self.step_bar, self.problem_bar = self.stepping.bar, self.stepping.problem_bar
        self.selection_bar = SelectionBar(theme, _name_problem)
        self.marking = Marking(session, images, self.rows_in_hand, full_view, self)
        self.interrupted_bar = MessageBar(theme)
        self.notice_bar = MessageBar(theme)
        self.bars = QWidget()
        column = QVBoxLayout(self.bars)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.step_bar)
        column.addWidget(self.selection_bar)
        self._connect()

    def _connect(self) -> None:
        self._grid.installEventFilter(self)
        self._full_view.installEventFilter(self)
        self._grid.selectionModel().selectionChanged.connect(self._count)
        self._images.modelReset.connect(self._count)
        self._grid.dragged.connect(self._drag)
        self._grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._grid.customContextMenuRequested.connect(self._show_menu)
        self.selection_bar.put.connect(self.put)
        self.selection_bar.full.connect(lambda: self._grid.opened.emit(self._grid.currentIndex().row()))
        self.selection_bar.trash.connect(lambda: self.place(None))
        self.selection_bar.golden.connect(lambda: self.marking.toggle(Mark.GOLDEN))
        self.selection_bar.exclude.connect(lambda: self.marking.toggle(Mark.EXCLUDED))
        self.selection_bar.closed.connect(self._grid.clearSelection)
        self.selection_bar.setFocusProxy(self._grid)
        self.bars.setFocusProxy(self._grid)
        self.step_bar.show_requested.connect(self._show_file)
        self._class_list.dropped.connect(self._on_dropped)
        self._organiser.trashed.changed.connect(self._show_trash)
        self.notice_bar.closed.connect(self._say_next_notice)
        self.interrupted_bar.closed.connect(self._forget_interrupted)
        self._organiser.changed.connect(self.refresh)
        self._organiser.pictures_moved.connect(self._on_moved)
        self._organiser.step_ended.connect(self.show_catalog)
        self._organiser.step_failed.connect(self._on_failed)

    # ---- what the session says

    def on_project(self) -> None:
        """Another project is shown."""
        for bar in (self.interrupted_bar, self.notice_bar, self.problem_bar):
            bar.clear()
        self.stepping.clear()
        self._heard, self._notices = [], []
        self.refresh()

    def on_classes(self) -> None:
        """The classes or their counts have changed."""
        rows = [self._classes.row(place) for place in range(self._classes.rowCount())]
        self.selection_bar.set_classes([row for row in rows if row.kind == "class"])

    def refresh(self) -> None:
        """What can be done, and what was left undone, may have changed."""
        can = self._organiser.can_change
        self._grid.draggable = can
        self._class_list.changeable = can
        self.selection_bar.set_read_only(self._organiser.why_not)
        self._say_interrupted()
        self._hear_notices()

    def _hear_notices(self) -> None:
        project = self._session.project
        for notice in (*(project.notices if project else ()), *self._organiser.notices):
            if notice not in self._heard:
                self._heard.append(notice)
                self._notices.append(notice)
        if self.notice_bar.isHidden():
            self._say_next_notice()

    def _on_moved(self, files: dict[str, str], classes: dict[str, str]) -> None:
        self._images.rename(files, classes)

    def _on_failed(self, _error: DiscernError) -> None:
        self.show_catalog()

    def show_catalog(self, outcome: Outcome | None = None) -> None:
        """Show how it is: what the session knows, and on top what has been asked for since."""
        catalog, listings = self._session.catalog, self._session.listings
        if catalog is None or listings is None:
            return
        kept = listings.newest.kept or outcome is None or not (outcome.moved or outcome.folders)
        new_names = dict(outcome.moved) if outcome else {}
        selected, current = self._selected_files(), self._current_file()
        full, row = self._full_view.isVisible(), self._full_view.row
        shown = self._images.file(row) if full and 0 <= row < self._images.rowCount() else ""
        count = self._images.rowCount()
        resets: list[None] = []
        link = self._images.modelReset.connect(lambda: resets.append(None))
        self._images.set_catalog(catalog, self._session.classes, kept=kept, stood=listings.newest.stood)
        for step in self._organiser.pending:
            for place, positions in step.places.items():
                if (label := self._label(place)) is not None:
                    files = [step.files[position] for position in positions]
                    self._images.foresee(self._images.places_of(files), label)
        self._images.modelReset.disconnect(link)
        if resets:
            self._restore([new_names.get(file, file) for file in selected], new_names.get(current, current))
        if full:
            file = new_names.get(shown, shown)
            now = self._images.row_of(file)
            if (now, file, self._images.rowCount()) != (row, shown, count):
                self._show_in_full(now if now >= 0 else min(row, self._images.rowCount() - 1))

    def _selected_files(self) -> list[str]:
        if self._grid.selected_count() > _RESTORED:
            return []
        places = self._images.places_of_rows(self._grid.selected_rows())
        return self._images.files_at(places)

    def _current_file(self) -> str:
        row = self._grid.currentIndex().row()
        return self._images.file(row) if 0 <= row < self._images.rowCount() else ""

    def _restore(self, selected: Sequence[str], current: str) -> None:
        row = self._images.row_of(current)
        model = self._grid.selectionModel()
        flags = model.SelectionFlag
        if row >= 0:
            model.setCurrentIndex(self._images.index(row, 0), flags.NoUpdate)
        for file in selected:
            if (row := self._images.row_of(file)) >= 0:
                model.select(self._images.index(row, 0), flags.Select)

    # ---- putting

    def put(self, class_name: str) -> None:
        """Put the selected pictures into a class, which is made if there is none of that name."""
        self.place(class_name)

    def place(self, place: Place) -> None:
        """Put the selection into a class, back to unlabelled ("") or into the trash (None)."""
        rows = self.rows_in_hand()
        places = self._images.places_of_rows(rows)
        if not len(places) or not self._organiser.can_change:
            return
        files = self._images.files_at(places)
        count = self._images.rowCount()
        label = self._label(place)
        if label is not None:
            self._images.foresee(places, label)
        self._move_on(rows[0].start, len(files), left=self._images.rowCount() < count)
        if place is None:
            self._organiser.trash(files)
        elif place:
            self._organiser.put(files, place)
        else:
            self._organiser.unlabel(files)

    def accept(self, suggestions: Suggestions) -> None:
        """Put each of these pictures into the class suggested for it, as one step."""
        if not len(suggestions) or not self._organiser.can_change:
            return
        files = self._images.files_at(suggestions.places)
        classes = [self._images.classes[label].name for label in suggestions.labels.tolist()]
        rows = self.rows_in_hand()
        first = rows[0].start if rows else max(0, self._grid.currentIndex().row())
        count = self._images.rowCount()
        self._images.foresee(suggestions.places, suggestions.labels)
        self._move_on(first, len(files), left=self._images.rowCount() < count)
        self._organiser.put_each(dict(zip(files, classes, strict=True)))

    def rows_in_hand(self) -> list[range]:
        """What keys are for: the selected pictures, or the one in full view."""
        if not self._full_view.isVisible():
            return self._grid.selected_rows()
        row = self._full_view.row
        return [range(row, row + 1)] if 0 <= row < self._images.rowCount() else []

    def _label(self, place: Place) -> int | None:
        """How the model numbers a place; None for a class that is yet to be made."""
        if place is None:
            return GONE
        return self._images.label_of(place) if place else UNLABELLED

    def _move_on(self, row: int, count: int, *, left: bool) -> None:
        """After one picture comes the next: beside it, or in its place if it has left what is shown."""
        last = self._images.rowCount() - 1
        follows = min(row if left else row + 1, last)
        advances = count == 1 and self._session.settings.auto_advance
        if self._full_view.isVisible():
            self._show_in_full(follows if advances or left else row)
        elif follows >= 0 and (advances or left):
            flags = self._grid.selectionModel().SelectionFlag
            flag = flags.ClearAndSelect if advances else flags.NoUpdate
            self._grid.selectionModel().setCurrentIndex(self._images.index(follows, 0), flag)
            self._grid.scrollTo(self._images.index(follows, 0))

    def _show_in_full(self, row: int) -> None:
        if row >= 0:
            self._full_view.show_row(row)
        else:
            self._full_view.closed.emit(-1)

    def next_unlabelled(self) -> None:
        full = self._full_view.isVisible()
        row = self._images.next_unlabelled(self._full_view.row if full else self._grid.currentIndex().row())
        if row < 0:
            return
        if full:
            self._full_view.show_row(row)
        else:
            self._grid.setCurrentIndex(self._images.index(row, 0))

    def _show_file(self, file: str) -> None:
        """Go to a picture, where it is shown."""
        if (row := self._images.row_of(file)) >= 0:
            model = self._grid.selectionModel()
            model.setCurrentIndex(self._images.index(row, 0), model.SelectionFlag.ClearAndSelect)
            self._grid.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_press(event) and is_plain(event):
            return self._on_key(event)
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        text = event.text().casefold()
        if text and (name := self._class_of_key(text)):
            self.put(name)
        elif text == "0":
            self.place("")
        elif event.key() == Qt.Key.Key_Delete:
            self.place(None)
        elif text == "n":
            self.next_unlabelled()
        elif text == "g":
            self.marking.toggle(Mark.GOLDEN)
        elif text == "x":
            self.marking.toggle(Mark.EXCLUDED)
        else:
            return False
        return True

    def _class_of_key(self, key: str) -> str:
        return next((info.name for info in self._session.classes if info.key and info.key.casefold() == key), "")

    # ---- menu

    def _show_menu(self, place: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._grid.viewport().mapToGlobal(place))

    def menu(self) -> QMenu:
        """What can be done with the selection."""
        menu = QMenu(self._grid)
        selected = self._grid.selected_count() > 0
        can = selected and self._organiser.can_change
        into = menu.addMenu(self._theme.icon("tag"), self.tr("Put into"))
        into.setEnabled(can)
        for info in self._session.classes:
            _add(into, info.name.replace("&", "&&"), info.key, partial(self.put, info.name))
        into.addSeparator()
        _add(into, self.tr("Type class…"), "", self.selection_bar.ask_name)
        _add(menu, self.tr("Back to unlabelled"), "0", lambda: self.place("")).setEnabled(can)
        for mark, key, icon in ((Mark.GOLDEN, "G", "shield-check"), (Mark.EXCLUDED, "X", "eye-slash")):
            action = _add(menu, self.marking.words(mark), key, partial(self.marking.toggle, mark))
            action.setIcon(self._theme.icon(icon))
            action.setEnabled(can)
        menu.addSeparator()
        full = _add(menu, self.tr("Full view"), "Space", self.selection_bar.full.emit)
        full.setIcon(self._theme.icon("corners-out"))
        full.setEnabled(selected)
        trash = _add(menu, self.tr("To trash"), "Del", lambda: self.place(None))
        trash.setIcon(self._theme.icon("trash"))
        trash.setEnabled(can)
        return menu

    # ---- drag

    def _drag(self) -> None:
        count = self._grid.selected_count()
        rows = self._grid.selected_rows()
        if not count:
            return
        data = QMimeData()
        data.setData(PICTURES, str(count).encode())
        drag = QDrag(self._grid)
        drag.setMimeData(data)
        drag.setPixmap(self._drag_picture(self._images.file(rows[0].start), count))
        drag.setHotSpot(QPoint(8, 8))
        drag.exec(Qt.DropAction.MoveAction)

    def _drag_picture(self, file: str, count: int) -> QPixmap:
        """The first thumbnail as a small stack, with a badge that counts."""
        ratio = self._grid.devicePixelRatioF()
        picture = QPixmap(round((_DRAG + 24) * ratio), round((_DRAG + 24) * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        colour = self._theme.colour
        painter.setPen(QPen(colour("accent"), 2))
        painter.setBrush(colour("surface"))
        for offset in (4, 0) if count > 1 else (0,):
            painter.drawRoundedRect(QRectF(1 + offset, 13 + offset, _DRAG, _DRAG), RADIUS.swatch, RADIUS.swatch)
        if (thumbnail := self._session.thumbnails.picture(file)) is not None:
            stage = QRectF(3, 15, _DRAG - 4, _DRAG - 4)
            size = thumbnail.size().scaled(stage.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(0, 0, size.width(), size.height())
            place.moveCenter(stage.center())
            painter.drawPixmap(place, thumbnail, QRectF(thumbnail.rect()))
        text = wording.number(count)
        painter.setFont(font("caption_strong"))
        width = max(22.0, painter.fontMetrics().horizontalAdvance(text) + 12.0)
        badge = QRectF(min(_DRAG - 8.0, _DRAG + 23 - width), 1, width, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("accent"))
        painter.drawRoundedRect(badge, 11, 11)
        painter.setPen(colour("on_accent"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return picture

    # ---- the list of classes

    def _on_dropped(self, row: ClassRow) -> None:
        place: dict[str, Place] = {"class": row.name, "unlabelled": "", "trash": None}
        self.place(place[row.kind])

    def _show_trash(self) -> None:
        self._classes.set_trash(len(self._organiser.trashed.pictures))

    # ---- messages

    def _count(self) -> None:
        self.selection_bar.set_count(self._grid.selected_count())

    def _say_interrupted(self) -> None:
        left = self._organiser.interrupted
        if not left:
            self.interrupted_bar.clear()
            return
        outcome = left[0]
        said = step_words.interrupted(outcome)
        actions = [(self.tr("Finish"), lambda: self._settle(outcome, finish=True))]
        if (outcome.moved or outcome.folders) and self._organiser.undo_label == outcome.label:
            actions.append((self.tr("Undo"), lambda: self._settle(outcome, finish=False)))
        self.interrupted_bar.show_message("warn", said.what, said.why, actions=actions)

    def _settle(self, outcome: Outcome, *, finish: bool) -> None:
        if finish:
            self._organiser.finish(outcome)
        else:
            self._organiser.undo()
        self._organiser.settle(outcome)

    def _forget_interrupted(self) -> None:
        if self._organiser.interrupted:
            self._organiser.settle(self._organiser.interrupted[0])

    def _say_next_notice(self) -> None:
        if not self._notices:
            self.notice_bar.clear()
            return
        notice = self._notices.pop(0)
        text = " ".join(part for part in (problems.notice(notice.why), problems.notice(notice.hint)) if part)
        state: State = "warn" if notice.severity == "warning" else "info"
        self.notice_bar.show_message(state, problems.notice(notice.what), text)


def _add(menu: QMenu, text: str, key: str, act: Callable[[], object]) -> QAction:
    action = menu.addAction(text)
    action.triggered.connect(lambda _checked=False: act())
    if key:
        action.setShortcut(QKeySequence(key))
        action.setShortcutVisibleInContextMenu(True)
    return action


def _name_problem(name: str) -> str:
    from desktop_app.project import names

    return problems.notice(names.new_name_problem(name))
