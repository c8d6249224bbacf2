"""The Networks page: what is here and what is missing, and what a person can do about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QFileDialog

from desktop_app import storage
from desktop_app.engine.jobs import AddNetworksJob, CopyNetworksJob, DownloadNetworkJob, TimeNetworksJob
from desktop_app.errors import WeightsError
from desktop_app.events import NetworkAdded, NetworksCopied, Notice, Progress, Step, StepStarted
from desktop_app.learning import library
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.library import Shelf
from desktop_app.learning.speeds import Speed
from desktop_app.ui.dialogs.question import Question
from desktop_app.ui.main_window import MainWindow
from desktop_app.ui.models.networks import Column, Library, NetworksModel
from desktop_app.ui.pages.networks import NetworksPage
from desktop_app.ui.session import Session
from desktop_app.ui.theme import Theme
from tests.ui.demo import PlayedEngine, draw_project, play_out, show_page


def install(name: str) -> None:
    """Something where the network's weights belong."""
    storage.write_atomic(library.converted_file(BACKBONES[name]), b"weights")


def begin_download(name: str, size: int = 30_000_000) -> None:
    storage.write_atomic(library.part_file(BACKBONES[name]), b"")
    with library.part_file(BACKBONES[name]).open("wb") as part:
        part.truncate(size)


@pytest.fixture
def page(qtbot: Any, session: Session, theme: Theme) -> NetworksPage:
    install("resnet18")
    begin_download("resnet34")
    made = NetworksPage(session, theme)
    show_page(made, qtbot)
    return made


def state(page: NetworksPage, name: str) -> str:
    row = page.networks.row_of(name)
    return str(page.networks.index(row, Column.STATE).data())


def settle(page: NetworksPage, qtbot: Any) -> None:
    play_out(page.session, qtbot)


def end(page: NetworksPage, qtbot: Any, engine: PlayedEngine, error: Exception | None = None) -> None:
    with qtbot.waitSignal(page.session.job_ended):
        engine.end(error)
    settle(page, qtbot)


def happened(page: NetworksPage, qtbot: Any, engine: PlayedEngine, *events: Any) -> None:
    with qtbot.waitSignals([page.session.job_event] * len(events)):
        engine.play(*events)


# ---- what is shown


def test_every_network_is_listed_by_family(page: NetworksPage, qtmodeltester: Any) -> None:
    shown = [row.backbone.name for row in page.networks.rows if isinstance(row, Shelf)]
    assert shown == list(BACKBONES)
    families = [row for row in page.networks.rows if isinstance(row, str)]
    assert families == list(dict.fromkeys(backbone.family for backbone in BACKBONES.values()))
    assert page.count.text() == f"4 of {len(BACKBONES)} on this computer"


def test_states_in_words(page: NetworksPage) -> None:
    assert state(page, "efficientnet_lite0") == "part of Discern"
    assert state(page, "resnet18") == "installed"
    assert state(page, "resnet34") == "paused at 34 %".replace(" %", "\N{NO-BREAK SPACE}%")
    assert state(page, "resnet50") == "missing"


def test_the_model_keeps_qts_contract(qtbot: Any) -> None:
    model = NetworksModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, model)
    model.set_library(Library(library.shelves(), {"resnet18": Speed(61.4, True), "resnet50": Speed(23.4, False)}, []))
    speeds = {name: model.index(model.row_of(name), Column.SPEED).data() for name in ("resnet18", "resnet50", "vgg11")}
    assert speeds == {"resnet18": "61", "resnet50": "about 25", "vgg11": "–"}
    accuracy = model.index(model.row_of("resnet50"), Column.ACCURACY).data()
    assert accuracy == "76.1\N{NO-BREAK SPACE}%"


def test_headings_can_not_be_chosen(page: NetworksPage) -> None:
    page.table.selectAll()
    assert len(page.table.chosen()) == len(BACKBONES)


def test_only_what_makes_sense_is_offered(page: NetworksPage) -> None:
    def offered() -> set[str]:
        buttons = {"download": page.download, "discard": page.discard, "copy": page.copy, "remove": page.remove}
        return {name for name, button in buttons.items() if button.isVisible()}

    assert offered() == set()
    for name, expected in (
        ("efficientnet_lite0", {"copy"}),
        ("resnet18", {"copy", "remove"}),
        ("resnet34", {"download", "discard"}),
        ("resnet50", {"download"}),
    ):
        page.table.choose(name)
        assert offered() == expected
    assert "resnet50-0676ba61.pth" in page.what.text()
    assert "download.pytorch.org" in page.what.text()


