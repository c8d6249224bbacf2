"""Pictures survive everything that can happen while they are moved: killed, refused, raced, without power.

A sample of the faults runs with all tests; every single one with `./packaging/test --faults`, which prints how many
there were.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.project import journal as journals
from tests.faults import move_faults
from tests.faults.move_faults import (
    CLASSES,
    EMPTY,
    ERRNOS,
    IMPORT,
    MORE_ERRNOS,
    PARTS,
    SORT,
    STORIES,
    TRASH,
    VOLUMES,
    Scene,
)
from tests.faults.totals import Totals

EVERY = [pytest.param(story, flavour, id=f"{story.name}-{flavour}") for story in STORIES for flavour in story.flavours]
RACED = [param for param in EVERY if param.values[0] is not EMPTY]
FIRST = [param for param in EVERY if param.values[1] == param.values[0].flavours[0]]
OTHER = [param for param in EVERY if param not in FIRST]
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def scene(memory: Path) -> Scene:
    return Scene(memory)


def check(found: move_faults.Found, totals: Totals, kind: str) -> None:
    count = 0
    for fault, problems in found:
        count += 1
        if problems:
            pytest.fail(fault + "\n" + "\n".join(problems), pytrace=False)
    assert count, "no fault was injected"
    totals.faults[kind] += count


# ---- a sample


@pytest.mark.parametrize(
    ("story", "flavour"), [(SORT, "plain"), (CLASSES, "links"), (VOLUMES, "volumes"), (IMPORT, "plain")]
)
def test_killed_as_a_process_of_its_own(scene, totals, story, flavour):
    found = move_faults.kills(scene, story, flavour, stride=11, as_process=True)
    check(found, totals, "killed before or within a call")


@pytest.mark.parametrize(
    ("story", "flavour"),
    [(TRASH, "plain"), (VOLUMES, "volumes links"), (EMPTY, "plain"), (PARTS, "plain"), (IMPORT, "links")],
)
def test_killed_at_some_calls_and_in_recovery(scene, totals, story, flavour):
    check(move_faults.kills_in_recovery(scene, story, flavour, stride=29), totals, "killed, and again in recovery")


@pytest.mark.parametrize(("story", "flavour"), EVERY)
def test_some_calls_refused(scene, totals, story, flavour):
    found = move_faults.errors(scene, story, flavour, codes=("ENOSPC", "ESTALE"), stride=29)
    check(found, totals, "calls refused, once or for good")


@pytest.mark.parametrize(("story", "flavour"), [(TRASH, "plain"), (VOLUMES, "volumes"), (IMPORT, "plain")])
def test_some_looks_refused(scene, totals, story, flavour):
    found = move_faults.errors(scene, story, flavour, codes=("EIO",), stride=13, looking=True)
    check(found, totals, "looks refused, once or for good")


@pytest.mark.parametrize(("story", "flavour"), EVERY)
def test_power_lost_at_some_calls(scene, totals, story, flavour):
    check(move_faults.power_cuts(scene, story, flavour, stride=23), totals, "states after a power cut")


@pytest.mark.parametrize(("story", "flavour"), RACED)
def test_some_raced(scene, totals, story, flavour):
    check(move_faults.races(scene, story, flavour, stride=5), totals, "races with another program")


def test_some_of_compaction_killed_and_without_power(scene, totals, monkeypatch):
    monkeypatch.setattr(journals, "COMPACT_ABOVE", 1)
    check(move_faults.kills_in_recovery(scene, SORT, "plain", stride=37), totals, "killed while compacting")
    check(move_faults.power_cuts(scene, SORT, "plain", stride=23), totals, "states after a power cut")


def test_a_real_second_volume(tmp_path, totals):
    """A folder of another volume in the project: renames out of it really fail, and really are copied."""
    command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "tests.faults.second_volume"]
    if shutil.which("unshare") is None:
        pytest.skip("platform: no way to mount without being root")
    done = subprocess.run([*command, tmp_path], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("platform: no way to mount without being root")
    assert done.returncode == 0, done.stdout + done.stderr
    totals.faults["killed between two real volumes"] += int(done.stdout.split()[-1])


# ---- all of them


@pytest.mark.slow
@pytest.mark.timeout(7200)
class TestAll:
    @pytest.mark.parametrize(("story", "flavour"), EVERY)
    def test_killed(self, scene, totals, story, flavour):
        check(move_faults.kills(scene, story, flavour), totals, "killed before or within a call")

    @pytest.mark.parametrize(("story", "flavour"), EVERY)
    def test_killed_in_recovery(self, scene, totals, story, flavour):
        stride = 1 if flavour == story.flavours[0] else 7
        found = move_faults.kills_in_recovery(scene, story, flavour, stride=stride)
        check(found, totals, "killed, and again in recovery")

    @pytest.mark.parametrize(("story", "flavour"), FIRST)
    @pytest.mark.parametrize("code", ERRNOS)
    def test_refused(self, scene, totals, story, flavour, code):
        check(move_faults.errors(scene, story, flavour, codes=(code,)), totals, "calls refused, once or for good")

    @pytest.mark.parametrize(("story", "flavour"), FIRST)
    def test_refused_for_other_reasons(self, scene, totals, story, flavour):
        """Each call meets one of them in turn."""
        for first, code in enumerate(MORE_ERRNOS, start=1):
            found = move_faults.errors(scene, story, flavour, codes=(code,), first=first, stride=len(MORE_ERRNOS))
            check(found, totals, "calls refused, once or for good")

    @pytest.mark.parametrize(("story", "flavour"), OTHER)
    def test_refused_on_other_disks(self, scene, totals, story, flavour):
        found = move_faults.errors(scene, story, flavour, codes=("EIO",), stride=3)
        check(found, totals, "calls refused, once or for good")

    @pytest.mark.parametrize(("story", "flavour"), FIRST)
    def test_looks_refused(self, scene, totals, story, flavour):
        found = move_faults.errors(scene, story, flavour, codes=("EIO",), looking=True)
        check(found, totals, "looks refused, once or for good")

    @pytest.mark.parametrize(("story", "flavour"), EVERY)
    def test_power_lost(self, scene, totals, story, flavour):
        check(move_faults.power_cuts(scene, story, flavour), totals, "states after a power cut")

    @pytest.mark.parametrize(("story", "flavour"), RACED)
    def test_raced(self, scene, totals, story, flavour):
        check(move_faults.races(scene, story, flavour), totals, "races with another program")

    def test_compaction_killed_and_without_power(self, scene, totals, monkeypatch):
        monkeypatch.setattr(journals, "COMPACT_ABOVE", 1)
        check(move_faults.kills_in_recovery(scene, SORT, "plain"), totals, "killed while compacting")
        check(move_faults.power_cuts(scene, SORT, "plain"), totals, "states after a power cut")
