"""What `discern weights` prints: the pretrained networks on this computer, in words and for scripts."""

from __future__ import annotations

from typing import Any

from desktop_app.cli_text import table
from desktop_app.learning import library
from desktop_app.learning.library import Shelf
from desktop_app.learning.speeds import Speed, speeds


def listed() -> tuple[dict[str, Any], str]:
    """Every network that Discern knows."""
    shelves, rates = library.shelves(), speeds()
    document = {"kind": "weights", "networks": [_document(shelf, rates.get(shelf.backbone.name)) for shelf in shelves]}
    rows = [_row(shelf, rates.get(shelf.backbone.name)) for shelf in shelves]
    lines = table(["network", "", "size", "ImageNet", "speed", "licence"], rows)
    installed = sum(shelf.installed for shelf in shelves)
    lines += [
        "",
        f"{installed} of {len(shelves)} are on this computer.",
        "ImageNet: published accuracy, top-1. Speed: pictures a second; “about” is an estimate.",
        "Get a network by “discern weights add FILE” or “discern weights download NAME”.",
    ]
    return document, "\n".join(lines)


def _document(shelf: Shelf, speed: Speed | None) -> dict[str, Any]:
    backbone = shelf.backbone
    return {
        "name": backbone.name,
        "title": backbone.title,
        "family": backbone.family,
        "installed": shelf.installed,
        "bundled": shelf.bundled,
        "begun": shelf.begun,
        "file": backbone.weights,
        "bytes": backbone.file_size,
        "sha256": backbone.sha256,
        "url": backbone.url,
        "licence": backbone.licence,
        "imagenet_top1": backbone.accuracy,
        "pictures_per_second": round(speed.pictures_per_second, 1) if speed else None,
        "measured": bool(speed and speed.measured),
    }


def _row(shelf: Shelf, speed: Speed | None) -> list[str]:
    backbone = shelf.backbone
    return [
        backbone.name,
        _state(shelf),
        f"{backbone.file_size / 1e6:.0f} MB",
        f"{backbone.accuracy:.1f} %",
        _rate(speed) if speed else "not known",
        backbone.licence,
    ]


def _rate(speed: Speed) -> str:
    rate = speed.pictures_per_second
    if speed.measured:
        return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
    return f"about {float(f'{rate:.2g}'):,g}/s"


def _state(shelf: Shelf) -> str:
    if shelf.installed:
        return "here"
    return f"{shelf.begun / 1e6:.0f} MB have come" if shelf.begun else "missing"


def removed(name: str) -> tuple[dict[str, Any], str]:
    """Delete a network's weights, and say so.

    Raises:
        DiscernError: it can't be removed.
    """
    backbone = library.named(name)
    free = library.remove(backbone)
    document = {"kind": "removed", "name": name, "bytes": free}
    if not free:
        return document, f"{backbone.title} was not on this computer."
    return document, f"{backbone.title} is removed; {free / 1e6:.0f} MB are free again."
