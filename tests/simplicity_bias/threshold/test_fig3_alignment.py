"""Which neurons count as aligned, and how much the others say."""

import numpy as np
import pandas as pd
import pytest

from earlyalign.simplicity_bias.threshold import fig3_alignment_with_ols as fig3


def test_aligned_shares_are_counted_over_neurons_and_over_the_output():
    neurons = pd.DataFrame(
        {
            "method": "flow", "n": 7, "seed": 0, "cosine": [0.95, -0.99, 0.2], "outer": [1.0, 1.0, 0.5],
            "w0": [3.0, -3.0, 0.0], "w1": [0.0, 0.0, 2.0],
        }
    )  # fmt: skip
    tables = {"neurons": neurons}
    assert fig3.shares(tables, "flow", 7, 0.9) == pytest.approx([2 / 3])
    x = np.random.default_rng(0).standard_normal((400_000, 2))
    whole, rest = 3 * np.abs(x[:, 0]) + np.maximum(x[:, 1], 0), np.maximum(x[:, 1], 0)
    expected = np.mean(rest**2) / np.mean(whole**2)
    assert fig3.output_shares(tables, "flow", 7, 0.9) == pytest.approx([expected], rel=0.02)
