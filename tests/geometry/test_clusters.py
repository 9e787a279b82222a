"""Effective width of networks whose clusters are known."""

import numpy as np
import pytest

from earlyalign.geometry.clusters import direction_clusters, effective_width


def fan(degrees, d=2):
    angles = np.radians(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles), *(np.zeros((d - 2, len(angles))))])


def test_directions_further_apart_than_the_diameter_are_never_together():
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((80, 3))
    labels = direction_clusters(directions, 25.0)
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    for label in np.unique(labels):
        mine = unit[labels == label]
        assert np.degrees(np.arccos(np.clip(mine @ mine.T, -1, 1))).max() <= 25.0 + 1e-9


def test_length_does_not_matter_and_sign_of_the_output_does():
    inner = fan([0, 2, 4, 90, 91]) * np.array([1, 5, 2, 1, 3])[:, None]
    inputs = np.vstack([np.eye(2), -np.eye(2)])
    assert effective_width(inner, np.ones(5), inputs) == 2
    assert effective_width(inner, np.array([1, -1, 1, 1, 1.0]), inputs) == 3


def test_a_light_cluster_is_left_out_and_a_dead_neuron_does_not_count():
    inputs = np.array([[1.0, 0.0], [0.0, 1.0]])
    inner, outer = fan([10, 80, 225]), np.array([1.0, 0.01, 9.0])
    assert effective_width(inner, outer, inputs) == 1
    assert effective_width(inner, outer, inputs, share=0.999) == 2
    assert effective_width(inner[2:], outer[2:], inputs) == 0


def test_a_zero_vector_is_refused():
    with pytest.raises(ValueError, match="no direction"):
        direction_clusters(np.zeros((2, 3)), 10.0)
