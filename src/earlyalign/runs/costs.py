"""Known costs: how long runs took when they were last computed, by kind of run.

They are kept in the repository, ``book/profiles/costs.csv``, and written by ``earlyalign costs`` from a store. Only
their ratios are used: how fast this machine is, a running build finds out by itself.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean, median
from typing import Any

from earlyalign.errors import UserError
from earlyalign.items.run import Scalar
from earlyalign.runs.paths import profiles_root

COLUMNS = ("work", "config", "seconds")
UNKNOWN_S = 1.0
"""Of a run when nothing at all is known."""

_SOME_OTHER_CHOICE = 10.0
"""How far apart two configurations are that differ in a word, as a logarithm of a ratio of sizes."""


@dataclass(frozen=True)
class Kind:
    """What decides the cost of a run: the module that does it, and its configuration. Not its seed."""

    work: str
    config: Mapping[str, Scalar]

    @property
    def name(self) -> tuple[str, str]:
        return self.work, json.dumps(dict(self.config), sort_keys=True, default=str)


@dataclass(frozen=True)
class Costs:
    """Seconds by kind of run."""

    seconds: Mapping[tuple[str, str], float]

    def of(self, kind: Kind | None) -> float:
        """Seconds that a run of `kind` takes: as known, else those of the most similar one of the same work, else the
        median of all works."""
        if kind is None or kind.work not in self._by_work:
            return self._typical
        exact = self.seconds.get(kind.name)
        if exact is not None:
            return exact
        known = self._by_work[kind.work]
        apart = [_apart(kind.config, config) for config, _ in known]
        nearest = min(apart)
        if nearest >= _SOME_OTHER_CHOICE:
            return median(seconds for _, seconds in known)
        return fmean(
            seconds for distance, (_, seconds) in zip(apart, known, strict=True) if distance == nearest
        )

    @cached_property
    def _by_work(self) -> dict[str, list[tuple[dict[str, Scalar], float]]]:
        by_work: dict[str, list[tuple[dict[str, Scalar], float]]] = {}
        for (work, config), seconds in self.seconds.items():
            by_work.setdefault(work, []).append((json.loads(config), seconds))
        return by_work

    @cached_property
    def _typical(self) -> float:
        return median(self.seconds.values()) if self.seconds else UNKNOWN_S


def _apart(one: Mapping[str, Scalar], other: Mapping[str, Scalar]) -> float:
    """How unlike two configurations are: logarithms of ratios of numbers, added, and a lot for every other."""
    return sum(_difference(one.get(name), other.get(name)) for name in {*one, *other})


def _difference(a: Any, b: Any) -> float:
    if a == b:
        return 0.0
    numbers = [isinstance(value, int | float) and not isinstance(value, bool) for value in (a, b)]
    if all(numbers) and a * b > 0:
        return min(abs(math.log(a / b)), _SOME_OTHER_CHOICE)
    return _SOME_OTHER_CHOICE


def mean_costs(taken: Iterable[tuple[Kind, float]]) -> Costs:
    """Costs out of what single runs took, seeds averaged."""
    by_kind: dict[tuple[str, str], list[float]] = {}
    for kind, seconds in taken:
        by_kind.setdefault(kind.name, []).append(seconds)
    return Costs({name: fmean(seconds) for name, seconds in by_kind.items()})


def costs_path() -> Path:
    return profiles_root() / "costs.csv"


def read_costs() -> Costs:
    """The costs that are known; none where there is no such file. Raises UserError for another kind of file."""
    try:
        text = costs_path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return Costs({})
    rows = csv.DictReader(io.StringIO(text))
    try:
        read = {(row["work"], row["config"]): float(row["seconds"]) for row in rows}
        if any(
            not isinstance(json.loads(config), dict) or not seconds > 0
            for (_, config), seconds in read.items()
        ):
            raise ValueError
        return Costs(read)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"book/profiles/costs.csv must have the columns {', '.join(COLUMNS)}: earlyalign costs writes it anew"
        ) from error


def as_csv(costs: Costs) -> str:
    """`costs` as the text of their file, three digits a number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for (work, config), seconds in sorted(costs.seconds.items()):
        writer.writerow((work, config, f"{max(seconds, 1e-4):.3g}"))
    return text.getvalue()
