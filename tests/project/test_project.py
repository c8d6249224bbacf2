"""Opening, owning and remembering a project: the folder is the truth, and it may come from anywhere."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from desktop_app import settings, storage
from desktop_app.errors import DataError, ProjectError, StorageError
from desktop_app.events import Progress, Step, StepStarted
from desktop_app.project.config import ClassInfo, ProjectConfig
from desktop_app.project.dealing import FRACTIONS
from desktop_app.project.groups import Grouping
from desktop_app.project.inside import STATE
from desktop_app.project.project import Access, Project, locate_root
from tests.drawing import draw_classes, draw_picture
from tests.running import finish, notices, skipped


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"cat": 10, "dog": 5})


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content, state aside."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".discern" not in path.parts
    }


def age(root: Path) -> None:
    """Make the pictures old enough for the index to trust their times."""
    for path in root.rglob("*.png"):
        os.utime(path, (10**9, 10**9))


def edit(root: Path, **changes: object) -> None:
    """Change values in project.json."""
    path = root / ".discern" / "project.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def update(project: Project, info: ClassInfo) -> None:
    """Change colour, key or role of a class."""
    project.show_classes(project.config.with_class(info).classes)


def refuse(monkeypatch: pytest.MonkeyPatch, folder: Path, code: int = errno.EROFS, *calls: str) -> None:
    """Let every change below `folder` fail, as a read-only disk does; file permissions don't stop root."""
    for name in calls or ("mkdir", "open", "replace", "rename_new", "unlink"):
        method = getattr(storage.Disk, name)

        def call(self: storage.Disk, path: Path, *args: object, method: Callable[..., object] = method) -> object:
            writes = not args or not isinstance(args[0], int) or args[0] & (os.O_WRONLY | os.O_RDWR)
            if writes and (folder == path or folder in Path(path).parents):
                raise OSError(code, os.strerror(code), str(path))
            return method(self, path, *args)

        monkeypatch.setattr(storage.Disk, name, call)


# ---- opening


def test_opening_changes_no_picture_and_writes_only_its_own_folder(root: Path) -> None:
    before = everything(root)
    with Project.open(root) as project:
        assert (project.name, project.root, project.state) == ("parts", root, root / ".discern")
        assert not project.read_only and project.why_read_only == "" and project.notices == []
        assert project.scan().counts() == {"cat": 10, "dog": 5}
    assert everything(root) == before
    assert sorted(path.name for path in (root / ".discern").iterdir()) == ["lock", "project.json"]


def test_classes_have_colours_keys_and_a_lasting_order(root: Path) -> None:
    with Project.open(root) as project:
        assert project.classes == (ClassInfo("cat", 0, "1"), ClassInfo("dog", 1, "2"))
        (root / "ant").mkdir()
        project.scan()
        assert [info.name for info in project.classes] == ["cat", "dog", "ant"]
    with Project.open(root) as project:
        assert project.classes[2] == ClassInfo("ant", 2, "3")
        assert project.scan().classes == ("cat", "dog", "ant")


def test_eleven_classes_and_more(tmp_path: Path) -> None:
    draw_classes(tmp_path, {f"c{number:02}": 1 for number in range(13)}, size=8)
    with Project.open(tmp_path) as project:
        assert [info.colour for info in project.classes] == [*range(10), 0, 1, 2]
        assert [info.key for info in project.classes] == [*"123456789", "", "", "", ""]


def test_a_class_whose_folder_comes_back_is_as_it_was(root: Path) -> None:
    with Project.open(root) as project:
        update(project, ClassInfo("cat", 7, "8", "good"))
        (root / "cat").rename(root.parent / "cat")
        assert [info.name for info in project.classes] == ["cat", "dog"]
        project.scan()
        assert [info.name for info in project.classes] == ["dog"]
    with Project.open(root) as project:
        (root.parent / "cat").rename(root / "cat")
        project.scan()
        assert project.classes[0] == ClassInfo("cat", 7, "8", "good")


def test_the_class_order_survives_another_spelling_on_disk(tmp_path: Path) -> None:
    composed, decomposed = "größe", unicodedata.normalize("NFD", "größe")
    draw_classes(tmp_path, {composed: 1, "a": 1})
    with Project.open(tmp_path) as project:
        update(project, ClassInfo(composed, 5, "5", "defect"))
    (tmp_path / composed).rename(tmp_path / decomposed)
    with Project.open(tmp_path) as project:
        assert project.scan().classes == ("a", decomposed)
        assert project.classes[1] == ClassInfo(decomposed, 5, "5", "defect")  # found by the name its folder has
        (tmp_path / composed).mkdir()
        assert project.scan().classes == ("a", decomposed)  # as long as that is one of its folders
        assert [info.name for info in project.classes] == ["a", decomposed]


