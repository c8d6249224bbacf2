"""Asks how pictures are to be read and shows what copying them would do; nothing is copied before the last button."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.errors import DiscernError
from desktop_app.ui import problems, wording
from desktop_app.ui.models.import_preview import rows_of
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.check_list import CheckList
from desktop_app.ui.widgets.fields import ComboBox
from desktop_app.ui.widgets.fold import Fold
from desktop_app.ui.widgets.import_table import ImportTable
from desktop_app.ui.widgets.labels import ElidedLabel, Label, Paragraph
from desktop_app.ui.widgets.message_bar import MessageBar
from desktop_app.ui.widgets.scroll import ScrollColumn
from desktop_app.ui.widgets.segments import Segments

if TYPE_CHECKING:
    from desktop_app.events import PictureSkipped
    from desktop_app.project.catalog import Catalog
    from desktop_app.project.import_check import Preview, Twin
    from desktop_app.project.import_plan import Plan
    from desktop_app.project.project import Project
    from desktop_app.ui.pages.importing import Found

_WIDTH, _HEIGHT = 640, 640
_LABELS = 168
_REASONS = 3
_LIST = 96  # the height of a list of pictures
_LISTED = 200  # pictures named in a fold
_EXAMPLES = 4


class ImportDialog(QDialog):
    """Leaves the window usable; `chosen` carries the reading and what becomes of twins ("skip" or "copy")."""

    chosen = Signal(object, str)

    def __init__(
        self,
        session: Session,
        theme: Theme,
        project: Project,
        catalog: Catalog,
        found: Found,
        *,
        by_name: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._project = project
        self._catalog = catalog
        self._found = found
        self._plan, self._preview = found.plans[0], found.preview
        self._asked = 0
        self._soon = QTimer(self, singleShot=True, interval=250)
        self._soon.timeout.connect(self._work_out)
        self.setWindowTitle(self.tr("Add pictures"))
        self.setMinimumWidth(_WIDTH)
        self._make(theme)
        self._lay_out()
        self.form.currentIndexChanged.connect(self._on_form)
        self.pattern.textEdited.connect(lambda _text: self._soon.start())
        self.labels.changed.connect(self._soon.start)
        self.find_label.textChanged.connect(self.labels.show_only)
        self.several.chosen.connect(lambda _key: self._soon.start())
        self.twins.chosen.connect(lambda _key: self._show_button())
        self.copy_button.clicked.connect(self._choose)
        self._show_form()
        self._show()
        if by_name:
            self._choose_by_name()
        self.resize(_WIDTH, min(_HEIGHT, self.screen().availableSize().height() - 80))

    # ---- layout

    def _make(self, theme: Theme) -> None:
        self.form = ComboBox(theme, name=self.tr("How to read it"))
        for plan in self._found.plans:
            self.form.addItem(self._form_text(plan))
        self.pattern = QLineEdit()
        self.pattern.setAccessibleName(self.tr("Pattern of the names"))
        self.examples = Paragraph("", "caption", line=18)
        self.find_label = QLineEdit()
        self.find_label.setPlaceholderText(self.tr("Find a label"))
        self.find_label.setAccessibleName(self.tr("Find a label"))
        self.labels = CheckList(theme, name=self.tr("Labels to use as classes"))
        self.labels.setFixedHeight(_LABELS)
        self.several = Segments(
            (("leave", self.tr("Leave them out"), ""), ("unlabelled", self.tr("Copy them as unlabelled"), "")),
            theme,
            name=self.tr("Pictures with several of these labels"),
        )
        self.several_text = Label("", wrap=True)
        self.headline = Label("", "section")
        self.table = ImportTable(theme)
        self.notes = Paragraph("", line=20)
        self.twins_text = Label("", "strong", wrap=True)
        self.twins = Segments(
            (("skip", self.tr("Leave them out"), ""), ("copy", self.tr("Copy them anyway"), "")),
            theme,
            name=self.tr("Pictures that are there already"),
        )
        self.twins_list = Paragraph("", "caption", line=18)
        self.left_list = Paragraph("", "caption", line=18)
        self.twins_fold = Fold(self.tr("Which ones"), theme, _scrolling(self.twins_list))
        self.left_fold = Fold(self.tr("Left out"), theme, _scrolling(self.left_list))
        self.messages = MessageBar(theme)
        self.copy_button = Button("", theme, kind="primary", icon="tray")
        self.copy_button.setDefault(True)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.l, SPACE.l, SPACE.l, SPACE.l)
        column.setSpacing(SPACE.s)
        column.addWidget(Label(self.tr("Add pictures"), "title"))
        sources = [source.name or str(source) for source in self._found.material.sources]
        column.addWidget(ElidedLabel(wording.quoted(sources), "body", "text_2"))
        column.addSpacing(SPACE.xs)
        row = QHBoxLayout()
        row.setSpacing(SPACE.s)
        row.addWidget(Label(self.form.accessibleName(), "strong"))
        row.addWidget(self.form, 1)
        column.addLayout(row)
        self._by_name = _stacked(
            Label(self.pattern.accessibleName(), "strong"),
            self.pattern,
            Label(
                self.tr(
                    "{class} is the class, {number} any digits, * any text. Or a regular expression with one group."
                ),
                "caption",
                "text_2",
                wrap=True,
            ),
            self.examples,
        )
        self._by_label = _stacked(self.find_label, self.labels, self.several_text, self.several)
        column.addWidget(self._by_name)
        column.addWidget(self._by_label)
        column.addWidget(self.messages)
        column.addSpacing(SPACE.xs)
        column.addWidget(self.headline)
        column.addWidget(self.table, 1)
        self._filler = QWidget()
        column.addWidget(self._filler, 1)
        column.addWidget(self.notes)
        self._twins_part = _stacked(self.twins_text, self.twins, self.twins_fold)
        column.addWidget(self._twins_part)
        column.addWidget(self.left_fold)
        column.addSpacing(SPACE.s)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.s)
        buttons.addStretch()
        cancel = Button(self.tr("Cancel"), self._theme)
        cancel.clicked.connect(self.reject)
        buttons.addWidget(cancel)
        buttons.addWidget(self.copy_button)
        column.addLayout(buttons)

    # ---- the form

    def _form_text(self, plan: Plan) -> str:
        from desktop_app.project.import_plan import Form

        match plan.reading.form:
            case Form.FOLDERS:
                classes = len(plan.counts().keys() - {""})
                if not classes:
                    return self.tr("Pictures without a class")
                return self.tr("The folder is a class") if classes == 1 else self.tr("Each folder is a class")
            case Form.SPLIT_FOLDERS:
                return self.tr("Train, validation and test folders; the split is kept")
            case Form.TABLE:
                return self.tr("The table “{name}” names the classes").format(name=Path(plan.reading.table).name)
            case Form.NAMES:
                return self.tr("The class is in the file name")
            case Form.OPEN_IMAGES:
                return self.tr("Open Images labels in “{name}”").format(name=Path(plan.reading.table).name)
            case Form.UNLABELLED:
                return self.tr("All without a class")

    def _choose_by_name(self) -> None:
        from desktop_app.project.import_plan import Form

        forms = [plan.reading.form for plan in self._found.plans]
        if Form.NAMES in forms:
            self.form.setCurrentIndex(forms.index(Form.NAMES))

    def _on_form(self, place: int) -> None:
        self._plan = self._found.plans[place]
        self._show_form()
        self._work_out()

    def _show_form(self) -> None:
        """The choices that the form needs."""
        from desktop_app.project.import_plan import Form

        form = self._plan.reading.form
        self._by_name.setVisible(form is Form.NAMES)
        self._by_label.setVisible(form is Form.OPEN_IMAGES)
        if form is Form.NAMES:
            self.pattern.setText(self._plan.reading.pattern)
        if form is Form.OPEN_IMAGES:
            self._fill_labels()

    def _fill_labels(self) -> None:
        entries = {
            name: self.tr("{label}: {pictures}").format(label=name, pictures=wording.pictures(count))
            for name, count in self._plan.labels.items()
        }
        self.labels.set_entries(entries, self._plan.reading.classes)

    # ---- what it comes to

    def _work_out(self) -> None:
        """Plan again, in the background, with what is chosen now."""
        from desktop_app.project.import_plan import Form

        reading = self._plan.reading
        if reading.form is Form.NAMES:
            reading = replace(reading, pattern=self.pattern.text())
        elif reading.form is Form.OPEN_IMAGES:
            unlabelled = self.several.current() == "unlabelled"
            reading = replace(reading, classes=self.labels.chosen(), several_unlabelled=unlabelled)
        material, project, catalog = self._found.material, self._project, self._catalog
        self._asked += 1
        asked = self._asked
        self.copy_button.setEnabled(False)

        def work() -> tuple[Plan, Preview]:
            from desktop_app.project.import_check import preview

            plan = material.plan(reading)
            return plan, preview(project, catalog, plan)

        def take(answer: tuple[Plan, Preview]) -> None:
            if asked == self._asked:
                self._plan, self._preview = answer
                self._show()

        def fail(error: DiscernError) -> None:
            if asked == self._asked:
                self._show_nothing()
                self.messages.show_error(error, closable=False)

        self._session.read(work, take, fail, owner=self)

    def _show_nothing(self) -> None:
        """What was shown before is not what is chosen now."""
        self.table.show_rows([])
        self.headline.setText("")
        self.examples.set_text("")
        for part in (self.table, self.notes, self._twins_part, self.left_fold):
            part.setVisible(False)
        self._filler.setVisible(True)

    def _show(self) -> None:
        self.messages.clear()
        self._filler.setVisible(not self._plan.items)
        counts = self._plan.counts()
        classes = len(counts.keys() - {""})
        self.headline.setText(
            self.tr("{pictures} in {classes}").format(
                pictures=wording.pictures(len(self._plan.items)), classes=wording.classes(classes)
            )
            if classes
            else wording.pictures(len(self._plan.items))
        )
        self.table.show_rows(rows_of(self._plan, self._catalog.classes))
        self.table.setVisible(bool(counts))
        self._show_examples()
        self._show_notes()
        self._show_twins(self._preview.twins)
        self._show_left_out(self._preview.skipped)
        self._show_button()

    def _show_examples(self) -> None:
        examples = {item.class_name: item for item in reversed(self._plan.items) if item.class_name}
        lines = [
            self.tr("{file} → {name}").format(file=item.name.rpartition("/")[2], name=name)
            for name, item in list(reversed(examples.items()))[:_EXAMPLES]
        ]
        without = self._plan.counts().get("", 0)
        if without:
            item = next(item for item in self._plan.items if not item.class_name)
            lines.append(
                self.tr("{file} → no class; {pictures} like this").format(
                    file=item.name.rpartition("/")[2], pictures=wording.pictures(without)
                )
            )
        self.examples.set_text("\n".join(lines))

    def _show_notes(self) -> None:
        preview, plan = self._preview, self._plan
        notes = []
        if preview.renamed:
            notes.append(
                self.tr("Get another name, because theirs is taken: {n}.").format(n=wording.number(preview.renamed))
            )
        if plan.unsupported:
            formats = ", ".join(f"{wording.number(count)} {name}" for name, count in plan.unsupported.items())
            notes.append(self.tr("In formats that Discern can’t read: {formats}.").format(formats=formats))
        if plan.empty:
            notes.append(self.tr("No pictures in {names}.").format(names=wording.quoted(plan.empty)))
        self.notes.set_text(" ".join(notes))
        self.notes.setVisible(bool(notes))
        if plan.labels:
            self.several_text.setText(
                self.tr("Pictures with several of these labels: {n}").format(n=wording.number(plan.several))
            )
        for widget in (self.several_text, self.several):
            widget.setVisible(bool(plan.several))

    def _show_twins(self, twins: Sequence[Twin]) -> None:
        self._twins_part.setVisible(bool(twins))
        count = len(twins)
        self.twins_text.setText(
            self.tr("1 picture is there already.")
            if count == 1
            else self.tr("%Ln pictures are there already.", "", count)
        )
        lines = [
            self.tr("{file} is {known}").format(file=_file_name(str(twin.source)), known=twin.file)
            for twin in twins[:_LISTED]
        ]
        self.twins_list.set_text("\n".join([*lines, *self._more(count)]))
        self.twins_fold.set_summary(twins[0].file if twins else "")

    def _show_left_out(self, skipped: Sequence[PictureSkipped]) -> None:
        self.left_fold.setVisible(bool(skipped))
        reasons = Counter(problems.notice(skip.reason) for skip in skipped)
        self.left_fold.set_summary(
            ", ".join(
                self.tr("{reason}: {n}").format(reason=reason, n=wording.number(count))
                for reason, count in reasons.most_common(_REASONS)
            )
        )
        lines = [f"{_file_name(skip.file)}: {problems.notice(skip.reason)}" for skip in skipped[:_LISTED]]
        self.left_list.set_text("\n".join([*lines, *self._more(len(skipped))]))

    def _more(self, count: int) -> list[str]:
        return [self.tr("and %Ln more", "", count - _LISTED)] if count > _LISTED else []

    def _show_button(self) -> None:
        count = self._preview.total
        if self.twins.current() == "copy":
            count += len(self._preview.twins)
        self.copy_button.setText(self.tr("Copy {pictures}").format(pictures=wording.pictures(count)))
        self.copy_button.setEnabled(count > 0)

    def _choose(self) -> None:
        self.chosen.emit(self._plan.reading, self.twins.current())
        self.accept()


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _scrolling(text: Paragraph) -> ScrollColumn:
    text.setAlignment(Qt.AlignmentFlag.AlignTop)
    scroll = ScrollColumn(text)
    scroll.setFixedHeight(_LIST)
    scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # to be read on with the arrow keys
    return scroll


def _stacked(*widgets: QWidget) -> QWidget:
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE.xs)
    for widget in widgets:
        column.addWidget(widget)
    return part
