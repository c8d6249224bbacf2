"""The releases of a project, newest first, and what can be done with each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.project.release import Release
from desktop_app.ui import problems, release_words
from desktop_app.ui.release_list import Known
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.chip import StateChip
from desktop_app.ui.widgets.fact_row import FactRow
from desktop_app.ui.widgets.flow_layout import FlowLayout
from desktop_app.ui.widgets.labels import ElidedLabel, Label, Paragraph
from desktop_app.ui.widgets.surfaces import Card, Line

_SHOWN = 5  # before "Show all"


class ReleasesCard(Card):
    """
    Signals:
        use_requested(name: str), compare_requested(name: str), export_requested(name: str)
    """

    use_requested = Signal(str)
    compare_requested = Signal(str)
    export_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._theme = theme
        self._known = Known()
        self._all = False
        self.rows: list[ReleaseRow] = []
        self._none = Paragraph(self.tr("No releases yet. Each one stays here, with who made it and why."), "caption")
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE.s)
        self.more = Button("", theme, kind="ghost", icon="caret-down")
        more = QHBoxLayout()
        more.addWidget(self.more)
        more.addStretch()
        column = self.column()
        column.addWidget(Label(self.tr("Releases"), "section"))
        column.addWidget(self._none)
        column.addLayout(self._list)
        column.addLayout(more)
        column.addStretch()
        self.more.clicked.connect(self._show_all)

    def show_releases(self, known: Known) -> None:
        self._known = known
        while item := self._list.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        shown = known.releases if self._all else known.releases[:_SHOWN]
        self.rows = [ReleaseRow(release, self._theme, in_use=release.name == known.in_use) for release in shown]
        for row in self.rows:
            row.use.clicked.connect(lambda _checked=False, name=row.name: self.use_requested.emit(name))
            row.compare.clicked.connect(lambda _checked=False, name=row.name: self.compare_requested.emit(name))
            row.export.clicked.connect(lambda _checked=False, name=row.name: self.export_requested.emit(name))
            self._list.addWidget(row)
        for name, why in known.broken.items():
            text = self.tr("“{name}” can’t be used. {why}").format(name=name, why=problems.notice(why))
            self._list.addWidget(FactRow(self._theme, "error", text))
        left = len(known.releases) - len(shown)
        self.more.setText(self.tr("Show %Ln more", "", left))
        self.more.setVisible(left > 0)
        self._none.setVisible(not known.releases and not known.broken)

    def set_busy(self, busy: bool) -> None:
        """A job runs: no other can be started."""
        for row in self.rows:
            row.compare.setEnabled(not busy)
            row.export.setEnabled(not busy)

    def _show_all(self) -> None:
        self._all = True
        self.show_releases(self._known)


class ReleaseRow(QWidget):
    """One release: its name, whether it is in use, and the facts that somebody will ask for."""

    def __init__(self, release: Release, theme: Theme, *, in_use: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = release.name
        name = ElidedLabel(release.name, "strong")
        self.chip = StateChip(self.tr("in use"), theme, "ok", icon="star-fill")
        self.chip.setVisible(in_use)
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(name)
        head.addWidget(self.chip)
        head.addStretch(1)
        self.use = Button(self.tr("Use this release"), theme, icon="star")
        self.use.setVisible(not in_use)
        self.compare = Button(self.tr("Compare"), theme, kind="ghost", icon="git-diff")
        self.export = Button(self.tr("Export…"), theme, kind="ghost", icon="package")
        for button in (self.use, self.compare, self.export):
            button.setAccessibleName(f"{button.text()}: {release.name}")
        actions = FlowLayout(spacing=SPACE.s)
        for button in (self.use, self.compare, self.export):
            actions.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(Line())
        column.addSpacing(SPACE.xs)
        column.addLayout(head)
        self.facts = Paragraph(release_words.facts(release), "caption", line=18)
        column.addWidget(self.facts)
        self.why = Paragraph(release.why, "body", "text")
        column.addWidget(self.why)
        column.addSpacing(SPACE.xs)
        column.addLayout(actions)
        self.setAccessibleName(release.name)