def test_pictures_without_classes_open(tmp_path: Path) -> None:
    draw_picture(tmp_path / "a.png")
    with Project.open(tmp_path) as project:
        catalog = project.scan()
        assert (catalog.unlabelled, project.classes) == (1, ())
        _, snapshot = finish(project.snapshot(catalog))
        assert (snapshot.files, snapshot.classes) == ((), ())


def test_pictures_in_formats_that_cannot_be_read_open_and_are_named(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.heic").write_bytes(b"x")
    with Project.open(tmp_path) as project:
        events, _ = finish(project.snapshot(project.scan()))
    assert any("1 HEIC" in text for text in notices(events))


@pytest.mark.parametrize("kind", ["missing", "file", "empty", "no pictures"])
def test_what_is_no_project_is_refused_and_left_alone(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    if kind == "file":
        folder.touch()
    elif kind != "missing":
        folder.mkdir()
    if kind == "no pictures":
        (folder / "docs").mkdir()
        (folder / "docs" / "a.txt").touch()
    for access in Access:
        with pytest.raises(ProjectError) as caught:
            Project.open(folder, access)
        assert caught.value.hint
    assert not (folder / ".discern").exists()


def test_a_relative_path_and_a_link_to_the_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root.parent)
    (root.parent / "link").symlink_to(root, target_is_directory=True)
    for path in (Path("parts"), Path("link"), Path("parts/../parts")):
        with Project.open(path) as project:
            assert project.root == root


def test_folder_that_only_says_what_it_holds_goes_by_the_name_around_it(tmp_path: Path) -> None:
    draw_classes(tmp_path / "strip line" / "Images")
    with Project.open(tmp_path / "strip line" / "Images", Access.READ) as project:
        assert project.name == "strip line"


def test_locate_root(tmp_path: Path) -> None:
    draw_classes(tmp_path / "set" / "images", {"cat": 1, "dog": 1}, size=8)
    (tmp_path / "set" / "docs").mkdir()
    (tmp_path / "set" / "split.csv").touch()
    assert locate_root(tmp_path / "set") == tmp_path / "set" / "images"
    assert locate_root(tmp_path / "set" / "images") == tmp_path / "set" / "images"
    draw_classes(tmp_path / "set" / "more", {"cat": 1}, size=8)
    assert locate_root(tmp_path / "set") == tmp_path / "set", "two candidates: it is not for us to choose"
    (tmp_path / "empty").mkdir()
    assert locate_root(tmp_path / "empty") == tmp_path / "empty"
    assert locate_root(tmp_path / "missing") == tmp_path / "missing"


def test_locate_root_of_a_folder_that_may_not_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", refuse)  # root may enter everything
    monkeypatch.setattr(os, "scandir", refuse)
    assert locate_root(tmp_path) == tmp_path
    with pytest.raises(ProjectError, match="can't be listed"):
        Project.open(tmp_path)


@pytest.mark.parametrize("closed", [".", ".discern"])
def test_a_folder_that_may_not_be_looked_into(closed: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Project.open(root).close()
    inside = (root / STATE) if closed == "." else (root / STATE / "project.json")

    def refusing(call: Callable[..., object]) -> Callable[..., object]:
        def checked(path: object, *rest: object, **options: object) -> object:
            listed = call is os.scandir and closed != "." and path == root / closed
            if listed or str(path).startswith(str(inside)):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return call(path, *rest, **options)

        return checked

    for name in ("stat", "lstat", "scandir"):  # root may look everywhere
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))
    for access in Access:
        with pytest.raises(ProjectError, match="can't be listed"):
            Project.open(root, access)


@pytest.mark.skipif(sys.platform == "win32", reason="needs the right to make links")
def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert locate_root(tmp_path / "a") == tmp_path / "a"
    with pytest.raises(ProjectError, match="can't be listed"):
        Project.open(tmp_path / "a")


def test_a_project_is_its_own_root_even_with_classes_of_classes(tmp_path: Path) -> None:
    draw_classes(tmp_path / "set" / "only", {"lot 1": 1, "lot 2": 1}, size=8)
    Project.open(tmp_path / "set").close()
    assert locate_root(tmp_path / "set") == tmp_path / "set"


# ---- creating


