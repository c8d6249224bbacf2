"""What `discern explain` prints: where a run looks, class by class, in words and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from desktop_app.cli_text import count, doubt, percent, table
from desktop_app.project.names import for_display

if TYPE_CHECKING:
    from desktop_app.evaluation.looks import ClassLooks


def looks(found: Sequence[ClassLooks]) -> tuple[dict[str, Any], str]:
    """The share of the heat that lies on the border of the pictures, for each class."""
    document = {
        "kind": "looks",
        "classes": [
            {
                "name": one.name,
                "pictures": one.n,
                "border": None if one.nothing else one.border,
                "interval": one.interval,
                "area": one.area,
                "on_border": one.on_border,
            }
            for one in found
        ],
    }
    if not found:
        return document, "No picture could be explained."
    rows = [
        [
            for_display(one.name),
            count(one.n),
            "none" if one.nothing else percent(one.border),
            "" if one.nothing else doubt(one.interval),
            "looks at the border" if one.on_border else "",
        ]
        for one in sorted(found, key=lambda one: -one.border)
    ]
    area = percent(found[0].area)
    head = f"How much of the heat lies on the border, which is {area} of the picture:"
    return document, "\n".join([head, "", *table(["class", "pictures", "on the border", "", ""], rows)])
