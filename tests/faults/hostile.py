"""Model packages as an attacker, a bad disk or another program would make them, from a valid one.

`HOSTILE` maps a name to what its file holds and to words that the refusal must contain. Every one is wrong in one
respect only: checksums, sizes and the description fit the changed part, as an attacker would see to it.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from onnx import AttributeProto, FunctionProto, ModelProto, SparseTensorProto, TensorProto, helper, numpy_helper

from desktop_app.evaluation.rules import Rule
from tests.packages import manifest_of, packed, with_manifest

Contents = dict[str, bytes]
Build = Callable[[Contents], bytes]
HOSTILE: dict[str, tuple[Build, str]] = {}


def hostile(name: str, words: str) -> Callable[[Build], Build]:
    def add(build: Build) -> Build:
        assert name not in HOSTILE
        HOSTILE[name] = build, words
        return build

    return add


def add(name: str, words: str, build: Build) -> None:
    hostile(name, words)(build)


class Canary:
    """Unpickled, it would create a file that gives it away."""

    path: str = "/nonexistent/canary"

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


def a_program() -> bytes:
    return pickle.dumps(Canary(), protocol=2)


# ---- no package at all

add("empty file", "empty", lambda parts: b"")
add("one byte", "not a model package", lambda parts: b"P")
add("text", "not a model package", lambda parts: b"I am a model, trust me.\n" * 100)
add("noise", "not a model package", lambda parts: np.random.default_rng(0).bytes(5000))
add("picture", "not a model package", lambda parts: b"\x89PNG\r\n\x1a\n" + bytes(5000))
add("pickle", "program", lambda parts: a_program() + bytes(5000))
add("zeros", "not a model package", lambda parts: bytes(100_000))


@hostile("torch file", "program")
def _torch(parts: Contents) -> bytes:
    return zipped({"archive/data.pkl": a_program(), "archive/version": b"3\n"})


def zipped(contents: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return buffer.getvalue()


# ---- the container


def renamed(parts: Contents, old: str, new: str) -> Contents:
    return {new if name == old else name: data for name, data in parts.items()}


CHANGED = "changed after Discern wrote it"
add("deflated", CHANGED, lambda parts: zipped(parts, zipfile.ZIP_DEFLATED))
add("another archive", "archive of another program", lambda parts: zipped({"readme.txt": b"hello" * 1000}))
add("a member missing", CHANGED, lambda parts: packed({n: d for n, d in parts.items() if n != "card.md"}))
add("a member too many", CHANGED, lambda parts: packed({**parts, "setup.py": b"print()"}))
add("members in another order", "archive of another program", lambda parts: packed(dict(sorted(parts.items()))))
add("path traversal", CHANGED, lambda parts: packed(renamed(parts, "card.md", "../../../canary")))
add("absolute path", CHANGED, lambda parts: packed(renamed(parts, "card.md", "/tmp/canary")))
add("backslashes", CHANGED, lambda parts: packed(renamed(parts, "card.md", "..\\canary")))
add("zero byte in a name", CHANGED, lambda parts: packed(renamed(parts, "card.md", "card.md\0.exe")))
add("capitals in a name", CHANGED, lambda parts: packed(renamed(parts, "card.md", "CARD.md")))
add("comment", CHANGED, lambda parts: packed(parts)[:-2] + b"\x05\0hello")
add("something behind it", CHANGED, lambda parts: packed(parts) + b"more")
add("something before it", "program|not a model|another program", lambda parts: b"#!/bin/sh\n" + packed(parts))
add("a second package behind it", CHANGED, lambda parts: packed(parts) * 2)
add("half", CHANGED, lambda parts: packed(parts)[: len(packed(parts)) // 2])
add("without its end", CHANGED, lambda parts: packed(parts)[:-1])
add("only its end", "not a model package", lambda parts: packed(parts)[-500:])


@hostile("two members of one name", CHANGED)
def _duplicate(parts: Contents) -> bytes:
    data = packed(parts)
    return data.replace(b"card.md", b"\0\0\0\0\0\0\0").replace(b"\0\0\0\0\0\0\0", b"card.md", 1)


def zip_entry_changed(parts: Contents, change: Callable[[zipfile.ZipInfo], None]) -> bytes:
    """The package with one entry of its directory changed by Python's own ZIP writer."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name)
            archive.writestr(info, data)
            if name == "card.md":
                change(info)
    return buffer.getvalue()


def _link(info: zipfile.ZipInfo) -> None:
    info.external_attr = 0o120777 << 16
    info.create_system = 3


def _folder(info: zipfile.ZipInfo) -> None:
    info.external_attr = 0o40755 << 16 | 0x10


def _extra(info: zipfile.ZipInfo) -> None:
    info.extra = struct.pack("<HH4s", 0x7875, 4, b"abcd")


add("a link", CHANGED, lambda parts: zip_entry_changed(parts, _link))
add("a folder", CHANGED, lambda parts: zip_entry_changed(parts, _folder))
add("extra fields", CHANGED, lambda parts: zip_entry_changed(parts, _extra))


