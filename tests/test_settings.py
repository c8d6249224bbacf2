"""Settings survive everything; folders lie where they are asked to."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from desktop_app import logs, settings
from desktop_app.errors import StorageError
from desktop_app.settings import Settings


def test_folders_lie_under_discern_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCERN_HOME", str(tmp_path / "stick"))
    folders = [settings.cache_folder(), settings.data_folder(), settings.config_folder(), settings.log_folder()]
    assert len(set(folders)) == 4
    assert all(folder.is_dir() and folder.parent == tmp_path / "stick" for folder in folders)


def test_without_it_they_lie_where_the_system_wants_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISCERN_HOME")
    assert "Discern" in settings.cache_folder().parts
    assert "repository" not in str(settings.data_folder())


def test_where_no_folder_can_be_made_it_says_so_and_goes_on_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DISCERN_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="DISCERN_HOME") as caught:
        settings.data_folder()
    assert caught.value.why == "A part of that path is a file, not a folder."
    assert Settings.load() == Settings()
    logs.start("test")  # without a log


def test_a_full_disk_asks_for_space(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(StorageError, match="Free some space"):
        settings.data_folder()


def test_settings_round_trip() -> None:
    saved = Settings(theme="dark", tile_size=192, recent=["/a", "/ü"], window="abc")
    saved.save()
    assert Settings.load() == saved


def test_defaults_without_a_file() -> None:
    assert Settings.load() == Settings()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '"x"', '{"format": 99}', '{"format": "1"}', "{}", '{"format": 1, "recent": "x"}', "\udcff"],
)
def test_a_damaged_file_gives_defaults(text: str) -> None:
    path = settings.config_folder() / "settings.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert Settings.load() == Settings()


def test_damaged_values_fall_back_one_by_one() -> None:
    document = {"format": 1, "theme": "dark", "tile_size": "big", "recent": ["/a"], "unknown": 1}
    (settings.config_folder() / "settings.json").write_text(json.dumps(document))
    assert Settings.load() == Settings(theme="dark", recent=["/a"])


def test_values_of_the_right_type_but_impossible_fall_back() -> None:
    document = {"format": 1, "theme": "pink", "tile_size": True, "recent": ["/a", 3, None]}
    (settings.config_folder() / "settings.json").write_text(json.dumps(document))
    assert Settings.load() == Settings(recent=["/a"])


def test_recent_projects_newest_first_without_doubles(tmp_path: Path) -> None:
    known = Settings()
    for number in range(30):
        known.remember(tmp_path / f"{number}")
    known.remember(tmp_path / "15")
    assert known.recent[:2] == [str(tmp_path / "15"), str(tmp_path / "29")]
    assert len(known.recent) == len(set(known.recent)) == settings.RECENT_LIMIT
