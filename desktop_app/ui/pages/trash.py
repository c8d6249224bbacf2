"""The project's trash on the Images page: look at deleted pictures, bring them back, or delete them for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop_app.errors import DiscernError
from desktop_app.ui import wording
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.models.trash_list import TrashListModel
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.presses import is_plain, is_press
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.thumbnails import Thumbnails, project_loader
from desktop_app.ui.tokens import SPACE, TOP_BAR
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.empty_state import IconView
from desktop_app.ui.widgets.image_grid import ImageGrid
from desktop_app.ui.widgets.labels import ElidedLabel, Label
from desktop_app.ui.widgets.surfaces import Bar

if TYPE_CHECKING:
    from desktop_app.project.trash import TrashSize

_SELECTION_BAR = 56


class TrashView(QWidget):
    """`selection` is a bar of its own, to be docked below what else the page says.

    Signals:
        full_asked(row: int): one of its pictures is to be shown in full, by the view that `full_view` makes.
        emptied(): nothing is left to be shown.
        failed(error: DiscernError): the trash could not be looked into.
    """

    full_asked = Signal(int)
    emptied = Signal()
    failed = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._organiser = session.organiser
        self._trashed = session.organiser.trashed
        self._full: FullView | None = None
        self._loading = False
        # Not those of the project's pictures: what can't be read here is no problem of theirs. The threads end with the
        # project, whatever becomes of the page.
        self._thumbnails = Thumbnails(session)
        self.pictures = TrashListModel(self)
        self.grid = ImageGrid(self.pictures, self._thumbnails, theme, name=self.tr("Pictures in the trash"))
        self.selection = _SelectionBar(theme)
        self._count = Label("", "caption", "text_2")
        self._say = ElidedLabel(
            self.tr("Deleted pictures wait here, unused, until the trash is emptied."),
            "caption",
            "text_2",
            elide=Qt.TextElideMode.ElideRight,
        )
        self.restore_all = Button(self.tr("Restore all"), theme, kind="ghost", icon="arrow-u-up-left")
        self.empty = Button(self.tr("Empty trash…"), theme, kind="destructive", icon="trash")
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.grid)
        self._on_changed()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = Bar("top", TOP_BAR)
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACE.m, 0, SPACE.m, 0)
        row.setSpacing(12)
        row.addWidget(IconView("trash", self._theme, edge=16))
        row.addWidget(Label(self.tr("Trash"), "strong"))
        row.addWidget(self._count)
        row.addWidget(self._say, 1)
        row.addWidget(self.restore_all)
        row.addWidget(self.empty)
        column.addWidget(bar)
        column.addWidget(self.grid, 1)

    def _connect(self) -> None:
        self._trashed.changed.connect(self._on_changed)
        self._organiser.changed.connect(self._refresh)
        self._session.project_closing.connect(self._thumbnails.stop)
        self._session.project_closing.connect(self._let_go)
        self._thumbnails.failed.connect(self.pictures.set_problem)
        self.grid.installEventFilter(self)
        self.grid.opened.connect(self.full_asked)
        self.grid.selectionModel().selectionChanged.connect(self._refresh)
        self.pictures.modelReset.connect(self._refresh)
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(self._show_menu)
        self.restore_all.clicked.connect(lambda: self._organiser.restore(self._all()))
        self.empty.clicked.connect(self.ask_empty)
        self.selection.restore.clicked.connect(self.restore)
        self.selection.delete.clicked.connect(self.ask_delete)
        self.selection.full.clicked.connect(lambda: self.full_asked.emit(self.grid.currentIndex().row()))
        self.selection.close_button.clicked.connect(self.grid.clearSelection)

    # ---- life

    def begin(self, picture_size: int) -> None:
        """The trash is shown, with tiles as large as elsewhere."""
        project = self._session.project
        if project is not None and not self._loading:
            self._loading = True
            self._thumbnails.start(project_loader(project))
        self.grid.set_picture_size(picture_size)
        self._trashed.refresh()  # another program may have been at it

    def leave(self) -> None:
        """Something else is shown in its place."""
        self.grid.clearSelection()

    def _let_go(self) -> None:
        """The project is closed."""
        self._loading = False
        self.pictures.forget_problems()
        self.pictures.set_pictures((), ())

    def full_view(self) -> FullView:
        """Made when it is first needed."""
        if self._full is None:
            self._full = FullView(self._session, self.pictures, self._theme, thumbnails=self._thumbnails)
            self._full.installEventFilter(self)
        return self._full

    # ---- what is shown

    def _on_changed(self) -> None:
        project = self._session.project
        row = self.grid.currentIndex().row()
        self.pictures.set_pictures(self._trashed.pictures, project.config.classes if project else ())
        count = self.pictures.rowCount()
        self._count.setText(
            self.tr("{pictures}, {size}").format(
                pictures=wording.pictures(count), size=wording.file_size(self._trashed.bytes)
            )
        )
        if not count:
            self.emptied.emit()
        elif row >= 0:
            flags = self.grid.selectionModel().SelectionFlag
            here = self.pictures.index(min(row, count - 1), 0)
            self.grid.selectionModel().setCurrentIndex(here, flags.NoUpdate)
        if self._full is not None and self._full.isVisible():
            self._full.closed.emit(-1)

    def _refresh(self) -> None:
        can = self._organiser.can_change
        self.restore_all.setEnabled(can)
        self.empty.setEnabled(can)
        self.selection.set_count(self.grid.selected_count(), can_change=can)

    def _all(self) -> list[str]:
        return [picture.file for picture in self._trashed.pictures]

    def _chosen(self) -> list[str]:
        """The files that a key or a button means."""
        if self._full is not None and self._full.isVisible():
            return [self.pictures.file(self._full.row)]
        return [self.pictures.file(row) for rows in self.grid.selected_rows() for row in rows]

    # ---- restore and delete

    def restore(self) -> None:
        """Bring the selected pictures back to where they were."""
        if files := self._chosen():
            self._organiser.restore(files)

    def ask_delete(self) -> None:
        """Ask whether the selected pictures shall be deleted for good."""
        files = self._chosen()
        chosen = set(files)
        size = sum(picture.bytes for picture in self._trashed.pictures if picture.file in chosen)
        if files and self._organiser.can_change:
            title = self.tr("Delete {pictures} for good?").format(pictures=wording.pictures(len(files)))
            self._ask(title, len(files), size, lambda: self._organiser.empty_trash(files))

    def ask_empty(self) -> None:
        """Ask whether everything in the trash shall be deleted for good, once it is counted."""

        def ask(size: TrashSize) -> None:
            self._ask(self.tr("Empty the trash?"), size.pictures, size.bytes, self._organiser.empty_trash)

        self._trashed.measure(ask, self._on_unreadable)

    def _on_unreadable(self, error: DiscernError) -> None:
        self.failed.emit(error)

    def _ask(self, title: str, count: int, size: int, act: Callable[[], None]) -> None:
        pictures, much = wording.pictures(count), wording.file_size(size)
        question = Question(
            title,
            self.tr(
                "{pictures}, {size}, are deleted from this computer. Nothing brings them back: the steps that put "
                "them into the trash can’t be undone afterwards. Everything else stays as it is."
            ).format(pictures=pictures, size=much),
            self.tr("Delete {pictures}, {size}").format(pictures=pictures, size=much),
            self.tr("Keep them"),
            self._theme,
            icon="trash",
            parent=self.window(),
        )
        question.prefer_no()
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.accepted.connect(act)
        question.open()

    # ---- keys and menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_press(event) and is_plain(event):
            if event.text().casefold() == "u":  # R means something else in the full view
                self.restore()
                return True
            if event.key() == Qt.Key.Key_Delete:
                self.ask_delete()
                return True
        return False

    def _show_menu(self, place: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.grid.viewport().mapToGlobal(place))

    def menu(self) -> QMenu:
        """What can be done with the selected pictures."""
        menu = QMenu(self.grid)
        icon = self._theme.icon
        chosen = self._chosen()
        restore = menu.addAction(icon("arrow-u-up-left"), self.tr("Restore"), self.restore)
        restore.setShortcut(QKeySequence("U"))
        row = self.grid.currentIndex().row()
        if row >= 0 and len(together := self.pictures.together(row)) > len(chosen):
            menu.addAction(self._restore_words(row, together), partial(self._organiser.restore, together))
        menu.addSeparator()
        full = menu.addAction(icon("corners-out"), self.tr("Full view"), lambda: self.full_asked.emit(row))
        full.setShortcut(QKeySequence("Space"))
        menu.addSeparator()
        delete = menu.addAction(icon("trash"), self.tr("Delete for good…"), self.ask_delete)
        delete.setShortcut(QKeySequence("Del"))
        for action in menu.actions():
            action.setEnabled(bool(chosen) and (self._organiser.can_change or action is full))
            action.setShortcutVisibleInContextMenu(True)
        return menu

    def _restore_words(self, row: int, together: Sequence[str]) -> str:
        pictures = wording.pictures(len(together))
        info = self.pictures.class_of(row)
        if info is None:
            return self.tr("Restore all that was deleted with it, {pictures}").format(pictures=pictures)
        return self.tr("Restore what was deleted from “{name}”, {pictures}").format(
            name=info.name.replace("&", "&&"), pictures=pictures
        )


class _SelectionBar(QFrame):
    """What can be done with the selected pictures; hidden while none is."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = Label("", "strong")
        self.restore = Button(self.tr("Restore"), theme, icon="arrow-u-up-left", hint="U")
        self.delete = Button(self.tr("Delete for good…"), theme, kind="ghost", icon="trash", hint=self.tr("Del"))
        self.full = Button(self.tr("Full view"), theme, kind="ghost", icon="corners-out", hint=self.tr("Space"))
        self.close_button = Button("", theme, kind="ghost", icon="x", name=self.tr("Select nothing"))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.m, 0, SPACE.s, 0)
        row.setSpacing(SPACE.s)
        row.addWidget(self._count)
        row.addSpacing(SPACE.s)
        row.addWidget(self.restore)
        row.addWidget(self.delete)
        row.addStretch(1)
        row.addWidget(self.full)
        row.addWidget(self.close_button)
        self.setFixedHeight(_SELECTION_BAR)
        self.setAccessibleName(self.tr("Selection"))
        self.setVisible(False)

    def set_count(self, count: int, *, can_change: bool) -> None:
        self._count.setText(self.tr("{n} selected").format(n=wording.number(count)))
        self.restore.setEnabled(can_change)
        self.delete.setEnabled(can_change)
        self.setVisible(count > 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("soft"))
        painter.fillRect(0, 0, self.width(), 1, self._theme.colour("border"))
