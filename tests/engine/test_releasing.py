"""From a run to a release: the gate, the package, what is written down; and a run against a release."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.engine import asking, jobs
from desktop_app.engine.gate import judge_run
from desktop_app.engine.process import run_in_process
from desktop_app.engine.releasing import Wanted, release
from desktop_app.errors import DataError, ProjectError, StorageError
from desktop_app.evaluation.rules import Rule
from desktop_app.evaluation.unsure import NEVER
from desktop_app.events import Compared, Event, Exported, GateJudged, Progress, Released, Step
from desktop_app.inference.package import Package
from desktop_app.project.class_edits import mark_sides
from desktop_app.project.marks import Mark, MarkChange
from desktop_app.project.moves import Moves
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.packages import trained_project, trained_run

FIRST = Wanted("Line 3, spring", "Ada", "The first one.")
SECOND = Wanted("Line 3, summer", "Grace", "More pictures.")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two runs, of which the second calls dogs foxes and foxes dogs; and a release of the first."""
    project, run = trained_project(tmp_path_factory.mktemp("made") / "animals", each=20)
    with project:
        list(release(project, run, FIRST))
        trained_run(project, phase="fine_tune", mistaken=(1, 2))
    return project.root


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Iterator[Project]:
    with Project.open(shutil.copytree(template, tmp_path / "animals")) as opened:
        yield opened


@pytest.fixture
def worse(project: Project) -> Run:
    return project.runs.get("2")


def last(events: Iterator[Event]) -> Event:
    *_, ending = events
    return ending


def judged(project: Project, run: Run) -> GateJudged:
    result = last(judge_run(project, run))
    assert isinstance(result, GateJudged)
    return result


def mark(project: Project, *files: str) -> dict[str, str]:
    contents = {file: str(content) for file, content in project.index.content_hashes(files)}
    Moves(project.root, project.state, project).mark(Mark.GOLDEN, contents, on=True)
    return contents


def test_a_release_says_where_it_comes_from(project: Project) -> None:
    found = project.releases.get("Line 3, spring")
    document = found.document
    assert (found.by, found.why, found.run, found.accepted) == ("Ada", "The first one.", "run-0001", 0)
    assert (document["recipe"], document["backbone"]) == ({"name": "quick"}, "tiny")
    run = project.runs.get("1")
    assert document["data"] == {"sha256": run.document["fingerprint"], "train": 36, "validation": 12, "test": 12}
    assert found.figures is not None and (found.figures.n, found.figures.basis) == (12, "test")
    test = document["figures"]["test"]
    for measure in ("balanced_accuracy", "macro_f1"):
        low, high = test[f"{measure}_interval"]
        assert 0 < low <= test[measure] and low < high <= 1
    assert [row["name"] for row in test["classes"]] == ["cat", "dog", "fox"]
    assert document["versions"].keys() >= {"discern", "python", "system", "numpy", "onnxruntime"}
    package = Package.open(found.package)
    assert package.manifest.run == "run-0001"
    assert "Released as “Line 3, spring” by Ada: The first one." in package.card
    assert found.test_csv.read_bytes() == (run.folder / "predictions-test.csv").read_bytes()


def test_the_promise_is_released_too(project: Project) -> None:
    run = project.runs.get("1")
    rule = Rule(0.05, 1.3, 0.9)
    rule.save(run)
    list(release(project, run, SECOND))
    found = project.releases.get(SECOND.name)
    assert found.document["unsure"]["promise"] == 0.05
    assert Package.open(found.package).manifest.unsure == rule


def test_the_first_release_needs_no_gate(template: Path, tmp_path: Path) -> None:
    shutil.copytree(template, tmp_path / "animals")
    shutil.rmtree(tmp_path / "animals" / ".discern" / "releases")
    with Project.open(tmp_path / "animals") as project:
        assert judged(project, project.runs.get("2")) == GateJudged("run-0002", "", "", 0, 0, 0, [])


def test_without_a_golden_set_the_test_pictures_of_the_release_serve(project: Project, worse: Run) -> None:
    found = judged(project, worse)
    assert (found.against, found.source, found.n, found.missing) == ("Line 3, spring", "test", 12, 0)
    assert found.right_before == 12 and found.right_now == 4 and len(found.misses) == 8
    miss = found.misses[0]
    assert {miss.actual, miss.now} == {"dog", "fox"} and miss.before == miss.actual and miss.kind == "other"
    assert miss.file.startswith(miss.actual) and 0 < miss.how_sure <= 1
    assert found.learnt == 0
    assert judged(project, project.runs.get("1")).misses == []


