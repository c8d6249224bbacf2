"""Thumbnails: small, true to their pictures, and never of another picture."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app.errors import ImageError, StorageError
from desktop_app.project import thumbnails
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Project
from desktop_app.project.thumbnails import make_thumbnail, thumbnail
from tests.faults.bad_images import exif_orientation, noise, saved

LAST_YEAR = 1_600_000_000_000_000_000  # ns


def put(path: Path, colour: tuple[int, int, int] = (200, 0, 0), size: tuple[int, int] = (300, 200)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    os.utime(path, ns=(LAST_YEAR, LAST_YEAR))
    return path


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    put(tmp_path / "parts" / "cat" / "a.bmp")
    put(tmp_path / "parts" / "cat" / "b.bmp", (0, 200, 0))
    with Project.open(tmp_path / "parts") as project:
        yield project


def colour(data: bytes) -> str:
    red, green, blue = np.asarray(Image.open(io.BytesIO(data))).reshape(-1, 3).mean(0)
    return "red" if red > max(green, blue) else "green" if green > blue else "blue"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path | bytes]:
    """What thumbnails were made from, not taken from the index."""
    sources: list[Path | bytes] = []
    make = thumbnails.make_thumbnail

    def counted(source: Path | bytes, edge: int) -> bytes:
        sources.append(source)
        return make(source, edge)

    monkeypatch.setattr(thumbnails, "make_thumbnail", counted)
    return sources


def test_is_made_once(project: Project, made: list[Path | bytes]) -> None:
    first = thumbnail(project, "cat/a.bmp", 128)
    assert thumbnail(project, "cat/a.bmp", 128) == first
    assert made == [project.path("cat/a.bmp")]
    thumbnail(project, "cat/a.bmp", 64)  # another size
    assert len(made) == 2


def test_survives_the_window(project: Project, made: list[Path | bytes]) -> None:
    first = thumbnail(project, "cat/a.bmp", 128)
    project.close()
    with Project.open(project.root) as again:
        assert thumbnail(again, "cat/a.bmp", 128) == first
    assert len(made) == 1


def test_a_picture_that_was_moved_or_copied_is_not_decoded_again(project: Project, made: list[Path | bytes]) -> None:
    first = thumbnail(project, "cat/a.bmp", 128)
    copy = project.root / "dog" / "copy.bmp"
    copy.parent.mkdir()
    copy.write_bytes(project.path("cat/a.bmp").read_bytes())
    project.path("cat/a.bmp").rename(project.root / "dog" / "moved.bmp")
    assert thumbnail(project, "dog/copy.bmp", 128) == thumbnail(project, "dog/moved.bmp", 128) == first
    assert len(made) == 1


def test_a_picture_that_changes_while_it_is_decoded_is_not_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project.path("cat/a.bmp")
    make = thumbnails.make_thumbnail

    def late(source: Path, edge: int) -> bytes:
        if source == path:
            overwrite_in_place(path)
            os.utime(path, ns=(LAST_YEAR, LAST_YEAR + 1))
        return make(source, edge)

    copy = put(project.root / "cat" / "copy.bmp")  # of the same content
    monkeypatch.setattr(thumbnails, "make_thumbnail", late)
    assert colour(thumbnail(project, "cat/a.bmp", 128)) == "blue"
    assert colour(thumbnail(project, f"cat/{copy.name}", 128)) == "red"


def test_another_file_of_the_same_name(project: Project) -> None:
    """As two pictures exchange their names: size and time are the same."""
    a, b = project.path("cat/a.bmp"), project.path("cat/b.bmp")
    assert [colour(thumbnail(project, f"cat/{name}.bmp", 128)) for name in "ab"] == ["red", "green"]
    a.rename(spare := a.with_name("spare"))
    b.rename(a)
    spare.rename(b)
    assert a.stat().st_size == b.stat().st_size
    assert a.stat().st_mtime_ns == b.stat().st_mtime_ns
    assert [colour(thumbnail(project, f"cat/{name}.bmp", 128)) for name in "ab"] == ["green", "red"]


def overwrite_in_place(path: Path) -> None:
    """With a blue picture, in the same inode and of the same size."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(saved(Image.new("RGB", (300, 200), (0, 0, 200)), "BMP"))
    assert (path.stat().st_ino, path.stat().st_size) == (before.st_ino, before.st_size)


