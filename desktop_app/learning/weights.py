"""Pretrained weights: official files, checked, read once and kept as safetensors."""

from __future__ import annotations

import zipfile
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import IO, Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from desktop_app import storage
from desktop_app.errors import WeightsError
from desktop_app.events import Event, NetworkAdded, Step, StepStarted
from desktop_app.learning import families, library, official, tensors
from desktop_app.learning.backbones import Backbone
from desktop_app.learning.library import Recognised

FORMAT = 2  # of the converted files
_COUNTER = "num_batches_tracked"  # of BatchNorms; nothing needs it


def load(backbone: Backbone) -> dict[str, Tensor]:
    """The backbone's pretrained weights, without classifier, by their names in the library's model.

    The first time, an official file that a package brought along is checked and converted.

    Raises:
        WeightsError: they are missing or damaged.
    """
    try:
        return _unpacked(library.converted_file(backbone).read_bytes())
    except FileNotFoundError:
        damaged = False
    except (OSError, ValueError):
        damaged = True
    if (bundled := library.bundled_file(backbone)) is None:
        raise _damaged(backbone) if damaged else library.missing(backbone)
    for _event in _install(Recognised(bundled, backbone, "official")):
        pass
    return _unpacked(library.converted_file(backbone).read_bytes())


def _unpacked(data: bytes) -> dict[str, Tensor]:
    """What a converted file holds; ValueError if it is damaged, or written by another version."""
    state, document = tensors.unpack(data)
    if document.get("format") != FORMAT:
        raise ValueError("written by another version")
    return {name: torch.from_numpy(tensor) for name, tensor in state.items()}


def _damaged(backbone: Backbone) -> WeightsError:
    return WeightsError(
        "The weights of “{title}” on this computer are damaged.",
        why="“{file}” is not what it was when it was added.",
        hint="Remove the network under “Networks”, then add or download it again.",
        title=backbone.title,
        file=library.converted_file(backbone).name,
    )


# ---- add


def add(path: Path) -> Generator[Event, None, None]:
    """Take over a network's weights from a file that a person brought. Ends with `NetworkAdded`.

    Raises:
        WeightsError: the file is none that Discern knows, or damaged, or not what it claims to be.
        StorageError: the disk refused. Either way nothing has changed.
    """
    yield StepStarted(Step.CHECK)
    recognised = yield from library.recognise(path)
    yield from _install(recognised)


def download(backbone: Backbone) -> Generator[Event, None, None]:
    """Fetch a network's official file and take it over. Closing keeps what has come. Ends with `NetworkAdded`.

    Raises:
        WeightsError: it can't be had, or is not the published one.
        StorageError: the disk refused.
    """
    from desktop_app.learning import download as fetching  # opens a connection; only when it is wanted

    part = yield from fetching.download(backbone)
    yield from _install(Recognised(part, backbone, "official"))
    library.forget_download(backbone)


def _install(recognised: Recognised) -> Generator[Event, None, None]:
    backbone = recognised.backbone
    yield StepStarted(Step.CHECK)
    state = _READERS[recognised.kind](recognised.path, backbone)
    document = {
        "format": FORMAT,
        "backbone": backbone.name,
        "source": backbone.weights,
        "sha256": backbone.sha256[:8],
    }
    data = tensors.pack({name: tensor.numpy() for name, tensor in state.items()}, document)
    yield StepStarted(Step.SAVE)
    storage.write_atomic(library.converted_file(backbone), data)
    yield NetworkAdded(backbone.name, len(data))


# ---- read a file of each kind; it may come from anybody


def _read_official(path: Path, backbone: Backbone) -> dict[str, Tensor]:
    """A file of the publisher, whose checksum was compared.

    Four bytes of a checksum can be forged, so what is in the file is not trusted: it is looked at first without
    its numbers, which may claim any size.
    """
    with library.open_file(path) as file:
        _require_plain(file, path, backbone)
        if _claimed(_load(file, path, backbone, "meta")) > library.at_most(backbone):
            raise _other_content(path, backbone)
        return _weights_of(_load(file, path, backbone, "cpu"), path, backbone)


