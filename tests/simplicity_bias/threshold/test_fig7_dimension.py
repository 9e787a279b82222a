"""The exponents of Figure 7 see which dimension a threshold belongs to."""

from tests.smoke import judged, tables_of

from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.threshold.fig7_dimension import ITEM


def test_swapping_what_is_compared_turns_the_comparisons_round():
    tables, params = tables_of(ITEM)
    straight, turned = (judged(item, tables, params) for item in (ITEM, ITEM.under("reversed")))
    assert straight["reached-grows-with-d"] is Verdict.REPRODUCED
    assert turned["reached-grows-with-d"] is Verdict.CONTRADICTED
