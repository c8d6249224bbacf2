"""Frozen networks on ONNX Runtime: many pictures at once, one thread each, reading ahead.

ONNX Runtime and Pillow release Python's global lock, so each worker thread reads, decodes and runs the network for
one picture at a time, and all cores are busy without any of them waiting for a batch to fill.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

# Since 1.29 its official builds report what they run to their maker, over the network, unless told not to before they
# are loaded. Nothing leaves this computer; so this is the only module that may import it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort

from desktop_app.errors import ImageError
from desktop_app.features.graphs import IMAGE
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.project.imaging import load_rgb

Item = TypeVar("Item")
Result = TypeVar("Result")
Read = TypeVar("Read", covariant=True)

AHEAD = 4  # pictures begun per worker before their turn


Outputs: TypeAlias = list[NDArray[np.float32]]
#: Gives the pictures to run the network on for one item, or why they can't be read.
Images: TypeAlias = Callable[[Item], Sequence[NDArray[np.uint8]] | ImageError]


class Frozen(Protocol):
    """A network that is to see many pictures once, wherever it runs."""

    preprocessing: Preprocessing

    def __call__(self, image: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """(height, width, 3) → its output."""

    def map(self, images: Images[Item], items: Iterable[Item]) -> Generator[Outputs | ImageError, None, None]:
        """The outputs for each item's pictures, in order; `images` is called in worker threads, ahead."""


class Network:
    """An ONNX graph ready to run; may be used from many threads at the same time.

    Args:
        model: a serialised graph as `graphs` describes it.
        preprocessing: the one inside the graph; tells how large pictures need to be read.
        threads: for each picture; more than one only pays where a single picture is waited for.
    """

    def __init__(self, model: bytes, preprocessing: Preprocessing, threads: int = 1) -> None:
        self._session = _session(model, threads)
        self.preprocessing = preprocessing

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(height, width, 3) → the graph's first output without its first axis."""
        return self.outputs(image)[0]

    def outputs(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """(height, width, 3) → all outputs of the graph, each without its first axis."""
        return [output[0] for output in self._session.run(None, {IMAGE: image[np.newaxis]})]

    def read(self, source: Path | bytes) -> NDArray[np.float32]:
        """Load one picture and run the network on it.

        Raises:
            ImageError: it can't be used.
        """
        return self.read_outputs(source)[0]

    def read_outputs(self, source: Path | bytes) -> list[NDArray[np.float32]]:
        """Load one picture and return all outputs for it; ImageError if it can't be used."""
        return self.outputs(load_rgb(source, target=self.preprocessing.size))

    def map(self, images: Images[Item], items: Iterable[Item]) -> Generator[Outputs | ImageError, None, None]:
        """See `Frozen`; each worker thread reads and runs its pictures by itself."""

        def run(item: Item) -> Outputs | ImageError:
            found = images(item)
            return found if isinstance(found, ImageError) else [self(image) for image in found]

        yield from map_ahead(run, items)


class Part:
    """A part of a graph ready to run; may be used from many threads at the same time."""

    def __init__(self, model: bytes, threads: int = 1) -> None:
        self._session = _session(model, threads)

    def __call__(self, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """All outputs, of the inputs by their names."""
        outputs: list[NDArray[np.float32]] = self._session.run(None, inputs)
        return outputs


def _session(model: bytes, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; warnings would go to the terminal
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class Reader(Protocol[Read]):
    """A network, or what makes more of its outputs."""

    def read(self, source: Path, /) -> Read:
        """Load one picture and run the network on it; ImageError if it can't be used."""


def map_pictures(
    reader: Reader[Read], sources: Sequence[Path], *, workers: int | None = None
) -> Generator[tuple[int, Read | ImageError], None, None]:
    """Run a network on pictures; yields (position, result or why the picture can't be used) in the given order.

    Closing the generator waits for the pictures begun, at most one per worker.
    """

    def read(source: Path) -> Read | ImageError:
        try:
            return reader.read(source)
        except ImageError as error:
            return error

    with contextlib.closing(map_ahead(read, sources, workers=workers)) as results:
        yield from enumerate(results)


def map_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int | None = None
) -> Generator[Result, None, None]:
    """`map` in worker threads, in order, a bounded number of items ahead of the consumer.

    Args:
        workers: threads; by default one per core this process may use.
    """
    workers = workers or available_cores()
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="picture") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) >= workers * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def available_cores() -> int:
    """Cores this process may use, which containers and schedulers may make fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