def _claimed(raw: Mapping[str, object]) -> int:
    """The bytes that all tensors in a file would take."""
    total = 0
    for value in raw.values():
        if isinstance(value, Tensor):
            total += value.nbytes
        elif isinstance(value, Mapping):
            total += _claimed(value)
    return total


def _load(file: IO[bytes], path: Path, backbone: Backbone, device: str) -> Mapping[str, object]:
    file.seek(0)
    try:
        # The product's only torch.load: tensors only, from a file whose checksum is known.
        raw: object = torch.load(file, map_location=device, weights_only=True)
    except OSError as error:
        raise library.unreadable(path, error) from error
    except Exception as error:  # whatever a file of anybody's making leads to
        if "Unsupported global" in str(error) or "Unsupported class" in str(error):
            raise _program(path) from error
        raise _not_whole(path, backbone) from error
    if not isinstance(raw, Mapping):
        raise _other_content(path, backbone)
    return raw


def _require_plain(file: IO[bytes], path: Path, backbone: Backbone) -> None:
    """What is packed small may become large; official files are not packed, so nothing packed is opened."""
    if not zipfile.is_zipfile(file):
        return  # of the older kind, which can't be packed
    try:
        with zipfile.ZipFile(file) as archive:
            packed = any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _not_whole(path, backbone) from error
    if packed:
        raise _other_content(path, backbone)


def _weights_of(raw: Mapping[str, object], path: Path, backbone: Backbone) -> dict[str, Tensor]:
    try:
        return official.weights_of(raw, backbone)
    except (ValueError, TypeError, AttributeError) as error:  # the latter two for names that are no text
        raise _other_content(path, backbone) from error


def _read_ours(path: Path, backbone: Backbone) -> dict[str, Tensor]:
    """A file that another Discern wrote: names of the library's model, without classifier, and a checksum inside."""
    with library.open_file(path) as file:
        try:
            state = _unpacked(file.read())
        except OSError as error:
            raise library.unreadable(path, error) from error
        except ValueError as error:
            raise _not_whole(path, backbone) from error
    model = families.without_classifier(families.library_model(backbone), backbone)
    expected = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith(_COUNTER)}
    if state.keys() != expected.keys() or not all(
        tensor.shape == expected[name].shape and tensor.dtype == expected[name].dtype and tensor.isfinite().all()
        for name, tensor in state.items()
    ):
        raise _other_content(path, backbone)
    return state


def _read_timm(path: Path, backbone: Backbone) -> dict[str, Tensor]:
    """A safetensors file of timm's; its tensors have the names of the official file's."""
    with library.open_file(path) as file:
        try:
            raw: dict[str, Any] = safetensors.torch.load(file.read())
        except OSError as error:
            raise library.unreadable(path, error) from error
        except (safetensors.SafetensorError, KeyError, ValueError) as error:
            raise _not_whole(path, backbone) from error
    return _weights_of({"model": raw} if backbone.family == "ViT" else raw, path, backbone)


_READERS = {"official": _read_official, "ours": _read_ours, "timm": _read_timm}


# ---- what is wrong with a file


def _program(path: Path) -> WeightsError:
    return WeightsError(
        "“{file}” contains a program, not only numbers.",
        why="Official files hold none. Nothing of it was run, and nothing was changed.",
        hint="Delete it, and get the file again from where it is published.",
        file=path.name,
    )


def _not_whole(path: Path, backbone: Backbone) -> WeightsError:
    return WeightsError(
        "“{file}” is damaged.",
        why="It can't be read as the weights of “{title}”.",
        hint="Copy or download it again. Nothing was changed.",
        file=path.name,
        title=backbone.title,
    )


def _other_content(path: Path, backbone: Backbone) -> WeightsError:
    return WeightsError(
        "“{file}” does not hold the network “{title}”.",
        why="Its parts have other names, shapes or types, or are no numbers.",
        hint="Get the file again from where it is published. Nothing was changed.",
        file=path.name,
        title=backbone.title,
    )
