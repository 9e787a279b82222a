"""Teachers as networks: the linear one is the linear map, the network one is fixed by its seed."""

import numpy as np
import pytest

from earlyalign.data.relu_teacher import linear_teacher, relu_teacher


def test_the_linear_teacher_is_linear():
    rng = np.random.default_rng(0)
    beta, inputs = rng.standard_normal(4), rng.standard_normal((50, 4))
    np.testing.assert_allclose(linear_teacher(beta)(inputs), inputs @ beta, rtol=1e-12, atol=1e-14)


def test_one_seed_is_one_teacher():
    inputs = np.random.default_rng(0).standard_normal((20, 3))
    np.testing.assert_array_equal(relu_teacher(5, 3)(inputs), relu_teacher(5, 3)(inputs))
    assert np.abs(relu_teacher(5, 3)(inputs) - relu_teacher(5, 3, seed=1)(inputs)).min() > 0


@pytest.mark.parametrize(("k", "d"), [(0, 3), (5, 0)])
def test_an_empty_teacher_is_refused(k, d):
    with pytest.raises(ValueError, match="at least 1"):
        relu_teacher(k, d)