def directory_patched(parts: Contents, offset: int, value: bytes) -> bytes:
    """The package with bytes of its directory's first entry replaced."""
    data = bytearray(packed(parts))
    start = data.index(b"PK\x01\x02")
    data[start + offset : start + offset + len(value)] = value
    return bytes(data)


add("encrypted", CHANGED, lambda parts: directory_patched(parts, 8, b"\x01\0"))
add("sizes follow the data", CHANGED, lambda parts: directory_patched(parts, 8, b"\x08\0"))
add("compressed, it says", CHANGED, lambda parts: directory_patched(parts, 10, b"\x08\0"))
add("larger than it is", CHANGED, lambda parts: directory_patched(parts, 20, b"\0\0\0\x7f\0\0\0\x7f"))
add("smaller than it is", CHANGED, lambda parts: directory_patched(parts, 20, b"\1\0\0\0\1\0\0\0"))
add("two sizes", CHANGED, lambda parts: directory_patched(parts, 24, b"\xff\xff\xff\xff"))
add("members overlap", CHANGED, lambda parts: directory_patched(parts, 42, b"\x40\0\0\0"))
add("checksum", CHANGED, lambda parts: directory_patched(parts, 16, b"abcd"))


@hostile("zip bomb", CHANGED)
def _bomb(parts: Contents) -> bytes:
    return zipped({**parts, "card.md": bytes(200 << 20)}, zipfile.ZIP_DEFLATED)


@hostile("70,000 members", "archive of another program")
def _many(parts: Contents) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(70_000):  # more than fit without ZIP64
            archive.writestr(f"{number}", b"")
    return buffer.getvalue()


add("large card", "larger than Discern allows", lambda parts: packed({**parts, "card.md": bytes(70_000)}))
add("card is no text", "card.md", lambda parts: packed(with_manifest({**parts, "card.md": b"\xff\xfe\xfa"})))
add("large description", "larger than Discern", lambda parts: packed({**parts, "manifest.json": b" " * 2_000_000}))


# ---- the description


def with_json(text: bytes) -> Build:
    return lambda parts: packed({**parts, "manifest.json": text})


DAMAGED = "description is damaged"
add("no JSON", DAMAGED, with_json(b"{"))
add("no UTF-8", DAMAGED, with_json(b'{"name": "\xff"}'))
add("UTF-16", DAMAGED, with_json('{"format": 1}'.encode("utf-16")))
add("a list", DAMAGED, with_json(b"[]"))
add("nested without end", DAMAGED, with_json(b"[" * 500_000))
add("objects nested without end", DAMAGED, with_json(b'{"a":' * 100_000))
add("a number without end", DAMAGED, with_json(b'{"format": ' + b"9" * 100_000 + b"}"))
add("NaN", DAMAGED, with_json(b'{"format": NaN}'))
add("infinity", DAMAGED, with_json(b'{"format": -Infinity}'))
add("empty description", "format", with_json(b"{}"))


@hostile("a field twice", DAMAGED)
def _twice(parts: Contents) -> bytes:
    return packed({**parts, "manifest.json": parts["manifest.json"].rstrip().rstrip(b"}") + b', "name": "other"}'})


def says(**changes: Any) -> Build:
    return lambda parts: packed(with_manifest(parts, **changes))


add("newer format", "newer Discern", says(format=5))
add("the format before, with a field of this one", "result.basis", says(format=1))
for _value in (0, -1, True, 1.0, "1", None):
    add(f"format {_value!r}", "format", says(format=_value))
add("another kind", "kind", says(kind="virus"))
add("unknown field", "install", says(install="https://example.org/x.sh"))
add("name is a number", "name", says(name=7))
add("name without end", "name", says(name="x" * 201))
add("name turns around", "name", says(name="model\u202eexe.nrecsid"))
add("name of two lines", "name", says(name="a\nb"))
add("name with terminal codes", "name", says(name="\x1b[2J"))
add("name is no text", "name", says(name="\ud800"))
add("one class", "classes", says(classes=["cat"]))
add("two classes of three", "type or shape", says(classes=["cat", "dog"]))
add("a class too many", "type or shape", says(classes=["cat", "dog", "fox", "yak"]))
add("20,000 classes", "classes", says(classes=[str(i) for i in range(20_000)]))
add("classes is a text", "classes", says(classes="abc"))
for _number, _name in enumerate(
    [
        "",
        " ",
        "..",
        "a/b",
        "a\\b",
        "/etc",
        "a\0",
        "a\u202eb",
        "a\u2066b",
        "a\nb",
        "a\u0308",
        "x" * 121,
        "\ud83d",
        5,
        None,
    ]
):
    add(f"class name {_number} {_name!r:.20}", "classes", says(classes=["cat", "dog", _name]))
add("a class twice", "classes", says(classes=["cat", "dog", "cat"]))
add("no preprocessing", "prepares its pictures", says(preprocessing=None))


