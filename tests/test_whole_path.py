"""From drawn pictures to sorted ones through the command line, each command a process without any network."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

# Ends the program at its first socket that could leave the computer, whoever opens it and whatever they catch.
WITHOUT_NETWORK = """
import os, socket, sys

def refuse(event, arguments):
    if event == "socket.__new__" and arguments[1] in (socket.AF_INET, socket.AF_INET6):
        os.write(2, b"a socket was opened")
        os._exit(99)

sys.addaudithook(refuse)
from desktop_app.__main__ import main
sys.exit(main())
"""


def can_cut_the_network() -> bool:
    unshare = shutil.which("unshare")
    return bool(unshare) and subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode == 0


CUT = ["unshare", "-rn"] if can_cut_the_network() else []  # a network without even a loopback


def discern(*arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
    """Run a command with --json; the events that it printed."""
    command = [*CUT, sys.executable, "-c", WITHOUT_NETWORK, *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def washers(tmp_path_factory) -> Path:
    project = tmp_path_factory.mktemp("projects") / "washers"
    drawn = discern("sample", project)[-1]
    assert drawn["event"] == "sample_drawn"
    assert drawn["pictures"] == 120
    return project


@pytest.fixture(scope="module")
def trained(washers) -> dict[str, Any]:
    return discern("train", washers, "--recipe", "quick")[-1]


@pytest.fixture(scope="module")
def package(washers, trained) -> Path:
    package = washers.parent / "washers.discern"
    exported = discern("export", washers, "--out", package)[-1]
    assert exported["path"] == str(package)
    assert exported["largest_difference"] < 1e-3
    return package


def test_training_ends_with_its_result(trained):
    assert trained["event"] == "trained"
    assert trained["run"] == "run-0001"
    assert trained["n"] == 24
    assert not trained["stopped"]


def test_the_last_line_of_evaluate_is_the_result(washers, trained):
    result = discern("evaluate", washers, "--run", "run-0001")[-1]
    assert result["n"] == 24
    assert result["classes"] == ["good", "scratched", "chipped"]
    assert sum(map(sum, result["confusion"])) == 24
    assert result["accuracy"] == result["right"] / 24
    assert result["interval"][0] < result["accuracy"] <= result["interval"][1]
    assert 0 <= result["balanced_accuracy"] <= 1
    assert 0 <= result["macro_f1"] <= 1
    assert result["accuracy"] > 0.6  # chance is 0.33


def test_info_tells_what_is_there(washers, trained):
    (document,) = discern("info", washers)
    assert document["classes"] == {"good": 40, "scratched": 40, "chipped": 40}
    assert document["splits"] == {"train": 72, "validation": 24, "test": 24, "none": 0}
    assert [run["run"] for run in document["runs"]] == ["run-0001"]
    assert document["runs"][0]["validation"]["n"] == 24


def test_info_of_a_package(package):
    (document,) = discern("info", package)
    assert document["kind"] == "package"
    assert document["classes"] == ["good", "scratched", "chipped"]


def test_a_folder_is_sorted_into_copies_and_a_table(washers, package, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    for picture in sorted((washers / "good").iterdir())[:5]:
        shutil.copy(picture, new)
    (new / "torn.png").write_bytes(b"\x89PNG\r\n")
    before = {path.name: path.read_bytes() for path in new.iterdir()}
    result = discern("predict", package, new, "--csv", tmp_path / "out.csv", "--sort-into", tmp_path / "sorted")[-1]
    assert result["event"] == "folder_predicted"
    assert result["unreadable"] == 1
    assert result["copied"] == 5
    assert {path.name: path.read_bytes() for path in new.iterdir()} == before
    with open(tmp_path / "out.csv", encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6
    copies = Counter(path.parent.name for path in (tmp_path / "sorted").rglob("*.*"))
    assert copies == Counter({name: n for name, n in result["counts"].items() if n})


def test_problems_are_told_once_and_clearly(washers, package, tmp_path):
    torn = tmp_path / "torn.discern"
    torn.write_bytes(package.read_bytes()[:5000])
    text = tmp_path / "text.discern"
    text.write_text("no package\n" * 100)
    for arguments, words in [
        (("evaluate", washers, "--run", "run-0099"), "run-0099"),
        (("predict", torn, washers, "--csv", tmp_path / "o.csv"), "package can't be used"),
        (("info", text), "package can't be used"),
        (("info", tmp_path / "nothing.discern"), "nothing.discern"),
        (("train", tmp_path / "nowhere"), "nowhere"),
    ]:
        (error,) = [event for event in discern(*arguments, code=1) if event["event"] == "error"]
        assert words in error["what"], error
        assert error["hint"], error


def test_the_weights_library_opens_no_connection_by_itself(tmp_path):
    """Only a download does, and that is not asked for here."""
    networks = {row["name"]: row for row in discern("weights", "list")[-1]["networks"]}
    assert not networks["resnet50"]["installed"]
    copied = discern("weights", "copy", "efficientnet_lite0", "--to", tmp_path)[-1]
    assert copied["files"] == [networks["efficientnet_lite0"]["file"]]
    assert discern("weights", "add", tmp_path / copied["files"][0])[-1]["event"] == "network_added"
