"""B-eq4: the identity at rounding error, and a membership test that can say no."""

import numpy as np
from tests.smoke import tables_and_claims

from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.setting.eq4_neuron_dynamics import ITEM
from earlyalign.simplicity_bias.setting.eq4_runs import distance_to_pulls, network_on_walls


def test_every_claim_is_reproduced_at_smoke_scale():
    tables, claims = tables_and_claims(ITEM)
    assert {claim.verdict for claim in claims.values()} == {Verdict.REPRODUCED}
    assert set(tables["kinks"]["spelling"]) == {"relu", "maximum", "clamp"}
    assert tables["kinks"]["outside"].notna().all()


def test_networks_on_walls_lie_on_them_exactly():
    net, inputs, _ = network_on_walls(5, 8, 12, 3, np.random.default_rng(0))
    heights = inputs @ net.inner.T
    assert np.all(heights[:3] == 0)
    assert np.all(heights[:, 0] == 0)
    assert np.any(heights[3:, 1:] != 0)


def test_the_set_contains_its_own_points_and_no_others():
    rng = np.random.default_rng(1)
    net, inputs, labels = network_on_walls(4, 6, 12, 3, rng)
    residuals = labels - net.predict(inputs)
    w, a = net.inner[1], net.outer[1]
    heights = inputs @ w
    for weight, inside in ((0.0, True), (0.3, True), (1.0, True), (1.5, False), (-0.5, False)):
        eta = np.where(
            heights > 0, 1.0, np.where(heights == 0, weight * np.sign(residuals * inputs[:, 0]), 0.0)
        )
        if inside:
            eta = np.where(heights == 0, weight, eta)
        pull = a * (eta * residuals) @ inputs / len(inputs)
        assert (distance_to_pulls(pull, w, a, residuals, inputs) < 1e-12) == inside
