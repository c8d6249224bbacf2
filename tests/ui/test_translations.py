"""Every text of the window can be translated: a made-up language, half as long again, is put in place of English."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

import desktop_app.ui
from desktop_app.errors import ProjectError
from desktop_app.learning.backbones import BACKBONES
from desktop_app.project.history import Action, Label
from desktop_app.project.project import Project
from desktop_app.ui import problems, step_words, translations
from desktop_app.ui.dialogs.keys import KeysDialog
from desktop_app.ui.dialogs.new_project import NewProjectDialog
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.models.networks import Column
from desktop_app.ui.pages.networks import NetworksPage
from desktop_app.ui.pages.train import TrainPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from tests.ui.demo import add_run, draw_project, play_out, show_page

UI = Path(desktop_app.ui.__file__).parent


def tool(name: str) -> str:
    path = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert path, f"{name} comes with PySide6"
    return path


def pseudo(source: str) -> str:
    """“Train” → “⟦Train~~⟧”: 40 % longer, placeholders as they are."""
    return f"⟦{source}{'~' * (len(source) * 2 // 5)}⟧"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with discern_de.qm in the made-up language."""
    folder = tmp_path_factory.mktemp("translations")
    ts = folder / "discern_de.ts"
    core = folder / "core_texts.py"
    core.write_text(core_texts.source(core_texts.collect()), encoding="utf-8")
    files = [*(str(path) for path in sorted(UI.rglob("*.py"))), str(core)]
    subprocess.run([tool("pyside6-lupdate"), *files, "-ts", str(ts)], check=True, capture_output=True)
    tree = ElementTree.parse(ts)
    tree.getroot().set("language", "de")
    for message in tree.iter("message"):
        source = message.findtext("source") or ""
        translation = message.find("translation")
        assert translation is not None
        translation.clear()
        if "%n" in source or "%Ln" in source:
            # lupdate sees the plurals of tr(), but not those of translate() in Python.
            message.set("numerus", "yes")
            for _ in range(2):  # as many forms as German has
                ElementTree.SubElement(translation, "numerusform").text = pseudo(source)
        else:
            translation.text = pseudo(source)
    tree.write(ts, encoding="utf-8")
    subprocess.run([tool("pyside6-lrelease"), str(ts)], check=True, capture_output=True)
    return folder


@pytest.fixture
def language(catalogue: Path, qapp: QApplication) -> Iterator[None]:
    translator = QTranslator(qapp)
    assert translator.load(str(catalogue / "discern_de.qm"))
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


core_texts = _load(UI.parents[1] / "packaging" / "core_texts.py")


def texts(root: QWidget) -> set[str]:
    """What can be read, without markup."""
    found: set[str] = set()
    for widget in root.findChildren(QWidget):
        if widget.isVisible():
            found.add(widget.toolTip())
            if isinstance(widget, QLabel | QAbstractButton):
                found.add(re.sub("<[^>]*>", "", widget.text()))
    return {text.strip() for text in found if text.strip()}


def in_english(root: QWidget, *data: str) -> set[str]:
    """Texts that did not come from the catalogue; `data`: what is not text of ours (names, numbers)."""
    known = {"Discern", "1:1", *data}
    return {text for text in texts(root) if not text.startswith("⟦") and text not in known}


