"""The learning curves, drawn."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QFrame

from desktop_app.events import EpochEnded
from desktop_app.ui.models.training import Curves
from tests.ui.demo import epochs


@pytest.fixture
def view(qtbot, theme):
    from desktop_app.ui.widgets.curves import CurvesView

    view = CurvesView(theme, QFrame)
    qtbot.addWidget(view)
    view.resize(640, 640)
    view.show()
    return view


def both_phases() -> Curves:
    curves = Curves(("freeze", "fine_tune"))
    for event in (*epochs("freeze", 24, 100, 16, 0.94), *epochs("fine_tune", 9, 15, 7, 0.982)):
        curves.add(event)
    return curves


def test_the_best_epoch_is_marked(view):
    curves = both_phases()
    view.show_curves(curves, running=True)
    view.redraw()
    best = curves.best()
    assert view.accuracy._best_line.value() == pytest.approx(curves.x(best))
    assert view.accuracy._note.toPlainText().startswith("Best so far: 98")
    view.show_curves(curves)
    view.redraw()
    assert view.accuracy._note.toPlainText().startswith("Kept: 98")


def test_both_charts_share_their_horizontal_axis(view):
    view.show_curves(both_phases())
    view.redraw()
    above, below = (chart.plot.box.viewRange()[0] for chart in (view.accuracy, view.loss))
    assert above == pytest.approx(below)


def test_redraws_are_gathered(view, qtbot, monkeypatch):
    drawn = []
    monkeypatch.setattr(view.accuracy, "draw", lambda shown: drawn.append(len(shown.curves.rows())))
    curves = Curves(("freeze",))
    for event in epochs("freeze", 50, 100, 30):
        curves.add(event)
        view.show_curves(curves, running=True)
    qtbot.waitUntil(lambda: bool(drawn))
    qtbot.wait(150)
    assert drawn == [50]


def test_a_curve_is_also_a_sentence(view):
    view.show_curves(both_phases())
    view.redraw()
    assert view.accuracy.plot.accessibleDescription().replace("\N{NO-BREAK SPACE}", " ") == (
        "Fine-tune phase, epoch 9 of 15: train 99 %, validation 98 %."
    )
    assert view.accuracy.plot.accessibleName() == "Pictures right (%)"


def test_without_validation_only_train_is_drawn(view):
    curves = Curves(("freeze",))
    for number in range(1, 4):
        curves.add(EpochEnded("freeze", number, 10, 0.5, 0.8, math.nan, math.nan, number == 3))
    view.show_curves(curves)
    view.redraw()
    assert view.accuracy.plot.accessibleDescription().endswith("validation –.")
    assert not view.accuracy._note.isVisible()


def test_nothing_yet(view):
    view.show_curves(Curves(("freeze", "fine_tune")), running=True)
    view.redraw()
    assert view.accuracy.plot.accessibleDescription() == "No epochs yet."


def test_where_training_broke_off(view):
    view.show_curves(both_phases(), broken=True)
    view.redraw()
    assert view.accuracy._broken_line.isVisible()
    view.show_curves(both_phases())
    view.redraw()
    assert not view.accuracy._broken_line.isVisible()


def test_labels_do_not_overlap(view):
    view.show_curves(both_phases())
    view.set_reference("run 6, Quick", both_phases())
    view.redraw()
    heights = sorted(label.pos().y() for label in view.accuracy._labels if label.isVisible())
    pixel = view.accuracy._pixel.y()
    assert len(heights) == 3
    assert all(above - below >= 14 * pixel for below, above in pairwise(heights))


def test_the_theme_changes_the_colours(view, theme):
    view.show_curves(both_phases())
    view.redraw()
    theme.set_mode("dark")
    assert view.accuracy._validation.opts["pen"].color() == theme.colour("accent")