def prepares(**changes: Any) -> Build:
    return lambda parts: packed(with_manifest(parts, preprocessing=manifest_of(parts)["preprocessing"] | changes))


add("huge square", "size", prepares(size=10**9))
add("no square", "size", prepares(size=0))
add("size is true", "size", prepares(size=True))
add("size is a fraction", "size", prepares(size=32.0))
add("another size", "in another way", prepares(size=48))
add("another fit", "in another way", prepares(fit="crop"))
add("another mean", "in another way", prepares(mean=[0.5, 0.5, 0.4]))
add("unknown fit", "fit", prepares(fit="__import__"))
add("mean is a text", "mean", prepares(mean="0.5"))
add("endless mean", "mean", prepares(mean=[10**400, 0, 0]))
add("std of zero", "std", prepares(std=[0, 0, 0]))
add("unknown preparation", "exactly", prepares(script="rm -rf"))

add("backbone is a path", "backbone", says(backbone="../../etc/passwd"))
add("recipe is a list", "recipe", says(recipe=["quick"]))
add("run is a path", "run", says(run="run/../.."))
add("no date", "created", says(created="yesterday"))
add("odd digits in the date", "created", says(created="２０２６-01-01T00:00"))
add("version is a command", "written_by", says(written_by="$(reboot)"))


def result(**changes: Any) -> Build:
    return lambda parts: packed(with_manifest(parts, result=manifest_of(parts)["result"] | changes))


add("more right than there are", "right", result(right=7))
add("less than none right", "right", result(right=-1))
add("no pictures tested", "result.n", result(n=0))
add("accuracy of 200 %", "balanced_accuracy", result(balanced_accuracy=2))
add("endless accuracy", "balanced_accuracy", result(balanced_accuracy=10**400))
add("interval of three", "interval", result(interval=[0, 0.5, 1]))
add("interval of texts", "interval", result(interval=["0", "1"]))
add("result says more", "praise", result(praise="very good"))
add("result of nothing known", "result.basis", result(basis="hearsay"))
add("result of a number", "result.basis", result(basis=1))
add("result is a text", "result", says(result="very good"))

_COSTS = {"harm": 50.0, "false_alarm": 5.0, "look": 1.0, "defects": 0.02}
_RULE = asdict(Rule(0.02, 1.5, 0.9, ("cat",))) | {"good": ["cat"]}
_CHEAPEST = _RULE | {"promise": None, "costs": _COSTS}
for _name, _value in {
    "text": "never",
    "list": [0.02],
    "without threshold": {key: value for key, value in _RULE.items() if key != "threshold"},
    "with a program": _RULE | {"then": "reboot"},
    "promise beyond all": _RULE | {"promise": 1.5},
    "promise is true": _RULE | {"promise": True},
    "no temperature": _RULE | {"temperature": 0},
    "huge temperature": _RULE | {"temperature": 1e300},
    "threshold below none": _RULE | {"threshold": -1},
    "good is a text": _RULE | {"good": "cat"},
    "good twice": _RULE | {"good": ["cat", "cat"]},
    "good is unknown": _RULE | {"good": ["yak"]},
    "without a distance": {key: value for key, value in _RULE.items() if key != "furthest"},
    "distance beyond all": _RULE | {"furthest": 1e300},
    "distance is true": _RULE | {"furthest": True},
    "distance below none": _RULE | {"furthest": -1},
    "all are good": _RULE | {"good": ["cat", "dog", "fox"]},
    "split beyond all": _RULE | {"split": 3},
    "split is a text": _RULE | {"split": "0.5"},
    "neither a promise nor costs": _RULE | {"promise": None},
    "both a promise and costs": _RULE | {"costs": _COSTS},
    "costs are a number": _CHEAPEST | {"costs": 50},
    "costs say more": _CHEAPEST | {"costs": _COSTS | {"then": "reboot"}},
    "harm is for free": _CHEAPEST | {"costs": _COSTS | {"harm": 0}},
    "a look pays": _CHEAPEST | {"costs": _COSTS | {"look": -1}},
    "endless cost": _CHEAPEST | {"costs": _COSTS | {"false_alarm": 10**400}},
    "cost is true": _CHEAPEST | {"costs": _COSTS | {"false_alarm": True}},
    "all are defects": _CHEAPEST | {"costs": _COSTS | {"defects": 1}},
}.items():
    add(f"unsure: {_name}", "unsure", says(unsure=_value))
add("no golden picture", "golden", says(golden=[]))
add("21 golden pictures", "golden", says(golden=[[8, 8]] * 21))
add("huge golden picture", "golden", says(golden=[[10**6, 10**6]]))
add("golden picture of no height", "golden", says(golden=[[0, 5]]))
add("golden picture in three sizes", "golden", says(golden=[[5, 5, 5]]))
add("other golden pictures", "type or shape|other tensors", says(golden=[[48, 48]] * 20))
add("fewer golden pictures", "other tensors", says(golden=[[48, 48]] * 16))


