"""The health check: every planted fault is found, and a plain project has none."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from desktop_app.errors import ImageError
from desktop_app.project.groups import Grouping
from desktop_app.project.health import Finding, Health, check
from desktop_app.project.imaging import describe, load_rgb
from desktop_app.project.measures import EDGE, Measures, measure
from desktop_app.project.project import Project
from desktop_app.project.remarks import GivesAway, TooFew, Uneven
from tests.drawing import draw_classes, draw_picture
from tests.running import finish


def look(project: Project) -> Health:
    """What the pass over the pictures does, without a network, then `check`."""
    files = project.scan().files
    for file in files:
        os.utime(project.path(file), (time.time() - 100,) * 2)
    refused: dict[str, str] = {}
    for file, content in project.index.content_hashes(files):
        if isinstance(content, ImageError):
            refused[file] = content.what
            continue
        try:
            found = measure(load_rgb(project.path(file), target=EDGE), describe(project.path(file)))
        except ImageError as error:
            found = Measures.of_unreadable(error.what)
        project.index.store_measures({content: found})
    project.index.store_refused(refused)
    return check(project, project.scan())


def found(health: Health, finding: Finding) -> set[str]:
    return {file for file, bits in zip(health.files, health.findings.tolist(), strict=True) if bits & finding}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_classes(tmp_path / "root", {"cat": 30, "dog": 30}, size=64)


def test_a_plain_project_is_healthy(root: Path) -> None:
    with Project.open(root) as project:
        health = look(project)
        assert not health.findings.any() and not health.problems
        assert {remark.property for remark in health.remarks if isinstance(remark, GivesAway)} <= {"brightness"}
        assert (health.groups == -1).all() and health.checked == 60 and health.at is None
        project.index.store_alike([], time.time_ns(), "")
        at = check(project, project.scan()).at
        assert at is not None and abs(at.timestamp() - time.time()) < 100


def test_before_anything_was_looked_at_nothing_is_found(root: Path) -> None:
    with Project.open(root) as project:
        health = check(project, project.scan())
        assert not health.findings.any() and health.checked == 0


def test_an_empty_project(tmp_path: Path) -> None:
    with Project.create(tmp_path / "new", ["cat"]) as project:
        health = look(project)
        assert health.files == () and len(health.findings) == 0 and health.remarks == ()


def test_what_cannot_be_read_has_its_reason(root: Path) -> None:
    (root / "cat" / "empty.jpg").touch()
    (root / "cat" / "text.png").write_text("no picture")
    whole = (root / "cat" / "cat_001.png").read_bytes()
    (root / "dog" / "half.png").write_bytes(whole[: len(whole) // 2])
    with Project.open(root) as project:
        health = look(project)
    assert (
        found(health, Finding.UNREADABLE) == {"cat/empty.jpg", "cat/text.png", "dog/half.png"} == set(health.problems)
    )
    assert health.problems["cat/empty.jpg"] == "empty file" and all(health.problems.values())
    assert health.count(Finding.UNREADABLE) == 3 and health.checked == 63


def test_copies_within_a_class_and_across_classes(root: Path) -> None:
    shutil.copy(root / "cat" / "cat_001.png", root / "cat" / "copy.png")
    shutil.copy(root / "cat" / "cat_002.png", root / "dog" / "wrong.png")
    shutil.copy(root / "cat" / "cat_003.png", root / "unlabelled.png")
    with Project.open(root) as project:
        health = look(project)
    assert found(health, Finding.TWO_CLASSES) == {"cat/cat_002.png", "dog/wrong.png"}
    same = [
        {"cat/cat_001.png", "cat/copy.png"},
        {"cat/cat_002.png", "dog/wrong.png"},
        {"cat/cat_003.png", "unlabelled.png"},
    ]
    assert found(health, Finding.DUPLICATE) == set().union(*same)
    groups = dict(zip(health.files, health.groups.tolist(), strict=True))
    assert all(len({groups[file] for file in files}) == 1 for files in same)
    assert sorted(set(groups.values())) == [-1, 0, 1, 2]
    assert found(health, Finding.NEAR_DUPLICATE) == set()


def test_near_duplicates_at_the_threshold_until_told_apart(root: Path) -> None:
    shutil.copy(root / "cat" / "cat_001.png", root / "cat" / "copy.png")
    with Project.open(root) as project:
        look(project)
        one, two, three, four = (project.index.content_hash(f"cat/cat_00{number}.png") for number in range(1, 5))
        project.index.store_alike([(one, two, 0.95), (three, four, 0.8)], 1, "")
        health = check(project, project.scan())
        assert found(health, Finding.NEAR_DUPLICATE) == {"cat/cat_001.png", "cat/cat_002.png", "cat/copy.png"}
        assert found(health, Finding.DUPLICATE) == {"cat/cat_001.png", "cat/copy.png"}
        groups = dict(zip(health.files, health.groups.tolist(), strict=True))
        assert groups["cat/cat_001.png"] == groups["cat/cat_002.png"] == groups["cat/copy.png"] >= 0
        project.set_grouping(Grouping(threshold=0.8))
        assert len(found(check(project, project.scan()), Finding.NEAR_DUPLICATE)) == 5
        project.different.tell_apart([one], [two])
        assert found(check(project, project.scan()), Finding.NEAR_DUPLICATE) == {"cat/cat_003.png", "cat/cat_004.png"}
    with Project.open(root) as project:
        assert found(check(project, project.scan()), Finding.NEAR_DUPLICATE) == {"cat/cat_003.png", "cat/cat_004.png"}


def change(path: Path, how: Callable[[Image.Image], Image.Image]) -> None:
    with Image.open(path) as image:
        changed = how(image)
    changed.save(path)


def test_blurred_dark_and_bright_pictures(root: Path) -> None:
    change(root / "cat" / "cat_001.png", lambda image: image.filter(ImageFilter.GaussianBlur(3)))
    change(root / "cat" / "cat_002.png", lambda image: ImageEnhance.Brightness(image).enhance(0.1))
    change(root / "dog" / "dog_003.png", lambda image: image.point(lambda value: 160 + value // 3))
    with Project.open(root) as project:
        health = look(project)
    assert found(health, Finding.DARK) == {"cat/cat_002.png"}
    assert "cat/cat_001.png" in found(health, Finding.BLURRED) <= {"cat/cat_001.png", "cat/cat_002.png"}
    assert found(health, Finding.BRIGHT) <= {"dog/dog_003.png"}


def test_odd_sizes_and_formats(root: Path) -> None:
    draw_picture(root / "cat" / "small.png", size=16)
    change(root / "dog" / "dog_001.png", lambda image: image.convert("L"))
    draw_picture(root / "dog" / "other.jpg", 1, 99, size=64)
    with Project.open(root) as project:
        health = look(project)
    assert found(health, Finding.ODD_SIZE) == {"cat/small.png"}
    assert found(health, Finding.ODD_FORMAT) == {"dog/dog_001.png", "dog/other.jpg"}


def test_remarks_about_classes(tmp_path: Path) -> None:
    draw_classes(tmp_path, {"cat": 60, "dog": 12}, size=32)
    for number in range(60):
        draw_picture(tmp_path / "fox" / f"{number}.jpg", 2, number, size=32)
    with Project.open(tmp_path) as project:
        health = look(project)
    few, uneven, *_ = health.remarks
    assert few == TooFew("dog", 12) and uneven == Uneven("cat", "dog", 5.0)
    assert any(isinstance(remark, GivesAway) and remark.property == "format" for remark in health.remarks)


def dealt(root: Path, grouping: Grouping) -> Health:
    """Splits dealt out without groups, then checked with some."""
    with Project.open(root) as project:
        project.set_grouping(Grouping(alike=False))
        look(project)
        finish(project.snapshot(project.scan()))
        project.set_grouping(grouping)
        return check(project, project.scan())


def test_groups_that_straddle_train_and_test_are_leaks(tmp_path: Path) -> None:
    for number in range(30):
        draw_picture(tmp_path / "cat" / f"part_{number // 6}_{number}.png", 0, number, size=16)
        draw_picture(tmp_path / "dog" / f"alone{number}.png", 1, number, size=16)
    with Project.open(tmp_path) as project:
        look(project)
    health = dealt(tmp_path, Grouping())
    assert found(health, Finding.LEAK) == set()
    health = dealt(tmp_path, Grouping("part_*"))
    leaking = found(health, Finding.LEAK)
    assert leaking and all(file.startswith("cat/part_") for file in leaking) and len(leaking) % 6 == 0
    with Project.open(tmp_path) as project:
        finish(project.deal_anew(project.scan()))
        assert found(check(project, project.scan()), Finding.LEAK) == set()


def test_near_duplicates_that_straddle_train_and_test_are_leaks(root: Path) -> None:
    with Project.open(root) as project:
        look(project)
        finish(project.snapshot(project.scan()))
        split_of = {file: project.splits.split_of(project.index.content_hash(file)) for file in project.scan().files}
        pick = {
            split: [file for file in split_of if split_of[file] == split] for split in ("train", "validation", "test")
        }
        pairs = [(pick["train"][0], pick["test"][0]), (pick["train"][1], pick["validation"][0]), (*pick["test"][1:3],)]
        stored = [(*(project.index.content_hash(file) for file in pair), 0.99) for pair in pairs]
        project.index.store_alike(stored, 1, "")  # type: ignore[arg-type]
        health = check(project, project.scan())
        assert found(health, Finding.LEAK) == set(pairs[0])
        assert found(health, Finding.NEAR_DUPLICATE) == {file for pair in pairs for file in pair}
        events, _ = finish(project.deal_anew(project.scan()))
        assert found(check(project, project.scan()), Finding.LEAK) == set()
        assert sum(events[-1].counts.values()) == 60  # type: ignore[union-attr]


def test_findings_fit_their_column() -> None:
    assert max(Finding) < 1 << 16 and np.uint16(sum(Finding)) == sum(Finding)
