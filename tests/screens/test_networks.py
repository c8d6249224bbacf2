"""The Networks page: alone and beside a project, with a download that runs, is paused and fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from desktop_app.errors import WeightsError
from desktop_app.events import BackbonesRanked, NetworkAdded, Progress, Step
from desktop_app.learning import library, speeds
from desktop_app.learning.backbones import BACKBONES, Backbone
from desktop_app.ui.widgets.fold import Fold
from tests.ui.demo import XSDD, draw_project
from tests.ui.test_advice import LITE0
from tests.ui.test_networks_page import begin_download, install

pytestmark = pytest.mark.display


def test_networks(walk_with: Any, tmp_path: Path, qtbot: Any) -> None:
    install("resnet18")
    begin_download("resnet34")
    for name, rate in (("efficientnet_lite0", 231.0), ("resnet18", 118.0)):
        speeds._remember(BACKBONES[name], rate)
    walk, engine = walk_with()
    walk.window.show_networks()
    walk.shoot("08-networks-alone")
    walk.open(draw_project(tmp_path / "Strip line 3", XSDD))
    page = walk.page("networks")
    for name, network in (("missing", "resnet50"), ("paused", "resnet34"), ("installed", "resnet18")):
        page.table.choose(network)
        walk.shoot(f"08-networks-{name}")
    page.table.choose("resnet50")
    walk.click(page.download)
    engine.play(Progress(Step.DOWNLOAD, 25_000_000, 102_000_000, 34.0))
    walk.shoot("08-networks-downloading")
    engine.end(
        WeightsError(
            "“{title}” could not be downloaded.",
            why="{site} does not answer.",
            hint="What has come is kept: try again later. Or add the file “{file}” from a stick.",
            title="ResNet-50",
            site="download.pytorch.org",
            file="resnet50-0676ba61.pth",
        )
    )
    walk.shoot("08-networks-failed")
    page.add_files([Path("/stick/resnet50-0676ba61.pth")])
    install("resnet50")
    engine.play(NetworkAdded("resnet50", 1))
    engine.end()
    walk.shoot("08-networks-added")
    page.drop.set_hot(True)
    page._stack.setCurrentWidget(page.drop)
    walk.shoot("08-networks-drop")


@pytest.mark.parametrize("here", ["none", "one", "all"])
def test_a_new_persons_networks(
    walk_with: Any, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    """Without any network on this computer nothing can be trained; the page says what to do. And with one, and all."""

    def shelf(row: Backbone) -> library.Shelf:
        installed = here == "all" or (here == "one" and row.name == "efficientnet_lite0")
        return library.Shelf(row, installed=installed, bundled=False)

    monkeypatch.setattr(library, "shelf", shelf)
    walk, engine = walk_with()
    walk.window.show_networks()
    walk.shoot(f"08-networks-{here}-alone")
    walk.open(draw_project(tmp_path / "Strip line 3", XSDD))
    page = walk.page("train")
    page.left.form.network_fold.set_open(True)
    scroll = page.left.form_scroll.verticalScrollBar()
    walk.settle()
    scroll.setValue(scroll.maximum())
    for fold in page.advice.findChildren(Fold):
        fold.set_open(True)
    networks = page.advice.networks
    assert networks.button.isEnabled() == page.advice.pictures.button.isEnabled() == (here != "none")
    assert bool(networks.status.text()) == (here == "none")
    if here == "one":
        walk.click(networks.button)
        engine.play(LITE0, BackbonesRanked([LITE0], ["resnet50"], LITE0.n, 135, 7, "s"))
        engine.end()
        qtbot.waitUntil(lambda: not walk.session.busy)
    walk.shoot(f"03-train-networks-{here}")