def weighs(**changes: Any) -> Build:
    return lambda parts: packed(with_manifest(parts, weights=manifest_of(parts)["weights"] | changes))


add("6,000 tensors", "weights", says(weights={f"t{i}": ["F32", 1] for i in range(6000)}))
add("a huge tensor", "weights", weighs(huge=["F32", 10**12]))
add("a tensor of huge sizes", "other tensors", weighs(huge=["F32", *[10**8] * 8]))
add("a tensor of negative size", "weights", weighs(odd=["F32", -1]))
add("a tensor in ten dimensions", "weights", weighs(odd=["F32", *[1] * 10]))
add("a tensor of objects", "weights", weighs(odd=["O", 1]))
add("a tensor with a command for a name", "weights", weighs(**{"$(reboot)": ["F32", 1]}))
add("no head", "head", says(weights={"first.weight": ["F32", 12, 3, 5, 5]}))
add("head of another shape", "head", weighs(**{"head.weight": ["F32", 36]}))
add("a tensor that is not there", "other tensors", weighs(extra=["F32", 1]))
add("another type of tensor", "type or shape", weighs(**{"first.weight": ["I64", 12, 3, 5, 5]}))


def member_says(name: str, **changes: Any) -> Build:
    def build(parts: Contents) -> bytes:
        listed = manifest_of(parts)["members"]
        return packed(with_manifest(parts, members=listed | {name: listed[name] | changes}))

    return build


for _name in ("card.md", "model.onnx", "model.safetensors", "golden.safetensors"):
    add(f"another {_name}", _name, member_says(_name, sha256="0" * 64))
    add(f"another size of {_name}", _name, member_says(_name, size=5))
add("checksum of another kind", "sha256", member_says("card.md", sha256="abc"))
add("checksum in capitals", "sha256", member_says("card.md", sha256="A" * 64))
add("size is a text", "size", member_says("card.md", size="750"))
add("huge size", "size", member_says("card.md", size=10**15))
add("member says more", "url", member_says("card.md", url="https://example.org"))


@hostile("members unknown", "members")
def _unknown_member(parts: Contents) -> bytes:
    listed = manifest_of(parts)["members"]
    return packed(with_manifest(parts, members={**listed, "setup.py": listed["card.md"]}))


# ---- tensors


def with_tensors(name: str, change: Callable[[dict[str, Any], bytes], tuple[Any, bytes]]) -> Build:
    """The package with the header and the data of a safetensors member changed, and described rightly."""

    def build(parts: Contents) -> bytes:
        data = parts[name]
        length = int.from_bytes(data[:8], "little")
        header, body = change(json.loads(data[8 : 8 + length]), data[8 + length :])
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        return packed(with_manifest({**parts, name: len(text).to_bytes(8, "little") + text + body}))

    return build


WEIGHTS, GOLDEN = "model.safetensors", "golden.safetensors"


def replaced(name: str, data: bytes) -> Build:
    return lambda parts: packed(with_manifest({**parts, name: data}))


def patched(name: str, position: int, value: bytes) -> Build:
    def build(parts: Contents) -> bytes:
        data = bytearray(parts[name])
        start = position % len(data)
        data[start : start + len(value)] = value
        return packed(with_manifest({**parts, name: bytes(data)}))

    return build


add("weights are a program", "damaged", replaced(WEIGHTS, a_program()))
add("no weights", "damaged", replaced(WEIGHTS, b""))
add("weights of five bytes", "damaged", replaced(WEIGHTS, b"12345"))
add("header larger than the file", "damaged", patched(WEIGHTS, 0, b"\xff\xff\xff\x7f"))
add("header of endless length", "damaged", patched(WEIGHTS, 0, b"\xff" * 8))
add("header of 2 MB", "damaged", with_tensors(WEIGHTS, lambda h, b: (json.dumps(h).encode() + b" " * (2 << 20), b)))
add("header is no JSON", "damaged", with_tensors(WEIGHTS, lambda h, b: (b"{" * 200, b)))
add("a weight is no number", "not finite", patched(WEIGHTS, -4, struct.pack("<f", float("nan"))))
add("a weight is infinite", "not finite", patched(WEIGHTS, -4, struct.pack("<f", float("inf"))))
add("an expectation is no number", "not finite", with_tensors(GOLDEN, lambda h, b: (h, nan_probability(h, b))))
add("something behind the tensors", "behind", with_tensors(WEIGHTS, lambda h, b: (h, b + b"more")))
add("tensors cut short", "damaged", with_tensors(WEIGHTS, lambda h, b: (h, b[:-4])))
add("tensor too many", "other tensors", with_tensors(WEIGHTS, lambda h, b: (h | {"x": h["head.bias"]}, b)))
add("tensor missing", "other tensors", with_tensors(WEIGHTS, lambda h, b: ({k: h[k] for k in list(h)[1:]}, b)))
add("300,000 empty tensors", "damaged", with_tensors(WEIGHTS, lambda h, b: (h | empty_tensors(), b)))


