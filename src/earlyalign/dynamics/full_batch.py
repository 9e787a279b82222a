"""The full-batch right-hand side of (4) within fixed activation cells, at a cost that hardly grows with width.

While no neuron crosses a wall w.x_k = 0, its D_i = (1/n) sum_k on_ik r_k x_k is a masked sum, and the outputs are
h_k = x_k . sum_i on_ik a_i w_i. Neurons of nearby directions differ in few bits of their masks. So the neurons are
hung in a tree, each from one near it, and only the samples in which it differs from its parent are stored and summed:
exact, and cheaper than pairs of neurons and samples by the factor by which the neurons have aligned.

A neuron that slides along walls has these samples off, which changes nothing as w.x_k = 0, and its D_i projected off
them: that is Filippov's velocity. `Cells` is the pair of masks and sliding walls; float64 throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import njit

WORD = 64


@dataclass(frozen=True)
class FullBatch:
    """A sample in the layout of the kernels. Weights travel as (m, d + 1) arrays, a_i last.

    rows     (n, pad) inputs, zero-padded to a multiple of four coordinates
    columns  (d, words * 64) the same, one coordinate after the other, zero-padded
    inverse  (words * 64,) 1 / |x_k|, and 0 for the padding and for inputs that are 0
    labels   (n,)
    """

    rows: np.ndarray
    columns: np.ndarray
    inverse: np.ndarray
    labels: np.ndarray
    d: int

    @staticmethod
    def of(inputs: np.ndarray, labels: np.ndarray) -> FullBatch:
        """Lay out inputs (n, d) and labels (n,). Raises ValueError if their lengths differ."""
        n, d = inputs.shape
        if labels.shape != (n,):
            raise ValueError(f"labels have shape {labels.shape}, inputs ask for ({n},)")
        rows = np.zeros((n, -(-d // 4) * 4))
        rows[:, :d] = inputs
        columns = np.zeros((d, -(-n // WORD) * WORD))
        columns[:, :n] = inputs.T
        length = np.linalg.norm(columns, axis=0)
        inverse = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
        return FullBatch(rows, columns, inverse, np.array(labels, float), d)

    @property
    def n(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Slides:
    """On which walls neurons slide, and orthonormal bases of what those take away.

    walls  (m, d) samples, count (m,) how many of them; bases (m, d, d) rows q_1 … q_count
    """

    walls: np.ndarray
    count: np.ndarray
    bases: np.ndarray

    @staticmethod
    def none(m: int, d: int) -> Slides:
        return Slides(np.zeros((m, d), np.int64), np.zeros(m, np.int64), np.zeros((m, d, d)))


@dataclass(frozen=True)
class Cells:
    """The activation cells that the neurons are in, and the kernels' view of them.

    masks   (m, words) uint64, bit k % 64 of word k // 64: sample k is on
    near    (m, words) least |w.x_k| / |x_k| among the samples of a word
    slides  the walls slid on
    order, parent  (m,) the tree, parents first; -1 hangs from the empty mask
    starts, turns, samples  in CSR form what neuron order[e] has on that its parent has off (starts[e] to turns[e]),
                            and the other way round (turns[e] to starts[e + 1])
    """

    masks: np.ndarray
    near: np.ndarray
    slides: Slides
    order: np.ndarray
    parent: np.ndarray
    starts: np.ndarray
    turns: np.ndarray
    samples: np.ndarray

    @staticmethod
    def at(batch: FullBatch, weights: np.ndarray, slides: Slides, tree=None) -> Cells:
        """The cells of `weights`. `tree` is an (order, parent) of other weights nearby: right, if less cheap."""
        order, parent = tree if tree is not None else _tree(_directions(weights))
        masks, near = _masks(weights, batch.columns, batch.inverse, batch.n, slides.walls, slides.count)
        return Cells(masks, near, slides, order, parent, *_differences(masks, order, parent))

    @property
    def tree(self) -> tuple[np.ndarray, np.ndarray]:
        return self.order, self.parent


def velocity(batch: FullBatch, cells: Cells, weights: np.ndarray):
    """Minus the gradient of L = 1/(2n) sum of squares within the cells, projected where neurons slide.

    Returns (m, d + 1) velocity, (m, d) D before projection, (n,) residuals y - h, and L.
    """
    kernel = kernels(batch.rows.shape[1])[0]
    speed, pull = np.empty_like(weights), np.empty((len(weights), batch.d))
    residual = np.empty(batch.n)
    loss = kernel(
        weights, batch.rows, batch.labels, cells.order, cells.parent, cells.starts, cells.turns, cells.samples,
        cells.slides.count, cells.slides.bases, speed, pull, residual,
    )  # fmt: skip
    return speed, pull, residual, loss


def pulls(batch: FullBatch, cells: Cells, residual: np.ndarray) -> np.ndarray:
    """(m, d) D_i of the cells, before projection, were the residuals `residual` (n,)."""
    kernel = kernels(batch.rows.shape[1])[1]
    pull = np.empty((len(cells.order), batch.d))
    kernel(
        residual, batch.rows, cells.order, cells.parent, cells.starts, cells.turns, cells.samples,
        np.empty_like(batch.rows), pull,
    )  # fmt: skip
    return pull


def chebyshev_step(batch: FullBatch, cells: Cells, start: np.ndarray, speed: np.ndarray, span: float, table):
    """One step of RKC2 of length `span` within the cells; `table` are its coefficients."""
    kernel = kernels(batch.rows.shape[1])[2]
    return kernel(
        start, speed, span, table.mu, table.nu, table.mu_tilde, table.gamma_tilde, batch.rows, batch.labels,
        cells.order, cells.parent, cells.starts, cells.turns, cells.samples, cells.slides.count,
        cells.slides.bases, np.empty((len(start), batch.d)), np.empty(batch.n),
    )  # fmt: skip


def _directions(weights: np.ndarray) -> np.ndarray:
    inner = weights[:, :-1]
    length = np.linalg.norm(inner, axis=1, keepdims=True)
    return np.divide(inner, length, out=np.zeros_like(inner), where=length > 0)


@njit(cache=True, fastmath=True)
def _tree(directions):
    """A spanning tree of least total angle, by Prim's algorithm: order and parents of the neurons, parents first."""
    m, d = directions.shape
    order, parent = np.zeros(m, np.int64), np.full(m, -1, np.int64)
    best, held = np.full(m, -2.0), np.zeros(m, np.bool_)
    for e in range(m):
        pick = -1
        for i in range(m):
            if not held[i] and (pick < 0 or best[i] > best[pick]):
                pick = i
        order[e], held[pick] = pick, True
        for i in range(m):
            if not held[i]:
                cosine = 0.0
                for j in range(d):
                    cosine += directions[i, j] * directions[pick, j]
                if cosine > best[i]:
                    best[i], parent[i] = cosine, pick
    return order, parent


