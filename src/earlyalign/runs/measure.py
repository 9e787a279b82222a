"""`measure`: an item, at some parameters, as tables, figures and verdicts. What every chapter and command calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd
import pydantic
from matplotlib.figure import Figure as Canvas

from earlyalign.errors import invalid_params, unknown
from earlyalign.items.contract import Claim, Control, Item, Params, Picture, Tables, collect
from earlyalign.items.manifest import load
from earlyalign.runs.code_hash import closure_hash
from earlyalign.runs.engine import fill, missing
from earlyalign.runs.paths import store_root
from earlyalign.runs.provenance import commit, machine_kind, shown_versions
from earlyalign.runs.store import Store, run_key


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
    wall_s: float

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

    def picture(self, id: str) -> Picture:
        """The picture called `id`. Raises UserError if the item has none of that name."""
        for picture in self.item.pictures:
            if picture.id == id:
                return picture
        raise unknown(f"figure of {self.item.id}", id, [picture.id for picture in self.item.pictures])

    def figure(self, id: str) -> Canvas:
        """The drawn figure called `id`."""
        return self.picture(id).draw(self.tables)

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
            "compute_s": round(self.wall_s, 2),
            "verdicts": {claim.id: str(claim.verdict) for claim in self.claims},
        }


def parse(item: Item, values: Mapping[str, Any]) -> Params:
    """`values` as the item's parameters, without turning one type into another: 5 may stand for 5.0, "5" and true for
    no number. Raises UserError, in one line, for what does not fit."""
    try:
        return item.params.model_validate_json(json.dumps(dict(values), default=_plain), strict=True)
    except pydantic.ValidationError as error:
        raise invalid_params(item.id, error, item.params.model_fields) from error


def _plain(value: Any) -> Any:
    """numpy's scalars and arrays as JSON knows them; anything else as text, which no field takes for more."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def measure(
    id: str,
    values: Mapping[str, Any],
    profile: str = "custom",
    jobs: int | None = None,
    show: bool = True,
    **engine,
) -> Outcome:
    """The item `id` at parameters `values`: runs that the store lacks are computed first.

    Raises UserError for an unknown item or parameter, RunFailed if a run raised.
    """
    item = load(id)
    params = parse(item, values)
    store = Store(store_root())
    runs = item.runs(params)
    fill(missing(item, runs, store), store, jobs, show=show, **engine)
    return gather(item, params, profile, store)


def gather(item: Item, params: Params, profile: str, store: Store) -> Outcome:
    """The outcome of runs that are all in the store. Raises KeyError for one that is not."""
    runs = item.runs(params)
    stored = []
    for run in runs:
        found = store.get(run_key(item, run))
        if found is None:
            raise KeyError(f"{item.id}: {run.label} is not in the store")
        stored.append(found)
    tables = item.summary(collect(runs, [result for result, _ in stored]))
    return Outcome(item, params, profile, tables, sum(wall for _, wall in stored))


def broken(outcome: Outcome, control: Control, jobs: int | None = None, show: bool = False) -> list[Claim]:
    """The control's claims, judged with its change made. All of them ought to come out as the control's verdict."""
    values = {**outcome.params.model_dump(), **control.change}
    changed = measure(outcome.item.id, values, outcome.profile, jobs, show)
    by_id = {claim.id: claim for claim in changed.claims}
    return [by_id[id] for id in control.claims]


def did_its_work(control: Control, claims: list[Claim]) -> bool:
    """Whether every claim that the control names came out as it must, here judged with the control's change made."""
    return bool(claims) and all(claim.leaning is control.verdict for claim in claims)