def nan_probability(header: dict[str, Any], body: bytes) -> bytes:
    start = header["probability"]["data_offsets"][0]
    return body[:start] + struct.pack("<f", float("nan")) + body[start + 4 :]


def empty_tensors() -> dict[str, Any]:
    return {f"e{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(300_000)}


@hostile("a tensor twice", "damaged")
def _tensor_twice(parts: Contents) -> bytes:
    def change(header: dict[str, Any], body: bytes) -> tuple[bytes, bytes]:
        text = json.dumps(header).rstrip("}") + '}, "head.bias": ' + json.dumps(header["head.bias"]) + "}"
        return text.encode(), body

    return with_tensors(WEIGHTS, change)(parts)


def tensor_says(**changes: Any) -> Build:
    return with_tensors(WEIGHTS, lambda h, b: (h | {"head.bias": h["head.bias"] | changes}, b))


add("tensor of another type", "type or shape", tensor_says(dtype="F16"))
add("tensor of another shape", "type or shape", tensor_says(shape=[4]))
add("tensor of endless shape", "type or shape", tensor_says(shape=[2**62, 2**62]))
add("tensor at a negative place", "another place", tensor_says(data_offsets=[-12, 0]))
add("tensors overlap", "another place", tensor_says(data_offsets=[0, 12]))
add("tensor far behind the end", "another place", tensor_says(data_offsets=[2**40, 2**40 + 12]))
add("tensor ends before it begins", "another place", tensor_says(data_offsets=[12, 0]))
add("places are fractions", "damaged", tensor_says(data_offsets=[0.0, 12.0]))
add("places are texts", "damaged", tensor_says(data_offsets=["0", "12"]))
add("one place", "damaged", tensor_says(data_offsets=[0]))
add("tensor says more", "type or shape", tensor_says(url="https://example.org"))
add("tensor is a list", "type or shape", with_tensors(WEIGHTS, lambda h, b: (h | {"head.bias": []}, b)))
add("golden pictures are a program", "damaged", replaced(GOLDEN, a_program()))


# ---- the graph

MODEL = "model.onnx"


def with_graph(change: Callable[[ModelProto], Any]) -> Build:
    """The package with its graph changed in place, and described rightly."""

    def build(parts: Contents) -> bytes:
        model = ModelProto.FromString(parts[MODEL])
        change(model)
        return packed(with_manifest({**parts, MODEL: model.SerializeToString()}))

    return build


def graph(name: str, words: str) -> Callable[[Callable[[ModelProto], Any]], Callable[[ModelProto], Any]]:
    def add_it(change: Callable[[ModelProto], Any]) -> Callable[[ModelProto], Any]:
        add(name, words, with_graph(change))
        return change

    return add_it


def node(model: ModelProto, name: str) -> Any:
    (found,) = (item for item in model.graph.node if item.name == name)
    return found


def constant(model: ModelProto, name: str) -> Any:
    (found,) = (item for item in model.graph.initializer if item.name == name)
    return found


def insert(model: ModelProto, kind: str, more: tuple[str, ...] = (), **attributes: Any) -> Any:
    """Put an operator behind the last convolution: "c" → "c" for all that follows."""
    node(model, "active").input[0] = "inserted"
    new = helper.make_node(kind, ["c", *more], ["inserted"], name="inserted", **attributes)
    position = [item.name for item in model.graph.node].index("active")
    following = list(model.graph.node)[position:]
    del model.graph.node[position:]
    model.graph.node.extend([new, *following])
    return model.graph.node[position]


def integers(model: ModelProto, name: str, *values: int) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.array(values, np.int64), name))


def floats(model: ModelProto, name: str, *shape: int) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(shape, np.float32), name))


add("graph is a program", "not an ONNX graph", replaced(MODEL, a_program()))
add("no graph", "not standard", replaced(MODEL, b""))
add("graph is noise", "not an ONNX graph", replaced(MODEL, np.random.default_rng(1).bytes(3000)))
add("graph cut short", "not an ONNX graph", lambda parts: replaced(MODEL, parts[MODEL][:-7])(parts))
add(
    "a million empty operators",
    "not an ONNX graph|more parts",
    replaced(MODEL, b"\x3a\x80\x89\x7a" + b"\x0a\x00" * 1_000_000),
)
add("a long name", "more parts", with_graph(lambda model: setattr(node(model, "first"), "name", "x" * (3 << 20))))
add("a long comment", "more parts", with_graph(lambda model: setattr(model, "doc_string", "x" * (3 << 20))))

OPERATOR = "which Discern does not allow"
for _kind in (
    "Loop",
    "If",
    "Scan",
    "SequenceMap",
    "Resize",
    "Expand",
    "Tile",
    "ConstantOfShape",
    "Where",
    "NonZero",
    "Cast",
    "RandomNormalLike",
    "Dropout",
    "StringNormalizer",
    "Optional",
    "Einsum",
    "Range",
    "Gather",
    "LSTM",
):
    add(f"operator {_kind}", OPERATOR, with_graph(lambda model, kind=_kind: insert(model, kind)))
