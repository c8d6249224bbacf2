"""The one door for pixels: what every kind of picture looks like behind it."""

from __future__ import annotations

import functools
import gc
import io
import struct
import sys
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from desktop_app.errors import DiscernError, ImageError
from desktop_app.project import decode_helper, imaging, pixels
from desktop_app.project.imaging import DECODABLE, KNOWN_UNSUPPORTED, describe, load_rgb
from desktop_app.project.shot import Shot
from tests.faults.bad_images import exif_orientation, grey_tiff, noise, png, png_chunk, rle_bmp, saved, tiff, with_scans

RAMP16 = np.tile(np.arange(0, 65536, 257, dtype=np.uint16), (3, 1))  # 256 levels
RAMP8 = np.repeat(np.tile(np.arange(256, dtype=np.uint8), (3, 1))[:, :, None], 3, axis=2)


@pytest.fixture(autouse=True)
def in_order() -> Iterator[None]:
    """Nothing that a test did is left to slow down or to block the next picture."""
    yield
    assert imaging._memory_in_use == 0
    assert not decode_helper._one_at_a_time.locked()


@pytest.fixture(params=["thread", "helper"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The picture is decoded in this thread, and by the helper process: with the same result."""
    if request.param == "helper":
        monkeypatch.setattr(imaging, "EASY_BYTES", 0)
    return str(request.param)


def refused(source: Path | bytes) -> ImageError:
    with pytest.raises(ImageError) as caught:
        load_rgb(source)
    return caught.value


def grey(value: int) -> list[int]:
    return [value] * 3


# ---- the array


def test_array(tmp_path: Path) -> None:
    image = noise(50, 40)
    path = tmp_path / "picture.png"
    path.write_bytes(saved(image, "PNG"))
    rgb = load_rgb(path)
    np.testing.assert_array_equal(rgb, np.asarray(image))
    assert rgb.dtype == np.uint8
    assert rgb.flags.c_contiguous
    assert not rgb.flags.writeable
    np.testing.assert_array_equal(load_rgb(path.read_bytes()), rgb)


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "WEBP", "GIF", "JPEG"])
def test_formats(format: str) -> None:
    image = Image.new("RGB", (33, 21), (200, 100, 50))
    options = {"WEBP": {"lossless": True}}.get(format, {})
    rgb = load_rgb(saved(image, format, **options))
    assert rgb.shape == (21, 33, 3)
    assert np.abs(rgb.astype(int) - (200, 100, 50)).max() <= (2 if format == "JPEG" else 0)


def test_decodable_formats_are_known_by_their_endings() -> None:
    assert {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif"} <= DECODABLE
    assert not DECODABLE & KNOWN_UNSUPPORTED.keys()
    assert KNOWN_UNSUPPORTED[".heic"] == "HEIC"
    assert all(ending == ending.lower() and ending.startswith(".") for ending in DECODABLE | KNOWN_UNSUPPORTED.keys())


# ---- upright


def turned(stored: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """By the words of the EXIF standard: where the stored row 0 and column 0 are seen."""
    return {
        1: lambda a: a,  # top, left
        2: lambda a: a[:, ::-1],  # top, right
        3: lambda a: a[::-1, ::-1],  # bottom, right
        4: lambda a: a[::-1],  # bottom, left
        5: lambda a: a.transpose(1, 0, 2),  # left, top
        6: lambda a: np.rot90(a, -1),  # right, top
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),  # right, bottom
        8: lambda a: np.rot90(a),  # left, bottom
    }[orientation](stored)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_orientation(format: str, orientation: int) -> None:
    image = noise(48, 32)
    options: dict[str, Any] = {"exif": exif_orientation(orientation)}
    if format == "WEBP":
        options["lossless"] = True
    stored = load_rgb(saved(image, format, **{**options, "exif": exif_orientation(1)}))
    data = saved(image, format, **options)
    rgb = load_rgb(data)
    np.testing.assert_array_equal(rgb, turned(stored, orientation))
    assert rgb.flags.c_contiguous
    facts = describe(data)
    assert (facts.height, facts.width) == rgb.shape[:2]
    assert ("turned upright" in facts.notes) == (orientation != 1 and format != "TIFF")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_in_bands(orientation: int, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "BAND_PIXELS", 48 * 5)  # the last band has two of the 32 rows
    image = noise(48, 32)
    rgb = load_rgb(saved(image, "PNG", exif=exif_orientation(orientation)))
    np.testing.assert_array_equal(rgb, turned(np.asarray(image), orientation))


def test_orientation_behind_the_pixels() -> None:
    image = noise(48, 32)
    plain = saved(image, "PNG")
    data = plain[:-12] + png_chunk(b"eXIf", exif_orientation(6)[6:]) + plain[-12:]
    np.testing.assert_array_equal(load_rgb(data), turned(np.asarray(image), 6))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_matter() -> None:
    image = noise(48, 32)
    for exif in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0junk"):
        np.testing.assert_array_equal(load_rgb(saved(image, "PNG", exif=exif)), np.asarray(image))


# ---- more than 8 bits


def ramps() -> dict[str, bytes]:
    floats = RAMP16.astype(np.float32) / 65535
    twelve = np.tile(np.arange(4096, dtype=np.uint16)[::16], (3, 1))  # 256 levels up to 4,080
    return {
        "PNG": saved(Image.fromarray(RAMP16), "PNG"),
        "TIFF": grey_tiff(RAMP16),
        "TIFF, packed": saved(Image.fromarray(RAMP16), "TIFF", compression="tiff_lzw"),
        "TIFF, big-endian": grey_tiff(RAMP16, order=">"),
        "TIFF, white is zero": grey_tiff(65535 - RAMP16, photometric=0),
        "TIFF, signed": grey_tiff((RAMP16.astype(np.int32) - 32768).astype(np.int16), sample_format=2),
        "TIFF, signed, big-endian": grey_tiff(
            (RAMP16.astype(np.int32) - 32768).astype(np.int16), sample_format=2, order=">"
        ),
        "TIFF, 32 bits": grey_tiff(RAMP16.astype(np.uint32)),
        "TIFF, 32 bits signed": grey_tiff(RAMP16.astype(np.int32), sample_format=2, order=">"),
        "TIFF, float": grey_tiff(floats, sample_format=3),
        "TIFF, float, big-endian": grey_tiff(floats, sample_format=3, order=">"),
        "TIFF, float, white is zero": grey_tiff(1 - floats, photometric=0, sample_format=3),
        "PNG, colour": png(
            256, 3, 16, 2, b"".join(b"\0" + np.repeat(row, 3).astype(">u2").tobytes() for row in RAMP16)
        ),
        "PNG, grey and opaque": png(
            256, 3, 16, 4, b"".join(b"\0" + np.stack([row, row * 0 - 1], 1).astype(">u2").tobytes() for row in RAMP16)
        ),
        "TIFF, colour": tiff(
            np.repeat(RAMP16, 3).tobytes(), t256=256, t257=3, t258=(16, 16, 16), t262=2, t277=3, t278=3
        ),
        "TIFF, 12 bits": tiff(
            b"".join(bytes([a >> 4, (a & 15) << 4 | b >> 8, b & 255]) for a, b in twelve.reshape(-1, 2).tolist()),
            t256=256,
            t257=3,
            t258=12,
            t262=1,
            t277=1,
            t278=3,
        ),
    }


@pytest.mark.parametrize("kind", ramps())
def test_ramp(kind: str) -> None:
    rgb = load_rgb(ramps()[kind])
    if kind == "TIFF, 12 bits":
        expected = np.round(np.arange(256) * 16 * 255 / 4095)
        np.testing.assert_array_equal(rgb, np.repeat(np.tile(expected, (3, 1))[:, :, None], 3, axis=2))
    else:
        np.testing.assert_array_equal(rgb, RAMP8)
    notes = describe(ramps()[kind]).notes
    assert any("reduced to 8" in note for note in notes)


def test_scale_does_not_depend_on_the_content() -> None:
    dark = np.full((4, 4), 300, np.uint16)
    for data in (
        grey_tiff(dark),
        saved(Image.fromarray(dark), "PNG"),
        grey_tiff(dark.astype(np.int32), sample_format=2),
    ):
        assert (load_rgb(data) == 1).all()  # 300 × 255 / 65,535, not stretched


@pytest.mark.parametrize("value", [-0.001, 1.001, np.nan, np.inf, -np.inf])
def test_floats_without_a_meaning(value: float, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "BAND_PIXELS", 8 * 3)  # it is found in the last band
    numbers = np.full((8, 8), 0.5, np.float32)
    numbers[7, 7] = value
    assert refused(grey_tiff(numbers, sample_format=3)).what == "numbers outside 0–1"


@pytest.mark.parametrize("value", [-1, 65536])
def test_whole_numbers_without_a_meaning(value: int) -> None:
    assert refused(grey_tiff(np.full((8, 8), value, np.int32), sample_format=2)).what == "numbers outside 0–65,535"


# ---- transparency


def test_transparent_is_white() -> None:
    for colour, alpha, seen in ((200, 0, 255), (200, 255, 200), (0, 128, 127)):
        pixel = Image.new("RGBA", (4, 4), (colour, colour, colour, alpha))
        assert load_rgb(saved(pixel, "PNG"))[0, 0].tolist() == grey(seen)
        assert load_rgb(saved(pixel, "TIFF"))[0, 0].tolist() == grey(seen)
        assert load_rgb(saved(pixel.convert("LA"), "PNG"))[0, 0].tolist() == grey(seen)
        assert "laid on white where it is transparent" in describe(saved(pixel, "PNG")).notes


def test_premultiplied_transparency() -> None:
    tags = {"t256": 3, "t257": 1, "t278": 1, "t338": 1}
    grey_alpha = bytes([0, 0, 100, 128, 200, 255])
    rgb = load_rgb(tiff(grey_alpha, t258=(8, 8), t262=1, t277=2, **tags))
    assert np.abs(rgb[0, :, 0].astype(int) - [255, 100 + 127, 200]).max() <= 1
    colours = bytes([0, 0, 0, 0, 100, 50, 0, 128, 200, 100, 0, 255])
    rgb = load_rgb(tiff(colours, t258=(8, 8, 8, 8), t262=2, t277=4, **tags))
    assert np.abs(rgb[0].astype(int) - [[255, 255, 255], [227, 177, 127], [200, 100, 0]]).max() <= 1


def test_transparent_palette() -> None:
    image = Image.new("P", (4, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.putdata([0, 1, 2, 1])
    one = load_rgb(saved(image, "PNG", transparency=0))
    np.testing.assert_array_equal(one, [[[255, 255, 255], [0, 255, 0], [0, 0, 255], [0, 255, 0]]])
    several = load_rgb(saved(image, "PNG", transparency=b"\x00\x80\xff"))
    np.testing.assert_array_equal(several, [[[255, 255, 255], [127, 255, 127], [0, 0, 255], [127, 255, 127]]])
    assert load_rgb(saved(image, "GIF", transparency=0))[0, 0].tolist() == grey(255)


@pytest.mark.parametrize(
    ("bits", "row", "key", "seen"),
    [
        (1, b"\x40", 1, [0, 255, 0, 0]),
        (1, b"\x40", 0, [255, 255, 255, 255]),
        (2, b"\x1b", 1, [0, 255, 170, 255]),
        (2, b"\x1b", 2, [0, 85, 255, 255]),
        (4, b"\x01\x23", 2, [0, 17, 255, 51]),
        (8, b"\x00\x01\x02\x03", 2, [0, 1, 255, 3]),
        (16, b"\x00\x00\x11\x11\x11\x12\x22\x22", 0x1111, [0, 255, 17, 34]),
    ],
)
def test_transparent_grey(bits: int, row: bytes, key: int, seen: list[int]) -> None:
    data = png(4, 1, bits, 0, b"\0" + row, png_chunk(b"tRNS", struct.pack(">H", key)))
    assert load_rgb(data)[0].tolist() == [grey(value) for value in seen]


def test_transparent_colour() -> None:
    key = png_chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3))
    np.testing.assert_array_equal(load_rgb(png(2, 1, 8, 2, b"\0\1\2\3\3\2\1", key)), [[[255, 255, 255], [3, 2, 1]]])
    key = png_chunk(b"tRNS", struct.pack(">HHH", 0x0101, 0x0202, 0x0303))
    np.testing.assert_array_equal(
        load_rgb(png(2, 1, 16, 2, b"\0\1\1\2\2\3\3\3\3\2\2\1\1", key)), [[[255, 255, 255], [3, 2, 1]]]
    )


# ---- colours


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk(format: str) -> None:
    """Adobe's JPEG files hold inverted numbers; without a profile, the usual formula is used."""
    for inks, colour in (((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 0), (255, 255, 255)), ((0, 0, 0, 255), (0, 0, 0))):
        rgb = load_rgb(saved(Image.new("CMYK", (16, 16), inks), format))
        assert np.abs(rgb.astype(int) - colour).max() <= 2


def test_ycck() -> None:
    data = bytearray(saved(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG"))
    adobe = data.index(b"Adobe")
    assert data[adobe + 11] == 0
    data[adobe + 11] = 2  # the same numbers, said to be YCCK
    rgb = load_rgb(bytes(data))
    # Y, Cb, Cr = 255, 0, 0 is R, G, B = 76, 255, 28. Adobe's numbers are inverted once more, so these are the inks.
    assert np.abs(rgb[0, 0].astype(int) - (179, 0, 227)).max() <= 2


def cmyk_profile() -> bytes:
    """A profile in which cyan is a mid-grey, black is black, and other inks do not show (ICC 2, two points a side)."""
    nodes = b""
    for node in range(16):
        cyan, black = node & 8, node & 1  # the first channel varies slowest
        nodes += bytes([0 if black else 128 if cyan else 255, 128, 128])
    identity = b"".join(struct.pack(">i", 65536 if at % 4 == 0 else 0) for at in range(9))
    curve = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + curve * 4 + nodes + curve * 3
    text = b"desc\0\0\0\0" + struct.pack(">I", 2) + b"x\0" + bytes(78)
    white = b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061)
    tags, body = [], b""
    for name, data in ((b"A2B0", table), (b"desc", text), (b"cprt", b"text\0\0\0\0x\0"), (b"wtpt", white)):
        data += bytes(-len(data) % 4)
        tags.append(name + struct.pack(">II", 132 + 4 * 12 + len(body), len(data)))
        body += data
    header = struct.pack(">I4sI", 132 + 48 + len(body), b"lcms", 0x02400000) + b"prtrCMYKLab " + bytes(12) + b"acsp"
    header += bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return header + bytes(128 - len(header)) + struct.pack(">I", 4) + b"".join(tags) + body


def test_cmyk_by_its_profile() -> None:
    image = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    by_formula = load_rgb(saved(image, "TIFF"))[0, 0]
    by_profile = load_rgb(saved(image, "TIFF", icc_profile=cmyk_profile()))[0, 0]
    assert by_formula.tolist() == [0, 255, 255]
    assert np.ptp(by_profile) <= 3  # grey
    assert 110 < by_profile[0] < 130  # L* = 50
    for useless in (b"junk" * 50, b"", cmyk_profile()[:200]):
        assert load_rgb(saved(image, "TIFF", icc_profile=useless))[0, 0].tolist() == [0, 255, 255]


def test_other_colours() -> None:
    lab = Image.new("LAB", (8, 8), (128, 128, 128))  # L* = 50
    assert np.abs(load_rgb(saved(lab, "TIFF")).astype(int) - 119).max() <= 2
    yes_and_no = Image.new("1", (2, 1))
    yes_and_no.putpixel((1, 0), 1)
    for format in ("PNG", "TIFF", "BMP", "GIF"):
        assert load_rgb(saved(yes_and_no, format))[0].tolist() == [grey(0), grey(255)]
    video = saved(Image.new("RGB", (16, 16), (255, 0, 0)).convert("YCbCr"), "TIFF")
    assert np.abs(load_rgb(video).astype(int) - (255, 0, 0)).max() <= 2


# ---- several pictures, odd sizes


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame(format: str) -> None:
    frames = [Image.new("RGB", (16, 8), (200, 20 * step, 0)) for step in range(5)]
    options = {"lossless": True} if format == "WEBP" else {}
    data = saved(frames[0], format, save_all=True, append_images=frames[1:], **options)
    assert (load_rgb(data) == (200, 0, 0)).all()
    facts = describe(data)
    assert facts.frames == 5
    assert "5 frames, of which the first is used" in facts.notes


def test_many_pages_are_not_all_counted() -> None:
    page = saved(Image.new("L", (1, 1)), "TIFF")
    directory = struct.unpack("<I", page[4:8])[0]
    entries = page[directory:-4] if page.endswith(bytes(4)) else page[directory:]
    size = 2 + 12 * struct.unpack("<H", entries[:2])[0]
    data, body = page[:8], page[directory : directory + size]
    data += page[8:directory]
    tail = page[directory + size + 4 :]
    for _ in range(1500):
        data += body + struct.pack("<I", len(data) + size + 4)
    data += body + bytes(4) + tail
    assert describe(data).frames == 1000


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 60000), (60000, 1)])
@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_lopsided(format: str, width: int, height: int) -> None:
    data = saved(Image.new("RGB", (width, height), (9, 9, 9)), format)
    for target in (None, 1, 224):
        assert load_rgb(data, target=target).shape == (height, width, 3)


