"""B-thm31 at a small scale: what is exact holds at any scale, slopes need the ci profile."""

import pytest
from tests.smoke import did_its_work, tables_of

from earlyalign.items.run import NoCheckpoint
from earlyalign.simplicity_bias.concentration.thm31_concentration import ITEM, part


@pytest.fixture(scope="module")
def measured():
    return tables_of(ITEM)


def test_the_search_never_passes_the_exact_supremum(measured):
    both = measured[0]["sup"].dropna(subset=["sup", "lower_bound"])
    assert len(both)
    assert (both["lower_bound"] <= both["sup"] * (1 + 1e-12)).all()


def test_where_only_the_search_ran_nothing_is_called_exact(measured):
    assert part(measured[0], "search")["sup"].isna().all()
    assert part(measured[0], "plane")["lower_bound"].isna().all()


def test_the_mean_stays_below_the_bound_with_constant_one(measured):
    sup = measured[0]["sup"].dropna(subset=["sup"])
    means = sup.groupby(["part", "d", "n"])[["sup", "bound"]].mean()
    assert (means["sup"] < means["bound"]).all()


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_the_controls_turn_red_at_larger_n(control):
    assert did_its_work(ITEM, control, plane_sizes=[100, 1000, 10000, 30000], plane_seeds=40)


def test_a_run_gives_the_same_numbers_twice(measured):
    run = next(run for run in ITEM.runs(measured[1]) if run.config["part"] == "search")
    first, second = (ITEM.compute(run, NoCheckpoint())["sup"]["lower_bound"] for _ in range(2))
    assert first == second
