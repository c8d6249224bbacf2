"""What a camera noted, and what somebody made up."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from PIL import Image

from desktop_app.project import imaging
from desktop_app.project.imaging import describe
from desktop_app.project.shot import LARGEST_EXIF, Shot

EXPOSURE, POSITION = 0x8769, 0x8825

# Pillow warns about EXIF that it finds damaged.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def exif() -> Image.Exif:
    """EXIF data as a camera writes it."""
    made = Image.Exif()
    made[271], made[272] = "Canon\0", "Canon EOS 80D"
    made.get_ifd(EXPOSURE).update({0x829A: 0.004, 0x829D: 5.6, 0x8827: 200, 0x9003: "2021:03:04 10:42:00", 0x920A: 50})
    return made


def saved(made: Image.Exif | bytes, format: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6)).save(file, format, exif=made)
    return file.getvalue()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_what_a_camera_noted(format: str) -> None:
    assert describe(saved(exif(), format)).shot == Shot(
        camera="Canon EOS 80D",
        seconds=0.004,
        aperture=5.6,
        speed=200,
        focal_length=50,
        taken="2021-03-04T10:42:00",
    )


def test_a_position_is_mentioned_and_never_told() -> None:
    made = exif()
    made.get_ifd(POSITION).update({1: "N", 2: (52.0, 30.0, 12.0), 3: "E", 4: (13.0, 24.0, 0.0)})
    shot = describe(saved(made)).shot
    assert shot.has_position
    assert "52" not in repr(shot)


def test_a_tiff_tells_its_own_tags() -> None:
    file = io.BytesIO()
    Image.new("L", (8, 6)).save(file, "TIFF", tiffinfo={271: "Basler", 272: "acA1300", 306: "2024:01:02 03:04:05"})
    shot = describe(file.getvalue()).shot
    assert shot == Shot(camera="Basler acA1300", taken="2024-01-02T03:04:05")


def test_a_picture_without_a_camera() -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 6)).save(file, "PNG")
    assert describe(file.getvalue()).shot == Shot()


def test_what_makes_no_sense_was_not_noted() -> None:
    made = Image.Exif()
    made[271], made[272] = "\x1b[31m\n" + "x" * 500, 7
    part = made.get_ifd(EXPOSURE)
    part.update({0x829A: float("inf"), 0x829D: -3.0, 0x8827: "fast", 0x9003: "2021:99:99 10:42:00", 0x920A: 0.0})
    shot = describe(saved(made, "PNG")).shot
    assert "\x1b" not in shot.camera
    assert "\n" not in shot.camera
    assert len(shot.camera) < 130
    assert shot == Shot(camera=shot.camera)


def test_damaged_exif_leaves_the_picture_alone() -> None:
    for data in (b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"):
        facts = describe(saved(data))
        assert (facts.width, facts.height, facts.shot) == (8, 6, Shot())


def test_exif_that_is_too_large_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    made = exif()
    made[0x9286] = "x" * LARGEST_EXIF
    assert describe(saved(made, "PNG")).shot == Shot()


def test_a_large_file_is_described_by_the_helper_with_its_shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaging, "EASY_BYTES", 0)
    assert describe(saved(exif())).shot.camera == "Canon EOS 80D"


def test_every_cut_and_every_flipped_byte_is_harmless() -> None:
    data = saved(exif())
    start = data.index(b"Exif\0\0")
    end = start + struct.unpack(">H", data[start - 2 : start])[0] - 2
    for place in range(start, end):
        for value in (0, 0xFF, data[place] ^ 0x80):
            facts = describe(data[:place] + bytes([value]) + data[place + 1 :])
            assert {facts.width, facts.height} == {8, 6}, "the orientation may differ"
