"""Fine-tuning from cached activations against fine-tuning the whole network in plain PyTorch, with the same batch.

    python -m tests.bench.bench_fine_tune [--rounds 4]

EfficientNet-Lite0 at 224 px, float32, batches of 32, AdamW. The plain side is timm's model as it comes, in training
mode; its pixels lie ready in memory. Ours is the product's own loop, from activations as they are cached to the
updated weights. Steps of all are taken in turns; prints the pictures a second of each one's quickest step, and the
ratios. The same by the time that the processor worked, which tells more where other programs run, too, and in mixed
precision, which a recipe may ask for.

Wanted: at least 8 from timm's `blocks[5]`, at least 25 from its `blocks[6]`; it counts from 0, so that these are
stages 6 (where fine-tuning begins by default) and 7. From stage 5 on are 59 % of the network's multiply-adds, from 6 on
37 %, from 7 on 13 %: what is quicker than these shares comes from folded BatchNorms, and from not touching the rest.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Callable

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # neither side shall suffer from threads that spin

import numpy as np
import timm
import torch

from desktop_app.events import Progress
from desktop_app.features.runtime import available_cores
from desktop_app.learning import networks
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.examples import Examples
from desktop_app.learning.fine_tuning import FineTuning
from desktop_app.learning.head import Head
from desktop_app.learning.recipe import Precision, Recipe

BATCH, CLASSES, PICTURES = 32, 7, 256
STEPS = 8  # of ours, for each plain one
BACKBONE = BACKBONES["efficientnet_lite0"]


def plain_steps() -> Callable[[], object]:
    model = timm.create_model(BACKBONE.model, pretrained=False, num_classes=CLASSES).train()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-4)
    pixels = torch.randn(BATCH, 3, BACKBONE.size, BACKBONE.size)
    labels = torch.arange(BATCH) % CLASSES

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(pixels), labels).backward()
        optimizer.step()

    return step


def our_steps(stage: str, precision: Precision = "full") -> Callable[[], object]:
    recipe = Recipe(first_stage=stage, batch=BATCH, epochs=1000, precision=precision)
    network = networks.folded(networks.pretrained(BACKBONE), BACKBONE.size)
    frozen = network[: BACKBONE.stages.index(stage)]
    with torch.no_grad():
        activations = frozen(torch.randn(1, 3, BACKBONE.size, BACKBONE.size)).half().numpy()
    views = np.concatenate([activations] * (1 + recipe.views))
    labels = np.arange(PICTURES) % CLASSES
    examples = Examples([views + np.float16(n / PICTURES) for n in range(PICTURES)], labels)
    head = Head(np.zeros((BACKBONE.embedding, CLASSES), np.float32), np.zeros(CLASSES, np.float32))
    phase = FineTuning(recipe, examples, Examples(examples.activations[:1], labels[:1]), head)
    progress = (event.done for event in phase.events() if isinstance(event, Progress))
    # One picture is checked after each epoch, which is no step, and is no progress either.
    steps = (number for before, number in itertools.pairwise(progress) if number > before)
    return lambda: next(steps)


def timed(step: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor's cores together."""
    clock, processor = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    sides = {
        "whole network": plain_steps(),
        "from stage 5": our_steps("stage5"),
        "from stage 6": our_steps("stage6"),
        "from stage 7": our_steps("stage7"),
        "from stage 5 in mixed precision": our_steps("stage5", "mixed"),
        "from stage 6 in mixed precision": our_steps("stage6", "mixed"),
        "from stage 7 in mixed precision": our_steps("stage7", "mixed"),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for step in sides.values():
        step()
    for _ in range(arguments.rounds):
        for name, step in sides.items():
            times[name] += [timed(step) for _ in range(1 if name == "whole network" else STEPS)]
    best = {name: [min(values) for values in zip(*found, strict=True)] for name, found in times.items()}
    plain = best["whole network"]
    print(f"{available_cores()} cores, {torch.get_num_threads()} threads of torch")
    for name, (clock, processor) in best.items():
        print(
            f"{name}: {BATCH / clock:.0f} pictures a second, × {plain[0] / clock:.1f}"
            f" (by the processor's time × {plain[1] / processor:.1f})"
        )
    print("wanted: at least × 8 from stage 6, × 25 from stage 7")


if __name__ == "__main__":
    main()
