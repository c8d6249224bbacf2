"""The look's numbers: contrasts, sizes, and the switch between light and dark."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from desktop_app.ui import theme as themes
from desktop_app.ui import tokens
from desktop_app.ui.stylesheet import stylesheet
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import DARK, LIGHT, Tokens, contrast, ink_on

UI = Path(themes.__file__).parent
BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=lambda colours: colours.name)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(QColor("#000000"), QColor("#FFFFFF")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("#FFFFFF")) == pytest.approx(4.48, abs=0.01)


@BOTH
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("text", "surface"),
        ("text", "bg"),
        ("text", "soft"),
        ("text", "band"),
        ("text", "stage"),
        ("text", "sunken"),
        ("text_2", "surface"),
        ("text_2", "bg"),
        ("text_2", "band"),
        ("accent", "surface"),
        ("accent", "soft"),
        ("on_accent", "accent"),
        ("on_accent", "accent_hover"),
        ("ok", "ok_bg"),
        ("warn", "warn_bg"),
        ("error", "error_bg"),
        ("error", "surface"),
        ("text", "ok_bg"),
        ("text", "warn_bg"),
        ("text", "error_bg"),
    ],
)
def test_text_reads(colours: Tokens, ink: str, ground: str) -> None:
    assert contrast(colours[ink], colours[ground]) >= 4.5


@BOTH
@pytest.mark.parametrize(
    ("mark", "ground"),
    [("outline", "surface"), ("outline", "bg"), ("accent", "bg"), ("train_curve", "surface"), ("error", "stage")],
)
def test_outlines_and_marks_are_seen(colours: Tokens, mark: str, ground: str) -> None:
    assert contrast(colours[mark], colours[ground]) >= 3


@BOTH
def test_class_colours_are_seen_and_their_keys_read(colours: Tokens) -> None:
    assert len(set(colours.classes)) == 10
    for value in colours.classes:
        colour = QColor("#" + value)
        assert contrast(colour, colours["surface"]) >= 3
        assert contrast(colour, colours["bg"]) >= 3
        assert contrast(ink_on(colour), colour) >= 4.5


@BOTH
def test_matrix_numbers_read(colours: Tokens) -> None:
    for step in ("matrix_1", "matrix_2", "matrix_3"):
        assert contrast(ink_on(colours[step]), colours[step]) >= 4.5


def test_unknown_token_is_an_error() -> None:
    with pytest.raises(KeyError):
        LIGHT["petrol"]
    with pytest.raises(KeyError):
        LIGHT["classes"]


@BOTH
def test_style_sheet_knows_all_its_values(colours: Tokens) -> None:
    sheet = stylesheet(colours)
    assert "@" not in sheet
    assert "#" + colours.accent in sheet


def test_no_other_file_names_a_colour() -> None:
    hexadecimal = re.compile(r"""["']#?[0-9A-Fa-f]{6}["']|#[0-9A-Fa-f]{6}\b""")
    offenders = [
        f"{path.relative_to(UI)}: {found.group()}"
        for path in UI.rglob("*.py")
        if path.name != "tokens.py"
        for found in hexadecimal.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not offenders


def test_no_type_is_smaller_than_eleven() -> None:
    assert min(size for size, _weight in themes._TYPE.values()) == 11
    sizes = re.compile(r"setPixelSize\((\d+)|setPointSize|font-size:\s*(\d+)")
    for path in UI.rglob("*.py"):
        for found in sizes.finditer(path.read_text(encoding="utf-8")):
            digits = found.group(1) or found.group(2)
            assert digits and int(digits) >= 11, f"{path.name}: {found.group()}"


def test_fonts_have_digits_of_equal_width_and_a_chinese_fallback(theme: Theme) -> None:
    face = themes.font("headline")
    assert face.pixelSize() == 28
    assert any("Micro Hei" in family or "CJK" in family for family in face.families())


def test_switching_changes_everything(theme: Theme, qapp: QApplication, qtbot: object) -> None:
    assert qapp.palette().color(QPalette.ColorRole.Window) == LIGHT["bg"]
    seen: list[bool] = []
    theme.changed.connect(lambda: seen.append(theme.dark))
    theme.set_mode("dark")
    theme.set_mode("dark")
    assert seen == [True]
    assert qapp.palette().color(QPalette.ColorRole.Window) == DARK["bg"]
    assert DARK.surface in qapp.styleSheet()
    assert theme.class_colour(3) == theme.class_colour(13)
    assert theme.icon("trash").pixmap(16, 16).toImage() != theme.icon("trash", "error").pixmap(16, 16).toImage()


def test_it_follows_the_system_until_told_otherwise(
    theme: Theme, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    schemes = {"now": Qt.ColorScheme.Dark}

    class Hints:
        def colorScheme(self) -> Qt.ColorScheme:
            return schemes["now"]

        def setColorScheme(self, scheme: Qt.ColorScheme) -> None:
            schemes["told"] = scheme

    class App:
        """The application, on a system whose colours the test sets."""

        def styleHints(self) -> Hints:
            return Hints()

        def __getattr__(self, name: str) -> object:
            return getattr(qapp, name)

    monkeypatch.setattr(theme, "_app", App())
    theme.set_mode("system")
    assert theme.dark
    assert schemes["told"] == Qt.ColorScheme.Unknown
    schemes["now"] = Qt.ColorScheme.Light
    theme._follow_system()
    assert not theme.dark
    theme.set_mode("dark")
    assert schemes["told"] == Qt.ColorScheme.Dark
    theme._follow_system()
    assert theme.dark


def test_every_token_is_a_colour() -> None:
    for colours in (LIGHT, DARK):
        for field in fields(colours):
            if field.name not in ("name", "classes"):
                assert colours[field.name].isValid()
    assert tokens.RAIL_NARROW < tokens.RAIL
