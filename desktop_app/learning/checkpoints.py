"""Where a training can go on: two files, so that one is whole whatever happens while the other is written."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from desktop_app import storage
from desktop_app.learning import tensors
from desktop_app.learning.head import Head
from desktop_app.learning.model import Model
from desktop_app.learning.scores import Score
from desktop_app.learning.tensors import Tensors
from desktop_app.project.runs import Run

FORMAT = 1

log = logging.getLogger(__name__)


def save(run: Run, state: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """Write the newest checkpoint; the one before is kept.

    Raises:
        StorageError: the disk refused; the checkpoint before can still be read.
    """
    if run.checkpoint.exists():
        try:
            storage.disk.replace(run.checkpoint, run.previous_checkpoint)
        except OSError as error:
            raise storage.storage_error(error, run.checkpoint) from error
    storage.write_atomic(run.checkpoint, tensors.pack(state, {"format": FORMAT, **document}))


def load(run: Run) -> tuple[Tensors, dict[str, Any]] | None:
    """The newest checkpoint that is whole; None if there is none."""
    for path in (run.checkpoint, run.previous_checkpoint):
        try:
            state, document = tensors.unpack(path.read_bytes())
        except (OSError, ValueError):
            continue
        if document.get("format", FORMAT) == FORMAT and all(np.isfinite(value).all() for value in state.values()):
            return state, document
        log.warning("%s of %s does not fit", path.name, run.id)  # it came from elsewhere, or from a newer Discern
    return None


def best(found: tuple[Tensors, Mapping[str, Any]]) -> Model:
    """The best epoch in a checkpoint.

    Raises:
        KeyError, TypeError, ValueError: it holds something else.
    """
    values, document = found
    weights = {name.removeprefix("best."): value for name, value in values.items() if name.startswith("best.")}
    head = {name.removeprefix("head."): weights.pop(name) for name in list(weights) if name.startswith("head.")}
    epoch, told = document["best"]["epoch"], Score(**document["best"]["score"])
    counts, shares = (epoch, told.right, told.n), (told.loss, told.balanced_accuracy, told.macro_f1)
    if not all(type(count) is int and count >= 0 for count in counts) or told.right > told.n:
        raise ValueError("counts that are none")
    if not all(type(share) is float for share in shares):
        raise TypeError("shares that are none")
    return Model("fine_tune", epoch, Head.from_tensors(head), told, weights)


def epoch(run: Run) -> int:
    """The epoch of fine-tuning after which training would go on; 0 if it would begin that phase anew.

    A quick look, which trusts what it finds: going on checks it.
    """
    for path in (run.checkpoint, run.previous_checkpoint):
        try:
            return int(tensors.document_of(path)["epoch"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return 0


def remove(run: Run) -> None:
    """The run is complete. What the disk does not let go of is removed when the project is opened next."""
    with contextlib.suppress(OSError):
        run.remove_checkpoints()
