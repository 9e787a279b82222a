"""Activations: one registry, in which every name of an activation is looked up.

An activation must have sigma(0) = 0. The kernels fill blocks of neurons and batches up with zeros, and such a zero
neuron must add nothing to an output and get no gradient; `Activation` refuses any other. These are the definitions.
The mini-batch kernels have vector forms of them (`dynamics.lane_activations`), which are tested against these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.special import ndtr

OnArrays = Callable[[np.ndarray], np.ndarray]
Form = TypeVar("Form")


@dataclass(frozen=True)
class Activation:
    """sigma and sigma', entry by entry, in the precision of the array. Raises ValueError unless sigma(0) = 0."""

    value: OnArrays
    slope: OnArrays

    def __post_init__(self) -> None:
        at_zero = float(self.value(np.zeros(1))[0])
        if at_zero != 0:
            raise ValueError(f"sigma(0) = {at_zero}; it must be 0")


def relu(s: np.ndarray) -> np.ndarray:
    """sigma(s) = max(s, 0)."""
    return np.maximum(s, 0.0)


def relu_slope(s: np.ndarray) -> np.ndarray:
    """sigma'(s), with sigma'(0) = 0: the element of the subdifferential [0, 1] that torch takes too."""
    return (s > 0).astype(s.dtype)


def gelu(s: np.ndarray) -> np.ndarray:
    """sigma(s) = s Phi(s), Phi the Gaussian distribution function (the exact GeLU, not its tanh approximation)."""
    return s * ndtr(s)


def gelu_slope(s: np.ndarray) -> np.ndarray:
    """sigma'(s) = Phi(s) + s phi(s)."""
    density = np.exp(-(s**2) / 2) / np.sqrt(2 * np.pi).astype(s.dtype)
    return ndtr(s) + s * density


ACTIVATIONS: Mapping[str, Activation] = {
    "relu": Activation(relu, relu_slope),
    "gelu": Activation(gelu, gelu_slope),
}
"""Name -> activation, each with sigma(0) = 0. A new one needs a vector form in `dynamics.lane_activations`, too."""


def activation_named(name: str) -> Activation:
    """The activation `name`. Raises ValueError for an unknown one, and names those that there are."""
    return form_of(name, ACTIVATIONS)


def form_of(name: str, forms: Mapping[str, Form]) -> Form:
    """The entry of the activation `name` in a table of forms. Raises ValueError for a name that it lacks."""
    if name not in forms:
        raise ValueError(f"unknown activation {name!r}; allowed: {', '.join(forms)}")
    return forms[name]
