"""Phase 1 of Paper A, Section 5: how fast positive neurons turn towards x_plus, and when the phase ends.

Lengths and times are those of the summed loss 2 sum_i log(1 + exp(-y_i f)).
"""

from __future__ import annotations

import numpy as np


def zeta(alpha, n: int, h: int, x_max, w_max, x_plus_norm):
    """zeta(alpha) = 1 - 4 alpha n sqrt(h) x_max^2 Wt_max^2 / ||x_plus||, the square of the cosine that is guaranteed.

    w_max is the length of the longest row of Wt = W(0) / alpha. At or below 0 the theorem says nothing.
    """
    return 1 - 4 * np.asarray(alpha, float) * n * np.sqrt(h) * x_max**2 * w_max**2 / x_plus_norm


def alignment_bound(times, start, x_plus_norm, zeta_value):
    """sqrt(zeta) tanh((t - t_1) ||x_plus|| sqrt(zeta)), the bound on psi_j(t) from t_1 = `start` on.

    Arguments broadcast; nan where zeta <= 0 and before `start`. It solves u' = ||x_plus|| (zeta - u^2), u(t_1) = 0.
    """
    times, start, value = np.asarray(times, float), np.asarray(start, float), np.asarray(zeta_value, float)
    root = np.sqrt(np.where(value > 0, value, np.nan))
    waited = times - start
    return root * np.tanh(np.where(waited >= 0, waited, np.nan) * x_plus_norm * root)


def _log_ratio(alpha, h: int):
    """log(1 / (sqrt(h) alpha)), or 0 where the start is not small."""
    return np.maximum(-np.log(np.sqrt(h) * np.asarray(alpha, float)), 0.0)


def growth_end(alpha, n: int, h: int, x_max):
    """t_alpha = log(1 / (sqrt(h) alpha)) / (4 n x_max): until then no weight can have grown past sqrt(alpha).

    0 where sqrt(h) alpha >= 1. The conservative end of Phase 1.
    """
    return _log_ratio(alpha, h) / (4 * n * x_max)


def alignment_end(alpha, h: int, x_plus_norm):
    """t_T = log(1 / (sqrt(h) alpha)) / (2 ||x_plus||): when an aligned neuron has grown to sqrt(alpha).

    0 where sqrt(h) alpha >= 1. Longer than `growth_end`, since ||x_plus|| <= n x_max.
    """
    return _log_ratio(alpha, h) / (2 * x_plus_norm)


def vacuous_from(n: int, h: int, x_max, w_max, x_plus_norm):
    """The alpha at which zeta vanishes: from there on the bound on psi_j says nothing."""
    return x_plus_norm / (4 * n * np.sqrt(h) * x_max**2 * w_max**2)
