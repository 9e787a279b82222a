"""The start of Paper A: W(0) = alpha Wt and v_j(0) = +-||w_j(0)||, so that every neuron is balanced.

alpha is the feature learning knob, read backwards: small alpha is strong feature learning. The law of Wt is our choice:
rows i.i.d. N(0, I_d / d), of length near 1.
"""

from __future__ import annotations

import numpy as np

from earlyalign.networks.two_layer import TwoLayer


def balanced_init(
    h: int, d: int, alpha: float, rng: np.random.Generator, antisymmetric: bool = False
) -> TwoLayer:
    """A network of width h with v_j^2 = ||w_j||^2 for every neuron and both signs of v_j present when h >= 2.

    The same `rng` state gives the same Wt and signs at every alpha. With `antisymmetric` the second half repeats the
    first with v_j turned, so that the output is exactly 0 on every input. Raises ValueError for alpha <= 0, h or d < 1,
    or an antisymmetric net of odd width.
    """
    if h < 1 or d < 1:
        raise ValueError(f"width h = {h} and dimension d = {d} must be at least 1")
    if not alpha > 0:
        raise ValueError(f"alpha = {alpha} must be positive")
    if antisymmetric and h % 2:
        raise ValueError(f"an antisymmetric network needs an even width, got h = {h}")
    count = h // 2 if antisymmetric else h
    inner = rng.standard_normal((count, d)) / np.sqrt(d)
    signs = rng.choice([-1.0, 1.0], size=count)
    while count >= 2 and abs(signs.sum()) == count:
        signs = rng.choice([-1.0, 1.0], size=count)
    if antisymmetric:
        inner, signs = np.concatenate([inner, inner]), np.concatenate([signs, -signs])
    inner = alpha * inner
    return TwoLayer(inner, signs * np.linalg.norm(inner, axis=1))


def effective_predictor(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """w_hat = sum of v_j w_j over neurons with v_j > 0: inner (..., h, d), outer (..., h), result (..., d).

    On a sample that every such neuron is active on, and no other neuron is, f(x) = <w_hat, x> (Paper A, Section 5).
    """
    return np.einsum("...j,...jd->...d", np.maximum(outer, 0.0), inner)
