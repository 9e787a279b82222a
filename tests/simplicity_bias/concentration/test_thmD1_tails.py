"""B-thmD1 at a small scale: fits are made on calibrating seeds only, and recover what is put in."""

import numpy as np
import pandas as pd
import pytest
from tests.smoke import tables_of

from earlyalign.simplicity_bias.concentration.thmD1_runs import LEVELS
from earlyalign.simplicity_bias.concentration.thmD1_statistics import (
    fitted_level,
    fitted_tail,
    frequencies,
    worst_ratio,
)
from earlyalign.simplicity_bias.concentration.thmD1_tails import ITEM


@pytest.fixture(scope="module")
def measured():
    return tables_of(ITEM)


def gaussian_tail(rate, height, sizes=(20, 40), draws=10**6):
    """Survival exp(height - rate s^2), cut at 1, the same at every size, without noise."""
    rows = []
    for n in sizes:
        share = np.minimum(1.0, np.exp(height - rate * LEVELS**2 * 2 * np.log(n)))
        for seed in range(2):
            rows.append(pd.DataFrame({"level": LEVELS, "exceed": share * draws, "n": n, "seed": seed}))
    return pd.concat(rows).assign(draws=draws, calibrates=lambda frame: frame["seed"] == 0)


def test_the_fit_recovers_rate_and_height():
    rate, height = fitted_tail(gaussian_tail(1.3, 0.4), (1e-3, 0.1))
    assert rate == pytest.approx(1.3, rel=1e-6)
    assert height == pytest.approx(0.4, abs=1e-6)


def test_a_curve_above_the_fit_is_noticed():
    tail = gaussian_tail(1.3, 0.4)
    sizes, counts = frequencies(tail, calibrates=False)
    assert worst_ratio(sizes, counts.sum(axis=0), 10**6, 1.3, 0.4) < 1
    assert worst_ratio(sizes, counts.sum(axis=0), 10**6, 2.6, 0.4) > 1


def test_the_level_lets_the_asked_share_fail(measured):
    tail = measured[0]["tail"]
    _, counts = frequencies(tail, calibrates=True)
    share = counts[:, 0].sum(axis=0) / (len(counts) * measured[1].draws)
    level = fitted_level(tail, 0.05)
    assert share[level] <= 0.05 < share[level - 1]


def test_calibrating_and_judging_seeds_are_disjoint(measured):
    tail = measured[0]["tail"]
    seeds = tail.groupby("calibrates")["seed"].unique()
    assert set(seeds[True]).isdisjoint(seeds[False])
    assert len(seeds[True]) == measured[1].calibrating


def test_counts_fall_with_the_level(measured):
    for _, counts in (frequencies(measured[0]["tail"], calibrates) for calibrates in (True, False)):
        assert np.all(np.diff(counts, axis=2) <= 0)
        assert np.all(counts[..., 0] == measured[1].draws)


def test_the_figure_has_a_curve_a_size(measured):
    figure = ITEM.figures[0]
    labels = figure.draw(measured[0]).axes[0].get_legend_handles_labels()[1]
    assert all(f"n = {n}" in labels for n in measured[1].sizes)
    assert str(measured[1].sizes[-1]) in figure.alt(measured[0])
