"""Measures: size, light and sharpness of one picture, and a hash that says what it looks like."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from desktop_app.project.imaging import describe, load_rgb
from desktop_app.project.measures import EDGE, Measures, measure


def scene(seed: int = 0, width: int = 640, height: int = 480) -> Image.Image:
    """A picture with large shapes and fine grain, as photographs have them."""
    random = np.random.default_rng(seed)
    shapes = Image.fromarray(random.integers(60, 190, (6, 8, 3), np.uint8)).resize((width, height), Image.BICUBIC)
    grain = random.normal(0, 8, (height, width, 1))
    return Image.fromarray((np.asarray(shapes) + grain).clip(0, 255).astype(np.uint8))


def measured(image: Image.Image, kind: str = "PNG", **options: int) -> Measures:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    data = buffer.getvalue()
    return measure(load_rgb(data, target=EDGE), describe(data))


def bits_apart(one: Measures, other: Measures) -> int:
    return ((one.phash ^ other.phash) & (1 << 64) - 1).bit_count()


def test_size_and_format_are_the_files() -> None:
    found = measured(scene(width=1500, height=1000).convert("L"), "JPEG")
    assert (found.width, found.height, found.format, found.mode, found.problem) == (1500, 1000, "JPEG", "L", "")


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_plain_picture(value: int) -> None:
    found = measured(Image.new("RGB", (50, 40), (value,) * 3))
    assert found.brightness == pytest.approx(value / 255, abs=0.005)
    assert found.contrast == found.sharpness == 0
    assert (found.clipped_dark, found.clipped_bright) == (float(value == 0), float(value == 255))


def test_half_black_half_white() -> None:
    image = Image.new("L", (100, 100))
    image.paste(255, (0, 0, 25, 100))
    found = measured(image)
    assert (found.brightness, found.clipped_dark, found.clipped_bright) == (0.25, 0.75, 0.25)
    assert found.contrast == pytest.approx(np.sqrt(0.25 * 0.75))


def test_blurring_takes_sharpness_away_and_little_else() -> None:
    image = scene()
    sharp, blurred = measured(image), measured(image.filter(ImageFilter.GaussianBlur(6)))
    assert blurred.sharpness < 0.05 * sharp.sharpness
    assert blurred.brightness == pytest.approx(sharp.brightness, abs=0.01)
    assert bits_apart(sharp, blurred) <= 4


def test_sharpness_does_not_depend_on_the_cameras_pixels() -> None:
    large = scene(width=2000, height=1600).filter(ImageFilter.GaussianBlur(4))
    small = large.resize((500, 400), Image.BOX)
    assert measured(small).sharpness == pytest.approx(measured(large).sharpness, rel=0.3)


def test_the_hash_knows_a_picture_again_and_tells_others_apart() -> None:
    image = scene(1)
    first = measured(image)
    for variant in (
        measured(image, "JPEG", quality=40),
        measured(image.resize((320, 240))),
        measured(ImageEnhance.Brightness(image).enhance(1.2)),
    ):
        assert bits_apart(first, variant) <= 6
    assert all(bits_apart(first, measured(scene(seed))) > 16 for seed in range(2, 8))
    assert -(1 << 63) <= first.phash < 1 << 63


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (3000, 2)])
def test_any_shape_can_be_measured(size: tuple[int, int]) -> None:
    found = measured(Image.new("RGB", size, (10, 20, 30)))
    assert (found.width, found.height) == size and found.sharpness == 0


def test_the_colour_of_the_whole() -> None:
    red, green = (
        measured(Image.new("RGB", (50, 40), (200, 80, 40))),
        measured(Image.new("RGB", (50, 40), (50, 250, 50))),
    )
    assert red.warmth == pytest.approx(160 / 255, abs=0.01)
    assert green.greenness == pytest.approx(200 / 255, abs=0.01)
    grey = measured(scene().convert("L"))
    assert (grey.warmth, grey.greenness) == pytest.approx((0, 0))


def test_what_the_camera_noted() -> None:
    exif = Image.Exif()
    exif[271], exif[272], exif[306] = "Canon", "Canon EOS 80D", "2024:05:03 08:30:00"
    found = measured(scene(), "JPEG", exif=exif)
    assert found.camera == "Canon EOS 80D"
    assert found.taken == 1714725000
    plain = measured(scene(), "JPEG")
    assert (plain.camera, plain.taken) == ("", 0)
