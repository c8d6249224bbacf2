"""Files of networks are read in the worker process: what is wrong with one costs a message, and never the window."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from desktop_app.engine.jobs import AddNetworksJob
from desktop_app.engine.process import Engine
from desktop_app.errors import WeightsError
from desktop_app.events import NetworkAdded
from desktop_app.learning import library
from desktop_app.learning.backbones import BACKBONES


def test_files_are_added_or_refused_in_the_worker_process(tmp_path: Path) -> None:
    lite0 = BACKBONES["efficientnet_lite0"]
    bundled = library.bundled_file(lite0)
    assert bundled is not None
    renamed = Path(shutil.copy(bundled, tmp_path / "from a stick.bin"))
    torn = tmp_path / lite0.weights
    torn.write_bytes(bundled.read_bytes()[:100_000])
    pipe = tmp_path / "pipe.pth"
    os.mkfifo(pipe)
    engine = Engine()
    try:
        *_, last = engine.run(AddNetworksJob([str(renamed)]))
        assert last == NetworkAdded(lite0.name, library.converted_file(lite0).stat().st_size)
        for file, says in ((torn, "not the file that was published"), (pipe, "not an ordinary file")):
            with pytest.raises(WeightsError, match=says):
                list(engine.run(AddNetworksJob([str(file)])))
    finally:
        engine.stop()
