"""`diagnose`: what feature learning did to a network's first layer and to its kernel."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional

from earlyalign.dynamics.deep_training import Samples, evaluate
from earlyalign.errors import UserError
from earlyalign.fls.checks import check_logits, every_module
from earlyalign.fls.samples import as_samples, fitted
from earlyalign.geometry.clusters import direction_clusters
from earlyalign.networks.output_multiplier import OutputMultiplier

DEGREES, SHARE = 15.0, 0.95
"""Neurons within 15 degrees count as one direction; the effective width is how many hold 95 % of the squared
weights."""

LAZY = 0.05
"""Kernel movement below which a run is called lazy. Chosen, as are the two below."""

TURNED = 1 / 3
"""Share of the way from the start's alignment to 1, beyond which the first layer is said to turn to the class means."""

NARROWED = 0.5
"""Effective width against the start's, below which the first layer is called narrowed."""


@dataclass(frozen=True)
class Diagnosis:
    """One row a snapshot, in the order of training; row 0 is the start.

    alignment        squared-weight mean over neurons of w'Sw / (|w|^2 max eigenvalue of S), S the scatter of the
                     class means (of their patches, where the first layer is a convolution): 1 if all neurons point
                     where classes differ most. For two classes and a linear layer it is the squared cosine with the
                     difference of the means
    chance           what directions drawn at random would have
    weight_movement  |theta - theta_0| / |theta_0|
    kernel_movement  1 - cosine of the centred tangent kernels now and at the start (their CKA): 0 lazy, towards 1
                     features were learned
    effective_width  directions that hold 95 % of the first layer's squared weights, within 15 degrees
    loss, accuracy   on the data given
    """

    table: pd.DataFrame

    @property
    def words(self) -> str:
        """What the last row says. It names the side to try next; only a sweep decides."""
        first, last = self.table.iloc[0], self.table.iloc[-1]
        if last.kernel_movement < LAZY:
            return "lazy: the kernel hardly moved. If it does not generalise, that is over-fitting: try a smaller c"
        narrowed = last.effective_width < NARROWED * first.effective_width
        turned = last.alignment - first.alignment > TURNED * (1 - first.alignment)
        if narrowed or turned:
            readings = {"turned to the class means": turned, "narrowed": narrowed}
            said = " and ".join(words for words, holds in readings.items() if holds)
            return f"strong: the first layer {said}. If it does not generalise, try a larger c"
        return (
            "in between: the kernel moved, but the first layer did not collapse. A sweep tells what is best"
        )

    def _repr_html_(self) -> str:
        return f"<p><strong>{self.words}</strong></p>{self.table.round(3).to_html(index=False)}"


def diagnose(
    model: nn.Module | Sequence[nn.Module],
    data: Any,
    *,
    start: nn.Module | None = None,
    probes: int = 32,
    seed: int = 0,
) -> Diagnosis:
    """Alignment, movement and effective width of a trained network, or of snapshots of it in the order of training.

    data     training sample: Images, (inputs, labels), or a torch Dataset
    start    the network before training; by default f_0 of a centred OutputMultiplier, or the first of two or more
             snapshots
    probes   inputs on which the tangent kernel is compared, for one random combination of the logits drawn from
             `seed`. Costs one backward pass for each and each snapshot

    The first layer is the first linear or convolutional one in the order in which the model registers its modules.
    Raises UserError without a start, or for a model that has no such layer or does not give logits.
    """
    samples = as_samples(data, "data")
    snapshots = list(model) if isinstance(model, Sequence) and not isinstance(model, nn.Module) else [model]
    begun = start if start is not None else _start_of(snapshots)
    if begun is not snapshots[0]:
        snapshots = [begun, *snapshots]
    for snapshot in snapshots:
        check_logits(snapshot, samples)
    fit = [fitted(samples, snapshot) for snapshot in snapshots]
    kernels = [
        tangent_kernel(snapshot, part[0][:probes], seed)
        for snapshot, part in zip(snapshots, fit, strict=True)
    ]
    origin = _weights(begun)
    rows = []
    for place, (snapshot, kernel) in enumerate(zip(snapshots, kernels, strict=True)):
        layer = first_layer(snapshot)
        directions = layer.weight.detach().flatten(1).double().cpu().numpy()
        alignment, chance = class_alignment(directions, class_scatter(layer, samples))
        loss, accuracy = evaluate(copy.deepcopy(snapshot).eval(), fit[place])
        rows.append(
            {
                "snapshot": place,
                "alignment": alignment,
                "chance": chance,
                "weight_movement": ((_weights(snapshot) - origin).norm() / origin.norm()).item(),
                "kernel_movement": 1
                - (kernel * kernels[0]).sum() / (np.linalg.norm(kernel) * np.linalg.norm(kernels[0])),
                "effective_width": direction_count(directions),
                "loss": loss,
                "accuracy": accuracy,
            }
        )
    return Diagnosis(pd.DataFrame(rows))


