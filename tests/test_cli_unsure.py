"""`discern unsure` on a project with a real run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app import cli
from desktop_app.engine.jobs import EvaluateJob
from desktop_app.evaluation.costs import Costs
from desktop_app.evaluation.rules import Rule
from desktop_app.project.project import Access, Project
from tests.packages import trained_project


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project, _ = trained_project(tmp_path_factory.mktemp("made") / "animals", each=20)
    project.close()
    list(EvaluateJob(str(project.root), calibrate=True).events(Access.OWN))
    return project.root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Iterator[Path]:
    yield shutil.copytree(template, tmp_path / "animals")


def rule_of(root: Path) -> Rule | None:
    with Project.open(root, Access.READ) as project:
        return Rule.of(project.runs.choose(None))


def test_a_promise_is_made_told_and_taken_back(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["unsure", str(root)]) == 0
    assert capsys.readouterr().out.startswith("run-0001 always answers.\nOn the test pictures:\n  Wrong answers: ")
    assert cli.main(["unsure", str(root), "--promise", "60%"]) == 0
    said = capsys.readouterr().out
    assert "at most 60 % of answers are wrong (95 % confidence)" in said and "For a person: " in said
    rule = rule_of(root)
    assert rule is not None and rule.promise == pytest.approx(0.6)
    assert cli.main(["unsure", str(root)]) == 0
    assert capsys.readouterr().out == said, "asked without a choice, it says what it does"
    assert cli.main(["unsure", str(root), "--never"]) == 0
    assert rule_of(root) is None


def test_a_promise_that_so_few_pictures_can_not_bear(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["unsure", str(root), "--promise", "1"]) == 0
    assert "too few validation pictures to promise that" in capsys.readouterr().out


def test_costs_without_roles_and_with_them(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["unsure", str(root), "--costs", "20,1"]) == 0
    assert "Cost of 1,000 pictures: " in capsys.readouterr().out
    rule = rule_of(root)
    assert rule is not None and rule.costs == Costs(20.0, 0.0, 1.0)
    with Project.open(root) as project:
        roles = {"cat": "good", "dog": "defect", "fox": "defect"}
        project.show_classes([replace(info, role=roles[info.name]) for info in project.config.classes])
    assert cli.main(["unsure", str(root), "--costs", "20,1"]) == 1
    assert "Three costs are wanted" in capsys.readouterr().err
    assert cli.main(["unsure", str(root), "--costs", "50,5,1", "--defects", "2", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["rule"]["costs"] == {"harm": 50.0, "false_alarm": 5.0, "look": 1.0, "defects": 0.02}
    assert document["rule"]["good"] == ["cat"] and document["expected"]["cost"] >= 0
    assert cli.main(["unsure", str(root)]) == 0
    assert "False alarms: " in capsys.readouterr().out
    assert cli.main(["unsure", str(root), "--costs", "0,5,1"]) == 1
    assert "never for free" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [["--promise", "0"], ["--promise", "much"], ["--costs", "1"], ["--costs", "a,b"], ["--promise", "1", "--never"]],
)
def test_nonsense_is_wrong_usage(root: Path, flags: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["unsure", str(root), *flags])
