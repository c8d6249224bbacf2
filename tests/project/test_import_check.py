"""The preview tells exactly what the import then does."""

from __future__ import annotations

import shutil
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.events import Imported
from desktop_app.project.import_check import preview
from desktop_app.project.import_forms import recognise
from desktop_app.project.importing import import_pictures
from desktop_app.project.project import Project
from tests.drawing import draw_classes, draw_picture
from tests.running import finish


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    root = draw_classes(tmp_path / "project", {"cat": 3, "dog": 2, "Größe": 1})
    with Project.open(root) as project:
        yield project


def fresh(stick: Path, _project: Path) -> None:
    draw_classes(stick, {"cat": 3, "fox": 2}, seed=7)


def names_taken(stick: Path, _project: Path) -> None:
    draw_classes(stick, {"CAT": 3, "dog": 1}, seed=7)
    (stick / "dog" / "dog_001.png").rename(stick / "dog" / "Dog_001.PNG")
    draw_picture(stick / "cat" / "cat_001 (2).png", 9)
    draw_picture(stick / "Cat" / "cat_001.png", 10)


def other_spellings(stick: Path, _project: Path) -> None:
    name = unicodedata.normalize("NFD", "Größe")
    draw_picture(stick / name / f"{name}_001.png", 11)
    draw_picture(stick / "Größe " / "ü.png", 12)
    draw_picture(stick / "GRÖSSE" / unicodedata.normalize("NFD", "ü.png"), 13)


def twins(stick: Path, project: Path) -> None:
    shutil.copytree(project / "cat", stick / "dog")
    shutil.copy(project / "dog" / "dog_001.png", stick / "dog" / "again.png")
    draw_picture(stick / "fox" / "1.png", 14)
    shutil.copy(stick / "fox" / "1.png", stick / "fox" / "2.png")
    shutil.copy(stick / "fox" / "1.png", stick / "dog" / "3.png")


def same_sizes(stick: Path, _project: Path) -> None:
    for number in range(6):
        draw_picture(stick / "fox" / f"{number}.bmp", 15, number // 2)


def unusable(stick: Path, _project: Path) -> None:
    draw_picture(stick / "cat" / "1.png", 16)
    (stick / "cat" / "empty.png").touch()
    (stick / "cat" / "link.png").symlink_to(stick / "cat" / "1.png")
    draw_picture(stick / ("x" * 130) / "1.png", 17)
    draw_picture(stick / "con" / "aux.png", 18)


def archive(stick: Path, _project: Path) -> None:
    draw_classes(stick / "in", {"cat": 3, "fox": 1}, seed=8)
    with zipfile.ZipFile(stick / "a.zip", "w") as packed:
        for file in (stick / "in").rglob("*.png"):
            packed.write(file, file.relative_to(stick / "in"))
    shutil.rmtree(stick / "in")


def table(stick: Path, _project: Path) -> None:
    for number in range(4):
        draw_picture(stick / f"{number % 2}" / "same name.png", 19, number)
        shutil.copy(stick / f"{number % 2}" / "same name.png", stick / f"{number}.png")
    (stick / "labels.csv").write_text(
        "file,label\n0.png,cat\n1.png,fox\n0/same name.png,fox\n1/same name.png,fox\n3.png,\n9.png,cat\n"
    )


@pytest.mark.parametrize(
    "prepare",
    [fresh, names_taken, other_spellings, twins, same_sizes, unusable, archive, table],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("copy_twins", [False, True])
def test_the_preview_tells_what_the_import_does(
    project: Project, tmp_path: Path, prepare: Callable[[Path, Path], None], copy_twins: bool
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    prepare(stick, project.root)
    (plan, *_) = recognise(sorted(stick.glob("*.zip")) or [stick])
    before = sorted(project.root.rglob("*.*"))
    told = preview(project, project.scan(), plan)
    assert sorted(project.root.rglob("*.*")) == before
    events, _ = finish(import_pictures(project, plan.reading, "copy" if copy_twins else "skip"))
    done = events[-1]
    assert isinstance(done, Imported)
    if copy_twins:
        assert sum(done.copied.values()) == told.total + len(told.twins)
        assert done.identical == 0
    else:
        assert done.copied == told.copied
        assert (done.identical, done.renamed) == (len(told.twins), told.renamed)
    assert done.skipped == len(told.skipped)


def test_twins_are_listed_once_with_the_picture_that_is_there(project: Project, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    shutil.copytree(project.root / "dog", stick / "cat")
    draw_picture(stick / "fox" / "1.png", 20)
    shutil.copy(stick / "fox" / "1.png", stick / "fox" / "2.png")
    (plan, *_) = recognise([stick])
    found = [(twin.source.file.name, twin.folder, twin.file) for twin in preview(project, project.scan(), plan).twins]
    assert found == [
        ("dog_001.png", "cat", "dog/dog_001.png"),
        ("dog_002.png", "cat", "dog/dog_002.png"),
        ("2.png", "fox", "fox/1.png"),
    ]


def test_only_pictures_of_the_same_size_are_read(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.project.import_sources import Sources

    (tmp_path / "stick" / "fox").mkdir(parents=True)
    for number in range(20):
        (tmp_path / "stick" / "fox" / f"{number}.png").write_bytes(bytes(100 + number))
    shutil.copy(project.root / "cat" / "cat_001.png", tmp_path / "stick" / "fox" / "x.png")
    opened: list[str] = []
    open_source = Sources.open

    def noting(self: Sources, source: object) -> object:
        opened.append(str(source))
        return open_source(self, source)  # type: ignore[arg-type]

    monkeypatch.setattr(Sources, "open", noting)
    (plan, *_) = recognise([tmp_path / "stick"])
    assert len(preview(project, project.scan(), plan).twins) == 1
    assert [Path(file).name for file in opened] == ["x.png"]
