"""The first page: open a folder, make a project, try the sample, or go on with a recent one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from desktop_app import __version__, settings
from desktop_app.engine.jobs import SampleJob
from desktop_app.events import Event, Progress
from desktop_app.ui import recents
from desktop_app.ui.brand import Mark
from desktop_app.ui.recents import Recent
from desktop_app.ui.session import JobEnded, Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import COMPACT_WIDTH, SPACE
from desktop_app.ui.widgets.bars import ProgressLine
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.empty_state import DropFrame, IconView
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.recent_row import RecentRow
from desktop_app.ui.widgets.surfaces import Card, Panel
from desktop_app.ui.widgets.washers import Washers

_LEFT = 432
_LEFT_COMPACT = 344
_LOW = 720  # below this height the drop frame gives way
SAMPLE_NAME = "Sample washers"


def sample_folder() -> Path:
    """Where the sample project lies once it is drawn."""
    return settings.data_folder() / SAMPLE_NAME


class StartPage(QWidget):
    """The whole page takes a dropped folder."""

    open_requested = Signal()
    new_requested = Signal()
    settings_requested = Signal(QPoint)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._rows: list[RecentRow] = []
        self._compact = False
        self.setAcceptDrops(True)
        self.messages = MessageBar(theme)
        self.open_button = Button(
            self.tr("Open a folder of pictures…"), theme, kind="primary", icon="folder-open", hint="Ctrl+O", main=True
        )
        self.new_button = Button(self.tr("New project…"), theme, icon="folder-plus", hint="Ctrl+N", main=True)
        self.sample_button = Button(self.tr("Try it"), theme, name=self.tr("Try the sample project"))
        self._sample_progress = ProgressLine(theme)
        self._sample_progress.hide()
        self._drop = DropFrame(theme)
        self._settings_button = Button(self.tr("Settings"), theme, kind="ghost", icon="gear-six")
        self._list = QVBoxLayout()
        self._opening_soon = QTimer(self, singleShot=True, interval=300)
        self._opening_soon.timeout.connect(self._say_opening)
        self._lay_out()
        self.setFocusProxy(self.open_button)
        self.open_button.clicked.connect(self.open_requested)
        self.new_button.clicked.connect(self.new_requested)
        self.sample_button.clicked.connect(self._open_sample)
        self._settings_button.clicked.connect(self._ask_settings)
        session.project_changed.connect(self._on_project)
        session.catalog_changed.connect(self._remember_project)
        session.runs_changed.connect(self._remember_project)
        session.opening_changed.connect(self._on_opening)
        session.job_started.connect(self._refresh_buttons)
        session.job_event.connect(self._on_job_event)
        session.job_ended.connect(self._on_job_ended)
        self.reload()

    # ---- layout

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._left = Panel("left")
        self._fill_left(QVBoxLayout(self._left))
        row.addWidget(self._left)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, SPACE.m)
        right.setSpacing(SPACE.m)
        self._head = QHBoxLayout()
        self._head.addWidget(Label(self.tr("Recent projects"), "title"))
        self._head.addStretch()
        self._head.addWidget(self._settings_button)
        right.addLayout(self._head)
        self._message_row = QVBoxLayout()
        self._message_row.addWidget(self.messages)
        right.addLayout(self._message_row)
        right.addWidget(self._scrolled_list(), 1)
        self._foot = QHBoxLayout()
        self._foot.addStretch()
        self._foot.addWidget(Label(self._about(), "caption", "text_2"))
        right.addLayout(self._foot)
        row.addLayout(right, 1)
        self._set_margins(SPACE.xxl)
        self._fit_left()

    def _fill_left(self, column: QVBoxLayout) -> None:
        column.setContentsMargins(SPACE.xxl, SPACE.xxl, SPACE.xxl, SPACE.xl)
        column.setSpacing(SPACE.m)
        self._left_column = column
        brand = QHBoxLayout()
        brand.setSpacing(SPACE.m)
        brand.addWidget(Mark(self._theme, 44))
        brand.addWidget(Label("Discern", "headline"))
        brand.addStretch()
        column.addLayout(brand)
        column.addWidget(
            Paragraph(
                self.tr(
                    "Teach your computer to tell your parts apart. Sort pictures into folders, train, and see "
                    "honestly how good it is."
                ),
                "section_text",
                line=24,
            )
        )
        column.addSpacing(SPACE.s)
        column.addWidget(self.open_button)
        column.addWidget(self.new_button)
        column.addWidget(self._sample_card())
        column.addSpacing(SPACE.s)
        column.addWidget(self._fill_drop(), 1)
        self._foot_space = QWidget()
        column.addWidget(self._foot_space, 1)
        column.addSpacing(SPACE.xs)
        offline = QHBoxLayout()
        offline.setSpacing(SPACE.s)
        offline.addWidget(IconView("lock-simple", self._theme))
        offline.addWidget(
            Label(self.tr("Works offline: no picture leaves this computer"), "caption", "text_2", wrap=True), 1
        )
        column.addLayout(offline)

    def _sample_card(self) -> Card:
        card = Card()
        column = QVBoxLayout(card)
        column.setContentsMargins(SPACE.m, SPACE.m, SPACE.m, SPACE.m)
        column.setSpacing(SPACE.xs)
        column.addWidget(Label(self.tr("Try the sample project"), "section"))
        column.addWidget(
            Paragraph(
                self.tr("120 drawn washers: good, scratched, chipped. Trains in under a minute."), "caption", line=18
            )
        )
        column.addSpacing(SPACE.xs)
        row = QHBoxLayout()
        row.setSpacing(SPACE.s)
        self._washers = Washers()
        row.addWidget(self._washers)
        row.addWidget(self._sample_progress, 1)
        row.addStretch()
        row.addWidget(self.sample_button)
        column.addLayout(row)
        return card

    def _fill_drop(self) -> DropFrame:
        centre = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(self._drop)
        column.setContentsMargins(SPACE.m, SPACE.m, SPACE.m, SPACE.m)
        column.setSpacing(SPACE.xs)
        column.addStretch()
        column.addWidget(IconView("tray", self._theme, edge=32), 0, centre)
        title = Label(self.tr("or drop a folder here"), "strong")
        title.setAlignment(centre)
        column.addWidget(title)
        why = Paragraph("", "caption", line=16)
        why.setAlignment(centre)
        why.set_text(self.tr("One folder per class is all it takes. Nothing is moved or copied."))
        column.addWidget(why)
        column.addStretch()
        return self._drop

    def _scrolled_list(self) -> QScrollArea:
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setSpacing(SPACE.s)
        self._list.setSpacing(SPACE.s)
        column.addLayout(self._list)
        column.addStretch()
        self._list_column = column
        area = QScrollArea()
        area.setWidget(self._inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setAutoFillBackground(False)
        self._inside.setAutoFillBackground(False)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def _set_margins(self, side: int) -> None:
        self._head.setContentsMargins(side, side, side, 0)
        self._message_row.setContentsMargins(side, 0, side, 0)
        # Room for the focus ring of the rows, which the scroll area would cut.
        self._list_column.setContentsMargins(side, SPACE.xs, side, SPACE.xs)
        self._foot.setContentsMargins(side, 0, side, SPACE.m)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The whole page takes drops, so a low window can do without the frame that says so.
        self._drop.setVisible(self.height() >= _LOW)
        self._foot_space.setVisible(self.height() < _LOW)
        compact = self.width() < COMPACT_WIDTH
        if compact != self._compact:
            self._compact = compact
            side = SPACE.l if compact else SPACE.xxl
            self._left_column.setContentsMargins(side, side, side, SPACE.m if compact else SPACE.xl)
            self._left_column.setSpacing(SPACE.s if compact else SPACE.m)
            self._set_margins(side)
            for row in self._rows:
                row.set_compact(compact)
            self._fit_left()

    def _fit_left(self) -> None:
        """As wide as in the look, or wider where a language needs it."""
        usual = _LEFT_COMPACT if self._compact else _LEFT
        self._left.setFixedWidth(max(usual, self._left_column.minimumSize().width()))

    def _about(self) -> str:
        return self.tr("Discern {version} · this computer’s processor").format(version=__version__)

    # ---- recent projects

    def reload(self) -> None:
        """Show the recent projects again."""
        while item := self._list.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self._rows = []
        for root in self._session.settings.recent:
            row = RecentRow(recents.load(Path(root)), self._theme)
            row.clicked.connect(lambda _checked=False, row=row: self._open(row))
            row.find_requested.connect(lambda row=row: self._find(row.recent))
            row.menu_requested.connect(lambda place, row=row: self._show_menu(row.recent, place))
            row.set_compact(self._compact)
            self._list.addWidget(row)
            self._rows.append(row)
        if not self._rows:
            self._list.addWidget(FirstSteps(self._theme))
        self._look_for_missing()

    @property
    def rows(self) -> list[RecentRow]:
        return self._rows

    def _look_for_missing(self) -> None:
        """In a thread: asking for a folder on a share that is gone may take half a minute."""
        roots = [row.recent.root for row in self._rows]

        def mark(found: dict[Path, bool]) -> None:
            for row in self._rows:
                row.set_missing(not found.get(row.recent.root, True))

        if roots:
            self._session.read(lambda: {root: root.is_dir() for root in roots}, mark, owner=self)

    def _open(self, row: RecentRow) -> None:
        if not row.missing:
            self._session.open(row.recent.root)

    def _find(self, recent: Recent) -> None:
        parent = next((str(place) for place in recent.root.parents if place.is_dir()), "")
        title = self.tr("Where is “{name}” now?").format(name=recent.name)
        if folder := QFileDialog.getExistingDirectory(self, title, parent):
            self._forget(recent)
            self._session.open(Path(folder))

    def _show_menu(self, recent: Recent, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(
            self._theme.icon("folder-open"),
            self.tr("Show in folder"),
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(recent.root))),
        )
        menu.addAction(self._theme.icon("x"), self.tr("Remove from this list"), lambda: self._remove(recent))
        menu.popup(place)

    def _remove(self, recent: Recent) -> None:
        self._forget(recent)
        self.reload()

    def _forget(self, recent: Recent) -> None:
        paths = self._session.settings.recent
        self._session.settings.recent = [path for path in paths if path != str(recent.root)]
        self._session.save_settings()
        recents.forget(recent.root)

    def _on_project(self, _initiator: object) -> None:
        self.messages.clear()
        self._remember_project()
        if self._session.project is None:
            self.reload()

    def _remember_project(self, _initiator: object = None) -> None:
        """Keep what the row of the open project will show."""
        project, catalog, measured = self._session.project, self._session.catalog, self._session.measured
        if project is not None and catalog is not None:
            self._session.read(lambda: recents.summarise(project, catalog, measured), lambda _recent: None)

    # ---- opening and the sample

    def _on_opening(self) -> None:
        self._refresh_buttons()
        if self._session.opening is None:
            self._opening_soon.stop()
        else:
            self.messages.clear()
            self._opening_soon.start()

    def _say_opening(self) -> None:
        if root := self._session.opening:
            what = self.tr("Opening “{name}” …").format(name=root.name)
            self.messages.show_message("info", what, self.tr("Looking through its folders."), closable=False)

    def _refresh_buttons(self, *_args: object) -> None:
        idle = self._session.opening is None and not self._session.busy
        for control in (self.open_button, self.new_button, self.sample_button, *self._rows):
            control.setEnabled(idle)

    def _open_sample(self) -> None:
        if sample_folder().is_dir():
            self._session.open(sample_folder())
        else:
            self._session.start_job(SampleJob(str(sample_folder())))
            self._washers.hide()
            self._sample_progress.set_fraction(None)
            self._sample_progress.show()

    def _on_job_event(self, _job: object, event: Event) -> None:
        if isinstance(event, Progress) and event.total:
            self._sample_progress.set_fraction(event.done / event.total)

    def _on_job_ended(self, ending: JobEnded) -> None:
        self._refresh_buttons()
        if ending.job.kind != "sample":
            return
        self._sample_progress.hide()
        self._washers.show()
        if ending.error is not None:
            self.messages.show_error(ending.error)
        elif ending.succeeded:
            self._session.open(sample_folder())

    def _ask_settings(self) -> None:
        button = self._settings_button
        self.settings_requested.emit(button.mapToGlobal(button.rect().bottomLeft()))

    # ---- drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and self.open_button.isEnabled():
            event.acceptProposedAction()
            self._drop.set_hot(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop.set_hot(False)
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if len(paths) == 1 and paths[0].is_dir():
            self._session.open(paths[0])
            return
        self.messages.show_message(
            "info",
            self.tr("Drop one folder."),
            self.tr(
                "It should hold a folder of pictures for each class. To put pictures together, make a new project."
            ),
        )


class FirstSteps(Card):
    """For the very first start: the whole way in three lines."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.l, SPACE.l, SPACE.l, SPACE.l)
        column.setSpacing(SPACE.m)
        column.addWidget(
            Label(self.tr("Your projects will be listed here. This is how one begins:"), "section", wrap=True)
        )
        for icon, what, why in (
            (
                "folder-open",
                self.tr("Open a folder of pictures"),
                self.tr(
                    "It holds one folder for each class, such as “good” and “scratched”; 20 pictures each will do."
                ),
            ),
            (
                "graduation-cap",
                self.tr("Press Train"),
                self.tr("Your computer learns to tell the classes apart, in minutes."),
            ),
            (
                "target",
                self.tr("See how good it is"),
                self.tr(
                    "On pictures it has never seen, with every mistake one click away. Then let it sort new pictures."
                ),
            ),
        ):
            row = QHBoxLayout()
            row.setSpacing(SPACE.m)
            row.addWidget(IconView(icon, theme, edge=24, token="accent"), 0, Qt.AlignmentFlag.AlignTop)
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(Label(what, "strong"))
            words.addWidget(Paragraph(why))
            row.addLayout(words, 1)
            column.addLayout(row)
