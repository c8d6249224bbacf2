"""The weights library, as far as it needs no torch: which pretrained networks are on this computer, and where from.

A network's weights lie in the data folder once they were added, or come with an installed package. Files are told by
their official names, which end in the start of their SHA-256; one that was renamed is told by the checksum itself.
`weights` reads and checks them, `download` fetches them when a person asks for it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import stat
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from desktop_app import settings, storage
from desktop_app.errors import DataError, WeightsError
from desktop_app.events import Event, Progress, Step
from desktop_app.learning.backbones import BACKBONES, GRAPH_VERSION, Backbone

LARGEST = 1_000_000_000  # bytes of a file that is looked into; the largest official one has 575 million
PART = ".part"  # ends the name of what has come of a download
CHUNK = 1 << 20
SLACK = 16 << 20  # bytes
HEADER = 1 << 20  # bytes of a safetensors header that is believed
# timm's names for trainings that are the listed ones: "resnet50.tv_in1k" holds the numbers of torchvision's file.
_SAME_TRAINING = ("tv_in1k", "fb_in1k", "lvd142m", "in1k")

Kind = Literal["official", "ours", "timm"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is known of one network on this computer.

    Attributes:
        bundled: it came with Discern, so it can't be removed.
        begun: bytes that have come of a download that did not end.
    """

    backbone: Backbone
    installed: bool
    bundled: bool
    begun: int = 0


def shelves() -> list[Shelf]:
    """Every network that Discern knows, in the registry's order."""
    return [shelf(backbone) for backbone in BACKBONES.values()]


def shelf(backbone: Backbone) -> Shelf:
    bundled = bundled_file(backbone) is not None
    installed = bundled or storage.is_regular_file(converted_file(backbone))
    begun = 0
    with contextlib.suppress(OSError):
        begun = 0 if installed else part_file(backbone).stat().st_size
    return Shelf(backbone, installed, bundled, begun)


def is_installed(backbone: Backbone) -> bool:
    """Whether its weights are on this computer; looks without importing or reading anything."""
    return shelf(backbone).installed


def require(name: str) -> Backbone:
    """The network of that name, if its weights are here.

    Raises:
        DataError: Discern knows no such network.
        WeightsError: it is missing; says the ways to get it.
    """
    backbone = named(name)
    if not is_installed(backbone):
        raise missing(backbone)
    return backbone


def named(name: str) -> Backbone:
    """The network of that name.

    Raises:
        DataError: there is none.
    """
    if name not in BACKBONES:
        raise DataError(
            "There is no backbone called “{name}”.",
            hint="Choose one of: {names}.",
            name=name,
            names=", ".join(BACKBONES),
        )
    return BACKBONES[name]


def missing(backbone: Backbone) -> WeightsError:
    """What is to be told, and how to get it, when a missing network is asked for."""
    if backbone.url is None:
        hint = "Install Discern again: it brings the file along. Or add the file under “Networks”."
    else:
        hint = (
            "Under “Networks”, add its file from a stick or download it; "
            "without a window: discern weights add FILE, or discern weights download {name}."
        )
    return WeightsError(
        "The pretrained network “{title}” is not on this computer.",
        why="It needs the file “{file}”.",
        hint=hint,
        title=backbone.title,
        file=backbone.weights,
        name=backbone.name,
    )


# ---- places


def folder() -> Path:
    return settings.data_folder() / "weights"


def converted_file(backbone: Backbone) -> Path:
    """Where its checked weights are kept, without pickle; they may not be there."""
    return folder() / f"{backbone.name}-{backbone.sha256[:8]}.safetensors"


def graph_file(backbone: Backbone) -> Path:
    """Where its graph is kept once it was made."""
    return settings.cache_folder() / "graphs" / f"{backbone.name}-{backbone.sha256[:8]}-v{GRAPH_VERSION}.onnx"


def part_file(backbone: Backbone) -> Path:
    """Where a download grows."""
    return folder() / f"{backbone.weights}{PART}"


def validators_file(backbone: Backbone) -> Path:
    """Remembers which file of the server a download belongs to."""
    return folder() / f"{backbone.weights}{PART}.json"


