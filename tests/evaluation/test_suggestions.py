"""What a run says about every picture of its project, and that it is kept as it comes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app import stopwatch
from desktop_app.errors import DataError
from desktop_app.evaluation import predicting, suggestions
from desktop_app.evaluation.evaluate import evaluate
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.suggestions import suggest
from desktop_app.events import PictureSkipped, Progress, Step, StepStarted, Suggested
from desktop_app.project.project import Project
from desktop_app.project.runs import Run
from tests.drawing import draw_picture
from tests.packages import trained_project


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[tuple[Project, Run]]:
    project, run = trained_project(tmp_path / "animals")
    for number in range(4):
        draw_picture(project.root / "_unlabelled" / f"new {number}.png", number % 3, 100 + number)
    with project:
        yield project, run


def by_file(project: Project, run: Run) -> dict[str, tuple[str, float]]:
    """What the index holds, by file."""
    answers = project.index.predictions(run.key)
    hashes = dict(project.index.content_hashes(project.scan().files))
    return {
        file: (run.classes[answers[content][0]], answers[content][1])
        for file, content in hashes.items()
        if content in answers
    }


def test_every_picture_gets_an_answer_unlabelled_ones_first(trained: tuple[Project, Run]) -> None:
    project, run = trained
    seen = list(suggest(project, run))
    assert [event.step for event in seen if isinstance(event, StepStarted)] == [Step.SCAN, Step.SUGGEST, Step.COMPARE]
    assert seen[-1] == Suggested(run.id, 4, 30, 0)
    assert by_file(project, run).keys() == set(project.scan().files)


def test_measuring_and_suggesting_say_the_same(trained: tuple[Project, Run]) -> None:
    project, run = trained
    list(evaluate(project, run))
    list(suggest(project, run))
    answers = by_file(project, run)
    table = Predictions.read_csv(run.folder / "predictions.csv")
    assert len(table) == 6
    for file, probabilities in zip(table.files, table.probabilities, strict=True):
        name, probability = answers[file]
        assert name == table.classes[probabilities.argmax()]
        assert probability == pytest.approx(probabilities.max(), abs=1e-4)


def test_an_unreadable_picture_is_skipped(trained: tuple[Project, Run]) -> None:
    project, run = trained
    (project.root / "_unlabelled" / "new 0.png").write_bytes(b"")
    torn = project.root / "_unlabelled" / "new 1.png"
    torn.write_bytes(torn.read_bytes()[:60])
    *seen, last = suggest(project, run)
    assert last == Suggested(run.id, 2, 30, 2)
    skipped = {event.file: event.reason for event in seen if isinstance(event, PictureSkipped)}
    assert skipped.keys() == {"_unlabelled/new 0.png", "_unlabelled/new 1.png"}
    assert all(skipped.values())


def test_what_was_answered_is_not_computed_again(trained: tuple[Project, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    project, run = trained
    list(suggest(project, run))
    before = project.index.predictions(run.key)

    def forbidden(*_: object) -> None:
        raise AssertionError("predicted again")

    monkeypatch.setattr(suggestions, "from_pictures", forbidden)
    monkeypatch.setattr(suggestions, "from_embeddings", forbidden)
    shutil.move(project.root / "_unlabelled" / "new 0.png", project.root / "cat" / "new.png")
    assert list(suggest(project, run))[-1] == Suggested(run.id, 3, 31, 0)
    assert project.index.predictions(run.key) == before


def test_a_stopped_job_keeps_its_answers_and_goes_on(
    trained: tuple[Project, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, run = trained
    run.document["phase"] = "fine_tune"  # so that every picture goes through the graph
    monkeypatch.setattr(stopwatch, "REPORT_SECONDS", 0)
    job = suggest(project, run)
    while not (isinstance(event := next(job), Progress) and event.done == 2):
        pass
    job.close()
    kept = project.index.predictions(run.key)
    assert len(kept) == 2
    *seen, last = suggest(project, run)
    assert last == Suggested(run.id, 4, 30, 0)
    totals = {event.step: event.total for event in seen if isinstance(event, Progress)}
    assert totals == {Step.SUGGEST: 2, Step.COMPARE: 30}
    assert kept.items() <= project.index.predictions(run.key).items()


def test_another_run_of_the_same_number_gives_its_own_answers(trained: tuple[Project, Run]) -> None:
    project, run = trained
    list(suggest(project, run))
    run.document["created"] = "2031-01-01T00:00:00+00:00"
    assert not project.index.predictions(run.key)


def test_a_run_without_a_model_suggests_nothing(trained: tuple[Project, Run]) -> None:
    project, run = trained
    run.document["status"] = "failed"
    with pytest.raises(DataError, match="before it had a model"):
        list(suggest(project, run))


def test_many_embeddings_are_taken_in_parts(trained: tuple[Project, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    project, run = trained
    sizes: list[int] = []

    def counting(project: Project, run: Run, hashes: list[str]) -> object:
        sizes.append(len(hashes))
        return predicting.from_embeddings(project, run, hashes)

    monkeypatch.setattr(suggestions, "_AT_ONCE", 8)
    monkeypatch.setattr(suggestions, "from_embeddings", counting)
    assert list(suggest(project, run))[-1] == Suggested(run.id, 4, 30, 0)
    assert sizes == [4, 8, 8, 8, 6]
