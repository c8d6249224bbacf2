"""What Qt passes to an item model: an index that is used at once, or one that outlives changes."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex

AnyIndex = QModelIndex | QPersistentModelIndex
