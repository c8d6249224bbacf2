"""Thumbnails of pictures outside the project, which are looked at and not kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.ui.thumbnails import Load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def folder_loader(folder: Path) -> Load:
    """Loads pictures by their names relative to `folder`."""

    def load(file: str, edge: int) -> NDArray[np.uint8]:
        import numpy as np
        from PIL import Image

        from desktop_app.project.imaging import load_rgb

        picture = Image.fromarray(load_rgb(folder / file, target=edge // 2))
        picture.thumbnail((edge, edge), Image.Resampling.BICUBIC, reducing_gap=2.0)
        return np.asarray(picture)

    return load
