"""What cannot be swept is refused in a line that says what to do; what can be, but not by the rule, is warned of."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from earlyalign.data.images import Images
from earlyalign.errors import UserError
from earlyalign.fls.checks import (
    NotScaleCovariant,
    check_logits,
    scale_gap,
    warn_unless_covariant,
)
from earlyalign.fls.samples import as_samples

SAMPLES = (torch.randn(20, 4, generator=torch.Generator().manual_seed(0)), torch.arange(20) % 3)


def linear(*after, classes=3):
    return nn.Sequential(nn.Linear(4, classes), *after)


@pytest.mark.parametrize(
    "data",
    [
        SAMPLES,
        [part.numpy() for part in SAMPLES],
        (SAMPLES[0].tolist(), SAMPLES[1].tolist()),
        TensorDataset(*SAMPLES),
    ],
    ids=["tensors", "arrays", "lists", "dataset"],
)
def test_samples_come_in_many_forms(data):
    inputs, labels = as_samples(data, "train")
    torch.testing.assert_close(inputs, SAMPLES[0])
    assert torch.equal(labels, SAMPLES[1])


def test_images_are_samples():
    images = Images(np.ones((3, 1, 2, 2), np.float32), np.arange(3), 3)
    assert as_samples(images, "train")[0].shape == (3, 1, 2, 2)


@pytest.mark.parametrize(
    "data",
    [
        None,
        (SAMPLES[0],),
        (SAMPLES[0], SAMPLES[1][:5]),
        (SAMPLES[0], SAMPLES[1] / 2),
        (SAMPLES[0], SAMPLES[1] - 1),
        (SAMPLES[0][:0], SAMPLES[1][:0]),
        (SAMPLES[0], nn.functional.one_hot(SAMPLES[1])),
    ],
)
def test_what_is_no_labelled_sample_is_refused_by_name(data):
    with pytest.raises(UserError, match="train"):
        as_samples(data, "train")


def test_logits_pass_and_the_mode_is_kept():
    model = linear(nn.Dropout(0.5)).train()
    check_logits(model, SAMPLES)
    assert model.training


class Tupled(nn.Linear):
    def forward(self, inputs):
        return (super().forward(inputs),)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (linear(nn.Softmax(dim=1)), "probabilities, not logits: take off its softmax"),
        (linear(nn.LogSoftmax(dim=1)), "log-probabilities, not logits"),
        (linear(classes=1), "shape"),
        (linear(nn.Flatten(0)), "shape"),
        (linear(classes=2), "a label 2"),
        (Tupled(4, 3), "tuple, not a tensor"),
    ],
)
def test_an_output_that_is_not_logits_is_refused(model, said):
    with pytest.raises(UserError, match=said):
        check_logits(model, SAMPLES)


def maker(optimizer, **settings):
    return lambda parameters, step: optimizer(parameters, lr=step, **settings)


@pytest.mark.parametrize(
    "settings",
    [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"momentum": 0.5, "dampening": 0.2}],
)
def test_sgd_is_scale_covariant_with_and_without_momentum(settings):
    assert scale_gap(maker(torch.optim.SGD, **settings)) < 1e-12
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_unless_covariant(maker(torch.optim.SGD, **settings))


@pytest.mark.parametrize(
    "optimizer",
    [torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.Adagrad, torch.optim.Rprop],
)
def test_optimizers_that_normalise_the_gradient_are_warned_of(optimizer):
    with pytest.warns(NotScaleCovariant, match=f"{optimizer.__name__} .*two knobs"):
        warn_unless_covariant(maker(optimizer))


def test_weight_decay_is_named_as_the_reason():
    with pytest.warns(NotScaleCovariant, match="SGD .*weight decay"):
        warn_unless_covariant(maker(torch.optim.SGD, weight_decay=0.1))


def test_an_optimizer_that_needs_a_closure_is_refused():
    with pytest.raises(UserError, match="closure"):
        scale_gap(maker(torch.optim.LBFGS))
