"""Which pretrained network a training starts from; one that is missing is shown with the way to get it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.learning import library
from desktop_app.learning.backbones import BACKBONES, Backbone
from desktop_app.learning.recipe import CHOICES
from desktop_app.ui import problems, recipe_words, wording
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import SPACE
from desktop_app.ui.widgets.buttons import Button
from desktop_app.ui.widgets.fields import ComboBox
from desktop_app.ui.widgets.labels import Label


class NetworkChooser(QWidget):
    """`chosen` follows what a person does; `more_requested`: they want a network that is not on this computer."""

    chosen = Signal()
    more_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = ComboBox(theme, name=self.tr("Network"))
        self._facts = Label("", "caption", "text_2", wrap=True)
        self.missing = Label("", "caption", "warn", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.s)
        column.addWidget(self.box)
        column.addWidget(self._facts)
        column.addWidget(self.missing)
        self.more = Button(self.tr("More networks…"), theme, kind="ghost", icon="stack")
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.refresh()
        self.box.activated.connect(lambda _row: self.chosen.emit())
        self.more.clicked.connect(self.more_requested)

    def refresh(self) -> None:
        """Look again which networks are on this computer."""
        kept = self.box.currentData()
        self.box.clear()
        shelves = sorted(library.shelves(), key=lambda shelf: not shelf.installed)
        for shelf in shelves:
            title = network_title(shelf.backbone)
            if not shelf.installed:
                title = self.tr("{network}, missing").format(network=title)
            self.box.addItem(title, shelf.backbone.name)
        if kept:
            self.show_network(str(kept))

    def network(self) -> Backbone:
        return BACKBONES[str(self.box.currentData())]

    def show_network(self, name: str) -> None:
        self.box.setCurrentIndex(self.box.findData(name))
        backbone = BACKBONES[name]
        self._facts.setText(recipe_words.text(CHOICES["backbone"].help))
        installed = library.is_installed(backbone)
        self.missing.setVisible(not installed)
        self.missing.setText("" if installed else self._way_to(backbone))

    def _way_to(self, backbone: Backbone) -> str:
        what, why, _ = problems.texts(library.missing(backbone))
        way = (
            self.tr("Under “Networks”, add it from a stick or download it.")
            if backbone.url
            else self.tr("Install Discern again: it brings the file along. Or add the file under “Networks”.")
        )
        return f"{what} {why} {way}"


def network_title(backbone: Backbone) -> str:
    return wording.translate("networks", "{name}, {size} px").format(name=backbone.title, size=backbone.size)
