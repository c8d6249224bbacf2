"""Hard picture files, written by hand: torn, mislabelled, hostile, or just unusual.

Each comes with what the loader must make of it: the (height, width) of a picture, or the beginning of a reason.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from PIL import Image


class BadImage(NamedTuple):
    name: str
    data: bytes
    outcome: tuple[int, int] | str


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def noise(width: int, height: int) -> Image.Image:
    """The same noise each time."""
    return Image.frombytes("RGB", (width, height), random.Random(0).randbytes(width * height * 3))


# ---- building blocks


def png_chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, bits: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG; `rows`: each with its leading filter byte; `extra`: chunks before the pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + body


def tiff(pixels: bytes, order: str = "<", **tags: int | tuple[int, ...]) -> bytes:
    """A TIFF of one strip. `tags`: `t256=…` and so on; numbers are written as LONG, several as SHORT."""
    entries = {int(name[1:]): value for name, value in tags.items()}
    entries.setdefault(259, 1)
    entries.setdefault(273, 8)
    entries.setdefault(279, len(pixels))
    count = len(entries)
    directory = 8 + len(pixels)
    behind = directory + 2 + 12 * count + 4
    body, tail = struct.pack(order + "H", count), b""
    for number, value in sorted(entries.items()):
        kind, code, values = (4, "I", (value,)) if isinstance(value, int) else (3, "H", value)
        data = struct.pack(f"{order}{len(values)}{code}", *values)
        if len(data) > 4:  # elsewhere, and its place here
            data, tail = struct.pack(order + "I", behind + len(tail)), tail + data
        body += struct.pack(order + "HHI", number, kind, len(values)) + data.ljust(4, b"\0")
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(order + "I", directory) + pixels + body + struct.pack(order + "I", 0) + tail


def grey_tiff(array: np.ndarray, *, order: str = "<", photometric: int = 1, sample_format: int = 1) -> bytes:
    height, width = array.shape
    return tiff(
        array.astype(array.dtype.newbyteorder(order)).tobytes(),
        order,
        t256=width,
        t257=height,
        t258=array.dtype.itemsize * 8,
        t262=photometric,
        t277=1,
        t278=height,
        t339=sample_format,
    )


def exif_orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


def with_scans(jpeg: bytes, extra: int) -> bytes:
    """Repeat the last scan of a JPEG."""
    start = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[start:-2] * extra + jpeg[-2:]


def rle_bmp(width: int, height: int, code: bytes) -> bytes:
    """A run-length encoded BMP of 8 bits."""
    palette = bytes(range(256)) * 4
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(code), 0, 0, 256, 0)
    offset = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(code), 0, 0, offset) + header + palette + code


# ---- the files


def quick() -> Iterator[BadImage]:
    """Small ones: all together take a few seconds."""
    yield from _not_pictures()
    yield from _torn()
    yield from _unusual()
    yield from _hostile()


def _not_pictures() -> Iterator[BadImage]:
    yield BadImage("empty.jpg", b"", "empty file")
    yield BadImage("zeros.png", bytes(5000), "empty file")
    yield BadImage("one byte.png", b"\x89", "not a picture")
    yield BadImage("random.png", random.Random(1).randbytes(5000), "not a picture")
    yield BadImage("text.jpg", b"These are notes, not a picture.\r\n" * 40, "text, not a picture")
    yield BadImage("umlauts.jpg", b"x" + "ü".encode() * 2000, "text, not a picture")  # 1,024 cuts one in two
    yield BadImage("begins like a bitmap.bmp", b"BMW sent these notes.\n" * 9, "text, not a picture")
    yield BadImage("postscript.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "text, not a picture")
    yield BadImage("page.jpg", b"<!DOCTYPE html><html><body>404</body></html>", "web page, not a picture")
    yield BadImage("vector.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG")
    yield BadImage("document.jpg", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF, not a picture")
    yield BadImage("archive.png", b"PK\x03\x04" + bytes(60), "ZIP archive, not a picture")
    yield BadImage("phone.jpg", b"\0\0\0\x18ftypheic" + bytes(60), "HEIC, not supported yet")
    yield BadImage("avif.png", b"\0\0\0\x18ftypavif" + bytes(60), "AVIF, not supported yet")
    yield BadImage("film.jpg", b"\0\0\0\x18ftypisom" + bytes(60), "video, not a picture")
    yield BadImage("jp2.jpg", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), "JPEG 2000, not supported yet")
    yield BadImage("jxl.jpg", b"\xff\x0a" + bytes(60), "JPEG XL, not supported yet")
    yield BadImage("photoshop.tif", b"8BPS\0\x01" + bytes(60), "Photoshop file, not supported")
    # Formats that Pillow knows, and that are nobody's photographs; this one asks for 655 MB.
    blp = b"BLP2" + struct.pack("<IBBBBII", 1, 1, 8, 0, 0, 16384, 16384)
    yield BadImage("game.png", blp + bytes(256), "not a picture")
    yield BadImage("plain.bmp", b"P5 4 4 65535\n" + bytes(32), "not a picture")


def _torn() -> Iterator[BadImage]:
    picture = noise(400, 300)
    jpeg = saved(picture, "JPEG", quality=90)
    yield BadImage("torn.jpg", jpeg[: len(jpeg) // 2], "cut off after")
    yield BadImage("torn progressive.jpg", saved(picture, "JPEG", progressive=True)[:9000], "cut off")
    yield BadImage("torn header.jpg", jpeg[:20], "unusual or damaged JPEG")
    yield BadImage("torn.png", (whole := saved(picture, "PNG"))[: len(whole) // 2], "cut off after")
    yield BadImage("torn header.png", whole[:20], "unusual or damaged PNG")
    yield BadImage("torn.bmp", (whole := saved(picture, "BMP"))[: len(whole) // 2], "cut off after 50 %")
    yield BadImage("torn.gif", (whole := saved(picture, "GIF"))[: len(whole) // 2], "cut off after")
    yield BadImage("torn.webp", (whole := saved(picture, "WEBP"))[: len(whole) // 2], "cut off after 50 %")
    whole = grey_tiff(np.zeros((300, 400), np.uint8) + 9)
    directory = struct.unpack("<I", whole[4:8])[0]
    torn = whole[:4] + struct.pack("<I", directory - 60000) + whole[8:60008] + whole[directory:]
    yield BadImage("torn.tif", torn, "cut off after")
    yield BadImage("torn packed.tif", saved(picture, "TIFF", compression="tiff_lzw")[:-90000], "")
    flipped = bytearray(saved(picture, "PNG"))
    flipped[len(flipped) // 2] ^= 0x55
    yield BadImage("flipped bit.png", bytes(flipped), "damaged")
    flipped = bytearray(jpeg)
    flipped[len(flipped) // 2] ^= 0x55
    yield BadImage("flipped bit.jpg", bytes(flipped), (300, 400))  # a smear, as in every other program
    yield BadImage("no pixels.png", png(4, 4, 8, 2, b"")[:33] + png_chunk(b"IEND"), "")
    yield BadImage("no end.png", saved(picture, "PNG")[:-12], (300, 400))
    yield BadImage("no strips.tif", tiff(b"", t256=4, t257=4, t258=8, t262=1, t273=99999), "cut off")
    yield BadImage("no size.gif", b"GIF89a" + bytes(20) + b";", "unusual or damaged GIF")
    yield BadImage("zero width.png", png(0, 4, 8, 0, b""), "unusual or damaged PNG")


def _unusual() -> Iterator[BadImage]:
    picture = noise(40, 30)
    jpeg = saved(picture, "JPEG")
    yield BadImage("jpeg named.png", jpeg, (30, 40))
    yield BadImage("png named.jpg", saved(picture, "PNG"), (30, 40))
    yield BadImage("webp named.tif", saved(picture, "WEBP"), (30, 40))
    yield BadImage("trailing junk.jpg", jpeg + random.Random(2).randbytes(5000), (30, 40))
    yield BadImage("embedded scans.jpg", jpeg[:2] + b"\xff\xe9\xea\x62" + b"\xff\xda" * 30000 + jpeg[2:], (30, 40))
    mpo = saved(picture, "MPO", save_all=True, append_images=[picture])
    yield BadImage("two pictures.jpg", mpo, (30, 40))
    yield BadImage("second picture damaged.jpg", mpo[: len(jpeg) + 300], (30, 40))
    yield BadImage("damaged exif.jpg", saved(picture, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x99\x99junk"), (30, 40))
    for value in (0, 9, 65535):
        exif = exif_orientation(value)
        yield BadImage(f"orientation {value}.jpg", saved(picture, "JPEG", exif=exif), (30, 40))
    for format in ("GIF", "WEBP", "PNG", "TIFF"):
        frames = [Image.new("RGB", (16, 8), (20 * step, 0, 0)) for step in range(5)]
        yield BadImage(
            f"five frames.{format.lower()}", saved(frames[0], format, save_all=True, append_images=frames[1:]), (8, 16)
        )
    for format in ("PNG", "TIFF", "BMP", "GIF", "JPEG", "WEBP"):
        yield BadImage(f"one pixel.{format.lower()}", saved(Image.new("RGB", (1, 1)), format), (1, 1))
    yield BadImage("tall.png", saved(Image.new("RGB", (1, 60000)), "PNG"), (60000, 1))
    yield BadImage("wide.jpg", saved(Image.new("RGB", (60000, 1)), "JPEG"), (1, 60000))
    for mode in ("1", "L", "LA", "P", "RGBA"):
        yield BadImage(f"mode {mode}.png", saved(picture.convert(mode), "PNG"), (30, 40))
    for mode in ("1", "L", "P", "CMYK", "YCbCr", "LAB", "RGBA"):
        image = Image.new("LAB", (40, 30)) if mode == "LAB" else picture.convert(mode)
        yield BadImage(f"mode {mode}.tif", saved(image, "TIFF"), (30, 40))
    yield BadImage("cmyk.jpg", saved(picture.convert("CMYK"), "JPEG"), (30, 40))
    yield BadImage("bad profile.jpg", saved(picture.convert("CMYK"), "JPEG", icc_profile=b"junk" * 60), (30, 40))
    yield BadImage("run lengths.bmp", rle_bmp(5, 2, b"\x05\x07\0\0\x05\x09\0\0\0\1"), (2, 5))
    yield BadImage("upside down.bmp", _upside_down(saved(picture, "BMP")), (30, 40))
    ramp = np.tile(np.arange(0, 65536, 257, dtype=np.uint16), (4, 1))
    yield BadImage("grey 16.tif", grey_tiff(ramp, order=">"), (4, 256))
    yield BadImage(
        "signed 16.tif", grey_tiff((ramp.astype(np.int32) - 32768).astype(np.int16), sample_format=2), (4, 256)
    )
    yield BadImage("whole 32.tif", grey_tiff(ramp.astype(np.int32), sample_format=2), (4, 256))
    yield BadImage("beyond 16.tif", grey_tiff(ramp.astype(np.int32) + 1, sample_format=2), "numbers outside 0–65,535")
    floats = ramp.astype(np.float32) / 65535
    yield BadImage("float.tif", grey_tiff(floats, sample_format=3), (4, 256))
    for name, value in {"beyond 1": 1.01, "below 0": -0.01, "nan": np.nan, "infinite": np.inf}.items():
        odd = floats.copy()
        odd[3, 200] = value
        yield BadImage(f"float {name}.tif", grey_tiff(odd, sample_format=3), "numbers outside 0–1")
    yield BadImage(
        "float colours.tif",
        tiff(bytes(48), t256=2, t257=2, t258=(32, 32, 32), t262=2, t277=3, t339=(3, 3, 3)),
        "unusual or damaged TIFF",
    )


def _upside_down(bmp: bytes) -> bytes:
    height = struct.unpack("<i", bmp[22:26])[0]
    return bmp[:22] + struct.pack("<i", -height) + bmp[26:]


def _hostile() -> Iterator[BadImage]:
    flat = saved(Image.new("L", (64, 64), 128), "JPEG", progressive=True)
    yield BadImage("huge.png", png(40000, 40000, 8, 2, b""), "too large: 40,000 × 40,000")
    yield BadImage("larger.png", png(2**31 - 1, 2**31 - 1, 8, 2, b""), "")
    yield BadImage(
        "huge.bmp", saved(Image.new("L", (1, 1)), "BMP").replace(b"\1\0\0\0\1\0\0\0", b"\1\0\0\7\1\0\0\7"), ""
    )
    yield BadImage("huge.tif", tiff(bytes(9), t256=60000, t257=60000, t258=8, t262=1, t277=1), "too large: 60,000")
    yield BadImage("huge.jpg", _resized(flat, 65500, 65500), "too large: 65,500 × 65,500")
    canvas = struct.pack("<I", 16382)[:3] * 2
    webp = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas + b"VP8 " + struct.pack("<I", 4) + bytes(4)
    yield BadImage("huge.webp", b"RIFF" + struct.pack("<I", len(webp)) + webp, "")
    gif = bytearray(saved(Image.new("L", (2, 2)), "GIF"))
    at = gif.index(b",")
    gif[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    yield BadImage("frame beyond screen.gif", bytes(gif), "too large")
    tile = zlib.compress(bytes(1000))
    yield BadImage(
        "huge tile.tif",
        tiff(tile, t256=16, t257=16, t258=8, t259=8, t262=1, t277=1, t322=30000, t323=30000, t324=8, t325=len(tile)),
        "too large: 30,000 × 30,000",
    )
    first = saved(Image.new("L", (4, 4)), "TIFF")
    yield BadImage("directory loop.tif", first[:-4] + first[4:8], (4, 4))
    yield BadImage("many scans.jpg", with_scans(_resized(flat, 4000, 4000), 300), "too many scans")
    yield BadImage("forty scans.jpg", with_scans(flat, 40), (64, 64))  # decoded by the helper
    # Each channel in a scan of its own, again and again: no progressive JPEG, but as much work.
    yield BadImage("sequential scans.jpg", _sequential_scans(300), "too many scans")
    profile = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(50 << 20)))
    yield BadImage("profile bomb.png", png(2, 1, 8, 0, b"\0ab", profile), "unusual or damaged PNG")
    text = png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(50 << 20)))
    yield BadImage("text bomb.png", png(2, 1, 8, 0, b"\0ab", text), "")
    yield BadImage(
        "twelve bits.jpg", flat.replace(b"\xff\xc2\0\x0b\x08", b"\xff\xc2\0\x0b\x0c"), "unusual or damaged JPEG"
    )
    yield BadImage("five channels.tif", tiff(bytes(20), t256=2, t257=2, t258=(8,) * 5, t262=2, t277=5), "unusual")
    yield BadImage("format letters.jpg", b"\xff\xd8\xff\xe0{0}{what}%s", "unusual or damaged JPEG")


def _resized(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG that claims another size."""
    at = next(at for at in (jpeg.find(marker) for marker in (b"\xff\xc0", b"\xff\xc2")) if at > 0)
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def _sequential_scans(scans: int) -> bytes:
    grey = saved(Image.new("L", (64, 64), 128), "JPEG")
    frame = grey.index(b"\xff\xc0")
    scan = grey.index(b"\xff\xda")
    three = struct.pack(">HHBHHB", 0xFFC0, 17, 8, 4000, 4000, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    return grey[:frame] + three + grey[frame + 13 : scan] + grey[scan:-2] * scans + grey[-2:]


def slow() -> Iterator[BadImage]:
    """Large ones, at or beyond the limits."""
    yield BadImage("178 MP.png", saved(Image.new("L", (13370, 13370)), "PNG"), "too large: 13,370 × 13,370")
    yield BadImage("178 MP.gif", saved(Image.new("L", (13370, 13370)), "GIF"), "too large: 13,370 × 13,370")
    yield BadImage("178 MP.tif", saved(Image.new("1", (13370, 13370)), "TIFF", compression="group4"), "too large")
    yield BadImage("176 MP.jpg", saved(Image.new("RGB", (16000, 11000)), "JPEG", quality=1), "too large")
    yield BadImage("100 MP.png", saved(Image.new("RGB", (10000, 10000)), "PNG"), (10000, 10000))
    yield BadImage("100 MP alpha.png", saved(Image.new("RGBA", (10000, 10000)), "PNG"), (10000, 10000))
    yield BadImage("100 MP.jpg", saved(Image.new("RGB", (10000, 10000)), "JPEG"), (10000, 10000))
    yield BadImage("100 MP.tif", saved(Image.new("1", (10000, 10000)), "TIFF", compression="group4"), (10000, 10000))
    sixteen = zlib.compress(bytes(600_000_000), 1)
    bits = {"t258": (16, 16, 16), "t262": 2, "t277": 3, "t278": 10000, "t259": 8}
    yield BadImage("100 MP of 16 bits.tif", tiff(sixteen, t256=10000, t257=10000, **bits), "")
    flat = saved(Image.new("L", (9400, 9400), 128), "JPEG", progressive=True)
    yield BadImage("ten scans.jpg", with_scans(flat, 4), (9400, 9400))
    yield BadImage("forty large scans.jpg", with_scans(flat, 34), "")
    yield BadImage("a thousand scans.jpg", with_scans(flat, 994), "too many scans")
    busy = saved(noise(1500, 1500), "JPEG", progressive=True, quality=95)
    yield BadImage("busy scans.jpg", with_scans(busy, 300), "")
    side = 6000
    yield BadImage("runs of one.bmp", rle_bmp(side, side, b"\1\7" * (side * side)), "")
    yield BadImage("fill bytes.jpg", flat[:2] + b"\xff" * (16 << 20) + flat[2:], "")
    comments = b"\xff\xfe\0\2" * (4 << 20)
    yield BadImage("comments.jpg", flat[:2] + comments[: 15 << 20] + saved(noise(8, 8), "JPEG")[2:], (8, 8))
    chunks = png_chunk(b"prVt") * 1_300_000
    yield BadImage("chunks.png", png(2, 1, 8, 0, b"\0ab", chunks), (1, 2))
    yield BadImage("zeros.jpg", bytes(400 << 20), "empty file")
