"""Verdicts over disjoint halves of the seeds: of the toy, where it is known what must happen, and of the ci book."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import toy

from earlyalign.items import evidence
from earlyalign.items.item import Verdict
from earlyalign.items.run import Run
from earlyalign.publish.portability import NotBlockable, blocks, blocks_of, halves
from earlyalign.publish.profiles import read_profile
from earlyalign.publish.record import read_record
from earlyalign.runs.engine import fill, missing
from earlyalign.runs.paths import store_root
from earlyalign.runs.store import Store

SLOPE = "T-linea/slope"


@pytest.fixture
def judge(toy_book, threads):
    """Judge the toy in blocks: recorded verdict, item, parameters -> its one claim."""

    def judge(recorded: str, item=toy.ITEM, **changes):
        params = toy.Parameters(**{"n": 40, "noise": 0.1, "seeds": 8, **changes})
        store = Store(store_root())
        fill(missing(toy.ITEM, item.runs(params), store), store, **threads)
        (blocked,) = blocks(item, params, store, {SLOPE: recorded})
        return blocked

    return judge


def test_a_verdict_that_both_halves_find_is_no_problem(judge):
    blocked = judge("reproduced")
    assert {claim.verdict for claim in blocked.blocks.values()} == {Verdict.REPRODUCED}
    assert blocked.problem is None


@pytest.mark.parametrize(("recorded", "line"), [("contradicted", "rising"), ("reproduced", "falling")])
def test_a_record_whose_opposite_the_halves_find_is_a_problem_in_both_directions(judge, recorded, line):
    problem = judge(recorded, line=line).problem
    assert problem.startswith(f"{SLOPE}: recorded as {recorded}, ")
    assert "even seeds" in problem and "odd seeds" in problem


@pytest.mark.parametrize("recorded", ["weaker", "not at this scale", "not run", "undecided"])
def test_a_record_without_a_margin_may_fall_either_way(judge, recorded):
    assert judge(recorded, line="falling").problem is None


def test_a_claim_that_rests_on_some_of_its_seeds_is_found_and_the_block_named(judge):
    def only_even(tables, params):
        """Contradicted where the smallest slope of the table is missing: it is an even seed's."""
        least = tables["slope"]["slope"].min()
        return [evidence.exact(SLOPE, "", float(least > smallest + 1e-9), 0.5)]

    params = toy.Parameters(n=40, noise=0.1, seeds=8)
    slopes = [toy.compute(run, None)["slope"]["slope"][0] for run in toy.runs(params)]
    smallest, holder = min(slopes), ("even", "odd")[int(np.argmin(slopes)) % 2]
    blocked = judge("reproduced", dataclasses.replace(toy.ITEM, claims=only_even))
    other = {"even": "odd", "odd": "even"}[holder]
    assert blocked.blocks[holder].verdict is Verdict.REPRODUCED
    assert f"on the {other} seeds" in blocked.problem and f"on the {holder} seeds" not in blocked.problem


def test_halves_are_disjoint_numbered_through_and_leave_small_settings_whole():
    runs = [Run({"n": n, "shown": seed == 3}, seed) for n in (5, 9) for seed in range(6)]
    runs += [Run({"n": 7}, 30), Run({"n": 7}, 31)]
    results = [{"t": {"x": [number]}} for number in range(len(runs))]
    (even, evens), (odd, odds) = halves(runs, results)
    whole = results[-2:]
    assert evens[:-2] == results[0:12:2] and odds[:-2] == results[1:12:2]
    assert evens[-2:] == odds[-2:] == whole
    assert [run.seed for run in even] == [run.seed for run in odd] == [0, 1, 2, 0, 1, 2, 30, 31]


def test_an_item_of_few_seeds_is_named_and_not_passed_over(judge, toy_book):
    with pytest.raises(NotBlockable, match="no setting has 4 seeds"):
        judge("reproduced", seeds=3)
    (toy_book / "book/profiles/ci.yaml").write_text("T-line: {n: 40, noise: 0.1, seeds: 3}\n")
    assert blocks_of(read_profile("ci"), Store(store_root()), {}) == (
        [],
        {"T-line": "no setting has 4 seeds"},
    )


def test_an_item_whose_claims_need_every_seed_is_named(judge):
    def hungry(tables, params):
        if len(tables["slope"]) < params.seeds:
            raise ValueError("every seed is needed")
        return toy.claims(tables, params)

    with pytest.raises(NotBlockable, match="4 of its runs are too few: every seed is needed"):
        judge("reproduced", dataclasses.replace(toy.ITEM, claims=hungry))


def test_a_run_that_is_not_stored_is_named(toy_book):
    with pytest.raises(KeyError, match="seed=0 is not in the store"):
        blocks(toy.ITEM, toy.Parameters(n=40, noise=0.1, seeds=8), Store(store_root()), {})


@pytest.mark.book
def test_no_verdict_of_the_book_turns_round_on_half_of_the_seeds(built):
    judged, whole = blocks_of(read_profile("ci"), Store(store_root()), read_record("ci"))
    assert whole == {}
    problems = [claim.problem for claim in judged if claim.problem]
    assert not problems, "\n".join(problems)
