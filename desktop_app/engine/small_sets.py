"""Few test pictures say little: then every picture of a run is asked about, by cross-validation.

What is cross-validated is the run's frozen backbone with a linear head, λ chosen inside each fold, on the pictures of
all splits as they were when the run was trained. For a run whose backbone stayed frozen that is how it was made; of a
fine-tuned one it says what fine-tuning began with, and never stands for the fine-tuned model itself.
"""

from __future__ import annotations

import numpy as np

from desktop_app.engine import embedded
from desktop_app.errors import DataError, WeightsError
from desktop_app.evaluation import cross_validation, metrics
from desktop_app.evaluation.headline import keep_cross_validation, stored_cross_validation
from desktop_app.events import CrossValidated, Events, Notice, Step, StepStarted, Validated
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.recipe import Recipe
from desktop_app.project.catalog import SPLITS, Snapshot
from desktop_app.project.project import Project
from desktop_app.project.runs import Run

FEW = 20  # test pictures of the class that has fewest
MOST = 5_000  # pictures; of more, the test split says enough of all classes together


def fewest_test_pictures(snapshot: Snapshot) -> int:
    """Test pictures of the class that has fewest of them."""
    tested = snapshot.labels[snapshot.rows("test")]
    classes = np.unique(snapshot.labels[np.concatenate([snapshot.rows(split) for split in SPLITS])])
    return min((int(np.count_nonzero(tested == label)) for label in classes.tolist()), default=0)


def cross_validate(project: Project, run: Run) -> Events:
    """Cross-validate a run with a small test split; the last event is `CrossValidated`, or there is none.

    There is none if the test split is large enough, or if the pictures or the backbone are not to be had any more.

    Raises:
        DataError: the run's list of pictures is damaged.
        StorageError: the disk refused.
    """
    from desktop_app.learning import probing

    snapshot = Snapshot.read_csv(run.snapshot_csv)
    fewest = fewest_test_pictures(snapshot)
    if fewest >= FEW or len(snapshot.files) > MOST:
        return
    if stored := stored_cross_validation(run):
        yield stored
        return
    try:
        recipe = Recipe.from_dict(run.document["recipe"])
        backbone = BACKBONES[recipe.backbone]
        data = yield from embedded.read(project, embedded.chosen(snapshot, SPLITS), backbone, recipe.fit)
    except (DataError, WeightsError) as error:
        yield Notice("info", "Few test pictures, and no cross-validation to help out.", error.what)
        return
    yield StepStarted(Step.PROBE)
    predicted = yield from probing.cross_validate(data.embeddings, data.labels, data.groups, len(data.classes))
    right = np.equal(predicted, data.labels)
    confusion = metrics.confusion_matrix(data.labels, predicted, len(data.classes))
    result = CrossValidated(
        run=run.id,
        folds=probing.FOLDS,
        n=len(right),
        right=int(right.sum()),
        interval=cross_validation.share_interval(right, data.groups),
        balanced_accuracy=metrics.balanced_accuracy(confusion),
        balanced_interval=cross_validation.balanced_interval(data.labels, predicted, len(data.classes), data.groups),
        classes=list(data.classes),
        confusion=confusion.tolist(),
        groups=int(cross_validation.units(data.groups).max()) + 1,
        what=_what(run, recipe, snapshot),
        smallest=fewest,
    )
    keep_cross_validation(run, snapshot, result)
    yield result


def _what(run: Run, recipe: Recipe, snapshot: Snapshot) -> Validated:
    from desktop_app.learning.prototypes import FEW as FEW_TO_LEARN

    if run.document.get("phase") != "freeze":
        return "before_fine_tuning"
    most = int(np.bincount(snapshot.labels[snapshot.rows("train")]).max(initial=0))
    linear = recipe.head == "linear" or (recipe.head == "automatic" and most > FEW_TO_LEARN)
    return "as_trained" if linear else "other_head"
