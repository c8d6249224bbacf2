import csv
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from desktop_app import events, storage
from desktop_app.errors import DataError, PackageError, ProjectError, StorageError
from desktop_app.evaluation import evaluate as evaluation
from desktop_app.evaluation.evaluate import evaluate, predictions_csv, stored_result
from desktop_app.evaluation.predictions import Predictions
from desktop_app.events import Evaluated, Notice, PictureSkipped, StepStarted
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Access, Project
from desktop_app.project.runs import Run
from tests.drawing import draw_classes
from tests.packages import KEY, trained_project, trained_run


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[tuple[Project, Run]]:
    project, run = trained_project(tmp_path / "animals")
    with project:
        yield project, run


def test_a_run_is_measured_and_every_prediction_kept(trained: tuple[Project, Run]) -> None:
    project, run = trained
    *before, result = evaluate(project, run)
    assert isinstance(result, Evaluated)
    assert before == [StepStarted(events.Step.MEASURE)]
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    assert result.n == len(snapshot.rows("test")) == 6
    assert result.accuracy == result.right / result.n > 0.5  # the drawn classes are easy
    assert result.classes == ["cat", "dog", "fox"]
    assert sum(map(sum, result.confusion)) == result.n
    assert [row.actual for row in result.per_class] == [2, 2, 2]
    assert result.interval[0] < result.accuracy <= result.interval[1]

    table = Predictions.read_csv(run.folder / "predictions.csv")
    assert sorted(table.files) == sorted(snapshot.files[row] for row in snapshot.rows("test"))
    assert table.confusion().tolist() == result.confusion
    assert (run.folder / "predictions-test.csv").read_bytes() == (run.folder / "predictions.csv").read_bytes()
    document = json.loads((run.folder / "evaluation-test.json").read_text())
    assert document["result"]["accuracy"] == result.accuracy


@pytest.mark.parametrize("split", ["train", "validation"])
def test_other_splits_have_tables_of_their_own(trained: tuple[Project, Run], split: events.Split) -> None:
    project, run = trained
    *_, result = evaluate(project, run, split)
    assert isinstance(result, Evaluated)
    assert result.split == split
    assert len(Predictions.read_csv(predictions_csv(run, split))) == result.n
    assert not (run.folder / "predictions.csv").exists()


def test_cached_embeddings_and_the_exported_graph_agree(trained: tuple[Project, Run]) -> None:
    project, run = trained
    *_, quick = evaluate(project, run)
    from_cache = Predictions.read_csv(run.folder / "predictions.csv")
    (run.folder / "evaluation-test.json").unlink()
    run.document["phase"] = "fine_tune"  # whose embeddings are not those of the frozen backbone
    *_, slow = evaluate(project, run)
    from_graph = Predictions.read_csv(run.folder / "predictions.csv")
    assert from_cache.files == from_graph.files
    assert not np.array_equal(from_cache.probabilities, from_graph.probabilities), "the same path was taken twice"
    assert np.abs(from_cache.probabilities - from_graph.probabilities).max() < 1e-5
    assert quick == slow


def test_pictures_without_cached_embedding_go_through_the_graph(tmp_path: Path) -> None:
    project, run = trained_project(tmp_path / "animals", cached=False)
    with project:
        *_, result = evaluate(project, run)
        assert isinstance(result, Evaluated)
        complete = Predictions.read_csv(run.folder / "predictions.csv")
        # Half of them cached, as after an interrupted pass.
        snapshot = Snapshot.read_csv(run.snapshot_csv)
        (run.folder / "evaluation-test.json").unlink()
        other = trained_run(project)
        half = snapshot.rows("test")[::2]
        known = project.index.embeddings(KEY, [snapshot.hashes[row] for row in half])
        assert len(known) == len(half)
        *_, mixed = evaluate(project, run)
        assert mixed == result
        assert np.allclose(Predictions.read_csv(run.folder / "predictions.csv").probabilities, complete.probabilities)
        assert other.id != run.id


def test_a_damaged_cache_is_not_believed(trained: tuple[Project, Run]) -> None:
    project, run = trained
    *_, before = evaluate(project, run)
    (run.folder / "evaluation-test.json").unlink()
    hashes = Snapshot.read_csv(run.snapshot_csv).hashes
    odd = [np.full(12, np.nan, np.float32), np.zeros(7, np.float32)]
    project.index.store_embeddings(KEY, {content: odd[i % 2] for i, content in enumerate(hashes)})
    *_, after = evaluate(project, run)
    assert after == before


