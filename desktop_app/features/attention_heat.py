"""What each patch of a picture tells a vision transformer about a class.

Such a network reads its answer off the class token. In the last block, attention mixes what the patches hold into that
token: each gives it its value, as much as it is attended to. Here every patch's value is left out in turn, and the rest
of the network is computed again: what the class's score loses is the heat of the patch. The rest is one token's way
through the last block, so all patches together take a fraction of what the picture itself took. No gradients are
needed, and unlike attention by itself the heat differs from class to class.

Sources: H. Mohebbi, W. Zuidema, G. Chrupała, A. Alishahi, "Quantifying context mixing in transformers", EACL (2023),
value zeroing; S. Abnar, W. Zuidema, "Quantifying attention flow in transformers", ACL (2020), on why attention alone
does not explain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper

from desktop_app.features.graphs import embedding_of
from desktop_app.features.runtime import Part

Map = NDArray[np.float32]

LOGITS = "head/logits"
_MIXED, _BEFORE = "mixed", "before"  # inputs of the part behind the last attention
_PICKING = ("Slice", "Flatten", "Reshape", "Squeeze")  # operators that take the class token out of the others
_SHAPING = ("Transpose", "Reshape")
_SAME = 1e-2  # how far a score that is computed by parts may be from the network's, of the largest score


class AttentionHeat:
    """Reads the heat off the last attention of one network.

    Attributes:
        taps: the results of the graph that `heat` needs.
    """

    method: Final = "attention"

    def __init__(self, taps: Sequence[str], rest: ModelProto, threads: int = 1) -> None:
        self.taps = tuple(taps)
        self._rest = Part(rest.SerializeToString(), threads)

    @classmethod
    def of(cls, model: ModelProto, threads: int = 1) -> AttentionHeat | None:
        """None if the network does not read its answer off a class token behind an attention.

        Args:
            model: a checked graph from picture to probabilities, see `graphs`.
            threads: for each picture, see `runtime.Network`.
        """
        found = _last_attention(model)
        if found is None:
            return None
        shares, values, mixed = found
        rest = _rest(model, mixed)
        return None if rest is None else cls((shares, values, rest[0], LOGITS), rest[1], threads)

    def heat(self, tapped: Sequence[Map], target: int) -> Map | None:
        """(h, w) over the network's square; None if the network turns out to work in another way.

        Args:
            tapped: `taps`, each without its first axis.
        """
        shares, values, before, logits = tapped
        if shares.ndim != 3 or values.ndim != 3 or before.ndim != 2:
            return None
        heads, tokens, size = values.shape
        edge = math.isqrt(tokens - 1)
        if edge * edge != tokens - 1 or shares.shape != (heads, tokens, tokens):
            return None
        # (tokens, width) what each token gives to the class token, head beside head.
        given = (shares[:, 0, :, None] * values).transpose(1, 0, 2).reshape(tokens, heads * size)
        mixed = given.sum(axis=0)
        (scores,) = self._rest(**{_MIXED: np.concatenate([mixed[None], mixed - given[1:]]), _BEFORE: before[:1]})
        if np.abs(scores[0] - logits).max() > _SAME * max(1.0, float(np.abs(logits).max())):
            return None
        losses: Map = scores[0, target] - scores[1:, target]
        return losses.reshape(edge, edge)


def _last_attention(model: ModelProto) -> tuple[str, str, str] | None:
    """The last attention's shares [1, heads, tokens, tokens], its values, and what it mixes of them."""
    last = next(
        (
            node
            for node in reversed(model.graph.node)
            if node.op_type == "Softmax" and not node.name.startswith("head/")
        ),
        None,
    )
    mixing = _only_user(model, last.output[0]) if last else None
    if last is None or mixing is None or mixing.op_type != "MatMul" or mixing.input[0] != last.output[0]:
        return None
    mixed = mixing
    while (user := _only_user(model, mixed.output[0])) is not None and user.op_type in _SHAPING:
        mixed = user
    return str(last.output[0]), str(mixing.input[1]), str(mixed.output[0])


def _only_user(model: ModelProto, name: str) -> NodeProto | None:
    users = [node for node in model.graph.node if name in node.input]
    return users[0] if len(users) == 1 else None


def _rest(model: ModelProto, mixed: str) -> tuple[str, ModelProto] | None:
    """What the class token goes through behind the last attention, for any number of such tokens at once.

    Returns:
        The name of the tokens before that attention, to which its result is added; and the part of the graph, from
        these (one row) and what was mixed (rows) to the scores of the classes (rows). None if it isn't of that kind.
    """
    constants = {constant.name for constant in model.graph.initializer}
    same = {mixed: _MIXED}  # names in the part
    kept: list[NodeProto] = []
    before = ""
    fixed: dict[str, NodeProto] = {}  # what is made of constants alone
    for node in model.graph.node:
        if all(name in constants or name in fixed for name in node.input if name):
            fixed |= dict.fromkeys(node.output, node)
            continue
        if not any(name in same for name in node.input):
            continue
        if node.op_type in _PICKING:
            same[node.output[0]] = same[node.input[0]]
            continue
        for name in node.input:
            if name and name not in same and name not in constants and name not in fixed:
                if before or node.op_type != "Add":
                    return None
                before, same[name] = name, _BEFORE
        part = NodeProto()
        part.CopyFrom(node)
        part.ClearField("input")
        part.input.extend(same.get(name, name) for name in node.input)
        same |= {name: name for name in node.output}
        kept.append(part)
        if LOGITS in node.output:
            break
    if not before or LOGITS not in same or embedding_of(model) not in same:
        return None
    return before, _part(model, [*_distinct(fixed, kept), *kept])


def _distinct(fixed: dict[str, NodeProto], kept: Sequence[NodeProto]) -> list[NodeProto]:
    """The nodes that make the constants of others; none of them needs another one's."""
    needed = {name for node in kept for name in node.input}
    return [node for name, node in fixed.items() if name in needed]


def _part(model: ModelProto, nodes: Sequence[NodeProto]) -> ModelProto:
    used = {name for node in nodes for name in node.input}
    inputs = [helper.make_tensor_value_info(_MIXED, TensorProto.FLOAT, ["rows", None])]
    inputs.append(helper.make_tensor_value_info(_BEFORE, TensorProto.FLOAT, [1, None]))
    graph = helper.make_graph(
        nodes,
        "rest",
        inputs,
        [helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, None)],
        [constant for constant in model.graph.initializer if constant.name in used],
    )
    return helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=model.ir_version)
