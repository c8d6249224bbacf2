"""The models behind the Images page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from desktop_app.project.catalog import Catalog
from desktop_app.project.config import ClassInfo
from desktop_app.project.project import Project
from desktop_app.ui.models.class_list import ClassListModel
from desktop_app.ui.models.image_list import UNLABELLED, Filter, ImageListModel
from tests.drawing import draw_classes

INFOS = (ClassInfo("good", 0, "1", "good"), ClassInfo("scratched", 1, "2", "defect"))


def make_catalog(good: int = 3, scratched: int = 2, unlabelled: int = 1) -> Catalog:
    files = [f"good/{n}.png" for n in range(good)] + [f"scratched/{n}.png" for n in range(scratched)]
    files += [f"_unlabelled/{n}.png" for n in range(unlabelled)]
    labels = np.repeat(np.array([0, 1, -1], np.int32), [good, scratched, unlabelled])
    return Catalog(("good", "scratched"), tuple(files), labels)


@pytest.fixture
def images(qapp: object) -> ImageListModel:
    model = ImageListModel()
    model.set_catalog(make_catalog(), INFOS)
    return model


def shown(model: ImageListModel) -> list[str]:
    return [model.file(row) for row in range(model.rowCount())]


def test_contract_of_the_picture_model(images: ImageListModel, qtmodeltester: Any) -> None:
    qtmodeltester.check(images)


def test_contract_of_the_class_model(qapp: object, qtmodeltester: Any) -> None:
    model = ClassListModel()
    model.set_catalog(make_catalog(), INFOS)
    qtmodeltester.check(model)


def test_filters(images: ImageListModel) -> None:
    assert images.rowCount() == images.total == 6
    images.set_filter(Filter(label=1))
    assert shown(images) == ["scratched/0.png", "scratched/1.png"]
    images.set_filter(Filter(label=UNLABELLED))
    assert shown(images) == ["_unlabelled/0.png"]
    images.set_problem("good/1.png", "empty file")
    images.set_filter(Filter(unreadable=True))
    assert shown(images) == ["good/1.png"]
    images.set_problem("good/1.png", "")
    assert shown(images) == []
    images.set_filter(Filter())
    assert images.rowCount() == 6


def test_a_filter_for_a_class_that_is_gone_shows_everything(images: ImageListModel) -> None:
    images.set_filter(Filter(label=1))
    catalog = make_catalog()
    images.set_catalog(Catalog(("good",), catalog.files[:3], catalog.labels[:3]), INFOS)
    assert images.filter == Filter()
    assert images.rowCount() == 3


def test_rows_of_files(images: ImageListModel) -> None:
    images.set_filter(Filter(label=1))
    assert images.row_of("scratched/1.png") == 1
    assert images.row_of("good/0.png") == -1
    assert images.row_of("nowhere.png") == -1


def test_a_tile_tells_class_split_and_problem(images: ImageListModel) -> None:
    images.set_splits({"good/0.png": "test", "good/1.png": "validation", "good/2.png": "train"})
    assert [images.split_of(row) for row in range(3)] == ["test", "validation", ""]
    images.set_problem("good/0.png", "empty file")
    tile = images.tile(0)
    assert (tile.caption, tile.colour, tile.key, tile.split, tile.problem) == ("0.png", 0, "1", "test", "empty file")
    assert images.tile(5).colour == -1


def test_a_screen_reader_hears_it_too(images: ImageListModel) -> None:
    images.set_splits({"good/0.png": "test"})
    spoken = images.data(images.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "0.png, good, test picture"
    assert images.data(images.index(5), Qt.ItemDataRole.AccessibleTextRole) == "0.png, unlabelled"
    images.set_problem("good/0.png", "empty file")
    assert "empty file" in images.data(images.index(0), Qt.ItemDataRole.AccessibleTextRole)


def test_counts_bars_and_marks_of_classes(qapp: object) -> None:
    model = ClassListModel()
    model.set_catalog(make_catalog(40, 10, 2), INFOS)
    rows = [model.row(row) for row in range(model.rowCount())]
    assert [(row.kind, row.count) for row in rows] == [("all", 52), ("unlabelled", 2), ("class", 40), ("class", 10)]
    assert [row.share for row in rows[2:]] == [1.0, 0.25]
    assert [row.few for row in rows[2:]] == [False, True]
    assert "few pictures" in model.data(model.index(3), Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.parametrize(
    ("good", "scratched", "sentence"),
    [
        (212, 231, "Even: 212 and 231 pictures."),
        (60, 10, "Uneven: “good” has 6 × as many pictures as “scratched”."),
        (30, 0, "No pictures yet: “scratched”."),
        (0, 0, "No pictures yet: “good”, “scratched”."),
    ],
)
def test_balance_in_one_sentence(qapp: object, good: int, scratched: int, sentence: str) -> None:
    model = ClassListModel()
    model.set_catalog(make_catalog(good, scratched), INFOS)
    assert model.balance() == sentence


def test_a_single_class_is_said_to_be_too_few(qapp: object) -> None:
    model = ClassListModel()
    model.set_catalog(Catalog(("good",), ("good/1.png",), np.zeros(1, np.int32)), INFOS[:1])
    assert "One class is not enough" in model.balance()


def test_new_numbers_keep_the_chosen_line(qapp: object, qtbot: Any) -> None:
    model = ClassListModel()
    model.set_catalog(make_catalog(), INFOS)
    with qtbot.waitSignal(model.dataChanged), qtbot.assertNotEmitted(model.modelReset):
        model.set_catalog(make_catalog(9), INFOS)
    with qtbot.waitSignal(model.modelReset):
        model.set_catalog(Catalog(("good",), ("good/1.png",), np.zeros(1, np.int32)), INFOS[:1])


def test_the_models_understand_a_real_project(qapp: object, tmp_path: Path) -> None:
    draw_classes(tmp_path, {"a": 3, "b": 2, "_unlabelled": 1})
    with Project.open(tmp_path) as project:
        catalog = project.scan()
        model = ImageListModel()
        model.set_catalog(catalog, project.classes)
        assert {info.name for row in range(6) if (info := model.class_of(row))} == {"a", "b"}
