"""What changed since a run: by content, whatever the files are called."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from desktop_app.project.catalog import LEFT_OUT, Snapshot
from desktop_app.project.changes import Changes, changes
from desktop_app.project.project import Project
from tests.drawing import draw_classes, draw_picture
from tests.running import finish


@pytest.fixture
def project(tmp_path) -> Iterator[Project]:
    with Project.open(draw_classes(tmp_path / "p", {"cat": 10, "dog": 10})) as project:
        yield project


@pytest.fixture
def then(project) -> Snapshot:
    return finish(project.snapshot(project.scan()))[1]


def since(then: Snapshot, project: Project, **moved: str) -> Changes:
    catalog = project.scan()
    contents = finish(project.hashes(catalog.files))[1]
    return changes(then, catalog, contents, lambda content: moved.get(content, project.splits.split_of(content)))


def test_nothing(project, then):
    assert since(then, project) == Changes()


def test_a_file_that_is_renamed_is_the_same_picture(project, then):
    (project.root / "cat" / "lot 2").mkdir()
    (project.root / "cat" / "cat_001.png").rename(project.root / "cat" / "lot 2" / "other.png")
    assert since(then, project).total == 0


def test_added_removed_relabelled(project, then):
    draw_picture(project.root / "cat" / "new.png", 0, 999)
    (project.root / "cat" / "cat_002.png").unlink()
    (project.root / "dog" / "dog_003.png").rename(project.root / "cat" / "was a dog.png")
    assert since(then, project) == Changes(("cat/new.png",), ("cat/cat_002.png",), ("cat/was a dog.png",))


def test_a_picture_taken_out_of_its_class_is_gone(project, then):
    (project.root / "cat" / "cat_002.png").rename(project.root / "cat_002.png")
    assert since(then, project) == Changes(removed=("cat/cat_002.png",))


def test_another_content_under_the_same_name(project, then):
    draw_picture(project.root / "cat" / "cat_002.png", 0, 999)
    assert since(then, project) == Changes(("cat/cat_002.png",), ("cat/cat_002.png",))


def test_a_copy_in_another_class_is_new(project, then):
    shutil.copy(project.root / "cat" / "cat_001.png", project.root / "dog" / "copy.png")
    assert since(then, project) == Changes(added=("dog/copy.png",))
    (project.root / "cat" / "cat_001.png").unlink()
    assert since(then, project) == Changes(relabelled=("dog/copy.png",))


def test_a_class_that_is_renamed(project, then):
    (project.root / "cat").rename(project.root / "lion")
    assert since(then, project).relabelled == tuple(f"lion/cat_{number:03}.png" for number in range(1, 11))


def test_another_split(project, then):
    row = then.rows("train")[0]
    assert since(then, project, **{then.hashes[row]: "test"}) == Changes(dealt=(then.files[row],))
    then.splits[row] = LEFT_OUT
    assert since(then, project, **{then.hashes[row]: "test"}) == Changes()
