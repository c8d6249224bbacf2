"""The two commands of the README, as far as they can be checked without doing their set-up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPTS = ("packaging/run", "packaging/test", "packaging/setup", ".ci/run")
SHELLCHECK = shutil.which("shellcheck")


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def pins() -> dict[str, Version]:
    lines = (REPOSITORY / "packaging" / "constraints.txt").read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {name.lower().replace("_", "-"): Version(version) for name, version in pairs}


# ---- versions


def test_every_dependency_is_pinned_within_its_bounds(project, pins):
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    for requirement in map(Requirement, wanted):
        assert pins[requirement.name.lower()] in requirement.specifier, requirement.name


def test_the_wheels_of_pyside_match_and_keep_none_alive(pins):
    family = {pins[name] for name in ("pyside6", "pyside6-addons", "pyside6-essentials", "shiboken6")}
    assert len(family) == 1
    assert family.pop() < Version("6.12")


def test_torch_and_torchvision_match(pins):
    wanted = [Requirement(text) for text in metadata.requires("torchvision") or ()]
    (torch,) = [requirement for requirement in wanted if requirement.name == "torch" and not requirement.marker]
    assert pins["torch"] in torch.specifier
    assert pins["torchvision"] == Version(Version(metadata.version("torchvision")).public)


# ---- scripts


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_sound(script):
    subprocess.run(["bash", "-n", script], cwd=REPOSITORY, check=True)
    if script != "packaging/setup":  # sourced
        assert os.access(REPOSITORY / script, os.X_OK)
        assert "set -euo pipefail" in (REPOSITORY / script).read_text("utf-8")


@pytest.mark.skipif(not SHELLCHECK, reason="platform: shellcheck is not installed")
def test_shellcheck_has_no_complaint():
    done = subprocess.run([SHELLCHECK, "-x", *SCRIPTS], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [(), ("gui",)])
def test_run_without_a_screen_says_how_to_go_on(arguments):
    environment = {"PATH": os.environ["PATH"]}
    command = [str(REPOSITORY / "packaging" / "run"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "no screen" in done.stderr
    assert "./packaging/run train PROJECT" in done.stderr


def test_ci_runs_the_tests():
    assert "packaging/test" in (REPOSITORY / ".ci" / "run").read_text("utf-8")


def install_packages(folder: Path, *wanted: str, here: str = "", known: str = "", apt_fails: bool = False) -> str:
    """What packaging/setup does to install packages on a machine that has `here` and whose release offers `known`."""
    programs = {
        "dpkg-query": f"case ' {here} ' in *\" $3 \"*) printf 'install ok installed';; esac",
        "apt-cache": f"case ' {known} ' in *\" $3 \"*) echo Package: $3;; esac",
        "apt-get": f"echo apt-get $@ >&2; exit {100 if apt_fails else 0}",
        "sudo": '[ "$1" = -n ] && shift; exec "$@"',
    }
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    command = ["bash", "-c", 'set -euo pipefail; . packaging/setup; install_packages "$@"', "setup", *wanted]
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_installed_system_packages_are_not_installed_again(tmp_path):
    assert install_packages(tmp_path, "a", "b|c", here="a c") == ""


def test_missing_system_packages_are_installed_under_the_name_they_have_here(tmp_path):
    said = install_packages(tmp_path, "a", "new|old", "other", here="a", known="old other")
    assert "apt-get -qq install -y --no-install-recommends old other\n" in said


def test_what_cannot_be_installed_is_named_and_the_rest_goes_on(tmp_path):
    said = install_packages(tmp_path, "a", "b", known="a b", apt_fails=True)
    assert "Not installed: a. Going on without it." in said
    assert "Not installed: b. Going on without it." in said


# ---- README


def test_readme_has_exactly_two_commands_that_set_up():
    text = (REPOSITORY / "README.md").read_text("utf-8")
    assert re.findall(r"^    (\./packaging/\w+)$", text, re.MULTILINE) == ["./packaging/run", "./packaging/test"]


def test_readme_shows_the_forms_of_the_command_line():
    from desktop_app.cli import _parser

    text = (REPOSITORY / "README.md").read_text("utf-8")
    commands = set(re.findall(r"^    \./packaging/run ([\w-]+) ", text, re.MULTILINE))
    known = next(action for action in _parser()._actions if action.dest == "==SUPPRESS==").choices
    assert commands == set(known) - {"gui"}


def test_the_pictures_and_licences_of_the_readme_exist():
    text = (REPOSITORY / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (REPOSITORY / target).exists(), target
