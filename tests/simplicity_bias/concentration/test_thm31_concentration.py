"""B-thm31 at a small scale: what is exact holds at any scale, slopes need the ci profile."""

import numpy as np
import pytest
from tests.smoke import controlled, did_its_work, judged, tables_of

from earlyalign.items.run import NoCheckpoint
from earlyalign.simplicity_bias.thm31_concentration import ITEM, part


@pytest.fixture(scope="module")
def measured():
    return tables_of(ITEM)


def test_the_search_never_passes_the_exact_supremum(measured):
    both = measured[0]["sup"].dropna(subset=["sup", "found"])
    assert len(both)
    assert (both["found"] <= both["sup"] * (1 + 1e-12)).all()


def test_where_only_the_search_ran_nothing_is_called_exact(measured):
    assert part(measured[0], "search")["sup"].isna().all()
    assert part(measured[0], "plane")["found"].isna().all()


def test_the_mean_stays_below_the_bound_with_constant_one(measured):
    sup = measured[0]["sup"].dropna(subset=["sup"])
    means = sup.groupby(["part", "d", "n"])[["sup", "bound"]].mean()
    assert (means["sup"] < means["bound"]).all()


def test_every_claim_has_a_control(measured):
    assert set(judged(ITEM, *measured)) == controlled(ITEM)


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_the_controls_turn_red(control):
    assert did_its_work(ITEM, control, plane_sizes=[100, 1000, 10000, 30000], plane_seeds=40)


def test_a_run_gives_the_same_numbers_twice(measured):
    run = next(run for run in ITEM.runs(measured[1]) if run.config["part"] == "search")
    first, second = (ITEM.compute(run, NoCheckpoint())["sup"]["found"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("picture", ITEM.figures, ids=lambda picture: picture.id)
def test_the_pictures_draw_finite_lines(measured, picture):
    figure = picture.draw(measured[0])
    for axis in figure.axes:
        assert axis.lines
        assert all(np.isfinite(np.asarray(line.get_ydata(), float)).all() for line in axis.lines)
    assert picture.alt(measured[0]).endswith(".")
