"""A model package, one `.discern` file: all that another computer needs to predict, checked before any of it is used.

A package may come from anywhere, and whoever made it may have controlled every byte. Opening it runs no code from it:
the container has one exact form (`container`), the description a fixed schema (`manifest`), tensors are plain numbers
of known names and shapes (`tensors`), the graph consists of a few known operators (`features.graph_check`). Then the
network must give, on this computer, the answers that the package promises for its golden pictures.

That shows a package to be intact and harmless to run. It can't show that its answers are right.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import PackageError
from desktop_app.features import graph_check
from desktop_app.features.runtime import Network
from desktop_app.inference.container import CARD, GOLDEN, MANIFEST, MODEL, WEIGHTS, Container, open_container, refused
from desktop_app.inference.manifest import DESCRIBED, Manifest, golden_name
from desktop_app.inference.tensors import TensorSpec, read_tensors

MOST_SECONDS = 60  # for the self-test; a bound for graphs made to be slow
TOLERANCE = 1e-3  # of a probability: processors and versions of the runtime round differently


@dataclass(frozen=True, slots=True)
class SelfTest:
    """How many golden pictures were predicted, and the largest difference from a probability promised."""

    pictures: int
    largest_difference: float


@dataclass(frozen=True)
class Package:
    """An opened package, checked and tested; ready to predict from many threads.

    Attributes:
        path: where it was read from; it is not needed any more.
        manifest: what it says about itself.
        card: the same for people, as plain text.
        hash: SHA-256 over the description, which itself holds that of every other member: names this very model.
        network: picture (height, width, 3) uint8 → probabilities (classes,) float32, and the distance (1,) from all
            that was learnt, if the description says so.
        self_test: how it did.
    """

    path: Path
    manifest: Manifest
    card: str
    hash: str
    network: Network
    self_test: SelfTest

    @classmethod
    def open(cls, path: Path) -> Package:
        """Read, check and test a package.

        Raises:
            PackageError: it is missing, torn, made by a newer Discern or not by Discern at all, breaks a rule (which
                the message names), or gives other answers on this computer than it promises.
        """
        with open_container(path) as container:
            description = container.read(MANIFEST)
            manifest = Manifest.from_bytes(description)
            _check_sizes(container, manifest)
            card = _card(_read(container, manifest, CARD))
            golden = _read_tensors(container, manifest, GOLDEN, manifest.golden_tensors(), keep=True)
            _read_tensors(container, manifest, WEIGHTS, manifest.weights, keep=False)
            network = _network(container, manifest)
        return cls(
            path=path,
            manifest=manifest,
            card=card,
            hash=hashlib.sha256(description).hexdigest(),
            network=network,
            self_test=_self_test(network, manifest, golden),
        )


def _check_sizes(container: Container, manifest: Manifest) -> None:
    for name in DESCRIBED:
        if container.size(name) != manifest.members[name].size:
            raise _mismatch(name)


def _read(container: Container, manifest: Manifest, name: str) -> bytes:
    data = container.read(name)
    if hashlib.sha256(data).hexdigest() != manifest.members[name].sha256:
        raise _mismatch(name)
    return data


def _read_tensors(
    container: Container, manifest: Manifest, name: str, expected: Mapping[str, TensorSpec], *, keep: bool
) -> dict[str, NDArray[Any]]:
    stream = container.stream(name)
    tensors = read_tensors(stream, container.size(name), expected, keep=keep)
    if stream.finish() != manifest.members[name].sha256:
        raise _mismatch(name)
    return tensors


def _card(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _mismatch(CARD) from error


def _mismatch(name: str) -> PackageError:
    return refused("“{member}” in it is not what its description says.", member=name)


def _network(container: Container, manifest: Manifest) -> Network:
    model = _read(container, manifest, MODEL)
    graph = graph_check.check(model, manifest.preprocessing, len(manifest.classes), unlike=manifest.tells_unlike)
    del model  # each copy of a large network counts
    clean = graph.SerializeToString()
    del graph
    try:
        return Network(clean, manifest.preprocessing)
    except Exception as error:
        # ONNX Runtime raises a dozen kinds without a common parent; whichever it is, this graph can't be run.
        raise refused("Its network can't be run on this computer.") from error


def _self_test(network: Network, manifest: Manifest, golden: Mapping[str, NDArray[Any]]) -> SelfTest:
    largest, started = 0.0, time.monotonic()
    for number, expected in enumerate(golden["probability"]):
        try:
            given = network(golden[golden_name(number)])
        except Exception as error:
            # As above: a graph that passes all checks can still fail on a picture.
            raise refused("Its network can't be run on this computer.") from error
        difference = float(np.abs(given - expected).max())
        # Where two classes are equally probable, rounding may decide.
        second, first = np.sort(expected)[-2:]
        other_class = given.argmax() != expected.argmax() and first - second > 2 * TOLERANCE
        if not difference <= TOLERANCE or other_class:
            raise PackageError(
                "This model gives other answers on this computer than on the one that made it.",
                why="On a self-test picture, its probability is off by {difference:.3f}; up to {tolerance} is allowed.",
                hint="Don't use it here. Ask for it again, or update Discern on both computers.",
                difference=difference,
                tolerance=TOLERANCE,
            )
        largest = max(largest, difference)
        if time.monotonic() - started > MOST_SECONDS:
            raise refused("Its network takes more than {seconds} s for a few pictures.", seconds=MOST_SECONDS)
    return SelfTest(len(manifest.golden), largest)
