"""Frozen passes on a graphics card: worker threads read and prepare pictures, the card sees many of them at a time.

The pixels come from the very nodes that the ONNX graph has in front of its network, so that the card's result differs
from the processor's by the network's arithmetic alone: by 1e-3 of its size at most in full precision, and by what 16
bits leave out in mixed precision.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from desktop_app.errors import ImageError
from desktop_app.features.network_input import preparation
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Images, Item, Network, Outputs, map_ahead
from desktop_app.learning import networks
from desktop_app.learning.backbones import Backbone
from desktop_app.learning.optimising import out_of_memory

BATCH = 64


class CardError(Exception):
    """The card can't be used: it has failed, or has no memory for a single picture."""


class CardNetwork:
    """The stages of a pretrained backbone up to one of them; see `features.runtime.Frozen`.

    `batch`: pictures at a time; halved for good whenever the card's memory was too short for that many.

    Raises:
        CardError: from every method that computes.
        WeightsError: the pretrained weights are missing or damaged.
    """

    def __init__(
        self, backbone: Backbone, stage: str, preprocessing: Preprocessing, device: str, *, mixed: bool
    ) -> None:
        network = networks.folded(networks.pretrained(backbone), backbone.size)
        stages = network[: backbone.stages.index(stage) + 1]
        self.preprocessing = preprocessing
        self.batch = BATCH
        self._prepare = Network(preparation(preprocessing), preprocessing)
        self._device, self._mixed = device, mixed
        with _failures():
            self._stages: nn.Module = stages.to(device).to(memory_format=torch.channels_last)

    def __call__(self, image: NDArray[np.uint8], /) -> NDArray[np.float32]:
        (output,) = self._outputs([self._prepare(image)])
        return output

    def map(self, images: Images[Item], items: Iterable[Item]) -> Generator[Outputs | ImageError, None, None]:
        def prepared(item: Item) -> Outputs | ImageError:
            found = images(item)
            return found if isinstance(found, ImageError) else [self._prepare(image) for image in found]

        waiting: list[Outputs | ImageError] = []
        count = 0
        with contextlib.closing(map_ahead(prepared, items)) as ready:
            for one in ready:
                waiting.append(one)
                count += 0 if isinstance(one, ImageError) else len(one)
                if count >= self.batch:
                    yield from self._finished(waiting)
                    waiting, count = [], 0
        yield from self._finished(waiting)

    def _finished(self, waiting: Sequence[Outputs | ImageError]) -> Iterator[Outputs | ImageError]:
        pixels = [picture for one in waiting if not isinstance(one, ImageError) for picture in one]
        outputs = self._outputs(pixels)
        for one in waiting:
            yield one if isinstance(one, ImageError) else [next(outputs) for _ in one]

    def _outputs(self, pixels: Sequence[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        done = 0
        while done < len(pixels):
            with _failures():
                try:
                    found = self._run(pixels[done : done + self.batch])
                except RuntimeError as error:
                    if not out_of_memory(error) or self.batch == 1:
                        raise
                    self.batch //= 2
                    if self._device == "cuda":
                        torch.cuda.empty_cache()
                    continue
            yield from found
            done += len(found)

    @torch.no_grad()
    def _run(self, pixels: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        inputs = torch.from_numpy(np.stack(pixels)).to(self._device).contiguous(memory_format=torch.channels_last)
        exact: Any = torch.backends.cudnn.flags(allow_tf32=self._mixed)
        with exact, torch.autocast(self._device, torch.bfloat16, enabled=self._mixed):
            result: NDArray[np.float32] = self._stages(inputs).float().cpu().numpy()
        return result


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # torch's own, and those of drivers
        raise CardError from error
