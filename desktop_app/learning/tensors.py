"""Tensors and the facts about them in one safetensors file that notices every damage. No pickle, no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

Tensors = dict[str, NDArray[np.float32]]

_LONGEST_HEADER = 16 << 20


def pack(tensors: Mapping[str, NDArray[Any]], document: Mapping[str, Any]) -> bytes:
    """A safetensors file with `document` as JSON and a SHA-256 over everything in its metadata; always the same one."""
    text = json.dumps(document, sort_keys=True)
    metadata = {"document": text, "sha256": _digest(tensors, text)}
    contiguous = {name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}
    return _in_order(safetensors.numpy.save(contiguous, metadata))


def _in_order(packed: bytes) -> bytes:
    """The same file with its metadata in order, which the library writes in any: equal trainings give equal files."""
    end = 8 + int.from_bytes(packed[:8], "little")
    header = json.loads(packed[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text = text.ljust(-(-len(text) // 8) * 8)  # what follows begins at a multiple of 8
    return len(text).to_bytes(8, "little") + text + packed[end:]


def unpack(data: bytes) -> tuple[Tensors, dict[str, Any]]:
    """The inverse of `pack`.

    Raises:
        ValueError: damaged, or not written by `pack`.
    """
    try:
        tensors: Tensors = safetensors.numpy.load(data)
        length = int.from_bytes(data[:8], "little")
        metadata = json.loads(data[8 : 8 + length])["__metadata__"]
        text, digest = metadata["document"], metadata["sha256"]
        document = json.loads(text)
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise ValueError("not a tensor file of ours") from error
    if digest != _digest(tensors, text):
        raise ValueError("the tensor file is damaged")
    return tensors, document


def document_of(path: Path) -> dict[str, Any]:
    """The facts in a file, without its tensors and without a check whether it is whole.

    Raises:
        OSError: it can't be read.
        ValueError: it was not written by `pack`.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length <= _LONGEST_HEADER:
            raise ValueError("not a tensor file of ours")
        try:
            document = json.loads(json.loads(file.read(length))["__metadata__"]["document"])
        except (KeyError, TypeError) as error:
            raise ValueError("not a tensor file of ours") from error
    return dict(document)


def _digest(tensors: Mapping[str, NDArray[Any]], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype.str} {tensor.shape}\n".encode())
        digest.update(np.asarray(tensor, order="C").tobytes())
    return digest.hexdigest()
