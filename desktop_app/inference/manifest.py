"""The description inside a model package, `manifest.json`: what the model is, and what every other member must be.

Every field must be there and no other, so that an older Discern never misunderstands a newer package.

    format 1   the first
    format 2   `unsure`: when the model declines to answer
    format 3   `unsure.furthest`: how far a picture may be from all that was learnt, which the network then measures
    format 4   `unsure.costs` and `unsure.split`: what mistakes and looks cost, in place of a promise; `result.basis`
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from desktop_app.errors import PackageError
from desktop_app.evaluation.headline import BASES, Basis, Headline
from desktop_app.evaluation.rules import Rule
from desktop_app.evaluation.unsure import EVEN
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.inference.container import CARD, GOLDEN, LIMITS, MODEL, WEIGHTS
from desktop_app.inference.documents import Fields, parse_json, wrong
from desktop_app.inference.tensors import KINDS, TensorSpec
from desktop_app.project import names

FORMAT = 4
KIND = "discern model package"
MOST_CLASSES = 10_000
MOST_GOLDEN = 20
LONGEST_GOLDEN_EDGE = 8192
MOST_TENSORS = 5_000
DESCRIBED = (CARD, MODEL, WEIGHTS, GOLDEN)
HEAD = ("head.weight", "head.bias")


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What a member must be: its size in bytes, its SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """All that a package says about its model.

    Attributes:
        name: of the project it was made from.
        classes: in the order of the model's outputs.
        preprocessing: how its graph prepares pictures.
        backbone, recipe, run: where it comes from, in Discern's names.
        created: when the run was started, ISO 8601.
        written_by: the version of Discern that wrote the package.
        result: how good it is on pictures that it has not learnt from; None where it was not measured.
        unsure: when it declines to answer; None for never.
        golden: height and width of each golden picture.
        weights: the tensors of model.safetensors.
        members: size and SHA-256 of every other member.
    """

    name: str
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    backbone: str
    recipe: str
    run: str
    created: str
    written_by: str
    result: Headline | None
    unsure: Rule | None
    golden: tuple[tuple[int, int], ...]
    weights: Mapping[str, TensorSpec]
    members: Mapping[str, MemberFacts]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` is the inverse."""
        return {
            "format": FORMAT,
            "kind": KIND,
            "name": self.name,
            "classes": list(self.classes),
            "preprocessing": self.preprocessing.to_dict(),
            "backbone": self.backbone,
            "recipe": self.recipe,
            "run": self.run,
            "created": self.created,
            "written_by": self.written_by,
            "result": asdict(self.result) | {"interval": list(self.result.interval)} if self.result else None,
            "unsure": asdict(self.unsure) if self.unsure else None,
            "golden": [list(edges) for edges in self.golden],
            "weights": {name: [spec.kind, *spec.shape] for name, spec in self.weights.items()},
            "members": {name: asdict(facts) for name, facts in self.members.items()},
        }

    def to_bytes(self) -> bytes:
        """The member's content."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read it from an untrusted source.

        Raises:
            PackageError: a field is missing, unknown, of another type or out of bounds; or the format is newer.
        """
        return cls.from_dict(parse_json(data))

    @classmethod
    def from_dict(cls, document: object) -> Manifest:
        """Like `from_bytes`, of parsed JSON."""
        fields = Fields(document, "")
        version = _format(fields)
        classes = _classes(fields.items("classes", 2, MOST_CLASSES))
        manifest = cls(
            name=fields.text("name", 200),
            classes=classes,
            preprocessing=Preprocessing.from_dict(fields.take("preprocessing")),
            backbone=_word(fields, "backbone"),
            recipe=_word(fields, "recipe"),
            run=_word(fields, "run"),
            created=_match(fields, "created", _TIME),
            written_by=_word(fields, "written_by"),
            result=_result(fields.take("result"), version),
            unsure=_rule(fields.take("unsure"), classes, version) if version >= 2 else None,
            golden=_golden(fields.items("golden", 1, MOST_GOLDEN)),
            weights=_weights(fields.take("weights")),
            members=_members(fields.take("members")),
        )
        fields.end()
        for name, dimensions in zip(HEAD, (2, 1), strict=True):
            spec = manifest.weights.get(name)
            if not (spec and spec.kind == "F32" and len(spec.shape) == dimensions):
                raise wrong(f"weights.{name}")
        return manifest

    @property
    def tells_unlike(self) -> bool:
        """Whether the network measures how far a picture is from all that was learnt."""
        return self.unsure is not None and self.unsure.furthest is not None

    def golden_tensors(self) -> dict[str, TensorSpec]:
        """The tensors that golden.safetensors must hold: the pictures and, a row each, the expected probabilities."""
        pictures = {golden_name(i): TensorSpec("U8", (*edges, 3)) for i, edges in enumerate(self.golden)}
        return {**pictures, "probability": TensorSpec("F32", (len(self.golden), len(self.classes)))}


