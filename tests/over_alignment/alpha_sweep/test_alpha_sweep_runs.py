"""The sweep over alpha: pairing, variants, and copies that are the same function."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from earlyalign.over_alignment.alpha_sweep import runs
from earlyalign.over_alignment.alpha_sweep.runs import draw_sample, draw_start
from earlyalign.over_alignment.alpha_sweep.scale_faults import copied_sample, copied_start
from earlyalign.over_alignment.alpha_sweep.scale_runs import ScaleSettings

SETTINGS = ScaleSettings(
    d=8, n=12, kappa=2.0, width=12, separability=0.0, eta=0.5, alpha_low=1e-3, alpha_high=1.0, alpha_count=4, lines=64,
    rtol=1e-5, variant="plain", base_n=6, base_width=4, part="law", law="separable",
)  # fmt: skip


def sweep(**changes):
    return runs.sweep(replace(SETTINGS, **changes), 3)["sweep"]


def copies():
    sample = copied_sample(SETTINGS, 3)
    starts = [copied_start(SETTINGS, alpha, 3) for alpha in SETTINGS.alphas]
    return runs.swept(SETTINGS, 3, sample, starts, sample)["sweep"]


def test_a_run_gives_the_same_numbers_twice():
    first, second = sweep(), sweep()
    assert all(np.array_equal(first[name], second[name], equal_nan=True) for name in first)


def test_the_predictor_turns_to_the_sample_as_alpha_falls():
    psi = sweep()["psi"]
    assert psi[0] > 0.999
    assert np.all(np.diff(psi) < 0)


def test_all_alphas_share_directions_and_signs():
    small, large = draw_start(SETTINGS, 1e-3, 0), draw_start(SETTINGS, 1.0, 0)
    np.testing.assert_allclose(small.inner * 1e3, large.inner, rtol=1e-12)
    np.testing.assert_array_equal(small.positive, large.positive)


def test_positives_only_keeps_the_positive_half_of_the_same_sample():
    whole, half = draw_sample(SETTINGS, 3), draw_sample(replace(SETTINGS, variant="positives"), 3)
    np.testing.assert_array_equal(half.inputs, whole.inputs[whole.labels > 0])


def test_copied_neurons_are_the_same_function():
    few = draw_start(replace(SETTINGS, width=4), 0.3, 3)
    many = copied_start(SETTINGS, 0.3, 3)
    inputs = draw_sample(SETTINGS, 3).inputs
    assert many.width == 12
    np.testing.assert_allclose(many.predict(inputs), few.predict(inputs), rtol=1e-12)


def test_copies_move_no_optimum():
    copied = copies()
    plain = sweep(n=6, width=4)
    np.testing.assert_allclose(copied["cosine"][:2], plain["cosine"][:2], atol=2e-3)


def test_a_centred_network_ignores_its_start():
    plain, centred = (
        sweep(alpha_low=1.0, alpha_high=3.0),
        sweep(alpha_low=1.0, alpha_high=3.0, variant="centred"),
    )
    assert np.mean(centred["wrong"]) < np.mean(plain["wrong"])


def test_a_risk_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="must be positive"):
        sweep(eta=-1.0)
