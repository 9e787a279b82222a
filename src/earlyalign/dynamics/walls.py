"""Neurons at their walls: what crossing and sliding change in a step that was taken within fixed activation cells.

Within a step each neuron alone is followed again in short pieces, under the D_i(t) of the step (linear between its
ends) corrected for its own walls: sample k adds alpha_k r_k(t) x_k / n, alpha_k the share of a piece that the
sample is on. On a piece the share is that of the straight path, so a crossing costs second order in the piece; where
the velocities on both sides point at the wall, alpha_k is what keeps w.x_k = 0: Filippov's sliding mode, found by
sweeps over the walls met (the least-norm element of the convex hull of velocities). What the same pieces give without
any crossing is taken away, so a neuron that meets no wall is not touched.

Exact: which of its reachable walls a neuron meets, and the sliding velocity. Approximate, to second order in the step:
how the crossing of one neuron is felt by the others, and by itself through the residual.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from earlyalign.dynamics.full_batch import WORD, Cells, FullBatch, Slides

_ROUNDS, _SWEEPS = 3, 30
_RETRIES = 8
_SETTLED = 1e-6


def cross(
    batch: FullBatch, cells: Cells, start, ends, pulls, residuals, span: float, pieces: int, bend, reach
):
    """What the neurons' own walls change in a step.

    start, ends    (m, d + 1) weights at the start of the step and at its end within the cells
    pulls          (m, d) twice: D_i at both, before projection
    residuals      (n,) twice
    bend           (m,) how far the path within the cells may stray from its chord
    reach          (m,) how far beside the step's path a wall is looked for; followed farther where a neuron strays
    Returns the corrected weights and the walls then slid on.
    """
    weights, slides = ends.copy(), Slides.none(len(start), batch.d)
    _cross(
        start, weights, pulls[0], pulls[1], residuals[0], residuals[1], span, pieces, batch.rows, cells.masks,
        cells.near, bend, reach, cells.slides.walls, cells.slides.count, cells.slides.bases, slides.walls, slides.count,
        slides.bases,
    )  # fmt: skip
    return weights, slides


@njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"})
def _cross(
    start, weights, first, last, before, after, span, pieces, rows, masks, near, bend, reach, walls, count, bases,
    new_walls, new_count, new_bases,
):  # fmt: skip
    n, d = len(rows), first.shape[1]
    listed, was, share = np.empty(n, np.int64), np.empty(n), np.empty(n)
    height, size, strength, x = np.empty(n), np.empty(n), np.empty(n), np.empty((n, d))
    change = np.empty(d + 1)
    for i in range(len(start)):
        margin, c, changed = bend[i] + reach[i], 0, False
        for _ in range(_RETRIES):
            c, due = _gather(
                start[i], weights[i], margin, bend[i], rows, masks[i], near[i], walls[i], count[i], listed, was,
                share, height, size, x,
            )  # fmt: skip
            if due == count[i] and _holds(rows, walls[i], due, first[i], before, n) and _holds(
                rows, walls[i], due, last[i], after, n
            ):  # fmt: skip
                break
            changed, shift = _follow(
                start[i], first[i], last[i], before, after, span, pieces, n, c, listed, was, share, height, size,
                strength, x, bases[i], count[i], change,
            )  # fmt: skip
            if shift <= margin or c == n:
                break
            margin = 2 * shift
        if changed:
            for j in range(d + 1):
                weights[i, j] += change[j]
        if not changed:
            new_count[i] = count[i]
            for t in range(count[i]):
                new_walls[i, t] = walls[i, t]
                for j in range(d):
                    new_bases[i, t, j] = bases[i, t, j]
        else:
            for s in range(c):
                if height[s] == 0.0:
                    new_count[i] = _grow(new_bases[i], new_walls[i], new_count[i], x[s], listed[s])
        _project(weights[i], new_bases[i], new_count[i], d)


@njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"})
def _gather(
    start, end, margin, bend, rows, mask, near, walls, count, listed, was, share, height, size, x
):  # fmt: skip
    """List the samples whose wall a neuron may meet between `start` and `end`, straying by `margin`: how many, and how
    many of them it slides on or meets straying no farther than `bend`."""
    n, d, c, due = len(rows), x.shape[1], 0, 0
    length, along, moved = 0.0, 0.0, 0.0
    for j in range(d):
        length += start[j] ** 2
        along += start[j] * (end[j] - start[j])
        moved += (end[j] - start[j]) ** 2
    growth = along / length if length > 0.0 else 0.0
    aside = np.sqrt(max(moved - growth * along, 0.0))
    within = (aside + margin) / min(1.0, 1.0 + growth) if growth > -0.9 else np.inf
    for q in range(len(mask)):
        if near[q] > within:
            continue
        for k in range(q * WORD, min(n, (q + 1) * WORD)):
            here, there, square = 0.0, 0.0, 0.0
            for j in range(d):
                here += start[j] * rows[k, j]
                there += end[j] * rows[k, j]
                square += rows[k, j] ** 2
            slid = False
            for t in range(count):
                slid = slid or walls[t] == k
            closest = 0.0 if slid or here * there <= 0.0 else min(here * here, there * there)
            if closest <= margin * margin * square:
                on = float((mask[q] >> np.uint64(k % WORD)) & np.uint64(1))
                listed[c], share[c], size[c] = k, on, square
                was[c], height[c] = (0.5, 0.0) if slid else (on, here)
                for j in range(d):
                    x[c, j] = rows[k, j]
                c += 1
                due += int(closest <= bend * bend * square)
    return c, due


@njit(cache=True, error_model="numpy")
def _holds(rows, walls, count, pull, residual, n):
    """Whether a neuron on the first `count` walls, its D being `pull` with them off, goes on sliding along all."""
    if count == 0:
        return True
    gram, right = np.empty((count, count)), np.empty(count)
    for s in range(count):
        right[s] = 0.0
        for j in range(len(pull)):
            right[s] -= rows[walls[s], j] * pull[j]
        for t in range(count):
            gram[s, t] = 0.0
            for j in range(len(pull)):
                gram[s, t] += rows[walls[s], j] * rows[walls[t], j]
    found = np.linalg.solve(gram, right)
    for s in range(count):
        share = found[s] * n / residual[walls[s]]
        if not 0.0 < share < 1.0:
            return False
    return True


@njit(cache=True, error_model="numpy")
def _project(vector, basis, count, d):
    for t in range(count):
        part = 0.0
        for j in range(d):
            part += basis[t, j] * vector[j]
        for j in range(d):
            vector[j] -= part * basis[t, j]


@njit(cache=True, error_model="numpy")
def _grow(basis, walls, count, x, sample):
    """Add the wall of x to an orthonormal basis unless it depends on what is there; how many there are then."""
    d = len(x)
    if count == d:
        return count
    full, left = 0.0, 0.0
    new = x[:d].copy()
    for j in range(d):
        full += x[j] ** 2
    _project(new, basis, count, d)
    _project(new, basis, count, d)
    for j in range(d):
        left += new[j] ** 2
    if left <= 1e-16 * full:
        return count
    for j in range(d):
        basis[count, j] = new[j] / np.sqrt(left)
    walls[count] = sample
    return count + 1


@njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"})
def _follow(
    start, first, last, before, after, span, pieces, n, c, listed, was, share, height, size, strength, x, basis,
    count, correction,
):  # fmt: skip
    """One neuron through a step: what its walls add to its weights into `correction`; whether any wall was met or
    left, and how far it strayed from the path without them."""
    d, delta = len(first), span / pieces
    w, a = start[:d].copy(), start[d]
    free, b = start[:d].copy(), start[d]
    base, pull, active = np.empty(d), np.empty(d), np.empty(c, np.int64)
    changed, shift = False, 0.0
    for piece in range(pieces):
        mid = (piece + 0.5) / pieces
        for j in range(d):
            base[j] = first[j] + (last[j] - first[j]) * mid
            pull[j] = base[j]
        for s in range(c):
            k = listed[s]
            strength[s] = (before[k] + (after[k] - before[k]) * mid) / n
            old = was[s] if was[s] != 0.5 else 0.0
            change = (share[s] - old) * strength[s]
            if change != 0.0:
                for j in range(d):
                    pull[j] += change * x[s, j]
        along = 0.0
        for j in range(d):
            along += w[j] * pull[j]
        middle = a + 0.5 * delta * along
        _sweep(c, share, height, size, strength, x, pull, delta * middle, active)
        along, aside = 0.0, 0.0
        for j in range(d):
            along += (w[j] + 0.5 * delta * middle * pull[j]) * pull[j]
        for j in range(d):
            w[j] += delta * middle * pull[j]
        a += delta * along
        for s in range(c):
            gain = delta * middle * strength[s] * size[s]
            if 0.0 < share[s] < 1.0:
                ahead = height[s]
                for j in range(d):
                    ahead += delta * middle * x[s, j] * pull[j]
                slides = gain < 0 and abs(ahead) <= 1e-5 * abs(gain)
            else:
                slides, ahead = False, 0.0
                for j in range(d):
                    ahead += x[s, j] * w[j]
                ahead = min(ahead, -1e-300) if share[s] == 0.0 else max(ahead, 1e-300)
            height[s] = 0.0 if slides else ahead
            changed = changed or (slides != (was[s] == 0.5))
            if not slides:
                changed = changed or share[s] != was[s]
                share[s] = 1.0 if height[s] > 0.0 else 0.0
        _project(base, basis, count, d)
        for j in range(d):
            aside += free[j] * base[j]
        middle = b + 0.5 * delta * aside
        aside = 0.0
        for j in range(d):
            aside += (free[j] + 0.5 * delta * middle * base[j]) * base[j]
        for j in range(d):
            free[j] += delta * middle * base[j]
        b += delta * aside
        aside = 0.0
        for j in range(d):
            aside += (w[j] - free[j]) ** 2
        shift = max(shift, np.sqrt(aside))
    for j in range(d):
        correction[j] = w[j] - free[j]
    correction[d] = a - b
    return changed, shift


@njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"})
def _sweep(c, share, height, size, strength, x, pull, length, active):
    """Shares that agree with one another on a piece of length `length` (times a): sweeps over all walls, and between
    them over those that had moved until they rest. `pull` follows."""
    d = len(pull)
    for _ in range(_ROUNDS):
        movers = 0
        for s in range(c):
            if _adjust(s, d, share, height, size, strength, x, pull, length) > _SETTLED:
                active[movers] = s
                movers += 1
        if movers == 0:
            break
        for _ in range(_SWEEPS):
            largest = 0.0
            for t in range(movers):
                largest = max(largest, _adjust(active[t], d, share, height, size, strength, x, pull, length))
            if largest <= _SETTLED:
                break


@njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"}, inline="always")
def _adjust(s, d, share, height, size, strength, x, pull, length):
    """The share of one wall given the others', and by how much it changed."""
    gain = length * strength[s] * size[s]
    ahead = 0.0
    for j in range(d):
        ahead += x[s, j] * pull[j]
    ahead = height[s] + length * ahead - share[s] * gain
    change = _share(height[s], ahead, gain) - share[s]
    if abs(change) > _SETTLED:
        share[s] += change
        for j in range(d):
            pull[j] += change * strength[s] * x[s, j]
    return abs(change)


@njit(cache=True, error_model="numpy")
def _share(height, ahead, gain):
    """The share of a piece that a sample is on: its w.x_k starts at `height`, would end at `ahead` were it off all the
    time, and gains `gain` were it on all the time."""
    if height <= 0.0:
        if ahead <= 0.0:
            return 0.0
        past = ahead / (ahead - height)
        return past if ahead + past * gain >= 0.0 else -ahead / gain
    full = ahead + gain
    if full >= 0.0:
        return 1.0
    past = height / (height - full)
    return past if ahead + past * gain <= 0.0 else -ahead / gain
