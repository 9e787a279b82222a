"""Every item at the smoke profile: it runs, each of its claims has a control, each control gives its verdict, and its
figures show finite numbers and say what they show."""

import numpy as np
import pandas as pd
import pytest
from tests.smoke import result_of, runs_under, tables_and_claims, turned, under

from earlyalign.items.item import Verdict
from earlyalign.items.manifest import MODULES, load
from earlyalign.items.run import Result
from earlyalign.runs.code_hash import closure
from earlyalign.runs.store import run_key

NEEDS_LEARNING = {"hard-task", "first-epoch"}
"""Controls of the deep networks that say something only of networks that have learned; the book's build judges them."""

ASKS_FOR_SEEDS = {("A-scale", "other-sample")}
"""Controls under which the smoke profile may leave every claim undecided. A correlation that is to lie below 0.1, with
its interval, asks for hundreds of seeds. That the fault changes its runs is asked of it all the same."""

PAST = {"sample_sizes": [1000, 2000], "small_n": 2000, "horizon": 640.0, "width": 16}
BELOW = {"sample_sizes": [20, 50], "small_n": 20, "horizon": 640.0}
LINE = {"sample_sizes": [2, 5, 50], "horizon": 5000.0}
LARGE_START = {"sample_sizes": [50, 200], "horizon": 300.0}
BROKEN_LAWS = ("lopsided", "signs", "no-margin", "stretched", "heavy-inputs", "heavy-noise", "unwhitened")
NUMBERS = {
    ("B-fig2", "many-samples"): PAST,
    ("B-fig2", "few-samples"): BELOW,
    ("B-fig2", "lazy"): LARGE_START,
    ("B-fig2", "line"): LINE,
    ("B-fig2", "below-the-threshold"): {"sample_sizes": [50, 100, 200], "small_n": 50, "horizon": 300.0},
    ("B-fig3", "lazy"): LARGE_START,
    ("B-fig3", "many-samples"): {"sample_sizes": [1000, 2000]},
    ("B-fig4", "many-samples"): PAST,
    ("B-fig4", "few-samples"): BELOW,
    ("B-fig4", "lazy"): LARGE_START,
    ("B-fig4", "line"): LINE,
    ("B-fig4", "tiny-samples"): {"sample_sizes": [6, 7, 8, 10, 50], "horizon": 640.0},
    ("B-fig5", "many-samples"): {"sample_sizes": [1000, 2000], "small_n": 2000},
    ("B-fig5", "lazy"): {**LARGE_START, "horizon": 50.0},
    ("B-fig6", "interpolating"): {"small_horizon": 500.0},
    ("B-fig7", "many-samples"): PAST,
    ("B-fig7", "few-samples"): {**BELOW, "sample_sizes": [50, 100], "small_n": 50},
    ("B-fig7", "lazy"): LARGE_START,
    ("B-fig7", "line"): LINE,
    ("B-fig7", "reversed"): {
        "sample_sizes": [50, 100, 200, 500, 1000, 2000],
        "dimension_sizes": [20, 50, 100, 200, 500, 1000, 2000],
        "horizon": 200.0,
    },
    ("B-fig8", "many-samples"): {**PAST, "horizon": 1600.0, "width": 64},
    ("B-fig8", "few-samples"): BELOW,
    ("B-fig8", "lazy"): LARGE_START,
    ("B-fig8", "line"): LINE,
    ("B-fig8", "unequal"): {"sample_sizes": [50, 100, 200, 500, 1000], "horizon": 1000.0},
    ("B-fig8", "unequal-later"): {"sample_sizes": [50, 100, 200, 500, 1000], "horizon": 1000.0},
    ("B-fig1", "many-samples"): {"sample_sizes": [1000, 2000], "small_n": 2000},
    ("B-appB", "narrow"): {"sample_sizes": [500]},
    ("B-appB", "few-samples"): {"horizon": 200.0},
    ("B-prop31", "stopped-after-alignment"): {"train_seeds": 20},
    **{("B-asm41", name): {"seeds": 5} for name in BROKEN_LAWS},
    ("A-fls", "knob-reversed"): {"seeds": 8},
    ("A-cor53", "large-starts"): {"seeds": 20},
}
"""Numbers in the place of those of a control, which are made for the site's scale, or of the smoke profile's: such that
its networks tell it within seconds."""

