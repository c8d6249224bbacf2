"""The world's problems in the person's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop_app.errors import DiscernError

translate = QCoreApplication.translate


def texts(error: DiscernError) -> tuple[str, str, str]:
    """What, why and hint of a problem; the templates are translated before their values are filled in."""
    what, why, hint = (
        translate("Errors", template).format(**error.values) if template else "" for template in error.templates
    )
    return what, why, hint


def notice(text: str) -> str:
    """One sentence of a notice, or of a reason."""
    return translate("Notices", text) if text else ""
