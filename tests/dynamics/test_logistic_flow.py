"""The logistic flow against scipy on single problems: states, stopping times, convergence, and what it flags."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from earlyalign.data.gaussian_mixture import draw_mixture
from earlyalign.dynamics.logistic_flow import logistic_flow, mean_risk
from earlyalign.networks.balanced import balanced_init
from earlyalign.networks.two_layer import TwoLayer

ETAS = (0.9, 0.5, 0.1)


def problem(seed=0, n=6, d=4, h=5, alpha=1e-2, kappa=2.0, separability=0.0):
    rng = np.random.default_rng(seed)
    return draw_mixture(n, d, kappa, 1.0, rng, separability), balanced_init(h, d, alpha, rng)


def followed(*problems, **options):
    arrays = [(net.inner, net.outer, sample.inputs, sample.labels) for sample, net in problems]
    return logistic_flow(*(np.stack(column) for column in zip(*arrays, strict=True)), **options)


def reference(sample, net, etas, horizon, offset=0.0, counted=None):
    """scipy's trajectory with its events, the right-hand side written out sample by sample."""
    inputs, labels = sample.inputs, sample.labels
    counted = labels > 0 if counted is None else counted

    def velocity(_, flat):
        now = TwoLayer.from_flat(flat, sample.d)
        pull = 2 * labels / (1 + np.exp(labels * (now.predict(inputs) + offset)))
        active = now.inner @ inputs.T > 0
        inner = np.array([v * sum(g * x for g, x in zip(pull * on, inputs, strict=True))
                          for v, on in zip(now.outer, active, strict=True)])  # fmt: skip
        return TwoLayer(inner, np.maximum(now.inner @ inputs.T, 0) @ pull).flat()

    def event(eta):
        def risk(_, flat):
            outputs = TwoLayer.from_flat(flat, sample.d).predict(inputs) + offset
            return mean_risk(outputs[counted], labels[counted]) - eta

        risk.direction = -1
        return risk

    return solve_ivp(
        velocity, (0, horizon), net.flat(), method="DOP853", rtol=1e-11, atol=1e-14, dense_output=True,
        events=[event(eta) for eta in etas],
    )  # fmt: skip


@pytest.mark.parametrize(
    "shape",
    [
        {"n": 6, "d": 4},
        {"n": 4, "d": 9, "seed": 1},
        {"n": 6, "d": 4, "alpha": 1e-5},
        {"n": 6, "d": 4, "alpha": 0.5, "seed": 3},
    ],
)
def test_stopping_times_and_states_agree_with_scipy(shape):
    sample, net = problem(**shape)
    ours = followed((sample, net), etas=ETAS, times=[0.0, 0.1, 0.3], rtol=1e-9)
    theirs = reference(sample, net, ETAS, horizon=max(0.4, 1.1 * ours.stop_times.max()))
    for eta, stop_time, events in zip(ETAS, ours.stop_times[0], theirs.t_events, strict=True):
        assert abs(stop_time - events[0]) < 1e-6, eta
    for index, time in enumerate(ours.times[0]):
        np.testing.assert_allclose(
            ours.net(0, index).flat(), theirs.sol(time), atol=1e-6 * np.abs(theirs.sol(time)).max()
        )


def test_the_full_risk_and_an_offset_agree_with_scipy():
    sample, net = problem(seed=4)
    offset = np.random.default_rng(5).standard_normal(sample.n)
    ours = followed((sample, net), etas=ETAS, risk="all", offset=offset[None], rtol=1e-9)
    theirs = reference(sample, net, ETAS, 5.0, offset, counted=np.ones(sample.n, bool))
    np.testing.assert_allclose(ours.stop_times[0], [events[0] for events in theirs.t_events], atol=1e-6)


def test_the_error_falls_with_the_tolerance():
    sample, net = problem(seed=1)
    exact = followed((sample, net), etas=[0.5], rtol=1e-11).stop_times[0, 0]
    tolerances = np.array([1e-4, 1e-6, 1e-8])
    errors = [abs(followed((sample, net), etas=[0.5], rtol=r).stop_times[0, 0] - exact) for r in tolerances]
    assert np.polyfit(np.log(tolerances), np.log(errors), 1)[0] > 0.7