def test_the_golden_set_is_found_wherever_it_lies(project: Project, worse: Run) -> None:
    mark(project, "cat/cat_001.png", "dog/dog_001.png", "dog/dog_002.png")
    moves = Moves(project.root, project.state, project)
    moves.rename_class("cat", "lion")
    moves.put(["dog/dog_002.png"], "fox")  # a fox by now: what the worse run says is right
    found = judged(project, worse)
    assert (found.source, found.n) == ("golden", 3)
    assert [miss.file for miss in found.misses] == ["dog/dog_001.png"]
    # Neither model knows lions.
    assert (found.repaired, found.still_wrong) == (1, 1)
    assert found.learnt == sum(project.splits.split_of(content) != "test" for content in project.marked(Mark.GOLDEN))


def test_golden_pictures_that_nobody_can_be_asked_about_are_counted(project: Project, worse: Run) -> None:
    mark(project, "cat/cat_001.png", "dog/dog_001.png", "dog/dog_002.png", "fox/fox_001.png")
    project.change_marks(MarkChange(Mark.GOLDEN, ("e" * 32,)))  # deleted long ago
    moves = Moves(project.root, project.state, project)
    moves.unlabel(["dog/dog_001.png"])
    shutil.copy(project.root / "dog/dog_002.png", project.root / "cat/same.png")  # in two classes
    found = judged(project, worse)
    assert (found.n, found.missing) == (2, 3)


def test_excluded_pictures_take_no_part(project: Project, worse: Run) -> None:
    contents = mark(project, "dog/dog_001.png", "fox/fox_001.png")
    project.change_marks(MarkChange(Mark.EXCLUDED, (contents["dog/dog_001.png"],)))
    found = judged(project, worse)
    assert (found.n, found.missing, [miss.file for miss in found.misses]) == (1, 0, ["fox/fox_001.png"])


def test_without_a_release_every_golden_picture_that_is_wrong_is_a_miss(project: Project, worse: Run) -> None:
    shutil.rmtree(project.releases.folder)
    mark(project, "cat/cat_001.png", "fox/fox_001.png")
    found = judged(project, worse)
    assert (found.against, found.source, found.n, found.right_before) == ("", "golden", 2, 0)
    assert [(miss.file, miss.before, miss.now) for miss in found.misses] == [("fox/fox_001.png", "", "dog")]


def test_an_escape_is_named_as_such_and_comes_first(project: Project, worse: Run) -> None:
    edit = mark_sides(["cat", "dog"], ["fox"])
    Moves(project.root, project.state, project).change_classes(edit.label, edit.apply)
    mark(project, "dog/dog_001.png", "fox/fox_001.png", "fox/fox_002.png")
    kinds = [(miss.actual, miss.kind) for miss in judged(project, worse).misses]
    assert kinds == [("fox", "escape"), ("fox", "escape"), ("dog", "false_alarm")]


def test_what_a_model_leaves_to_a_person_is_no_miss(project: Project, worse: Run) -> None:
    Rule(0.01, 1.0, NEVER).save(worse)
    found = judged(project, worse)
    assert found.misses == [] and (found.unsure, found.right_now) == (12, 0)


def test_new_misses_must_be_accepted_one_by_one(project: Project, worse: Run) -> None:
    mark(project, "dog/dog_001.png", "fox/fox_001.png")
    with pytest.raises(DataError, match=r"not released: 2 pictures.*“Line 3, spring” does not.*dog/dog_001.png"):
        list(release(project, worse, SECOND))
    with pytest.raises(DataError, match=r"not released: 1 pictures.*fox/fox_001.png"):
        list(release(project, worse, replace_accepted("dog/dog_001.png")))
    assert [one.name for one in project.releases.list()] == [FIRST.name]
    contents = mark(project, "fox/fox_001.png")
    made = last(release(project, worse, replace_accepted("dog/dog_001.png", *contents.values())))
    assert isinstance(made, Released) and made.accepted == 2
    found = project.releases.get(SECOND.name)
    assert found.by == "Grace" and found.accepted == 2
    assert {miss["file"] for miss in found.document["gate"]["misses"]} == {"dog/dog_001.png", "fox/fox_001.png"}
    assert (found.document["gate"]["against"], found.document["gate"]["accepted_by"]) == (FIRST.name, "Grace")