@njit(cache=True, fastmath={"reassoc", "contract", "nsz"}, error_model="numpy")
def _masks(weights, columns, inverse, n, walls, count):
    m, d, words = len(weights), columns.shape[0], columns.shape[1] // WORD
    masks, near = np.zeros((m, words), np.uint64), np.zeros((m, words))
    height = np.empty(WORD)
    for i in range(m):
        for q in range(words):
            for k in range(WORD):
                height[k] = weights[i, 0] * columns[0, q * WORD + k]
            for j in range(1, d):
                w = weights[i, j]
                for k in range(WORD):
                    height[k] += w * columns[j, q * WORD + k]
            word = np.uint64(0)
            for k in range(WORD):
                word |= np.uint64(height[k] > 0) << np.uint64(k)
            masks[i, q] = word
            least = np.inf
            for k in range(min(WORD, n - q * WORD)):
                least = min(least, abs(height[k]) * inverse[q * WORD + k])
            near[i, q] = least
        for s in range(count[i]):
            k = walls[i, s]
            masks[i, k // WORD] &= ~(np.uint64(1) << np.uint64(k % WORD))
            near[i, k // WORD] = 0.0
    return masks, near


@njit(cache=True)
def _ones(word):
    """How many bits of a word are set."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    low = np.uint64(0x3333333333333333)
    word = (word & low) + ((word >> np.uint64(2)) & low)
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True)
def _list(word, base, samples, at):
    while word:
        lowest = word & (~word + np.uint64(1))
        samples[at] = base + _ones(lowest - np.uint64(1))
        at += 1
        word ^= lowest
    return at


@njit(cache=True)
def _differences(masks, order, parent):
    m, words = masks.shape
    total = 0
    for i in range(m):
        for q in range(words):
            above = masks[parent[i], q] if parent[i] >= 0 else np.uint64(0)
            total += _ones(masks[i, q] ^ above)
    starts, turns, samples = np.zeros(m + 1, np.int64), np.zeros(m, np.int64), np.empty(total, np.int32)
    at = 0
    for e in range(m):
        i = order[e]
        for q in range(words):
            above = masks[parent[i], q] if parent[i] >= 0 else np.uint64(0)
            at = _list(masks[i, q] & ~above, q * WORD, samples, at)
        turns[e] = at
        for q in range(words):
            above = masks[parent[i], q] if parent[i] >= 0 else np.uint64(0)
            at = _list(above & ~masks[i, q], q * WORD, samples, at)
        starts[e + 1] = at
    return starts, turns, samples


@cache
def kernels(pad: int):
    """(velocity, D alone, RKC2 step) for rows of `pad` coordinates, compiled for each length: loops over it unroll."""

    @njit(fastmath=True, error_model="numpy", cache=True)
    def residuals(weights, rows, labels, order, parent, starts, turns, samples, residual, sums):
        m, n, d = len(weights), len(rows), weights.shape[1] - 1
        below, term = np.zeros((m, pad)), np.empty(pad)
        sums[:] = 0.0
        for i in range(m):
            for j in range(d):
                below[i, j] = weights[i, d] * weights[i, j]
        for e in range(m - 1, -1, -1):
            i = order[e]
            for j in range(pad):
                term[j] = below[i, j]
            if parent[i] >= 0:
                for j in range(pad):
                    below[parent[i], j] += term[j]
            for s in range(starts[e], turns[e]):
                k = samples[s]
                for j in range(pad):
                    sums[k, j] += term[j]
            for s in range(turns[e], starts[e + 1]):
                k = samples[s]
                for j in range(pad):
                    sums[k, j] -= term[j]
        loss = 0.0
        for k in range(n):
            h = 0.0
            for j in range(pad):
                h += rows[k, j] * sums[k, j]
            residual[k] = labels[k] - h
            loss += residual[k] ** 2
        return loss / (2 * n)

    @njit(fastmath=True, error_model="numpy", cache=True)
    def pulls(residual, rows, order, parent, starts, turns, samples, sums, pull):
        m, n, d = len(pull), len(rows), pull.shape[1]
        hung, total = np.empty((m, pad)), np.empty(pad)
        for k in range(n):
            r = residual[k] / n
            for j in range(pad):
                sums[k, j] = r * rows[k, j]
        for e in range(m):
            i = order[e]
            for j in range(pad):
                total[j] = 0.0
            for s in range(starts[e], turns[e]):
                k = samples[s]
                for j in range(pad):
                    total[j] += sums[k, j]
            for s in range(turns[e], starts[e + 1]):
                k = samples[s]
                for j in range(pad):
                    total[j] -= sums[k, j]
            if parent[i] >= 0:
                for j in range(pad):
                    total[j] += hung[parent[i], j]
            for j in range(pad):
                hung[i, j] = total[j]
            for j in range(d):
                pull[i, j] = total[j]

    @njit(fastmath=True, error_model="numpy", cache=True)
    def velocity(
        weights, rows, labels, order, parent, starts, turns, samples, count, bases, speed, pull, residual
    ):
        m, n, d = len(weights), len(rows), weights.shape[1] - 1
        sums, total = np.empty((n, pad)), np.empty(d)
        loss = residuals(weights, rows, labels, order, parent, starts, turns, samples, residual, sums)
        pulls(residual, rows, order, parent, starts, turns, samples, sums, pull)
        for i in range(m):
            for j in range(d):
                total[j] = pull[i, j]
            for s in range(count[i]):
                part = 0.0
                for j in range(d):
                    part += bases[i, s, j] * total[j]
                for j in range(d):
                    total[j] -= part * bases[i, s, j]
            rise = 0.0
            for j in range(d):
                speed[i, j] = weights[i, d] * total[j]
                rise += weights[i, j] * total[j]
            speed[i, d] = rise
        return loss

    @njit(error_model="numpy", cache=True)
    def step(
        start, speed, span, mu, nu, mu_tilde, gamma_tilde, rows, labels, order, parent, starts, turns, samples,
        count, bases, pull, residual,
    ):  # fmt: skip
        m, width = start.shape
        before, now, after = start.copy(), start + mu_tilde[1] * span * speed, np.empty_like(start)
        rate = np.empty_like(start)
        for s in range(2, len(mu)):
            velocity(
                now, rows, labels, order, parent, starts, turns, samples, count, bases, rate, pull, residual
            )
            for i in range(m):
                for j in range(width):
                    after[i, j] = (1 - mu[s] - nu[s]) * start[i, j] + mu[s] * now[i, j] + nu[s] * before[i, j]
                    after[i, j] += span * (mu_tilde[s] * rate[i, j] + gamma_tilde[s] * speed[i, j])
            before, now, after = now, after, before
        return now

    return velocity, pulls, step
