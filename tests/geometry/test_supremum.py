"""The supremum over cells, held against plain enumeration, and its search from below."""

import numpy as np
import pytest

from earlyalign.data.regression_laws import sample
from earlyalign.geometry.landscape import cell_pulls, pull
from earlyalign.geometry.supremum import ascend, suprema_in_plane, supremum


def problem(n, d, seed=0, law="gaussian"):
    data = sample(law, n, d, 0.2, np.random.default_rng([seed, n, d]))
    return data.inputs, data.labels, np.linspace(0.5, -0.2, d)


@pytest.mark.parametrize(
    ("n", "d"), [(2, 2), (7, 2), (90, 2), (3, 3), (9, 3), (30, 3), (4, 4), (11, 4), (8, 5)]
)
def test_it_is_the_maximum_over_all_enumerated_cells(n, d):
    points, labels, target = problem(n, d)
    _, vectors = cell_pulls(points, labels)
    expected = np.linalg.norm(vectors - target, axis=1).max()
    assert supremum(points, labels, target) == pytest.approx(expected, rel=1e-13)


def test_many_planar_samples_at_once_give_the_same():
    samples = [problem(40, 2, seed) for seed in range(6)]
    target = samples[0][2]
    together = suprema_in_plane(
        np.stack([x for x, _, _ in samples]), np.stack([y for _, y, _ in samples]), target
    )
    assert together == pytest.approx([supremum(x, y, target) for x, y, _ in samples], rel=1e-13)
    assert np.ptp(together) > 0


def test_blocks_do_not_change_the_result(monkeypatch):
    points, labels, target = problem(25, 4)
    whole = supremum(points, labels, target)
    monkeypatch.setattr("earlyalign.geometry.supremum._BLOCK", 700)
    assert supremum(points, labels, target) == whole


@pytest.mark.parametrize("d", [2, 3, 4])
def test_random_directions_never_exceed_it(d):
    points, labels, target = problem(30, d)
    directions = np.random.default_rng(1).standard_normal((4000, d))
    farthest = np.linalg.norm(pull(directions, points, labels) - target, axis=1).max()
    assert farthest <= supremum(points, labels, target) * (1 + 1e-13)


@pytest.mark.parametrize(("n", "d"), [(60, 2), (60, 3), (200, 3), (30, 4), (20, 5)])
def test_the_ascent_is_a_lower_bound_and_comes_close(n, d):
    points, labels, target = problem(n, d)
    best = supremum(points, labels, target)
    climbed = ascend(points, labels, target, np.random.default_rng(0))
    assert 0.95 * best <= climbed <= best * (1 + 1e-12)


def test_more_rounds_never_lower_what_the_ascent_finds():
    points, labels, target = problem(150, 6)
    climbed = [
        ascend(points, labels, target, np.random.default_rng(3), rounds=rounds) for rounds in (2, 10, 40)
    ]
    assert climbed == sorted(climbed)
    assert climbed[0] < climbed[-1]


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="n = 2 >= d = 3"):
        supremum(*problem(2, 3))
