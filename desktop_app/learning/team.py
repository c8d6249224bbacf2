"""The processes that train together where `torchrun` started several: messages, and sums over all of them.

PyTorch's own package does the work: gloo between processors, NCCL between NVIDIA cards. Nothing is opened unless
torchrun's variables are there. Messages are tensors with a JSON document (see `tensors`), never pickles.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import DiscernError, EngineError
from desktop_app.learning import tensors
from desktop_app.learning.tensors import Tensors

if TYPE_CHECKING:
    from torch import Tensor

_VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
# One that dies is noticed at once, by its connection; one that waits may have to wait for a phase of the first.
_PATIENCE = timedelta(days=7)
_PROBLEM = "problem"  # a key of the store

Item = TypeVar("Item")


def rank() -> int:
    """Which of the processes this one is; 0, the first, also where it is alone."""
    return int(os.environ["RANK"]) if size() > 1 else 0


def size() -> int:
    """How many processes torchrun started for this training."""
    return int(os.environ["WORLD_SIZE"]) if all(name in os.environ for name in _VARIABLES) else 1


class Team:
    """This process among those that train together; alone, every method is nearly free.

    Raises:
        EngineError: from every method that waits for others, if one of them has ended.
        DiscernError: the same, with the problem that one of them had.
    """

    def __init__(self) -> None:
        self.rank, self.size = rank(), size()
        self.broken = False  # a process has ended, or had a problem

    @property
    def alone(self) -> bool:
        return self.size == 1

    def share(self, items: Sequence[Item]) -> list[Item]:
        """This process's part of some work."""
        return list(items[self.rank :: self.size])

    def tell(self, values: Mapping[str, NDArray[Any]], /, **document: Any) -> None:
        """Say something to all others; only the first may."""
        if not self.alone:
            self._broadcast(tensors.pack(values, document))

    def hear(self) -> tuple[Tensors, dict[str, Any]]:
        """What the first one says next."""
        return tensors.unpack(self._broadcast(None))

    def gather(self, values: NDArray[Any]) -> list[NDArray[Any]]:
        """Arrays of the same width and type from all processes, in their order."""
        if self.alone:
            return [values]
        import torch
        from torch import distributed

        with self._together():
            counts = [torch.zeros(1, dtype=torch.int64) for _ in range(self.size)]
            distributed.all_gather(counts, torch.tensor([len(values)]))
            most = max(int(count) for count in counts)
            padded = np.zeros((most, *values.shape[1:]), values.dtype)
            padded[: len(values)] = values
            parts = [torch.from_numpy(np.empty_like(padded)) for _ in range(self.size)]
            distributed.all_gather(parts, torch.from_numpy(padded))
        return [part.numpy()[: int(count)] for part, count in zip(parts, counts, strict=True)]

    def add_up(self, *values: Tensor) -> None:
        """Replace tensors by their sums over all processes."""
        if self.alone or not values:
            return
        import torch
        from torch import distributed

        with self._together():
            flat = torch.cat([value.reshape(-1) for value in values])
            if flat.device.type != "cpu":
                # A card would wait for ever for a process that has died; processors notice.
                distributed.all_reduce(torch.zeros(1))
            distributed.all_reduce(flat)
            start = 0
            for value in values:
                value.copy_(flat[start : start + value.numel()].reshape(value.shape))
                start += value.numel()

    def fail(self, problem: DiscernError) -> None:
        """Let the first one tell what has ended this one."""
        _store().set(_PROBLEM, json.dumps(problem.to_dict()))

    def _broadcast(self, data: bytes | None) -> bytes:
        """`data` on the first, what the first has on all others."""
        import torch
        from torch import distributed

        with self._together():
            length = torch.tensor([len(data or b"")])
            distributed.broadcast(length, src=0)
            content = torch.empty(int(length), dtype=torch.uint8)
            if data is not None:
                content.copy_(torch.frombuffer(bytearray(data), dtype=torch.uint8))
            distributed.broadcast(content, src=0)
        return content.numpy().tobytes()

    @contextmanager
    def _together(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            self.broken = True
            if _store().check([_PROBLEM]):
                raise DiscernError.from_dict(json.loads(_store().get(_PROBLEM))) from error
            raise EngineError(
                "Training stopped: another of its {n} processes has ended.",
                why="It was ended from outside, ran out of memory, or its computer can't be reached.",
                hint="Nothing that was saved is lost. Start the training again with “--resume”.",
                n=self.size,
            ) from error


def _store() -> Any:
    from torch.distributed import distributed_c10d

    return distributed_c10d._get_default_store()


@contextmanager
def gathered() -> Iterator[Team]:
    """The team of this training, once all of its processes are there."""
    team = Team()
    if team.alone:
        yield team
        return
    import torch
    from torch import distributed

    cards = torch.cuda.is_available()
    if cards:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    distributed.init_process_group("cpu:gloo,cuda:nccl" if cards else "gloo", timeout=_PATIENCE)
    try:
        yield team
    finally:
        distributed.destroy_process_group()