def test_a_new_project(tmp_path: Path) -> None:
    with Project.create(tmp_path / "a" / "new", ["good", "Kratzer", "刮痕"]) as project:
        assert [info.name for info in project.classes] == ["good", "Kratzer", "刮痕"]
        assert project.scan().counts() == {"good": 0, "Kratzer": 0, "刮痕": 0}
    with Project.open(tmp_path / "a" / "new") as project:
        assert [info.name for info in project.classes] == ["good", "Kratzer", "刮痕"]


def test_a_new_project_in_a_folder_that_has_classes(root: Path) -> None:
    before = everything(root)
    with Project.create(root, ["DOG", "fox"]) as project:
        assert [info.name for info in project.classes] == ["dog", "fox", "cat"]
    assert everything(root) == before and not (root / "DOG").exists()


@pytest.mark.parametrize(
    "names", [["../x"], ["a", "A"], [""], ["con"], ["a/b"], ["\u202e"], ["_unlabelled"], ["x" * 200]]
)
def test_impossible_class_names_make_nothing(names: list[str], tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="can't be the name of a class"):
        Project.create(tmp_path / "new", names)
    assert not (tmp_path / "new").exists()


def test_a_new_project_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, tmp_path)
    with pytest.raises(StorageError, match="read-only"):
        Project.create(tmp_path / "new", ["a"])


def test_a_new_project_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ProjectError, match="is a file"):
        Project.create(tmp_path / "file")


# ---- owning