def golden_name(number: int) -> str:
    """The name of a golden picture's tensor, uint8 [height, width, 3]."""
    return f"picture.{number:02}"


_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TENSOR = re.compile(r"[A-Za-z0-9_./-]{1,200}", re.ASCII)  # exporters name some after places in the network


def _format(fields: Fields) -> int:
    version = fields.integer("format", 1, 1_000_000)
    if fields.take("kind") != KIND:
        raise wrong("kind")
    if version > FORMAT:
        raise PackageError(
            "This model package was made by a newer Discern.",
            why="Its format is {version}; this version reads up to {newest}.",
            hint="Install the newer version on this computer.",
            version=version,
            newest=FORMAT,
        )
    return version


def _match(fields: Fields, name: str, pattern: re.Pattern[str]) -> str:
    value = fields.text(name, 200)
    if not pattern.fullmatch(value):
        raise wrong(name)
    return value


def _word(fields: Fields, name: str) -> str:
    return _match(fields, name, _WORD)


def _classes(values: list[Any]) -> tuple[str, ...]:
    for value in values:
        if not isinstance(value, str) or names.class_name_problem(value) or names.same_text(value) != value:
            raise wrong("classes")
    if len(set(values)) < len(values):
        raise wrong("classes")
    return tuple(values)


def _result(value: object, version: int) -> Headline | None:
    if value is None:
        return None
    fields = Fields(value, "result")
    n = fields.integer("n", 1, 10**9)
    interval = [Fields({"end": end}, "result.interval").number("end", 0, 1) for end in fields.items("interval", 2, 2)]
    result = Headline(
        n=n,
        right=fields.integer("right", 0, n),
        interval=(interval[0], interval[1]),
        balanced_accuracy=fields.number("balanced_accuracy", 0, 1),
        basis=_basis(fields) if version >= 4 else "test",
    )
    fields.end()
    return result


def _basis(fields: Fields) -> Basis:
    value = fields.text("basis", 40)
    if value not in BASES:
        raise wrong("result.basis")
    return cast(Basis, value)


def _rule(value: object, classes: tuple[str, ...], version: int) -> Rule | None:
    if value is None:
        return None
    if isinstance(value, dict):
        value = {**_ADDED.get(version, {}), **value}
    rule = Rule.from_dict(value, classes) if isinstance(value, dict) else None
    if rule is None:
        raise wrong("unsure")
    return rule


# What the rules of earlier formats did not say.
_ADDED = {2: {"furthest": None, "split": EVEN, "costs": None}, 3: {"split": EVEN, "costs": None}}


def _golden(values: list[Any]) -> tuple[tuple[int, int], ...]:
    edges = []
    for value in values:
        fields = Fields({"edges": value}, "golden")
        height, width = (_edge(edge) for edge in fields.items("edges", 2, 2))
        edges.append((height, width))
    return tuple(edges)


def _edge(value: object) -> int:
    return Fields({"edge": value}, "golden").integer("edge", 1, LONGEST_GOLDEN_EDGE)


def _weights(value: object) -> dict[str, TensorSpec]:
    if not isinstance(value, dict) or len(value) > MOST_TENSORS:
        raise wrong("weights")
    specs = {}
    for name, entry in value.items():
        known = isinstance(entry, list) and 1 <= len(entry) <= 9 and isinstance(entry[0], str) and entry[0] in KINDS
        if not known or not _TENSOR.fullmatch(name):
            raise wrong("weights")
        if not all(type(edge) is int and 0 <= edge <= LIMITS[WEIGHTS] for edge in entry[1:]):
            raise wrong("weights")
        specs[name] = TensorSpec(entry[0], tuple(entry[1:]))
    return specs


def _members(value: object) -> dict[str, MemberFacts]:
    fields = Fields(value, "members")
    members = {}
    for name in DESCRIBED:
        member = Fields(fields.take(name), f"members.{name}")
        members[name] = MemberFacts(member.integer("size", 0, LIMITS[name]), _match(member, "sha256", _SHA256))
        member.end()
    fields.end()
    return members
