"""What a person changes about classes on the Images page: names, colours, keys, roles and their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from desktop_app.ui import wording
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.models.class_list import ClassRow
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.widgets.class_key_editor import ClassKeyEditor
from desktop_app.ui.widgets.class_name_editor import ClassNameEditor
from desktop_app.ui.widgets.class_panel import ClassList

if TYPE_CHECKING:
    from desktop_app.project.config import Role

_FULL_VIEW_KEYS = "CFIRZ"


class ClassChanges(QObject):
    """Turns what a person does to the list of classes into steps of the organiser.

    Attributes:
        name_editor, key_editor: to be placed above the list; hidden until they ask for something.
    """

    def __init__(self, session: Session, theme: Theme, class_list: ClassList, page: QWidget) -> None:
        super().__init__(page)
        self._session = session
        self._organiser = session.organiser
        self._theme = theme
        self._class_list = class_list
        self._page = page
        self.name_editor = ClassNameEditor()
        self.key_editor = ClassKeyEditor(theme)
        self._connect()

    def _connect(self) -> None:
        classes = self._class_list
        classes.new_requested.connect(self.ask_new)
        classes.rename_requested.connect(lambda row: self.ask_name(row.name))
        classes.key_requested.connect(self.ask_key)
        classes.delete_requested.connect(self.ask_delete)
        classes.merge_requested.connect(self.ask_merge)
        classes.recoloured.connect(self.recolour)
        classes.marked.connect(self.mark)
        classes.moved.connect(self.move)
        self.name_editor.named.connect(self._organiser.create_class)
        self.name_editor.renamed.connect(self.rename)
        self.key_editor.chosen.connect(self.assign_key)
        for editor in (self.name_editor, self.key_editor):
            editor.left.connect(lambda: classes.setFocus(Qt.FocusReason.OtherFocusReason))

    def close_editors(self) -> None:
        self.name_editor.hide()
        self.key_editor.hide()

    # ---- names

    def ask_new(self) -> None:
        """Ask for the name of a new class."""
        self.ask_name("")

    def ask_name(self, old: str) -> None:
        """Ask for another name of a class."""
        self.key_editor.hide()
        self.name_editor.ask(old)

    def rename(self, old: str, new: str) -> None:
        """Rename a class; onto another one, ask whether the two shall become one."""
        from desktop_app.project import names

        if new == old:
            return
        key = names.same_file(new)
        other = next((info.name for info in self._session.classes if names.same_file(info.name) == key), "")
        if other and other != old:
            self.ask_merge(old, other)
        else:
            self._organiser.rename_class(old, new)

    # ---- how they are shown

    def recolour(self, name: str, colour: int) -> None:
        from desktop_app.project import class_edits

        self._organiser.change_classes(class_edits.recolour(name, colour))

    def mark(self, name: str, role: Role) -> None:
        from desktop_app.project import class_edits

        self._organiser.change_classes(class_edits.mark(name, role))

    def move(self, name: str, before: str) -> None:
        from desktop_app.project import class_edits

        self._organiser.change_classes(class_edits.move(name, before))

    def ask_key(self, row: ClassRow) -> None:
        """Let the person press the key of a class."""
        self.name_editor.hide()
        self.key_editor.ask(row, self._key_owners(row.name))

    def assign_key(self, name: str, key: str) -> None:
        from desktop_app.project import class_edits

        self._organiser.change_classes(class_edits.assign_key(name, key))

    def _key_owners(self, name: str) -> dict[str, str]:
        """Why a key is not free for a class, by key, in words that a second press answers."""
        taken = {
            key: self.tr("{key} is a key of the full view. Press {key} again to use it for this class.").format(key=key)
            for key in _FULL_VIEW_KEYS
        }
        taken["N"] = self.tr("N goes to the next unlabelled picture. Press N again to use it for this class.")
        for info in self._session.classes:
            if info.key and info.name != name:
                taken[info.key.upper()] = self.tr(
                    "{key} belongs to “{owner}”. Press {key} again to take it from there."
                ).format(key=info.key.upper(), owner=info.name)
        return taken

    # ---- questions

    def ask_merge(self, name: str, into: str) -> None:
        """Ask whether a class shall become part of another one."""
        moving, staying = self._counted(name), self._counted(into)
        self._ask(
            self.tr("Make “{name}” part of “{into}”?").format(name=name, into=into),
            self.tr("“{into}” has {staying}; {moving} would join them. You can undo this.").format(
                into=into, staying=staying, moving=moving
            ),
            self.tr("Merge, {pictures}").format(pictures=moving),
            lambda: self._organiser.merge_class(name, into),
        )

    def ask_delete(self, row: ClassRow) -> None:
        """Ask whether a class shall go to the trash."""
        pictures = wording.pictures(row.count)
        self._ask(
            self.tr("Delete the class “{name}”?").format(name=row.name),
            self.tr("It goes to the project’s trash, with {pictures}. You can undo this.").format(pictures=pictures),
            self.tr("Delete class, {pictures}").format(pictures=pictures),
            lambda: self._organiser.delete_class(row.name),
            destructive=True,
        )

    def _counted(self, name: str) -> str:
        catalog = self._session.catalog
        return wording.pictures(catalog.counts().get(name, 0) if catalog else 0)

    def _ask(self, title: str, text: str, yes: str, act: Callable[[], None], *, destructive: bool = False) -> None:
        question = Question(title, text, yes, self.tr("Cancel"), self._theme, parent=self._page.window())
        if destructive:
            question.yes.set_kind("destructive")
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.accepted.connect(act)
        question.open()
