"""Colours, sizes and type of the look, in one place: no other file names a colour."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtGui import QColor


@dataclass(frozen=True)
class Space:
    """Distances in logical pixels."""

    xs: int = 4
    s: int = 8
    m: int = 16
    l: int = 24  # noqa: E741  the fourth of five sizes
    xl: int = 32
    xxl: int = 48


@dataclass(frozen=True)
class Radius:
    """Corner radii in logical pixels."""

    swatch: int = 4
    control: int = 6
    panel: int = 8
    chip: int = 12


SPACE = Space()
RADIUS = Radius()

TOP_BAR = 48
RAIL = 96
RAIL_NARROW = 64
COMPACT_WIDTH = 1200  # narrower windows fold their rail and their right columns
JOB_BAR = 40
CONTROL = 32
CHIP = 24
MAIN_BUTTON = 56
FOCUS_GAP = 2
FOCUS_WIDTH = 2


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme, as hexadecimal RRGGBB.

    `outline` is for control borders and disabled text; `border` is decoration and carries no meaning.
    """

    name: str
    bg: str
    surface: str
    sunken: str
    stage: str
    border: str
    band: str
    outline: str
    text: str
    text_2: str
    accent: str
    accent_hover: str
    on_accent: str
    soft: str
    ok: str
    ok_bg: str
    warn: str
    warn_bg: str
    error: str
    error_bg: str
    matrix_1: str
    matrix_2: str
    matrix_3: str
    train_curve: str
    classes: tuple[str, ...]

    def __getitem__(self, token: str) -> QColor:
        """The colour of a token, by its name; KeyError for an unknown one."""
        if token not in _NAMES:
            raise KeyError(token)
        return QColor("#" + getattr(self, token))


_NAMES = {item.name for item in fields(Tokens)} - {"name", "classes"}

LIGHT = Tokens(
    name="light",
    bg="F3F5F6",
    surface="FFFFFF",
    sunken="E8ECEE",
    stage="DDE2E5",
    border="D5DBDF",
    band="EEF2F4",
    outline="7C8992",
    text="16212A",
    text_2="4A5963",
    accent="0A6470",
    accent_hover="084F59",
    on_accent="FFFFFF",
    soft="DDEEF0",
    ok="0B6B4B",
    ok_bg="E0F2EA",
    warn="7A4D00",
    warn_bg="FFF2D1",
    error="A8201A",
    error_bg="FCE6E3",
    matrix_1="F9CDBD",
    matrix_2="E8714A",
    matrix_3="A8201A",
    train_curve="8A6A1F",
    classes=("193AE8", "BF6C05", "2CA064", "B63781", "155408", "BE0D37", "371779", "58745F", "408AC4", "2C383B"),
)

DARK = Tokens(
    name="dark",
    bg="12181C",
    surface="1A2227",
    sunken="0D1215",
    stage="0D1215",
    border="34414A",
    band="20292F",
    outline="7F8E98",
    text="E6ECEF",
    text_2="A9B6BE",
    accent="56BCC8",
    accent_hover="7BD0D9",
    on_accent="06252A",
    soft="143A40",
    ok="6CCB9C",
    ok_bg="12352A",
    warn="F0C063",
    warn_bg="3A2D10",
    error="FF9183",
    error_bg="46211D",
    matrix_1="5A2A22",
    matrix_2="B4482F",
    matrix_3="FF8A6B",
    train_curve="D9B45B",
    classes=("5BC7FA", "D1760C", "4EF3C8", "BC59A7", "F6FA1A", "D98B89", "6286FA", "DFBC6D", "B6F0FA", "A7ACB8"),
)


def luminance(colour: QColor) -> float:
    """Relative luminance, 0–1 (WCAG 2.2)."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio, 1–21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink_on(colour: QColor) -> QColor:
    """Black or white, whichever reads better on `colour`."""
    white, black = QColor(255, 255, 255), QColor(0, 0, 0)
    return white if contrast(white, colour) >= contrast(black, colour) else black


#: Heat, from none to the most: lighter and lighter, so that it tells without colour, too.
HEAT = ("000004", "57106E", "BC3754", "F98E09", "FCFFA4")
