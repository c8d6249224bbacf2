"""How a picture becomes a network's input: data only, carried by backbones, runs and packages alike.

`graphs.with_preprocessing` turns it into the first nodes of the ONNX graph, so that training, evaluation and every
package share one implementation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from desktop_app.errors import PackageError

Fit = Literal["pad", "squash", "crop"]
Interpolation = Literal["bicubic", "bilinear"]
Triple = tuple[float, float, float]

SIZES = range(16, 1025)  # edges in pixels that a manifest may ask for


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Fit a picture into a square, then normalise it channel by channel.

    Attributes:
        size: edge of the square, in pixels.
        mean: of red, green and blue, with 0 black and 1 white.
        std: likewise.
        fit: "pad" shows the whole picture on the mean colour, "squash" ignores its proportions, "crop" keeps the
            middle square.
        interpolation: as Pillow does it, widened when shrinking: "bicubic" is Keys' cubic convolution with a = −0.5,
            "bilinear" a triangle.
    """

    size: int
    mean: Triple
    std: Triple
    fit: Fit = "pad"
    interpolation: Interpolation = "bicubic"

    @property
    def key(self) -> str:
        """A short name that differs whenever the network would see different pixels."""
        digest = hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()
        return f"{self.size}-{self.fit}-{digest[:8]}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"mean": list(self.mean), "std": list(self.std)}

    @staticmethod
    def from_dict(data: object) -> Preprocessing:
        """The inverse of `to_dict`; `data` may come from anywhere.

        Raises:
            PackageError: a field is missing, unknown, of another type or out of bounds.
        """
        names = set(Preprocessing.__dataclass_fields__)
        if not isinstance(data, Mapping) or set(data) != names:
            raise _refused("It must name exactly: {names}.", names=", ".join(sorted(names)))
        size = data["size"]
        if not isinstance(size, int) or isinstance(size, bool) or size not in SIZES:
            raise _refused("Its size must lie between {low} and {high} px.", low=SIZES[0], high=SIZES[-1])
        for name, allowed in (("fit", get_args(Fit)), ("interpolation", get_args(Interpolation))):
            if data[name] not in allowed:
                raise _refused("Its {name} must be one of: {allowed}.", name=name, allowed=", ".join(allowed))
        return Preprocessing(
            size=size,
            mean=_triple(data["mean"], "mean", low=0.0),
            std=_triple(data["std"], "std", low=1e-3),
            fit=data["fit"],
            interpolation=data["interpolation"],
        )


def _triple(value: object, name: str, *, low: float) -> Triple:
    if isinstance(value, list | tuple) and len(value) == 3:
        # Compared before they are converted: a whole number may be too large for a float. NaN lies nowhere.
        numbers = [float(v) for v in value if type(v) in (int, float) and low <= v <= 1]
        if len(numbers) == 3:
            return numbers[0], numbers[1], numbers[2]
    raise _refused("Its {name} must be three numbers between {low} and 1.", name=name, low=low)


def _refused(why: str, **values: object) -> PackageError:
    return PackageError(
        "The way this model prepares its pictures is not one that Discern knows.",
        why=why,
        hint="Ask for the model again, from the computer that made it.",
        **values,
    )
