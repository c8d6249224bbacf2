from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.fault_disk import memory_folder
from tests.faults.totals import Totals
from tests.packages import make_package
from tests.tiny import graph, tiny  # noqa: F401  fixtures


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid package, for looking at only."""
    return make_package(tmp_path_factory.mktemp("package"))


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory."""
    folder = memory_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def totals(request: pytest.FixtureRequest) -> Iterator[Totals]:
    """What the tests survived: printed at the end, or handed to `python -m tests.faults`."""
    counts = Totals()
    yield counts
    if share := os.environ.get("DISCERN_FAULTS_SHARE"):
        counts.write(Path(share) / f"{os.getpid()}.json")
    else:
        with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
            print(f"\n{counts}")


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Processes that share a folder share the tests: each runs those that no other has begun."""
    share = os.environ.get("DISCERN_FAULTS_SHARE")
    if share is None:
        return None
    mine = filter(lambda item: _is_ours(Path(share), item), session.items)
    item = next(mine, None)
    while item is not None:
        following = next(mine, None)  # needed to end the fixtures that it does not share
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        item = following
    return True


def _is_ours(share: Path, item: pytest.Item) -> bool:
    try:
        (share / hashlib.sha256(item.nodeid.encode()).hexdigest()).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
