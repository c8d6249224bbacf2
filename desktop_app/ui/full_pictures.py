"""Pictures as large as a screen shows them, made ready ahead of the person who goes through them.

A picture is decoded at about the resolution of a screen; when a part of it is looked at more closely, that part is
read again with all its pixels (`read_part`). So a picture of 100 megapixels costs no more memory than any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage

from desktop_app.errors import DiscernError, ImageError
from desktop_app.ui.session import Session

if TYPE_CHECKING:
    from desktop_app.project.imaging import ImageFacts

LARGEST_SIDE = 3072  # pixels kept of a picture's longer side
_SHORTER_SIDE = 1440  # at least, where a JPEG can be decoded smaller than it is
_AT_A_TIME = 2
_DARKEST, _BRIGHTEST = 0.5, 99.5  # percentiles that stretched contrast makes black and white
_BAND = 256  # rows
_FLAT = 8  # shades; what has fewer between the two is noise


@dataclass(frozen=True)
class Stretch:
    """The shades of a picture that are shown as black and as white."""

    low: int = 0
    high: int = 255


@dataclass(frozen=True, eq=False)
class FullPicture:
    """A picture made ready.

    Attributes:
        levels: the picture, then each half as large as the one before: a screen far smaller than the picture shows a
            small level, free of the jagged lines that leaving pixels out makes.
        stretch: how its shades were spread, which parts read later must be, too.
        size: of the file, in bytes.
        stamp: differs once the file has changed.
    """

    levels: tuple[QImage, ...]
    facts: ImageFacts
    stretch: Stretch
    size: int
    changed: datetime
    stamp: tuple[int, int]

    @property
    def pixels(self) -> QSize:
        """Of the picture itself; it may have been shrunk for showing."""
        return QSize(self.facts.width, self.facts.height)

    @property
    def shrunk(self) -> bool:
        return self.levels[0].size() != self.pixels


class FullPictures(QObject):
    """Keeps the few pictures that are wanted, and no others.

    Signals:
        ready(file): it is there, or is there anew since its file has changed.
        failed(file, error: DiscernError)
    """

    ready = Signal(str)
    failed = Signal(str, object)

    def __init__(self, session: Session, locate: Callable[[str], Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._locate = locate
        self._pictures: dict[str, FullPicture] = {}
        self._wanted: list[str] = []
        self._waiting: list[str] = []
        self._reading: set[str] = set()
        self._generation = 0  # answers from before the last `clear` are dropped
        self._stretched = False

    def picture(self, file: str) -> FullPicture | None:
        return self._pictures.get(file)

    def want(self, files: Sequence[str]) -> None:
        """Make these ready, most urgent first, and forget all others. Looks whether the first has changed on disk."""
        self._wanted = list(dict.fromkeys(files))
        self._pictures = {file: picture for file, picture in self._pictures.items() if file in self._wanted}
        missing = [file for file in self._wanted if file not in self._pictures]
        self._waiting = missing + [file for file in self._wanted[:1] if file not in missing]
        self._start()

    def rename(self, new_names: Mapping[str, str]) -> None:
        """Files have other names, and the same contents."""
        self._pictures = {new_names.get(file, file): picture for file, picture in self._pictures.items()}

    def clear(self) -> None:
        self._generation += 1
        self._pictures, self._wanted, self._waiting = {}, [], []
        self._reading = set()

    @property
    def stretched(self) -> bool:
        return self._stretched

    def set_stretched(self, on: bool) -> None:
        """Spread the shades of each picture from black to white, for viewing only; all are made anew."""
        wanted = self._wanted
        self.clear()
        self._stretched = on
        self.want(wanted)

    def _start(self) -> None:
        while len(self._reading) < _AT_A_TIME:
            file = next((file for file in self._waiting if file not in self._reading), None)
            if file is None:
                return
            self._waiting.remove(file)
            self._read(file)

    def _read(self, file: str) -> None:
        generation, path = self._generation, self._locate(file)
        known, stretched = self._pictures.get(file), self._stretched

        def end() -> bool:
            """Whether the answer still matters."""
            if generation != self._generation:
                return False
            self._reading.discard(file)
            self._start()
            return file in self._wanted

        def take(picture: FullPicture) -> None:
            if end() and picture is not known:
                self._pictures[file] = picture
                self.ready.emit(file)

        def refuse(error: DiscernError) -> None:
            if end():
                self._pictures.pop(file, None)
                self.failed.emit(file, error)

        self._reading.add(file)
        self._session.read(lambda: read_picture(path, stretched=stretched, known=known), take, refuse, owner=self)


# ---- in a thread


def read_picture(path: Path, *, stretched: bool = False, known: FullPicture | None = None) -> FullPicture:
    """Decode a picture for the screen and read its facts; `known` itself if the file is still as it was then.

    Raises:
        ImageError: it can't be read.
    """
    from desktop_app.project.imaging import describe, load_rgb

    try:
        status = path.stat()
    except OSError as error:
        raise ImageError("no longer there") from error
    stamp = (status.st_size, status.st_mtime_ns)
    if known is not None and known.stamp == stamp:
        return known
    facts = describe(path)
    pixels = load_rgb(path, target=_SHORTER_SIDE // 2)
    stretch = _stretch_of(pixels) if stretched else Stretch()
    changed = datetime.fromtimestamp(status.st_mtime).astimezone()
    return FullPicture(_levels(_spread(pixels, stretch)), facts, stretch, status.st_size, changed, stamp)


def read_part(path: Path, part: QRect, scale: float, stretch: Stretch) -> QImage:
    """A part of a picture with all its pixels, or with as many as are shown.

    Args:
        part: in the picture's own pixels.
        scale: pixels of the screen for one of the picture.

    Raises:
        ImageError: it can't be read, or is smaller than it was.
    """
    from desktop_app.project.imaging import load_rgb

    pixels = load_rgb(path)
    if part.bottom() >= pixels.shape[0] or part.right() >= pixels.shape[1]:
        raise ImageError("changed meanwhile")
    cut = pixels[part.top() : part.bottom() + 1, part.left() : part.right() + 1]
    image = _image(np.ascontiguousarray(_spread(cut, stretch)))
    return _scaled(image, part.size() * scale) if scale < 1 else image


def _levels(pixels: NDArray[np.uint8]) -> tuple[QImage, ...]:
    while max(pixels.shape) >= 2 * LARGEST_SIDE and min(pixels.shape[:2]) > 1:
        pixels = _halved(pixels)
    image = _image(pixels)
    if max(image.width(), image.height()) > LARGEST_SIDE:
        image = _scaled(image, QSize(LARGEST_SIDE, LARGEST_SIDE))
    levels = [image]
    while min(levels[-1].width(), levels[-1].height()) > 512:
        levels.append(_scaled(levels[-1], levels[-1].size() / 2))
    return tuple(levels)


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half as wide and half as high, a band at a time: QImage would need several times the memory of a huge picture."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    halved = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _BAND):
        rows = pixels[2 * top : 2 * min(top + _BAND, height), : 2 * width].astype(np.uint16)
        total = rows[0::2, 0::2] + rows[0::2, 1::2] + rows[1::2, 0::2] + rows[1::2, 1::2]
        halved[top : top + _BAND] = (total + 2) // 4
    return halved


def _image(pixels: NDArray[np.uint8]) -> QImage:
    """In the format that the screen has, so that painting converts nothing."""
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )


def _scaled(image: QImage, size: QSize) -> QImage:
    return image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)


def _stretch_of(pixels: NDArray[np.uint8]) -> Stretch:
    """The darkest and the brightest shades that are more than a few odd pixels."""
    step = max(1, round((pixels.shape[0] * pixels.shape[1] / 1e6) ** 0.5))  # a million pixels tell enough
    low, high = np.percentile(pixels[::step, ::step], (_DARKEST, _BRIGHTEST))
    return Stretch(int(low), int(np.ceil(high))) if high - low >= _FLAT else Stretch()


def _spread(pixels: NDArray[np.uint8], stretch: Stretch) -> NDArray[np.uint8]:
    if stretch == Stretch():
        return pixels
    shades = (np.arange(256) - stretch.low) * 255 / (stretch.high - stretch.low)
    table = shades.round().clip(0, 255).astype(np.uint8)
    spread: NDArray[np.uint8] = table[pixels]
    return spread
