"""Labels that look wrong are found, and right ones left in peace."""

import csv
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from desktop_app.features import graphs
from desktop_app.features.runtime import Network, map_pictures
from desktop_app.learning import backbone_graphs
from desktop_app.learning.backbones import BACKBONES
from desktop_app.learning.doubtful import Judgement, judge_labels
from tests.running import finish


def clouds(each: int, classes: int, apart: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings (n, 16) around a centre for each class, and the labels."""
    random = np.random.default_rng(seed)
    labels = np.arange(classes, dtype=np.int32).repeat(each)
    centres = random.normal(size=(classes, 16)) * apart
    return (centres[labels] + random.normal(size=(len(labels), 16))).astype(np.float32), labels


def exchanged(labels: np.ndarray, share: float, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels of which a share was exchanged at random, and the rows where."""
    random = np.random.default_rng(seed)
    rows = random.choice(len(labels), int(share * len(labels)), replace=False)
    noisy = labels.copy()
    noisy[rows] = (noisy[rows] + random.integers(1, classes, len(rows))) % classes
    return noisy, rows


def judge(embeddings: np.ndarray, labels: np.ndarray, classes: int, groups: Sequence[str] = ()) -> Judgement:
    return finish(judge_labels(embeddings, labels, groups or [""] * len(labels), classes))[1]


def found_first(judgement: Judgement, wrong: np.ndarray) -> float:
    """The share of the wrong labels within the first tenth of the ranking."""
    first = np.argsort(judgement.margins)[: len(judgement.margins) // 10]
    return float(np.isin(wrong, first).mean())


def test_wrong_labels_come_first_and_are_named() -> None:
    embeddings, labels = clouds(60, 4, 2.0)
    noisy, wrong = exchanged(labels, 0.05, 4)
    judgement = judge(embeddings, noisy, 4)
    assert found_first(judgement, wrong) == 1.0
    doubtful = set(np.flatnonzero(judgement.doubtful))
    assert doubtful <= set(wrong), "no right label is accused"
    assert len(doubtful) > len(wrong) / 2
    assert (judgement.suggested[wrong] == labels[wrong]).all()


def test_right_labels_are_left_in_peace() -> None:
    embeddings, labels = clouds(60, 4, 2.0)
    assert not judge(embeddings, labels, 4).doubtful.any()


def test_classes_that_overlap_are_not_all_doubtful() -> None:
    """Where even right labels are often called wrong, only the clear cases are worth a person's time."""
    embeddings, labels = clouds(100, 2, 0.25)
    judgement = judge(embeddings, labels, 2)
    called_wrong = np.count_nonzero(judgement.suggested != labels)
    assert 0 < np.count_nonzero(judgement.doubtful) < called_wrong


def test_copies_of_a_part_do_not_vouch_for_each_other() -> None:
    """Ten pictures of one part, all labelled wrong: judged by the other parts, they are found."""
    embeddings, labels = clouds(60, 3, 2.0)
    noisy = labels.copy()
    noisy[:10] = 1
    embeddings[:10] = embeddings[0]
    groups = ["part 1"] * 10 + [""] * (len(labels) - 10)
    assert judge(embeddings, noisy, 3, groups).doubtful[:10].all()


@pytest.mark.parametrize("each", [1, 2])
def test_tiny_classes_do_not_break_it(each: int) -> None:
    embeddings, labels = clouds(each, 2, 2.0)
    judgement = judge(embeddings, labels, 2)
    assert len(judgement.margins) == 2 * each
    assert np.isfinite(judgement.margins).all()


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    ["pollen_bees", pytest.param("xsdd", marks=pytest.mark.slow), pytest.param("sign_digits", marks=pytest.mark.slow)],
)
def test_exchanged_labels_of_real_pictures_are_found(name: str, shared_data: Callable[[str], Path]) -> None:
    source = shared_data(name)
    with (source / "split.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    backbone = BACKBONES["efficientnet_lite0"]
    preprocessing = backbone.preprocessing("pad")
    graph = graphs.up_to(backbone_graphs.load(backbone), graphs.EMBEDDING)
    network = Network(graphs.with_preprocessing(graph, preprocessing).SerializeToString(), preprocessing)
    with closing(map_pictures(network, [source / "images" / row["file"] for row in rows])) as results:
        embeddings = np.stack([vector for _, vector in results])
    classes = sorted({row["class"] for row in rows})
    labels = np.array([classes.index(row["class"]) for row in rows], np.int32)
    noisy, wrong = exchanged(labels, 0.05, len(classes))
    judgement = judge(embeddings, noisy, len(classes), [row["group"] for row in rows])
    share = found_first(judgement, wrong)
    print(f"{name}: {share:.2f} of {len(wrong)} exchanged labels in the first tenth")
    assert share >= 0.8