def test_another_content_of_the_same_file(project: Project) -> None:
    path = project.path("cat/a.bmp")
    assert colour(thumbnail(project, "cat/a.bmp", 128)) == "red"
    overwrite_in_place(path)
    os.utime(path, ns=(LAST_YEAR, LAST_YEAR + 1))
    assert colour(thumbnail(project, "cat/a.bmp", 128)) == "blue"


def test_what_changed_just_now_is_not_kept(project: Project, made: list[Path | bytes]) -> None:
    """It may change again without a new time."""
    path = project.path("cat/a.bmp")
    os.utime(path)
    times = path.stat()
    assert colour(thumbnail(project, "cat/a.bmp", 128)) == "red"
    overwrite_in_place(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert colour(thumbnail(project, "cat/a.bmp", 128)) == "blue"


def test_bad_pictures(project: Project) -> None:
    path = project.path("cat/bad.jpg")
    path.write_bytes(b"notes")
    with pytest.raises(ImageError, match="text, not a picture"):
        thumbnail(project, "cat/bad.jpg", 128)
    path.unlink()
    with pytest.raises(ImageError, match="no longer there"):
        thumbnail(project, "cat/bad.jpg", 128)
    put(path)
    assert colour(thumbnail(project, "cat/bad.jpg", 128)) == "red"


def test_index_is_only_a_cache(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(project.index, "thumbnail", refuse)
    monkeypatch.setattr(project.index, "store_thumbnail", refuse)
    assert colour(thumbnail(project, "cat/a.bmp", 128)) == "red"


def test_many_threads(project: Project) -> None:
    for number in range(20):
        put(project.root / "cat" / f"{number}.bmp", (0, 0, 200) if number % 2 else (200, 0, 0))
    files = [f"cat/{number}.bmp" for number in range(20)] * 4
    with ThreadPoolExecutor(8) as pool:
        colours = [colour(data) for data in pool.map(lambda file: thumbnail(project, file, 64), files)]
    assert colours == ["red", "blue"] * 40


@pytest.mark.parametrize(
    ("width", "height", "edge", "expected"),
    [
        (3000, 2000, 256, (256, 171)),
        (2000, 3000, 256, (171, 256)),
        (301, 200, 129, (129, 86)),
        (40, 30, 256, (40, 30)),
        (60000, 1, 256, (256, 1)),
        (1, 1, 256, (1, 1)),
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_size(width: int, height: int, edge: int, expected: tuple[int, int], format: str) -> None:
    data = make_thumbnail(saved(Image.new("RGB", (width, height)), format), edge)
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    assert image.size == expected


def test_is_the_picture_that_is_trained_on() -> None:
    """Reduced decoding and shrinking show the same as the whole picture, upright."""
    image = noise(10, 15).resize((1600, 2400), Image.Resampling.BICUBIC)
    data = saved(image, "JPEG", quality=95, exif=exif_orientation(6))
    small = np.asarray(Image.open(io.BytesIO(make_thumbnail(data, 240))))
    whole = Image.fromarray(load_rgb(data)).resize((240, 160), Image.Resampling.BOX)
    assert small.shape == (160, 240, 3)
    assert np.abs(small.astype(int) - np.asarray(whole)).mean() < 4


def test_carries_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Anna's kitchen"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)  # where it was taken
    data = saved(noise(400, 300), "JPEG", exif=exif, comment=b"Anna")
    assert b"Anna" in data
    thumb = make_thumbnail(data, 128)
    assert b"Exif" not in thumb
    assert b"Anna" not in thumb
