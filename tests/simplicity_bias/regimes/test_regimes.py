"""Figure 1's capacity is that of the parameters; wrong parameters of Figure 1 and Appendix B are named."""

import numpy as np
import pytest
from tests.smoke import tables_of, values

from earlyalign.errors import UserError
from earlyalign.networks.two_layer import gaussian_init
from earlyalign.runs.outcome import parse
from earlyalign.simplicity_bias.regimes import appB_lazy, fig1_regimes
from earlyalign.simplicity_bias.regimes.fig1_runs import tangent_features


def test_tangent_features_span_every_first_order_change_of_the_output():
    rng = np.random.default_rng(0)
    net, inputs = gaussian_init(6, 3, 1.0, rng), rng.standard_normal((40, 3))
    features, step = tangent_features(net, inputs), 1e-6
    assert features.shape == (40, 18)
    for change_inner, change_outer in (
        (rng.standard_normal((6, 3)), np.zeros(6)),
        (np.zeros((6, 3)), np.ones(6)),
    ):
        moved = type(net)(net.inner + step * change_inner, net.outer + step * change_outer)
        slope = (moved.predict(inputs) - net.predict(inputs)) / step
        fitted = features @ np.linalg.lstsq(features, slope, rcond=None)[0]
        np.testing.assert_allclose(fitted, slope, atol=1e-4)


def test_capacity_ends_where_the_parameters_do():
    shares = tables_of(fig1_regimes.ITEM)[0]["capacity"]
    assert (shares.loc[shares["width"] * shares["d"] >= shares["n"], "share"] < fig1_regimes.FITS).all()
    tables, _ = tables_of(fig1_regimes.ITEM, widths=(3, 8), width=8, wide=3, capacity_up_to=50)
    past = tables["capacity"].query("width * d < n")
    assert len(past) > 0
    assert (past["share"] > 0.01).all()


@pytest.mark.parametrize(
    ("module", "change", "says"),
    [
        (fig1_regimes, {"width": 17}, "must be one of widths"),
        (fig1_regimes, {"wide": 128}, "at least two of widths"),
        (appB_lazy, {"scales": [1.0, 0.1, 10.0]}, "increasing"),
        (appB_lazy, {"sample_sizes": [50, 100]}, "one value"),
    ],
)
def test_bad_parameters_of_the_map_and_of_the_scales_are_named(module, change, says):
    with pytest.raises(UserError, match=says):
        parse(module.ITEM, {**values(module.ITEM), **change})
