"""An item at the smoke profile, computed in this process."""

from __future__ import annotations

import yaml

from earlyalign.items.contract import Item, NoCheckpoint, Verdict, collect
from earlyalign.runs.paths import project_root


def tables_of(item: Item, **changes):
    """Tables and parameters of `item` at the smoke profile with `changes`."""
    values = yaml.safe_load((project_root() / "book/profiles/smoke.yaml").read_text(encoding="utf-8"))[
        item.id
    ]
    params = item.params(**{**values, **changes})
    runs = item.runs(params)
    return collect(runs, [item.compute(run, NoCheckpoint()) for run in runs]), params


def judged(item: Item, tables, params) -> dict[str, Verdict]:
    """Verdicts by the claims' short names."""
    return {claim.id.split("/")[1]: claim.verdict for claim in item.claims(tables, params)}


def did_its_work(item: Item, control, **changes) -> bool:
    """Whether the control's claims all come out as it says, at the smoke profile with `changes` on both sides."""
    verdicts = judged(item, *tables_of(item, **{**changes, **control.change}))
    return {verdicts[id.split("/")[1]] for id in control.claims} == {control.verdict}


def controlled(item: Item) -> set[str]:
    """Short names of the claims that some control names."""
    return {id.split("/")[1] for control in item.controls for id in control.claims}