CONTROLS = [
    pytest.param(id, control.name, id=f"{id}-{control.name}")
    for id in MODULES
    for control in load(id).controls
    if control.name not in NEEDS_LEARNING
]

FAULTY = [
    pytest.param(id, control, id=f"{id}-{control.name}")
    for id in MODULES
    for control in load(id).controls
    if control.fault
]


def same(first: Result, second: Result) -> bool:
    """Whether two results have the same tables, columns and numbers, NaN being the same as NaN."""
    columns = [
        {
            (table, name): pd.Series(np.atleast_1d(values))
            for table, held in result.items()
            for name, values in held.items()
        }
        for result in (first, second)
    ]
    return columns[0].keys() == columns[1].keys() and all(
        values.equals(columns[1][name]) for name, values in columns[0].items()
    )


@pytest.mark.parametrize("id", MODULES)
def test_it_runs_and_judges_every_part(id):
    tables, claims = tables_and_claims(load(id))
    assert all(len(table) for table in tables.values())
    assert {claim.part for claim in claims.values()} == set(load(id).parts)
    assert all(
        isinstance(claim.verdict, Verdict) and claim.words and claim.expected for claim in claims.values()
    )


@pytest.mark.parametrize("id", MODULES)
def test_every_claim_is_named_by_a_control_and_every_control_names_claims(id):
    named = {claim for control in load(id).controls for claim in control.claims}
    assert set(tables_and_claims(load(id))[1]) <= named


@pytest.mark.parametrize(("id", "control"), CONTROLS)
def test_a_control_gives_its_verdict(id, control):
    item = load(id)
    chosen = next(each for each in item.controls if each.name == control)
    _, claims = under(item, chosen, NUMBERS.get((id, control)))
    assert turned(claims, chosen, some=(id, control) not in ASKS_FOR_SEEDS)


@pytest.mark.parametrize(("id", "control"), FAULTY)
def test_a_fault_changes_runs_that_it_touches_and_no_other(id, control):
    item, faulty = load(id), load(id).under(control)
    runs = runs_under(item, control)
    touched = [run for run in runs if control.fault.touches(run)]
    assert [run for run in runs if run_key(faulty, run) != run_key(item, run)] == touched
    assert any(not same(result_of(faulty, run), result_of(item, run)) for run in touched)


def test_a_fault_that_does_nothing_would_be_noticed():
    ended = {"ends": {"name": ["a", "b"], "loss": [1.0, np.nan], "n": 3}}
    assert same(ended, {"ends": {"name": ["a", "b"], "loss": [1.0, np.nan], "n": 3}})
    assert not same(ended, {"ends": {"name": ["a", "b"], "loss": [1.0, 2.0], "n": 3}})
    assert not same(ended, {"ends": {"name": ["a", "b"], "loss": [1.0, np.nan]}})


def test_the_numbers_in_place_are_those_of_controls():
    assert {*NUMBERS, *ASKS_FOR_SEEDS} <= {
        (id, control.name) for id in MODULES for control in load(id).controls
    }


@pytest.mark.parametrize("id", MODULES)
def test_figures_show_finite_numbers_and_say_what_they_show(id):
    tables, _ = tables_and_claims(load(id))
    for figure in load(id).figures:
        axes = [axis for axis in figure.draw(tables).axes if axis.has_data()]
        lines = [np.asarray(line.get_ydata(), float) for axis in axes for line in axis.get_lines()]
        assert axes and all(np.isfinite(axis.dataLim.get_points()).all() for axis in axes)
        assert not lines or any(np.isfinite(line).any() for line in lines)
        told = [figure.caption(tables), figure.alt(tables)]
        assert all(len(text) > 40 and "nan" not in text.lower().split() for text in told)


@pytest.mark.parametrize("id", MODULES)
def test_what_decides_its_numbers_knows_nothing_of_how_they_are_shown_or_judged(id):
    item = load(id)
    works = {item.compute.__module__} | {
        each.fault.compute.__module__ for each in item.controls if each.fault
    }
    for work in works:
        assert work.rsplit(".", 1)[1].endswith(("runs", "faults"))
        inside = {name.removeprefix("earlyalign.") for name in closure(work)}
        assert not {name for name in inside if name.startswith(("figures", "runs", "publish", "fls"))}
        assert {name for name in inside if name.startswith("items")} <= {"items", "items.run"}
        rooms = ("claims", "controls", "figures", "statistics", "params")
        assert not {name for name in inside if name.endswith(rooms)}
