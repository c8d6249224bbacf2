"""What the health check found, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop_app.project.giveaways import GivesAway
from desktop_app.project.health import Finding
from desktop_app.project.remarks import Remark
from desktop_app.ui import giveaway_words

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
    return giveaway_words.sentence(found) if isinstance(found, GivesAway) else ""