def bundled_file(backbone: Backbone) -> Path | None:
    """The official file that an installed package brings along, found without running the package."""
    spec = importlib.util.find_spec(backbone.package) if backbone.package else None
    for place in spec.submodule_search_locations or () if spec else ():
        path = Path(place) / "models" / backbone.weights
        if path.is_file():
            return path
    return None


# ---- remove


def remove(backbone: Backbone) -> int:
    """Delete a network's weights, its graph, and what has come of its download. Returns how many bytes are free again.

    Raises:
        WeightsError: it came with Discern.
        StorageError: the disk refused.
    """
    if bundled_file(backbone) is not None:
        raise WeightsError("“{title}” can't be removed.", why="It is a part of Discern.", title=backbone.title)
    return sum(map(_delete, (converted_file(backbone), graph_file(backbone)))) + forget_download(backbone)


def forget_download(backbone: Backbone) -> int:
    """Delete what has come of a download. Returns how many bytes are free again.

    Raises:
        StorageError: the disk refused.
    """
    return sum(_delete(path) for path in (part_file(backbone), validators_file(backbone)))


def _delete(path: Path) -> int:
    try:
        size = path.stat().st_size
        storage.disk.unlink(path)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise storage.storage_error(error, path) from error
    return size


def at_most(backbone: Backbone) -> int:
    """Bytes that its official file can have; the publisher's tables are rounded."""
    return backbone.file_size * 5 // 4 + SLACK


# ---- which network a file holds


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file that claims to hold a network's weights.

    `kind`: "official": its SHA-256 is the published one; "ours": another Discern wrote it; "timm": a safetensors file
    of timm's, for which no checksum is published.
    """

    path: Path
    backbone: Backbone
    kind: Kind


def recognise(path: Path) -> Generator[Event, None, Recognised]:
    """Find out which network's weights a file claims to hold; reads it once to compare its checksum.

    Raises:
        WeightsError: it can't be read, or is no file that Discern knows, or not what its name promises.
    """
    with open_file(path) as file:
        if path.suffix == ".safetensors":
            return _recognise_safetensors(file, path)
        by_name = next((one for one in BACKBONES.values() if one.weights == path.name), None)
        digest = yield from _digest(file, path)
    by_digest = next((one for one in BACKBONES.values() if digest.startswith(one.sha256)), None)
    if by_digest is not None:
        return Recognised(path, by_digest, "official")
    if by_name is not None:
        raise WeightsError(
            "“{file}” is not the file that was published under that name.",
            why="Its checksum begins with {found} instead of {wanted}: it is damaged, or not complete.",
            hint="Copy or download it again. Nothing was changed.",
            file=path.name,
            found=digest[:8],
            wanted=by_name.sha256[:8],
        )
    raise _unknown(path)


def _recognise_safetensors(file: IO[bytes], path: Path) -> Recognised:
    """By what it says of itself, else by its name; what is in it is checked when it is read."""
    for backbone in BACKBONES.values():
        if _document(file) == (backbone.name, backbone.sha256[:8]):
            return Recognised(path, backbone, "ours")
    model, _, training = path.stem.partition(".")
    for backbone in BACKBONES.values():
        if model == backbone.model and training in _SAME_TRAINING:
            return Recognised(path, backbone, "timm")
    raise _unknown(path)


def _document(file: IO[bytes]) -> tuple[str, str]:
    """The network that a file of ours says it holds, and the start of the official file's checksum; empty if none."""
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    try:
        header = json.loads(file.read(length)) if length <= HEADER else {}
        document = json.loads(header["__metadata__"]["document"])
        return str(document["backbone"]), str(document["sha256"])[:8]
    except (ValueError, KeyError, TypeError, RecursionError):  # the last for brackets without end
        return "", ""


def _unknown(path: Path) -> WeightsError:
    return WeightsError(
        "“{file}” is no pretrained network that Discern knows.",
        why="Neither its name nor its checksum is that of a known file.",
        hint="“Networks” lists the files, and so does: discern weights list. Nothing was changed.",
        file=path.name,
    )