add(
    "operator of another house",
    "not standard",
    with_graph(lambda model: setattr(insert(model, "Relu"), "domain", "com.microsoft")),
)
add(
    "operator of a training",
    "not standard",
    with_graph(lambda model: setattr(insert(model, "Relu"), "domain", "ai.onnx.training")),
)
add("operator with overload", "not standard", with_graph(lambda model: setattr(insert(model, "Relu"), "overload", "x")))
add("unknown operator", OPERATOR, with_graph(lambda model: insert(model, "PythonOp")))


@graph("another graph inside", "contains another graph")
def _inner(model: ModelProto) -> None:
    inserted = insert(model, "Relu")
    inserted.attribute.append(helper.make_attribute("body", helper.make_graph([], "inner", [], [])))


@graph("another graph hidden in a number", "contains another graph")
def _hidden(model: ModelProto) -> None:
    attribute = AttributeProto(name="axis", type=AttributeProto.INT, i=1)
    attribute.g.name = "hidden"
    insert(model, "Softmax").attribute.append(attribute)


@graph("a tensor in an attribute", "contains another graph or a constant")
def _tensor_attribute(model: ModelProto) -> None:
    insert(model, "Relu").attribute.append(helper.make_attribute("value", numpy_helper.from_array(np.zeros(3))))


@graph("an attribute that refers", "contains another graph or a constant")
def _reference(model: ModelProto) -> None:
    attribute = AttributeProto(name="axis", type=AttributeProto.INT, ref_attr_name="axis")
    insert(model, "Softmax").attribute.append(attribute)


add("unknown attribute", "fit together", with_graph(lambda model: insert(model, "Relu", file="/etc/passwd")))
add("functions", "functions of its own", with_graph(lambda model: model.functions.append(FunctionProto(name="f"))))
add("training", "functions of its own", with_graph(lambda model: model.training_info.add()))


@graph("two sets of operators", "not standard")
def _opsets(model: ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


@graph("operators of tomorrow", "version of ONNX")
def _tomorrow(model: ModelProto) -> None:
    model.opset_import[0].version = 99


@graph("operators of yesterday", "version of ONNX")
def _yesterday(model: ModelProto) -> None:
    model.opset_import[0].version = 9


add("ONNX of tomorrow", "version of ONNX", with_graph(lambda model: setattr(model, "ir_version", 99)))


@graph("weights in another file", "another file")
def _external(model: ModelProto) -> None:
    weight = constant(model, "first.weight")
    weight.data_location = TensorProto.EXTERNAL
    weight.ClearField("raw_data")
    for key, value in (("location", "../../../../etc/passwd"), ("offset", "0"), ("length", "3600")):
        weight.external_data.add(key=key, value=value)


@graph("weights here and in another file", "another file")
def _both(model: ModelProto) -> None:
    constant(model, "first.weight").external_data.add(key="location", value="/dev/zero")


@graph("sparse weights", "sparse")
def _sparse(model: ModelProto) -> None:
    model.graph.sparse_initializer.append(SparseTensorProto(dims=[10**9]))


@graph("weights of text", "no plain number")
def _strings(model: ModelProto) -> None:
    model.graph.initializer.append(helper.make_tensor("s", TensorProto.STRING, [1], [b"x"]))
    insert(model, "Mul", ("s",))


@graph("weights of double", "no plain number")
def _doubles(model: ModelProto) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(()), "d"))
    insert(model, "Mul", ("d",))


@graph("weights larger than they are", "another size")
def _amplified(model: ModelProto) -> None:
    constant(model, "first.weight").dims[0] = 10**6


@graph("weights of negative size", "impossible size")
def _negative(model: ModelProto) -> None:
    constant(model, "first.weight").dims[0] = -12


@graph("weights given twice", "another size")
def _given_twice(model: ModelProto) -> None:
    constant(model, "first.bias").float_data.extend([0.0] * 12)


@graph("weights in pieces", "in pieces")
def _pieces(model: ModelProto) -> None:
    constant(model, "first.bias").segment.begin = 5


@graph("a weight of the graph is no number", "not a finite number")
def _nan(model: ModelProto) -> None:
    weight = constant(model, "first.bias")
    weight.raw_data = struct.pack("<f", float("nan")) + weight.raw_data[4:]


@graph("two weights of one name", "one name")
def _one_name(model: ModelProto) -> None:
    model.graph.initializer.append(constant(model, "first.bias"))


@graph("a weight called image", "one name")
def _image(model: ModelProto) -> None:
    floats(model, "image", 3)


@graph("weights that nothing uses", "does not use")
def _unused(model: ModelProto) -> None:
    floats(model, "smuggled", 3)


@graph("100,000 whole numbers", "whole numbers")
def _indices(model: ModelProto) -> None:
    integers(model, "many", *range(100_000))
    insert(model, "Reshape", ("many",))


