"""Wrong parameters of the sweeps are named, in one line."""

import pytest
from tests.smoke import values

from earlyalign.errors import UserError
from earlyalign.runs.outcome import parse
from earlyalign.simplicity_bias.threshold import (
    fig2_optimization_threshold,
    fig4_gelu,
    fig6_stability,
    fig7_dimension,
    fig8_network_teacher,
)


@pytest.mark.parametrize(
    ("module", "change", "says"),
    [
        (fig2_optimization_threshold, {"sample_sizes": [0]}, "sample_sizes"),
        (fig2_optimization_threshold, {"sample_sizes": [5, 10]}, "must exceed d = 5"),
        (
            fig2_optimization_threshold,
            {"methods": ["sgd"], "batch_size": 20_000},
            "exceeds every sample size",
        ),
        (fig2_optimization_threshold, {"init_variance": -1.0}, "init_variance"),
        (fig2_optimization_threshold, {"methods": ["lbfgs"]}, "'flow', 'sgd' or 'adam'"),
        (fig2_optimization_threshold, {"methods": ["flow"], "activation": "gelu"}, "allowed: sgd, adam"),
        (
            fig2_optimization_threshold,
            {"widht": 3},
            "unknown parameter of B-fig2 'widht'; allowed: methods, sample_sizes",
        ),
        (fig2_optimization_threshold, {"small_n": 11}, "must be one of"),
        (fig4_gelu, {"activations": ["relu", "relu"]}, "each value once"),
        (fig7_dimension, {"dimensions": [3, 10]}, "three different"),
        (fig7_dimension, {"dimensions": [3, 4, 5]}, "d = 10"),
        (fig7_dimension, {"dimension_sizes": [4, 50]}, "must exceed d = 5"),
        (fig8_network_teacher, {"teachers": [5, 5]}, "two different"),
        (fig6_stability, {"n": 20}, "batch_size 32 exceeds n"),
    ],
)
def test_bad_parameters_give_one_clear_line(module, change, says):
    with pytest.raises(UserError) as caught:
        parse(module.ITEM, {**values(module.ITEM), **change})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
