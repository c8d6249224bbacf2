"""The pictures of the project: classes on the left, a grid on the right, one picture in full on request."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QStackedWidget, QVBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.facts_reader import FactsReader
from desktop_app.ui.models.class_list import TRASH, ClassListModel, ClassRow
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import UNREADABLE, Filter, Kind, Sort, SortBy
from desktop_app.ui.pages.class_changes import ClassChanges
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.pages.health import HealthView
from desktop_app.ui.pages.importing import Importing
from desktop_app.ui.pages.likeness import Likeness
from desktop_app.ui.pages.organise import Organising
from desktop_app.ui.pages.page import Page
from desktop_app.ui.pages.suggesting import Suggesting
from desktop_app.ui.pages.trash import TrashView
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE, TOP_BAR
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.class_panel import ClassList
from desktop_app.ui.widgets.empty_state import EmptyState, IconView
from desktop_app.ui.widgets.filter_bar import FilterBar
from desktop_app.ui.widgets.image_grid import LARGEST, SMALLEST, ImageGrid
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.message_bar import MessageBar, MessageStack
from desktop_app.ui.widgets.surfaces import Panel

_PANEL, _PANEL_COMPACT = 288, 224


class ImagesPage(Page):
    """The whole page takes dropped folders and pictures, and copies them into the project."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self.images = ImageListModel(self)
        self.classes = ClassListModel(self)
        self.grid = ImageGrid(self.images, session.thumbnails, theme, name=self.tr("Pictures"))
        self.class_list = ClassList(self.classes, theme)
        self.class_changes = ClassChanges(session, theme, self.class_list, self)
        self.full_view = FullView(session, self.images, theme, keys=self._keys())
        self.organising = Organising(
            session, theme, self.images, self.classes, self.grid, self.class_list, self.full_view, self
        )
        self.read_only_bar = MessageBar(theme)
        self.formats_bar = MessageBar(theme)
        self.importing = Importing(session, theme, self)
        self.unreadable_bar = MessageBar(theme)
        self._balance = Paragraph("", "caption", line=16)
        self._balance_icon = IconView("scales", theme, edge=16)
        self.facts = FactsReader(session, self.images, self)
        self.organising.marking.changed.connect(self.facts.refresh)
        self.filter_bar = FilterBar(self.images, theme)
        self.suggesting = Suggesting(
            session, theme, self.images, self.facts, self.organising, self.grid, self.full_view, self
        )
        self.health = HealthView(session, theme, self.images, self.grid, self._set_filter, self)
        self.likeness = Likeness(session, theme, self.images, self.grid, self._on_sorted, self)
        self._sorts: dict[Path, Sort] = {}  # by project, as long as the program runs
        self._add = Button(self.tr("Add pictures…"), theme, kind="ghost", icon="plus")
        self._new_class = Button(self.tr("New class"), theme, kind="ghost", icon="plus")
        self.trash = TrashView(session, theme)
        self._advance = Button(
            "", theme, kind="ghost", icon="skip-forward", name=self.tr("Go on to the next picture after a class key")
        )
        self._advance.setCheckable(True)
        self._advance.setChecked(session.settings.auto_advance)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self.empty = self._make_empty()
        self.nothing = self._make_nothing()
        self._said: dict[str, int] = {}  # unsupported formats of which the person closed the message
        self._problems_soon = QTimer(self, singleShot=True, interval=200)
        self._lay_out()
        self._connect()
        self.setAcceptDrops(True)
        self._on_project()

    def _keys(self) -> list[tuple[str, str]]:
        """What can be done with a picture in full view."""
        return [
            ("1–9", self.tr("relabel")),
            ("0", self.tr("unlabelled")),
            ("N", self.tr("next unlabelled")),
            ("G", self.tr("golden set")),
            ("X", self.tr("exclude")),
            (self.tr("Del"), self.tr("to trash")),
            (self.tr("Ctrl+Z"), self.tr("undo")),
        ]

    # ---- layout

    def _lay_out(self) -> None:
        browser = QWidget()
        row = QHBoxLayout(browser)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._panel = self._make_panel()
        row.addWidget(self._panel)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._make_filter_bar())
        organising = self.organising
        bars = (organising.problem_bar, organising.interrupted_bar, organising.notice_bar, self.read_only_bar)
        others = (self.formats_bar, self.unreadable_bar, self.importing.bar, self.suggesting.offer_bar)
        right.addWidget(MessageStack((*bars, self.likeness.bar, *others, self.health.leak_bar, self.health.alike_bar)))
        right.addWidget(self.suggesting.bar)
        self._contents = QStackedWidget()
        self._contents.addWidget(self.grid)
        self._contents.addWidget(_padded(self.empty))
        self._contents.addWidget(_padded(self.nothing))
        self._contents.addWidget(self.trash)
        right.addWidget(self._contents, 1)
        right.addWidget(organising.bars)
        right.addWidget(self.trash.selection)
        row.addLayout(right, 1)
        self._views = QStackedWidget(self)
        self._views.addWidget(browser)
        self._views.addWidget(self.full_view)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._views)

    def _make_panel(self) -> Panel:
        panel = Panel("left", _PANEL)
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 1, SPACE.m)
        column.setSpacing(0)
        head = QWidget()
        head.setFixedHeight(TOP_BAR)
        line = QHBoxLayout(head)
        line.setContentsMargins(SPACE.m, 0, SPACE.s, 0)
        line.addWidget(Label(self.tr("Classes"), "section"))
        line.addStretch(1)
        line.addWidget(self._new_class)
        column.addWidget(head)
        column.addWidget(self.class_changes.name_editor)
        column.addWidget(self.class_changes.key_editor)
        column.addWidget(self.class_list)
        balance = QHBoxLayout()
        balance.setContentsMargins(SPACE.m, SPACE.m, SPACE.m, 0)
        balance.setSpacing(SPACE.s)
        balance.addWidget(self._balance_icon, 0, Qt.AlignmentFlag.AlignTop)
        balance.addWidget(self._balance, 1)
        column.addLayout(balance)
        column.addStretch(1)
        column.addWidget(self.health.panel)
        return panel

    def _make_filter_bar(self) -> FilterBar:
        self._slider.setRange(SMALLEST, LARGEST)
        self._slider.setSingleStep(8)
        self._slider.setPageStep(32)
        self._slider.setFixedWidth(96)
        self._slider.setAccessibleName(self.tr("Size of the pictures"))
        self._slider.setToolTip(self.tr("Size of the pictures"))
        small, large = IconView("squares-four", self.theme, edge=14), IconView("square", self.theme, edge=16)
        for control in (self._add, self._advance, small, self._slider, large):
            self.filter_bar.add_control(control)
        return self.filter_bar

    def _make_empty(self) -> EmptyState:
        folders = Button(self.tr("Choose folders…"), self.theme, kind="primary", icon="folder-open")
        pictures = Button(self.tr("Choose pictures…"), self.theme, icon="image")
        self._first_button = folders
        folders.clicked.connect(self.importing.choose_folder)
        pictures.clicked.connect(self.importing.choose_pictures)
        return EmptyState(
            "image",
            self.tr("Drop pictures or folders here"),
            self.tr(
                "A folder becomes a class. Pictures on their own wait under Unlabelled. They are copied; your "
                "originals stay as they are."
            ),
            self.theme,
            buttons=(folders, pictures),
            note=self.tr("20 pictures in each of two classes are enough for a first try."),
        )

    def _make_nothing(self) -> EmptyState:
        button = Button(self.tr("Remove all filters"), self.theme, kind="primary", icon="x")
        button.clicked.connect(self.show_all)
        return EmptyState(
            "funnel",
            self.tr("No picture fits all of these filters"),
            self.tr("Every filter above narrows down what is shown. Remove one, or change it."),
            self.theme,
            buttons=(button,),
        )

    def _connect(self) -> None:
        session = self.session
        session.project_changed.connect(self._on_project)
        session.catalog_changed.connect(self._on_catalog)
        session.job_started.connect(self._refresh_buttons)
        session.job_ended.connect(self._refresh_buttons)
        session.thumbnails.loaded.connect(self._on_thumbnail)
        session.thumbnails.failed.connect(self.images.set_problem)
        session.thumbnails.failed.connect(self._problems_soon.start)
        self._problems_soon.timeout.connect(self._say_unreadable)
        self._advance.toggled.connect(self._keep_advance)
        self._new_class.clicked.connect(self.class_changes.ask_new)
        self.trash.full_asked.connect(self._show_trashed)
        self.trash.emptied.connect(self._on_trash_emptied)
        self.trash.failed.connect(self.organising.problem_bar.show_error)
        session.organiser.changed.connect(self._refresh_buttons)
        self.class_list.chosen.connect(self._on_class)
        self.filter_bar.filter_requested.connect(self._set_filter)
        self.filter_bar.sort_requested.connect(self._set_sort)
        self._add.clicked.connect(self._show_add_menu)
        self._slider.valueChanged.connect(self.grid.set_picture_size)
        self._slider.sliderReleased.connect(self._keep_size)
        self.grid.size_changed.connect(self._slider.setValue)
        self.grid.opened.connect(self.show_full)
        self.full_view.closed.connect(self.show_grid)
        self.formats_bar.closed.connect(self._remember_formats)
        self.images.modelReset.connect(self._on_shown)
        self.facts.known.connect(self.filter_bar.refresh)
        shortcut = QShortcut(QKeySequence("Ctrl+F"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: self.filter_bar.edit(Kind.NAME))

    def show_findings(self, findings: int) -> None:
        self.show_grid()
        self.health.show_findings(findings)

    def set_compact(self, compact: bool) -> None:
        super().set_compact(compact)
        self._panel.setFixedWidth(_PANEL_COMPACT if compact else _PANEL)
        self.full_view.set_compact(compact)
        self.health.panel.set_compact(compact)
        self.organising.selection_bar.set_compact(compact)
        self.filter_bar.set_compact(compact)
        self.suggesting.bar.set_compact(compact)
        self._fit_add()

    def _fit_add(self) -> None:
        """Adding pictures gives way to chips: it keeps its icon."""
        full = not self.compact and not self.images.filter.kinds()
        self._add.setText(self.tr("Add pictures…") if full else "")
        self._add.setToolTip("" if full else self.tr("Add pictures…"))
        self._add.setAccessibleName(self.tr("Add pictures…"))
        self._add.updateGeometry()

    # ---- what the session says

    def _on_project(self, _initiator: object = None) -> None:
        project = self.session.project
        if project is None:
            return
        self._said = {}
        self._slider.setValue(self.session.settings.tile_size)
        self.show_grid()
        for bar in (self.read_only_bar, self.formats_bar, self.unreadable_bar):
            bar.clear()
        if project.read_only:
            self.read_only_bar.show_message(
                "info",
                self.tr("This project is read-only."),
                self.tr("You can train, evaluate and use it. {why}").format(why=project.why_read_only),
                icon="lock-simple-fill",
            )
        self.organising.on_project()
        self.suggesting.on_project()
        self.images.set_filter(Filter())
        self.images.set_sort(self._sorts.get(project.root, Sort()))
        self.class_changes.close_editors()
        self._contents.setCurrentIndex(0)
        self._on_catalog()
        self._refresh_buttons()

    def _on_catalog(self, initiator: object = None) -> None:
        project, catalog = self.session.project, self.session.catalog
        if project is None or catalog is None:
            return
        if initiator is not self.session.organiser:  # which tells what it did by itself, when the step has ended
            # A file that was replaced outside the program is not the one that was found unreadable.
            self.session.thumbnails.forget(list(self.images.problems))
            self.organising.show_catalog()
        self.classes.set_catalog(catalog, self.session.classes)
        self.organising.on_classes()
        self._on_shown()
        balance = self.classes.balance()
        self._balance.set_text(balance)
        self._balance_icon.setVisible(bool(balance))
        self._say_formats()
        if not len(catalog.files) and self._views.currentWidget() is self.full_view:
            self.show_grid()

    def _show_pictures(self) -> None:
        """Show the grid, or what to do while there is nothing in it."""
        self.trash.leave()
        filled = self.session.catalog is not None and len(self.session.catalog.files) > 0
        fits_none = bool(self.images.filter.kinds()) and not self.images.rowCount()
        self._contents.setCurrentIndex(2 if filled and fits_none else 0 if filled else 1)
        self.filter_bar.setVisible(filled)
        self.setFocusProxy(self.grid if filled else self._first_button)

    # ---- filter and order

    def _on_shown(self) -> None:
        """The list was made anew: the bar and the list of classes say what it shows."""
        self.filter_bar.refresh()
        self._fit_add()
        self._choose_line()
        if not self._in_trash:
            self._show_pictures()

    def _choose_line(self) -> None:
        wanted = self.images.filter
        if self._in_trash:
            self.class_list.choose_label(TRASH)
        elif not wanted.kinds():
            self.class_list.choose_label(None)
        elif len(wanted.labels) == 1:
            self.class_list.choose_label(next(iter(wanted.labels)))
        else:
            self.class_list.selectionModel().clear()
            self.class_list.viewport().update()

    def _set_filter(self, wanted: Filter) -> None:
        if wanted.dates or wanted.weights:
            self.facts.look()
        self.images.set_filter(wanted)
        self.grid.scrollToTop()
        self._say_unreadable()

    def _set_sort(self, sort: Sort) -> None:
        if sort.by in (SortBy.DATE, SortBy.WEIGHT):
            self.facts.look()
        if sort.by == SortBy.SIMILARITY:
            self.likeness.sort(sort)
            return
        self.likeness.bar.clear()
        if self.session.project is not None:
            self._sorts[self.session.project.root] = sort
        self.images.set_sort(sort)
        self._on_sorted()

    def _on_sorted(self) -> None:
        self.filter_bar.refresh()
        self.grid.scrollToTop()

    def _on_class(self, row: ClassRow) -> None:
        """A class narrows down what other filters show; all pictures are all."""
        if row.kind == "trash":
            self.show_trash()
            return
        self._show_pictures()
        if row.label is None:
            self._set_filter(Filter())
        else:
            self._set_filter(self.images.filter.with_(Kind.CLASS, Filter(labels=frozenset({row.label}))))

    def show_all(self) -> None:
        self._set_filter(Filter())

    def show_unreadable(self) -> None:
        self._set_filter(Filter(problems=UNREADABLE))

    def _keep_advance(self, on: bool) -> None:
        self.session.settings.auto_advance = on
        self.session.save_settings()

    def _keep_size(self) -> None:
        self.session.settings.tile_size = self.grid.picture_size
        self.session.save_settings()

    # ---- the trash

    @property
    def _in_trash(self) -> bool:
        return self._contents.currentWidget() is self.trash

    def show_trash(self) -> None:
        """Show what was deleted, in place of the project's pictures."""
        self.class_list.choose_label(TRASH)
        self.grid.clearSelection()
        self.filter_bar.setVisible(False)
        self._contents.setCurrentWidget(self.trash)
        self.setFocusProxy(self.trash)
        self.trash.begin(self.grid.picture_size)

    def _on_trash_emptied(self) -> None:
        if self._in_trash:
            self._show_pictures()
            self.show_all()
            self._choose_line()
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_trashed(self, row: int) -> None:
        view = self.trash.full_view()
        if self._views.indexOf(view) < 0:
            self._views.addWidget(view)
            view.closed.connect(self.show_grid)
        view.show_row(row)
        self._views.setCurrentWidget(view)
        view.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- full view

    def show_full(self, row: int) -> None:
        self.full_view.show_row(row)
        self._views.setCurrentWidget(self.full_view)
        self.full_view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_grid(self, row: int = -1) -> None:
        if self._views.currentIndex() == 0:
            return
        self._views.setCurrentIndex(0)
        grid = self.trash.grid if self._in_trash else self.grid
        if 0 <= row < grid.model().rowCount():
            grid.setCurrentIndex(grid.model().index(row, 0))
        grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh_buttons()

    # ---- problems

    def _on_thumbnail(self, file: str) -> None:
        if file in self.images.problems:
            self.images.set_problem(file, "")

    def _say_unreadable(self) -> None:
        """Pictures are found unreadable as they come into sight; the message counts along."""
        found = len(self.images.problems)
        if not found:
            self.unreadable_bar.clear()
            return
        what = (
            self.tr("One picture can’t be read.") if found == 1 else self.tr("%Ln pictures can’t be read.", "", found)
        )
        why = self.tr("They are left out of training; the files are untouched.")
        actions = [] if self.images.filter.problems & UNREADABLE else [(self.tr("Show them"), self.show_unreadable)]
        self.unreadable_bar.show_message("warn", what, why, actions=actions)

    def _say_formats(self) -> None:
        catalog = self.session.catalog
        found = dict(catalog.unsupported) if catalog else {}
        if not found or found == self._said:
            self.formats_bar.clear()
            return
        named = ", ".join(f"{wording.number(count)} {name}" for name, count in sorted(found.items()))
        total = sum(found.values())
        what = (
            self.tr("One file is in a format that Discern can’t read:")
            if total == 1
            else self.tr("%Ln files are in formats that Discern can’t read:", "", total)
        )
        why = self.tr("{formats}. To use them, save them as JPEG or PNG.").format(formats=named)
        self.formats_bar.show_message("warn", what, why)

    def _remember_formats(self) -> None:
        self._said = dict(self.session.catalog.unsupported) if self.session.catalog else {}

    def _refresh_buttons(self, *_args: object) -> None:
        can_add = self.importing.can_add
        self._add.setEnabled(can_add)
        self._new_class.setEnabled(self.session.organiser.can_change)
        self._new_class.setToolTip(self.session.organiser.why_not)
        for button in self.empty.findChildren(Button):
            button.setEnabled(can_add)

    def _show_add_menu(self) -> None:
        self.importing.show_menu(self._add.mapToGlobal(self._add.rect().bottomLeft()))

    # ---- drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        copies = bool(event.possibleActions() & Qt.DropAction.CopyAction)
        if copies and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.empty.set_hot(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.empty.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.empty.set_hot(False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.importing.add([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])


def _padded(widget: QWidget) -> QWidget:
    outer = QWidget()
    column = QVBoxLayout(outer)
    column.setContentsMargins(SPACE.l, SPACE.l, SPACE.l, SPACE.l)
    column.addWidget(widget)
    return outer
