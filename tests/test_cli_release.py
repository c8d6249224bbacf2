"""`discern release`, `releases` and `compare`, on a project with two real runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app import cli, cli_release
from desktop_app import events as ev
from desktop_app.project.project import Access, Project
from tests.packages import trained_project, trained_run

NAME = ["--name", "Line 3", "--by", "Ada", "--why", "Fewer missed scratches"]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project, _ = trained_project(tmp_path_factory.mktemp("made") / "animals", each=20)
    with project:
        trained_run(project, mistaken=(1, 2))
    return project.root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Iterator[Path]:
    yield shutil.copytree(template, tmp_path / "animals")


def test_from_the_first_release_to_the_next(root: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    project = str(root)
    assert cli.main(["releases", project]) == 0
    assert capsys.readouterr().out == "No releases yet\n"
    assert cli.main(["release", project, "1", *NAME]) == 0
    said = capsys.readouterr().out
    assert "there is nothing to compare with" in said
    assert "Released run-0001 as “Line 3”; it is in use now." in said and "Wrote" not in said

    assert cli.main(["release", project, "2", "--check"]) == 0
    said = capsys.readouterr().out
    assert "12 test pictures of “Line 3”: run-0002 gets 4 right, “Line 3” 12." in said
    assert "8 new misses:" in said and "would be called" in said
    second = ["release", project, "run-0002", "--name", "Line 4", "--why", "To see"]
    assert cli.main(second) == 1
    assert "not released: 8 pictures" in capsys.readouterr().err
    with Project.open(root, Access.READ) as opened:
        misses = opened.scan().files
    assert cli.main([*second, "--accept", *misses]) == 0  # what is accepted beyond that does no harm
    assert "8 new misses were accepted" in capsys.readouterr().out

    assert cli.main(["releases", project]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Line 4  (in use)" and "by Ada, from run-0002: 4 of 12 right" in lines[1]
    assert lines[3] == "Line 3" and lines[5] == "  Fewer missed scratches"
    assert cli.main(["releases", project, "--use", "line 3", "--by", "Grace", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["in_use"] == "Line 3" and [one["name"] for one in document["releases"]] == ["Line 4", "Line 3"]
    assert document["releases"][1]["files"]["model.discern"]["sha256"]

    assert cli.main(["info", project]) == 0
    assert capsys.readouterr().out.endswith("In use: the release “Line 3”\n")
    out = tmp_path / "model.discern"
    assert cli.main(["export", project, "--release", "Line 3", "--out", str(out)]) == 0
    assert "Wrote" in capsys.readouterr().out
    assert cli.main(["info", str(out)]) == 0


def test_comparing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = str(root)
    assert cli.main(["release", project, "1", *NAME]) == 0
    capsys.readouterr()
    assert cli.main(["compare", project, "--with", "LINE 3"]) == 0
    said = capsys.readouterr().out
    assert "run-0002 against “Line 3”\nOn 12 test pictures: 4 to 12 right. “Line 3” is better than run-0002" in said
    assert "8 became wrong:\n  " in said and said.endswith("0 became right\n")
    assert cli.main(["compare", project, "--with", "2", "--run", "1", "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["event"], last["other"], last["right"], len(last["became_right"])) == ("compared", "run-0002", 12, 8)
    assert cli.main(["compare", project, "--with", "nobody"]) == 1
    assert "There is no run “nobody”" in capsys.readouterr().err


def test_a_release_needs_a_name_and_a_reason(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["release", str(root), "1", "--name", "Line 3"]) == 1
    assert "The reason is missing" in capsys.readouterr().err
    assert cli.main(["release", str(root), "1", "--why", "because"]) == 1
    assert "The name is empty" in capsys.readouterr().err
    assert cli.main(["release", str(root), "9", *NAME]) == 1
    assert "no run “9”" in capsys.readouterr().err


def test_a_broken_release_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["release", str(root), "1", *NAME]) == 0
    path = root / ".discern" / "releases" / "Line 3" / "release.json"
    path.chmod(0o644)
    path.write_text(path.read_text().replace("Ada", "Eve"))
    capsys.readouterr()
    assert cli.main(["releases", str(root)]) == 0
    assert "Line 3: “release.json” in it is not what it was" in capsys.readouterr().out
    assert cli.main(["compare", str(root), "--with", "Line 3"]) == 1
    assert "was changed after it was made" in capsys.readouterr().err


def test_close_calls_and_long_lists_in_words() -> None:
    event = ev.Compared("run-0002", "Line 3", "test", 40, 38, 37, ["a.png"], [f"{n}.png" for n in range(12)], 0.5)
    text = cli_release.compared(event)
    assert "38 to 37 right. Too close to call" in text and "and 2 more" in text
    assert "no picture in common" in cli_release.compared(ev.Compared("run-2", "x", "test", 0, 0, 0, [], [], 1.0))
    miss = ev.NewMiss("划痕/a\u202e.png", "0" * 32, "scratch", "", "good", 0.93, "escape")
    text = cli_release.judged(ev.GateJudged("run-0002", "", "golden", 3, 0, 2, [miss], 1, 2, 3, 4, 5))
    assert "划痕/a�.png" in text and "missed defect" in text and "3 more are left to a person." in text
