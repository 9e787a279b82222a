"""One rule, for numbers and for optimizers."""

import warnings

import pytest
import torch
from torch import nn

from earlyalign.dynamics.deep_training import step_size
from earlyalign.fls import NotScaleCovariant, StepMayReturn, scaled_step


def groups(optimizer, **settings):
    first, second = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))
    return optimizer([{"params": [first]}, {"params": [second], "lr": 0.5}], lr=0.1, **settings)


def test_a_number_is_scaled_by_the_rule():
    assert scaled_step(0.1, 0.25) == pytest.approx(0.4)
    assert scaled_step(0.1, 0.25, depth=5) == step_size(0.1, 0.25, 5)


def test_every_group_of_an_optimizer_is_scaled_in_place():
    optimizer = groups(torch.optim.SGD, momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert scaled_step(optimizer, 0.25, depth=4) is optimizer
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.2, 1.0])


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.AdamW])
def test_an_optimizer_that_normalises_is_scaled_with_a_warning(optimizer):
    with pytest.warns(NotScaleCovariant, match=optimizer.__name__):
        scaled = scaled_step(groups(optimizer), 0.25)
    assert scaled.param_groups[1]["lr"] == pytest.approx(2.0)


@pytest.mark.parametrize("c", [0, -1, float("nan")])
def test_a_multiplier_that_is_not_positive_is_refused_and_changes_nothing(c):
    optimizer = groups(torch.optim.SGD)
    with pytest.raises(ValueError, match="positive"):
        scaled_step(optimizer, c)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5]


@pytest.mark.parametrize("where", [0, 1])
def test_weight_decay_of_one_group_is_warned_of(where):
    settings = [{}, {}]
    settings[where]["weight_decay"] = 0.1
    parts = [{"params": [nn.Parameter(torch.zeros(2))], **setting} for setting in settings]
    with pytest.warns(NotScaleCovariant, match="SGD .*weight decay"):
        scaled_step(torch.optim.SGD(parts, lr=0.1), 0.25)


def test_a_decay_that_no_group_has_is_not_warned_of():
    optimizer = torch.optim.SGD(
        [{"params": [nn.Parameter(torch.zeros(2))], "weight_decay": 0.0}], lr=0.1, weight_decay=0.1
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scaled_step(optimizer, 0.25)


def schedulers(optimizer):
    room = torch.optim.lr_scheduler
    return {
        "lambda": lambda: room.LambdaLR(optimizer, lambda epoch: 0.9**epoch),
        "cosine": lambda: room.CosineAnnealingLR(optimizer, 10),
        "one cycle": lambda: room.OneCycleLR(optimizer, 0.3, total_steps=10),
        "sequence": lambda: room.SequentialLR(
            optimizer, [room.ConstantLR(optimizer, 0.5, 2), room.LambdaLR(optimizer, lambda e: 0.9**e)], [2]
        ),
    }


@pytest.mark.parametrize("name", ["lambda", "cosine", "one cycle", "sequence"])
def test_a_scheduler_made_before_keeps_to_the_scaled_step(name):
    courses = []
    for c in (1.0, 0.25):
        optimizer = groups(torch.optim.SGD)
        scheduler = schedulers(optimizer)[name]()
        scaled_step(optimizer, c, scheduler=scheduler)
        courses.append([])
        for _ in range(6):
            optimizer.step()
            scheduler.step()
            courses[-1].append([group["lr"] for group in optimizer.param_groups])
    for plain, scaled in zip(*courses, strict=True):
        assert scaled == pytest.approx([4 * step for step in plain])


def test_a_scheduler_made_after_starts_from_the_scaled_step():
    optimizer = groups(torch.optim.SGD)
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0)
    with pytest.warns(StepMayReturn, match="scheduler="):
        scaled_step(optimizer, 0.25)
    later = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0)
    optimizer.step()
    later.step()
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.4, 2.0])


def test_a_step_in_a_tensor_stays_in_it():
    step = torch.tensor(0.1)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(2))], lr=step)
    scaled_step(optimizer, 0.25)
    assert optimizer.param_groups[0]["lr"] is step and step.item() == pytest.approx(0.4)
