from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop_app import stopwatch
from desktop_app.errors import DataError, ImageError
from desktop_app.events import PictureSkipped, Progress, Step
from desktop_app.features.embeddings import embed
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Project
from tests.drawing import draw_classes, draw_picture
from tests.running import finish, skipped

KEY = "colours-1"


class Colours:
    """Stands in for a network: a picture's embedding is its mean colour."""

    def __init__(self) -> None:
        self.read_files: list[Path] = []
        self.preprocessing = Preprocessing(32, (0.5,) * 3, (0.5,) * 3)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        return image.mean(axis=(0, 1)).astype(np.float32)

    def map(self, images, items):
        for item in items:
            self.read_files.append(item)
            found = images(item)
            yield found if isinstance(found, ImageError) else [self(image) for image in found]


@pytest.fixture
def project(tmp_path) -> Iterator[Project]:
    with Project.open(draw_classes(tmp_path / "animals", each=8)) as project:
        yield project


def snapshot_of(project):
    return finish(project.snapshot(project.scan()))[1]


def never():
    raise AssertionError("everything is in the index")


def test_computes_once_and_remembers(project):
    network = Colours()
    snapshot = snapshot_of(project)
    events, (same, embeddings) = finish(embed(project, snapshot, lambda: network, KEY))
    assert len(network.read_files) == 24
    assert embeddings.shape == (24, 3)
    assert embeddings.dtype == np.float32
    for row in (0, 10, 23):
        np.testing.assert_array_equal(embeddings[row], network(load_rgb(project.path(snapshot.files[row]))))
    assert events[-1] == Progress(Step.READ, 24, 24, 0.0)
    assert same.fingerprint == snapshot.fingerprint
    _, (_, again) = finish(embed(project, snapshot, never, KEY))
    np.testing.assert_array_equal(again, embeddings)


def test_another_key_computes_anew(project):
    snapshot = snapshot_of(project)
    finish(embed(project, snapshot, Colours, KEY))
    with pytest.raises(AssertionError):
        finish(embed(project, snapshot, never, "colours-2"))


def test_identical_contents_are_read_once(project):
    (project.root / "cat" / "copy.png").write_bytes((project.root / "cat" / "cat_001.png").read_bytes())
    network = Colours()
    snapshot = snapshot_of(project)
    _, (_, embeddings) = finish(embed(project, snapshot, lambda: network, KEY))
    assert len(network.read_files) == 24
    copy, original = (snapshot.files.index(f"cat/{name}.png") for name in ("copy", "cat_001"))
    np.testing.assert_array_equal(embeddings[copy], embeddings[original])
    assert embeddings[copy].any()


def test_a_picture_that_cannot_be_read_takes_no_part(project):
    (project.root / "dog" / "dog_002.png").write_bytes(b"no picture")
    snapshot = snapshot_of(project)
    events, (kept, embeddings) = finish(embed(project, snapshot, Colours, KEY))
    assert set(skipped(events)) == {"dog/dog_002.png"}
    row = snapshot.files.index("dog/dog_002.png")
    assert kept.splits[row] == -1
    assert not embeddings[row].any()
    assert np.delete(kept.splits == snapshot.splits, row).all()
    assert snapshot.splits[row] != -1, "the snapshot that was given has changed"


def test_stops_when_pictures_vanish(project):
    snapshot = snapshot_of(project)
    for file in snapshot.files[:10]:
        project.path(file).unlink()
    with pytest.raises(DataError, match="vanishing"):
        finish(embed(project, snapshot, Colours, KEY))


def test_pictures_that_changed_class_meanwhile_are_found(project):
    snapshot = snapshot_of(project)
    for file in snapshot.files[:8]:  # a third of all
        project.path(file).rename(project.root / "dog" / f"was {project.path(file).name}")
    events, (kept, embeddings) = finish(embed(project, snapshot, Colours, KEY))
    assert not skipped(events) and events[-1] == Progress(Step.READ, 24, 24, 0.0)
    assert np.array_equal(kept.splits, snapshot.splits) and embeddings.any(axis=1).all()


def test_without_its_folder_the_first_pictures_tell(project):
    snapshot, network = snapshot_of(project), Colours()
    project.root.rename(project.root.with_name("elsewhere"))
    with pytest.raises(DataError, match="vanishing"):
        finish(embed(project, snapshot, lambda: network, KEY))
    assert len(network.read_files) == 2
    project.root.with_name("elsewhere").rename(project.root)


def test_one_vanished_picture_of_many_is_skipped(tmp_path):
    with Project.open(draw_classes(tmp_path, each=20)) as project:
        snapshot = snapshot_of(project)
        project.path(snapshot.files[5]).unlink()
        events, _ = finish(embed(project, snapshot, Colours, KEY))
    assert set(skipped(events)) == {snapshot.files[5]}


def test_closing_keeps_what_was_computed(project, monkeypatch):
    monkeypatch.setattr(stopwatch, "REPORT_SECONDS", 0)
    snapshot = snapshot_of(project)
    job = embed(project, snapshot, Colours, KEY)
    done = 0
    for event in job:
        if isinstance(event, Progress):
            done = event.done
        if done >= 10:
            break
    job.close()
    known = project.index.embeddings(KEY, snapshot.hashes)
    assert 10 <= len(known) < 24


def test_no_readable_picture_at_all(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(3):
            (tmp_path / name / f"{number}.jpg").write_text(f"{name} {number}")
    with Project.open(tmp_path) as project, pytest.raises(DataError, match="None of the pictures"):
        finish(embed(project, snapshot_of(project), Colours, KEY))


def test_new_pictures_are_added_to_the_old(project):
    finish(embed(project, snapshot_of(project), Colours, KEY))
    draw_picture(project.root / "cat" / "new.png", 0, 999)
    network = Colours()
    events, _ = finish(embed(project, snapshot_of(project), lambda: network, KEY))
    assert [path.name for path in network.read_files] == ["new.png"]
    assert not [event for event in events if isinstance(event, PictureSkipped)]
