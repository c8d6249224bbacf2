"""What a model said about every picture of a split, and the table that keeps it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import StorageError
from desktop_app.evaluation import metrics, tables

_FIXED = ("file", "actual", "predicted", "how sure", "correct", "content")
_UNLIKE = "unlike"
_PROBABILITY = "probability: "


@dataclass(frozen=True, eq=False)
class Predictions:
    """One row per picture.

    Attributes:
        files: names relative to the project, with forward slashes.
        hashes: content hashes, which still name the picture after it was moved.
        classes: the model's classes, then classes of pictures that the model doesn't know (probability 0).
        actual: (n,) int32, indices into `classes`.
        probabilities: (n, len(classes)) float32.
        unlike: (n,) how far each picture is from all that was learnt, see `features.unlike`; None if not measured.
    """

    files: tuple[str, ...]
    hashes: tuple[str, ...]
    classes: tuple[str, ...]
    actual: NDArray[np.int32]
    probabilities: NDArray[np.float32]
    unlike: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.files)

    @property
    def predicted(self) -> NDArray[np.int32]:
        """(n,) the most probable class of each picture, as an index into `classes`; the first among equals."""
        best: NDArray[np.int32] = self.probabilities.argmax(axis=1).astype(np.int32)
        return best

    @property
    def how_sure(self) -> NDArray[np.float32]:
        """(n,) the probability of the predicted class."""
        highest: NDArray[np.float32] = self.probabilities.max(axis=1)
        return highest

    @property
    def correct(self) -> NDArray[np.bool_]:
        """(n,) whether the predicted class is the actual one."""
        return np.equal(self.predicted, self.actual)

    def confusion(self) -> NDArray[np.int64]:
        """Counts with a row per actual and a column per predicted class."""
        return metrics.confusion_matrix(self.actual, self.predicted, len(self.classes))

    def to_csv(self) -> bytes:
        """The table as a file's content. Probabilities are written so that reading gives the same float32 back."""
        measured = () if self.unlike is None else (_UNLIKE,)
        header = [*_FIXED, *measured, *(_PROBABILITY + name for name in self.classes)]
        lines = [tables.BOM, tables.encode_row(header)]
        predicted, how_sure, correct = self.predicted, self.how_sure, self.correct
        for i, file in enumerate(self.files):
            cells = [
                file,
                self.classes[self.actual[i]],
                self.classes[predicted[i]],
                f"{how_sure[i]:.4f}",
                "yes" if correct[i] else "no",
                self.hashes[i],
                *(() if self.unlike is None else (str(self.unlike[i]),)),
                *map(str, self.probabilities[i]),
            ]
            lines.append(tables.encode_row(cells))
        return b"".join(lines)

    def write_csv(self, path: Path) -> None:
        """Replace the table at `path` as a whole.

        Raises:
            StorageError: the disk refused; the table is as before.
        """
        storage.write_atomic(path, self.to_csv())

    @classmethod
    def read_csv(cls, path: Path) -> Predictions:
        """Read a table that `write_csv` wrote.

        Raises:
            FileNotFoundError: there is none.
            StorageError: it is damaged, or can't be read.
        """
        try:
            return _parse(path.read_bytes())
        except FileNotFoundError:
            raise
        except OSError as error:
            raise unreadable(error, path) from error
        except (ValueError, IndexError) as error:
            raise StorageError(
                "“{file}” is damaged.",
                why="It is not a table of predictions as Discern writes it.",
                hint="Evaluate the run again to write it anew.",
                file=path,
            ) from error


def unreadable(error: OSError, path: Path) -> StorageError:
    """The disk refused to give a table back."""
    return StorageError(
        "“{file}” can't be read.",
        why="The computer says: {detail}.",
        hint="Check the disk, then try again.",
        file=path,
        detail=error.strerror or error,
    )


def _parse(data: bytes) -> Predictions:
    header, *rows = tables.read_table(data)
    measured = header[len(_FIXED) : len(_FIXED) + 1] == [_UNLIKE]
    first = len(_FIXED) + measured
    names = header[first:]
    if tuple(header[: len(_FIXED)]) != _FIXED or not all(name.startswith(_PROBABILITY) for name in names):
        raise ValueError("unknown columns")
    classes = tuple(name.removeprefix(_PROBABILITY) for name in names)
    if any(len(row) != len(header) for row in rows):
        raise ValueError("a row is too short or too long")
    numbers = itertools.chain.from_iterable(row[first:] for row in rows)
    return Predictions(
        files=tuple(row[0] for row in rows),
        hashes=tuple(row[5] for row in rows),
        classes=classes,
        actual=np.array([classes.index(row[1]) for row in rows], np.int32),
        probabilities=np.fromiter(map(float, numbers), np.float32).reshape(len(rows), len(classes)),
        unlike=np.array([row[len(_FIXED)] for row in rows], np.float32) if measured else None,
    )
