"""Reading safetensors from an untrusted source, piece by piece.

The library's own reader accepts a name given twice, numbers that aren't finite and any set of tensors; here the names,
types and shapes are known beforehand, and a file must hold exactly those.

Format: https://huggingface.co/docs/safetensors, "Format".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from desktop_app.errors import PackageError
from desktop_app.inference.container import CHUNK, MemberStream, refused
from desktop_app.inference.documents import parse_json

LARGEST_HEADER = 1 << 20
Kind = Literal["F32", "I64", "U8"]
KINDS = frozenset(get_args(Kind))
_DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8"), "U8": np.dtype("u1")}


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """What a tensor must be."""

    kind: Kind
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return _DTYPES[self.kind].itemsize * math.prod(self.shape)


def read_tensors(
    stream: MemberStream, size: int, expected: Mapping[str, TensorSpec], *, keep: bool
) -> dict[str, NDArray[Any]]:
    """Read a safetensors file and check all of it.

    Args:
        stream: at its beginning; at its end afterwards.
        size: of the file, in bytes.
        expected: all tensors that it must hold.
        keep: return the tensors; otherwise they are checked and dropped, a megabyte at a time, and nothing returned.

    Raises:
        PackageError: names the rule that the file breaks.
    """
    length = int.from_bytes(stream.read(min(8, size)), "little")
    if length > min(LARGEST_HEADER, size - 8):
        raise _damaged()
    header = parse_json(stream.read(length))
    header.pop("__metadata__", None)
    if set(header) != set(expected):
        raise refused("It holds other tensors than its description says.")
    tensors, position = {}, 0
    for name, start, end in _in_order(header, expected):
        if start != position or end - start != expected[name].size:
            raise refused("A tensor in it has another place than it should.")
        if (tensor := _read(stream, expected[name], keep)) is not None:
            tensors[name] = tensor
        position = end
    if 8 + length + position != size:
        raise refused("There is something behind its tensors.")
    return tensors


def _in_order(header: Mapping[str, Any], expected: Mapping[str, TensorSpec]) -> list[tuple[str, int, int]]:
    """(name, start, end), as their bytes follow each other."""
    places = []
    for name, entry in header.items():
        spec = expected[name]
        same = (
            isinstance(entry, dict)
            and set(entry) == {"dtype", "shape", "data_offsets"}
            and entry["dtype"] == spec.kind
            and entry["shape"] == list(spec.shape)
        )
        if not same:
            raise refused("A tensor in it has another type or shape than its description says.")
        offsets = entry["data_offsets"]
        if not (isinstance(offsets, list) and [type(offset) for offset in offsets] == [int, int]):
            raise _damaged()
        places.append((name, *cast(tuple[int, int], tuple(offsets))))
    return sorted(places, key=lambda place: place[1:])


def _read(stream: MemberStream, spec: TensorSpec, keep: bool) -> NDArray[Any] | None:
    pieces, left = [], spec.size
    while left:
        piece = stream.read(min(left, CHUNK))
        left -= len(piece)
        if spec.kind == "F32" and not np.isfinite(np.frombuffer(piece, "<f4")).all():
            raise refused("A number in it is not finite.")
        if keep:
            pieces.append(piece)
    if not keep:
        return None
    tensor: NDArray[Any] = np.frombuffer(b"".join(pieces), _DTYPES[spec.kind]).reshape(spec.shape)
    return tensor


def _damaged() -> PackageError:
    return refused("Its tensors are damaged.")
