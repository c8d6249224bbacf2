"""Advice on drawn pictures, with networks that see no more than colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app import cli_advice
from desktop_app.engine import advice, embedded, small_sets
from desktop_app.engine.jobs import JudgePicturesJob, RankBackbonesJob
from desktop_app.errors import DataError, ImageError, WeightsError
from desktop_app.evaluation.headline import cross_validation_json, stored_cross_validation
from desktop_app.events import (
    BackboneProbed,
    BackbonesRanked,
    CrossValidated,
    PicturesJudged,
    PictureSkipped,
    Progress,
    Step,
)
from desktop_app.features.preprocessing import Preprocessing
from desktop_app.learning import library
from desktop_app.learning.backbones import BACKBONES
from desktop_app.project.imaging import load_rgb
from desktop_app.project.project import Access, Project
from tests.drawing import draw_classes, let_settle
from tests.running import finish, notices

SHARP, BLIND, BROKEN = "efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"


class Colours:
    """A network: mean colours; the blind one sees noise that depends on the file alone."""

    calls = 0

    def __init__(self, blind: bool) -> None:
        self.blind = blind
        self.preprocessing = Preprocessing(32, (0.5,) * 3, (0.5,) * 3)

    def map(self, images: Any, items: Any) -> Iterator[Any]:
        for item in items:
            found = images(item)
            yield found if isinstance(found, ImageError) else [self.read(item)]

    def read(self, source: Path) -> np.ndarray:
        Colours.calls += 1
        if self.blind:
            return np.random.default_rng(sum(source.name.encode())).standard_normal(8).astype(np.float32)
        pixels = load_rgb(source)
        return np.concatenate([pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1))]).astype(np.float32)


@pytest.fixture(autouse=True)
def networks(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_network(backbone, fit):
        if backbone.name == BROKEN:
            raise library.missing(backbone)
        return lambda: Colours(backbone.name == BLIND)

    Colours.calls = 0
    monkeypatch.setattr(embedded, "open_network", open_network)
    monkeypatch.setattr(library, "is_installed", lambda backbone: backbone.name in (SHARP, BLIND))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return let_settle(draw_classes(tmp_path / "p", each=25))


@pytest.fixture
def project(root: Path) -> Iterator[Project]:
    with Project.open(root) as project:
        yield project


def rank(project: Project) -> BackbonesRanked:
    *_, result = advice.rank_backbones(project)
    assert isinstance(result, BackbonesRanked)
    return result


def judge(project: Project) -> PicturesJudged:
    *_, result = advice.judge_pictures(project, BACKBONES[SHARP])
    assert isinstance(result, PicturesJudged)
    return result


def test_the_one_that_sees_is_best_and_the_other_behind(project: Project) -> None:
    result = rank(project)
    assert [row.backbone for row in result.rows] == [SHARP, BLIND]
    best, other = result.rows
    assert best.right > 0.95 * best.n and other.right < 0.6 * other.n
    assert best.chance == 1 and other.chance < 0.001
    assert best.interval[0] < best.right / best.n <= best.interval[1]
    assert all(row.train_seconds > row.predict_seconds > 0 for row in result.rows)
    assert BROKEN in result.missing and len(result.missing) == len(BACKBONES) - 2
    assert "behind the best" in cli_advice.ranking(result)


def test_equals_are_too_close_to_call(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "open_network", lambda backbone, fit: lambda: Colours(blind=False))
    result = rank(project)
    assert result.rows[1].chance == 1
    assert "too close to call" in cli_advice.ranking(result)


def test_the_test_pictures_are_never_looked_at(project: Project) -> None:
    result = rank(project)
    snapshot = finish(project.snapshot(project.scan()))[1]
    tested = [snapshot.hashes[row] for row in snapshot.rows("test")]
    assert tested and result.of == 75
    assert result.pictures == 75 - len(tested) == result.rows[0].n
    assert not project.index.embedded(BACKBONES[SHARP].embedding_key(), tested)


def test_a_picture_that_cannot_be_read_is_not_counted(project: Project, root: Path) -> None:
    (root / "cat" / "torn.png").write_bytes(b"not a picture")
    *before, result = advice.rank_backbones(project)
    assert isinstance(result, BackbonesRanked) and any(isinstance(event, PictureSkipped) for event in before)
    assert result.pictures == result.rows[0].n


def test_two_pictures_a_class_are_too_few_to_judge(tmp_path: Path) -> None:
    root = draw_classes(tmp_path / "few", dict.fromkeys("abcdefg", 3))
    with Project.open(root) as project:
        result = judge(project)
    assert "Right when learnt" not in cli_advice.judgement(result)
    assert result.overall.outlook == "few" and {curve.outlook for curve in result.classes} == {"few"}


def test_asked_again_it_costs_nothing(root: Path) -> None:
    first = list(RankBackbonesJob(str(root)).events(Access.OWN))
    calls = Colours.calls
    again = list(RankBackbonesJob(str(root)).events(Access.OWN))
    assert again[-1] == first[-1] and Colours.calls == calls
    assert not any(isinstance(event, Progress) and event.step is Step.PROBE for event in again)
    assert [event for event in again if isinstance(event, BackboneProbed)] == list(first[-1].rows)


def test_other_labels_are_judged_anew(root: Path, project: Project) -> None:
    first = rank(project)
    (root / "cat" / "cat_001.png").rename(root / "dog" / "cat_001.png")
    assert rank(project).subject != first.subject


def test_stopped_it_keeps_what_was_read(project: Project) -> None:
    job = advice.rank_backbones(project)
    next(event for event in job if isinstance(event, Progress) and event.step is Step.PROBE)
    job.close()
    calls = Colours.calls
    assert advice.stored_ranking(project) is None
    rank(project)
    timed = 2 * (advice._TIMED + 1)
    assert Colours.calls - calls == timed + 60  # the first network's pictures were not read again


def test_a_network_that_cannot_be_used_is_told_and_left_out(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "is_installed", lambda backbone: backbone.name in (SHARP, BROKEN))
    events = list(advice.rank_backbones(project))
    assert len(notices(events)) == 1 and BACKBONES[BROKEN].title in notices(events)[0]
    assert [row.backbone for row in events[-1].rows] == [SHARP]
    monkeypatch.setattr(library, "is_installed", lambda backbone: backbone.name == BROKEN)
    with pytest.raises(WeightsError):
        list(advice.rank_backbones(project))


def test_of_many_pictures_some_are_looked_at(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advice, "MOST", 30)
    result = rank(project)
    assert 25 <= result.pictures <= 35 and result.classes == 3


def test_one_class_is_nothing_to_compare(tmp_path: Path) -> None:
    root = draw_classes(tmp_path / "one", {"cat": 9, "dog": 1})
    with Project.open(root) as project, pytest.raises(DataError, match="too few pictures"):
        rank(project)


def test_a_damaged_memory_is_no_memory(project: Project) -> None:
    rank(project)
    path = advice._ranking_json(project)
    for damage in (b"", b"{}", b'{"format": 1, "advice": {"event": "backbones_ranked"}}', b'{"format": 9}'):
        path.write_bytes(damage)
        assert advice.stored_ranking(project) is None
    assert rank(project).rows


# ---- enough pictures?


def test_every_class_has_a_curve_and_an_outlook(root: Path, project: Project) -> None:
    result = judge(project)
    assert [curve.name for curve in result.classes] == ["cat", "dog", "fox"]
    assert result.overall.pictures == sum(curve.pictures for curve in result.classes)
    for curve in (result.overall, *result.classes):
        learnt = [point.learnt for point in curve.points]
        assert learnt == sorted(learnt) and len(learnt) == 4
        assert curve.outlook in ("good", "flat")  # colours tell these classes at once
        assert curve.doubtful is None
    assert Colours.calls == 60
    assert list(JudgePicturesJob(str(root), SHARP).events(Access.DELEGATED))[-1] == result
    assert Colours.calls == 60


def test_doubtful_labels_are_told_where_they_are_known(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advice, "_doubtful", lambda project, catalog: {"dog": 3})
    assert [curve.doubtful for curve in judge(project).classes] == [0, 3, 0]
    assert advice.stored_judgement(project).classes[1].doubtful is None  # the next check may find others


def test_a_small_class_says_that_it_is_too_small(tmp_path: Path) -> None:
    with Project.open(draw_classes(tmp_path / "few", {"cat": 30, "dog": 30, "fox": 6})) as project:
        fox = judge(project).classes[2]
    assert fox.outlook == "few"
    assert "too few" in cli_advice.outlook(fox)


def test_sentences(project: Project) -> None:
    curve = replace(judge(project).classes[0], name="scratch")
    rising = replace(curve, outlook="rising", more=40, expected=(0.8, 0.9))
    assert cli_advice.outlook(rising) == "“scratch”: still rising. 40 more should help (then perhaps 80–90 % right)."
    flat = replace(curve, outlook="flat", doubtful=3)
    assert "look at its labels, 3 of which look wrong" in cli_advice.outlook(flat)


# ---- small test splits


@pytest.fixture
def run(project: Project):
    snapshot = finish(project.snapshot(project.scan()))[1]
    recipe = {"name": "quick", "backbone": SHARP}
    run = project.runs.create(recipe=recipe, backbone=SHARP, classes=snapshot.classes, phase="freeze")
    snapshot.write_csv(run.snapshot_csv)
    return run


def test_a_small_test_split_is_helped_out(project: Project, run) -> None:
    events = list(small_sets.cross_validate(project, run))
    result = events[-1]
    assert isinstance(result, CrossValidated)
    assert (result.n, result.groups, result.smallest, result.folds) == (75, 75, 5, 5)
    assert result.right > 70 and result.what == "as_trained"
    assert np.array(result.confusion).sum() == 75
    assert stored_cross_validation(run) == result
    assert list(small_sets.cross_validate(project, run)) == [result]
    assert "Only 5 test pictures in the smallest class" in cli_advice.cross_validated(result)


def test_a_fine_tuned_run_says_what_was_cross_validated(project: Project, run) -> None:
    run.document["phase"] = "fine_tune"
    result = list(small_sets.cross_validate(project, run))[-1]
    assert result.what == "before_fine_tuning"
    assert "frozen network" in cli_advice.cross_validated(result)


def test_a_run_with_another_head_says_so(project: Project, run) -> None:
    run.document["recipe"]["head"] = "hidden"
    result = list(small_sets.cross_validate(project, run))[-1]
    assert result.what == "other_head"
    assert "not the head of this run" in cli_advice.cross_validated(result)


def test_a_large_test_split_speaks_for_itself(project: Project, run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_sets, "FEW", 5)
    assert list(small_sets.cross_validate(project, run)) == []


def test_without_pictures_the_test_split_is_all_there_is(root: Path, project: Project, run) -> None:
    for path in root.rglob("*.png"):
        path.unlink()
    events = list(small_sets.cross_validate(project, run))
    assert not any(isinstance(event, CrossValidated) for event in events)


@pytest.mark.parametrize(
    "damage",
    [
        {"right": 76},
        {"n": 0},
        {"interval": [0.2, 0.3]},
        {"balanced_accuracy": 7},
        {"run": "run-0009"},
        {"confusion": []},
        {"what": "new"},
    ],
)
def test_a_result_that_makes_no_sense_is_none(project: Project, run, damage: dict[str, object]) -> None:
    from desktop_app import storage

    list(small_sets.cross_validate(project, run))
    document = storage.read_json(cross_validation_json(run))
    document["result"] |= damage
    storage.write_json(cross_validation_json(run), document)
    assert stored_cross_validation(run) is None
