"""The program in the person's language; English needs no files."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator


def install(app: QCoreApplication, locale: QLocale) -> None:
    """Load Discern's and Qt's own catalogues for `locale`, if there are any, and write numbers and dates as it does."""
    if locale.language() == QLocale.Language.C:
        locale = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
    QLocale.setDefault(locale)
    if locale.language() == QLocale.Language.English:
        return
    for name, folder in (
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        ("discern", str(_folder())),
    ):
        translator = QTranslator(app)
        if translator.load(locale, name, "_", folder):
            app.installTranslator(translator)


def _folder() -> Path:
    return Path(str(importlib.resources.files("resources"))) / "translations"
