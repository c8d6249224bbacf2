"""Single steps on a small model: what each choice of a recipe does to them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from desktop_app.learning.balance import Balance
from desktop_app.learning.optimising import Stepper, mixed, one_cycle, out_of_memory
from desktop_app.learning.recipe import Recipe

PLAIN = Recipe(label_smoothing=0.0, weight_decay=0.0, precision="full")
INPUTS = torch.from_numpy(np.random.default_rng(0).standard_normal((8, 6), np.float32))
LABELS = torch.arange(8) % 2


def stepper(recipe: Recipe = PLAIN, counts=(4, 4), method="none") -> Stepper:
    torch.manual_seed(0)
    model = nn.Sequential(
        OrderedDict(early=nn.Linear(6, 6), late=nn.Sequential(nn.ReLU(), nn.Linear(6, 5)), head=nn.Linear(5, 2))
    )
    return Stepper(model, recipe, Balance(method, np.array(counts)), "cpu")


def moved(recipe: Recipe, steps: int = 1, rate: float = 1e-3) -> dict[str, torch.Tensor]:
    """How far each parameter went."""
    one = stepper(recipe)
    before = {name: p.detach().clone() for name, p in one.model.named_parameters()}
    for _ in range(steps):
        one.step(INPUTS, LABELS, rate)
    return {name: p.detach() - before[name] for name, p in one.model.named_parameters()}


def test_earlier_stages_learn_more_slowly():
    far = {name: change.abs().max().item() for name, change in moved(replace(PLAIN, layer_decay=0.5)).items()}
    assert far["head.weight"] == pytest.approx(1e-3, rel=0.01)  # Adam's first step is as long as the rate
    assert far["late.1.weight"] == pytest.approx(0.5e-3, rel=0.01)
    assert far["early.weight"] == pytest.approx(0.25e-3, rel=0.01)


def test_weight_decay_pulls_weights_to_zero_and_leaves_biases():
    free, held = moved(PLAIN), moved(replace(PLAIN, weight_decay=1.0))
    start = dict(stepper().model.named_parameters())
    for name, change in held.items():
        expected = free[name] - (1e-3 * start[name] if name.endswith("weight") else 0)
        torch.testing.assert_close(change, expected, atol=1e-6, rtol=0)


def test_l2_sp_keeps_stages_near_where_they_began_and_the_head_near_zero():
    steps, rate = 30, 1e-2
    free = moved(PLAIN, steps, rate)
    held = moved(replace(PLAIN, weight_decay=10.0, regularisation="l2_sp"), steps, rate)
    decayed = moved(replace(PLAIN, weight_decay=10.0), steps, rate)
    assert held["early.weight"].norm() < 0.5 * free["early.weight"].norm()
    assert held["early.weight"].norm() < 0.5 * decayed["early.weight"].norm()
    start = stepper().model.get_parameter("head.weight")
    assert (start + held["head.weight"]).norm() < 0.7 * start.norm()


def test_without_a_penalty_nothing_is_pulled():
    for name, change in moved(replace(PLAIN, weight_decay=5.0, regularisation="none")).items():
        torch.testing.assert_close(change, moved(PLAIN)[name])


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA"), RuntimeError("… can't allocate memory: you tried…")])
def test_where_memory_is_short_steps_are_made_of_smaller_parts_and_stay_the_same(monkeypatch, error):
    whole, pieces = stepper(), stepper()
    sizes, forward = [], pieces.model.forward

    def small_only(inputs):
        sizes.append(len(inputs))
        if len(inputs) > 2:
            raise error
        return forward(inputs)

    monkeypatch.setattr(pieces.model, "forward", small_only)
    for _ in range(2):
        expected, expected_loss = whole.step(INPUTS, LABELS, 1e-3)
        logits, loss = pieces.step(INPUTS, LABELS, 1e-3)
        torch.testing.assert_close(logits, expected)
        assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert pieces.parts == 4
    assert sizes == [8, 4] + 8 * [2]
    for one, other in zip(whole.model.parameters(), pieces.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_it_gives_up_where_even_small_parts_are_too_large(monkeypatch):
    one = stepper()
    tried = []

    def refuse(inputs):
        tried.append(len(inputs))
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(one.model, "forward", refuse)
    with pytest.raises(torch.OutOfMemoryError):
        one.step(INPUTS, LABELS, 1e-3)
    assert tried == [8, 4, 2, 1]  # halved three times


def test_other_errors_are_ours():
    with pytest.raises(RuntimeError, match="shapes"):
        stepper().step(INPUTS[:, :3], LABELS, 1e-3)
    assert not out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_a_loss_that_is_no_number_changes_nothing():
    one = stepper()
    before = [p.detach().clone() for p in one.model.parameters()]
    _, loss = one.step(INPUTS * float("nan"), LABELS, 1e-3)
    assert not np.isfinite(loss)
    assert all(torch.equal(p, old) for p, old in zip(one.model.parameters(), before, strict=True))


def test_rare_classes_count_more_with_weights_and_must_win_by_more_with_logit_adjustment():
    logits = stepper().logits(INPUTS)
    plain = nn.functional.cross_entropy(logits, LABELS).item()
    each = nn.functional.cross_entropy(logits, LABELS, reduction="none").detach().numpy()
    weights = Balance("weights", np.array([9, 1])).weights[LABELS.numpy()]
    assert stepper(method="weights", counts=(9, 1)).step(INPUTS, LABELS, 0)[1] == pytest.approx(
        float((each * weights).sum() / weights.sum()), rel=1e-5
    )
    adjusted = nn.functional.cross_entropy(logits + torch.log(torch.tensor([0.9, 0.1])), LABELS).item()
    assert stepper(method="logits", counts=(9, 1)).step(INPUTS, LABELS, 0)[1] == pytest.approx(adjusted, rel=1e-5)
    assert stepper().step(INPUTS, LABELS, 0)[1] == pytest.approx(plain, rel=1e-5)


def test_mixed_precision_computes_nearly_the_same():
    full, half = stepper(), stepper(replace(PLAIN, precision="mixed"))
    torch.testing.assert_close(half.logits(INPUTS), full.logits(INPUTS), atol=0.05, rtol=0.05)
    assert not torch.equal(half.logits(INPUTS), full.logits(INPUTS))
    half.step(INPUTS, LABELS, 1e-3)
    assert all(p.dtype is torch.float32 for p in half.model.parameters())
    assert not mixed("automatic", "cpu")


def test_without_warm_up_the_rate_only_falls():
    rates = [one_cycle(step / 10, 0.0) for step in range(11)]
    assert rates[0] == 1
    assert rates == sorted(rates, reverse=True)
