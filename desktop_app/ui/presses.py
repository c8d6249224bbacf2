"""Keys as people speak of them: Enter is on the keyboard and on its number pad, and so are the digits."""

from __future__ import annotations

from typing import TypeGuard

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
SPACE_OR_ENTER = (Qt.Key.Key_Space, *ENTER)

_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


def is_press(event: QEvent) -> TypeGuard[QKeyEvent]:
    """Whether a key went down; for event filters, which see every event."""
    return event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)


def is_plain(event: QKeyEvent) -> bool:
    """Whether no Shift, Ctrl or Alt is held."""
    return event.modifiers() in _PLAIN
