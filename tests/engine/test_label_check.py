"""The health check's look at the labels, on pictures that are easy to tell apart."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop_app.engine.label_check import check_labels
from desktop_app.project.health import Finding, check
from desktop_app.project.marks import Mark, MarkChange, kept_label
from desktop_app.project.project import Project
from tests.drawing import draw_classes
from tests.running import finish

KEY = "clouds"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Twelve pictures of each of two classes; one of the first lies in the second."""
    root = draw_classes(tmp_path / "root", {"cat": 12, "dog": 12})
    shutil.move(sorted((root / "cat").iterdir())[0], root / "dog" / "stray.png")
    for path in root.rglob("*.png"):
        os.utime(path, (0, 0))  # the index trusts no time that has just passed
    with Project.open(root) as project:
        yield project


def judge(project: Project) -> int:
    """Embed by what the picture really is, and judge; how often the folds were looked at."""
    catalog = project.scan()
    content_of = dict(project.index.content_hashes(catalog.files))
    random = np.random.default_rng(0)
    vectors = {}
    for file in sorted(content_of):
        is_cat = file.startswith("cat/") or file.endswith("stray.png")
        centre = 2.0 if is_cat else -2.0
        vectors[content_of[file]] = (centre + random.normal(size=8)).astype(np.float32)
    project.index.store_embeddings(KEY, vectors)
    events, _ = finish(check_labels(project, catalog, content_of, KEY))
    return len(events)


def doubtful(project: Project) -> list[str]:
    catalog = project.scan()
    health = check(project, catalog)
    return [catalog.files[row] for row in np.flatnonzero(health.findings & np.uint16(Finding.DOUBTFUL))]


def test_the_stray_one_is_found(project: Project) -> None:
    assert doubtful(project) == []
    judge(project)
    assert doubtful(project) == ["dog/stray.png"]


def test_the_same_is_not_judged_twice(project: Project) -> None:
    assert judge(project) > 0
    assert judge(project) == 0


def test_put_where_it_belongs_it_is_no_longer_in_doubt(project: Project) -> None:
    judge(project)
    (project.root / "dog" / "stray.png").rename(project.root / "cat" / "stray.png")
    assert doubtful(project) == []


def test_a_label_that_the_person_keeps_is_left_alone(project: Project) -> None:
    judge(project)
    ((_, content),) = project.index.content_hashes(["dog/stray.png"])
    project.change_marks(MarkChange(Mark.LABEL_KEPT, (kept_label(str(content), "dog"),)))
    assert doubtful(project) == []


@pytest.mark.parametrize("classes", [{"cat": 30}, {"cat": 30, "dog": 4}])
def test_too_few_to_judge_by(tmp_path: Path, classes: dict[str, int]) -> None:
    with Project.open(draw_classes(tmp_path / "few", classes)) as project:
        assert judge(project) == 0
        assert doubtful(project) == []
