"""Asks which pictures belong together, shows what that makes of their names, and deals the splits out anew."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.errors import DataError, DiscernError
from desktop_app.project.alike import LOWEST
from desktop_app.project.catalog import SPLITS, TEST
from desktop_app.project.columns import read_columns
from desktop_app.project.groups import Grouping
from desktop_app.ui import wording
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.fields import SpinBox
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.scroll import ScrollColumn
from desktop_app.ui.widgets.segments import Segments

if TYPE_CHECKING:
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.project import Project

_WIDTH = 640
_EXAMPLES = 4
_PAUSE_MS = 250  # after the last key


class Preview(NamedTuple):
    """What a grouping would do.

    `named`: pictures whose group comes from their name or folder; `examples`: groups with some of their files;
    `counts`: per class its name and pictures per split; `unknown`: pictures whose content was not looked at yet.
    """

    groups: int
    grouped: int
    named: int
    examples: list[tuple[str, list[str]]]
    counts: list[tuple[str, list[int]]]
    unknown: int


class GroupsDialog(QDialog):
    """`kept` carries the grouping, and whether the splits are to be dealt out anew."""

    kept = Signal(object, bool)

    def __init__(
        self, session: Session, project: Project, catalog: Catalog, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._project, self._catalog = session, project, catalog
        self._asked = 0  # number of the newest preview
        grouping = project.config.grouping
        self.setWindowTitle(self.tr("Groups and splits"))
        self.setMinimumWidth(_WIDTH)
        self.source = Segments(
            (
                ("none", self.tr("No groups"), ""),
                ("name", self.tr("By file name"), ""),
                ("folders", self.tr("By sub-folder"), ""),
            ),
            theme,
            name=self.tr("Pictures that belong together"),
        )
        self.source.choose("folders" if grouping.folders else "name" if grouping.pattern else "none")
        self.pattern = QLineEdit(grouping.pattern)
        self.pattern.setPlaceholderText(self.tr("part_*"))
        self.pattern.setAccessibleName(self.tr("The part of the name that a group shares"))
        self.alike = QCheckBox(self.tr("Near-duplicates belong together, from a similarity of"))
        self.alike.setChecked(grouping.alike)
        self.threshold = SpinBox(theme, name=self.tr("Similarity of near-duplicates"))
        self.threshold.setRange(round(LOWEST * 100), 100)
        self.threshold.setSuffix(" %")
        self.threshold.setValue(round(grouping.threshold * 100))
        self.problem = Paragraph("", "caption", "error")
        self.examples = Paragraph("", "caption", line=18)
        self.counts = Paragraph("", "caption", line=18)
        self.warning = Paragraph("", "caption", "warn", line=18)
        self.deal = Button(self.tr("Deal out the splits anew"), theme, kind="primary", icon="git-diff")
        self.keep = Button(self.tr("Keep the splits"), theme)
        cancel = Button(self.tr("Cancel"), theme)
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._lay_out(cancel)
        self.source.chosen.connect(self._on_changed)
        self.pattern.textEdited.connect(self._on_changed)
        self.alike.toggled.connect(self._on_changed)
        self.threshold.valueChanged.connect(self._on_changed)
        self._soon.timeout.connect(self._ask)
        self.deal.clicked.connect(lambda: self._finish(deal_anew=True))
        self.keep.clicked.connect(lambda: self._finish(deal_anew=False))
        cancel.clicked.connect(self.reject)
        self._on_changed()

    def _lay_out(self, cancel: Button) -> None:
        alike = QHBoxLayout()
        alike.addWidget(self.alike)
        alike.addWidget(self.threshold)
        alike.addStretch(1)
        preview = QWidget()
        lines = QVBoxLayout(preview)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.warning)
        lines.addWidget(self.examples)
        lines.addWidget(self.counts)
        lines.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.s)
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        buttons.addWidget(self.keep)
        buttons.addWidget(self.deal)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.l, SPACE.l, SPACE.l, SPACE.l)
        column.setSpacing(SPACE.s)
        column.addWidget(Label(self.tr("Groups and splits"), "title"))
        column.addWidget(
            Paragraph(
                self.tr(
                    "Pictures of the same part, lot or person must not be learnt from and tested on. Say what makes "
                    "them belong together; a group is never divided."
                )
            )
        )
        column.addWidget(self.source)
        column.addWidget(self.pattern)
        column.addWidget(self.problem)
        column.addLayout(alike)
        scroll = ScrollColumn(preview)
        scroll.setMinimumHeight(180)
        column.addWidget(scroll, 1)
        column.addWidget(
            Paragraph(
                self.tr(
                    "Dealing out anew unlocks the test split; what enters and leaves it is recorded. Earlier results "
                    "were then measured on other pictures."
                ),
                "caption",
            )
        )
        column.addLayout(buttons)

    # ---- what is asked for

    def grouping(self) -> Grouping:
        """Raises: DataError for a pattern that is none."""
        source = self.source.current()
        return Grouping(
            self.pattern.text().strip() if source == "name" else "",
            folders=source == "folders",
            alike=self.alike.isChecked(),
            threshold=self.threshold.value() / 100,
        )

    def _on_changed(self, *_args: object) -> None:
        self.pattern.setVisible(self.source.current() == "name")
        try:
            self.grouping()
        except DataError as error:
            self.problem.set_text(f"{error.why} {error.hint}")
        else:
            self.problem.set_text("")
        self.problem.setVisible(bool(self.problem.plain()))
        for button in (self.deal, self.keep):
            button.setEnabled(not self.problem.plain())
        self._asked += 1
        self._soon.start()

    def _ask(self) -> None:
        if self.problem.plain():
            return
        number, grouping, project, catalog = self._asked, self.grouping(), self._project, self._catalog

        def show(found: Preview) -> None:
            if number == self._asked:  # a late answer is none
                self.show_preview(found)

        def fail(error: DiscernError) -> None:
            self._warn([])
            self.examples.set_text(str(error))

        self._session.read(lambda: preview(project, catalog, grouping), show, fail, owner=self)

    def show_preview(self, found: Preview) -> None:
        if found.groups:
            head = self.tr("{groups} groups with {pictures}, for example:").format(
                groups=wording.number(found.groups), pictures=wording.pictures(found.grouped)
            )
            lines = [f"{name}: {', '.join(files)}" for name, files in found.examples]
            self.examples.set_text("\n".join(lines), bold=head + "\n")
        else:
            self.examples.set_text(self.tr("Every picture stands alone."))
        rows = [
            self.tr("{name}: {train} train, {validation} validation, {test} test").format(
                name=name, **dict(zip(SPLITS, (wording.number(count) for count in counts), strict=True))
            )
            for name, counts in found.counts
        ]
        if found.unknown == 1:
            rows.append(self.tr("1 picture was not looked at yet; it is dealt out, too."))
        elif found.unknown:
            rows.append(self.tr("%Ln pictures were not looked at yet; they are dealt out, too.", "", found.unknown))
        self.counts.set_text("\n".join(rows), bold=self.tr("Dealt out anew:") + "\n")
        self._warn(self._doubts(found))

    def _doubts(self, found: Preview) -> list[str]:
        """What a person hardly meant."""
        doubts = []
        if not found.named and self.source.current() == "name" and self.pattern.text().strip():
            doubts.append(self.tr("No file name fits this. Write what the names share, with * for what differs."))
        if not found.named and self.source.current() == "folders":
            doubts.append(self.tr("There are no folders within the class folders."))
        if untested := [name for name, counts in found.counts if sum(counts) and not counts[TEST]]:
            doubts.append(
                self.tr("No picture is left to test {names}: its groups are too few or too large.").format(
                    names=wording.quoted(untested)
                )
            )
        return doubts

    def _warn(self, doubts: list[str]) -> None:
        self.warning.set_text("\n".join(doubts))
        self.warning.setVisible(bool(doubts))

    def _finish(self, *, deal_anew: bool) -> None:
        self.kept.emit(self.grouping(), deal_anew)
        self.accept()


def preview(project: Project, catalog: Catalog, grouping: Grouping) -> Preview:
    """What a grouping would make of the labelled pictures whose content is known; reads no picture."""
    hashes = read_columns(project, catalog, only=("hashes",)).hashes
    known = np.flatnonzero((hashes != b"") & (catalog.labels >= 0))
    files = [catalog.files[row] for row in known.tolist()]
    contents = [content.decode() for content in hashes[known].tolist()]
    labels = catalog.labels[known]
    dealt = project.splits.dealt_anew(
        files,
        contents,
        labels,
        seed=project.config.seed,
        fractions=project.config.fractions,
        grouping=grouping,
        alike=project.alike(contents, grouping),
    )
    sizes = Counter(group for group in dealt.groups if group)
    largest = [group for group, _ in sizes.most_common(_EXAMPLES)]
    names: dict[str, list[str]] = {group: [] for group in largest}
    for file, group in zip(files, dealt.groups, strict=True):
        if group in names and len(names[group]) < _EXAMPLES:
            names[group].append(file.rpartition("/")[2])
    counts = [
        (name, [int(np.count_nonzero((labels == label) & (dealt.splits == split))) for split in range(len(SPLITS))])
        for label, name in enumerate(catalog.classes)
    ]
    unknown = int(np.count_nonzero((hashes == b"") & (catalog.labels >= 0)))
    named = sum(map(bool, grouping.named(files)))
    return Preview(len(sizes), sum(sizes.values()), named, list(names.items()), counts, unknown)
