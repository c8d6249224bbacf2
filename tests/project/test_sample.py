"""The sample: drawn, never the same picture twice, and its colours give nothing away."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_app import storage
from desktop_app.errors import ProjectError, StorageError
from desktop_app.events import Notice, Progress, SampleDrawn, Step
from desktop_app.project.project import Project
from desktop_app.project.sample import CLASSES, EACH, SIZE, draw_sample, draw_washer


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sample") / "Washers"
    *events, last = draw_sample(root)
    assert last == SampleDrawn(str(root), EACH * len(CLASSES))
    assert events[-1] == Progress(Step.DRAW, 120, 120)
    return root


def test_it_is_a_project_with_roles(sample: Path) -> None:
    with Project.open(sample) as project:
        catalog = project.scan()
        assert catalog.counts() == {"good": 40, "scratched": 40, "chipped": 40}
        assert {info.name: info.role for info in project.classes} == CLASSES
        assert not catalog.skipped and catalog.unlabelled == 0
        hashes = [content for _, content in project.index.content_hashes(catalog.files)]
    assert len(set(hashes)) == 120


def test_every_picture_is_a_colour_jpeg(sample: Path) -> None:
    for path in sample.rglob("*.jpg"):
        with Image.open(path) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (SIZE, SIZE))
            assert np.asarray(image).std() > 10


def test_names_tell_nothing(sample: Path) -> None:
    numbers = [int(path.stem.removeprefix("washer_")) for path in sample.rglob("*.jpg")]
    assert sorted(numbers) == list(range(1, 121))
    assert sorted(int(path.stem[7:]) for path in (sample / "good").iterdir()) != list(range(1, 41))


def test_mean_colour_tells_nothing(sample: Path) -> None:
    """A nearest-mean classifier on the mean colour, leave-one-out, stays near chance; 1/3 would be blind."""
    means, labels = [], []
    for label, name in enumerate(CLASSES):
        for path in sorted((sample / name).iterdir()):
            with Image.open(path) as image:
                means.append(np.asarray(image, np.float64).mean((0, 1)))
            labels.append(label)
    colours, kinds = np.array(means), np.array(labels)
    right = 0
    for row in range(len(kinds)):
        others = np.arange(len(kinds)) != row
        centres = [colours[others & (kinds == label)].mean(0) for label in range(3)]
        right += int(np.argmin([np.linalg.norm(colours[row] - centre) for centre in centres]) == kinds[row])
    assert right / len(kinds) < 0.5


def test_the_same_seed_draws_the_same_picture() -> None:
    for kind in CLASSES:
        assert (draw_washer(kind, 5) == draw_washer(kind, 5)).all()
        assert (draw_washer(kind, 5) != draw_washer(kind, 6)).any()


def test_the_same_seed_draws_the_same_files(sample: Path, tmp_path: Path) -> None:
    job = draw_sample(tmp_path / "again")
    for _ in range(8):
        next(job)
    job.close()
    drawn = list((tmp_path / "again").rglob("*.jpg"))
    assert drawn
    assert all(path.read_bytes() == (sample / path.parent.name / path.name).read_bytes() for path in drawn)


def test_a_sample_that_was_cut_off_is_completed(tmp_path: Path) -> None:
    root = tmp_path / "sample"
    job = draw_sample(root)
    for _ in range(5):
        next(job)
    job.close()
    (root / "good").mkdir(exist_ok=True)
    (root / "good" / f"{storage.TEMP_PREFIX}x{storage.TEMP_SUFFIX}").touch()
    kept = {path: path.stat().st_mtime_ns for path in root.rglob("*.jpg")}
    assert list(draw_sample(root))[-1] == SampleDrawn(str(root), 120)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    with Project.open(root) as project:
        assert sum(project.scan().counts().values()) == 120


def test_a_sample_in_use_is_left_as_it_is(sample: Path) -> None:
    (sample / "mine").mkdir()
    try:
        events = list(draw_sample(sample))
        assert isinstance(events[1], Notice) and events[-1] == SampleDrawn(str(sample), 120)
    finally:
        (sample / "mine").rmdir()


@pytest.mark.parametrize("stranger", ["notes.txt", "good/mine.jpg", "other/x.jpg", "good/washer_001.jpg/x", ""])
def test_it_is_never_drawn_among_other_things(stranger: str, tmp_path: Path) -> None:
    root = tmp_path / "folder"
    if stranger:
        (root / stranger).parent.mkdir(parents=True)
        (root / stranger).write_bytes(b"precious")
    else:
        root.write_bytes(b"precious")
    with pytest.raises(ProjectError, match="can't be drawn"):
        list(draw_sample(root))
    files = [path for path in (root.rglob("*") if root.is_dir() else [root]) if path.is_file()]
    assert [path.read_bytes() for path in files] == [b"precious"]


def test_in_a_folder_that_may_not_be_entered_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", refuse)  # root may enter everything
    with pytest.raises(StorageError, match="not allowed"):
        list(draw_sample(tmp_path / "sample"))