def test_the_start_page(qtbot: Any, session: Session, theme: Theme, language: None) -> None:
    window = MainWindow(session, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    assert len(texts(window)) > 10
    assert in_english(window) == set()


def test_the_images_page(qtbot: Any, session: Session, theme: Theme, language: None, tmp_path: Path) -> None:
    window = MainWindow(session, theme)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(session.project_changed):
        session.open(draw_project(tmp_path / "parts", {"good": 2, "bad": 3}))
    play_out(session, qtbot)
    assert window.workspace is not None
    page = window.workspace.page("images")
    path = str(tmp_path / "parts")
    assert in_english(window, "parts", path) == set()
    page.show_full(0)  # type: ignore[attr-defined]
    play_out(session, qtbot)
    file = page.images.file(0)  # type: ignore[attr-defined]
    rest = in_english(window, "parts", path, file, "good", "bad")
    assert {text for text in rest if "PNG" not in text and not re.match(r"\d", text)} == set()
    play_out(session, qtbot)


def test_the_networks_page(qtbot: Any, session: Session, theme: Theme, language: None) -> None:
    page = NetworksPage(session, theme)
    show_page(page, qtbot)
    page.table.choose("resnet50")
    assert in_english(page) == set()
    head = [page.networks.headerData(column, Qt.Orientation.Horizontal) for column in Column]
    assert all(text.startswith("⟦") for text in head)
    assert page.networks.index(page.networks.row_of("resnet50"), Column.STATE).data() == pseudo("missing")


def test_the_train_page(qtbot: Any, session: Session, theme: Theme, language: None, tmp_path: Path) -> None:
    """Longer words wrap or push: nothing is cut, and the columns keep their widths."""
    root = draw_project(tmp_path / "parts", {"good": 12, "bad": 13})
    with Project.open(root) as project:
        add_run(project)
    with qtbot.waitSignal(session.project_changed, timeout=20_000):
        session.open(root)
    page = TrainPage(session, theme)
    qtbot.addWidget(page)
    page.resize(1344, 812)
    page.show()
    for fold in (*page.left.form.folds, page.advice.networks.fold, page.advice.pictures.fold):
        fold.set_open(True)
    play_out(session, qtbot)
    numbers = re.compile(r"[\d.; ,%–µ]+|.*(px|⟧, missing)$")
    names = {backbone.title for backbone in BACKBONES.values()} | {"DINOv2"}
    rest = in_english(page, "parts", str(root), "good", "bad", *names)
    assert {text for text in rest if not numbers.fullmatch(text)} == set()
    assert page.left.width() == 344
    assert page.side.width() == 312
    for button in page.findChildren(QAbstractButton):
        if button.isVisible() and button.text():
            right = button.mapTo(page, button.rect().bottomRight()).x()
            assert right <= page.width(), button.text()
    for button in (page.left.pause, page.left.stop):
        assert button.minimumSizeHint().width() <= 344 - 2 * 24, button.text()


def test_what_the_core_says(language: None, tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        Project.open(tmp_path / "gone")
    translated = problems.texts(caught.value)
    assert all(text.startswith("⟦") for text in translated if text)
    assert "gone" in translated[0]
    for label in (Label(Action.ACCEPT, 3, ""), Label(Action.MOVE, 1, "a.png", "good")):
        assert step_words.step(label).startswith("⟦")
    notice = core_texts.ast.parse('Notice("info", "What.", hint="Hint.")').body[0].value
    assert set(core_texts._in_call(notice)) == {("Notices", "What."), ("Notices", "Hint.")}


def test_dialogs(qtbot: Any, theme: Theme, language: None) -> None:
    for dialog in (NewProjectDialog(theme), KeysDialog(theme)):
        qtbot.addWidget(dialog)
        dialog.show()
        assert in_english(dialog) == set()


def test_a_longer_language_is_not_cut(qtbot: Any, session: Session, theme: Theme, language: None) -> None:
    window = MainWindow(session, theme)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    qtbot.waitExposed(window)
    for button in window.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()


def test_the_catalogue_of_the_computers_language_is_loaded(
    catalogue: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translations, "_folder", lambda: catalogue)
    before = set(qapp.findChildren(QTranslator))
    translations.install(qapp, QLocale(QLocale.Language.German))
    try:
        assert QCoreApplication.translate("Rail", "Train") == "⟦Train~~⟧"
        assert QLocale().toString(1408) == "1.408"
    finally:
        for translator in set(qapp.findChildren(QTranslator)) - before:
            qapp.removeTranslator(translator)
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


def test_english_loads_nothing_and_has_its_thousands(qapp: QApplication) -> None:
    before = len(qapp.findChildren(QTranslator))
    translations.install(qapp, QLocale.c())
    assert len(qapp.findChildren(QTranslator)) == before
    assert QLocale().toString(1408) == "1,408"
