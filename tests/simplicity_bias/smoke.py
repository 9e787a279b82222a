"""Items at the smoke profile, computed in this process."""

from collections.abc import Mapping

from earlyalign.items.contract import Claim, Item, NoCheckpoint, Tables, collect
from earlyalign.publish.profiles import read_profile
from earlyalign.runs.measure import parse


def values(item: Item) -> dict:
    """The item's parameters at the smoke profile."""
    return dict(read_profile("smoke").of(item))


def tables_and_claims(item: Item, change: Mapping | None = None) -> tuple[Tables, dict[str, Claim]]:
    """The item's tables, and its claims by id, with `change` made to its smoke parameters."""
    params = parse(item, {**values(item), **(change or {})})
    runs = item.runs(params)
    tables = item.summary(collect(runs, [item.compute(run, NoCheckpoint()) for run in runs]))
    return tables, {claim.id: claim for claim in item.claims(tables, params)}
