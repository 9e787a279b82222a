"""Figures 1 and 4 to 8 and Appendix B: what they add to the engine room of Figure 2, on small or made-up sweeps."""

import numpy as np
import pandas as pd
import pytest
from tests.smoke import judged, tables_of

from earlyalign.errors import UserError
from earlyalign.items.item import Verdict
from earlyalign.items.run import Checkpoint, NoCheckpoint, Run
from earlyalign.networks.two_layer import gaussian_init
from earlyalign.runs.measure import parse
from earlyalign.runs.store import Store, pack, work_key
from earlyalign.simplicity_bias import (
    appB_lazy,
    fig1_regimes,
    fig4_gelu,
    fig5_gelu_adam,
    fig6_stability,
    fig7_dimension,
    fig8_network_teacher,
    stability_runs,
    threshold_runs,
)
from earlyalign.simplicity_bias.regimes_runs import tangent_features
from earlyalign.simplicity_bias.threshold_controls import claim_ids
from earlyalign.simplicity_bias.threshold_readings import threshold_exponent, where

FAMILY = [
    each.ITEM
    for each in (
        fig1_regimes,
        fig4_gelu,
        fig5_gelu_adam,
        fig6_stability,
        fig7_dimension,
        fig8_network_teacher,
    )
] + [appB_lazy.ITEM]


@pytest.fixture(scope="module")
def smoke():
    return {item.id: tables_of(item) for item in FAMILY}


@pytest.mark.parametrize("item", FAMILY, ids=lambda item: item.id)
def test_every_claim_has_a_control_and_every_control_a_claim(item, smoke):
    claims = {f"{claim.id}" for claim in item.claims(*smoke[item.id])}
    assert claims == {id for control in item.controls for id in control.claims}


@pytest.mark.parametrize("item", FAMILY, ids=lambda item: item.id)
def test_pictures_draw_finite_data_and_say_what_they_show(item, smoke):
    tables, _ = smoke[item.id]
    for picture in item.figures:
        axes = picture.draw(tables).axes
        drawn = [line.get_xydata() for axis in axes for line in axis.lines]
        assert any(len(data) > 1 and np.isfinite(data).all() for data in drawn)
        assert len(picture.caption(tables)) > 60
        assert "nan" not in picture.alt(tables)


def _sweep(thresholds, sizes=(10, 100, 1000, 10_000)):
    """One sweep a threshold: train_ratio 0 below it and 1 above, on a fine grid, five equal seeds."""
    grid = np.geomspace(sizes[0], sizes[-1], 61)
    return [
        pd.DataFrame(
            [(n, seed, float(n > each)) for n in grid for seed in range(5)],
            columns=["n", "seed", "train_ratio"],
        )
        for each in thresholds
    ]


def test_the_exponent_of_a_power_law_is_its_power():
    scales = np.array([1.0, 2.0, 4.0])
    value, low, high = threshold_exponent(_sweep(30 * scales**2), scales, 0.5)
    assert value == pytest.approx(2, abs=0.1)
    assert low == high == value
    assert threshold_exponent(_sweep(30 * scales[::-1] ** 2), scales, 0.5)[0] == pytest.approx(-2, abs=0.1)


def test_where_keeps_the_rows_and_drops_columns_that_only_others_fill():
    table = pd.DataFrame({"d": [2, 3], "w2": [np.nan, 1.0], "n": [5, 6]})
    kept = where({"neurons": table}, d=2)["neurons"]
    assert list(kept.columns) == ["d", "n"]
    assert list(kept["n"]) == [5]


def test_claim_ids_spell_out_horizons():
    ids = claim_ids("B-fig4", ("sgd",), ("interpolates-small-n*",), ("monotone",))
    assert ids == [
        "B-fig4a/sgd-interpolates-small-n",
        "B-fig4a/sgd-interpolates-small-n-quarter",
        "B-fig4a/sgd-interpolates-small-n-sixteenth",
        "B-fig4b/sgd-monotone",
    ]


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


def test_capacity_ends_where_the_parameters_do(smoke):
    shares = smoke["B-fig1"][0]["capacity"]
    assert (shares.loc[shares["width"] * shares["d"] >= shares["n"], "share"] < fig1_regimes.FITS).all()
    tables, _ = tables_of(fig1_regimes.ITEM, widths=(3, 8), width=8, wide=3, capacity_up_to=50)
    past = tables["capacity"].query("width * d < n")
    assert len(past) > 0
    assert (past["share"] > 0.01).all()


