"""What the health check found, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop_app.project.health import Finding
from desktop_app.project.remarks import GivesAway, Remark
from desktop_app.ui import wording

translate = QCoreApplication.translate

LIGHT = Finding.BLURRED | Finding.DARK | Finding.BRIGHT
ODD = Finding.ODD_SIZE | Finding.ODD_FORMAT


def rows() -> list[tuple[Finding, str, str]]:
    """The lines of "Data health": what is counted, its name, its icon."""
    return [
        (Finding.UNREADABLE, translate("health", "Unreadable"), "file-x"),
        (Finding.DUPLICATE, translate("health", "Copies of one file"), "copy"),
        (Finding.NEAR_DUPLICATE, translate("health", "Near-duplicates"), "copy"),
        (Finding.TWO_CLASSES, translate("health", "Same picture in two classes"), "tag"),
        (Finding.DOUBTFUL, translate("health", "Labels that look wrong"), "question"),
        (Finding.LEAK, translate("health", "Leaks between train and test"), "lock-simple-open"),
        (LIGHT, translate("health", "Blurred, dark or too bright"), "drop-half"),
        (ODD, translate("health", "Odd size or format"), "file-x"),
        (Finding.EXCLUDED, translate("health", "Excluded by you"), "eye-slash"),
    ]


def icon(bits: int) -> str:
    """The icon of the gravest of some findings; "" for none."""
    order = (Finding.UNREADABLE, Finding.TWO_CLASSES, Finding.LEAK)
    icons = {finding: icon for finding, _, icon in rows()}
    gravest = next((icons[finding] for finding in order if bits & finding), "")
    return gravest or next((icon for finding, _, icon in rows() if bits & finding), "")


def names(bits: int) -> str:
    """All of some findings: "Near-duplicates, Odd size or format"."""
    return ", ".join(name for finding, name, _ in rows() if bits & finding)


def remark(found: Remark) -> str:
    """A sentence about a class; "" for what the list of classes shows already."""
    if not isinstance(found, GivesAway):
        return ""
    sentence = {
        "format": translate(
            "health",
            "The file format alone tells “{name}”: {found} of its {pictures} pictures. A model may learn just that.",
        ),
        "size": translate(
            "health",
            "The picture size alone tells “{name}”: {found} of its {pictures} pictures. A model may learn just that.",
        ),
        "brightness": translate(
            "health",
            "The light alone tells “{name}”: {found} of its {pictures} pictures. Is it the same for all classes?",
        ),
    }[found.property]
    found_, pictures = wording.number(found.found), wording.number(found.pictures)
    return sentence.format(name=found.name, found=found_, pictures=pictures)
