"""What official weights files contain, brought under the names of the library's model and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from desktop_app.learning.backbones import Backbone, Family, Library
from desktop_app.learning.families import library_model, without_classifier

State = dict[str, Tensor]
PUBLISHED_SIZE = 518  # of the pictures that the positions of DINOv2 are for


def weights_of(raw: Mapping[str, object], backbone: Backbone) -> State:
    """The weights in an official file.

    Args:
        raw: what the file holds, as torch reads it.

    Returns:
        Tensors by their names in the library's model, without classifier and counters: what
        `networks.from_weights` takes.

    Raises:
        ValueError: a tensor is missing, unknown, of another shape or type, or not finite.
    """
    state = _ADAPTERS.get((backbone.library, backbone.family), _as_it_is)(raw, backbone)
    expected = _without_counters(library_model(backbone).state_dict())
    state = _without_counters(state)
    if different := sorted(state.keys() ^ expected.keys()):
        raise ValueError(f"{len(different)} tensors are missing or unknown, among them {different[0]}")
    names = without_classifier(library_model(backbone), backbone).state_dict().keys()
    for name, tensor in state.items():
        if tensor.shape != expected[name].shape or tensor.dtype != expected[name].dtype:
            raise ValueError(f"{name} has another shape or type")
    kept = {name: tensor for name, tensor in state.items() if name in names}
    if strange := [name for name, tensor in kept.items() if not torch.isfinite(tensor).all()]:
        raise ValueError(f"{strange[0]} is not finite")
    return kept


def _without_counters(state: State) -> State:
    """Without the numbers of batches that BatchNorms have seen: old files lack them, and nothing needs them."""
    return {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


# ---- what differs between publishers


def _as_it_is(raw: Mapping[str, object], backbone: Backbone) -> State:
    if strange := [name for name, tensor in raw.items() if not isinstance(tensor, Tensor)]:
        raise ValueError(f"{strange[0]} is no tensor")
    return dict(raw)  # type: ignore[arg-type]


def _in_order(raw: Mapping[str, object], backbone: Backbone) -> State:
    """The tensors follow the order of the library's, under other names."""
    return dict(zip(library_model(backbone).state_dict(), _as_it_is(raw, backbone).values(), strict=True))


def _under_model(raw: Mapping[str, object], backbone: Backbone) -> State:
    """The weights are one of several parts of the file."""
    model = raw.get("model")
    if not isinstance(model, Mapping):
        raise ValueError("there is no part called “model”")  # noqa: TRY004
    return _as_it_is(model, backbone)


def _dinov2(raw: Mapping[str, object], backbone: Backbone) -> State:
    """The positions are for larger pictures; the mask was for its own training alone."""
    from timm.layers import resample_abs_pos_embed  # type: ignore[attr-defined]

    state = _as_it_is(raw, backbone)
    published = library_model(replace(backbone, size=PUBLISHED_SIZE)).state_dict()["pos_embed"]
    positions, mask = state.get("pos_embed"), state.pop("mask_token", None)
    if positions is None or positions.shape != published.shape or positions.dtype != published.dtype:
        raise ValueError("pos_embed has another shape or type")
    if mask is None:
        raise ValueError("mask_token is missing")
    edge = backbone.size // 14
    return state | {"pos_embed": resample_abs_pos_embed(positions, [edge, edge])}


_ADAPTERS: dict[tuple[Library, Family], Callable[[Mapping[str, object], Backbone], State]] = {
    ("timm", "EfficientNet-Lite"): _in_order,
    ("timm", "ViT"): _under_model,
    ("timm", "DINOv2"): _dinov2,
}