def test_only_one_process_owns_a_project(root: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from desktop_app.project.project import Project\n"
        "project = Project.open(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read(); project.close()"
    )
    command = [sys.executable, "-c", code, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout and child.stdout.readline() == b"open\n"
        with pytest.raises(ProjectError, match="already open") as caught:
            Project.open(root)
        assert str(child.pid) in caught.value.why
        for access in (Access.DELEGATED, Access.READ):
            with Project.open(root, access) as project:
                assert project.scan().counts() == {"cat": 10, "dog": 5}
        child.kill()
    Project.open(root).close()


def test_a_project_is_free_after_closing_and_after_a_failure_to_open(root: Path) -> None:
    Project.open(root).close()
    storage.append_record(root / ".discern" / "splits.jsonl", {"format": 99})
    for _ in range(2):
        with pytest.raises(ProjectError, match="newer Discern"):
            Project.open(root)
    (root / ".discern" / "splits.jsonl").unlink()
    project = Project.open(root)
    project.close()
    project.close()
    Project.open(root).close()


def test_a_child_works_for_the_owner_without_touching_its_settings(root: Path) -> None:
    with Project.open(root) as owner:
        with Project.open(root, Access.DELEGATED) as child:
            (root / "fox").mkdir()
            _, snapshot = finish(child.snapshot(child.scan()))
            run = child.runs.create(recipe={}, backbone="b", classes=snapshot.classes)
            assert "fox" not in (root / ".discern" / "project.json").read_text()
        update(owner, ClassInfo("cat", 4, "1", "good"))
        assert [run.status for run in owner.runs.list()] == ["running"], "it is not dead: the owner knows"
        _, again = finish(owner.snapshot(owner.scan()))
        assert again.fingerprint == snapshot.fingerprint
        assert owner.runs.get(run.id).number == 1
    assert "fox" in (root / ".discern" / "project.json").read_text()


def test_who_only_looks_leaves_no_trace(root: Path) -> None:
    with Project.open(root, Access.READ) as project:
        finish(project.snapshot(project.scan()))
        with pytest.raises(ProjectError, match="can't be changed"):
            project.require_writable()
    assert not (root / ".discern").exists()


def test_runs_cut_off_by_a_death_are_interrupted_at_the_next_start(root: Path) -> None:
    with Project.open(root) as project:
        project.runs.create(recipe={}, backbone="b", classes=["cat"]).checkpoint.write_bytes(b"x")
    with Project.open(root, Access.READ) as project:
        assert project.runs.get("1").status == "running"
    with Project.open(root) as project:
        assert project.runs.get("1").status == "interrupted" and project.runs.get("1").resumable


def test_temporary_files_of_a_killed_process_are_swept(root: Path) -> None:
    Project.open(root).close()
    (root / ".discern" / f"{storage.TEMP_PREFIX}1{storage.TEMP_SUFFIX}").touch()
    Project.open(root).close()
    assert not list((root / ".discern").glob("*.tmp"))


def test_a_share_without_locks_still_opens_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock_file = storage._lock_file

    def no_locks(file: IO[str]) -> None:
        # The state folder lies on the share, the other one does not.
        if os.fstat(file.fileno()).st_ino == (root / ".discern" / "lock").stat().st_ino:
            raise OSError(errno.ENOLCK, "No locks available")
        lock_file(file)

    monkeypatch.setattr(storage, "_lock_file", no_locks)
    with Project.open(root) as project:
        assert project.state == root / ".discern" and not project.read_only
        with pytest.raises(ProjectError, match="already open"):
            Project.open(root)
    Project.open(root).close()


# ---- read-only


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_read_only_folder_opens_with_its_state_elsewhere(
    code: int, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, root, code)
    with Project.open(root) as project:
        assert project.read_only and project.why_read_only and settings.data_folder() in project.state.parents
        _, snapshot = finish(project.snapshot(project.scan()))
        run = project.runs.create(recipe={}, backbone="b", classes=snapshot.classes)
        with pytest.raises(ProjectError, match="can't be changed"):
            project.require_writable()
        with pytest.raises(ProjectError, match="already open"):
            Project.open(root)
        with Project.open(root, Access.DELEGATED) as child:
            assert child.read_only and child.runs.get(run.id).number == 1
    with Project.open(root) as project:
        assert finish(project.snapshot(project.scan()))[1].fingerprint == snapshot.fingerprint
    assert not (root / ".discern").exists()


def test_a_project_that_became_read_only_keeps_its_splits_and_settings(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Project.open(root) as project:
        update(project, ClassInfo("dog", 9, "9", "defect"))
        _, before = finish(project.snapshot(project.scan()))
    refuse(monkeypatch, root)
    with Project.open(root) as project:
        assert project.read_only and project.classes[1] == ClassInfo("dog", 9, "9", "defect")
        assert finish(project.snapshot(project.scan()))[1].fingerprint == before.fingerprint


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_full_or_failing_disk_is_a_clear_error(code: int, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(root)
    refuse(monkeypatch, root, code)
    with pytest.raises(StorageError) as caught:
        Project.open(root)
    assert caught.value.why and caught.value.hint and everything(root) == before


# ---- project.json that comes from anywhere


def test_a_damaged_file_is_kept_aside_and_replaced(root: Path) -> None:
    Project.open(root).close()
    path = root / ".discern" / "project.json"
    for number, data in enumerate((b"{torn", b"", b"[" * 100_000, os.urandom(100))):
        path.write_bytes(data)
        with Project.open(root, Access.READ) as project:
            assert [info.name for info in project.classes] == ["cat", "dog"] and project.notices
            assert path.read_bytes() == data
        with Project.open(root) as project:
            assert [info.name for info in project.classes] == ["cat", "dog"]
            assert "damaged" in project.notices[0].what
            assert any("damaged" in text for text in notices(finish(project.snapshot(project.scan()))[0]))
        assert data in [kept.read_bytes() for kept in path.parent.glob("project.damaged*.json")]
        assert len(list(path.parent.glob("project.damaged*.json"))) == number + 1
        with Project.open(root) as project:
            assert project.notices == []


def test_a_newer_format_is_refused_and_left_alone(root: Path) -> None:
    Project.open(root).close()
    edit(root, format=99, future=True)
    before = (root / ".discern" / "project.json").read_bytes()
    with pytest.raises(ProjectError, match="newer Discern"):
        Project.open(root)
    assert (root / ".discern" / "project.json").read_bytes() == before


HOSTILE_CLASSES = [
    "cat",
    None,
    3,
    {},
    {"name": 3},
    {"name": "../../etc", "colour": 0},
    {"name": "/etc/passwd"},
    {"name": "C:\\x"},
    {"name": ".."},
    {"name": ""},
    {"name": "a\u202eb"},
    {"name": "a\x00b"},
    {"name": "a\nb"},
    {"name": "\udcff"},
    {"name": "x" * 1_000_000},
    {"name": ["cat"]},
]


@pytest.mark.parametrize("item", HOSTILE_CLASSES, ids=lambda item: repr(item)[:30])
def test_impossible_classes_are_dropped(item: object, root: Path) -> None:
    Project.open(root).close()
    edit(root, classes=[item, {"name": "dog", "colour": 3, "key": "7", "role": "defect"}])
    before = everything(root.parent)
    with Project.open(root) as project:
        assert project.classes == (ClassInfo("dog", 3, "7", "defect"), ClassInfo("cat", 0, "1"))
        assert "classes" in project.notices[0].what
        _, snapshot = finish(project.snapshot(project.scan()))
        assert snapshot.classes == ("dog", "cat")
    assert everything(root.parent) == before, "no folder was made of it"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"name": "dog", "colour": -1}, ClassInfo("dog", 0)),
        ({"name": "dog", "colour": 10}, ClassInfo("dog", 0)),
        ({"name": "dog", "colour": True}, ClassInfo("dog", 0)),
        ({"name": "dog", "colour": "#fff"}, ClassInfo("dog", 0)),
        ({"name": "dog", "colour": 10**400}, ClassInfo("dog", 0)),
        ({"name": "dog", "colour": 2, "key": "0"}, ClassInfo("dog", 2)),
        ({"name": "dog", "colour": 2, "key": "12"}, ClassInfo("dog", 2)),
        ({"name": "dog", "colour": 2, "key": ["1"]}, ClassInfo("dog", 2)),
        ({"name": "dog", "colour": 2, "key": "a"}, ClassInfo("dog", 2, "a")),
        ({"name": "dog", "colour": 2, "role": "boss"}, ClassInfo("dog", 2)),
        ({"name": "dog", "colour": 2, "role": {}}, ClassInfo("dog", 2)),
    ],
    ids=str,
)
def test_impossible_values_of_a_class_fall_back(item: dict[str, object], expected: ClassInfo, root: Path) -> None:
    config, _ = ProjectConfig.from_dict({"format": 1, "classes": [item]})
    assert config.classes == (expected,)


