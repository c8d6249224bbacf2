"""Colours, keys, roles and the order of classes: changed as steps of the one history, also across a kill."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.errors import StorageError
from desktop_app.project.config import ClassInfo, ProjectConfig
from desktop_app.project.history import Action, Label
from desktop_app.project.moves import Moves
from desktop_app.project.project import Project
from tests.drawing import draw_classes

RED = Label(Action.RECOLOUR_CLASS, 0, "dog")
FIRST = Label(Action.REORDER_CLASSES, 0, "dog")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "parts", {"cat": 3, "dog": 2})


@pytest.fixture
def project(root: Path) -> Iterator[Project]:
    with Project.open(root) as opened:
        yield opened


@pytest.fixture
def moves(project: Project) -> Moves:
    return reopen(project)


def reopen(project: Project) -> Moves:
    return Moves(project.root, project.state, project)


def recoloured(colour: int) -> Callable[[ProjectConfig], ProjectConfig]:
    return lambda config: config.with_class(ClassInfo("dog", colour, "d", "defect"))


def to_front(config: ProjectConfig) -> ProjectConfig:
    return config.with_moved("dog", "cat")


def names(project: Project) -> list[str]:
    return [info.name for info in project.classes]


def test_a_change_is_undone_and_redone_between_moves(project: Project, moves: Moves) -> None:
    before = project.classes
    moves.put(["cat/cat_001.png"], "dog")
    assert moves.change_classes(RED, recoloured(7)).shown
    moves.change_classes(FIRST, to_front)
    moves.rename_class("dog", "fox")
    after = project.classes
    assert after == (ClassInfo("fox", 7, "d", "defect"), ClassInfo("cat", 0, "1"))
    labels = []
    while (label := moves.undo_label) is not None:
        labels.append(str(label))
        undone = moves.undo()
        assert undone is not None and undone.complete
    assert labels == [
        "Rename class “dog” to “fox”",
        "Move “dog” in the list of classes",
        "Change the colour of “dog”",
        "Move “cat_001.png” to “dog”",
    ]
    assert project.classes == before
    again = reopen(project)
    for _ in range(4):
        again.redo()
    assert again.redo_label is None and project.classes == after


def test_nothing_changed_is_no_step(project: Project, moves: Moves) -> None:
    assert not moves.change_classes(RED, lambda config: config).shown
    assert moves.undo_label is None


def test_a_change_survives_a_restart(root: Path) -> None:
    with Project.open(root) as project:
        reopen(project).change_classes(FIRST, to_front)
    with Project.open(root) as project:
        assert names(project) == ["dog", "cat"]
        moves = reopen(project)
        assert str(moves.undo_label) == str(FIRST)
        moves.undo()
        assert names(project) == ["cat", "dog"]
    with Project.open(root) as project:
        assert names(project) == ["cat", "dog"]


def test_undoing_takes_back_a_key_that_was_taken(project: Project, moves: Moves) -> None:
    moves.change_classes(
        Label(Action.ASSIGN_KEY, 0, "dog", "1"), lambda config: config.with_class(ClassInfo("dog", 1, "1"))
    )
    assert [info.key for info in project.classes] == ["", "1"]
    assert str(moves.undo_label) == "Give “dog” the key 1"
    moves.undo()
    assert [info.key for info in project.classes] == ["1", "2"]


class Killed(BaseException):
    """As nothing survives a kill."""


def test_killed_before_it_was_written(project: Project, moves: Moves, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal has it: the change is made at the next start, and can be undone."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Project, "show_classes", die)
        patch.setattr("desktop_app.project.journal.Journal.end", die)
        moves.change_classes(FIRST, to_front)
    assert names(project) == ["cat", "dog"]
    again = reopen(project)
    assert names(project) == ["dog", "cat"] and again.interrupted == ()
    again.undo()
    assert names(project) == ["cat", "dog"]


def test_a_renamed_class_keeps_its_mark_across_a_kill(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(self: Project, new_names: dict[str, str]) -> None:
        raise Killed

    with Project.open(root) as project:
        moves = reopen(project)
        moves.change_classes(RED, recoloured(7))
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(Project, "follow_renames", die)
            moves.rename_class("dog", "fox")
    with Project.open(root) as project:
        assert project.classes[1].colour != 7  # a new class, as far as one can see
        reopen(project)
        assert project.classes == (ClassInfo("cat", 0, "1"), ClassInfo("fox", 7, "d", "defect"))


def test_a_renamed_class_is_not_forgotten_when_it_is_followed_twice(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    with Project.open(root) as project:
        moves = reopen(project)
        moves.change_classes(RED, recoloured(7))
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr("desktop_app.project.journal.Journal.end", die)
            moves.rename_class("dog", "fox")
    with Project.open(root) as project:
        reopen(project)
        assert project.classes == (ClassInfo("cat", 0, "1"), ClassInfo("fox", 7, "d", "defect"))


def test_a_full_disk_changes_nothing(project: Project, moves: Moves, monkeypatch: pytest.MonkeyPatch) -> None:
    write = storage.write_json

    def refuse(path: Path, document: storage.Document) -> None:
        if path.name == "project.json":
            raise storage.storage_error(OSError(errno.ENOSPC, "full"), path)
        write(path, document)

    before = project.config
    with monkeypatch.context() as patch, pytest.raises(StorageError):
        patch.setattr(storage, "write_json", refuse)
        moves.change_classes(RED, recoloured(7))
    assert project.config == before
    assert moves.undo_label is None and reopen(project).undo_label is None
    moves.change_classes(RED, recoloured(7))
    with monkeypatch.context() as patch, pytest.raises(StorageError):
        patch.setattr(storage, "write_json", refuse)
        moves.undo()
    moves.undo()
    assert project.config == before


def test_purging_forgets_no_change(project: Project, moves: Moves) -> None:
    moves.trash(["cat/cat_001.png"])
    moves.change_classes(RED, recoloured(7))
    moves.empty_trash()
    assert str(moves.undo_label) == str(RED)
    moves.undo()
    assert moves.undo_label is None
    assert str(reopen(project).redo_label) == str(RED)


@pytest.mark.parametrize(
    "classes",
    [
        None,
        [],
        {"before": [], "after": 3},
        {"before": [{"name": "../x"}], "after": []},
        {"before": [], "after": [{"name": "dog"}, {"name": "dog"}]},
    ],
)
def test_an_impossible_change_is_ignored(project: Project, classes: object) -> None:
    record = {
        "format": 1,
        "begin": "0123456789ab",
        "kind": "do",
        "ref": "",
        "label": ["recolour_class", 0, "dog", ""],
        "place": "",
        "items": [],
        "classes": classes,
    }
    (project.state / "journal.jsonl").write_bytes(storage.record_line(record))
    moves = reopen(project)
    assert moves.undo_label is None
    assert [notice.severity for notice in moves.notices] == ["warning"]
