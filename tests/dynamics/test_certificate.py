"""The certificate: it sees errors that are there, and small ones where the flow was followed well."""

import numpy as np

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.certificate import certified
from earlyalign.dynamics.long_flow import settle
from earlyalign.networks.two_layer import gaussian_init


def test_differences_are_those_of_the_flow_at_half_the_step_and_of_the_size_of_the_error():
    rng = np.random.default_rng(1)
    data, net = draw(gaussian(3), 60, 0.2, rng), gaussian_init(10, 3, 1e-3, rng)
    asked, times = (net, data.inputs, data.labels), (2.0, 6.0)

    def readings(net):
        return {
            "train": np.mean((net.predict(data.inputs) - data.labels) ** 2),
            "mass": np.abs(net.outer).sum(),
        }

    exact = [readings(net) for net in settle(*asked, times, 1e-3).nets]
    largest = []
    for step in (0.2, 0.01):
        table = certified(*asked, times, step).table(readings)
        assert table["reading"].tolist() == ["train", "mass"] * 2
        assert table["time"].tolist() == [2.0, 2.0, 6.0, 6.0]
        np.testing.assert_array_equal(table["difference"], np.abs(table["value"] - table["refined"]))
        errors = np.abs(table["value"] - [measured[name] for measured in exact for name in ("train", "mass")])
        assert errors.max() < 10 * table["difference"].max()
        largest.append(table["difference"].max())
    assert 0 < largest[1] < 0.3 * largest[0]
