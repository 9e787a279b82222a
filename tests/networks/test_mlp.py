"""The deep network is homogeneous without biases and normalisation, and not with them."""

import pytest
import torch

from earlyalign.networks.mlp import mlp, scale_parameters

X = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_scaling_the_parameters_scales_the_output_by_the_power_of_the_depth(depth):
    plain, scaled = mlp(3, 6, depth, seed=1), scale_parameters(mlp(3, 6, depth, seed=1), 1.7)
    torch.testing.assert_close(scaled(X), 1.7**depth * plain(X))


@pytest.mark.parametrize("kind", [{"biases": True}, {"batch_norm": True}])
def test_biases_and_batch_normalisation_end_that(kind):
    plain, scaled = mlp(3, 6, 2, seed=1, **kind), scale_parameters(mlp(3, 6, 2, seed=1, **kind), 1.7)
    assert (scaled(X) - 1.7**2 * plain(X)).abs().max() > 1e-3


def test_a_seed_draws_one_network_and_leaves_the_global_stream_alone():
    before = torch.random.get_rng_state()
    first, second, other = mlp(3, 6, 3, seed=1), mlp(3, 6, 3, seed=1), mlp(3, 6, 3, seed=2)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(first(X), second(X))
    assert not torch.equal(first(X), other(X))
    with pytest.raises(ValueError, match="depth = 1"):
        mlp(3, 6, 1, seed=0)
