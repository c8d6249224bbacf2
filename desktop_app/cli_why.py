"""What `discern explain` and `discern repeatability` print, in words and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from desktop_app.cli_text import count, doubt, percent, table
from desktop_app.events import Repeated
from desktop_app.project.names import for_display

if TYPE_CHECKING:
    from desktop_app.evaluation.looks import ClassLooks

WORST = 10  # parts that are listed


def looks(found: Sequence[ClassLooks]) -> tuple[dict[str, Any], str]:
    """How much each class rests on the border of the pictures."""
    document = {
        "kind": "looks",
        "classes": [
            {
                "name": one.name,
                "pictures": one.n,
                "border": one.border,
                "interval": one.interval,
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
            percent(one.border),
            doubt(one.interval),
            "looks at the border" if one.on_border else "",
        ]
        for one in sorted(found, key=lambda one: -one.border)
    ]
    head = "How much each class rests on the border of the pictures, rather than on a middle of the same size:"
    return document, "\n".join([head, "", *table(["class", "pictures", "on the border", "", ""], rows)])


def repeated(event: Repeated) -> str:
    """ "Of 40 parts photographed 5 times, 3 changed their class at least once (8 %; truly 2–20 %)." """
    fewest, most = event.times
    times = f"{fewest}" if fewest == most else f"{fewest}–{most}"
    lines = [
        f"Of {count(len(event.parts))} parts photographed {times} times, {count(event.changed)} changed their class at "
        f"least once ({percent(event.changed / len(event.parts))}; {doubt(event.interval)}).",
        f"Two pictures of one part are called differently {percent(event.flips)} of the time "
        f"({doubt(event.flips_interval)}).",
        f"“How sure” varies by {event.spread * 100:.1f} points between pictures of one part "
        f"(truly {event.spread_interval[0] * 100:.1f}–{event.spread_interval[1] * 100:.1f}).",
        "",
    ]
    rows = [
        [
            for_display(part.name),
            count(part.pictures),
            ", ".join(f"{count(n)} {for_display(name)}" for name, n in part.called.items()),
            f"{percent(part.lowest)} to {percent(part.highest)}",
        ]
        for part in event.parts[:WORST]
    ]
    lines += table(["part, worst first", "pictures", "called", "how sure"], rows)
    if len(event.parts) > WORST:
        lines.append(f"and {count(len(event.parts) - WORST)} more")
    return "\n".join(lines)