def test_a_small_window_keeps_what_matters(page: NetworksPage) -> None:
    page.set_compact(True)
    page.resize(520, 420)
    assert page.table.isColumnHidden(Column.LICENCE)
    assert not page.table.isColumnHidden(Column.STATE)
    assert page.table.columnWidth(Column.NETWORK) >= 150


# ---- add


def test_files_are_added(page: NetworksPage, qtbot: Any, engine: PlayedEngine, monkeypatch: Any) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (["/stick/resnet50-0676ba61.pth"], ""))
    page.add.click()
    assert engine.jobs == [AddNetworksJob(["/stick/resnet50-0676ba61.pth"])]
    happened(page, qtbot, engine, StepStarted(Step.CHECK), Progress(Step.CHECK, 50, 100))
    assert page.progress.isVisible()
    assert "checking the file" in page.what.text()
    assert not page.add.isEnabled()
    install("resnet50")
    happened(page, qtbot, engine, NetworkAdded("resnet50", 100))
    end(page, qtbot, engine)
    assert state(page, "resnet50") == "installed"
    assert "ResNet-50 can be used now" in page.message.text()
    assert not page.progress.isVisible()


def test_a_refused_file_is_explained(page: NetworksPage, qtbot: Any, engine: PlayedEngine) -> None:
    page.add_files([Path("/stick/a.pth")])
    end(page, qtbot, engine, WeightsError("“{file}” is damaged.", why="It can't be read.", file="a.pth"))
    assert "“a.pth” is damaged." in page.message.text()
    assert page.add.isEnabled()


def test_of_several_files_the_good_ones_are_added(page: NetworksPage, qtbot: Any, engine: PlayedEngine) -> None:
    page.add_files([Path("/stick/a.pth"), Path("/stick/b.pth"), Path("/stick/c.pth")])
    happened(
        page,
        qtbot,
        engine,
        Notice("warning", "“a.pth” is damaged."),
        NetworkAdded("resnet50", 100),
        Notice("warning", "“c.pth” is damaged."),
    )
    end(page, qtbot, engine)
    assert "“a.pth” is damaged. 1 more could not be added either. Added: ResNet-50." in page.message.text()


def test_dropped_files_are_added(page: NetworksPage, qtbot: Any, engine: PlayedEngine) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/stick/resnet50-0676ba61.pth")])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPointF(9, 9).toPoint(), action, data, buttons, keys)
    page.dragEnterEvent(entering)
    assert entering.isAccepted()
    assert page.drop.isVisible()
    page.dropEvent(QDropEvent(QPointF(9, 9), action, data, buttons, keys))
    assert not page.drop.isVisible()
    assert engine.jobs == [AddNetworksJob(["/stick/resnet50-0676ba61.pth"])]
    end(page, qtbot, engine)
    elsewhere = QMimeData()
    elsewhere.setUrls([QUrl("https://example.invalid/resnet50-0676ba61.pth")])
    refused = QDragEnterEvent(QPointF(9, 9).toPoint(), action, elsewhere, buttons, keys)
    refused.ignore()
    page.dragEnterEvent(refused)
    assert not refused.isAccepted()


# ---- download


def test_a_download_is_begun_paused_and_goes_on(page: NetworksPage, qtbot: Any, engine: PlayedEngine) -> None:
    page.table.choose("resnet50")
    page.download.click()
    assert engine.jobs == [DownloadNetworkJob("resnet50")]
    happened(page, qtbot, engine, Progress(Step.DOWNLOAD, 25_000_000, 100_000_000, 34.0))
    assert state(page, "resnet50") == "25\N{NO-BREAK SPACE}%"
    assert "ResNet-50" in page.what.text()
    assert "25.0 MB of 100.0 MB" in page.what.text()
    assert "left" in page.what.text()
    assert page.stop.text() == "Pause"
    begin_download("resnet50", 25_000_000)
    with qtbot.waitSignal(page.session.job_ended):
        page.stop.click()
    settle(page, qtbot)
    assert state(page, "resnet50").startswith("paused at 24")
    assert page.download.text() == "Go on downloading"
    page.discard.click()
    settle(page, qtbot)
    assert state(page, "resnet50") == "missing"
    assert not library.part_file(BACKBONES["resnet50"]).exists()


def test_a_download_that_fails_is_explained(page: NetworksPage, qtbot: Any, engine: PlayedEngine) -> None:
    page.table.choose("resnet50")
    page.download.click()
    end(page, qtbot, engine, WeightsError("“{title}” could not be downloaded.", title="ResNet-50"))
    assert "could not be downloaded" in page.message.text()


