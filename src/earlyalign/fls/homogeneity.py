"""Whether a network is homogeneous in its weights, of the degree that the step rule takes it for."""

from __future__ import annotations

import math
import warnings

import torch
from torch import nn

from earlyalign.dynamics.deep_training import Samples
from earlyalign.fls.samples import fitted

_SCALES = (0.7, 1.3)
_PROBED = 16
_TOLERANCE = 0.02


class NotHomogeneous(UserWarning):
    """The step rule c**(-2/L) does not fit the network: c is not the same knob as the scale of its weights."""


def degree(model: nn.Module, samples: Samples) -> float | None:
    """L if f(s theta) = s**L f(theta) for the logits f in training mode, to one part in fifty; None if for no L.

    Weights that are all zero, as biases often are at the start, are drawn at random first. The model is used up.
    """
    model.train()
    inputs = fitted(samples, model)[0][:_PROBED].to(next(model.parameters()).device)
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        for weights in trained:
            if not weights.any():
                weights.normal_(std=0.3)
        start = [weights.clone() for weights in trained]
        outputs = []
        for scale in (1.0, *_SCALES):
            for weights, value in zip(trained, start, strict=True):
                weights.copy_(scale * value)
            torch.manual_seed(0)
            outputs.append(model(inputs).double())
    plain, *scaled = outputs
    if not all(0 < out.norm() < math.inf for out in outputs):
        return None
    exponents = [
        math.log(other.norm() / plain.norm()) / math.log(s) for other, s in zip(scaled, _SCALES, strict=True)
    ]
    level = sum(exponents) / len(exponents)
    fits = all(
        (other - s**level * plain).norm() <= _TOLERANCE * other.norm()
        for other, s in zip(scaled, _SCALES, strict=True)
    )
    return level if fits and max(exponents) - min(exponents) < 0.1 else None


def warn_unless_homogeneous(
    model: nn.Module, samples: Samples, depth: float, centred: bool, one_step: bool
) -> None:
    """Warn with NotHomogeneous, with the parts of the network that may be why, and say what to sweep instead.

    Normalisation is always warned of: weights in front of it have no scale, whatever the degree in all weights is.
    `model` is used up: give a fresh one.
    """
    norms = sorted({type(part).__name__ for part in model.modules() if "Norm" in type(part).__name__})
    measured = None if norms else degree(model, samples)
    advice = "compare multipliers over a grid of steps, wide enough that no best step is at its end"
    advice += ": only one step is tried now" if one_step else ""
    if measured is None:
        biases = any(name.rpartition(".")[2].startswith("bias") for name, _ in model.named_parameters())
        reasons = ", ".join(norms or (["biases"] if biases else []))
        named = f" ({reasons})" if reasons else ""
        warnings.warn(
            f"the network is not homogeneous in its weights{named}: no depth makes c with step * c**(-2/depth) the "
            f"same knob as the scale of the initial weights, and depth = {depth:g} only guesses the step; {advice}",
            NotHomogeneous,
            stacklevel=3,
        )
    elif abs(measured - depth) > 0.1:
        warnings.warn(
            f"the network is homogeneous of degree {measured:.3g} in its weights, and depth = {depth:g}: c is the same "
            f"knob as the scale of the initial weights only for depth = {measured:.3g}; set that, or {advice}",
            NotHomogeneous,
            stacklevel=3,
        )
    if centred and any(
        isinstance(part, nn.modules.dropout._DropoutNd) and part.p > 0 for part in model.modules()
    ):
        warnings.warn(
            "with dropout f and f_0 draw different masks, so that c (f - f_0) does not start at zero: sweep c f",
            NotHomogeneous,
            stacklevel=3,
        )
