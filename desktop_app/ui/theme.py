"""The theme in force: light or dark, applied to the whole application, and asked by everything that paints."""

from __future__ import annotations

import functools
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from desktop_app.ui import icons
from desktop_app.ui.stylesheet import stylesheet
from desktop_app.ui.tokens import DARK, LIGHT, Tokens, ink_on

Mode = Literal["system", "light", "dark"]
Type = Literal[
    "headline", "title", "section", "section_text", "strong", "medium", "body", "caption", "caption_strong", "tile"
]

_TYPE: dict[Type, tuple[int, QFont.Weight]] = {
    "headline": (28, QFont.Weight.Bold),  # one on a page
    "title": (18, QFont.Weight.DemiBold),
    "section": (15, QFont.Weight.DemiBold),
    "section_text": (15, QFont.Weight.Normal),
    "strong": (13, QFont.Weight.DemiBold),
    "medium": (13, QFont.Weight.Medium),  # buttons
    "body": (13, QFont.Weight.Normal),
    "caption": (12, QFont.Weight.Normal),
    "caption_strong": (12, QFont.Weight.DemiBold),
    "tile": (11, QFont.Weight.Normal),  # tiles and axes only
}
# Inter where it is installed, else the system's interface font, then whatever draws Chinese, Japanese and Korean.
_CJK = ("Noto Sans CJK SC", "Microsoft YaHei UI", "PingFang SC", "WenQuanYi Micro Hei", "Droid Sans Fallback")


def font(style: Type = "body") -> QFont:
    """The font of a text style; sizes in logical pixels, digits of equal width. A copy, free to be changed."""
    return QFont(_made(style))


@functools.cache
def _made(style: Type) -> QFont:
    size, weight = _TYPE[style]
    made = QFont(_families())
    made.setPixelSize(size)
    made.setWeight(weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


@functools.cache
def _families() -> list[str]:
    # The system's font may be an alias ("Sans Serif"), which a list of families passes over: ask what it means.
    system = QFontInfo(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)).family()
    inter = [family for family in ("Inter", "Inter Variable") if QFontDatabase.hasFamily(family)]
    return [*inter, system, *_CJK]


class Theme(QObject):
    """The colours in force. `changed` follows every switch; widgets that paint in `paintEvent` are repainted by Qt."""

    changed = Signal()

    def __init__(self, app: QApplication, mode: Mode = "system") -> None:
        super().__init__(app)
        self._app = app
        self._mode: Mode = mode
        self.tokens: Tokens = LIGHT
        app.styleHints().colorSchemeChanged.connect(self._follow_system)
        app.setFont(font())
        self._tell_system()
        self._apply(self._wanted())

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def dark(self) -> bool:
        return self.tokens is DARK

    def set_mode(self, mode: Mode) -> None:
        """Follow the system, or stay light or dark."""
        self._mode = mode
        self._tell_system()
        if (tokens := self._wanted()) is not self.tokens:
            self._apply(tokens)

    def colour(self, token: str) -> QColor:
        """The colour of a token (`tokens.Tokens`); KeyError for an unknown one."""
        return self.tokens[token]

    def class_colour(self, index: int) -> QColor:
        """The colour of a class by its colour index; they repeat after ten."""
        return QColor("#" + self.tokens.classes[index % len(self.tokens.classes)])

    def class_ink(self, index: int) -> QColor:
        """What to write in on a class colour."""
        return ink_on(self.class_colour(index))

    def icon(self, name: str, token: str = "text") -> QIcon:
        """A Phosphor icon in a token's colour, which follows the theme; dimmed where its control is disabled."""
        return icons.icon(name, lambda mode: self.tokens["outline" if mode == QIcon.Mode.Disabled else token])

    def _wanted(self) -> Tokens:
        if self._mode == "system":
            return DARK if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._mode == "dark" else LIGHT

    def _tell_system(self) -> None:
        """Title bars and native dialogs are the system's: they follow the mode, too."""
        hints, scheme = self._app.styleHints(), Qt.ColorScheme
        wanted = {"system": scheme.Unknown, "light": scheme.Light, "dark": scheme.Dark}[self._mode]
        hints.setColorScheme(wanted)

    def _follow_system(self) -> None:
        if (tokens := self._wanted()) is not self.tokens:
            self._apply(tokens)

    def _apply(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._app.setPalette(palette(tokens))
        self._app.setStyleSheet(stylesheet(tokens))
        self.changed.emit()


def palette(tokens: Tokens) -> QPalette:
    """For everything that Fusion draws itself: menus, dialogs, item views."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    made = QPalette()
    for target, token in {
        role.Window: "bg",
        role.WindowText: "text",
        role.Base: "surface",
        role.AlternateBase: "band",
        role.Text: "text",
        role.PlaceholderText: "text_2",
        role.Button: "surface",
        role.ButtonText: "text",
        role.BrightText: "error",
        role.ToolTipBase: "surface",
        role.ToolTipText: "text",
        role.Highlight: "soft",
        role.HighlightedText: "text",
        role.Accent: "accent",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.Light: "surface",
        role.Midlight: "band",
        role.Mid: "border",
        role.Dark: "outline",
        role.Shadow: "border",
    }.items():
        made.setColor(target, tokens[token])
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(group.Disabled, target, tokens["outline"])
    return made
