"""Dormand–Prince 5(4) with error control and a dense output, compiled for the logistic flow of one small network.

The tableau is scipy's (`scipy.integrate.RK45`); what is ours is the field, the error measured neuron by neuron, and
stopping at levels of the risk. The state is (h, r + 1): inner weights, then the outer weight. The inputs carry a last
column of zeros to match.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.integrate import RK45

_A, _B, _E, _P = (np.ascontiguousarray(table, float) for table in (RK45.A, RK45.B, RK45.E, RK45.P))
_STAGES = len(_B)

_SAFETY, _GROW, _SHRINK = 0.9, 4.0, 0.2
_SMALL = 1e-2
"""Neurons below this share of the root mean square norm are followed to the accuracy of that norm."""

_ROOT_STEPS = 60
_FINISHED, _HORIZON, _STEPS = 0, 1, 2


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})
def _field(state, inputs, turned, labels, shift, outer_rate, rate, heights, pulls, outputs):
    """The velocity into `rate` (h, r + 1), the outputs f(x_i) + shift_i into `outputs` (n,)."""
    h, n, last = heights.shape[0], heights.shape[1], state.shape[1] - 1
    np.dot(state, turned, heights)
    for i in range(n):
        outputs[i] = shift[i]
    for j in range(h):
        v = state[j, last]
        for i in range(n):
            outputs[i] += v * max(heights[j, i], 0.0)
    for i in range(n):
        pulls[h, i] = 2.0 * labels[i] / (1.0 + np.exp(labels[i] * outputs[i]))
    for j in range(h):
        v = state[j, last]
        for i in range(n):
            pulls[j, i] = v * pulls[h, i] if heights[j, i] > 0.0 else 0.0
    np.dot(pulls[:h], inputs, rate)
    for j in range(h):
        total = 0.0
        for i in range(n):
            total += pulls[h, i] * max(heights[j, i], 0.0)
        rate[j, last] = outer_rate * total


@njit(cache=True)
def _risk(outputs, labels, counted):
    """Mean of 2 log(1 + exp(-y f)) over the counted samples."""
    total, count = 0.0, 0
    for i in range(len(labels)):
        if counted[i]:
            margin = labels[i] * outputs[i]
            total += max(-margin, 0.0) + np.log1p(np.exp(-abs(margin)))
            count += 1
    return 2.0 * total / count


@njit(cache=True)
def _between(state, stages, span, share):
    """The state at `share` of a step of length `span`, by the fourth-order interpolant."""
    between = state.copy()
    for s in range(_STAGES + 1):
        weight = 0.0
        for power in range(_P.shape[1] - 1, -1, -1):
            weight = (weight + _P[s, power]) * share
        between += span * weight * stages[s]
    return between


@njit(cache=True)
def _risk_between(state, stages, span, share, turned, labels, shift, counted):
    there = _between(state, stages, span, share)
    heights = np.dot(there, turned)
    outputs = shift.copy()
    for j in range(len(there)):
        for i in range(len(labels)):
            outputs[i] += there[j, -1] * max(heights[j, i], 0.0)
    return _risk(outputs, labels, counted)


@njit(cache=True)
def _crossing(state, stages, span, left, eta, turned, labels, shift, counted):
    """The share of the step, from `left` on, at which the risk comes down to eta, by the Illinois method."""
    right = 1.0
    above = _risk_between(state, stages, span, left, turned, labels, shift, counted) - eta
    if above <= 0.0:
        return left
    below = _risk_between(state, stages, span, right, turned, labels, shift, counted) - eta
    side = 0
    for _ in range(_ROOT_STEPS):
        if right - left <= 1e-15 * right or below == 0.0:
            break
        middle = (left * below - right * above) / (below - above)
        value = _risk_between(state, stages, span, middle, turned, labels, shift, counted) - eta
        if value > 0.0:
            left, above = middle, value
            below = below / 2 if side == 1 else below
            side = 1
        else:
            right, below = middle, value
            above = above / 2 if side == -1 else above
            side = -1
    return right


@njit(cache=True, error_model="numpy")
def _local_error(state, moved, stages, span, rtol):
    """The embedded error, root mean square over neurons, in units of what is allowed."""
    h, width = state.shape
    sizes, errors = np.empty(h), np.empty(h)
    for j in range(h):
        before, after, error = 0.0, 0.0, 0.0
        for k in range(width):
            slip = 0.0
            for s in range(_STAGES + 1):
                slip += _E[s] * stages[s, j, k]
            error += slip * slip
            before += state[j, k] ** 2
            after += moved[j, k] ** 2
        sizes[j], errors[j] = max(before, after), error * span * span
    smallest = _SMALL**2 * sizes.mean()
    total = 0.0
    for j in range(h):
        total += errors[j] / max(sizes[j], smallest)
    return np.sqrt(total / h) / rtol


@njit(cache=True)
def _fastest(state, reach, spectral):
    """An upper bound of the flow's rate: neurons turn at most at `reach` = 2 sum ||x_i||, and the outputs relax at most
    at half the squared spectral norm of the inputs times the squared norm of the weights."""
    return reach + 0.5 * spectral * np.sum(state * state)


@njit(cache=True, error_model="numpy")
def _advance(state, span, stages, inputs, turned, labels, shift, outer_rate, moved, heights, pulls, outputs):
    """One step of length `span` from `state` into `moved`; stages[0] is given, the others and `outputs` are filled."""
    for s in range(1, _STAGES + 1):
        moved[:] = state
        for earlier in range(s):
            weight = _A[s, earlier] if s < _STAGES else _B[earlier]
            if weight != 0.0:
                moved += (span * weight) * stages[earlier]
        _field(moved, inputs, turned, labels, shift, outer_rate, stages[s], heights, pulls, outputs)


@njit(cache=True, error_model="numpy")
def follow(
    start, inputs, labels, shift, counted, times, etas, after, horizon, rtol, floor, max_steps, outer_rate
):
    """One flow from start (h, r + 1) on inputs (n, r + 1) whose last column is 0.

    Returns the states at times and at levels (T + E, h, r + 1), the risks at times (T,), the stopping times (E,), and
    status, accepted and rejected steps.
    """
    h, n, count, levels = len(start), len(inputs), len(times), len(etas)
    turned = np.ascontiguousarray(inputs.T)
    heights, pulls, outputs = np.empty((h, n)), np.empty((h + 1, n)), np.empty(n)
    stages, moved = np.empty((_STAGES + 1, *start.shape)), np.empty_like(start)
    states, risks, stops = (
        np.full((count + levels, *start.shape), np.nan),
        np.full(count, np.nan),
        np.full(levels, np.nan),
    )
    reach = 2.0 * np.sum(np.sqrt(np.sum(inputs**2, axis=1)))
    spectral = np.linalg.norm(inputs, 2) ** 2

    state, t, accepted, rejected, done, waiting = start.copy(), 0.0, 0, 0, 0, levels
    _field(state, inputs, turned, labels, shift, outer_rate, stages[0], heights, pulls, outputs)
    risk = _risk(outputs, labels, counted)
    while done < count and times[done] <= 0.0:
        states[done], risks[done] = state, risk
        done += 1
    for e in range(levels):
        if after <= 0.0 and risk <= etas[e]:
            stops[e], states[count + e] = 0.0, state
            waiting -= 1
    step = 0.1 / _fastest(state, reach, spectral)
    while done < count or waiting > 0:
        if t >= horizon:
            return states, risks, stops, _HORIZON, accepted, rejected
        if accepted + rejected >= max_steps:
            return states, risks, stops, _STEPS, accepted, rejected
        span = min(step, horizon - t)
        _advance(
            state, span, stages, inputs, turned, labels, shift, outer_rate, moved, heights, pulls, outputs
        )
        error = _local_error(state, moved, stages, span, rtol)
        shortest = floor / _fastest(state, reach, spectral)
        if not error <= 1.0 and not (span <= shortest and np.isfinite(error)):
            rejected += 1
            step = max(
                span * (max(_SHRINK, _SAFETY * error**-0.2) if np.isfinite(error) else _SHRINK), shortest
            )
            continue
        accepted += 1
        while done < count and times[done] <= t + span:
            share = (times[done] - t) / span
            states[done] = _between(state, stages, span, share)
            risks[done] = _risk_between(state, stages, span, share, turned, labels, shift, counted)
            done += 1
        if waiting > 0 and t + span >= after:
            risk = _risk(outputs, labels, counted)
            for e in range(levels):
                if np.isnan(stops[e]) and risk <= etas[e]:
                    left = max(0.0, (after - t) / span)
                    share = _crossing(state, stages, span, left, etas[e], turned, labels, shift, counted)
                    stops[e], states[count + e] = t + share * span, _between(state, stages, span, share)
                    waiting -= 1
        t += span
        state[:] = moved
        stages[0] = stages[_STAGES]
        growth = _GROW if error == 0.0 else min(_GROW, _SAFETY * error**-0.2)
        step = max(span * max(growth, _SHRINK), shortest)
    return states, risks, stops, _FINISHED, accepted, rejected
