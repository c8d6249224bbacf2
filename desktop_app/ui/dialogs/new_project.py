"""Asks for what a new project needs: a name, a place, and the classes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.labels import Label, Paragraph
from desktop_app.ui.widgets.message_bar import MessageBar

_WIDTH = 480


class NewProjectDialog(QDialog):
    """`chosen` carries the project's folder, which does not exist yet, and the names of its classes."""

    chosen = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New project"))
        self.setMinimumWidth(_WIDTH)
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self.name = _field(self.tr("Name"), self.tr("My project"))
        self.place = _field(self.tr("Place"), documents or str(Path.home()))
        self.classes = _field(self.tr("Classes"), "")
        self.classes.setPlaceholderText(self.tr("good, scratched, chipped"))
        browse = Button(self.tr("Choose…"), theme, name=self.tr("Choose the place"))
        browse.clicked.connect(self._browse)
        self._folder = Label("", "caption", "text_2", wrap=True)
        self.messages = MessageBar(theme)
        self.create_button = Button(self.tr("Make the project"), theme, kind="primary", icon="folder-plus")
        self.create_button.clicked.connect(self._create)
        self.create_button.setDefault(True)
        cancel = Button(self.tr("Cancel"), theme)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.l, SPACE.l, SPACE.l, SPACE.l)
        column.setSpacing(SPACE.xs)
        column.addWidget(Label(self.tr("New project"), "title"))
        column.addWidget(Paragraph(self.tr("A project is a folder with one folder of pictures for each class.")))
        column.addSpacing(SPACE.s)
        self._add(column, self.name)
        self._add(column, self.place, browse)
        column.addWidget(self._folder)
        column.addSpacing(SPACE.s)
        self._add(column, self.classes)
        column.addWidget(
            Label(
                self.tr("With commas between them. You can leave this empty and drop folders later."),
                "caption",
                "text_2",
                wrap=True,
            )
        )
        column.addSpacing(SPACE.s)
        column.addWidget(self.messages)
        column.addSpacing(SPACE.s)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.s)
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.create_button)
        column.addLayout(buttons)
        self.name.textChanged.connect(self._refresh)
        self.place.textChanged.connect(self._refresh)
        self._refresh()
        self.name.selectAll()
        self.name.setFocus()

    def root(self) -> Path:
        return Path(self.place.text().strip()).expanduser() / self.name.text().strip()

    def _add(self, column: QVBoxLayout, field: QLineEdit, button: Button | None = None) -> None:
        label = Label(field.accessibleName(), "strong")
        label.setBuddy(field)
        column.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(SPACE.s)
        row.addWidget(field, 1)
        if button is not None:
            row.addWidget(button)
        column.addLayout(row)
        column.addSpacing(SPACE.xs)

    def _browse(self) -> None:
        if folder := QFileDialog.getExistingDirectory(self, self.tr("Where shall the project lie?"), self.place.text()):
            self.place.setText(folder)

    def _refresh(self) -> None:
        complete = bool(self.name.text().strip() and self.place.text().strip())
        self.create_button.setEnabled(complete)
        self._folder.setText(self.tr("Its folder: {path}").format(path=self.root()) if complete else "")
        self.messages.clear()

    def _create(self) -> None:
        root = self.root()
        if _has_entries(root):
            self.messages.show_message(
                "warn",
                self.tr("That folder exists and is not empty."),
                self.tr("Choose another name, or open it as it is."),
                closable=False,
            )
            return
        names = [name.strip() for name in self.classes.text().split(",")]
        self.chosen.emit(root, tuple(name for name in names if name))
        self.accept()


def _field(name: str, text: str) -> QLineEdit:
    field = QLineEdit(text)
    field.setAccessibleName(name)
    return field


def _has_entries(folder: Path) -> bool:
    try:
        return any(True for _ in folder.iterdir())
    except OSError:
        return False  # it does not exist; or making it will say what is wrong