def test_a_result_is_used_again_until_something_changes(
    trained: tuple[Project, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, run = trained
    *_, first = evaluate(project, run)
    assert stored_result(run) == first

    def forbidden(*_: object) -> None:
        raise AssertionError("predicted again")

    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "_predict", forbidden)
        *_, again = evaluate(project, run)
        assert again == first
        for change in (run.folder / "evaluation-test.json", run.folder / "predictions-test.csv"):
            kept = change.read_bytes()
            for damage in (b"", b"{}", kept[:-20], kept.replace(b"yes", b"no"), b"\xff\x00"):
                if damage != kept:
                    change.write_bytes(damage)
                    if change.suffix == ".json" and b'"format"' in damage:
                        continue  # a changed metric is not believed, the table is
                    with pytest.raises(AssertionError, match="predicted again"):
                        list(evaluate(project, run))
            change.write_bytes(kept)
        assert list(evaluate(project, run))[-1] == first
        run.model_onnx.write_bytes(run.model_onnx.read_bytes() + b"\0")
        assert stored_result(run) is None
        with pytest.raises(AssertionError, match="predicted again"):
            list(evaluate(project, run))


def test_metrics_in_the_file_are_not_trusted(trained: tuple[Project, Run]) -> None:
    project, run = trained
    *_, honest = evaluate(project, run)
    path = run.folder / "evaluation-test.json"
    document = json.loads(path.read_text())
    document["result"] = {"accuracy": 1.0, "n": "many"}
    path.write_text(json.dumps(document))
    assert list(evaluate(project, run))[-1] == honest


def test_vanished_and_torn_pictures_are_skipped_and_counted(tmp_path: Path) -> None:
    project, run = trained_project(tmp_path / "animals", cached=False)
    with project:
        snapshot = Snapshot.read_csv(run.snapshot_csv)
        gone, torn, *_ = (snapshot.files[row] for row in snapshot.rows("test"))
        kept = {file: project.path(file).read_bytes() for file in (gone, torn)}
        project.path(gone).unlink()
        project.path(torn).write_bytes(kept[torn][:100])
        *seen, result = evaluate(project, run)
        skipped = {event.file: event.reason for event in seen if isinstance(event, PictureSkipped)}
        assert skipped.keys() == {gone, torn}
        assert all(skipped.values())
        (notice,) = (event for event in seen if isinstance(event, Notice))
        assert "2 of 6" in notice.what
        assert isinstance(result, Evaluated)
        assert result.n == 4
        # They are back: the incomplete result is not used again.
        for file, data in kept.items():
            project.path(file).write_bytes(data)
        *_, complete = evaluate(project, run)
        assert isinstance(complete, Evaluated)
        assert complete.n == 6


def test_cached_pictures_count_even_when_moved(trained: tuple[Project, Run]) -> None:
    project, run = trained
    shutil.rmtree(project.root / "cat")
    *_, result = evaluate(project, run)
    assert isinstance(result, Evaluated)
    assert result.n == 6


def test_pictures_that_changed_class_are_found_where_they_lie_now(tmp_path: Path) -> None:
    """They count as what they were when the run was trained."""
    project, run = trained_project(tmp_path / "animals", cached=False)
    with project:
        *_, before = evaluate(project, run)
        for path in (run.folder / "evaluation-test.json", run.folder / "predictions-test.csv"):
            path.unlink()
        for path in (project.root / "cat").iterdir():
            path.rename(project.root / "dog" / f"was {path.name}")
        *_, after = evaluate(project, run)
    assert after == before


def test_no_picture_left_is_an_error(tmp_path: Path) -> None:
    project, run = trained_project(tmp_path / "animals", cached=False)
    with project:
        for name in ("cat", "dog", "fox"):
            shutil.rmtree(project.root / name)
        with pytest.raises(DataError, match="None of the 6 pictures"):
            list(evaluate(project, run))
        assert not (run.folder / "evaluation-test.json").exists()


def test_without_test_pictures_it_says_what_to_do(tmp_path: Path) -> None:
    project = Project.open(draw_classes(tmp_path / "few", each=1))
    with project:
        run = trained_run(project)
        with pytest.raises(DataError) as caught:
            list(evaluate(project, run))
        assert "no test pictures" in caught.value.what
        assert "train again" in caught.value.hint


def test_a_run_without_a_model_says_so(trained: tuple[Project, Run]) -> None:
    project, run = trained
    run.document["status"] = "failed"
    with pytest.raises(DataError, match="before it had a model"):
        list(evaluate(project, run))


def test_classes_go_by_name_and_an_unlearned_one_is_never_right(trained: tuple[Project, Run]) -> None:
    project, run = trained
    snapshot = Snapshot.read_csv(run.snapshot_csv)
    # The same pictures under classes in another order, one of which the run never learned.
    renamed = Snapshot(
        ("wolf", "dog", "cat"),
        snapshot.files,
        snapshot.hashes,
        np.array([2, 1, 0], np.int32)[snapshot.labels],
        snapshot.groups,
        snapshot.splits,
    )
    *_, before = evaluate(project, run)
    renamed.write_csv(run.snapshot_csv)
    *_, after = evaluate(project, run)
    assert isinstance(before, Evaluated)
    assert isinstance(after, Evaluated)
    assert after.classes == ["cat", "dog", "fox", "wolf"]
    assert after.confusion[0][:3] == before.confusion[0]
    assert after.confusion[1][:3] == before.confusion[1]
    assert after.confusion[2] == [0, 0, 0, 0]  # no fox any more
    assert sum(after.confusion[3]) == 2
    assert after.per_class[3].recall == 0


def test_a_snapshot_that_leads_outside_reads_nothing(tmp_path: Path) -> None:
    project, run = trained_project(tmp_path / "animals", cached=False)
    with project:
        run.snapshot_csv.write_text(run.snapshot_csv.read_text().replace("cat/", "../secret/"))
        shutil.copytree(project.root / "cat", tmp_path / "secret")
        with pytest.raises(ProjectError, match="not in this project"):
            list(evaluate(project, run))


def test_a_hostile_model_in_a_run_is_refused(tmp_path: Path) -> None:
    project, run = trained_project(tmp_path / "animals", cached=False)
    with project:
        run.model_onnx.write_bytes(run.model_onnx.read_bytes().replace(b"Relu", b"Loop"))
        with pytest.raises(PackageError, match="Loop"):
            list(evaluate(project, run))


def test_the_table_opens_in_a_spreadsheet(trained: tuple[Project, Run]) -> None:
    project, run = trained
    list(evaluate(project, run))
    with (run.folder / "predictions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    for row in rows:
        assert (row["actual"] == row["predicted"]) == (row["correct"] == "yes")
        assert float(row["how sure"]) == pytest.approx(float(row[f"probability: {row['predicted']}"]), abs=1e-4)


def test_nothing_heavy_is_imported_when_embeddings_are_cached(trained: tuple[Project, Run]) -> None:
    project, _ = trained
    code = (
        "import sys; from pathlib import Path\n"
        "from desktop_app.project.project import Project, Access\n"
        "from desktop_app.evaluation.evaluate import evaluate\n"
        "with Project.open(Path(sys.argv[1]), Access.DELEGATED) as project:\n"
        "    *_, result = evaluate(project, project.runs.latest())\n"
        "print(result.n, *{'torch', 'onnx', 'onnxruntime', 'sklearn', 'PySide6'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(project.root)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["6"], done.stderr


def test_a_delegate_measures_for_the_owner(trained: tuple[Project, Run]) -> None:
    project, run = trained
    with Project.open(project.root, Access.DELEGATED) as delegate:
        *_, result = evaluate(delegate, delegate.runs.latest())
    assert stored_result(run) == result


class RefusingDisk(storage.Disk):
    """Refuses to publish the file that it counts down to."""

    def __init__(self, step: int, code: int) -> None:
        self.step, self.code = step, code

    def replace(self, source: Path, target: Path) -> None:
        self.step -= 1
        if self.step == 0:
            raise OSError(self.code, os.strerror(self.code))
        super().replace(source, target)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_full_disk_never_leaves_a_result_that_does_not_fit_its_table(
    trained: tuple[Project, Run], monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    project, run = trained
    *_, first = evaluate(project, run)
    kept = (run.folder / "predictions.csv").read_bytes()
    head = safetensors.numpy.load_file(run.model_weights)
    head["head.bias"] = head["head.bias"][::-1].copy()  # another model, with other answers
    safetensors.numpy.save_file(head, run.model_weights)
    run.model_onnx.write_bytes(run.model_onnx.read_bytes() + b"\0")
    with monkeypatch.context() as patch:
        patch.setattr(storage, "disk", RefusingDisk(step, errno.ENOSPC))
        with pytest.raises(StorageError) as caught:
            list(evaluate(project, run))
    assert "full" in caught.value.why
    assert not list(run.folder.glob(".discern-*"))
    assert stored_result(run) is None
    *_, second = evaluate(project, run)
    assert stored_result(run) == second
    assert (run.folder / "predictions.csv").read_bytes() != kept
    assert first is not second


def test_without_a_model_there_is_no_stored_result(trained: tuple[Project, Run]) -> None:
    project, run = trained
    assert stored_result(run) is None
    list(evaluate(project, run))
    run.model_onnx.unlink()
    assert stored_result(run) is None