# ---- copy and remove


def test_several_networks_are_copied(page: NetworksPage, qtbot: Any, engine: PlayedEngine, monkeypatch: Any) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/stick")
    page.table.choose("resnet18")
    first = page.networks.index(page.networks.row_of("efficientnet_lite0"), 0)
    selection = page.table.selectionModel()
    selection.select(first, selection.SelectionFlag.Select | selection.SelectionFlag.Rows)
    page.copy.click()
    assert engine.jobs == [CopyNetworksJob(["efficientnet_lite0", "resnet18"], "/stick")]
    happened(page, qtbot, engine, NetworksCopied("/stick", ["a.pth", "b.safetensors"], 100))
    end(page, qtbot, engine)
    assert "add these files: a.pth, b.safetensors" in page.message.text()


def test_removing_asks_first(page: NetworksPage, qtbot: Any) -> None:
    page.table.choose("resnet18")
    QTest.keyClick(page, Qt.Key.Key_Delete)
    (question,) = page.window().findChildren(Question)
    assert question.windowTitle() == "Remove ResNet-18?"
    question.reject()
    assert library.is_installed(BACKBONES["resnet18"])
    page.ask_remove()
    question = page.window().findChildren(Question)[-1]
    question.yes.click()
    settle(page, qtbot)
    assert not library.is_installed(BACKBONES["resnet18"])
    assert state(page, "resnet18") == "missing"


def test_a_disk_that_refuses_is_told(page: NetworksPage, qtbot: Any, monkeypatch: Any) -> None:
    def refuse(_: object) -> int:
        raise storage.storage_error(OSError(30, "Read-only file system"), Path("/data"))

    monkeypatch.setattr(library, "forget_download", refuse)
    page.table.choose("resnet34")
    page.discard.click()
    settle(page, qtbot)
    assert "read-only" in page.message.text()


# ---- while something else runs


def test_nothing_can_be_changed_while_another_job_runs(page: NetworksPage, qtbot: Any, engine: PlayedEngine) -> None:
    from desktop_app.engine.jobs import SampleJob

    page.table.choose("resnet50")
    page.session.start_job(SampleJob("/tmp/x"))
    assert not page.add.isEnabled()
    assert not page.download.isEnabled()
    assert "networks can be changed afterwards" in page.what.text()
    assert not page.stop.isVisible()
    end(page, qtbot, engine)
    assert page.download.isEnabled()


def test_speeds_are_measured_in_the_background(
    qtbot: Any, session: Session, theme: Theme, engine: PlayedEngine
) -> None:
    storage.write_atomic(library.graph_file(BACKBONES["efficientnet_lite0"]), b"a graph")
    page = NetworksPage(session, theme)
    qtbot.addWidget(page)
    with qtbot.waitSignal(session.background.started):
        page.show()
    assert engine.jobs == [TimeNetworksJob(["efficientnet_lite0"])]
    storage.write_json(library.folder().parent / "speeds.json", {"format": 1})
    with qtbot.waitSignal(session.background.ended):
        engine.end(WeightsError("no"))
    settle(page, qtbot)


# ---- the way to it


def test_it_stands_alone_without_a_project(qtbot: Any, window: MainWindow) -> None:
    window.show_networks()
    assert window.networks is not None
    settle(window.networks, qtbot)
    assert window.networks.isVisible()
    window.networks.back.click()
    assert window.start.isVisible()
    window.show_networks()
    QTest.keyClick(window.networks, Qt.Key.Key_Escape)
    assert window.start.isVisible()


def test_it_is_a_page_of_the_workspace(qtbot: Any, session: Session, window: MainWindow, tmp_path: Path) -> None:
    with qtbot.waitSignal(session.project_changed):
        session.open(draw_project(tmp_path / "parts", {"good": 2, "bad": 2}))
    play_out(session, qtbot)
    window.show_networks()
    assert window.workspace is not None
    page = window.workspace.page("networks")
    assert page.isVisible()
    assert not page.back.isVisible()  # type: ignore[attr-defined]
    assert not any(button.isChecked() for button in window.workspace.rail.pages.values())
    window.workspace.show_page("train")
    assert window.workspace.rail.pages["train"].isChecked()
    play_out(session, qtbot)


def test_long_names_and_no_address(qtbot: Any, theme: Theme) -> None:
    model = NetworksModel()
    long = replace(BACKBONES["resnet50"], title="A network with a very long name " * 4, site="")
    model.set_library(Library([Shelf(long, installed=False, bundled=False)], {}, []))
    assert model.rowCount() == 2
