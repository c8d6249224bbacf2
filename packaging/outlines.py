"""Write the outlines from which `desktop_app.learning.outlines` makes graphs without torch.

    python packaging/outlines.py

For each network that Discern brings along: its graph as torch exports it, with BatchNorms put back behind their
convolutions, and for each weight its place in the publisher's file. Run it when exported graphs change; a test notices.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from onnx import ModelProto, TensorProto, helper
from onnx.external_data_helper import set_external_data
from torch import Tensor, nn

from desktop_app.learning import backbone_graphs, library, networks, outlines
from desktop_app.learning.backbones import BACKBONES, Backbone

_NORM = ("weight", "bias", "running_mean", "running_var")
# Of a convolution's weight: output, input, height, width ↔ height, width, input, output.
_TO_TENSORFLOW, _FROM_TENSORFLOW = (2, 3, 1, 0), (3, 2, 0, 1)


def outline(backbone: Backbone, file: Path) -> ModelProto:
    """The graph of one network, its weights being parts of `file`."""
    data = file.read_bytes()
    network = networks.pretrained(backbone)
    model = backbone_graphs.export(backbone)
    graph, norms = model.graph, norms_behind(network, backbone.size)
    learnt = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:]}
    constants = [constant for constant in graph.initializer if constant.name not in learnt]
    nodes = []

    def placed(name: str, value: Tensor) -> str:
        content = value.detach().numpy().tobytes()
        tensor = TensorProto(name=name, dims=value.shape, data_type=TensorProto.FLOAT, raw_data=content)
        set_external_data(tensor, file.name, data.index(content), len(content))
        tensor.ClearField("raw_data")
        constants.append(tensor)
        return name

    for node in graph.node:
        if node.op_type != "Conv":
            nodes.append(node)
            continue
        weight = node.input[1]
        name = weight.removesuffix(".weight")
        stored = placed(f"{weight}/stored", network.get_submodule(name).weight.permute(_TO_TENSORFLOW))
        nodes += [helper.make_node("Transpose", [stored], [weight], weight, perm=_FROM_TENSORFLOW), node]
        norm, result = network.get_submodule(norms[name]), node.output[0]
        values = [placed(f"{norms[name]}.{part}", getattr(norm, part)) for part in _NORM]
        nodes.append(
            helper.make_node("BatchNormalization", [f"{name}/plain", *values], [result], norms[name], epsilon=norm.eps)
        )
        node.output[0] = f"{name}/plain"
        del node.input[2:]  # the bias comes from the BatchNorm
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(constants)
    helper.set_model_props(model, {outlines.SHA256: hashlib.sha256(data).hexdigest()})
    return model


def norms_behind(network: nn.Sequential, size: int) -> dict[str, str]:
    """By the name of each convolution that of the BatchNorm behind it."""
    calls = [(name, network.get_submodule(name)) for name, *_ in networks.calls(network, size)]
    convolutions = [name for name, module in calls if isinstance(module, nn.Conv2d)]
    norms = [name for name, module in calls if not isinstance(module, nn.Conv2d)]
    return dict(zip(convolutions, norms, strict=True))


def main() -> None:
    for backbone in BACKBONES.values():
        if (file := library.bundled_file(backbone)) is not None:
            target = Path(str(outlines.FOLDER)) / f"{backbone.name}.onnx"
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(outline(backbone, file).SerializeToString(deterministic=True))
            print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
