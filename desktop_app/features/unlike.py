"""How unlike a picture is to everything that a model has learnt from: a distance between embeddings.

A classifier knows nothing but its classes; shown a picture of something else, it may be as sure as ever. So the
picture's embedding is compared with those of the training pictures: its distance from the nearest class, in units of
how much the pictures of a class differ among themselves, along the strongest directions of the training set.

Source: K. Lee, K. Lee, H. Lee, J. Shin, "A simple unified framework for detecting out-of-distribution samples and
adversarial attacks", NeurIPS (2018): the Mahalanobis distance with one covariance for all classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from desktop_app import storage

Vectors = NDArray[np.float32]

DIRECTIONS = 64  # at most
FEWEST = 10  # pictures, or nobody can say how much they differ
_SHRINKAGE = 0.1  # of the covariance towards the same spread in every direction: few pictures tell little about many
_LARGEST_FILE = 64 << 20
_MODEL = "model"


@dataclass(frozen=True, eq=False)
class Unlike:
    """The training pictures of a model, as far as the distance needs them.

    Attributes:
        mean: (D,) of all embeddings.
        basis: (D, k) the directions compared, each scaled to a spread of 1 within a class.
        centres: (C, k) the classes' means along them.
    """

    mean: Vectors
    basis: Vectors
    centres: Vectors

    @classmethod
    def of(cls, embeddings: Vectors, labels: NDArray[np.integer]) -> Unlike | None:
        """Learn it from training pictures, (n, D) and (n,); None from fewer than `FEWEST`."""
        if len(embeddings) < FEWEST:
            return None
        vectors = np.asarray(embeddings, np.float64)
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        classes, place = np.unique(labels, return_inverse=True)
        # The strongest directions, from whichever is smaller: the covariance, or the pictures' products.
        _, _, directions = np.linalg.svd(centred, full_matrices=False)
        directions = directions[: min(DIRECTIONS, len(vectors) - 1)].T
        points = centred @ directions
        centres = np.stack([points[place == number].mean(axis=0) for number in range(len(classes))])
        within = points - centres[place]
        covariance = within.T @ within / max(1, len(vectors) - len(classes))
        spread = float(np.trace(covariance)) / len(covariance)
        covariance = (1 - _SHRINKAGE) * covariance + (_SHRINKAGE * spread + 1e-12) * np.eye(len(covariance))
        whitening = np.linalg.cholesky(np.linalg.inv(covariance))
        basis = directions @ whitening
        return cls(mean.astype(np.float32), basis.astype(np.float32), (centres @ whitening).astype(np.float32))

    def __call__(self, embeddings: Vectors) -> Vectors:
        """(n, D) → (n,) the distance from the nearest class."""
        points = (embeddings - self.mean) @ self.basis
        nearest = np.full(len(points), np.inf, np.float32)
        for centre in self.centres:
            np.minimum(nearest, np.square(points - centre).sum(axis=1), out=nearest)
        distances: Vectors = np.sqrt(nearest)
        return distances

    # ---- the file

    def save(self, path: Path, model: str) -> None:
        """Keep it for the model of that SHA-256.

        Raises:
            StorageError: the disk refused.
        """
        tensors = {"mean": self.mean, "basis": self.basis, "centres": self.centres}
        tensors = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
        storage.write_atomic(path, safetensors.numpy.save(tensors, {_MODEL: model}))

    @classmethod
    def load(cls, path: Path, model: str) -> Unlike | None:
        """What `save` kept for that very model; None if there is nothing, or nothing that makes sense.

        A project may come from anywhere, with its runs.
        """
        try:
            if not storage.is_regular_file(path) or path.stat().st_size > _LARGEST_FILE:
                return None
            with safetensors.safe_open(path, framework="numpy") as file:
                if (file.metadata() or {}).get(_MODEL) != model or set(file.keys()) != {"mean", "basis", "centres"}:
                    return None
                mean, basis, centres = (file.get_tensor(name) for name in ("mean", "basis", "centres"))
        except (OSError, safetensors.SafetensorError):
            return None
        fits = mean.ndim == 1 and basis.ndim == centres.ndim == 2 and len(mean) == len(basis)
        if not fits or basis.shape[1] != centres.shape[1] or not len(centres):
            return None
        if any(part.dtype != np.float32 or not np.isfinite(part).all() for part in (mean, basis, centres)):
            return None
        return cls(mean, basis, centres)