def test_the_warm_restart_goes_on_where_figure_2_ended(tmp_path):
    params = parse(fig6_stability.ITEM, {
        "n": 60, "seeds": 2, "d": 3, "width": 8, "horizon": 2.0, "stages": 1, "stage_steps": 16, "small_horizon": 1.0,
    })  # fmt: skip
    run = fig6_stability.runs(params)[0]
    first = stability_runs.first_training(run)
    store = Store(tmp_path)
    plain = stability_runs.compute(run, NoCheckpoint())
    recalled = stability_runs.compute(run, store.checkpoint("some-key"))
    np.testing.assert_array_equal(plain["losses"]["train_ratio"], recalled["losses"]["train_ratio"])
    key = work_key(threshold_runs.compute, first, threshold_runs.PRECISION)
    stored, _ = store.get(key)
    assert plain["losses"]["train_ratio"][0] == pytest.approx(
        stored["losses"]["train"][-1] / stored["reference"]["train"][0]
    )
    doctored = {**stored, "neurons": {**stored["neurons"], "outer": np.zeros(8)}}
    store.put(key, pack(doctored, 0.0))
    changed = stability_runs.compute(run, store.checkpoint("some-key"))
    assert changed["losses"]["train_ratio"][0] != plain["losses"]["train_ratio"][0]


def test_the_first_training_is_a_run_of_figure_2():
    values = {"seeds": 2, "d": 5, "width": 20, "horizon": 8.0}
    restart = parse(
        fig6_stability.ITEM, {**values, "n": 500, "stages": 1, "stage_steps": 8, "small_horizon": 1.0}
    )
    from earlyalign.simplicity_bias import fig2_optimization_threshold as fig2

    sweep = fig2.ITEM.runs(parse(fig2.ITEM, {**values, "methods": ["sgd"], "sample_sizes": [50, 500]}))
    precision = fig2.ITEM.precision
    keys = {work_key(threshold_runs.compute, run, precision) for run in sweep}
    first = stability_runs.first_training(fig6_stability.runs(restart)[0])
    assert work_key(threshold_runs.compute, first, threshold_runs.PRECISION) in keys


def test_checkpoints_keep_the_protocol(tmp_path):
    for checkpoint in (NoCheckpoint(), Store(tmp_path).checkpoint("k")):
        each: Checkpoint = checkpoint
        assert each.load() is None
        result = (
            each.recall(lambda run, _: {"t": {"x": [run.seed]}}, Run({}, 7), "float64")
            if isinstance(checkpoint, NoCheckpoint)
            else None
        )
        assert result is None or list(result["t"]["x"]) == [7]


def test_swapping_what_is_compared_turns_the_comparisons_round(smoke):
    tables, params = smoke["B-fig7"]
    straight = judged(fig7_dimension.ITEM, tables, params)
    turned = judged(fig7_dimension.ITEM, tables, params.model_copy(update={"names": "reversed"}))
    assert straight["reached-grows-with-d"] is Verdict.REPRODUCED
    assert turned["reached-grows-with-d"] is Verdict.CONTRADICTED


@pytest.mark.parametrize(
    ("item", "change", "says"),
    [
        (fig4_gelu, {"activations": ["relu", "relu"]}, "each value once"),
        (fig7_dimension, {"dimensions": [3, 10]}, "three different"),
        (fig7_dimension, {"dimensions": [3, 4, 5]}, "d = 10"),
        (fig7_dimension, {"dimension_sizes": [4, 50]}, "must exceed d = 5"),
        (fig8_network_teacher, {"teachers": [5, 5]}, "two different"),
        (fig6_stability, {"n": 20}, "batch_size 32 exceeds n"),
        (fig1_regimes, {"width": 17}, "must be one of widths"),
        (fig1_regimes, {"wide": 128}, "at least two of widths"),
        (appB_lazy, {"scales": [1.0, 0.1, 10.0]}, "increasing"),
        (appB_lazy, {"sample_sizes": [50, 100]}, "one value"),
    ],
)
def test_bad_parameters_are_named(item, change, says, smoke):
    _, params = smoke[item.ITEM.id]
    with pytest.raises(UserError, match=says):
        parse(item.ITEM, {**params.model_dump(), **change})
