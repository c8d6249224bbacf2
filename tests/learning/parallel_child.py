"""A training with the tiny backbone, alone or as one of the processes that `torchrun -m` starts.

Arguments as for `discern`.

TEST_FAULT="RANK WHAT" lets something befall one of them.
"""

from __future__ import annotations

import os
import sys

import pytest

from desktop_app import cli
from desktop_app.errors import WeightsError
from desktop_app.learning.model import Model
from tests import tiny


def weights_missing(patch: pytest.MonkeyPatch) -> None:
    from desktop_app.learning import networks

    def missing(backbone: object) -> None:
        raise WeightsError("The pretrained network is missing.", why="Its file is gone.", hint="Install it again.")

    patch.setattr(networks, "pretrained", missing)


def killed(patch: pytest.MonkeyPatch) -> None:
    from desktop_app.learning.fine_tuning import FineTuning

    patch.setattr(FineTuning, "_check", lambda phase: os.kill(os.getpid(), 9))


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        tiny.install(patch)
        patch.setattr(Model, "beats", lambda model, other, *how: True)  # the last epoch of fine-tuning is kept
        rank, _, what = os.environ.get("TEST_FAULT", "").partition(" ")
        if rank == os.environ.get("RANK"):
            globals()[what](patch)
        sys.exit(cli.main(sys.argv[1:]))
