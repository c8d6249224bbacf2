"""Asks where the project's pictures shall be copied to, and in which folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.ui import wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.segments import Segments

if TYPE_CHECKING:
    from desktop_app.project.catalog import Catalog

_WIDTH = 520


class ExportDatasetDialog(QDialog):
    """`chosen` carries the folder, which must be new or empty, and the layout ("classes" or "splits")."""

    chosen = Signal(object, str)

    def __init__(self, name: str, catalog: Catalog, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = len(catalog.files)
        self.setWindowTitle(self.tr("Export the pictures"))
        self.setMinimumWidth(_WIDTH)
        self.layout_choice = Segments(
            (
                ("classes", self.tr("Class folders"), ""),
                ("splits", self.tr("Train, validation and test folders"), ""),
            ),
            theme,
            name=self.tr("Folders"),
        )
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        place = Path(documents or Path.home()) / self.tr("{project} pictures").format(project=name)
        self.folder = QLineEdit(str(place))
        self.folder.setAccessibleName(self.tr("New folder"))
        self._what = Paragraph("", "caption", line=18)
        browse = Button(self.tr("Choose…"), theme, name=self.tr("Choose the folder"))
        browse.clicked.connect(self._browse)
        count = wording.pictures(self._pictures)
        self.copy_button = Button(self.tr("Copy {pictures}").format(pictures=count), theme, kind="primary", icon="copy")
        self.copy_button.setDefault(True)
        self.copy_button.clicked.connect(self._choose)
        cancel = Button(self.tr("Cancel"), theme)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.l, SPACE.l, SPACE.l, SPACE.l)
        column.setSpacing(SPACE.s)
        column.addWidget(Label(self.tr("Export the pictures"), "title"))
        column.addWidget(
            Paragraph(self.tr("Copies for other programs, with a table beside them. The project stays as it is."))
        )
        column.addSpacing(SPACE.s)
        column.addWidget(Label(self.layout_choice.accessibleName(), "strong"))
        column.addWidget(self.layout_choice)
        column.addWidget(self._what)
        column.addSpacing(SPACE.s)
        label = Label(self.folder.accessibleName(), "strong")
        label.setBuddy(self.folder)
        column.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(SPACE.s)
        row.addWidget(self.folder, 1)
        row.addWidget(browse)
        column.addLayout(row)
        column.addSpacing(SPACE.m)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.s)
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.copy_button)
        column.addLayout(buttons)
        self.layout_choice.chosen.connect(lambda _key: self._refresh())
        self.folder.textChanged.connect(lambda _text: self._refresh())
        self._refresh()

    def _browse(self) -> None:
        title = self.tr("Choose a new or empty folder")
        if folder := QFileDialog.getExistingDirectory(self, title, str(Path(self.folder.text()).parent)):
            self.folder.setText(folder)

    def _refresh(self) -> None:
        if self.layout_choice.current() == "classes":
            text = self.tr("One folder for each class; pictures without a class are in _unlabelled.")
        else:
            text = self.tr(
                "A folder for each split, with class folders in it. Pictures that have no split yet get theirs now, "
                "for good; pictures without a class are in _unlabelled."
            )
        self._what.set_text(text)
        self.copy_button.setEnabled(self._pictures > 0 and bool(self.folder.text().strip()))

    def _choose(self) -> None:
        self.chosen.emit(Path(self.folder.text().strip()).expanduser(), self.layout_choice.current())
        self.accept()
