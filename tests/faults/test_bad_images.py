"""No picture file, however bad, crashes, hangs or swamps the loader; each is loaded or refused with a short reason.

To try other files as well, with those in the folders below:

    DISCERN_BAD_IMAGES=FOLDER ./packaging/test tests/faults/test_bad_images.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.faults import bad_images
from tests.faults.bad_images import BadImage

CHILD = Path(__file__).with_name("loader_child.py")
SECONDS = 10.0
BYTES = 1 << 30
TILE_CHARACTERS = 40  # a reason has to fit on a tile

Outcomes = dict[str, list[dict[str, Any]]]

QUICK = {case.name: case for case in bad_images.quick()}


def load_all(folder: Path) -> Outcomes:
    """What the loader made of each file in a folder, in a child process."""
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", CHILD, folder], capture_output=True, text=True, check=False
    )
    outcomes: Outcomes = {}
    for line in run.stdout.splitlines():
        result = json.loads(line)
        outcomes.setdefault(result["name"], []).append(result)
    assert run.returncode == 0, f"ended with {run.returncode} after {list(outcomes)[-1:]}\n{run.stderr[-3000:]}"
    return outcomes


def write_all(cases: Iterable[BadImage], folder: Path) -> Path:
    for case in cases:
        (folder / case.name).write_bytes(case.data)
    return folder


def check(results: list[dict[str, Any]], expected: tuple[int, int] | str | None) -> None:
    """`expected`: a picture of that height and width, the beginning of a reason, or None for either."""
    assert len(results) == 2  # full size, and small
    for result in results:
        assert result["seconds"] < SECONDS
        assert result["peak"] < BYTES
        if "reason" in result:
            assert 0 < len(result["reason"]) <= TILE_CHARACTERS
            assert "{" not in result["reason"]
    if isinstance(expected, tuple):
        assert results[0].get("shape") == [*expected, 3], results[0]
    elif expected is not None:
        assert results[0].get("reason", "a picture").startswith(expected), results[0]


def summary(results: list[dict[str, Any]]) -> str:
    seconds, peak = (max(result[key] for result in results) for key in ("seconds", "peak"))
    return f"{seconds:.1f} s, {peak / 1e6:.0f} MB, {results[0].get('reason', 'loaded')}"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return load_all(write_all(QUICK.values(), tmp_path_factory.mktemp("bad")))


def test_enough_files() -> None:
    assert len(QUICK) >= 60
    assert len({case.name.casefold() for case in bad_images.quick()}) == len(QUICK)


@pytest.mark.parametrize("name", QUICK)
def test_bad_image(outcomes: Outcomes, name: str) -> None:
    check(outcomes[name], QUICK[name].outcome)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="platform: there are no pipes with names")
def test_things_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nothing")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    expected = {
        "pipe.jpg": "not a regular file",
        "loop.jpg": "not a regular file",
        "dangling.jpg": "no longer there",
        "zero.jpg": "not a regular file",
    }
    outcomes = load_all(tmp_path)
    assert outcomes.keys() == expected.keys()
    for name, reason in expected.items():
        check(outcomes[name], reason)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_large_images(tmp_path: Path) -> None:
    for case in bad_images.slow():
        folder = tmp_path / "one"
        folder.mkdir()
        path = folder / case.name
        path.write_bytes(case.data)
        results = load_all(folder)[case.name]
        print(case.name, summary(results))
        check(results, case.outcome or None)
        path.unlink()
        folder.rmdir()


@pytest.mark.timeout(7200)
def test_images_of_your_own() -> None:
    folder = os.environ.get("DISCERN_BAD_IMAGES")
    if not folder:
        pytest.skip("real data: name a folder of bad pictures in DISCERN_BAD_IMAGES")
    for name, results in load_all(Path(folder)).items():
        print(name, summary(results))
        for first in range(0, len(results), 2):  # files of the same name in several folders
            check(results[first : first + 2], None)
