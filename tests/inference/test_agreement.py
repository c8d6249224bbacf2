"""A package answers like the library's own network in PyTorch, in full precision, and sees what Pillow shows.

ONNX Runtime and Pillow shrink a picture by the same rule, but one in every few thousand of their 8-bit values lies so
near to a half that they round it apart. A steep head makes up to a few thousandths of a probability out of that. So
both halves are compared by themselves, each strictly, and then together.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image

from desktop_app.events import Trained
from desktop_app.export.package import export_package
from desktop_app.features import graphs
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network
from desktop_app.inference.package import Package
from desktop_app.inference.predictor import Predictor
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.recipe import RECIPES
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.drawing import picture

PICTURES = 100
LARGEST_DIFFERENCE = 1e-3  # of a probability


def pillow_pixels(image: NDArray[np.uint8], preparation: Preprocessing) -> NDArray[np.float32]:
    """(3, size, size): the picture as its backbone was taught to see pictures, by Pillow."""
    size = preparation.size
    height, width = image.shape[:2]
    longest = max(height, width)
    # Halves are rounded up, as in the graph.
    shape = [max(1, (2 * size * edge + longest) // (2 * longest)) for edge in (width, height)]
    small = np.asarray(Image.fromarray(image).resize((shape[0], shape[1]), Image.Resampling.BICUBIC)) / 255
    square = np.zeros((size, size, 3))
    top, left = (size - shape[1]) // 2, (size - shape[0]) // 2
    square[top : top + shape[1], left : left + shape[0]] = (small - preparation.mean) / preparation.std
    return square.transpose(2, 0, 1).astype(np.float32)


def graph_pixels(images: list[NDArray[np.uint8]], preparation: Preprocessing) -> NDArray[np.float32]:
    """(n, 3, size, size): the pictures as the package's own graph prepares them."""
    nodes, constants = graphs.preprocessing_part(preparation, output="pixels")
    size = preparation.size
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "height", "width", 3])
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, size, size])
    graph = helper.make_graph(nodes, "preparation", [image], [pixels], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", graphs.OPSET)])
    model.ir_version = 8
    network = Network(model.SerializeToString(), preparation)
    return np.stack([network(image) for image in images])


def torch_probabilities(run: Run, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, classes), float32 throughout: of a frozen run through timm's network as it is, BatchNorms and all."""
    import torch

    from desktop_app.learning import networks

    backbone = BACKBONES[run.document["backbone"]]
    network = networks.pretrained(backbone)
    tensors = safetensors.numpy.load_file(run.model_weights)
    if run.document["phase"] == "fine_tune":
        network = networks.folded(network, backbone.size)
        parameters = dict(network.named_parameters())
        with torch.no_grad():
            for name, value in tensors.items():
                if (parameter := parameters.get(name.removeprefix("backbone."))) is not None:
                    parameter.copy_(torch.from_numpy(value))
    weight, bias = (torch.from_numpy(tensors[f"head.{name}"]) for name in ("weight", "bias"))
    with torch.inference_mode():
        batches = [network.eval()(batch) @ weight + bias for batch in torch.from_numpy(pixels).split(20)]
        probabilities: NDArray[np.float32] = torch.softmax(torch.cat(batches), dim=1).numpy()
    return probabilities


def blend(kind: int, seed: int, edge: int, share: float) -> NDArray[np.uint8]:
    """A picture that lies between two classes: `share` of it is of its kind, the rest of the next one."""
    one, other = (picture((kind + step) % 3, seed, edge).astype(float) for step in (0, 1))
    return (share * one + (1 - share) * other).astype(np.uint8)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pictures of many sizes and shapes, some as JPEG, that shrink, grow and need borders."""
    folder = tmp_path_factory.mktemp("new")
    paths = []
    rng = np.random.default_rng(5)
    for number in range(PICTURES):
        edge = int(rng.integers(24, 900))
        height = int(rng.integers(1, edge)) if number % 4 == 1 else edge
        paths.append(folder / f"{number:03}{'.jpg' if number % 3 == 0 else '.png'}")
        Image.fromarray(blend(number % 3, 1000 + number, edge, rng.random())[:height]).save(paths[-1])
    return paths


def draw_training(root: Path) -> Path:
    """Three classes that overlap, as real ones do: a head of perfectly separate ones is steep beyond all reason."""
    rng = np.random.default_rng(6)
    for kind, name in enumerate(("cat", "dog", "fox")):
        (root / name).mkdir(parents=True)
        for number in range(20):
            Image.fromarray(blend(kind, number, 96, rng.uniform(0.3, 1))).save(root / name / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a run of the recipe "quick"."""
    from desktop_app.learning.training import train

    root = draw_training(tmp_path_factory.mktemp("trained") / "animals")
    with Project.open(root) as project:
        *_, last = train(project, RECIPES["quick"])
        assert isinstance(last, Trained)
    return root


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Iterator[Project]:
    with Project.open(shutil.copytree(trained, tmp_path / "animals")) as project:
        yield project


def as_if_tuned(run: Run) -> None:
    """Give the run other weights in its last stages, as fine-tuning does."""
    from desktop_app.learning import backbone_graphs
    from desktop_app.learning.head import Head
    from desktop_app.learning.model import Model, write
    from desktop_app.learning.scores import Score

    backbone = BACKBONES[run.document["backbone"]]
    graph = backbone_graphs.load(backbone)
    rng = np.random.default_rng(1)
    weights = {
        name: (value * rng.uniform(0.95, 1.05, value.shape)).astype(np.float32)
        for name, value in graphs.weights(graph.graph).items()
        if name.startswith(("stage6.", "stage7.", "top.")) and value.ndim
    }
    assert len(weights) > 10
    tensors = safetensors.numpy.load_file(run.model_weights)
    head = Head(tensors["head.weight"], tensors["head.bias"])
    write(Model("fine_tune", 1, head, Score(0.5, 1, 1, 1.0, 1.0), weights), run, graph, backbone.preprocessing())
    run.document["phase"] = "fine_tune"
    run.save()


@pytest.mark.parametrize("phase", ["freeze", "fine_tune"])
def test_package_and_torch_agree(project: Project, new: list[Path], tmp_path: Path, phase: str) -> None:
    run = project.runs.latest()
    if phase == "fine_tune":
        as_if_tuned(run)
    assert run.document["phase"] == phase
    list(export_package(project, run, tmp_path / "a.discern"))
    package = Package.open(tmp_path / "a.discern")
    predictor, preparation = Predictor(package), package.manifest.preprocessing
    images = [load_rgb(path, target=preparation.size) for path in new]
    given = np.stack([predictor.read(path).probabilities for path in new])

    own = graph_pixels(images, preparation)
    expected = torch_probabilities(run, own)
    difference = float(np.abs(given - expected).max())
    print(f"\n{phase}: largest difference of a probability on {len(new)} pictures: {difference:.1e}", end="")
    assert difference < LARGEST_DIFFERENCE
    assert (given.argmax(axis=1) == expected.argmax(axis=1)).all()
    # The comparison means something: not all answers are certain.
    assert (expected.max(axis=1) < 0.999).sum() >= 5

    if phase == "freeze":  # the preparation is the same in both
        pillows = np.stack([pillow_pixels(image, preparation) for image in images])
        levels = np.abs(own - pillows) * 255 * np.array(preparation.std).reshape(3, 1, 1)
        assert levels.max() < 1.01
        assert (levels > 0.01).mean() < 1e-3
        fed = torch_probabilities(run, pillows)
        together = float(np.abs(given - fed).max())
        print(f" (fed by Pillow: {together:.1e}; {(levels > 0.01).mean():.1e} of its values rounded apart)", end="")
        clear = np.ptp(np.sort(fed, axis=1)[:, -2:], axis=1) > 0.05
        assert (given.argmax(axis=1) == fed.argmax(axis=1))[clear].all()
