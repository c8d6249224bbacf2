"""How alike pictures are to one of them, by embeddings that are known already."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from desktop_app.project.index import Index

_PART = 1000  # embeddings held at a time


def distances(index: Index, hashes: NDArray[np.bytes_], place: int) -> NDArray[np.float32] | None:
    """The cosine distance of every picture to the one at `place`: 0 for the same, at most 2.

    `hashes`: their contents, b"" where unknown. NaN where no embedding is known; None if the picture's own is not.
    """
    content = hashes[place].decode()
    for key in index.embedding_keys():
        if found := index.embeddings(key, [content]):
            return _distances(index, key, hashes, _unit(found[content]))
    return None


def _distances(
    index: Index, key: str, hashes: NDArray[np.bytes_], reference: NDArray[np.float32]
) -> NDArray[np.float32]:
    contents, content_of = np.unique(hashes, return_inverse=True)
    found = np.full(len(contents), np.nan, np.float32)
    for start in range(0, len(contents), _PART):
        names = [content.decode() for content in contents[start : start + _PART].tolist()]
        vectors = index.embeddings(key, names)
        known = [row for row, name in enumerate(names) if name in vectors and vectors[name].shape == reference.shape]
        if known:
            matrix = _unit(np.stack([vectors[names[row]] for row in known]))
            found[start + np.array(known)] = 1 - matrix @ reference
    return found[content_of]


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny))
