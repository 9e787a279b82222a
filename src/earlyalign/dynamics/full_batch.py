"""The full-batch right-hand side of (4) and its linearisation, as fused kernels over blocks of samples (float64)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import njit

from earlyalign.networks.activations import ACTIVATIONS

BLOCK = 256


@dataclass(frozen=True)
class FullBatch:
    """A sample in the layout of the kernels. Weights travel as (m, d + 1) arrays, a_i last.

    inputs  (blocks, d * BLOCK), within a block one coordinate after the other, zero-padded
    labels  (blocks, BLOCK)
    n, d    sample size and dimension
    """

    inputs: np.ndarray
    labels: np.ndarray
    n: int
    d: int
    block: int
    activation: str = "relu"

    @staticmethod
    def of(inputs: np.ndarray, labels: np.ndarray, activation: str = "relu") -> FullBatch:
        """Lay out inputs (n, d) and labels (n,). Raises ValueError if their lengths differ."""
        n, d = inputs.shape
        if labels.shape != (n,):
            raise ValueError(f"labels have shape {labels.shape}, inputs ask for ({n},)")
        block = 64 if n <= 64 else BLOCK
        count = -(-n // block)
        x, y = np.zeros((count * block, d)), np.zeros(count * block)
        x[:n], y[:n] = inputs, labels
        rows = np.ascontiguousarray(x.reshape(count, block, d).transpose(0, 2, 1)).reshape(count, d * block)
        return FullBatch(rows, y.reshape(count, block), n, d, block, activation)

    def velocity(self, weights: np.ndarray) -> tuple[np.ndarray, float]:
        """Minus the gradient of L = 1/(2n) sum of squares, (m, d + 1), and L itself."""
        out = np.zeros_like(weights)
        loss = _velocity(self.d, self.block, self.activation)(weights, self.inputs, self.labels, self.n, out)
        return out, loss

    def curvature(self, weights: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Hessian of L times `direction` (m, d + 1), within the present activation cells (ReLU)."""
        out = np.zeros_like(weights)
        _curvature(self.d, self.block)(weights, direction, self.inputs, self.labels, self.n, out)
        return out


@cache
def _velocity(d: int, block: int, activation: str):
    sigma, slope = ACTIVATIONS[activation]

    @njit(fastmath=True, error_model="numpy")
    def velocity(weights, inputs, labels, n, out):
        residual, pull, w = np.empty(block), np.empty(block), np.empty(d)
        loss = 0.0
        for q in range(len(inputs)):
            x = inputs[q]
            for k in range(block):
                residual[k] = -labels[q, k]
            for i in range(len(weights)):
                a = weights[i, d]
                for j in range(d):
                    w[j] = weights[i, j]
                for k in range(block):
                    s = 0.0
                    for j in range(d):
                        s += w[j] * x[j * block + k]
                    residual[k] += a * sigma(s)
            for k in range(block):
                loss += residual[k] ** 2
            for i in range(len(weights)):
                a, da = weights[i, d], 0.0
                for j in range(d):
                    w[j] = weights[i, j]
                for k in range(block):
                    s = 0.0
                    for j in range(d):
                        s += w[j] * x[j * block + k]
                    pull[k] = residual[k] * slope(s)
                    da += residual[k] * sigma(s)
                for j in range(d):
                    g = 0.0
                    for k in range(block):
                        g += pull[k] * x[j * block + k]
                    out[i, j] -= a * g / n
                out[i, d] -= da / n
        return loss / (2 * n)

    return velocity


@cache
def _curvature(d: int, block: int):
    @njit(fastmath=True, error_model="numpy")
    def curvature(weights, direction, inputs, labels, n, out):
        residual, change, on = np.empty(block), np.empty(block), np.empty(block)
        w, dw = np.empty(d), np.empty(d)
        for q in range(len(inputs)):
            x = inputs[q]
            for k in range(block):
                residual[k], change[k] = -labels[q, k], 0.0
            for i in range(len(weights)):
                a, da = weights[i, d], direction[i, d]
                for j in range(d):
                    w[j], dw[j] = weights[i, j], direction[i, j]
                for k in range(block):
                    s, ds = 0.0, 0.0
                    for j in range(d):
                        s += w[j] * x[j * block + k]
                        ds += dw[j] * x[j * block + k]
                    active = 1.0 if s > 0 else 0.0
                    residual[k] += a * s * active
                    change[k] += active * (da * s + a * ds)
            for i in range(len(weights)):
                a, da = weights[i, d], direction[i, d]
                for j in range(d):
                    w[j], dw[j] = weights[i, j], direction[i, j]
                for k in range(block):
                    s = 0.0
                    for j in range(d):
                        s += w[j] * x[j * block + k]
                    on[k] = 1.0 if s > 0 else 0.0
                for j in range(d):
                    g, dg = 0.0, 0.0
                    for k in range(block):
                        g += on[k] * residual[k] * x[j * block + k]
                        dg += on[k] * change[k] * x[j * block + k]
                    out[i, j] += (a * dg + da * g) / n
                    out[i, d] += (w[j] * dg + dw[j] * g) / n

    return curvature
