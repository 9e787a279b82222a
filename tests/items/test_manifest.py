"""The ledger and the items agree: nothing missing, nothing orphaned, every claim and control hangs together."""

import pydantic
import pytest

from earlyalign.errors import UserError
from earlyalign.items.manifest import LEDGER, MODULES, everything, load, part_owners
from earlyalign.items.run import Run
from earlyalign.items.tables import collect


def test_every_id_of_the_ledger_has_an_item_and_every_part_is_in_the_ledger():
    assert sorted(part_owners()) == sorted(LEDGER)
    assert len(set(LEDGER)) == len(LEDGER)


@pytest.mark.parametrize("item", everything(), ids=lambda item: item.id)
def test_items_keep_the_contract(item):
    assert MODULES[item.id].split(".")[0] == {"A": "over_alignment", "B": "simplicity_bias"}[item.id[0]]
    assert item.figures or item.kind == "equation", "an item without a figure cannot be seen"
    assert item.controls, "an item without a control cannot fail"
    assert issubclass(item.params, pydantic.BaseModel)
    assert all(part.startswith(item.id) for part in item.parts if part != "B-fn4"), "footnote 4 is B-fig6's"
    fields = set(item.params.model_fields)
    for control in item.controls:
        assert set(control.change) <= fields
        assert control.claims
        assert {id.split("/")[0] for id in control.claims} <= set(item.parts)


def test_a_panel_and_its_figure_are_one_item():
    assert load("B-fig2a") is load("B-fig2b") is load("B-fig2")


def test_an_unknown_item_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match="unknown item 'B-fig99'; allowed: B-eq4"):
        load("B-fig99")


def test_collect_labels_every_row_with_its_run():
    runs = [Run({"n": 5, "method": "flow"}, 0), Run({"n": 6, "method": "sgd"}, 1)]
    tables = collect(
        runs, [{"loss": {"time": [1, 2], "train": [0.5, 0.1]}}, {"loss": {"time": [1], "train": 0.3}}]
    )
    assert list(tables["loss"]["n"]) == [5, 5, 6]
    assert list(tables["loss"]["seed"]) == [0, 0, 1]
    assert list(tables["loss"]["train"]) == [0.5, 0.1, 0.3]
