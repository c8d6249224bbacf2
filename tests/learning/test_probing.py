import numpy as np
import pytest

from desktop_app.events import Progress, Step
from desktop_app.learning import probing
from tests.learning.test_head import clouds
from tests.running import finish


def validate(embeddings, labels, groups=None, classes=3):
    return finish(probing.cross_validate(embeddings, labels, groups or [""] * len(labels), classes))


def test_clear_cases_are_called_right():
    embeddings, labels = clouds(n=90)
    embeddings[np.arange(90), labels] += 8
    events, predicted = validate(embeddings, labels)
    assert np.mean(predicted == labels) > 0.9
    assert events[-1] == Progress(Step.PROBE, 20, 20, 0.0)
    assert [event.done for event in events] == sorted(event.done for event in events)
    assert {event.step for event in events} == {Step.PROBE}


def test_noise_is_called_by_chance():
    """λ is chosen inside each fold: nothing of a held-out picture may leak into its answer."""
    random = np.random.default_rng(0)
    labels = (np.arange(300) % 3).astype(np.int32)
    _, predicted = validate(random.standard_normal((300, 40)).astype(np.float32), labels)
    assert 0.23 < np.mean(predicted == labels) < 0.43


def test_groups_are_held_out_together():
    random = np.random.default_rng(1)
    labels = np.repeat((np.arange(30) % 3).astype(np.int32), 4)
    embeddings = np.repeat(random.standard_normal((30, 60)), 4, axis=0).astype(np.float32)
    _, leaking = validate(embeddings, labels)
    _, honest = validate(embeddings, labels, [str(row // 4) for row in range(120)])
    assert np.mean(leaking == labels) > 0.95
    assert np.mean(honest == labels) < 0.6


def test_classes_with_one_group_cannot_be_held_out():
    labels = np.array([0, 0, 0, 1, 1, 2], np.int32)
    assert probing.can_be_held_out(labels, ["a", "a", "a", "", "", ""]).tolist() == [False] * 3 + [True] * 2 + [False]


def test_a_class_that_was_not_learnt_is_never_called():
    embeddings, labels = clouds(n=60)
    known = labels != 1
    probe = probing.fit(embeddings[known], labels[known], 3, 0.01)
    called = probe.predict(embeddings)
    assert set(called.tolist()) == {0, 2}
    assert np.mean(called[known] == labels[known]) > 0.9


def test_two_pictures_a_class_are_enough_to_try():
    embeddings, labels = clouds(n=6)
    assert len(validate(embeddings, labels)[1]) == 6


def test_more_pictures_make_better_heads():
    random = np.random.default_rng(0)
    labels = (np.arange(240) % 3).astype(np.int32)
    embeddings = random.standard_normal((240, 60)).astype(np.float32)
    embeddings[np.arange(240), labels] += 2
    events, trials = finish(probing.learn_from_parts(embeddings, labels, [""] * 240, 3))
    assert trials.learnt.tolist() == pytest.approx(np.outer([0.25, 0.5, 0.75, 1], [64] * 3), abs=1)
    shares = trials.right.mean(axis=1)
    assert shares[0] < shares[1] < shares[3]
    assert events[-1] == Progress(Step.CURVE, 80, 80)


def test_parts_grow_and_never_hold_the_groups_they_predict():
    labels = (np.arange(60) % 2).astype(np.int32)
    groups = [f"part {row // 3}" for row in range(60)]
    before: set[int] = set()
    for part, learn, check in probing._trials(labels, groups, seed=0):
        assert not {groups[row] for row in learn} & {groups[row] for row in check}
        assert not part or before <= set(learn.tolist())
        before = set(learn.tolist())


def test_every_picture_is_predicted_in_every_repeat():
    labels = (np.arange(50) % 2).astype(np.int32)
    seen = np.zeros((probing.PARTS, 50), int)
    for part, _, check in probing._trials(labels, [""] * 50, seed=3):
        seen[part, check] += 1
    assert (seen == probing.REPEATS).all()