def open_file(path: Path) -> IO[bytes]:
    """Open an ordinary file of a sensible size.

    Raises:
        WeightsError: it is something else, or can't be read.
    """
    try:
        # Opening a pipe would wait for somebody to write into it.
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise unreadable(path, error) from error
    status = os.fstat(fd)
    if stat.S_ISREG(status.st_mode) and 0 < status.st_size <= LARGEST:
        return os.fdopen(fd, "rb")
    os.close(fd)
    raise _unsuitable(path, status)


def _unsuitable(path: Path, status: os.stat_result) -> WeightsError:
    if stat.S_ISDIR(status.st_mode):
        return WeightsError(
            "“{file}” can't be added.", why="It is a folder.", hint="Choose the files inside it.", file=path.name
        )
    if not stat.S_ISREG(status.st_mode):
        return WeightsError(
            "“{file}” can't be added.",
            why="It is not an ordinary file.",
            hint="Choose the file that was published or copied.",
            file=path.name,
        )
    if status.st_size == 0:
        return WeightsError(
            "“{file}” can't be added.", why="It is empty.", hint="Copy or download it again.", file=path.name
        )
    return WeightsError(
        "“{file}” can't be added.",
        why="It is larger than any known network.",
        hint="Choose the file that was published or copied.",
        file=path.name,
    )


def unreadable(path: Path, error: OSError) -> WeightsError:
    return WeightsError(
        "“{file}” can't be read.",
        why="The computer says: {detail}.",
        hint="Check the disk or the stick, then try again. Nothing was changed.",
        file=path.name,
        detail=error.strerror or error,
    )


def _digest(file: IO[bytes], path: Path) -> Generator[Event, None, str]:
    """The SHA-256 of an open file's content, with progress in bytes."""
    digest, done = hashlib.sha256(), 0
    total = os.fstat(file.fileno()).st_size
    try:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            yield Progress(Step.CHECK, done, max(done, total))
    except OSError as error:
        raise unreadable(path, error) from error
    return digest.hexdigest()


# ---- for another computer


def copy_for_another(names: list[str], target: Path) -> Generator[Event, None, list[Path]]:
    """Copy installed networks into a folder, as files that “Add” accepts on another computer; each is read back.

    A file that is there already with the same content stays; one with other content is never overwritten.

    Returns:
        The files, in the order of `names`.

    Raises:
        DataError, WeightsError: a network is unknown or missing; nothing was copied.
        StorageError: the disk refused; complete copies stay, half ones don't.
    """
    # The official file where it is here, else our conversion of it, which carries a checksum of its own.
    sources = [bundled_file(backbone) or converted_file(backbone) for backbone in map(require, names)]
    total = sum(source.stat().st_size for source in sources)
    copies, done = [], 0
    for source in sources:
        copies.append((yield from _copy(source, target / source.name, done, total)))
        done += source.stat().st_size
    return copies


def _copy(source: Path, target: Path, done: int, total: int) -> Generator[Event, None, Path]:
    """`done` of `total` bytes have been copied before."""
    temp = target.with_name(f"{storage.TEMP_PREFIX}{target.name}{storage.TEMP_SUFFIX}")
    try:
        storage.make_folders(target.parent)
        if target.is_file() and storage.sha256(target) == storage.sha256(source):
            return target
        try:
            digest = hashlib.sha256()
            with open(source, "rb") as file, storage.writing(temp) as write:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
                    write(chunk)
                    done += len(chunk)
                    yield Progress(Step.COPY_NETWORK, done, total)
            _require_same(temp, digest.hexdigest())
            target = storage.free_name(target)
            storage.disk.rename_new(temp, target)
        except BaseException:
            with contextlib.suppress(OSError):
                storage.disk.unlink(temp)
            raise
        storage.sync_folder(target.parent)
    except OSError as error:
        raise storage.storage_error(error, target) from error
    return target


def _require_same(copy: Path, digest: str) -> None:
    """OSError if the disk gives back other bytes than it was given."""
    if storage.sha256(copy, from_disk=True) != digest:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(copy))
