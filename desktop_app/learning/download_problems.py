"""Why a pretrained network can't be downloaded, and what helps."""

from __future__ import annotations

import socket
import ssl
import urllib.error

from desktop_app.errors import WeightsError
from desktop_app.learning.backbones import Backbone


def site(backbone: Backbone) -> str:
    return (backbone.url or "").split("/")[2]


def unreachable(backbone: Backbone, cause: object) -> WeightsError:
    facts = {"title": backbone.title, "site": site(backbone), "file": backbone.weights}
    if isinstance(cause, socket.gaierror):
        return WeightsError(
            "“{title}” could not be downloaded.",
            why="The address {site} can't be found: there is probably no connection to the internet.",
            hint="What has come is kept: try again later. Or add the file “{file}” from a stick.",
            **facts,
        )
    if isinstance(cause, TimeoutError):
        return WeightsError(
            "“{title}” could not be downloaded.",
            why="{site} does not answer.",
            hint="What has come is kept: try again later. Or add the file “{file}” from a stick.",
            **facts,
        )
    return WeightsError(
        "“{title}” could not be downloaded.",
        why="The connection to {site} failed. The computer says: {detail}.",
        hint="What has come is kept: try again later. Or add the file “{file}” from a stick.",
        **facts,
        detail=getattr(cause, "strerror", None) or cause,
    )


def busy(backbone: Backbone, error: urllib.error.HTTPError) -> WeightsError:
    return WeightsError(
        "“{title}” could not be downloaded.",
        why="{site} has a problem of its own; it answers: {code} {reason}.",
        hint="What has come is kept: try again later. Or add the file “{file}” from a stick.",
        title=backbone.title,
        site=site(backbone),
        file=backbone.weights,
        code=error.code,
        reason=error.reason,
    )


def changed(backbone: Backbone) -> WeightsError:
    return WeightsError(
        "“{title}” could not be downloaded.",
        why="{site} gives another file each time it is asked.",
        hint="Get the file from somewhere else, then add it: its checksum tells that it is the right one.",
        title=backbone.title,
        site=site(backbone),
    )


def under_way() -> WeightsError:
    return WeightsError("Another download is under way on this computer.", hint="Wait until it has ended, or stop it.")


def gone(backbone: Backbone) -> WeightsError:
    return WeightsError(
        "“{title}” is no longer where it was published.",
        why="{site} does not know the file “{file}” (404).",
        hint="Get the file from somewhere else, then add it: its checksum tells that it is the right one.",
        title=backbone.title,
        site=site(backbone),
        file=backbone.weights,
    )


def denied(backbone: Backbone, error: urllib.error.HTTPError) -> WeightsError:
    return WeightsError(
        "{site} refuses to give “{title}”.",
        why="It answers: {code} {reason}.",
        hint="Perhaps a proxy wants a password: ask whoever looks after the network. Or add the file from a stick.",
        site=site(backbone),
        title=backbone.title,
        code=error.code,
        reason=error.reason,
    )


def not_trusted(backbone: Backbone, error: ssl.SSLError) -> WeightsError:
    return WeightsError(
        "The connection to {site} is not safe, so nothing was downloaded.",
        why="The computer says: {detail}.",
        hint="Check the computer's date, and ask whoever looks after the network. Or add the file from a stick.",
        site=site(backbone),
        detail=getattr(error, "verify_message", "") or error,
    )


def another_file(backbone: Backbone) -> WeightsError:
    return WeightsError(
        "{site} has another file now than the published one of “{title}”.",
        why="It is much larger.",
        hint="Get the file from somewhere else, then add it: its checksum tells that it is the right one.",
        site=site(backbone),
        title=backbone.title,
    )
