"""Tiny trained projects and model packages, made without torch in a few milliseconds."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from desktop_app.evaluation.evaluate import evaluate
from desktop_app.export.package import export_package
from desktop_app.features import graphs
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.features.runtime import Network, map_pictures
from desktop_app.following import returned
from desktop_app.inference import container
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.drawing import draw_classes

PREPROCESSING = Preprocessing(32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
KEY = "tiny-v1"
WIDTH = 12


def tiny_network(seed: int = 0) -> ModelProto:
    """pixels [1, 3, 32, 32] → embedding [1, 12]: two convolutions, the kind of graph that real backbones are."""
    rng = np.random.default_rng(seed)
    weights = {
        "first.weight": rng.normal(0, 0.3, (WIDTH, 3, 5, 5)),
        "first.bias": rng.normal(0, 0.1, WIDTH),
        "second.weight": rng.normal(0, 0.1, (WIDTH, WIDTH, 3, 3)),
        "second.bias": rng.normal(0, 0.1, WIDTH),
        "low": np.zeros(()),
        "high": np.full((), 6.0),
    }
    nodes = [
        helper.make_node("Conv", ["pixels", "first.weight", "first.bias"], ["a"], name="first", strides=[2, 2]),
        helper.make_node("Clip", ["a", "low", "high"], ["b"], name="limited"),
        helper.make_node("Conv", ["b", "second.weight", "second.bias"], ["c"], name="second", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["d"], name="active"),
        helper.make_node("GlobalAveragePool", ["d"], ["e"], name="pool"),
        helper.make_node("Flatten", ["e"], ["embedding"], name="flatten"),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, WIDTH])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", graphs.OPSET)])
    model.ir_version = 8
    return model


def nearest_mean_head(
    embeddings: NDArray[np.float32], labels: NDArray[np.int32], classes: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight (D, C) and bias (C,) of the classifier by nearest class mean, in units of the embeddings' spread."""
    spread = embeddings.std(axis=0) + 1e-3
    means = np.stack([embeddings[labels == label].mean(axis=0) for label in range(classes)])
    # Divided, so that the answers are not all certain.
    weight, bias = (2 * means / spread**2).T / 20, -((means / spread) ** 2).sum(axis=1) / 20
    return np.ascontiguousarray(weight, np.float32), bias.astype(np.float32)


def trained_run(
    project: Project, *, phase: str = "freeze", cached: bool = True, mistaken: tuple[int, int] | None = None
) -> Run:
    """A finished run of `project` as training leaves it: model.onnx, model.safetensors, snapshot.csv.

    `mistaken`: two classes that it calls by each other's names.
    """
    snapshot = returned(project.snapshot(project.scan()))
    base = graphs.with_preprocessing(tiny_network(), PREPROCESSING)
    network = Network(base.SerializeToString(), PREPROCESSING)
    vectors = [vector for _, vector in map_pictures(network, [project.path(file) for file in snapshot.files])]
    if cached:
        project.index.store_embeddings(KEY, dict(zip(snapshot.hashes, vectors, strict=True)))
    train = snapshot.rows("train")
    weight, bias = nearest_mean_head(np.stack(vectors)[train], snapshot.labels[train], len(snapshot.classes))
    if mistaken:
        one, other = mistaken
        weight[:, [one, other]], bias[[one, other]] = weight[:, [other, one]], bias[[other, one]]
    run = project.runs.create(
        recipe={"name": "quick"},
        backbone="tiny",
        classes=snapshot.classes,
        phase=phase,
        preprocessing=PREPROCESSING.to_dict(),
        embedding_key=KEY,
        fingerprint=snapshot.fingerprint,
    )
    run.model_onnx.write_bytes(graphs.with_head(base, weight, bias).SerializeToString())
    tensors = {"head.weight": weight, "head.bias": bias, "first.weight": graphs.weights(base.graph)["first.weight"]}
    safetensors.numpy.save_file(tensors, run.model_weights)
    snapshot.write_csv(run.snapshot_csv)
    run.document["status"] = "done"
    run.save()
    return run


def trained_project(root: Path, *, each: int = 10, **options: Any) -> tuple[Project, Run]:
    """A project of three drawn classes with a run; the caller closes the project."""
    project = Project.open(draw_classes(root, each=each))
    return project, trained_run(project, **options)


# ---- packages taken apart


def members(path: Path) -> dict[str, bytes]:
    """What any ZIP program finds in a package."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def manifest_of(contents: Mapping[str, bytes]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(contents["manifest.json"])
    return document


def with_manifest(contents: Mapping[str, bytes], **changes: Any) -> dict[str, bytes]:
    """The same members with other fields in the manifest, which goes on to describe the other members rightly."""
    document = manifest_of(contents) | changes
    if "members" not in changes:
        for name, facts in document["members"].items():
            facts |= {"size": len(contents[name]), "sha256": hashlib.sha256(contents[name]).hexdigest()}
    return {**contents, "manifest.json": json.dumps(document).encode()}


def packed(contents: Mapping[str, bytes]) -> bytes:
    """A file in the exact form of a package."""
    parts, listed = [], []
    for name, data in contents.items():
        listed.append(container.Member(name, len(data), zlib.crc32(data)))
        parts += [container.local_header(listed[-1]), data]
    return b"".join([*parts, container.directory(listed)])


def make_package(folder: Path) -> Path:
    """A valid package of three drawn classes; about 1 MB."""
    project, run = trained_project(folder / "animals")
    with project:
        list(evaluate(project, run))
        list(export_package(project, run, folder / "animals.discern"))
    return folder / "animals.discern"
