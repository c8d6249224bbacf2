"""The health check: every planted fault is found, and a plain project has none."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from desktop_app.errors import ImageError
from desktop_app.project import odd
from desktop_app.project.groups import Grouping
from desktop_app.project.health import Finding, Health, check
from desktop_app.project.imaging import describe, load_rgb
from desktop_app.project.label_doubts import Doubt, doubted, store_judgement
from desktop_app.project.marks import Mark, MarkChange, kept_label
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
        assert {remark.property for remark in health.remarks if isinstance(remark, GivesAway)} <= {
            "brightness",
            "sharpness",
            "warmth",
            "greenness",
        }  # each drawn class has its colour
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


# ---- the same, slowly


def slowly(project: Project) -> tuple[dict[str, Finding], set[frozenset[str]]]:
    """The findings of each picture and the groups, picture by picture as a person would tell them."""
    catalog, index = project.scan(), project.index
    hashed = dict(index.content_hashes(catalog.files))
    readable = {file: found for file, found in hashed.items() if isinstance(found, str)}
    content = {file: found for file, found in readable.items() if found not in project.marked(Mark.EXCLUDED)}
    measures = index.measures(list(content.values()))
    label = dict(zip(catalog.files, catalog.labels.tolist(), strict=True))
    grouping, doubts = project.config.grouping, doubted(index, catalog.classes)
    pairs = {
        frozenset((first, second))
        for first, second, similarity in index.alike()
        if similarity >= grouping.threshold and not project.different(first, second)
    }
    found = dict.fromkeys(catalog.files, Finding(0))
    alike = {file: {file} for file in content}
    for one in content:
        for other in content:
            if content[one] == content[other] or {content[one], content[other]} in pairs:
                joined = alike[one] | alike[other]
                alike |= dict.fromkeys(joined, joined)
    named = dict(zip(content, project.splits.groups(list(content), list(content.values()), grouping), strict=True))
    parts = [set(group) for group in {frozenset(group) for group in alike.values()}]
    near = [group for group in parts if len({content[file] for file in group}) > 1]
    same_name = [{file for file in content if named[file] == name} for name in set(named.values()) - {""}]
    for file in content:
        copies = {other for other in content if content[other] == content[file]}
        if len(copies) > 1:
            found[file] |= Finding.DUPLICATE
        if len({label[other] for other in copies} - {-1}) > 1 and label[file] >= 0:
            found[file] |= Finding.TWO_CLASSES
        if any(file in group for group in near):
            found[file] |= Finding.NEAR_DUPLICATE
        looks_like = doubts[content[file]].looks_like if content[file] in doubts else label[file]
        kept = kept_label(content[file], catalog.classes[label[file]]) in project.marked(Mark.LABEL_KEPT)
        if label[file] >= 0 and looks_like != label[file] and not kept:
            found[file] |= Finding.DOUBTFUL
    for group in (*near, *same_name):
        splits = {file: project.splits.split_of(content[file]) for file in group}
        if {"test"} < set(splits.values()) - {None}:
            for file in group:
                found[file] |= Finding.LEAK if splits[file] else Finding(0)
    for file in set(catalog.files) - set(content):
        found[file] |= Finding.EXCLUDED if file in readable else Finding.UNREADABLE
    for file in content:
        if measures[content[file]].problem:
            found[file] |= Finding.UNREADABLE
    seen = [file for file in content if not measures[content[file]].problem]
    of = [measures[content[file]] for file in seen]
    labels = np.array([label[file] for file in seen], np.int32)
    brightness = np.array([one.brightness for one in of])
    width, height = np.array([(one.width, one.height) for one in of], np.int32).T
    for finding, mask in (
        (Finding.BLURRED, odd.blurred(np.array([one.sharpness for one in of]), labels)),
        (Finding.DARK, odd.dark(brightness, labels)),
        (Finding.BRIGHT, odd.too_bright(brightness, labels)),
        (Finding.ODD_SIZE, odd.odd_size(width, height)),
        (Finding.ODD_FORMAT, odd.odd_format(np.array([one.format + one.mode for one in of]))),
    ):
        for file in np.array(seen)[mask].tolist():
            found[file] |= finding
    return found, {frozenset(group) for group in parts if len(group) > 1}


def drawn_by_lot(root: Path, random: Random) -> Path:
    """A project of files that are no pictures, with copies and one empty file."""
    for number in range(160):
        folder = root / random.choice(("cat", "dog", "fox", ""))
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"part_{number % 23}_{number}.png"
        file.write_text(str(random.randrange(110)) if number else "")
        os.utime(file, (1e9, 1e9))
    return root


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("grouping", [Grouping(), Grouping("part_*", threshold=0.8)])
def test_in_columns_the_same_is_found_as_one_by_one(tmp_path: Path, seed: int, grouping: Grouping) -> None:
    random = Random(seed)
    with Project.open(drawn_by_lot(tmp_path, random)) as project:
        project.set_grouping(Grouping(alike=False))
        finish(project.snapshot(project.scan()))
        project.set_grouping(grouping)
        files = project.scan().files
        hashed = dict(project.index.content_hashes(files))
        contents = sorted({found for found in hashed.values() if isinstance(found, str)})

        def some(count: int) -> list[str]:
            return random.sample(contents, count)

        def measures(content: str) -> Measures:
            if random.random() < 0.05:
                return Measures.of_unreadable("damaged")
            size = random.choice([(64, 64)] * 30 + [(8, 700)])
            kind = random.choice([("PNG", "RGB")] * 30 + [("PNG", "L"), ("JPEG", "RGB")])
            light = random.choice([0.5] * 30 + [0.001, 0.999]), 0.2, random.choice([0.5] * 30 + [1e-6])
            return Measures(*size, *kind, *light, 0.0, 0.0, 0)

        project.index.store_measures({content: measures(content) for content in contents})
        refused = {file: found.what for file, found in hashed.items() if isinstance(found, ImageError)}
        project.index.store_refused(refused)
        pairs = [(first, second, random.choice((0.75, 0.82, 0.95))) for first, second in (some(2) for _ in range(12))]
        project.index.store_alike([*pairs, ("e" * 32, contents[0], 1.0)], 1, "")
        project.different.tell_apart([pairs[0][0]], [pairs[0][1]])
        classes = project.scan().classes
        doubts = {content: Doubt(random.randrange(len(classes)), 0.9, 0.8) for content in some(20)}
        store_judgement(project.index, classes, doubts, contents, "")
        kept = tuple(kept_label(content, random.choice(classes)) for content in list(doubts)[:10])
        project.change_marks(MarkChange(Mark.LABEL_KEPT, kept))

        project.change_marks(MarkChange(Mark.EXCLUDED, tuple(some(4))))

        health, (expected, groups) = check(project, project.scan()), slowly(project)
    assert {file: Finding(bits) for file, bits in zip(health.files, health.findings.tolist(), strict=True)} == expected
    grouped: dict[int, set[str]] = {}
    for file, group in zip(health.files, health.groups.tolist(), strict=True):
        grouped.setdefault(group, set()).add(file)
    assert {frozenset(group) for number, group in grouped.items() if number >= 0} == groups
    assert len({finding for finding in Finding for bits in expected.values() if finding in bits}) >= 7
    assert set(health.problems) == {file for file, bits in expected.items() if bits & Finding.UNREADABLE}


def test_findings_fit_their_column() -> None:
    assert max(Finding) < 1 << 16 and np.uint16(sum(Finding)) == sum(Finding)
