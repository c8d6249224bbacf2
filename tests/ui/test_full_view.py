"""One picture in full, beside another one, and what the network gets of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt
from PySide6.QtTest import QTest

from desktop_app.features.heat import Method
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.project.project import Project
from desktop_app.ui import heat_words
from desktop_app.ui.models.class_marks import KnownClass
from desktop_app.ui.models.heat import HeatSeen, ramp
from desktop_app.ui.models.preparation import Preparation
from desktop_app.ui.models.tiles import PictureModel, Tile, TileSplit
from desktop_app.ui.pages.full_view import FullView
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from desktop_app.ui.tokens import HEAT
from tests.drawing import draw_classes
from tests.packages import trained_project
from tests.ui import demo

WIDE, LARGE, BROKEN = "good/wide.png", "good/large.png", "good/text.jpg"


class Pictures(PictureModel):
    """The pictures of the open project, in the order of its catalog."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        assert session.catalog is not None
        self.files = list(session.catalog.files)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return len(self.files)

    def data(self, index: Any, role: int = 0) -> None:
        return None

    def file(self, row: int) -> str:
        return self.files[row]

    def tile(self, row: int) -> Tile:
        return Tile(self.files[row], self.files[row])

    def class_of(self, row: int) -> KnownClass | None:
        return None

    def split_of(self, row: int) -> TileSplit:
        return "test" if row == 0 else ""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = draw_classes(tmp_path / "parts", {"good": 4, "scratched": 4})
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 256, (50, 100, 3), np.uint8)).save(root / WIDE)
    Image.fromarray(random.integers(100, 140, (600, 6000), np.uint8)).save(root / LARGE, compress_level=1)
    (root / BROKEN).write_text("hello", encoding="utf-8")
    return root


@pytest.fixture
def opened(qtbot: Any, root: Path, engine: demo.PlayedEngine) -> Iterator[Session]:
    session = demo.open_session(qtbot, root, engine)
    yield session
    demo.close_session(qtbot, session)


@pytest.fixture
def full(qtbot: Any, opened: Session, theme: Theme) -> FullView:
    view = FullView(opened, Pictures(opened), theme)
    qtbot.addWidget(view)
    view.resize(1344, 812)
    view.show_row(0)
    view.show()
    demo.play_out(opened, qtbot)
    return view


def go_to(full: FullView, file: str, qtbot: Any) -> None:
    full.show_row(full._model.files.index(file))  # type: ignore[attr-defined]
    demo.play_out(full._session, qtbot)


def press(full: FullView, key: Qt.Key, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(full, key, modifiers)


# ---- going through


def test_keys_go_through_the_pictures(full: FullView) -> None:
    last = full._model.rowCount() - 1
    for key, row in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 2),
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_End, last),
        (Qt.Key.Key_Right, last),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Left, 0),
    ):
        press(full, key)
        assert full.row == row
    assert not full._previous.isEnabled()
    assert full._next.isEnabled()


def test_the_next_one_is_ready_before_it_is_asked_for(full: FullView, qtbot: Any) -> None:
    press(full, Qt.Key.Key_Right)
    file = full._model.file(1)
    picture = full._pictures.picture(file)
    assert picture is not None
    assert full.picture.image is picture.levels[0], "at once, in the same turn of the loop"


def test_going_on_while_zoomed_stays_where_it_was(full: FullView, qtbot: Any) -> None:
    press(full, Qt.Key.Key_Plus)
    look = full.picture.look
    assert look.zoom == pytest.approx(min(1.25, 16 / full.picture._fitted()))
    press(full, Qt.Key.Key_Right)
    assert full.picture.look == look
    press(full, Qt.Key.Key_Z)
    assert full._zoom.text() == "100 %"
    press(full, Qt.Key.Key_F)
    assert full.picture.look.zoom == 1


def test_the_film_strip_goes_to_a_neighbour(full: FullView, qtbot: Any) -> None:
    place = full.strip.place_of(3).center().toPoint()
    QTest.mouseClick(full.strip, Qt.MouseButton.LeftButton, pos=place)
    assert full.row == 3
    QTest.mouseClick(full.strip, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert full.row == 3
    assert full.row in full.strip.rows()


def test_the_film_strip_stays_full_at_the_ends(full: FullView) -> None:
    full.strip.resize(5 * 72 + 32, full.strip.height())
    count = full._model.rowCount()
    for row, rows in ((0, range(5)), (1, range(5)), (5, range(3, 8)), (count - 1, range(count - 5, count))):
        full.strip.show_row(row)
        assert full.strip.rows() == rows


def test_escape_and_space_close(full: FullView, qtbot: Any) -> None:
    full.show_row(2)
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Space):
        with qtbot.waitSignal(full.closed) as closed:
            press(full, key)
        assert closed.args == [2]


def test_hidden_it_keeps_no_pictures_and_has_them_again(full: FullView, opened: Session, qtbot: Any) -> None:
    file = full._model.file(0)
    full.hide()
    assert full._pictures.picture(file) is None
    full.show()
    qtbot.waitUntil(lambda: full._pictures.picture(file) is not None)