def _start_of(snapshots: Sequence[nn.Module]) -> nn.Module:
    if len(snapshots) > 1:
        return snapshots[0]
    if isinstance(snapshots[0], OutputMultiplier) and snapshots[0].centred:
        return OutputMultiplier(snapshots[0].initial, snapshots[0].c)
    raise UserError(
        "diagnose needs to know where training started: give start=, or a list of snapshots, the first untrained"
    )


def _weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([weights.detach().flatten().double() for weights in model.parameters()])


def first_layer(model: nn.Module) -> nn.Linear | nn.Conv2d:
    """The first linear or two-dimensional convolutional layer. Raises UserError if there is none,
    or an embedding before it."""
    for module in every_module(model):
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            break
        if isinstance(module, nn.Linear | nn.Conv2d):
            return module
    raise UserError("the model has no linear or two-dimensional convolutional layer that sees its inputs")


def class_scatter(layer: nn.Linear | nn.Conv2d, samples: Samples) -> np.ndarray:
    """S (p, p): scatter of the class means about their mean, as the layer sees them: whole inputs, or patches.

    Raises UserError for grouped convolutions, or for inputs that do not go straight into the layer.
    """
    inputs, labels = samples
    means = torch.stack([inputs[labels == label].double().mean(dim=0) for label in labels.unique()])
    means = means - means.mean(dim=0)
    if (
        isinstance(layer, nn.Conv2d)
        and layer.groups == 1
        and means.ndim == 4
        and not isinstance(layer.padding, str)
    ):
        patches = functional.unfold(means, layer.kernel_size, layer.dilation, layer.padding, layer.stride)
        seen = patches.transpose(1, 2).reshape(-1, patches.shape[1])
    else:
        seen = means.flatten(1)
    if seen.shape[1] != layer.weight[0].numel():
        raise UserError(
            f"the inputs, of {seen.shape[1]} numbers, do not go straight into the first layer found: {layer}"
        )
    return (seen.T @ seen).numpy()


def class_alignment(directions: np.ndarray, scatter: np.ndarray) -> tuple[float, float]:
    """(alignment, chance) of directions (h, p) with scatter (p, p), as `Diagnosis` defines them; both in [0, 1]."""
    top = float(np.linalg.eigvalsh(scatter)[-1])
    mass = float((directions**2).sum())
    if top <= 0 or mass == 0:
        return 0.0, 0.0
    return float(((directions @ scatter) * directions).sum() / (mass * top)), float(
        np.trace(scatter) / (len(scatter) * top)
    )


def direction_count(directions: np.ndarray) -> int:
    """The least number of clusters of directions (h, p) that hold `SHARE` of their squared length."""
    squared = (directions**2).sum(axis=1)
    rows = squared > 0
    if not rows.any():
        return 0
    masses = np.bincount(direction_clusters(directions[rows], DEGREES), squared[rows])[1:]
    held = np.cumsum(np.sort(masses)[::-1]) / masses.sum()
    return int(np.searchsorted(held, SHARE) + 1)


def tangent_kernel(model: nn.Module, inputs: torch.Tensor, seed: int) -> np.ndarray:
    """K (n, n) = <g_i, g_j>, g_i the gradient at x_i of one random combination of the logits, in eval mode, less the
    mean of the g_i."""
    twin = copy.deepcopy(model).eval().requires_grad_(True)
    weights = list(twin.parameters())
    inputs = inputs.to(weights[0].device)
    out = twin(inputs[:1])
    mixing = torch.randn(out.shape[1], generator=torch.Generator().manual_seed(seed)).to(out)
    gradients = []
    for row in inputs:
        parts = torch.autograd.grad((twin(row[None]) @ mixing).sum(), weights, allow_unused=True)
        gradients.append(torch.cat([p.flatten().double() for p in parts if p is not None]))
    stacked = torch.stack(gradients)
    stacked = stacked - stacked.mean(dim=0)
    return (stacked @ stacked.T).cpu().numpy()
