"""Pictures come in and go out: the questions before, the messages after."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from desktop_app.events import DatasetExported, Imported
from desktop_app.ui.dialogs.export_dataset import ExportDatasetDialog
from tests.drawing import draw_classes, draw_picture
from tests.ui.demo import LONG, XSDD, draw_project

pytestmark = pytest.mark.display


def ask(walk: Any, *sources: Path) -> Any:
    """The dialog that opens when these are dropped."""
    importing = walk.page("images").importing
    importing.add(sources)
    walk.qtbot.waitUntil(lambda: importing.dialog is not None, timeout=20_000)
    walk.settle()
    return importing.dialog


def test_adding_pictures(walk_with: Any, tmp_path: Path) -> None:
    walk, engine = walk_with()
    root = draw_project(tmp_path / "Strip line 3", {name: XSDD[name] for name in list(XSDD)[:4]})
    walk.open(root)
    stick = tmp_path / "Lieferung 2026-11"
    draw_classes(stick / "train", {**XSDD, **LONG}, size=40, seed=3)
    draw_classes(stick / "val", dict.fromkeys(LONG, 4), size=40, seed=4)
    draw_classes(stick / "test", dict.fromkeys({**XSDD, **LONG}, 6), size=40, seed=5)
    for name in list(XSDD)[:2]:
        shutil.copytree(root / name, stick / "train" / name, dirs_exist_ok=True)
    (stick / "train" / "red iron" / "empty.png").touch()
    dialog = ask(walk, stick)
    dialog.twins_fold.set_open(True)
    walk.shoot("10-import-splits", of=dialog)

    flat = tmp_path / "Prüfbilder"
    for kind, name in enumerate(("gut", "Kratzer_tief", "针孔")):
        for number in range(12):
            draw_picture(flat / f"{name}_{number:03}.png", kind, 90 + number, 40)
    draw_picture(flat / "Übersicht.png", 5, 1, 40)
    dialog = ask(walk, flat)
    walk.shoot("10-import-names", of=dialog)
    dialog.pattern.setText("(.*")
    dialog.pattern.textEdited.emit("")
    walk.settle()
    walk.shoot("10-import-pattern", of=dialog)
    dialog.close()

    downloads = tmp_path / "Open Images"
    for number in range(30):
        draw_picture(downloads / f"{number:016x}.png", number % 5, 200 + number, 40)
    labels = ("Cat", "Dog", "Mechanical fan", "Bicycle helmet", "Cat food")
    rows = [f"{number:016x},human,{labels[number % 5]},1\n" for number in range(30)]
    rows += [f"{number:016x},human,Cat,1\n" for number in (1, 6)]
    (downloads / "validation-imagelabels.csv").write_text(f"ImageID,Source,LabelName,Confidence\n{''.join(rows)}")
    dialog = ask(walk, downloads)
    for row in range(2):
        dialog.labels.item(row).setCheckState(Qt.CheckState.Checked)
    walk.settle()
    walk.shoot("10-import-labels", of=dialog)
    dialog.copy_button.click()
    engine.play(Imported({"Cat": 412, "Dog": 38}, 12, 3, 4, 20))
    engine.end()
    walk.settle()
    walk.shoot("10-import-done")


def test_exporting_pictures(walk_with: Any, tmp_path: Path) -> None:
    walk, engine = walk_with()
    walk.open(draw_project(tmp_path / "Strip line 3"))
    walk.window.ask_export()
    (dialog,) = walk.window.findChildren(ExportDatasetDialog)
    walk.shoot("10-export", of=dialog)
    dialog.layout_choice.button("splits").click()
    walk.shoot("10-export-splits", of=dialog)
    dialog.copy_button.click()
    out = tmp_path / "Strip line 3 pictures"
    engine.play(DatasetExported(str(out), str(out / "pictures.csv"), {"red iron": 135}, 2))
    engine.end()
    walk.settle()
    walk.shoot("10-export-done")
