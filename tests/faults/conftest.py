from pathlib import Path

import pytest

from tests.packages import make_package


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid package, for looking at only."""
    return make_package(tmp_path_factory.mktemp("package"))
