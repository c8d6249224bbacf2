"""The pass over the pictures: complete, thrifty, and harmless to stop."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from desktop_app import stopwatch
from desktop_app.engine import health_check
from desktop_app.engine.health_check import check_pictures
from desktop_app.engine.jobs import HealthJob, SplitJob
from desktop_app.errors import WeightsError
from desktop_app.events import HealthChecked, Notice, Progress, SplitsDealt, Step
from desktop_app.learning import backbone_graphs
from desktop_app.learning.backbones import BACKBONES
from desktop_app.project.health import Finding, check
from desktop_app.project.project import Access, Project
from tests.running import notices


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for number in range(30):
        _draw_scene(
            root / ("cat", "dog")[number // 15] / f"{('cat', 'dog')[number // 15]}_{number % 15 + 1:03}.png", number
        )
    with Image.open(root / "cat" / "cat_001.png") as image:
        ImageEnhance.Brightness(image).enhance(1.05).save(root / "dog" / "brighter.png")
    shutil.copy(root / "cat" / "cat_002.png", root / "cat" / "copy.png")
    (root / "cat" / "empty.png").touch()
    (root / "cat" / "text.png").write_text("no picture")
    old = time.time() - 100
    for path in root.rglob("*.png"):
        os.utime(path, (old, old))
    return root


def _draw_scene(path: Path, seed: int) -> None:
    """Large shapes in colours of their own: no two scenes look alike."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shapes = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    Image.fromarray(shapes).resize((64, 64), Image.Resampling.NEAREST if seed % 2 else Image.Resampling.BICUBIC).save(
        path
    )


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file that is decoded."""
    seen: list[Path] = []
    load = health_check.load_rgb

    def counted(path: Path, **options: Any) -> Any:
        seen.append(path)
        return load(path, **options)

    monkeypatch.setattr(health_check, "load_rgb", counted)
    return seen


def test_everything_is_found_and_read_once(root: Path, reads: list[Path]) -> None:
    events = list(HealthJob(str(root)).events(Access.OWN))
    result = events[-1]
    assert isinstance(result, HealthChecked) and result.pictures == 34
    told = {name: count for name, count in result.findings.items() if count}
    assert told == {"unreadable": 2, "duplicate": 2, "near_duplicate": 2}
    assert len(reads) == 32, "a copy needs no second look, an empty file none at all"
    with Project.open(root) as project:
        health = check(project, project.scan())
        near = [file for file, bits in zip(health.files, health.findings, strict=True) if bits & Finding.NEAR_DUPLICATE]
        assert near == ["cat/cat_001.png", "dog/brighter.png"]
        assert health.at is not None and health.problems["cat/empty.png"] == "empty file"
        key = BACKBONES["efficientnet_lite0"].embedding_key()
        hashes = [project.index.content_hash(f"cat/cat_{number:03}.png") for number in range(1, 16)]
        assert len(project.index.embeddings(key, hashes)) == 15, "a quick training finds its embeddings"
    reads.clear()
    again = list(HealthJob(str(root)).events(Access.OWN))
    assert reads == [] and again[-1].findings == result.findings  # type: ignore[union-attr]
    assert not any(isinstance(event, Progress) and event.step is Step.ALIKE for event in again)


def test_what_is_new_is_all_that_is_read(root: Path, reads: list[Path]) -> None:
    with Project.open(root) as project:
        list(check_pictures(project))
        reads.clear()
        with Image.open(root / "dog" / "dog_001.png") as image:
            ImageEnhance.Brightness(image).enhance(1.05).save(root / "cat" / "new.png")
        os.utime(root / "cat" / "new.png", (1, 1))
        *_, result = check_pictures(project)
    assert reads == [root / "cat" / "new.png"]
    assert isinstance(result, HealthChecked) and result.findings["near_duplicate"] == 4


def test_stopping_keeps_what_was_done(root: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "REPORT_SECONDS", 0)
    with Project.open(root) as project:
        events = check_pictures(project)
        for event in events:
            if isinstance(event, Progress) and event.step is Step.READ and event.done == 10:
                break
        events.close()
        before = len(reads)
        assert 10 <= before < 32
        *_, result = check_pictures(project)
        assert len(reads) <= 32 + before - 10
        assert isinstance(result, HealthChecked) and result.findings["near_duplicate"] == 2


def test_without_weights_all_but_near_duplicates_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise WeightsError("The weights are missing.", hint="Install them.")

    monkeypatch.setattr(backbone_graphs, "load", missing)
    with Project.open(root) as project:
        events = list(check_pictures(project))
    assert "Near-duplicates can't be looked for. The weights are missing." in notices(events)[0]
    result = events[-1]
    assert isinstance(result, HealthChecked)
    assert result.findings["unreadable"] == result.findings["duplicate"] == 2 and not result.findings["near_duplicate"]


def test_a_file_that_is_held_elsewhere_is_looked_at_later(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = Path.read_bytes

    def refusing(path: Path) -> bytes:
        if path.name == "dog_003.png":
            raise PermissionError(13, "Permission denied")
        return load(path)

    with Project.open(root) as project:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", refusing)
            *_, result = check_pictures(project)
        assert isinstance(result, HealthChecked) and result.findings["unreadable"] == 2
        content = project.index.content_hash("dog/dog_003.png")
        assert project.index.measures([content]) == {}
        list(check_pictures(project))
        assert content in project.index.measures([content])


def test_dealing_anew_keeps_near_duplicates_together_and_is_recorded(root: Path) -> None:
    with Project.open(root) as project:
        list(project.snapshot(project.scan()))
        before = {file: project.splits.split_of(project.index.content_hash(file)) for file in project.scan().files[:15]}
    list(HealthJob(str(root)).events(Access.OWN))
    events = list(SplitJob(str(root)).events(Access.OWN))
    result = events[-1]
    assert isinstance(result, SplitsDealt) and result.into_test == result.out_of_test
    with Project.open(root) as project:
        after = {file: project.splits.split_of(project.index.content_hash(file)) for file in before}
        brighter = project.splits.split_of(project.index.content_hash("dog/brighter.png"))
    assert after["cat/cat_001.png"] == brighter
    assert after != before or result.into_test
    assert all(event.severity == "warning" for event in events if isinstance(event, Notice))
