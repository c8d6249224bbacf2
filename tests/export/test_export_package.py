import errno
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto

from desktop_app import storage
from desktop_app.errors import DataError, PackageError, StorageError
from desktop_app.evaluation.costs import Costs
from desktop_app.evaluation.evaluate import evaluate, predictions_csv
from desktop_app.evaluation.familiar import learn_familiar
from desktop_app.evaluation.headline import Headline, keep_cross_validation
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.rules import Rule
from desktop_app.events import CrossValidated, Exported, Progress, Step, StepStarted
from desktop_app.export import golden
from desktop_app.export.package import export_package
from desktop_app.features.runtime import Network
from desktop_app.inference.folder import predict_folder
from desktop_app.inference.package import Package
from desktop_app.inference.predictor import Predictor
from desktop_app.project.catalog import Snapshot
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.drawing import draw_classes, draw_picture
from tests.packages import PREPROCESSING, manifest_of, members, packed, trained_project, trained_run, with_manifest


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[tuple[Project, Run]]:
    project, run = trained_project(tmp_path / "animals")
    with project:
        yield project, run


def test_a_package_proves_itself_and_predicts_like_the_run(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    out = tmp_path / "models" / "animals.discern"
    first, *between, last = export_package(project, run, out)
    assert first == StepStarted(Step.EXPORT)
    assert [event.done for event in between if isinstance(event, Progress)] == [0, 1, 2, 3, 4]
    assert last == Exported(str(out), out.stat().st_size, 20, 0.0)

    predictor = Predictor(Package.open(out))
    network = Network(run.model_onnx.read_bytes(), PREPROCESSING)
    for file in project.scan().files:
        assert np.array_equal(predictor.read(project.path(file)).probabilities, network.read(project.path(file))), file


def test_the_description_says_where_it_comes_from(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    *_, before = export_package(project, run, tmp_path / "unmeasured.discern")
    assert isinstance(before, Exported)
    assert Package.open(tmp_path / "unmeasured.discern").manifest.result is None
    *_, measured = evaluate(project, run)
    list(export_package(project, run, tmp_path / "a.discern"))
    package = Package.open(tmp_path / "a.discern")
    manifest = package.manifest
    assert (manifest.name, manifest.classes) == ("animals", ("cat", "dog", "fox"))
    assert (manifest.backbone, manifest.recipe, manifest.run) == ("tiny", "quick", "run-0001")
    assert manifest.preprocessing == PREPROCESSING
    assert manifest.result is not None
    assert (manifest.result.n, manifest.result.interval) == (measured.n, measured.interval)  # type: ignore[union-attr]
    assert "cat, dog, fox" in package.card
    assert f"Of {manifest.result.n} test pictures" in package.card


def test_of_few_test_pictures_the_cross_validation_is_told(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    list(evaluate(project, run))
    whole = CrossValidated(
        *(run.id, 5, 60, 54, (0.76, 0.97), 0.9, (0.75, 0.98), list(run.classes), [[20, 0, 0], [0, 17, 3], [3, 0, 17]]),
        *(60, "before_fine_tuning", 4),
    )
    keep_cross_validation(run, Snapshot.read_csv(run.snapshot_csv), whole)
    list(export_package(project, run, tmp_path / "a.discern"))
    package = Package.open(tmp_path / "a.discern")
    assert package.manifest.result == Headline(54, 60, (0.76, 0.97), 0.9, "before_fine_tuning")
    assert "Cross-validated, 54 of 60 pictures right" in package.card
    assert "the network before fine-tuning" in package.card


def test_the_promise_travels_along(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    rule = Rule(0.05, 1.3, 0.95, ("fox",))
    rule.save(run)
    list(export_package(project, run, tmp_path / "a.discern"))
    predictor = Predictor(Package.open(tmp_path / "a.discern"))
    assert predictor.package.manifest.unsure == rule
    files = project.scan().files
    answers = [predictor.read(project.path(file)) for file in files]
    labels, how_sure, unsure = rule.decide(np.stack([answer.probabilities for answer in answers]), run.classes)
    assert [answer.label for answer in answers] == [run.classes[label] for label in labels]
    assert [answer.probability for answer in answers] == pytest.approx(how_sure.tolist())
    assert [answer.unsure for answer in answers] == unsure.tolist()
    assert 0 < sum(unsure) < len(files)


def test_what_is_like_nothing_learnt_is_told_by_the_package(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    list(learn_familiar(project, run))
    list(evaluate(project, run))
    table = Predictions.read_csv(predictions_csv(run, "test"))
    assert table.unlike is not None
    furthest = float(np.sort(table.unlike)[-2])
    Rule(0.5, 1.0, 0.0, furthest=furthest).save(run)
    list(export_package(project, run, tmp_path / "a.discern"))
    predictor = Predictor(Package.open(tmp_path / "a.discern"))
    answers = [predictor.read(project.path(file)) for file in table.files]
    assert [answer.unlike for answer in answers] == (table.unlike > furthest).tolist()
    assert [answer.unsure for answer in answers] == [answer.unlike for answer in answers]
    (strange,) = [file for file, answer in zip(table.files, answers, strict=True) if answer.unlike]
    (tmp_path / "new").mkdir()
    shutil.copy(project.path(strange), tmp_path / "new")
    list(predict_folder(tmp_path / "a.discern", tmp_path / "new", tmp_path / "r.csv"))
    assert "like nothing that was learnt" in (tmp_path / "r.csv").read_text("utf-8-sig")


def test_a_distance_that_is_not_this_models_stays_at_home(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    Rule(0.5, 1.0, 0.7, furthest=3.0).save(run)
    list(export_package(project, run, tmp_path / "a.discern"))
    assert Package.open(tmp_path / "a.discern").manifest.unsure == Rule(0.5, 1.0, 0.7)


def test_a_package_of_the_second_format_measures_no_distance(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    Rule(0.05, 1.3, 0.95, ("fox",)).save(run)
    list(export_package(project, run, tmp_path / "a.discern"))
    contents = members(tmp_path / "a.discern")
    document = manifest_of(contents) | {"format": 2}
    for name in ("furthest", "split", "costs"):
        del document["unsure"][name]
    contents["manifest.json"] = json.dumps(document).encode()
    (tmp_path / "old.discern").write_bytes(packed(contents))
    assert Package.open(tmp_path / "old.discern").manifest.unsure == Rule(0.05, 1.3, 0.95, ("fox",))


def test_a_package_of_the_third_format_keeps_its_promise(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    Rule(0.05, 1.3, 0.95, ("fox",)).save(run)
    list(export_package(project, run, tmp_path / "a.discern"))
    contents = members(tmp_path / "a.discern")
    document = manifest_of(contents) | {"format": 3}
    del document["unsure"]["split"], document["unsure"]["costs"]
    contents["manifest.json"] = json.dumps(document).encode()
    (tmp_path / "old.discern").write_bytes(packed(contents))
    assert Package.open(tmp_path / "old.discern").manifest.unsure == Rule(0.05, 1.3, 0.95, ("fox",))


def test_what_mistakes_cost_travels_along(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    rule = Rule(None, 1.2, 0.9, ("fox",), None, 0.2, Costs(50.0, 5.0, 1.0, 0.02))
    rule.save(run)
    list(export_package(project, run, tmp_path / "a.discern"))
    assert Package.open(tmp_path / "a.discern").manifest.unsure == rule


@pytest.mark.parametrize("furthest", [None, 2.0])
def test_a_graph_and_a_description_that_disagree_are_refused(
    trained: tuple[Project, Run], tmp_path: Path, furthest: float | None
) -> None:
    """A distance that the description does not speak of, and one that the graph does not measure."""
    project, run = trained
    list(learn_familiar(project, run))
    Rule(0.5, 1.0, 0.7, furthest=None if furthest else 2.0).save(run)
    list(export_package(project, run, tmp_path / "a.discern"))
    contents = members(tmp_path / "a.discern")
    rule = manifest_of(contents)["unsure"] | {"furthest": furthest}
    (tmp_path / "b.discern").write_bytes(packed(with_manifest(contents, unsure=rule)))
    with pytest.raises(PackageError, match="does not give one probability"):
        Package.open(tmp_path / "b.discern")


def test_a_package_of_the_first_format_never_declines(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    list(export_package(project, run, tmp_path / "a.discern"))
    contents = members(tmp_path / "a.discern")
    document = manifest_of(contents) | {"format": 1}
    del document["unsure"]
    contents["manifest.json"] = json.dumps(document).encode()
    (tmp_path / "old.discern").write_bytes(packed(contents))
    assert Package.open(tmp_path / "old.discern").manifest.unsure is None


def test_it_holds_nothing_private(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    list(export_package(project, run, tmp_path / "a.discern"))
    data = (tmp_path / "a.discern").read_bytes()
    for private in (str(tmp_path), "cat_001", str(Path.home()), "Exif"):
        assert private.encode() not in data, private


def test_the_same_run_makes_the_same_file(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    for name in ("a", "b"):
        list(export_package(project, run, tmp_path / name))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_any_zip_program_can_open_it(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    list(export_package(project, run, tmp_path / "a.discern"))
    with zipfile.ZipFile(tmp_path / "a.discern") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "manifest.json",
            "card.md",
            "model.onnx",
            "model.safetensors",
            "golden.safetensors",
        ]
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_a_package_is_replaced_but_nothing_else(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    out = tmp_path / "a.discern"
    list(export_package(project, run, out))
    whole = out.read_bytes()
    out.write_bytes(whole[:3000])  # a torn one is a package, too
    list(export_package(project, run, out))
    assert out.read_bytes() == whole

    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    thesis = draw_picture(tmp_path / "thesis.png")
    (tmp_path / "link").symlink_to(thesis)
    for other in ("thesis.png", "folder", "link", "empty"):
        before = thesis.read_bytes()
        with pytest.raises(DataError) as caught:
            list(export_package(project, run, tmp_path / other))
        assert "no model package" in caught.value.what
        assert "another name" in caught.value.hint
        assert thesis.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.discern",
        "animals",
        "empty",
        "folder",
        "link",
        "thesis.png",
    ]


class Failing(storage.Disk):
    """Refuses the call that `step` counts down to."""

    def __init__(self, step: int, code: int) -> None:
        self.step, self.code = step, code

    def _count(self) -> None:
        self.step -= 1
        if self.step == 0:
            raise OSError(self.code, os.strerror(self.code))

    def open(self, path: Path, flags: int) -> int:
        self._count()
        return super().open(path, flags)

    def write(self, fd: int, data: memoryview | bytes) -> int:
        self._count()
        return super().write(fd, bytes(data[: max(1, len(data) // 2)]) if len(data) > 100_000 else data)

    def fsync(self, fd: int) -> None:
        self._count()
        super().fsync(fd)

    def replace(self, source: Path, target: Path) -> None:
        self._count()
        super().replace(source, target)

    def rename_new(self, source: Path, target: Path) -> None:
        self._count()
        super().rename_new(source, target)


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_whatever_the_disk_refuses_the_old_package_stays(
    trained: tuple[Project, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, there: bool
) -> None:
    project, run = trained
    folder = tmp_path / "models"
    out = folder / "a.discern"
    folder.mkdir()
    if there:
        list(export_package(project, run, out))
    before = out.read_bytes() if there else None
    run.document["created"] = "2020-01-01T00:00:00+00:00"  # so that the new package differs
    failures = 0
    for step in range(1, 100):
        with monkeypatch.context() as patch:
            patch.setattr(storage, "disk", Failing(step, code))
            try:
                list(export_package(project, run, out))
            except StorageError as error:
                failures += 1
                assert "a.discern" in error.what
                assert error.hint
            else:
                break
        assert not [path for path in folder.iterdir() if path != out], "something was left behind"
        if out.exists() and out.read_bytes() != before:
            # Only the last call, making the new name durable, may fail after the new package is in place.
            Package.open(out)
            assert step >= failures
            before = out.read_bytes()
    assert failures > 10
    assert Package.open(out).manifest.created == "2020-01-01T00:00:00+00:00"


def test_a_run_without_a_model_says_so(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    run.document["status"] = "failed"
    with pytest.raises(DataError, match="before it had a model"):
        list(export_package(project, run, tmp_path / "a.discern"))


@pytest.mark.parametrize(
    ("name", "damage"), [("model.onnx", b"\x80\x04torn"), ("model.safetensors", b"torn"), ("model.safetensors", None)]
)
def test_a_damaged_run_makes_no_package(
    trained: tuple[Project, Run], tmp_path: Path, name: str, damage: bytes | None
) -> None:
    project, run = trained
    if damage is None:
        (run.folder / name).unlink()
    else:
        (run.folder / name).write_bytes(damage)
    with pytest.raises((DataError, PackageError)) as caught:
        list(export_package(project, run, tmp_path / "a.discern"))
    assert caught.value.hint
    assert not (tmp_path / "a.discern").exists()


def test_cancelling_leaves_nothing(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    for stop_after in range(1, 6):
        events = export_package(project, run, tmp_path / "a.discern")
        for _ in range(stop_after):
            next(events)
        events.close()
        assert [path.name for path in tmp_path.iterdir()] == ["animals"]


# ---- golden pictures


def chosen(project: Project, run: Run) -> golden.Golden:
    network = Network(run.model_onnx.read_bytes(), PREPROCESSING)
    return golden.choose(project, Snapshot.read_csv(run.snapshot_csv), network)


def test_golden_pictures_meet_every_class(trained: tuple[Project, Run]) -> None:
    project, run = trained
    pictures = chosen(project, run)
    assert len(pictures.pictures) == len(pictures.probabilities) == 20
    assert set(pictures.probabilities[:16].argmax(axis=1)) == {0, 1, 2}
    shapes = [picture.shape[:2] for picture in pictures.pictures]
    assert min(height / width for height, width in shapes) < 0.1
    assert max(height / width for height, width in shapes) > 10


def test_missing_pictures_are_replaced_by_drawn_ones(trained: tuple[Project, Run]) -> None:
    project, run = trained
    for file in project.scan().files[3:]:
        project.path(file).unlink()
    assert 16 <= len(chosen(project, run).pictures) <= 20


def test_a_link_in_the_project_does_not_fetch_private_pictures(trained: tuple[Project, Run], tmp_path: Path) -> None:
    project, run = trained
    private = tmp_path / "private"
    (project.root / "cat").rename(private)
    (project.root / "cat").symlink_to(private)
    files = [file for file in Snapshot.read_csv(run.snapshot_csv).files if file.startswith("cat/")]
    cats = [golden.reduced(load_rgb(project.path(file), target=32), 32) for file in files]
    assert cats
    taken = {picture.tobytes() for picture in chosen(project, run).pictures}
    assert not taken & {picture.tobytes() for picture in cats}


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 60_000), (60_000, 1), (448, 448), (3000, 4000), (10_000, 300)]
)
def test_golden_pictures_are_small_whatever_they_were(height: int, width: int) -> None:
    picture = golden.reduced(np.zeros((height, width, 3), np.uint8), 224)
    assert 1 <= min(picture.shape[:2]) <= max(picture.shape[:2]) <= 896
    assert picture.flags.c_contiguous
    if min(height, width) >= 448:
        assert min(picture.shape[:2]) >= 448


def test_a_model_that_can_not_decide_still_makes_a_package(tmp_path: Path) -> None:
    project, run = trained_project(tmp_path / "animals")
    with project:
        model = ModelProto.FromString(run.model_onnx.read_bytes())
        for constant in model.graph.initializer:
            if constant.name.startswith("head/"):
                constant.raw_data = bytes(len(constant.raw_data))
        run.model_onnx.write_bytes(model.SerializeToString())
        list(export_package(project, run, tmp_path / "a.discern"))
        assert Package.open(tmp_path / "a.discern").self_test.pictures >= 16


def test_composed_and_decomposed_names_make_one_package(tmp_path: Path) -> None:
    project = Project.open(draw_classes(tmp_path / "farben", ["gru\u0308n", "weiß"], each=5))
    with project:
        run = trained_run(project)
        list(export_package(project, run, tmp_path / "a.discern"))
    assert manifest_of(members(tmp_path / "a.discern"))["classes"] == ["grün", "weiß"]