def test_stopping_times_are_interpolated_and_not_rounded_to_steps():
    sample, net = problem(seed=2)
    etas = np.linspace(0.5, 0.45, 20)
    loose = followed((sample, net), etas=etas, rtol=1e-4)
    assert np.all(np.diff(loose.stop_times[0]) > 0)
    for index, eta in enumerate(etas):
        risk = mean_risk(loose.stopped(0, index).predict(sample.inputs[::2]), sample.labels[::2])
        assert risk == pytest.approx(eta, abs=1e-10)


def test_balances_stay_to_solver_tolerance():
    sample, net = problem(n=20, d=20, h=50, alpha=1e-3)
    end = followed((sample, net), etas=[0.1], rtol=1e-8).stopped(0, 0)
    drift = np.abs(end.outer**2 - np.sum(end.inner**2, axis=1)).max()
    assert drift < 1e-7 * np.max(end.outer**2)


def test_a_batch_is_its_problems_one_by_one():
    several = [problem(seed=seed, alpha=alpha) for seed, alpha in ((0, 1e-3), (1, 1e-1), (2, 1.0))]
    together = followed(*several, etas=ETAS, times=[0.2])
    for index, one in enumerate(several):
        alone = followed(one, etas=ETAS, times=[0.2])
        np.testing.assert_array_equal(together.stop_times[index], alone.stop_times[0])
        np.testing.assert_array_equal(together.inner[index], alone.inner[0])


def test_a_risk_that_starts_below_eta_stops_at_once_or_at_after():
    sample, net = problem(seed=0)
    path = followed((sample, net), etas=[1.5], after=0.0)
    assert path.stop_times[0, 0] == 0
    np.testing.assert_array_equal(path.stopped(0, 0).inner, net.inner)
    late = followed((sample, net), etas=[1.5], after=0.123)
    assert late.stop_times[0, 0] == pytest.approx(0.123, abs=1e-12)


def test_what_runs_out_of_time_or_steps_is_flagged():
    sample, net = problem()
    short = followed((sample, net), etas=[0.5, 0.1], times=[0.01, 9.0], horizon=0.02)
    assert short.status[0] == "horizon"
    assert not short.reached.any()
    assert np.isfinite(short.inner[0, 0]).all() and np.isnan(short.inner[0, 1]).all()
    with pytest.raises(ValueError, match=r"did not reach eta = 0\.5"):
        short.stopped(0, 0)
    assert followed((sample, net), etas=[0.1], max_steps=3).status[0] == "steps"


def test_the_floor_carries_a_sliding_neuron_along_its_wall():
    sample, net = problem(seed=2, n=20, d=20, h=50, alpha=1e-4, separability=None)
    stuck = followed((sample, net), etas=[0.5], rtol=1e-6, max_steps=8000)
    sliding = followed((sample, net), etas=[0.5], rtol=1e-6, floor=0.1, max_steps=8000)
    finer = followed((sample, net), etas=[0.5], rtol=1e-6, floor=0.03, max_steps=8000)
    assert stuck.status[0] == "steps"
    assert sliding.status[0] == finer.status[0] == "finished"
    assert sliding.stop_times[0, 0] == pytest.approx(finer.stop_times[0, 0], rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": np.zeros((1, 6))}, r"labels must be \+1 or -1"),
        ({"labels": -np.ones((1, 6))}, "at least one positive sample"),
        ({"outer": np.ones((1, 4))}, "shapes do not fit"),
        ({"inner": np.ones((5, 4))}, "three axes"),
        ({"etas": [0.0]}, "must be positive"),
        ({"rtol": 0.0}, "must be positive"),
        ({"times": [1.0, 0.5]}, "must not decrease"),
        ({"risk": "some"}, "unknown risk 'some'"),
        ({"offset": np.zeros(6)}, "must have the shape of labels"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    sample, net = problem()
    arrays = {"inner": net.inner[None], "outer": net.outer[None], "inputs": sample.inputs[None]}
    with pytest.raises(ValueError, match=message):
        logistic_flow(**{**arrays, "labels": sample.labels[None], **change})
