"""The loop is plain SGD, ends as it says, is decided by its seed, and its step rule is exact where theory says so."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from earlyalign.data.generated_images import Generator, generated_split
from earlyalign.dynamics.deep_training import (
    Status,
    Stop,
    evaluate,
    plain_sgd,
    step_size,
    tensors,
    train_until,
)
from earlyalign.networks.cnn import CNN_DEPTH, FiveLayerCNN, he_init
from earlyalign.networks.output_multiplier import OutputMultiplier


@pytest.fixture(scope="module")
def task():
    split = generated_split(
        40, 40, 8, seed=0, generator=Generator(classes=3, channels=6, classes_in="means", class_strength=1.0)
    )
    return tensors(split.train), tensors(split.test)


def network(seed=0, width=4):
    return he_init(FiveLayerCNN(width, 3), seed)


def _trained(task, stop):
    model = network()
    return train_until(model, plain_sgd(model, 1e-5), *task, stop, seed=0)


def test_an_easy_task_is_learned_and_the_peak_is_no_less_than_the_end(task):
    model = network()
    ended = train_until(model, plain_sgd(model, 0.1), *task, Stop(epochs=60, batch=10), seed=0)
    assert ended.status is Status.REACHED
    assert ended.trace["train_accuracy"][-1] >= 0.99 > ended.trace["train_accuracy"][-2]
    assert ended.peak_accuracy >= ended.final_accuracy > 0.5
    assert ended.step == 4 * (len(ended.trace["step"]) - 1) == ended.trace["step"][-1]
    assert ended.trace["train_loss"][-1] == pytest.approx(evaluate(model, task[0])[0])
    best = np.argmin(ended.trace["test_loss"])
    assert ended.validation_stopped_accuracy == ended.trace["test_accuracy"][best]


def test_fewer_evaluations_are_the_same_run_and_the_end_of_the_budget_is_among_them(task):
    every, some = (
        _trained(task, stop)
        for stop in (Stop(epochs=9, batch=10, train_accuracy=1.0), Stop(9, 10, 1.0, spacing=0.5))
    )
    epochs = some.trace["step"] / 4
    np.testing.assert_array_equal(epochs, [0, 1, 2, 3, 4, 6, 9])
    kept = epochs.astype(int)
    np.testing.assert_array_equal(some.trace["test_loss"], every.trace["test_loss"][kept])


def test_a_network_that_cannot_move_ends_unfinished_at_once(task):
    model = network()
    with torch.no_grad():
        for weights in model.parameters():
            weights.zero_()
    ended = train_until(model, plain_sgd(model, 0.1), *task, Stop(epochs=50, batch=10), seed=0)
    assert ended.status is Status.UNFINISHED and ended.step == 4


def test_a_run_out_of_budget_is_unfinished(task):
    model = network()
    ended = train_until(model, plain_sgd(model, 1e-6), *task, Stop(epochs=2, batch=16), seed=0)
    assert ended.status is Status.UNFINISHED and ended.step == 6


def test_a_run_that_blows_up_is_diverged_at_its_step(task):
    model = network()
    ended = train_until(model, plain_sgd(model, 1e12), *task, Stop(epochs=5, batch=10), seed=0)
    assert ended.status is Status.DIVERGED
    assert 2 <= ended.step <= 20
    assert np.isfinite(ended.trace["train_loss"][0])


def test_one_seed_is_one_run_and_the_callers_random_state_is_kept(task):
    fresh = he_init(nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(768, 3)), 0)

    def run(seed):
        model = copy.deepcopy(fresh)
        return train_until(model, plain_sgd(model, 0.01), *task, Stop(epochs=3, batch=10), seed).trace

    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, again, other = run(1), run(1), run(2)
    assert torch.equal(torch.random.get_rng_state(), before)
    np.testing.assert_array_equal(first["test_loss"], again["test_loss"])
    assert not np.array_equal(first["train_loss"], other["train_loss"])


def test_a_full_batch_step_is_a_step_down_the_gradient(task):
    model = network().double()
    train, test = ((inputs.double(), labels) for inputs, labels in task)
    by_hand = copy.deepcopy(model)
    functional.cross_entropy(by_hand(train[0]), train[1]).backward()
    train_until(model, plain_sgd(model, 0.05), train, test, Stop(epochs=1, batch=40), seed=0)
    for ours, theirs in zip(model.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs - 0.05 * theirs.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("rule_depth", "same"), [(CNN_DEPTH, True), (2, False)])
def test_multiplier_and_initial_scale_are_one_knob_under_the_rule_of_the_networks_depth(
    task, rule_depth, same
):
    alpha, eta = 0.7, 0.2
    c = alpha**CNN_DEPTH
    train, test = ((inputs.double(), labels) for inputs, labels in task)
    scaled = network().double()
    with torch.no_grad():
        for weights in scaled.parameters():
            weights.mul_(alpha)
    multiplied = OutputMultiplier(network().double(), c)
    stop = Stop(epochs=5, batch=10)
    ours = train_until(scaled, plain_sgd(scaled, eta), train, test, stop, seed=0).trace
    theirs = train_until(
        multiplied, plain_sgd(multiplied, step_size(eta, c, rule_depth)), train, test, stop, seed=0
    ).trace
    gap = np.abs(ours["train_loss"] - theirs["train_loss"]).max()
    assert gap < 1e-10 if same else gap > 1e-3


def test_the_papers_rule_is_that_of_depth_two():
    assert step_size(0.1, 0.25) == pytest.approx(0.1 / 0.25)
    assert step_size(0.1, 1.0, 5) == 0.1
    assert step_size(0.1, 32.0, 5) == pytest.approx(0.1 / 4)


@pytest.mark.parametrize("numbers", [(0, 1, 2), (0.1, -1, 2), (0.1, 1, 0), (0.1, float("nan"), 2)])
def test_a_step_rule_out_of_range_is_refused(numbers):
    with pytest.raises(ValueError, match="positive, finite"):
        step_size(*numbers)


@pytest.mark.parametrize(
    "change", [{"train_accuracy": 0}, {"train_accuracy": 1.1}, {"epochs": 0}, {"batch": 0}]
)
def test_a_stop_out_of_range_is_refused(change):
    with pytest.raises(ValueError):
        Stop(**{"epochs": 3, **change})
