"""What `discern check` prints: the pictures with a finding, and remarks about classes, in words and for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from desktop_app.cli_text import count
from desktop_app.project.giveaways import GivesAway
from desktop_app.project.health import Finding, Health
from desktop_app.project.names import for_display
from desktop_app.project.remarks import Remark, TooFew, Uneven

SHOWN = 10  # names of a finding that are printed

NAMES = {
    Finding.UNREADABLE: "Unreadable",
    Finding.DUPLICATE: "Copies of one file",
    Finding.NEAR_DUPLICATE: "Near-duplicates",
    Finding.TWO_CLASSES: "Same picture in two classes",
    Finding.DOUBTFUL: "Labels that look wrong",
    Finding.LEAK: "Leaks between train and test",
    Finding.BLURRED: "Blurred",
    Finding.DARK: "Dark",
    Finding.BRIGHT: "Too bright",
    Finding.ODD_SIZE: "Odd size",
    Finding.ODD_FORMAT: "Odd format",
    Finding.EXCLUDED: "Excluded",
}


def document(health: Health) -> dict[str, Any]:
    """Everything that was found, for scripts; files are listed group by group."""
    return {
        "kind": "health",
        "pictures": len(health.files),
        "checked": health.checked,
        "at": health.at.isoformat() if health.at else None,
        "findings": {str(finding.name).lower(): _files(health, finding) for finding in Finding},
        "problems": health.problems,
        "remarks": [{"remark": type(remark).__name__, **asdict(remark)} for remark in health.remarks],
    }


def text(health: Health) -> str:
    lines = [f"{count(health.checked)} of {count(len(health.files))} pictures were looked at.", ""]
    for finding, name in NAMES.items():
        files = _files(health, finding)
        lines.append(f"{name}: {count(len(files)) if files else 'none'}")
        for file in files[:SHOWN]:
            reason = f" ({health.problems[file]})" if finding is Finding.UNREADABLE else ""
            lines.append(f"  {for_display(file)}{reason}")
        if len(files) > SHOWN:
            lines.append(f"  and {count(len(files) - SHOWN)} more")
    if health.remarks:
        lines += ["", *(_remark(remark) for remark in health.remarks)]
    return "\n".join(lines)


def _files(health: Health, finding: Finding) -> list[str]:
    rows = [row for row, bits in enumerate(health.findings.tolist()) if bits & finding]
    return [health.files[row] for row in sorted(rows, key=lambda row: (health.groups[row], row))]


def _remark(remark: Remark) -> str:
    match remark:
        case TooFew():
            return f"Few: “{for_display(remark.name)}” has {count(remark.pictures)} pictures."
        case Uneven():
            larger, smaller = for_display(remark.largest), for_display(remark.smallest)
            return f"Uneven: “{larger}” has {remark.times:.0f} × as many pictures as “{smaller}”."
        case GivesAway():
            return gives_away(remark)


def gives_away(remark: GivesAway) -> str:
    name, value = for_display(remark.name), for_display(remark.value)
    having = f"{count(remark.having)} of {count(remark.pictures)} pictures of “{name}”"
    others = f"{count(remark.others_having)} of {count(remark.others)} others"
    evidence = {
        "camera": f"were taken with {value}" if value else "have no camera noted",
        "date": f"were taken {_days(value)}" if value else "have no date noted",
        "format": f"are {value}",
        "size": f"are {value} pixels",
    }.get(remark.property)
    if evidence is None:
        evidence = f"are told by their {_QUANTITIES[remark.property]} alone"
    return (
        f"{having} {evidence}, and {others}: the {_NAMES[remark.property]} alone tells it. A model may learn just that."
    )


def _days(value: str) -> str:
    first, _, last = value.partition("/")
    return f"from {first} to {last}" if last else f"on {first}"


_QUANTITIES = {
    "shape": "shape",
    "brightness": "light",
    "sharpness": "sharpness",
    "warmth": "colour cast",
    "greenness": "colour cast",
}
_NAMES = {"camera": "camera", "date": "date", "format": "format", "size": "size", **_QUANTITIES}
