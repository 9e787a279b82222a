"""What an item is: runs to compute, tables to read, figures to draw, claims to judge, controls to fail.

The arrows go one way: `Params` -> `runs` -> `compute` -> tables -> figures and claims. `compute` is a pure
function of its run, seed included, so that a stored result is as good as a fresh one. Nothing here enters a key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypedDict

from matplotlib.figure import Figure as Canvas

from earlyalign.items.params import Params
from earlyalign.items.run import Compute, Run
from earlyalign.items.tables import Tables


class Verdict(StrEnum):
    """How a claim came out. `WEAKER`: same direction, smaller or narrower than claimed. `UNDECIDED`: the interval
    straddles the boundary, clears it by less than a margin, or is wider than the claim allows."""

    REPRODUCED = "reproduced"
    WEAKER = "weaker"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"
    NOT_AT_THIS_SCALE = "not at this scale"
    NOT_RUN = "not run"


class Mark(StrEnum):
    """Where a statement comes from: the papers' words, a reconstruction that is checked, or a choice of ours."""

    STATED = "stated"
    REBUILT = "rebuilt"
    CHOSEN = "chosen"


@dataclass(frozen=True)
class Claim:
    """One predicate of a panel, judged.

    id              ``<part>/<name>``, part as in the manifest
    words           the paper's statement, paraphrased
    measured        the number that decides
    low, high       its interval (equal to `measured` where the number is exact)
    expected        what the paper (or the theory) asks of that number, in words
    verdict         given with a margin, so that it is the same on another processor
    without_margin  the verdict if an interval that touches the boundary from one side were enough; None where that
                    makes no difference
    """

    id: str
    words: str
    measured: float
    low: float
    high: float
    expected: str
    verdict: Verdict
    mark: Mark = Mark.STATED
    without_margin: Verdict | None = None

    @property
    def leaning(self) -> Verdict:
        """The verdict without its margin."""
        return self.without_margin or self.verdict

    @property
    def part(self) -> str:
        """The part that the claim belongs to, such as ``B-fig2a``."""
        return self.id.split("/", 1)[0]

    @property
    def measured_text(self) -> str:
        """The number with its interval, in as many digits as it deserves."""
        if math.isnan(self.measured):
            return "—"
        if self.low == self.high == self.measured:
            return f"{self.measured:.3g}"
        return f"{self.measured:.3g} [{self.low:.3g}, {self.high:.3g}]"


def _every(run: Run) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """A faulty work in the place of an item's: composed from the same pieces, with one of them broken.

    compute  in the place of the item's, defined in a module `faults` or `<id>_faults` beside it
    touches  the runs that it concerns; the others are those of the item itself
    """

    compute: Compute
    touches: Callable[[Run], bool] = _every


class Replaced(TypedDict, total=False):
    """Functions that stand in the place of an item's, by the names of its fields."""

    runs: Callable[[Any], list[Run]]
    summary: Callable[[Tables], Tables]
    claims: Callable[[Tables, Any], list[Claim]]


@dataclass(frozen=True)
class Control:
    """A change under which the named claims must come out as `verdict`.

    Usually it breaks an assumption or a piece of code, and the claims must be contradicted. For a claim that is
    contradicted as it stands the change puts right what fails, and `verdict` says what the claim must become: a check
    that could come out either way.

    change    of parameters
    fault     faulty work in the place of the item's
    replaces  fields of the item, `runs` or `claims` or `summary`, and the faulty functions in their place, which are
              made of the item's own and stand beside them
    """

    name: str
    words: str
    change: Mapping[str, Any]
    claims: Sequence[str]
    verdict: Verdict = Verdict.CONTRADICTED
    fault: Fault | None = None
    replaces: Replaced = field(default_factory=Replaced)


@dataclass(frozen=True)
class Figure:
    """A figure of an item. `draw` computes nothing; `alt` describes it from the numbers, `caption` what was run."""

    id: str
    draw: Callable[[Tables], Canvas]
    caption: Callable[[Tables], str]
    alt: Callable[[Tables], str]


def _same(tables: Tables) -> Tables:
    return tables


def _alone(run: Run) -> Sequence[tuple[Compute, Run, str]]:
    return ()


@dataclass(frozen=True)
class Item:
    """One numbered thing of a paper, or a family of panels and lemmas that share their runs.

    id, parts   the name one asks for (``B-fig2``) and the manifest ids under it (``B-fig2a``, ``B-fig2b``)
    precision   of the dynamics, part of every run's key
    after       ``after(run)`` names the runs that `compute` recalls: the work, the run and its precision
    compute     pure: ``compute(run, checkpoint)`` gives the run's tables. The module it is defined in is the root
                of the import closure whose source is hashed into the key
    claims      ``claims(tables, params)``, one or more for each part
    controls    each must give its claims the verdict it names; they are run like everything else
    broken_by   the control that the item stands under, if any
    """

    id: str
    title: str
    paper: str
    kind: str
    chapter: str
    statement: str
    mark: Mark
    parts: Sequence[str]
    params: type[Params]
    runs: Callable[[Any], list[Run]]
    compute: Compute
    claims: Callable[[Tables, Any], list[Claim]]
    figures: Sequence[Figure] = ()
    controls: Sequence[Control] = ()
    precision: str = "float64"
    after: Callable[[Run], Sequence[tuple[Compute, Run, str]]] = _alone
    summary: Callable[[Tables], Tables] = field(default=_same)
    broken_by: Control | None = None

    def work_of(self, run: Run) -> Compute:
        """What computes `run`: the item's own work, or the faulty one that a control puts in its place."""
        fault = self.broken_by.fault if self.broken_by else None
        return fault.compute if fault and fault.touches(run) else self.compute

    def under(self, control: Control | str) -> Item:
        """The item with a control's faults in it; the control may be called by its name."""
        if isinstance(control, str):
            control = next(each for each in self.controls if each.name == control)
        return replace(self, broken_by=control, **control.replaces)
