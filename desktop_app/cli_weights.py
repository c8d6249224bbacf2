"""`discern weights`: its form, and what it prints of the pretrained networks, in words and for scripts."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop_app.cli_arguments import Commands, absolute, add_json, network_name, path_text
from desktop_app.cli_running import DONE, run_job
from desktop_app.cli_text import Printer, table

if TYPE_CHECKING:
    from desktop_app.learning.library import Shelf
    from desktop_app.learning.speeds import Speed


def add_command(commands: Commands) -> None:
    """Add it to those of `discern`."""
    parser = commands.add_parser("weights", help="the pretrained networks on this computer, and the way to more")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    listed = actions.add_parser("list", help="every network: whether it is here, its size, licence, accuracy and speed")
    added = actions.add_parser("add", help="take over official files, or copies of another Discern")
    added.add_argument("files", type=path_text, metavar="FILE", nargs="+")
    fetched = actions.add_parser("download", help="fetch the official file; stopped, it goes on another time")
    copied = actions.add_parser("copy", help="copy networks into a folder or onto a stick, for another computer")
    copied.add_argument("names", type=network_name, metavar="NAME", nargs="+")
    copied.add_argument("--to", type=path_text, metavar="FOLDER", required=True)
    removed = actions.add_parser("remove", help="delete a network's weights from this computer")
    for action in (fetched, removed):
        action.add_argument("name", type=network_name, metavar="NAME", help="as “discern weights list” names it")
    for action in (listed, added, fetched, copied, removed):
        add_json(action)
    parser.set_defaults(command=_weights)


def _weights(arguments: argparse.Namespace, printer: Printer) -> int:
    from desktop_app.engine import jobs

    match arguments.action:
        case "add":
            return run_job(jobs.AddNetworksJob([str(absolute(file)) for file in arguments.files]), printer)
        case "download":
            return run_job(jobs.DownloadNetworkJob(arguments.name), printer)
        case "copy":
            return run_job(jobs.CopyNetworksJob(arguments.names, str(absolute(arguments.to))), printer)
        case "remove":
            printer.document(*removed(arguments.name))
        case _:
            printer.document(*listed())
    return DONE


def listed() -> tuple[dict[str, Any], str]:
    """Every network that Discern knows."""
    from desktop_app.learning import library
    from desktop_app.learning.speeds import speeds

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
    from desktop_app.learning import library

    backbone = library.named(name)
    free = library.remove(backbone)
    document = {"kind": "removed", "name": name, "bytes": free}
    if not free:
        return document, f"{backbone.title} was not on this computer."
    return document, f"{backbone.title} is removed; {free / 1e6:.0f} MB are free again."
