"""The arc-cosine formula against quadrature, samples and cases that are known."""

import numpy as np
import pytest

from earlyalign.data.relu_teacher import linear_teacher, relu_teacher
from earlyalign.networks.two_layer import TwoLayer, gaussian_init
from earlyalign.theory import arc_cosine
from earlyalign.theory.arc_cosine import second_moment, squared_distance


def weights(net):
    return net.inner, net.outer


def test_known_angles():
    e = np.eye(2)
    assert second_moment(e[:1], np.ones(1)) == pytest.approx(1 / 2)
    assert second_moment(e, np.ones(2)) == pytest.approx(1 + 1 / np.pi)
    assert second_moment(np.stack([e[0], -e[0]]), np.ones(2)) == pytest.approx(1)
    assert second_moment(np.stack([e[0], 2 * e[0]]), np.array([2.0, -1.0])) == pytest.approx(0, abs=1e-15)


def by_pairs(net):
    """E h(x)^2 by E relu(<u, x>) relu(<v, x>) = |u| |v| (sin t + (pi - t) cos t) / (2 pi), t the angle from u to v."""
    lengths = np.linalg.norm(net.inner, axis=1)
    units = net.inner / np.where(lengths > 0, lengths, 1)[:, None]
    angle = np.arccos(np.clip(units @ units.T, -1, 1))
    kernel = (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    return (net.outer * lengths) @ kernel @ (net.outer * lengths)


def on_the_circle(net, other):
    """E (h - g)^2 in the plane: E r^2 = 2 times the mean over directions, smooth between the neurons' walls."""
    inner = np.concatenate([net.inner, other.inner])
    walls = np.arctan2(inner[:, 1], inner[:, 0])[:, None] + [np.pi / 2, -np.pi / 2]
    ends = np.unique(np.concatenate([walls.ravel() % (2 * np.pi), [0, 2 * np.pi]]))
    nodes, shares = np.polynomial.legendre.leggauss(30)
    half = np.diff(ends)[:, None] / 2
    angles = (ends[:-1, None] + half + half * nodes).ravel()
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return (half * shares).ravel() @ (net.predict(points) - other.predict(points)) ** 2 / np.pi


@pytest.mark.parametrize("seed", range(3))
def test_the_distance_of_two_networks_is_that_of_quadrature(seed):
    rng = np.random.default_rng(seed)
    net, other = gaussian_init(12, 2, 1.0, rng), gaussian_init(5, 2, 1.0, rng)
    assert squared_distance(weights(net), weights(other)) == pytest.approx(
        on_the_circle(net, other), rel=1e-12
    )


@pytest.mark.parametrize("teacher", [linear_teacher(np.array([1.0, -2.0, 0.5])), relu_teacher(5, 3)])
def test_the_excess_risk_is_what_samples_say(teacher):
    rng = np.random.default_rng(0)
    net, inputs = gaussian_init(7, 3, 1.0, rng), rng.standard_normal((1_000_000, 3))
    squares = (net.predict(inputs) - teacher(inputs)) ** 2
    exact = squared_distance(weights(net), (teacher.directions, teacher.weights))
    assert abs(squares.mean() - exact) < 4 * squares.std() / 1000


@pytest.mark.parametrize("teacher", [linear_teacher(np.array([1.0, -2.0])), relu_teacher(5, 2)])
def test_a_small_excess_risk_keeps_its_digits(teacher):
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.ones(60), len(teacher.weights))
    scales = rng.uniform(0.1, 10, shares.shape)
    copies = (scales[..., None] * teacher.directions[:, None]).reshape(-1, 2)
    learnt = TwoLayer(copies, (shares / scales * teacher.weights[:, None]).ravel())
    rest = gaussian_init(20, 2, 1e-3 / 20**0.5, rng)
    net = TwoLayer(np.concatenate([learnt.inner, rest.inner]), np.concatenate([learnt.outer, rest.outer]))
    small = on_the_circle(rest, TwoLayer(np.zeros((1, 2)), np.zeros(1)))
    assert 1e-7 < small < 1e-5
    exact = squared_distance(weights(net), (teacher.directions, teacher.weights))
    assert exact == pytest.approx(small, rel=1e-7)


def test_blocks_and_dead_neurons_change_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    net = gaussian_init(50, 4, 1.0, rng)
    net.inner[::7] = 0
    whole = by_pairs(net)
    for block in (1, 16, 50, 512):
        monkeypatch.setattr(arc_cosine, "BLOCK", block)
        assert second_moment(net.inner, net.outer) == pytest.approx(whole, rel=1e-12)
    assert second_moment(0 * net.inner, net.outer) == 0
