"""The weights library: official pretrained weights, checked, read once and kept as safetensors. Never a download."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import torch
from torch import Tensor

from desktop_app import settings, storage
from desktop_app.errors import WeightsError
from desktop_app.learning import official, tensors
from desktop_app.learning.backbones import Backbone

FORMAT = 2  # of the converted files


def load(backbone: Backbone) -> dict[str, Tensor]:
    """The backbone's pretrained weights, without classifier, by their names in the library's model.

    The first time, the official file is checked and converted.

    Raises:
        WeightsError: the official file is missing or damaged.
    """
    path = settings.data_folder() / "weights" / f"{backbone.name}-{backbone.sha256[:8]}.safetensors"
    try:
        state, document = tensors.unpack(path.read_bytes())
        if document["format"] != FORMAT:
            raise ValueError("written by another version")  # noqa: TRY301
    except (OSError, ValueError):
        weights = read_official(find(backbone), backbone)
        state = {name: tensor.numpy() for name, tensor in weights.items()}
        document = {"format": FORMAT, "backbone": backbone.name, "source": backbone.weights}
        storage.write_atomic(path, tensors.pack(state, document))
    return {name: torch.from_numpy(tensor) for name, tensor in state.items()}


def find(backbone: Backbone) -> Path:
    """Where the official weights file lies, found without running its package.

    Raises:
        WeightsError: it isn't there.
    """
    spec = importlib.util.find_spec(backbone.package) if backbone.package else None
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder) / "models" / backbone.weights
        if path.is_file():
            return path
    raise WeightsError(
        "The pretrained network “{title}” is missing.",
        why="Its file “{file}” is not on this computer.",
        hint="Install Discern again: it brings the file along.",
        title=backbone.title,
        file=backbone.weights,
    )


def read_official(path: Path, backbone: Backbone) -> dict[str, Tensor]:
    """The weights in an official file, see `official.weights_of`.

    Raises:
        WeightsError: the file's SHA-256 is not the published one, or it holds something else.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if not digest.startswith(backbone.sha256):
            raise WeightsError(
                "The pretrained network “{title}” is damaged.",
                why="The file “{file}” is not what it was when it was published.",
                hint="Install Discern again: it brings the file along.",
                title=backbone.title,
                file=path,
            )
        file.seek(0)
        # The product's only torch.load: a pinned file, and tensors only.
        raw: dict[str, object] = torch.load(file, map_location="cpu", weights_only=True)
    try:
        return official.weights_of(raw, backbone)
    except ValueError as error:
        raise WeightsError(
            "“{file}” does not hold the pretrained network “{title}”.",
            why="Its parts are others than Discern expects.",
            hint="Get the file again from where it is published.",
            title=backbone.title,
            file=path,
        ) from error
