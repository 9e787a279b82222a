"""`measure`: an item, at some parameters, as tables, figures and verdicts. What every chapter and command calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as Canvas

from earlyalign.errors import unknown
from earlyalign.items.item import Claim, Control, Figure, Item
from earlyalign.items.manifest import load
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables, collect
from earlyalign.runs.code_hash import closure_hash
from earlyalign.runs.engine import fill, missing
from earlyalign.runs.paths import store_root
from earlyalign.runs.profiles import at_profile, parse, read_profile
from earlyalign.runs.provenance import commit, machine_kind, shown_versions
from earlyalign.runs.store import Cost, Store, run_key

TOLD_APART_BY = ("kind", "what", "part", "case", "method", "activation", "task")


class VerdictTable(pd.DataFrame):
    """A frame with columns claim, measured, expected, verdict, mark, that a notebook shows one claim a row."""

    @property
    def _constructor(self):
        return VerdictTable

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td>{escape(row.claim)}<br><small>{escape(str(id))} <span class="mark mark-{row.mark}">{row.mark}'
            f"</span></small></td><td>{escape(row.measured)}</td><td>{escape(row.expected)}</td>"
            f'<td><span class="ea-pill ea-{row.verdict.replace(" ", "-")}">{row.verdict}</span></td></tr>'
            for id, row in self.iterrows()
        )
        heads = "".join(
            f'<th scope="col">{name}</th>' for name in ("claim", "measured", "expected", "verdict")
        )
        return (
            f'<table class="dataframe ea-claims"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        )


@dataclass(frozen=True)
class Outcome:
    """An item that was run: its tables, and what follows from them."""

    item: Item
    params: Params
    profile: str
    tables: Tables
    costs: Sequence[Cost]

    @cached_property
    def claims(self) -> list[Claim]:
        """Every claim, judged."""
        return self.item.claims(self.tables, self.params)

    @property
    def verdicts(self) -> VerdictTable:
        """The claims as a table, for reading."""
        columns = ("claim", "measured", "expected", "verdict", "mark")
        rows = [(c.words, c.measured_text, c.expected, str(c.verdict), str(c.mark)) for c in self.claims]
        return VerdictTable(rows, columns=columns, index=pd.Index([c.id for c in self.claims], name="id"))

    def described(self, id: str) -> Figure:
        """The item's figure called `id`, with its caption. Raises UserError if the item has none of that name."""
        for figure in self.item.figures:
            if figure.id == id:
                return figure
        raise unknown(f"figure of {self.item.id}", id, [figure.id for figure in self.item.figures])

    def figure(self, id: str) -> Canvas:
        """The drawn figure called `id`."""
        return self.described(id).draw(self.tables)

    def core_seconds(self) -> list[dict[str, Any]]:
        """Of runs on one core each, by method (or what else the runs are told apart by): how many, seconds, the most
        memory in megabytes."""
        kinds: dict[str, list[Cost]] = {}
        for run, cost in zip(self.item.runs(self.params), self.costs, strict=True):
            kinds.setdefault(_sort_of(run), []).append(cost)
        return [
            {
                "kind": kind,
                "runs": len(costs),
                "seconds": round(sum(cost.wall_s for cost in costs), 2),
                "memory": peak(costs),
            }
            for kind, costs in kinds.items()
        ]

    def sidecar(self) -> dict[str, Any]:
        """Provenance: everything one needs to make these numbers again."""
        return {
            "item": self.item.id,
            "title": self.item.title,
            "profile": self.profile,
            "params": self.params.model_dump(mode="json"),
            "runs": len(self.item.runs(self.params)),
            "seeds": sorted({run.seed for run in self.item.runs(self.params)}),
            "commit": commit(),
            "code": closure_hash(self.item.compute.__module__),
            "precision": self.item.precision,
            "versions": shown_versions(),
            "machine": machine_kind(),
            "compute_s": round(sum(cost.wall_s for cost in self.costs), 2),
            "core_seconds": self.core_seconds(),
            "memory": peak(self.costs),
            "verdicts": {claim.id: str(claim.verdict) for claim in self.claims},
        }


def measure(
    id: str,
    values: Mapping[str, Any] | None = None,
    profile: str = "custom",
    jobs: int | None = None,
    show: bool = True,
    **engine,
) -> Outcome:
    """The item `id` at parameters `values`, or if None at those of `profile`: runs that the store lacks are computed
    first.

    Where `values` are the site's and `profile` names another scale, or the reader has chosen one in the environment,
    the item is taken at that scale; see `at_profile`.

    Raises UserError for an unknown item, parameter or profile, RunFailed if a run raised.
    """
    item = load(id)
    values = read_profile(profile).of(item) if values is None else values
    meant, named = at_profile(item, values, profile)
    if show and named != profile:
        print(f"{item.id} at another scale than this cell's: {named}. Its verdicts are not on record.")
    return _measured(item, parse(item, meant), named, jobs, show, **engine)


def _measured(item: Item, params: Params, named: str, jobs: int | None, show: bool, **engine) -> Outcome:
    store = Store(store_root())
    runs = item.runs(params)
    fill(missing(item, runs, store), store, jobs, show=show, **engine)
    return gather(item, params, named, store)


def peak(costs: Sequence[Cost]) -> dict[str, Any] | None:
    """The memory of the run that held the most, as in `Memory`; None if none was watched."""
    watched = [cost.memory for cost in costs if cost.memory is not None]
    return asdict(max(watched, key=lambda memory: memory.peak_mb)) if watched else None


def _sort_of(run: Run) -> str:
    """Such as ``sgd``: the words of a run's configuration by which kinds of runs differ."""
    return " ".join(str(run.config[name]) for name in TOLD_APART_BY if name in run.config) or "run"


def gather(item: Item, params: Params, profile: str, store: Store) -> Outcome:
    """The outcome of runs that are all in the store. Raises KeyError for one that is not."""
    runs = item.runs(params)
    stored = []
    for run in runs:
        kept = store.get(run_key(item, run))
        if kept is None:
            raise KeyError(f"{item.id}: {run.label} is not in the store")
        stored.append(kept)
    tables = item.summary(collect(runs, [result for result, _ in stored]))
    return Outcome(item, params, profile, tables, [cost for _, cost in stored])


def broken(outcome: Outcome, control: Control, jobs: int | None = None, show: bool = False) -> list[Claim]:
    """The control's claims, judged with its change made. All of them ought to come out as the control's verdict."""
    params = params_under(control, outcome.item, outcome.params)
    changed = _measured(outcome.item.under(control), params, outcome.profile, jobs, show)
    by_id = {claim.id: claim for claim in changed.claims}
    return [by_id[id] for id in control.claims]


def params_under(control: Control, item: Item, params: Params) -> Params:
    """The parameters of `item` with the control's change made."""
    return parse(item, {**params.model_dump(), **control.change})


def did_its_work(control: Control, claims: list[Claim]) -> bool:
    """Whether every claim that the control names came out as it must, here judged with the control's change made."""
    return bool(claims) and all(claim.leaning is control.verdict for claim in claims)
