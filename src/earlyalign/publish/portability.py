"""Whether a verdict rests on its seeds: every claim judged again over two disjoint halves of them.

Another processor rounds otherwise, and where training is sensitive another rounding is as good as another seed. What
the even and the odd seeds agree on is therefore what the next machine will find as well.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from earlyalign.items.item import Claim, Item, Verdict
from earlyalign.items.params import Params
from earlyalign.items.run import Result, Run
from earlyalign.items.tables import collect
from earlyalign.publish.profiles import Profile
from earlyalign.runs.store import Store, run_key

BLOCKS = ("even", "odd")
FEWEST = 4
"""Seeds that a setting must have to be halved: an interval needs two."""

OPPOSITE = {Verdict.REPRODUCED: Verdict.CONTRADICTED, Verdict.CONTRADICTED: Verdict.REPRODUCED}
"""What a verdict must not become on half the seeds. Wider intervals may make it weaker or leave it undecided."""


class NotBlockable(ValueError):
    """An item cannot be judged on half its seeds. The message says why."""


@dataclass(frozen=True)
class Blocked:
    """A claim beside its record: what it became on the even and on the odd seeds."""

    id: str
    recorded: str
    blocks: Mapping[str, Claim]

    @property
    def problem(self) -> str | None:
        """The block that says the opposite of the record, with its number, or None."""
        turned = [
            f"{claim.verdict} on the {name} seeds ({claim.measured_text}, expected {claim.expected})"
            for name, claim in self.blocks.items()
            if self.recorded in OPPOSITE and claim.verdict is OPPOSITE[Verdict(self.recorded)]
        ]
        return f"{self.id}: recorded as {self.recorded}, {'; '.join(turned)}" if turned else None


def blocks(item: Item, params: Params, store: Store, recorded: Mapping[str, str]) -> list[Blocked]:
    """Every claim of `item` on each half of its stored seeds, beside `recorded` (claim id -> verdict).

    Raises KeyError for a run that is not stored, NotBlockable for an item without `FEWEST` seeds of anything, or one
    whose claims cannot be judged from half of them.
    """
    runs = item.runs(params)
    by_half = dict(zip(BLOCKS, halves(runs, _stored(item, runs, store))))
    if all(len(half) == len(runs) for half, _ in by_half.values()):
        raise NotBlockable(f"no setting has {FEWEST} seeds")
    judged = {name: _judged(item, params, *half) for name, half in by_half.items()}
    return [
        Blocked(id, recorded.get(id, str(Verdict.NOT_RUN)), {name: judged[name][id] for name in BLOCKS})
        for id in judged[BLOCKS[0]]
    ]


def blocks_of(
    profile: Profile, store: Store, recorded: Mapping[str, str]
) -> tuple[list[Blocked], dict[str, str]]:
    """The claims of all items of the profile, and the items that cannot be halved: id -> why."""
    judged: list[Blocked] = []
    whole: dict[str, str] = {}
    for item in profile.items():
        try:
            judged += blocks(item, profile.params[item.id], store, recorded)
        except NotBlockable as reason:
            whole[item.id] = str(reason)
    return judged, whole


def blocks_told(judged: Sequence[Blocked], whole: Mapping[str, str]) -> str:
    """What `blocks_of` found, for reading: a line a problem, a line an item that was not halved, and counts."""
    problems = [claim.problem for claim in judged if claim.problem]
    kept = [f"{id}: not judged on half of its seeds: {why}" for id, why in whole.items()]
    return "\n".join(
        [*problems, *kept, f"{len(judged)} claims on half of the seeds, {len(problems)} turned round"]
    )


def halves(runs: Sequence[Run], results: Sequence[Result]) -> list[tuple[list[Run], list[Result]]]:
    """The runs of even and of odd seeds with their results, in each half seeds 2k and 2k + 1 called k.

    So each half is what the item would have with half as many seeds, paired over settings as before, and rules that
    go by even and odd seeds still work. Flags in a configuration mark seeds and make no setting of their own. A setting
    of fewer than `FEWEST` seeds, such as a drawn sample, stays whole in both halves.
    """
    seeds = defaultdict(set)
    for run in runs:
        seeds[_setting(run)].add(run.seed)
    split = {setting for setting, own in seeds.items() if len(own) >= FEWEST}
    halved = []
    for parity in range(len(BLOCKS)):
        pairs = [
            (replace(run, seed=run.seed // 2) if _setting(run) in split else run, result)
            for run, result in zip(runs, results, strict=True)
            if _setting(run) not in split or run.seed % 2 == parity
        ]
        halved.append(([run for run, _ in pairs], [result for _, result in pairs]))
    return halved


def _stored(item: Item, runs: Sequence[Run], store: Store) -> list[Result]:
    results = []
    for run in runs:
        kept = store.get(run_key(item, run))
        if kept is None:
            raise KeyError(f"{item.id}: {run.label} is not in the store")
        results.append(kept[0])
    return results


def _setting(run: Run) -> str:
    named = {name: value for name, value in run.config.items() if not isinstance(value, bool)}
    return json.dumps(named, sort_keys=True)


def _judged(item: Item, params: Params, runs: Sequence[Run], results: Sequence[Result]) -> dict[str, Claim]:
    try:
        tables = item.summary(collect(runs, results))
        return {claim.id: claim for claim in item.claims(tables, params)}
    except (ValueError, LookupError) as error:
        raise NotBlockable(f"{len(runs)} of its runs are too few: {error}") from error