def test_a_class_or_key_named_twice(root: Path) -> None:
    twice = [{"name": "ü", "key": "1"}, {"name": "u\u0308", "key": "2"}, {"name": "b", "key": "1"}]
    config, bad = ProjectConfig.from_dict({"format": 1, "classes": twice})
    assert [(info.name, info.key) for info in config.classes] == [("ü", "1"), ("b", "")] and bad == ["classes"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("classes", "cat"),
        ("classes", {"name": "cat"}),
        ("fractions", None),
        ("fractions", [0.6, 0.2, 0.2]),
        ("fractions", {"train": 0.6, "test": 0.4}),
        ("fractions", {"train": 0.6, "validation": 0.6, "test": -0.2}),
        ("fractions", {"train": 0, "validation": 0.5, "test": 0.5}),
        ("fractions", {"train": True, "validation": 0, "test": 0}),
        ("fractions", {"train": "0.6", "validation": 0.2, "test": 0.2}),
        ("fractions", {"train": float("nan"), "validation": 0.2, "test": 0.2}),
        ("fractions", {"train": float("inf"), "validation": 0.2, "test": 0.2}),
        ("seed", "1"),
        ("seed", -1),
        ("seed", 10**30),
        ("seed", 1.5),
        ("seed", True),
        ("seed", None),
        ("grouping", 3),
        ("grouping", {"pattern": 3}),
        ("grouping", {"pattern": "("}),
        ("grouping", {"pattern": "(a+)+$"}),
        ("grouping", {"pattern": "x" * 100_000}),
        ("grouping", {"folders": 1}),
        ("grouping", {"threshold": float("nan")}),
        ("grouping", {"threshold": 0.1}),
        ("grouping", {"unknown": 1}),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_impossible_values_fall_back_and_are_reported(name: str, value: object, root: Path) -> None:
    Project.open(root).close()
    edit(root, **{name: value})
    with Project.open(root) as project:
        assert name in project.notices[0].what
        assert (project.config.fractions, project.config.seed, project.config.grouping) == (FRACTIONS, 0, Grouping())
        assert project.scan().counts() == {"cat": 10, "dog": 5}


def test_thousands_of_hostile_classes_do_not_keep_us_busy(root: Path) -> None:
    Project.open(root).close()
    edit(root, classes=[{"name": f"x{number}", "colour": "?", "key": 5} for number in range(100_000)])
    with Project.open(root) as project:
        assert [info.name for info in project.classes] == ["cat", "dog"]


def test_unknown_keys_are_ignored(root: Path) -> None:
    Project.open(root).close()
    edit(root, comment="hello", __proto__={})
    with Project.open(root) as project:
        assert project.notices == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["", "project.json", "splits.jsonl", "lock", "runs", "journal.jsonl", "x"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_links_and_pipes_in_the_state_folder_are_refused(name: str, kind: str, root: Path) -> None:
    Project.open(root).close()
    victim = root.parent / "victim"
    if kind == "link":
        victim.mkdir() if name in ("", "runs") else victim.write_bytes(b"precious")
    target = root / ".discern" / name
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to(victim)
    for access in Access:
        with pytest.raises(ProjectError, match="can't be trusted"):
            Project.open(root, access)
    with pytest.raises(ProjectError, match="can't be trusted"):
        Project.create(root, ["fox"])
    if kind == "link":
        assert list(victim.iterdir()) == [] if victim.is_dir() else victim.read_bytes() == b"precious"
    assert victim.exists() == (kind == "link")


def test_files_too_large_to_read_are_refused(root: Path) -> None:
    Project.open(root).close()
    for name in ("project.json", "splits.jsonl"):
        path = root / ".discern" / name
        kept = path.read_bytes() if path.exists() else b""
        with path.open("wb") as file:
            file.truncate(1 << 40)
        with pytest.raises(ProjectError, match="too large"):
            Project.open(root)
        path.write_bytes(kept)


# ---- what it remembers


def test_a_key_given_to_a_class_is_taken_from_another(root: Path) -> None:
    with Project.open(root) as project:
        update(project, ClassInfo("dog", 5, "1", "defect"))
        assert project.classes == (ClassInfo("cat", 0, ""), ClassInfo("dog", 5, "1", "defect"))
        before = project.config
        update(project, ClassInfo("fox", 0))
        assert project.config is before
        update(project, ClassInfo("cat", 0, "x"))
        update(project, ClassInfo("dog", 5, "X", "defect"))
        assert [info.key for info in project.classes] == ["", "X"]  # one key, however it is typed
    with Project.open(root) as project:
        assert project.classes == (ClassInfo("cat", 0, ""), ClassInfo("dog", 5, "X", "defect"))


def test_classes_are_reordered(root: Path) -> None:
    (root / "fox").mkdir()
    with Project.open(root) as project:
        config = project.config

        def order(name: str, before: str) -> str:
            return " ".join(info.name for info in config.with_moved(name, before).classes)

        assert order("fox", "cat") == "fox cat dog"
        assert order("cat", "fox") == "dog cat fox"
        assert order("cat", "") == order("cat", "gone") == "dog fox cat"
        assert order("cat", "cat") == order("gone", "cat") == "cat dog fox"
        project.show_classes(config.with_moved("fox", "cat").classes)
        assert project.scan().classes == ("fox", "cat", "dog")
    with Project.open(root) as project:
        assert project.scan().classes == ("fox", "cat", "dog")


def test_classes_are_shown_as_they_were(root: Path) -> None:
    with Project.open(root) as project:
        before = project.config
        update(project, ClassInfo("dog", 5, "1", "defect"))
        project.show_classes(project.config.with_moved("dog", "cat").classes)
        (root / "fox").mkdir()
        project.scan()
        assert [info.key for info in project.classes] == ["1", "", "2"]  # fox took what was free
        project.show_classes(before.classes)
        assert project.classes == (*before.classes, ClassInfo("fox", 1, ""))
        project.show_classes([ClassInfo("gone", 0, "1")])
        assert project.classes == (*before.classes, ClassInfo("fox", 1, ""))


def test_classes_that_can_not_be_written_down_are_shown_as_before(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Project.open(root) as project:
        before = project.config
        refuse(monkeypatch, root, errno.ENOSPC)
        with pytest.raises(StorageError):
            update(project, ClassInfo("dog", 5, "1", "defect"))
        assert project.config == before


def test_a_group_pattern_is_kept_and_used(tmp_path: Path) -> None:
    for number in range(24):
        draw_picture(tmp_path / "cat" / f"part_{number // 3}_{number}.png", seed=number, size=8)
    with Project.open(tmp_path) as project:
        project.set_grouping(Grouping("part_*"))
    with Project.open(tmp_path) as project:
        assert project.config.grouping == Grouping("part_*")
        _, snapshot = finish(project.snapshot(project.scan()))
        assert set(snapshot.groups) == {f"part_{number}" for number in range(8)}
        parts = {group: set(snapshot.splits[np.array(snapshot.groups) == group].tolist()) for group in snapshot.groups}
        assert all(len(splits) == 1 for splits in parts.values())


def test_pictures_that_look_alike_share_a_split(tmp_path: Path) -> None:
    for number in range(30):
        draw_picture(tmp_path / "cat" / f"{number}.png", seed=number, size=8)
    with Project.open(tmp_path) as project:
        catalog = project.scan()
        hashes = [project.index.content_hash(file) for file in catalog.files]
        pairs = [(hashes[number], hashes[number + 1], 0.95) for number in range(12)]
        project.index.store_alike([*pairs, (hashes[20], hashes[21], 0.75)], 1, "")
        project.set_grouping(Grouping(alike=False))
        assert project.alike(hashes) == {}
        project.set_grouping(Grouping())
        assert set(project.alike(hashes)) == set(hashes[:13])
        assert len(project.alike(hashes, Grouping(threshold=0.7))) == 15
        _, snapshot = finish(project.snapshot(catalog))
        assert len(set(snapshot.splits[:13].tolist())) == 1
        assert snapshot.groups[:13] == ("near-duplicates 1",) * 13 and set(snapshot.groups[13:]) == {""}
        project.different.tell_apart(hashes[:1], hashes[:13])
        assert set(project.alike(hashes)) == set(hashes[1:13])


def test_configurations_round_trip() -> None:
    config = ProjectConfig(
        (ClassInfo("a", 1, "1", "good"), ClassInfo("刮", 2)),
        {"train": 0.5, "validation": 0.25, "test": 0.25},
        9,
        Grouping("part_*", folders=True, alike=False, threshold=0.9),
    )
    assert ProjectConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == (config, [])


@pytest.mark.parametrize("file", ["../x.jpg", "/etc/passwd", "cat/../../x", "..", "cat/.."])
def test_paths_never_lead_out_of_the_project(file: str, root: Path) -> None:
    with Project.open(root) as project:
        with pytest.raises(ProjectError, match="not in this project"):
            project.path(file)
        assert project.path("cat/a..b.jpg") == root / "cat" / "a..b.jpg"


# ---- the snapshot


def test_a_snapshot(root: Path) -> None:
    with Project.open(root) as project:
        catalog = project.scan()
        events, snapshot = finish(project.snapshot(catalog))
        assert events[0] == StepStarted(Step.SCAN) and events[-1] == Progress(Step.SCAN, 15, 15, 0.0)
        assert snapshot.files == catalog.files and snapshot.classes == ("cat", "dog")
        assert snapshot.counts() == {"train": 9, "validation": 3, "test": 3}
        assert snapshot.hashes[3] == project.index.content_hash(snapshot.files[3])
        assert set(snapshot.groups) == {""}


def test_unlabelled_pictures_and_empty_classes_are_no_part_of_it(root: Path) -> None:
    draw_picture(root / "top.png")
    (root / "ant").mkdir()
    with Project.open(root) as project:
        events, snapshot = finish(project.snapshot(project.scan()))
    assert snapshot.classes == ("cat", "dog") and snapshot.labels.tolist() == [0] * 10 + [1] * 5
    assert len(snapshot.files) == 15 and any("“ant”" in text for text in notices(events))


def test_what_cannot_be_read_is_skipped_with_its_reason(root: Path) -> None:
    (root / "cat" / "empty.jpg").touch()
    os.mkfifo(root / "cat" / "pipe.jpg")
    (root / "fox").mkdir()
    (root / "fox" / "empty.png").touch()
    with Project.open(root) as project:
        catalog = project.scan()
        (root / "dog" / "dog_001.png").unlink()
        events, snapshot = finish(project.snapshot(catalog))
    assert skipped(events) == {
        "cat/empty.jpg": "empty file",
        "cat/pipe.jpg": "no regular file",
        "fox/empty.png": "empty file",
        "dog/dog_001.png": "no longer there",
    }
    assert len(snapshot.files) == 14 and snapshot.classes == ("cat", "dog")


def test_the_second_time_nothing_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    age(root)
    with Project.open(root) as project:
        first = finish(project.snapshot(project.scan()))[1]
    monkeypatch.setattr("desktop_app.project.index.hash_file", None)
    with Project.open(root) as project:
        assert finish(project.snapshot(project.scan()))[1].fingerprint == first.fingerprint


def test_adding_moving_and_renaming_keeps_splits(root: Path) -> None:
    with Project.open(root) as project:
        _, before = finish(project.snapshot(project.scan()))
        split_of = dict(zip(before.hashes, before.splits.tolist(), strict=True))
        (root / "cat" / "cat_001.png").rename(root / "dog" / "renamed.png")
        for number in range(5):
            draw_picture(root / "cat" / f"new_{number}.png", 0, 1000 + number)
        (root / "fox").mkdir()
        draw_picture(root / "fox" / "f.png", 5)
        _, after = finish(project.snapshot(project.scan()))
    kept = [
        (content, split)
        for content, split in zip(after.hashes, after.splits.tolist(), strict=True)
        if content in split_of
    ]
    assert len(kept) == 15 and all(split_of[content] == split for content, split in kept)
    assert after.fingerprint != before.fingerprint


def test_copies_of_one_picture(root: Path) -> None:
    shutil.copy(root / "cat" / "cat_001.png", root / "cat" / "again.png")
    shutil.copy(root / "cat" / "cat_002.png", root / "dog" / "wrong.png")
    with Project.open(root) as project:
        events, snapshot = finish(project.snapshot(project.scan()))
    split = dict(zip(snapshot.files, snapshot.splits.tolist(), strict=True))
    assert split["cat/again.png"] == split["cat/cat_001.png"] >= 0
    assert split["cat/cat_002.png"] == split["dog/wrong.png"] == -1
    assert any("“cat/cat_002.png”, “dog/wrong.png”" in text for text in notices(events))


def test_class_names_that_differ_in_capitals_are_warned_about(tmp_path: Path) -> None:
    draw_classes(tmp_path, {"Good": 3, "other": 3})
    try:
        draw_classes(tmp_path, {"good": 3}, seed=1)
    except FileExistsError:
        pytest.skip("platform: this disk keeps both under one name")
    with Project.open(tmp_path) as project:
        events, snapshot = finish(project.snapshot(project.scan()))
    assert len(snapshot.classes) == 3 and any("“Good”, “good”" in text for text in notices(events))


def test_a_folder_that_goes_away_is_no_folder_of_missing_pictures(root: Path) -> None:
    with Project.open(root) as project:
        catalog = project.scan()
        job = project.snapshot(catalog)
        next(job)
        root.rename(root.parent / "elsewhere")
        with pytest.raises(ProjectError, match="is not there"):
            finish(job)
        with pytest.raises(ProjectError, match="is not there"):
            project.scan()
    with Project.open(root.parent / "elsewhere") as project:
        assert len(finish(project.snapshot(project.scan()))[1].files) == 15


def test_a_full_disk_while_splits_are_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Project.open(root) as project:
        catalog = project.scan()
        with monkeypatch.context() as patch:
            refuse(patch, root, errno.ENOSPC)
            with pytest.raises(StorageError, match="disk is full"):
                finish(project.snapshot(catalog))
        assert finish(project.snapshot(catalog))[1].counts()["test"] == 3


def test_importing_splits(root: Path) -> None:
    files = [f"cat/cat_{number:03}.png" for number in range(1, 11)] + [
        f"dog/dog_{number:03}.png" for number in range(1, 6)
    ]
    (root / "split.csv").write_text(
        "file,class,group,split\n" + "".join(f"{file},,,{'test' if '1' in file else 'train'}\n" for file in files)
    )
    with Project.open(root) as project:
        events, _ = finish(project.import_splits(root / "split.csv", project.scan()))
        assert any("became validation pictures" in text for text in notices(events))
        _, snapshot = finish(project.snapshot(project.scan()))
    assert {file for file, split in zip(snapshot.files, snapshot.splits, strict=True) if split == 2} == {
        file for file in files if "1" in file
    }


def test_an_impossible_table_changes_nothing(root: Path) -> None:
    (root / "split.csv").write_text("file,split\nother/x.png,test\n")
    with Project.open(root) as project, pytest.raises(DataError, match=r"Nothing that “split\.csv” names"):
        finish(project.import_splits(root / "split.csv", project.scan()))
    assert not (root / ".discern" / "splits.jsonl").exists()


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("xsdd", {"train": 743, "validation": 185, "test": 432}),
        ("pollen_bees", {"train": 389, "validation": 97, "test": 228}),
        ("sign_digits", {"train": 1129, "validation": 282, "test": 651}),
    ],
)
def test_real_data_with_its_split(
    name: str, counts: dict[str, int], shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    source = shared_data(name)
    (tmp_path / "images").symlink_to(source / "images", target_is_directory=True)
    with Project.open(tmp_path / "images", Access.READ) as project:
        catalog = project.scan()
        finish(project.import_splits(source / "split.csv", catalog))
        _, snapshot = finish(project.snapshot(catalog))
    assert sum(counts.values()) == len(snapshot.files) == len(catalog.files)
    assert snapshot.counts()["test"] == counts["test"]
    assert abs(snapshot.counts()["validation"] - counts["validation"]) <= 5
    groups = np.array(snapshot.groups)
    assert all(len(set(snapshot.splits[groups == group].tolist())) == 1 for group in set(snapshot.groups))