@graph("two inputs", "one picture")
def _inputs(model: ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))


@graph("input of another shape", "one picture")
def _input_shape(model: ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 4


@graph("two outputs", "one probability")
def _outputs(model: ModelProto) -> None:
    model.graph.output.append(helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, 12]))


@graph("no softmax", "one probability")
def _no_softmax(model: ModelProto) -> None:
    last = node(model, "head/softmax")
    last.op_type = "Sigmoid"
    del last.attribute[:]


@graph("output of another shape", "one probability")
def _output_shape(model: ModelProto) -> None:
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 4


PREPARED = "in another way"


@graph("another resize", PREPARED)
def _resize(model: ModelProto) -> None:
    (attribute,) = (item for item in node(model, "pre/resized").attribute if item.name == "cubic_coeff_a")
    attribute.f = -0.75


@graph("another mean in the graph", PREPARED)
def _mean(model: ModelProto) -> None:
    constant(model, "pre/mean").raw_data = np.array([1, 2, 3], np.float32).tobytes()


@graph("preparation missing", f"{PREPARED}|does not use")
def _missing(model: ModelProto) -> None:
    model.graph.node.remove(node(model, "pre/pixels"))


@graph("preparation later", PREPARED)
def _later(model: ModelProto) -> None:
    last = node(model, "first")
    model.graph.node.remove(last)
    model.graph.node.insert(0, last)


@graph("a second preparation", PREPARED)
def _second(model: ModelProto) -> None:
    insert(model, "Relu").name = "pre/mine"


@graph("a constant in the name of the preparation", PREPARED)
def _pre_constant(model: ModelProto) -> None:
    floats(model, "pre/mine")
    insert(model, "Mul", ("pre/mine",))


@graph("a comment in the preparation", PREPARED)
def _pre_comment(model: ModelProto) -> None:
    node(model, "pre/resized").doc_string = "x"


TOGETHER = "fit together"


@graph("network looks at the picture itself", f"{TOGETHER}|{OPERATOR}")
def _raw(model: ModelProto) -> None:
    insert(model, "Mul", ("pre/scaled",))


@graph("a cycle", TOGETHER)
def _cycle(model: ModelProto) -> None:
    node(model, "first").input[0] = "d"


@graph("an input out of nowhere", TOGETHER)
def _nowhere(model: ModelProto) -> None:
    node(model, "active").input[0] = "nowhere"


@graph("a result made twice", TOGETHER)
def _made_twice(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("Relu", ["c"], ["d"], name="again"))


@graph("an operator without input", TOGETHER)
def _no_input(model: ModelProto) -> None:
    del node(model, "active").input[:]


@graph("weights of another shape", f"{TOGETHER}|can't be run")
def _other_shape(model: ModelProto) -> None:
    weight = constant(model, "first.weight")
    weight.dims[:] = [12, 5, 3, 5]


MEMORY, TIME = "more memory", "more time"


@graph("padding of gigabytes", MEMORY)
def _padding(model: ModelProto) -> None:
    integers(model, "pads", 0, 0, 0, 0, 0, 0, 100_000, 100_000)
    insert(model, "Pad", ("pads",))


@graph("padding beyond all numbers", f"{MEMORY}|{TOGETHER}|in advance")
def _overflow(model: ModelProto) -> None:
    integers(model, "pads", 0, 0, 0, 0, 0, 0, 2**62, 2**62)
    insert(model, "Pad", ("pads",))


@graph("negative padding", f"{MEMORY}|{TOGETHER}|in advance|can't be run")
def _negative_padding(model: ModelProto) -> None:
    integers(model, "pads", 0, 0, 0, 0, 0, 0, -(2**40), -5)
    insert(model, "Pad", ("pads",))


@graph("convolution with endless padding", f"{MEMORY}|{TOGETHER}|in advance")
def _conv_padding(model: ModelProto) -> None:
    (attribute,) = node(model, "second").attribute
    attribute.ints[:] = [30_000, 30_000, 30_000, 30_000]


@graph("doubled thirty times", MEMORY)
def _doubled(model: ModelProto) -> None:
    insert(model, "Relu")
    nodes = list(model.graph.node)
    position = [item.name for item in nodes].index("active")
    chain, last = [], "inserted"
    for number in range(30):
        chain.append(helper.make_node("Concat", [last, last], [f"twice{number}"], name=f"twice{number}", axis=1))
        last = f"twice{number}"
    del model.graph.node[:]
    model.graph.node.extend([*nodes[:position], *chain, *nodes[position:]])


@graph("many large results", MEMORY)
def _many_large(model: ModelProto) -> None:
    integers(model, "pads", 0, 0, 0, 0, 0, 0, 900, 900)
    insert(model, "Pad", ("pads",))
    position = [item.name for item in model.graph.node].index("active")
    copies = [helper.make_node("Neg", ["inserted"], [f"n{i}"], name=f"n{i}") for i in range(40)]
    following = list(model.graph.node)[position:]
    del model.graph.node[position:]
    model.graph.node.extend([*copies, *following])


