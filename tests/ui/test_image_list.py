"""The models behind the Images page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from desktop_app.project.catalog import Catalog
from desktop_app.project.columns import Columns
from desktop_app.project.config import ClassInfo
from desktop_app.project.health import Finding
from desktop_app.project.name_order import NameOrder
from desktop_app.project.project import Project
from desktop_app.ui.models.class_list import ClassListModel
from desktop_app.ui.models.image_list import ImageListModel
from desktop_app.ui.models.picture_filter import UNLABELLED, Filter, Kind, Sort, SortBy
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


def columns(catalog: Catalog | None = None, **known: Sequence[Any]) -> Columns:
    """Columns of a catalog of which only `known` is."""
    unknown = Columns.unknown((catalog or make_catalog()).files)
    values: dict[str, Any] = {name: np.array(value, getattr(unknown, name).dtype) for name, value in known.items()}
    return replace(unknown, **values)


def shown(model: ImageListModel) -> list[str]:
    return [model.file(row) for row in range(model.rowCount())]


def test_contract_of_the_picture_model(images: ImageListModel, qtmodeltester: Any) -> None:
    qtmodeltester.check(images)


KNOWN = columns(
    size=[10, 2_000, -1, 30_000, 40, 50],
    changed_ns=[5, 4, 3, 0, 1, 2],
    width=[64, 640, 0, 64, 64, 48],
    height=[64, 480, 0, 64, 128, 48],
    split=[2, 1, 0, 0, 2, -1],
    predicted=[0, 1, -1, 1, 0, 1],
    confidence=[0.9, 0.6, np.nan, 0.99, 0.7, 0.8],
)


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Filter(labels=frozenset({0, UNLABELLED})), [0, 1, 2, 5]),
        (Filter(splits=frozenset({1, 2})), [0, 1, 4]),
        (Filter(splits=frozenset({-1})), [5]),
        (Filter(problems=6), [1, 3]),
        (Filter(problems=4), [3]),
        (Filter(dates=(2, 4)), [2, 5]),
        (Filter(shapes=frozenset({(64, 64), (640, 480)})), [0, 1, 3]),
        (Filter(edges=(0, 64)), [0, 3, 5]),
        (Filter(weights=(40, 2_000)), [1, 4, 5]),
        (Filter(predicted=frozenset({1})), [1, 3, 5]),
        (Filter(confidence=(0.65, 0.9)), [0, 4, 5]),
        (Filter(name="0.PN"), [0, 3, 5]),
        (Filter(labels=frozenset({0}), splits=frozenset({2}), name="0"), [0]),
        (Filter(labels=frozenset({1}), splits=frozenset({1})), []),
    ],
)
@pytest.mark.parametrize("with_names", [True, False])
def test_criteria_narrow_down_and_values_widen(
    images: ImageListModel, wanted: Filter, rows: list[int], with_names: bool
) -> None:
    images.set_columns(KNOWN)
    images.set_findings(KNOWN.files, np.array([0, 2, 0, 4, 8, 1], np.uint16))
    if with_names:
        images.set_names(NameOrder.of(KNOWN.files))
    images.set_filter(wanted)
    assert shown(images) == [KNOWN.files[row] for row in rows]
    assert [images.row_of(file) for file in KNOWN.files] == [rows.index(n) if n in rows else -1 for n in range(6)]


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (SortBy.FOLDER, [0, 1, 2, 3, 4, 5]),
        (SortBy.NAME, [0, 3, 5, 1, 4, 2]),
        (SortBy.DATE, [4, 5, 2, 1, 0, 3]),
        (SortBy.WEIGHT, [0, 4, 5, 1, 3, 2]),
        (SortBy.PIXELS, [5, 0, 3, 4, 1, 2]),
        (SortBy.CONFIDENCE, [1, 4, 5, 0, 3, 2]),
        (SortBy.SIMILARITY, [3, 1, 0, 2, 4, 5]),
    ],
)
def test_orders(images: ImageListModel, by: SortBy, rows: list[int]) -> None:
    unknown = {SortBy.DATE: [3], SortBy.SIMILARITY: [2, 4, 5]}.get(
        by, [2] if by not in (SortBy.FOLDER, SortBy.NAME) else []
    )
    images.set_columns(KNOWN)
    images.set_names(NameOrder.of(KNOWN.files))
    images.set_distances(np.array([0.3, 0.2, np.nan, 0.1, np.nan, np.nan], np.float32))
    images.set_sort(Sort(by))
    assert shown(images) == [KNOWN.files[row] for row in rows]
    images.set_sort(Sort(by, descending=True))
    backwards = shown(images)
    assert backwards[len(backwards) - len(unknown) :] == [KNOWN.files[row] for row in unknown]  # unknown ones stay last
    if by in (SortBy.FOLDER, SortBy.DATE, SortBy.WEIGHT, SortBy.CONFIDENCE):  # no two are equal
        known = [row for row in rows if row not in unknown]
        assert backwards[: len(known)] == [KNOWN.files[row] for row in reversed(known)]


def test_what_a_filter_asks_for() -> None:
    wanted = Filter(labels=frozenset({1}), name="a", edges=(1, 2))
    assert wanted.kinds() == (Kind.CLASS, Kind.NAME, Kind.SHAPE)
    assert wanted.without(Kind.NAME, Kind.SHAPE) == Filter(labels=frozenset({1}))
    assert wanted.with_(Kind.SHAPE, Filter(shapes=frozenset({(3, 4)}))).edges is None
    assert not Filter().kinds()


def test_what_is_known_follows_a_moved_picture(images: ImageListModel) -> None:
    images.set_columns(KNOWN)
    images.set_filter(Filter(splits=frozenset({2})))
    catalog = make_catalog()
    files = list(catalog.files)
    files[0] = "scratched/0 2.png"
    labels = catalog.labels.copy()
    labels[0] = 1
    images.rename({"good/0.png": "scratched/0 2.png"}, {})
    images.set_catalog(replace(catalog, files=tuple(files), labels=labels), INFOS, kept=True)
    assert shown(images) == ["scratched/0 2.png", "scratched/1.png"]
    assert images.split_of(0) == "test"
    assert images.row_of("scratched/0 2.png") == 0 and images.row_of("good/0.png") == -1


def test_what_is_known_stays_with_the_others_when_pictures_leave(images: ImageListModel) -> None:
    images.set_columns(KNOWN)
    images.set_findings(KNOWN.files, np.arange(6, dtype=np.uint16))
    images.set_names(NameOrder.of(KNOWN.files))
    gone = ("good/1.png", "scratched/0.png")
    images.foresee(images.places_of(gone), -2)
    catalog = make_catalog()
    stays = np.array([file not in gone for file in catalog.files])
    left = tuple(file for file in catalog.files if file not in gone)
    images.rename({file: f".discern/trash/1/{file}" for file in gone}, {})
    images.set_catalog(replace(catalog, files=left, labels=catalog.labels[stays]), INFOS, kept=True)
    assert shown(images) == list(left)
    assert images.columns.split.tolist() == [2, 0, 2, -1]
    assert images.findings.tolist() == [0, 2, 4, 5]
    assert [images.row_of(file) for file in left] == [0, 1, 2, 3]
    images.set_filter(Filter(name="1.p"))
    assert shown(images) == ["scratched/1.png"]


def test_two_steps_before_the_catalog_is_there(images: ImageListModel) -> None:
    images.set_columns(KNOWN)
    images.rename({"good/0.png": "scratched/0 2.png"}, {})
    images.rename({"scratched/0 2.png": "_unlabelled/0 2.png", "good/1.png": "good/9.png"}, {})
    files = ("_unlabelled/0 2.png", "good/9.png", *make_catalog().files[2:])
    images.set_catalog(replace(make_catalog(), files=files), INFOS, kept=True)
    assert [images.split_of(row) for row in range(2)] == ["test", "validation"]


def test_what_is_known_stays_when_others_come_from_outside(images: ImageListModel) -> None:
    images.set_columns(KNOWN)
    more = make_catalog(good=5)
    images.set_catalog(more, INFOS)
    assert images.columns.split.tolist() == [2, 1, 0, -1, -1, 0, 2, -1]
    assert images.row_of("good/4.png") == 4
    images.set_columns(KNOWN)  # a late answer, for the list that was
    assert images.columns.split.tolist() == [2, 1, 0, -1, -1, 0, 2, -1]


def test_what_a_model_says_follows_the_numbers_of_the_classes(images: ImageListModel) -> None:
    images.set_columns(KNOWN)
    images.set_filter(Filter(predicted=frozenset({1}), labels=frozenset({0})))
    assert shown(images) == ["good/1.png"]
    tile = images.tile(0)
    assert tile.suggestion is not None and (tile.suggestion.colour, tile.suggestion.key) == (1, "2")
    catalog = make_catalog()
    swapped = replace(catalog, classes=("scratched", "good"), labels=np.array([1, 1, 1, 0, 0, -1], np.int32))
    images.set_catalog(swapped, INFOS, kept=True)
    assert images.filter == Filter(predicted=frozenset({0}), labels=frozenset({1}))
    assert shown(images) == ["good/1.png"]
    assert images.suggestion(0) is not None
    images.set_filter(Filter(labels=frozenset({1})))
    assert images.suggestion(0) is None  # the model says what it is


def test_new_knowledge_makes_the_list_anew_only_where_it_matters(images: ImageListModel, qtbot: Any) -> None:
    with qtbot.assertNotEmitted(images.modelReset), qtbot.waitSignal(images.dataChanged):
        images.set_columns(KNOWN)
    images.set_sort(Sort(SortBy.DATE))
    with qtbot.waitSignal(images.modelReset):
        images.set_columns(replace(KNOWN, changed_ns=KNOWN.changed_ns[::-1].copy()))


def test_contract_of_the_class_model(qapp: object, qtmodeltester: Any) -> None:
    model = ClassListModel()
    model.set_catalog(make_catalog(), INFOS)
    qtmodeltester.check(model)


def test_filters(images: ImageListModel) -> None:
    assert images.rowCount() == images.total == 6
    images.set_filter(Filter(labels=frozenset({1})))
    assert shown(images) == ["scratched/0.png", "scratched/1.png"]
    images.set_filter(Filter(labels=frozenset({UNLABELLED})))
    assert shown(images) == ["_unlabelled/0.png"]
    images.set_problem("good/1.png", "empty file")
    images.set_filter(Filter(problems=1))
    assert shown(images) == ["good/1.png"]
    images.set_problem("good/1.png", "")
    assert shown(images) == []
    images.set_filter(Filter())
    assert images.rowCount() == 6


def test_a_filter_for_a_class_that_is_gone_shows_everything(images: ImageListModel) -> None:
    images.set_filter(Filter(labels=frozenset({1})))
    catalog = make_catalog()
    images.set_catalog(Catalog(("good",), catalog.files[:3], catalog.labels[:3]), INFOS)
    assert images.filter == Filter()
    assert images.rowCount() == 3


def test_rows_of_files(images: ImageListModel) -> None:
    images.set_filter(Filter(labels=frozenset({1})))
    assert images.row_of("scratched/1.png") == 1
    assert images.row_of("good/0.png") == -1
    assert images.row_of("nowhere.png") == -1


def test_a_tile_tells_class_split_and_problem(images: ImageListModel) -> None:
    images.set_columns(columns(split=[2, 1, 0, -1, -1, -1]))
    assert [images.split_of(row) for row in range(3)] == ["test", "validation", ""]
    images.set_problem("good/0.png", "empty file")
    tile = images.tile(0)
    assert (tile.caption, tile.colour, tile.key, tile.split, tile.problem) == ("0.png", 0, "1", "test", "empty file")
    assert images.tile(5).colour == -1


def test_a_screen_reader_hears_it_too(images: ImageListModel) -> None:
    images.set_columns(columns(split=[2, -1, -1, -1, -1, -1]))
    spoken = images.data(images.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "0.png, good, test picture"
    assert images.data(images.index(5), Qt.ItemDataRole.AccessibleTextRole) == "0.png, unlabelled"
    images.set_problem("good/0.png", "empty file")
    assert "empty file" in images.data(images.index(0), Qt.ItemDataRole.AccessibleTextRole)


def test_a_tile_tells_the_gravest_of_its_findings(images: ImageListModel) -> None:
    assert images.tile(0).finding == ""
    images.set_findings(KNOWN.files, np.array([Finding.DARK | Finding.LEAK, 0, 0, 0, 0, Finding.DUPLICATE], np.uint16))
    assert [images.tile(row).finding for row in (0, 1, 5)] == ["lock-simple-open", "", "copy"]
    assert images.data(images.index(0), Qt.ItemDataRole.ToolTipRole) == "good/0.png\nLeak between train and test, Dark"
    assert "Copy of another file" in str(images.data(images.index(5), Qt.ItemDataRole.AccessibleTextRole))


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


def test_a_folder_that_spells_its_class_otherwise(qapp: object, tmp_path: Path) -> None:
    """As when a project travels from macOS, which decomposes accents."""
    composed, decomposed = "größe", unicodedata.normalize("NFD", "größe")
    draw_classes(tmp_path, {composed: 2, "a": 1})
    Project.open(tmp_path).close()
    (tmp_path / composed).rename(tmp_path / decomposed)
    with Project.open(tmp_path) as project:
        catalog = project.scan()
        images, classes = ImageListModel(), ClassListModel()
        images.set_catalog(catalog, project.classes)
        classes.set_catalog(catalog, project.classes)
        assert [row.name for row in classes.classes()] == ["a", decomposed]


def test_the_models_understand_a_real_project(qapp: object, tmp_path: Path) -> None:
    draw_classes(tmp_path, {"a": 3, "b": 2, "_unlabelled": 1})
    with Project.open(tmp_path) as project:
        catalog = project.scan()
        model = ImageListModel()
        model.set_catalog(catalog, project.classes)
        assert {info.name for row in range(6) if (info := model.class_of(row))} == {"a", "b"}
