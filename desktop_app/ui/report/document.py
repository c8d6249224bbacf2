"""The report as one HTML document: its sections in their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QLocale

from desktop_app import storage
from desktop_app.ui import wording
from desktop_app.ui.report import figures, origin, pictures
from desktop_app.ui.report.facts import Facts
from desktop_app.ui.report.markup import STYLE, text

_SECTIONS: tuple[Callable[[Facts], str], ...] = (
    figures.checks,
    figures.matrix,
    figures.classes,
    figures.unsure,
    pictures.mistakes,
    pictures.looks,
    pictures.repeatability,
    origin.curves,
    origin.dataset,
    origin.recipe,
    origin.provenance,
)


def write_html(facts: Facts, path: Path) -> None:
    """Write the report as a page; StorageError if the disk refuses."""
    storage.write_atomic(path, page(facts).encode())


def page(facts: Facts) -> str:
    """The report as one HTML document."""
    body = "\n".join(part for make in _SECTIONS if (part := make(facts)))
    return (
        f'<!DOCTYPE html>\n<html lang="{QLocale().bcp47Name()}"><head><meta charset="utf-8">'
        f"<title>{text(title(facts))}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{figures.headline(facts, title(facts))}\n{body}</main></body></html>\n"
    )


def title(facts: Facts) -> str:
    """Project, run, and the name that a person gave it."""
    return wording.DOT.join(
        part for part in (facts.project, wording.run_number(facts.run.number), facts.run.name) if part
    )
