"""Whatever stands in a project's journal: opening it, undoing and redoing end well, and nothing outside is touched."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_app import storage
from desktop_app.errors import DiscernError
from desktop_app.project.moves import Moves
from desktop_app.project.project import Project
from tests.faults.fault_disk import memory_folder

ID = "0123456789ab"
PLACES = (
    "cats/a.jpg",
    "dogs/a.jpg",
    "cats",
    "linked/x.jpg",
    "linked",
    "../outside/x.jpg",
    "cats/../../outside/x.jpg",
    ".discern/journal.jsonl",
    ".discern/trash/0123456789ab/cats/a.jpg",
    ".discern/trash/0123456789ab/../../../cats/a.jpg",
    "cats/.discern-trash/0123456789ab/0-a.jpg",
    "cats/a.jpg/x.jpg",
    "x" * 300,
    "/".join("x" * 2000),
    "\ud800",
    "\0",
    "",
    ".",
)
RECORDS: tuple[dict[str, Any], ...] = (
    {
        "format": 1,
        "begin": ID,
        "kind": "do",
        "ref": "",
        "label": ["move", 1, "a.jpg", "dogs"],
        "place": "",
        "items": [["cats/a.jpg", "dogs/b.jpg", ["file", 7, 0, 0], False, ""]],
    },
    {"copied": ID, "item": 0, "sha256": "0" * 64, "aside": "cats/.discern-trash/0123456789ab/0-a.jpg"},
    {"end": ID, "missed": [], "given_up": []},
    {
        "format": 1,
        "begin": "00000000000b",
        "kind": "undo",
        "ref": ID,
        "label": ["rename_class", 1, "a", "b"],
        "place": "",
        "items": [["dogs", "birds", ["folder", 0, 0, 0], True, "renaming"]],
    },
    {"end": "00000000000b", "missed": [0], "given_up": [0]},
    {
        "format": 1,
        "begin": "00000000000c",
        "kind": "do",
        "ref": "",
        "label": ["assign_key", 0, "cats", "x"],
        "place": "",
        "items": [],
        "classes": {
            "before": [{"name": "cats", "colour": 0, "key": "1", "role": ""}],
            "after": [{"name": "cats", "colour": 3, "key": "x", "role": "good"}],
        },
    },
    {
        "format": 1,
        "begin": "00000000000d",
        "kind": "do",
        "ref": "",
        "label": ["mark_golden", 1, "a.jpg", ""],
        "place": "",
        "items": [],
        "marks": {"mark": "golden", "on": ["0" * 32], "off": []},
    },
    {"purge": [".discern/trash/0123456789ab"]},
)

junk = st.one_of(
    st.sampled_from(PLACES),
    st.sampled_from(
        ("do", "undo", "redo", "finish", "move", "rename_class", "file", "folder", ID, "", "{0.__class__}")
    ),
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-2, 3),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.one_of(st.integers(-1, 9), st.sampled_from(PLACES)), max_size=3),
    st.dictionaries(st.sampled_from(("begin", "end", "x")), st.integers(), max_size=2),
)


@st.composite
def journals(draw: st.DrawFn) -> list[Any]:
    """Some valid records, in which some values are others."""
    records: list[Any] = copy.deepcopy(draw(st.lists(st.sampled_from(RECORDS), min_size=1, max_size=7)))
    for _ in range(draw(st.integers(0, 4))):
        where: Any = records
        while True:
            keys = list(where) if isinstance(where, dict) else list(range(len(where)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(where[key], dict | list) and draw(st.integers(0, 3)):
                where = where[key]
            else:
                where[key] = draw(junk)
                break
    return records


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = memory_folder()
    yield folder
    shutil.rmtree(folder)


@settings(max_examples=400, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(records=journals())
def test_any_journal_is_survived(folder, records):
    root, outside = folder / "project", folder / "outside"
    shutil.rmtree(root, ignore_errors=True)
    for path in ("cats/a.jpg", "dogs/a.jpg"):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_bytes(path[:7].encode())
    (root / ".discern").mkdir()
    outside.mkdir(exist_ok=True)
    (outside / "x.jpg").write_bytes(b"picture")
    (root / "linked").symlink_to(outside)
    lines = [storage.record_line(record) for record in records]
    (root / ".discern" / "journal.jsonl").write_bytes(b"".join(lines))

    project = Project.open(root)
    try:
        moves = Moves(root, root / ".discern", project)
        for act in (moves.undo, moves.undo, moves.redo, lambda: moves.put(["cats/a.jpg"], "dogs"), moves.undo):
            act()
        for outcome in moves.interrupted:
            str(outcome.label)
            moves.finish(outcome)
        moves.trashed()
        moves.trash_size()
    except DiscernError:
        pass  # a newer format, or a picture where a folder is to be
    project.close()
    with Project.open(root) as project:
        assert project.notices == []

    assert [path.name for path in outside.iterdir()] == ["x.jpg"]
    contents = sorted(
        path.read_bytes() for path in root.rglob("*.jpg") if path.is_file() and "linked" not in path.parts
    )
    contents += [path.read_bytes() for path in root.rglob("*") if path.is_file() and path.read_bytes() == b"cats/a."]
    assert b"dogs/a." in contents
    assert b"cats/a." in contents
