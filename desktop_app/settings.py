"""Where Discern keeps things of its own, and the person's settings.

Set the environment variable DISCERN_HOME to keep everything under one folder (a portable installation, a test).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import platformdirs

from desktop_app import storage
from desktop_app.errors import StorageError

FORMAT = 1
RECENT_LIMIT = 20

Theme: TypeAlias = Literal["system", "light", "dark"]


_FULL = (errno.ENOSPC, errno.EDQUOT)


# Each raises StorageError where the folder is not there and can't be made.


def cache_folder() -> Path:
    """For what can be computed again; may be deleted at any time."""
    return _folder("cache", platformdirs.user_cache_path)


def data_folder() -> Path:
    """For what must be kept: weights, state of read-only projects, sample projects."""
    return _folder("data", platformdirs.user_data_path)


def config_folder() -> Path:
    return _folder("config", platformdirs.user_config_path)


def log_folder() -> Path:
    return _folder("log", platformdirs.user_log_path)


def _folder(name: str, default: Callable[..., Path]) -> Path:
    home = os.environ.get("DISCERN_HOME")
    path = Path(home) / name if home else default("Discern", appauthor=False)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refused = storage.storage_error(error, path)
        what, why, hint = refused.templates
        if error.errno not in _FULL:
            hint = "Allow writing there, or name another folder in the environment variable DISCERN_HOME."
        raise StorageError(what, why=why, hint=hint, **refused.values) from error
    return path


@dataclass
class Settings:
    """The person's settings; unknown or damaged ones fall back to their defaults."""

    theme: Theme = "system"
    tile_size: int = 128
    recent: list[str] = field(default_factory=list)  # project folders, newest first
    auto_advance: bool = True  # a picture that was put into a class makes room for the next
    health_check: bool = True  # look at new pictures while nothing else runs
    window: str = ""  # base64 of QWidget.saveGeometry()

    @classmethod
    def load(cls) -> Settings:
        try:
            document = storage.read_json(_file())
        except (FileNotFoundError, StorageError):
            return cls()
        settings = cls()
        if document.get("theme") in get_args(Theme):
            settings.theme = document["theme"]
        if type(document.get("tile_size")) is int:
            settings.tile_size = document["tile_size"]
        if type(document.get("auto_advance")) is bool:
            settings.auto_advance = document["auto_advance"]
        if type(document.get("health_check")) is bool:
            settings.health_check = document["health_check"]
        if isinstance(document.get("recent"), list):
            settings.recent = [path for path in document["recent"] if isinstance(path, str)][:RECENT_LIMIT]
        if isinstance(document.get("window"), str):
            settings.window = document["window"]
        return settings

    def save(self) -> None:
        storage.write_json(_file(), {"format": FORMAT, **asdict(self)})

    def remember(self, root: Path) -> None:
        """Put a project on top of the recent ones."""
        others = [path for path in self.recent if path != str(root)]
        self.recent = [str(root), *others][:RECENT_LIMIT]


def _file() -> Path:
    return config_folder() / "settings.json"