# ---- reduced decoding


@pytest.mark.parametrize(
    ("width", "height", "target", "scale"),
    [
        (2000, 1600, 100, 8),
        (2000, 1599, 100, 4),
        (2000, 1600, 101, 4),
        (900, 1300, 224, 2),
        (895, 1300, 224, 1),
        (500, 375, 224, 1),
        (64, 64, 1000, 1),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_smallest_scale(mode: str, width: int, height: int, target: int, scale: int, way: str) -> None:
    data = saved(Image.new(mode, (width, height)), "JPEG")
    rgb = load_rgb(data, target=target)
    assert rgb.shape == (-(-height // scale), -(-width // scale), 3)
    assert min(rgb.shape[:2]) >= min(2 * target, width, height)


def test_reduced_picture_is_the_same_picture() -> None:
    image = noise(60, 40).resize((1920, 1280), Image.Resampling.BICUBIC)
    data = saved(image, "JPEG", quality=95, exif=exif_orientation(8))
    whole, part = load_rgb(data), load_rgb(data, target=64)
    assert part.shape == (whole.shape[0] // 8, whole.shape[1] // 8, 3)
    shrunk = np.asarray(Image.fromarray(whole).reduce(8))
    assert np.abs(part.astype(int) - shrunk).mean() < 3


def test_other_formats_come_at_full_size() -> None:
    assert load_rgb(saved(Image.new("RGB", (2000, 1600)), "PNG"), target=100).shape == (1600, 2000, 3)


# ---- files


def test_error_names_the_file_and_fits_through_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "notes {0}.jpg"
    path.write_text("notes")
    error = refused(path)
    assert error.what == "text, not a picture"
    assert error.values["file"] == str(path)
    assert DiscernError.from_dict(error.to_dict()).what == error.what


def test_file_is_closed(tmp_path: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("platform: open files can't be listed")
    path = tmp_path / "picture.tif"
    image = Image.new("L", (8, 8))
    path.write_bytes(saved(image, "TIFF", save_all=True, append_images=[image]))
    before = len(list(Path("/proc/self/fd").iterdir()))
    load_rgb(path)
    describe(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.png").write_bytes(saved(noise(5, 4), "PNG"))
    (tmp_path / "link.png").symlink_to("real.png")
    assert load_rgb(tmp_path / "link.png").shape == (4, 5, 3)


def test_not_a_file(tmp_path: Path) -> None:
    assert refused(tmp_path).what == "not a regular file"
    assert refused(tmp_path / "nothing.jpg").what == "no longer there"
    (tmp_path / "file").write_bytes(b"")
    assert refused(tmp_path / "file").what == "empty file"
    assert refused(tmp_path / "file" / "below.jpg").what == "no longer there"


def windows_error(code: int) -> OSError:
    error = PermissionError(13, "Permission denied")
    error.winerror = code  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize("code", [5, 32, 33])
def test_locked_file_is_tried_again(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(saved(noise(5, 4), "PNG"))
    monkeypatch.setattr(imaging, "LOCKED_PAUSES", (0.001, 0.001))
    refusals = [windows_error(code), windows_error(code)]
    read = Path.read_bytes

    def read_bytes(self: Path) -> bytes:
        if refusals:
            raise refusals.pop()
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert load_rgb(path).shape == (4, 5, 3)
    refusals += [windows_error(code)] * 3
    assert refused(path).what == ("not allowed to read it" if code == 5 else "in use by another program")
    assert not refusals


def test_other_refusals_are_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(saved(noise(5, 4), "PNG"))
    monkeypatch.setattr(imaging, "LOCKED_PAUSES", (60.0,))
    problems: dict[str, OSError] = {
        "not allowed to read it": PermissionError(13, "Permission denied"),
        "can't be read": OSError(5, "Input/output error"),
        "no longer there": FileNotFoundError(2, "No such file"),
    }
    for what, problem in problems.items():

        def read_bytes(self: Path, problem: OSError = problem) -> bytes:
            raise problem

        monkeypatch.setattr(Path, "read_bytes", read_bytes)
        assert refused(path).what == what


def test_online_only_file_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(saved(noise(5, 4), "PNG"))
    found = path.stat()

    class OnlineOnly:
        st_mode, st_size, st_file_attributes = found.st_mode, found.st_size, 0x400000

    monkeypatch.setattr(Path, "stat", lambda self: OnlineOnly)
    assert refused(path).what == "stored online only"


def test_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.tif"
    with path.open("wb") as file:
        file.truncate(5 << 30)
    assert refused(path).what == "too large: 5.4 GB"


def test_error_does_not_keep_the_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of a thousand failed pictures must not hold a thousand files."""
    torn = saved(noise(400, 300), "JPEG")[:-9000]
    monkeypatch.setattr(imaging, "_read", lambda path: torn)
    gc.disable()  # it must be gone at once, not with the next collection
    try:
        before = sys.getrefcount(torn)
        error = refused(tmp_path)
        assert error.__cause__
        assert sys.getrefcount(torn) == before
    finally:
        gc.enable()


# ---- the helper


def test_helper_says_what_is_wrong(way: str) -> None:
    torn = saved(noise(400, 300), "JPEG")
    assert refused(torn[: len(torn) // 2]).what.startswith("cut off after")
    assert refused(b"notes").what == "text, not a picture"


def test_heavy_pictures_go_to_the_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []
    monkeypatch.setattr(
        decode_helper, "decode", lambda data, target: asked.append(target) or np.zeros((1, 1, 3), np.uint8)
    )
    flat = Image.new("L", (64, 64), 128)
    progressive = saved(flat, "JPEG", progressive=True)
    load_rgb(progressive)
    load_rgb(progressive[:2] + b"\xff\xe9\xea\x62" + b"\xff\xda" * 30000 + progressive[2:])  # no scans, but a comment
    load_rgb(saved(Image.new("L", (6000, 6000)), "PNG"))
    huge_photo = saved(Image.new("L", (8000, 8000)), "JPEG")
    load_rgb(huge_photo, target=224)  # one pass at an eighth of the size
    assert not asked
    load_rgb(with_scans(progressive, 40), target=1)
    load_rgb(huge_photo, target=2)
    load_rgb(huge_photo, target=4000)
    load_rgb(saved(Image.new("L", (8000, 8000)), "PNG"), target=3)
    load_rgb(saved(Image.new("L", (9000, 9000)), "JPEG", progressive=True), target=4)
    load_rgb(saved(Image.new("RGB", (5000, 5000)), "WEBP", method=0), target=5)  # decoded with four copies
    load_rgb(rle_bmp(1000, 1001, b"\0\1"), target=6)
    assert asked == [1, 4000, 3, 4, 5, 6]


def test_slow_picture_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_helper, "TIME_LIMIT", 0.3)
    monkeypatch.setattr(decode_helper, "_command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(imaging, "EASY_BYTES", 0)
    assert refused(saved(noise(5, 4), "PNG")).what == "takes too long to read"


@pytest.mark.parametrize(
    "child",
    [
        "pass",
        "import os; os.abort()",
        "import sys; sys.stdin.buffer.read(); print('junk')",
        "import sys; sys.stdin.buffer.read(); print('{}')",
        "import sys; sys.stdin.buffer.read(); print('[1]')",
        "import sys; sys.stdin.buffer.read(); print('{\"error\": 1}')",
        'import sys; sys.stdin.buffer.read(); print(\'{"width": 9, "height": 9, "orientation": 1}\')',
        'import sys; sys.stdin.buffer.read(); print(\'{"width": 90000, "height": 90000, "orientation": 1}\')',
        'import sys; sys.stdin.buffer.read(); print(\'{"width": 9, "height": 9, "orientation": 1}\\n{"rows": 99}\')',
        'import sys; sys.stdin.buffer.read(); print(\'{"width": 9, "height": 9, "orientation": 1}\\n{"rows": 9}\')',
    ],
)
@pytest.mark.parametrize("size", [4, 400])
def test_broken_helper(child: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_helper, "_command", lambda: [sys.executable, "-c", child])
    monkeypatch.setattr(imaging, "EASY_BYTES", 0)
    assert refused(saved(noise(size, size), "PNG")).what == "can't be read"


def test_helper_ignores_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project is untrusted: its files are never run, even if somebody works inside it."""
    for name in ("json", "numpy", "PIL", "desktop_app"):
        (tmp_path / f"{name}.py").write_text("from pathlib import Path\nPath('run').touch()\nraise SystemExit\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(imaging, "EASY_BYTES", 0)
    assert load_rgb(saved(noise(5, 4), "PNG")).shape == (4, 5, 3)
    assert not (tmp_path / "run").exists()


def test_helper_in_a_packaged_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert decode_helper._command() == [sys.executable, "--decode-helper"]
    assert imaging.main_decode_helper is decode_helper.main


@pytest.mark.skipif(sys.platform != "linux", reason="platform: no limit on memory")
def test_helper_has_a_memory_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from desktop_app.project import decode_helper; decode_helper.MEMORY_LIMIT = 20 << 20; decode_helper.main()"
    monkeypatch.setattr(decode_helper, "_command", lambda: [sys.executable, "-c", code])
    monkeypatch.setattr(imaging, "EASY_BYTES", 0)
    assert load_rgb(saved(noise(5, 4), "PNG")).shape == (4, 5, 3)
    assert refused(saved(Image.new("RGB", (4000, 4000)), "PNG")).what == "needs too much memory"
    # Pillow has room for this picture, and libtiff none for the strip that is all of it.
    strip = zlib.compress(bytes(14_000_000))
    assert refused(tiff(strip, t256=4000, t257=3500, t258=8, t259=8, t262=1, t277=1, t278=3500)).what == (
        "needs too much memory"
    )


# ---- many threads


def test_threads_see_the_same(tmp_path: Path) -> None:
    paths = []
    for number in range(12):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(saved(noise(90 + number, 60), "JPEG", exif=exif_orientation(number % 8 + 1)))
        paths.append(path)
    alone = [load_rgb(path) for path in paths]
    with ThreadPoolExecutor(8) as pool:
        for path, rgb in zip(paths * 8, pool.map(load_rgb, paths * 8), strict=True):
            np.testing.assert_array_equal(rgb, alone[paths.index(path)])


def test_large_pictures_wait_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaging, "SMALL_MEMORY", 0)
    monkeypatch.setattr(imaging, "MEMORY", 17000)
    data = saved(noise(30, 40), "PNG")  # 1,200 pixels of 7 bytes: two at a time
    together, most = 0, 0
    guard = threading.Lock()
    decode = imaging.Picture.decode

    @functools.wraps(decode)
    def counted(self: imaging.Picture) -> Any:
        nonlocal together, most
        with guard:
            together += 1
            most = max(most, together)
        threading.Event().wait(0.01)
        with guard:
            together -= 1
        return decode(self)

    monkeypatch.setattr(imaging.Picture, "decode", counted)
    with ThreadPoolExecutor(6) as pool:
        shapes = [rgb.shape for rgb in pool.map(load_rgb, [data] * 24)]
    assert shapes == [(40, 30, 3)] * 24
    assert most == 2


# ---- facts


def test_facts() -> None:
    facts = describe(saved(noise(50, 40), "JPEG", exif=exif_orientation(6)))
    assert facts == imaging.ImageFacts("JPEG", "RGB", 40, 50, 1, 8, ("turned upright",), Shot())
    assert describe(saved(Image.new("CMYK", (5, 4)), "TIFF")).notes == ("printing colours turned into screen colours",)
    assert describe(saved(Image.new("1", (5, 4)), "PNG")).bits == 1
    assert describe(png(4, 1, 4, 0, b"\0\x01\x23")).bits == 4
    with pytest.raises(ImageError, match="text, not a picture"):
        describe(b"notes")


def test_facts_by_the_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(noise(50, 40), "JPEG", exif=exif_orientation(6))
    facts = describe(data)
    monkeypatch.setattr(imaging, "EASY_BYTES", 0)
    assert describe(data) == facts
    with pytest.raises(ImageError, match="text, not a picture"):
        describe(b"notes")
    monkeypatch.setattr(decode_helper, "_command", lambda: [sys.executable, "-c", "print({})"])
    with pytest.raises(ImageError, match="can't be read"):
        describe(data)


def test_facts_need_no_pixels() -> None:
    data = saved(noise(400, 300), "PNG")
    assert describe(data[:5000]).width == 400


def test_images_are_read_as_bytes_only() -> None:
    with pytest.raises(AttributeError):
        load_rgb(io.BytesIO(b""))  # type: ignore[arg-type]
