"""Items at the smoke profile.

A run is computed once and then stays in the project's store under its key, as the book's runs do: the tests of an item,
test processes side by side and the next session share it, and a change of its code makes it be computed again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

import threadpoolctl

from earlyalign.items.item import Claim, Control, Item, Verdict
from earlyalign.items.manifest import load
from earlyalign.items.params import Params
from earlyalign.items.run import Result, Run
from earlyalign.items.tables import Tables, collect
from earlyalign.publish.profiles import Profile, read_profile
from earlyalign.runs.outcome import parse
from earlyalign.runs.paths import store_root
from earlyalign.runs.store import THREADS, Store


def values(item: Item) -> dict:
    """The item's parameters at the smoke profile."""
    return _smoke().of(item)


def tables_of(item: Item, **changes) -> tuple[Tables, Params]:
    """Tables and parameters of `item` at the smoke profile with `changes`. They are shared: copy before you write."""
    return _tables(item.id, json.dumps(changes, sort_keys=True))


def tables_and_claims(item: Item, change: Mapping | None = None) -> tuple[Tables, dict[str, Claim]]:
    """The item's tables, and its claims by id, with `change` made to its smoke parameters."""
    changed = json.dumps(dict(change or {}), sort_keys=True)
    return _tables(item.id, changed)[0], dict(_claims(item.id, changed))


def judged(item: Item, tables: Tables, params: Params) -> dict[str, Verdict]:
    """Verdicts without their margins, by the claims' short names."""
    return {claim.id.split("/")[1]: claim.leaning for claim in item.claims(tables, params)}


def under(
    item: Item, control: Control, numbers: Mapping | None = None, **changes
) -> tuple[Tables, dict[str, Claim]]:
    """Tables and claims by id of `item` under a control, with `changes` made before the control's own and
    `numbers` put in the place of its own."""
    changed = json.dumps({**changes, **control.change, **(numbers or {})}, sort_keys=True)
    return _tables(item.id, changed, control.name)[0], dict(_claims(item.id, changed, control.name))


def did_its_work(item: Item, control: Control, **changes) -> bool:
    """Whether `turned` says so at the smoke profile with `changes` on both sides."""
    return turned(under(item, control, **changes)[1], control)


def turned(claims: Mapping[str, Claim], control: Control, some: bool = True) -> bool:
    """Whether no claim of the control withstands it and, where `some` is asked for, one at least comes out as it says.
    With the few seeds of the smoke profile an interval may reach to the boundary and leave a claim undecided; that
    none is, is asked at the ci profile."""
    leanings = {claims[id].leaning for id in control.claims}
    return leanings <= {control.verdict, Verdict.UNDECIDED} and (not some or control.verdict in leanings)


def runs_under(item: Item, control: Control) -> list[Run]:
    """The runs of `item` under a control at the smoke profile."""
    return item.under(control).runs(parse(item, {**values(item), **control.change}))


def result_of(item: Item, run: Run) -> Result:
    """What one run of `item` gives, alone."""
    with threadpoolctl.threadpool_limits(limits=THREADS):
        return Store(store_root()).checkpoint("smoke").recall(item.work_of(run), run, item.precision)


def controlled(item: Item) -> set[str]:
    """Short names of the claims that some control names."""
    return {id.split("/")[1] for control in item.controls for id in control.claims}


@cache
def _smoke() -> Profile:
    return read_profile("smoke")


def _variant(id: str, control: str) -> Item:
    return load(id).under(control) if control else load(id)


@cache
def _tables(id: str, changes: str, control: str = "") -> tuple[Tables, Params]:
    item = _variant(id, control)
    params = parse(item, {**_smoke().of(item), **json.loads(changes)})
    runs, stored = item.runs(params), Store(store_root()).checkpoint("smoke")
    with threadpoolctl.threadpool_limits(limits=THREADS):
        results = [stored.recall(item.work_of(run), run, item.precision) for run in runs]
    return item.summary(collect(runs, results)), params


@cache
def _claims(id: str, changes: str, control: str = "") -> dict[str, Claim]:
    tables, params = _tables(id, changes, control)
    return {claim.id: claim for claim in _variant(id, control).claims(tables, params)}
