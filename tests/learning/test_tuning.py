import time

import numpy as np

from desktop_app.events import Progress, Step
from desktop_app.learning import head as heads
from desktop_app.learning import tuning
from tests.learning.test_head import clouds
from tests.running import finish

STRENGTHS = (1e-4, 1e-2, 1.0, 100.0)


def choose(embeddings, labels, groups=None, classes=3, folds=5):
    groups = groups or [""] * len(labels)
    return finish(tuning.choose_strength(embeddings, labels, groups, classes, STRENGTHS, folds, seed=0))


def test_reports_every_strength_and_each_fold():
    events, choice = choose(*clouds(n=150))
    assert events == [Progress(Step.FREEZE, done, 5) for done in range(1, 6)]
    assert choice.strengths == STRENGTHS
    assert choice.chosen in STRENGTHS
    assert all(0 <= accuracy <= 1 for accuracy in choice.accuracies)


def test_noise_asks_for_more_regularisation_than_clear_cases():
    rng = np.random.default_rng(0)
    labels = (np.arange(90) % 3).astype(np.int32)
    noise = rng.standard_normal((90, 50)).astype(np.float32)
    clear = noise.copy()
    clear[np.arange(90), labels] += 8
    assert choose(noise, labels)[1].chosen > choose(clear, labels)[1].chosen


def test_groups_are_held_out_together():
    """Copies of a picture make any memory look good, unless they are held out together."""
    rng = np.random.default_rng(1)
    labels = np.repeat((np.arange(30) % 3).astype(np.int32), 4)
    embeddings = np.repeat(rng.standard_normal((30, 60)), 4, axis=0).astype(np.float32)
    groups = [str(row // 4) for row in range(120)]
    leaking, honest = choose(embeddings, labels)[1], choose(embeddings, labels, groups)[1]
    assert max(leaking.accuracies) > 0.95
    assert max(honest.accuracies) < 0.6


def test_small_classes_make_fewer_folds():
    embeddings, labels = clouds(n=30)
    labels[:] = 0
    labels[10:13] = 1
    labels[20:] = 2
    events, choice = choose(embeddings, labels)
    assert len(events) == 3
    assert choice is not None


def test_nothing_to_hold_out():
    embeddings, labels = clouds(n=3)
    events, choice = choose(embeddings, labels)
    assert (events, choice) == ([], None)


def test_every_strength_gets_a_head_of_its_own():
    """Each starts from the one before, from where little is left to gain; it must go on all the same."""
    embeddings, labels = clouds(n=90, size=40)
    losses = choose(embeddings, labels)[1].losses
    assert len({round(loss, 3) for loss in losses}) == len(STRENGTHS)
    for strength, loss in zip(STRENGTHS, losses, strict=True):
        _, alone = finish(tuning.choose_strength(embeddings, labels, [""] * 90, 3, (strength,), 5, 0))
        assert abs(loss - alone.losses[0]) < 0.03 * loss


def test_the_same_seed_chooses_the_same():
    assert choose(*clouds(seed=5)) == choose(*clouds(seed=5))


def test_within_chance_the_lower_loss_decides():
    accuracies, losses = np.array([0.95, 0.96, 0.955, 0.5]), np.array([0.3, 0.25, 0.1, 0.01])
    assert tuning.best(accuracies, losses, n=100) == 2
    assert tuning.best(accuracies, losses, n=1_000_000) == 1


def test_closing_gives_up_the_folds_under_way(monkeypatch):
    fits = []

    def fit(*arguments: object) -> heads.Head:
        fits.append(arguments)
        time.sleep(0.001)
        return heads.zeros(10, 3)

    monkeypatch.setattr(heads, "fit", fit)
    monkeypatch.setattr("desktop_app.features.runtime.available_cores", lambda: 2)
    embeddings, labels = clouds()
    job = tuning.choose_strength(embeddings, labels, [""] * len(labels), 3, [1.0] * 300, 5, 0)
    next(job)  # the first fold, and beside it nearly the second; then two more begin
    job.close()
    assert len(fits) < 3 * 300