def replace_accepted(*accepted: str) -> Wanted:
    return SECOND._replace(accepted=accepted)


def test_a_release_that_was_changed_judges_nothing(project: Project, worse: Run) -> None:
    package = project.releases.get(FIRST.name).package
    package.chmod(0o644)
    with package.open("r+b") as file:
        file.seek(1000)
        file.write(b"\xff")
    with pytest.raises(ProjectError, match="changed after it was made"):
        judged(project, worse)


def test_answers_are_kept(project: Project, worse: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first = judged(project, worse)

    def read(*_: object) -> None:
        raise AssertionError("a picture was read again")

    kept = asking.release_model
    monkeypatch.setattr(asking, "from_pictures", read, raising=False)
    monkeypatch.setattr("desktop_app.engine.gate.release_model", lambda release: replace(kept(release), read=read))
    own = asking.run_model
    monkeypatch.setattr("desktop_app.engine.gate.run_model", lambda *args: replace(own(*args), read=read))
    assert judged(project, worse) == first


def test_unreadable_pictures_are_no_miss(project: Project, worse: Run) -> None:
    mark(project, "dog/dog_001.png", "fox/fox_001.png")
    content = (project.root / "dog/dog_001.png").read_bytes()
    (project.root / "dog/dog_001.png").write_bytes(content[:200])
    assert (judged(project, worse).n, judged(project, worse).missing) == (1, 1)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_refuses_leaves_no_release(project: Project, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, "refused")

    with monkeypatch.context() as patch:
        patch.setattr(storage.disk, "rename_new", refuse)
        with pytest.raises(StorageError):
            list(release(project, project.runs.get("1"), SECOND))
    assert [path.name for path in project.releases.folder.iterdir() if path.is_dir()] == [FIRST.name]
    list(release(project, project.runs.get("1"), SECOND))
    assert project.releases.in_use().name == SECOND.name  # type: ignore[union-attr]


def test_stopped_half_way_nothing_is_left(project: Project) -> None:
    events = release(project, project.runs.get("1"), SECOND)
    for event in events:
        if event == Progress(Step.EXPORT, 3, 4):
            break
    assert len(list(project.releases.folder.iterdir())) == 3  # the first one, the ledger, and what is being made
    events.close()
    assert {path.name for path in project.releases.folder.iterdir()} == {FIRST.name, "ledger.jsonl"}


def test_a_run_against_a_release(project: Project, worse: Run) -> None:
    job = jobs.CompareJob(str(project.root), FIRST.name, worse.id)
    project.close()
    found = last(run_in_process(job))
    assert isinstance(found, Compared)
    assert (found.n, found.right, found.other_right, found.became_right) == (12, 4, 12, [])
    assert len(found.became_wrong) == 8 and found.chance < 0.01 and found.other == FIRST.name
    again = last(run_in_process(replace(job, other="run-0001", against="run")))
    assert again == replace(found, other="run-0001")
    same = last(run_in_process(replace(job, run="run-0001")))
    assert isinstance(same, Compared) and same.chance == 1 and same.became_wrong == []


def test_jobs_do_it_all(project: Project, tmp_path: Path) -> None:
    project.close()
    root = str(project.root)
    assert isinstance(last(run_in_process(jobs.GateJob(root, "run-0001"))), GateJudged)
    made = last(run_in_process(jobs.ReleaseJob(root, "run-0001", "By a job", "Ada", "Because")))
    assert isinstance(made, Released)
    out = tmp_path / "elsewhere" / "model.discern"
    exported = last(run_in_process(jobs.ExportJob(root, str(out), release="by a job")))
    assert isinstance(exported, Exported) and storage.sha256(out) == made.sha256
    assert out.stat().st_mode & 0o200  # the copy is the person's own
    out.with_name("mine.txt").write_text("mine")
    with pytest.raises(DataError, match="no model package"):
        last(run_in_process(jobs.ExportJob(root, str(out.with_name("mine.txt")), release="by a job")))