def test_a_broken_picture_says_why(full: FullView, qtbot: Any) -> None:
    full.set_mode("input")
    go_to(full, BROKEN, qtbot)
    assert full.picture.problem == "This picture can’t be read: text, not a picture."
    assert full.panel.network.words() == "Nothing: the picture can’t be read."
    assert "comes back by itself" in full.panel.file.plain()
    assert full.stages.second.view.image is None
    go_to(full, WIDE, qtbot)
    assert full.picture.problem == ""
    assert full.stages.second.view.image is not None


def test_a_file_replaced_outside_is_shown_anew(full: FullView, root: Path, opened: Session, qtbot: Any) -> None:
    go_to(full, BROKEN, qtbot)
    Image.new("RGB", (30, 20)).save(root / BROKEN)
    opened.catalog_changed.emit(None)
    qtbot.waitUntil(lambda: full.panel.file.plain().startswith("30 × 20 pixels"))


# ---- beside a reference


def test_r_makes_a_reference_and_shows_it_beside(full: FullView, qtbot: Any) -> None:
    first = full._model.file(0)
    press(full, Qt.Key.Key_R)
    assert full.mode == "beside"
    assert full.beside.file == first
    press(full, Qt.Key.Key_Right)
    assert full.beside.file == first
    assert full.stages.second.title.text() == first.rpartition("/")[2]
    picture = full._pictures.picture(first)
    assert picture is not None
    assert full.stages.second.view.image is picture.levels[0]
    press(full, Qt.Key.Key_R)
    assert full.mode == "picture"
    assert not full.stages.second.isVisible()
    press(full, Qt.Key.Key_R)
    assert full.beside.file == first, "it is remembered"
    press(full, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert full.beside.file == full._model.file(1)


def test_zoom_and_place_are_linked_beside_a_reference(full: FullView, qtbot: Any) -> None:
    press(full, Qt.Key.Key_R)
    one, other = full.picture, full.stages.second.view
    one.zoom(3)
    assert other.look == one.look
    other.zoom(-1)
    assert one.look == other.look
    press(full, Qt.Key.Key_F)
    assert other.look == one.look
    full.set_mode("input")
    one.zoom(3)
    assert other.look != one.look, "the network's input has a place of its own"


def test_beside_the_neighbours(full: FullView, qtbot: Any) -> None:
    full.show_row(1)
    full.set_mode("beside")
    full.beside.chips["previous"].click()
    assert full.beside.file == full._model.file(0)
    full.beside.chips["next"].click()
    assert full.beside.file == full._model.file(2)
    press(full, Qt.Key.Key_End)
    assert full.beside.file == ""
    assert full.stages.second.view.accessibleDescription() == "There is none: this is the end of the list."
    full.beside.pin.click()
    assert full.beside.file == full._model.file(full.row)


def test_a_reference_that_is_moved_stays_the_reference(full: FullView, opened: Session) -> None:
    press(full, Qt.Key.Key_R)
    old = full._model.file(0)
    opened.organiser.pictures_moved.emit({old: "scratched/new.png"}, {})
    assert full.beside.file == "scratched/new.png"
    assert full._pictures.picture("scratched/new.png") is not None


def test_another_project_begins_anew(full: FullView, opened: Session, qtbot: Any) -> None:
    press(full, Qt.Key.Key_R)
    opened.close()
    qtbot.waitUntil(lambda: opened.project is None)
    assert full.mode == "picture"
    assert full.beside.reference == ""
    assert full.row == -1
    assert full.picture.image is None


# ---- the network's input


def test_what_the_network_sees_is_beside_and_in_words(full: FullView, qtbot: Any) -> None:
    press(full, Qt.Key.Key_I)
    go_to(full, WIDE, qtbot)
    words = full.panel.network.words().replace("\N{NO-BREAK SPACE}", " ")
    assert words.startswith("224 × 224 px enlarged 2.24 ×, nothing cut off, border above and below, 50 %")
    assert words.endswith("As training would see it.")
    seen = full.stages.second.view.image
    assert seen is not None
    assert (seen.width(), seen.height()) == (224, 224)
    assert seen.pixelColor(100, 10).getRgb()[:3] == (128, 128, 128), "the border"
    press(full, Qt.Key.Key_I)
    assert full.mode == "picture"


def test_another_fit_is_only_shown(full: FullView, qtbot: Any) -> None:
    go_to(full, WIDE, qtbot)
    full.panel.network.fit_chosen.emit("crop")
    demo.play_out(full._session, qtbot)
    words = full.panel.network.words()
    assert "50\N{NO-BREAK SPACE}% cut off at the left and right" in words
    assert words.endswith("Only shown: “crop” changes nothing, training would use “pad”.")


def test_the_newest_run_prepares(root: Path, qtbot: Any, engine: demo.PlayedEngine, theme: Theme) -> None:
    half = (0.5, 0.5, 0.5)
    with Project.open(root) as project:
        demo.add_run(project, preprocessing=Preprocessing(96, half, half, "squash").to_dict())
    session = demo.open_session(qtbot, root, engine)
    view = FullView(session, Pictures(session), theme)
    qtbot.addWidget(view)
    view.show()
    go_to(view, WIDE, qtbot)
    words = view.panel.network.words().replace("\N{NO-BREAK SPACE}", " ")
    assert words.startswith("96 × 96 px")
    assert words.endswith("As Run 1 sees it.")
    demo.close_session(qtbot, session)


def test_a_page_may_say_who_prepares(opened: Session, theme: Theme, qtbot: Any) -> None:
    half = (0.5, 0.5, 0.5)
    view = FullView(
        opened,
        Pictures(opened),
        theme,
        preparation=lambda: Preparation(Preprocessing(64, half, half, "crop"), "Pump 12"),
    )
    qtbot.addWidget(view)
    view.show()
    go_to(view, WIDE, qtbot)
    assert view.panel.network.words().startswith("64 × 64\N{NO-BREAK SPACE}px")
    assert view.panel.network.words().endswith("As Pump 12 sees it.")


# ---- contrast, and all pixels


def test_contrast_is_stretched_for_viewing_only(full: FullView, root: Path, qtbot: Any) -> None:
    go_to(full, LARGE, qtbot)
    before = (root / LARGE).read_bytes()
    picture = full._pictures.picture(LARGE)
    assert picture is not None
    press(full, Qt.Key.Key_C)
    assert full._contrast.text() == "Contrast stretched, for viewing only"
    qtbot.waitUntil(lambda: full._pictures.picture(LARGE) is not None)
    stretched = full._pictures.picture(LARGE)
    assert stretched is not None
    assert stretched.stretch != picture.stretch
    assert (root / LARGE).read_bytes() == before
    assert full.panel.network.words() != ""
    demo.play_out(full._session, qtbot)


def test_a_large_picture_has_all_its_pixels_where_one_looks(full: FullView, qtbot: Any) -> None:
    go_to(full, LARGE, qtbot)
    assert "fewer pixels" in full.panel.notes.plain()
    press(full, Qt.Key.Key_Z)
    qtbot.waitUntil(lambda: full.picture._part is not None)
    assert full.picture._part is not None
    part, image = full.picture._part
    assert image.size() == part.size()
    press(full, Qt.Key.Key_Right)
    assert full.picture._part is None, "it belongs to the other picture"


# ---- where the model looks


@pytest.fixture
def explaining(qtbot: Any, tmp_path: Path, engine: demo.PlayedEngine, theme: Theme) -> Iterator[FullView]:
    project, _ = trained_project(tmp_path / "animals", each=6)
    project.close()
    session = demo.open_session(qtbot, tmp_path / "animals", engine)
    view = FullView(session, Pictures(session), theme, explained=lambda: session.runs[0])
    qtbot.addWidget(view)
    view.resize(1344, 812)
    view.show_row(0)
    view.show()
    demo.play_out(session, qtbot)
    yield view
    demo.close_session(qtbot, session)


def test_the_heat_stands_beside_the_picture_and_follows_it(qtbot: Any, explaining: FullView) -> None:
    press(explaining, Qt.Key.Key_H)
    assert explaining.mode == "heat"
    stage = explaining.stages.second
    assert stage.isVisible()
    demo.play_out(explaining._session, qtbot)
    first = stage.view.grab().toImage()
    run = explaining._session.runs[0]
    assert any(f"“{name}”" in stage.title.text() for name in run.classes)
    explaining.picture.zoom(1)
    assert stage.view.look == explaining.picture.look, "zoomed together"
    explaining.picture.fit()
    press(explaining, Qt.Key.Key_Right)
    demo.play_out(explaining._session, qtbot)
    assert stage.view.grab().toImage() != first
    press(explaining, Qt.Key.Key_H)
    assert explaining.mode == "picture"
    assert not stage.isVisible()


def test_a_model_that_can_not_be_read_says_so(qtbot: Any, explaining: FullView) -> None:
    explaining._session.runs[0].model_onnx.write_bytes(b"no graph")
    press(explaining, Qt.Key.Key_H)
    demo.play_out(explaining._session, qtbot)
    assert "not one that Discern runs" in explaining.stages.second.view.accessibleDescription()


def test_without_a_model_there_is_no_heat(full: FullView) -> None:
    press(full, Qt.Key.Key_H)
    assert full.mode == "picture"


def test_what_is_said_of_the_heat() -> None:
    seen = HeatSeen(np.zeros((1, 1, 3), np.uint8), "dent", 0.9, nothing=False, on_border=True, method="covering")
    assert heat_words.about(seen) == "What speaks for “dent” is bright · roughly · it looks at the border"
    assert heat_words.about(replace(seen, nothing=True)) == "No place in it speaks for “dent”"
    assert len({heat_words.method(method) for method in get_args(Method)}) == len(get_args(Method))


def test_more_heat_is_lighter() -> None:
    light = ramp(HEAT) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(light) >= -0.5).all()
    assert light[-1] - light[0] > 200
