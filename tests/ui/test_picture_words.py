"""What is known about one picture, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desktop_app.features.network_input import placement
from desktop_app.features.preprocessing import Fit, Preprocessing
from desktop_app.project.shot import Shot
from desktop_app.ui import picture_words
from desktop_app.ui.full_pictures import read_picture
from desktop_app.ui.models.preparation import NetworkInput, Preparation

HALF = (0.5, 0.5, 0.5)

pytestmark = pytest.mark.usefixtures("theme")  # which sets the language of numbers


def seen(width: int, height: int, fit: Fit = "pad", used: Fit = "pad", model: str = "") -> NetworkInput:
    lies = placement(width, height, Preprocessing(224, HALF, HALF, fit))
    blank = np.zeros((224, 224, 3), np.uint8)
    return NetworkInput(blank, lies, fit, Preparation(Preprocessing(224, HALF, HALF, used), model))


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (seen(128, 128), "enlarged 1.75 ×, nothing cut off, no border added"),
        (seen(224, 224), "as large as it is, nothing cut off, no border added"),
        (seen(2240, 2240), "made 10 × smaller, nothing cut off, no border added"),
        (seen(448, 224), "made 2 × smaller, nothing cut off, border above and below, 50 % of the square"),
        (
            seen(224, 448),
            "made 2 × smaller, nothing cut off, border at the left and right, 50 % of the square",
        ),
        (seen(448, 224, "crop"), "as large as it is, 50 % cut off at the left and right, no border added"),
        (seen(112, 224, "crop"), "enlarged 2 ×, 50 % cut off at the top and bottom, no border added"),
        (
            seen(448, 224, "squash"),
            "made 1.41 × smaller, squeezed to 50 % of its width, nothing cut off, no border added",
        ),
        (
            seen(112, 224, "squash"),
            "enlarged 1.41 ×, squeezed to 50 % of its height, nothing cut off, no border added",
        ),
    ],
)
def test_what_preparing_does(picture: NetworkInput, words: str) -> None:
    assert picture_words.input_changes(picture).replace("\N{NO-BREAK SPACE}", " ") == words
    assert picture_words.input_size(picture.placement) == "224 × 224\N{NO-BREAK SPACE}px"


def test_looking_at_another_fit_changes_nothing_and_says_so() -> None:
    assert picture_words.input_source(seen(8, 8)) == "As training would see it."
    assert picture_words.input_source(seen(8, 8, model="Run 7")) == "As Run 7 sees it."
    assert picture_words.input_source(seen(8, 8, "crop")) == (
        "Only shown: “crop” changes nothing, training would use “pad”."
    )
    assert picture_words.input_source(seen(8, 8, "crop", "squash", "Run 7")) == (
        "Only shown: Run 7 uses “squash”, and nothing changes that."
    )


def test_what_the_camera_noted() -> None:
    shot = Shot("Canon EOS 80D", 0.004, 5.6, 200.0, 50.0, "2021-03-04T10:42:00", has_position=True)
    words = picture_words.camera_facts(shot).replace("\N{NO-BREAK SPACE}", " ")
    assert words == "Canon EOS 80D · 1/250 s · f/5.6 · ISO 200 · 50 mm · taken 4 March 2021 · contains a position"
    assert picture_words.camera_facts(Shot()) == "No camera data"
    assert picture_words.camera_facts(Shot(seconds=2.5)).startswith("2.5")


@pytest.mark.parametrize(
    ("mode", "words"),
    [("RGB", "colour"), ("L", "grey"), ("LA", "grey"), ("1", "grey"), ("P", "colour"), ("I;16", "grey")],
)
def test_what_the_file_is(tmp_path: Path, mode: str, words: str) -> None:
    Image.new(mode, (1280, 40)).save(tmp_path / "a.png")
    said = picture_words.file_facts(read_picture(tmp_path / "a.png"))
    assert said.startswith(f"1,280 × 40 pixels · {words}, ")
    assert " · PNG · " in said
    assert " · changed today " in said


def test_pages_are_counted(tmp_path: Path) -> None:
    pages: list[Any] = [Image.new("L", (8, 8), shade) for shade in (1, 2, 3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert "the first of 3 pictures in this file" in picture_words.file_facts(read_picture(tmp_path / "a.tif"))
