"""Thumbnails of pictures outside the project, which are looked at and not kept."""

from __future__ import annotations

from pathlib import Path

from desktop_app.ui.thumbnails import Load


def folder_loader(folder: Path) -> Load:
    """Loads pictures by their names relative to `folder`."""

    def load(file: str, edge: int) -> bytes:
        from desktop_app.project.thumbnails import make_thumbnail

        return make_thumbnail(folder / file, edge)

    return load
