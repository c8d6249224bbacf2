"""Where a training can go on: two files, so that one is whole whatever happens while the other is written."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from desktop_app import storage
from desktop_app.learning import tensors
from desktop_app.learning.head import Head
from desktop_app.learning.model import Model
from desktop_app.learning.scores import Score
from desktop_app.learning.tensors import Tensors
from desktop_app.project.runs import Run


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
    storage.write_atomic(run.checkpoint, tensors.pack(state, document))


def load(run: Run) -> tuple[Tensors, dict[str, Any]] | None:
    """The newest checkpoint that is whole; None if there is none."""
    for path in (run.checkpoint, run.previous_checkpoint):
        try:
            return tensors.unpack(path.read_bytes())
        except (OSError, ValueError):
            continue
    return None


def best(found: tuple[Tensors, Mapping[str, Any]]) -> Model:
    """The best epoch in a checkpoint.

    Raises:
        KeyError, TypeError: it holds something else.
    """
    values, document = found
    weights = {name.removeprefix("best."): value for name, value in values.items() if name.startswith("best.")}
    head = {name.removeprefix("head."): weights.pop(name) for name in list(weights) if name.startswith("head.")}
    told = document["best"]
    return Model("fine_tune", told["epoch"], Head.from_tensors(head), Score(**told["score"]), weights)


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