@graph("endless work", TIME)
def _work(model: ModelProto) -> None:
    integers(model, "pads", 0, 0, 0, 0, 0, 0, 1000, 1000)
    floats(model, "wide", 12, 12, 31, 31)
    insert(model, "Pad", ("pads",))
    node(model, "active").input[0] = "worked"
    position = [item.name for item in model.graph.node].index("active")
    model.graph.node.insert(
        position, helper.make_node("Conv", ["inserted", "wide"], ["worked"], name="worked", pads=[15] * 4)
    )


@graph("endless pooling", TIME)
def _pooling(model: ModelProto) -> None:
    integers(model, "pads", 0, 0, 0, 0, 0, 0, 1000, 1000)
    insert(model, "Pad", ("pads",))
    node(model, "active").input[0] = "worked"
    position = [item.name for item in model.graph.node].index("active")
    pool = helper.make_node("MaxPool", ["inserted"], ["worked"], name="worked", kernel_shape=[301, 301], pads=[150] * 4)
    model.graph.node.insert(position, pool)


@graph("5,000 operators", "more than 4096 operators")
def _operators(model: ModelProto) -> None:
    model.graph.node.extend(helper.make_node("Relu", ["c"], [f"r{i}"], name=f"r{i}") for i in range(5000))


@graph("a size that depends on the picture", f"in advance|{TOGETHER}|no plain number")
def _dynamic(model: ModelProto) -> None:
    insert(model, "Slice", ("d0", "d1"))
    position = [item.name for item in model.graph.node].index("inserted")
    for name in ("d0", "d1"):
        model.graph.node.insert(position, helper.make_node("Neg", ["a"], [name], name=name))


@graph("as much memory and time as is allowed", "other answers")
def _heavy(model: ModelProto) -> None:
    integers(model, "pads", 0, 0, 0, 0, 0, 0, 1000, 1000)
    floats(model, "wide", 12, 1, 31, 31)
    insert(model, "Pad", ("pads",))
    node(model, "active").input[0] = "worked"
    position = [item.name for item in model.graph.node].index("active")
    heavy = helper.make_node("Conv", ["inserted", "wide"], ["worked"], name="worked", pads=[15] * 4, group=12)
    model.graph.node.insert(position, heavy)


@graph("as large as is allowed", "other answers")
def _large(model: ModelProto) -> None:
    for number in range(21):  # 336 MB
        floats(model, f"large{number}", 2048, 2048)
    floats(model, "widen", 12, 2048)
    floats(model, "narrow", 2048, 12)
    node(model, "flatten").output[0] = "flat"
    chain, last = [helper.make_node("MatMul", ["flat", "widen"], ["m0"], name="m0")], "m0"
    for number in range(21):
        chain.append(helper.make_node("MatMul", [last, f"large{number}"], [f"n{number}"], name=f"n{number}"))
        last = f"n{number}"
    chain.append(helper.make_node("MatMul", [last, "narrow"], ["embedding"], name="narrowed"))
    position = [item.name for item in model.graph.node].index("head/logits")
    following = list(model.graph.node)[position:]
    del model.graph.node[position:]
    model.graph.node.extend([*chain, *following])


@graph("another answer", "other answers")
def _answer(model: ModelProto) -> None:
    weight = constant(model, "head/bias")
    weight.raw_data = np.array([0, 0, 1e6], np.float32).tobytes()


@graph("an answer slightly off", "other answers")
def _slightly(model: ModelProto) -> None:
    weight = constant(model, "first.weight")
    values = np.frombuffer(weight.raw_data, np.float32) * np.float32(1.05)
    weight.raw_data = values.tobytes()


@graph("an answer that is no number", "other answers")
def _not_a_number(model: ModelProto) -> None:
    insert(model, "Sqrt")


# ---- paths that are no package file


def odd_paths(folder: Path, package: Path) -> dict[str, tuple[Path, str]]:
    """Names in `folder` that lead to something else than a package, and words of the refusal."""
    (folder / "folder.discern").mkdir()
    os.mkfifo(folder / "pipe.discern")
    (folder / "loop.discern").symlink_to("loop.discern")
    (folder / "device.discern").symlink_to("/dev/zero")
    with (folder / "sparse.discern").open("wb") as file:
        start = package.read_bytes()
        file.write(start[:1000])
        file.truncate(5 << 30)
        file.seek(0, os.SEEK_END)
        file.write(start[-500:])
    return {
        "missing": (folder / "missing.discern", "no model package"),
        "folder": (folder / "folder.discern", "not a file"),
        "pipe": (folder / "pipe.discern", "not a file"),
        "loop": (folder / "loop.discern", "can't be read"),
        "device": (folder / "device.discern", "not a file"),
        "five gigabytes of nothing": (folder / "sparse.discern", "changed|larger"),
    }
