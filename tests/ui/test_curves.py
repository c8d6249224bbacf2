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
    assert view.top._best_line.line().x1() == pytest.approx(curves.x(best))
    assert view.top._note.toPlainText().startswith("Best so far: 98")
    view.show_curves(curves)
    view.redraw()
    assert view.top._note.toPlainText().startswith("Kept: 98")


def test_both_charts_share_their_horizontal_axis(view):
    view.show_curves(both_phases())
    view.redraw()
    above, below = (chart.plot.box.viewRange()[0] for chart in (view.top, view.bottom))
    assert above == pytest.approx(below)


def test_redraws_are_gathered(view, qtbot, monkeypatch):
    drawn = []
    monkeypatch.setattr(view.top, "draw", lambda shown, _gutter: drawn.append(len(shown.curves.rows())))
    curves = Curves(("freeze",))
    for event in epochs("freeze", 50, 100, 30):
        curves.add(event)
        view.show_curves(curves, running=True)
    qtbot.waitUntil(lambda: bool(drawn))
    qtbot.wait(150)
    assert drawn == [50]


def test_without_news_nothing_is_drawn(view, qtbot, monkeypatch):
    """Between two epochs there are ten signs of progress a second."""
    curves = both_phases()
    drawn = []
    monkeypatch.setattr(view.top, "draw", lambda shown, _gutter: drawn.append(len(shown.curves.rows())))

    def draws() -> int:
        drawn.clear()
        view.show_curves(curves, running=True)
        qtbot.wait(150)
        return len(drawn)

    assert (draws(), draws()) == (1, 0)
    *_, newest = epochs("fine_tune", 10, 15, 7, 0.982)
    curves.add(newest)
    assert (draws(), draws()) == (1, 0)
    view.set_reference("last", both_phases())
    assert (draws(), draws()) == (1, 0)
    view.compare([("one", both_phases()), ("other", both_phases())])
    assert (draws(), draws()) == (1, 0)


def test_a_curve_is_also_a_sentence(view):
    view.show_curves(both_phases())
    view.redraw()
    assert view.top.plot.accessibleDescription().replace("\N{NO-BREAK SPACE}", " ") == (
        "Fine-tune phase, epoch 9 of 15: train 99 %, validation 98 %."
    )
    assert view.top.plot.accessibleName() == "Pictures right (%)"


def test_without_validation_only_train_is_drawn(view):
    curves = Curves(("freeze",))
    for number in range(1, 4):
        curves.add(EpochEnded("freeze", number, 10, 0.5, 0.8, math.nan, math.nan, number == 3))
    view.show_curves(curves)
    view.redraw()
    assert view.top.plot.accessibleDescription().endswith("validation –.")
    assert not view.top._note.isVisible()


def test_nothing_yet(view):
    view.show_curves(Curves(("freeze", "fine_tune")), running=True)
    view.redraw()
    assert view.top.plot.accessibleDescription() == "No epochs yet."


def test_where_training_broke_off(view):
    view.show_curves(both_phases(), broken=True)
    view.redraw()
    assert view.top._broken_line.isVisible()
    view.show_curves(both_phases())
    view.redraw()
    assert not view.top._broken_line.isVisible()


def test_labels_do_not_overlap(view):
    view.show_curves(both_phases())
    view.set_reference("run 6, Quick", both_phases())
    view.redraw()
    heights = sorted(label.pos().y() for label in view.top._labels if label.isVisible())
    pixel = view.top._pixel.y()
    assert len(heights) == 3
    assert all(above - below >= 14 * pixel for below, above in pairwise(heights))


def test_the_theme_changes_the_colours(view, theme):
    view.show_curves(both_phases())
    view.redraw()
    theme.set_mode("dark")
    assert view.top._validation.opts["pen"].color() == theme.colour("accent")


# ---- what else can be shown


def press(view, chart, key):
    chart.segments.button(key).click()


def test_macro_f1_and_the_learning_rate_can_be_chosen(view):
    curves = Curves(("freeze", "fine_tune"))
    for number in (1, 2):
        curves.add(EpochEnded("fine_tune", number, 4, 0.5, 0.8, 0.6, 0.7, True, None, 0.75, 0.65, 3e-4))
    view.show_curves(curves)
    view.redraw()
    press(view, view.top, "macro_f1")
    assert view.top.plot.accessibleName() == "Macro-F1 (%)"
    spoken = view.top.plot.accessibleDescription().replace("\N{NO-BREAK SPACE}", " ")
    assert spoken == "Fine-tune phase, epoch 2 of 4: train 75 %, validation 65 %."
    assert view.top._note.toPlainText().startswith("Kept: 65")
    press(view, view.bottom, "rate")
    assert view.bottom.plot.accessibleDescription() == "Fine-tune phase, epoch 2 of 4: 0.0003."
    assert len([label for label in view.bottom._labels if label.isVisible()]) == 1


def test_a_run_from_before_there_was_macro_f1_draws_nothing(view):
    view.show_curves(both_phases())
    view.redraw()
    press(view, view.top, "macro_f1")
    assert not view.top._note.isVisible()
    assert view.top.plot.accessibleDescription().endswith("validation –.")


def test_lines_are_narrow_while_they_grow(view):
    for running, width in ((True, 1), (False, 2)):
        view.show_curves(both_phases(), running=running)
        view.redraw()
        assert view.top._validation.opts["pen"].width() == width


def test_runs_are_laid_over_each_other(view):
    quick = Curves.of(epochs("freeze", 12, 100, 10, 0.90))
    view.compare([("Run 2", both_phases()), ("Run 1", quick)])
    view.redraw()
    assert view.top.plot.accessibleDescription().replace("\N{NO-BREAK SPACE}", " ") == "Run 2: 98 %; Run 1: 89 %"
    labels = sorted(label.toPlainText()[:5] for label in view.top._labels if label.isVisible())
    assert labels == ["Run 1", "Run 2"]
    dashes = {curve.opts["pen"].style() for curve in (view.top._validation, view.top._others[0])}
    assert len(dashes) == 2
    assert not view.top._best_line.isVisible()
    view.show_curves(both_phases())
    view.redraw()
    assert view.top._best_line.isVisible()
