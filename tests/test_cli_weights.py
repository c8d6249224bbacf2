"""`discern weights`: what is printed, and what scripts get."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from desktop_app import cli, settings, storage
from desktop_app.learning import backbones, library, speeds
from desktop_app.learning.backbones import BACKBONES
from tests.drawing import draw_classes
from tests.random_backbones import official_file


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    backbone, path = official_file(BACKBONES["mobilenet_v3_small"], tmp_path)
    monkeypatch.setitem(backbones.BACKBONES, backbone.name, backbone)
    return path


def json_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_network_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    speeds._remember(BACKBONES["efficientnet_lite0"], 231.0)
    assert cli.main(["weights", "list"]) == cli.DONE
    printed = capsys.readouterr().out
    rows = {line.split()[0]: line for line in printed.splitlines() if line}
    assert "here" in rows["efficientnet_lite0"]
    assert "231/s" in rows["efficientnet_lite0"]
    assert all(part in rows["resnet50"] for part in ("missing", "103 MB", "76.1 %", "about", "BSD-3-Clause"))
    assert f"3 of {len(BACKBONES)} are on this computer." in printed


def test_the_list_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    storage.write_atomic(library.part_file(BACKBONES["resnet50"]), b"begun")
    assert cli.main(["weights", "list", "--json"]) == cli.DONE
    (document,) = json_lines(capsys)
    rows = {row["name"]: row for row in document["networks"]}  # type: ignore[union-attr, index]
    assert rows.keys() == BACKBONES.keys()
    assert rows["resnet50"]["url"] == "https://download.pytorch.org/models/resnet50-0676ba61.pth"
    assert (rows["resnet50"]["installed"], rows["resnet50"]["begun"]) == (False, 5)
    assert (rows["efficientnet_lite0"]["installed"], rows["efficientnet_lite0"]["bundled"]) == (True, True)


def test_add_copy_and_remove(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["weights", "add", str(file)]) == cli.DONE
    assert "mobilenet_v3_small is ready to be used" in capsys.readouterr().out
    assert cli.main(["weights", "copy", "mobilenet_v3_small", "--to", str(tmp_path / "stick"), "--json"]) == cli.DONE
    copied = json_lines(capsys)[-1]
    assert copied["event"] == "networks_copied"
    (name,) = copied["files"]  # type: ignore[misc]
    assert cli.main(["weights", "remove", "mobilenet_v3_small"]) == cli.DONE
    assert "is removed" in capsys.readouterr().out
    assert cli.main(["weights", "remove", "mobilenet_v3_small"]) == cli.DONE
    assert "was not on this computer" in capsys.readouterr().out
    assert cli.main(["weights", "add", str(tmp_path / "stick" / name)]) == cli.DONE
    assert library.is_installed(backbones.BACKBONES["mobilenet_v3_small"])


def test_of_several_files_the_good_ones_are_added(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.pth"
    bad.write_bytes(b"bad")
    assert cli.main(["weights", "add", str(bad), str(file)]) == cli.DONE
    printed = capsys.readouterr().out
    assert "Warning: “bad.pth” is no pretrained network that Discern knows." in printed
    assert "mobilenet_v3_small is ready to be used" in printed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "gone.pth"], "“gone.pth” can't be read"),
        (["copy", "resnet50", "--to", "stick"], "not on this computer"),
        (["remove", "efficientnet_lite0"], "part of Discern"),
        (["download", "efficientnet_lite0"], "on this computer already"),
    ],
)
def test_problems_are_told(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["weights", *arguments]) == cli.PROBLEM
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["remove", "resnet49"], ["copy", "resnet50"], ["add"], ["add", ""]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["weights", *arguments])
    assert caught.value.code == 2
    capsys.readouterr()


def test_training_with_a_missing_network_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw_classes(tmp_path / "p", ("a", "b"), each=1)
    assert cli.main(["train", str(tmp_path / "p"), "--backbone", "resnet50"]) == cli.PROBLEM
    told = capsys.readouterr().err
    assert "“ResNet-50” is not on this computer" in told
    assert "discern weights download resnet50" in told
    assert not (tmp_path / "p" / ".discern").exists()
    shutil.rmtree(settings.data_folder())
