"""The confusion matrix as a model: order, tones, words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt

from desktop_app.ui.models.confusion import Confusion, ConfusionModel, Role, Shown, Tone, tone_of

NAMES = ["roll", "ash", "scratch"]
COUNTS = [[9, 0, 1], [0, 5, 0], [5, 2, 3]]


@pytest.fixture
def model(qapp):
    model = ConfusionModel()
    model.set_counts(NAMES, COUNTS)
    return model


def test_contract(model, qtmodeltester):
    qtmodeltester.check(model, force_py=True)


def test_contract_when_empty(qapp, qtmodeltester):
    qtmodeltester.check(ConfusionModel(), force_py=True)


def test_rows_are_actual_columns_are_called(model):
    assert model.index(2, 0).data(Role.COUNT) == 5
    assert model.index(0, 2).data(Role.COUNT) == 1
    assert model.headerData(2, Qt.Orientation.Vertical) == "scratch"
    assert [model.index(row, 3).data() for row in range(3)] == ["10", "5", "10"], "the last column sums up"


def test_right_is_quiet_wrong_is_loud(model):
    assert model.index(0, 0).data(Role.TONE) == Tone.RIGHT
    assert model.index(2, 0).data(Role.TONE) == Tone.MANY
    assert model.index(2, 1).data(Role.TONE) == Tone.SOME
    assert model.index(0, 2).data(Role.TONE) == Tone.FEW
    assert model.index(0, 1).data(Role.TONE) == Tone.EMPTY
    assert model.index(0, 1).data() == "·"


def test_a_single_mistake_stays_light():
    assert tone_of(1, 1) is Tone.FEW
    assert tone_of(2, 2) is Tone.MANY


def test_cells_are_read_out(model):
    spoken = model.index(2, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "actual scratch, called roll, 5 pictures"
    assert model.headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole) == "called roll"


def test_shares_of_a_row(model):
    model.set_shown(Shown.ROW_SHARES)
    assert model.index(2, 0).data().replace("\N{NO-BREAK SPACE}", " ") == "50 %"
    assert model.index(0, 1).data() == "·"


def test_worst_first_moves_rows_and_columns_alike_and_keeps_the_selection(model):
    kept = QPersistentModelIndex(model.index_of(Confusion(2, 0, 5)))
    model.sort_worst_first(True)
    assert [model.headerData(row, Qt.Orientation.Vertical) for row in range(3)] == ["scratch", "roll", "ash"]
    assert (kept.row(), kept.column()) == (0, 1)
    assert model.index(0, 1).data(Role.COUNT) == 5
    model.sort_worst_first(False)
    assert (kept.row(), kept.column()) == (2, 0)


def test_confusions_most_frequent_first(model):
    assert model.confusions() == [Confusion(2, 0, 5), Confusion(2, 1, 2), Confusion(0, 2, 1)]


def test_the_sums_can_not_be_chosen(model):
    assert not model.flags(model.index(0, 3)) & Qt.ItemFlag.ItemIsSelectable
    assert model.cell(model.index(0, 3)) is None
    assert model.cell(QModelIndex()) is None


def test_many_classes(qapp, qtmodeltester):
    model = ConfusionModel()
    model.set_counts([str(n) for n in range(40)], [[int(r == c) for c in range(40)] for r in range(40)])
    assert (model.rowCount(), model.columnCount()) == (40, 41)
    assert model.confusions() == []
