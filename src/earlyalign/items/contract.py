"""What an item is: runs to compute, tables to read, figures to draw, claims to judge, controls to fail.

The arrows go one way: `Params` -> `runs` -> `compute` -> tables -> figures and claims. `compute` is a pure
function of its run, seed included, so that a stored result is as good as a fresh one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, get_args, get_origin

import numpy as np
import pandas as pd
import pydantic
from matplotlib.figure import Figure as Canvas

Scalar = str | int | float | bool | None
Columns = Mapping[str, Any]
"""A table as columns of one length: name -> array (or a scalar that is repeated)."""
Result = Mapping[str, Columns]
"""What one run measured: table name -> columns."""
Tables = Mapping[str, pd.DataFrame]
"""All runs of an item together: table name -> one tidy frame, the run's config and seed as columns."""


class Params(pydantic.BaseModel):
    """Parameters of an item. Frozen, typed, ranges declared on the fields; unknown names are refused, and so are lists
    that name a value twice: each is swept once."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @pydantic.field_validator("*")
    @classmethod
    def _each_value_once(cls, value: Any, about: pydantic.ValidationInfo) -> Any:
        fixed = get_origin(cls.model_fields[about.field_name].annotation) is tuple and (
            ... not in get_args(cls.model_fields[about.field_name].annotation)
        )
        if isinstance(value, (list, tuple)) and not fixed and len(set(value)) < len(value):
            raise ValueError("must list each value once")
        return value


@dataclass(frozen=True)
class Run:
    """One independent unit of work: a flat configuration and the seed of everything random in it."""

    config: Mapping[str, Scalar]
    seed: int

    @property
    def label(self) -> str:
        """Short text for the progress bar, such as ``n=500 seed=3``."""
        shown = [
            f"{name}={value}" for name, value in self.config.items() if name in ("law", "method", "n", "d")
        ]
        return " ".join([*shown, f"seed={self.seed}"])


class Checkpoint(Protocol):
    """Where a long run keeps its state, so that a kill costs minutes and not hours, and where it finds what other runs
    have ended with."""

    def load(self) -> dict[str, np.ndarray] | None:
        """The last saved state, or None."""

    def save(self, state: Mapping[str, np.ndarray]) -> None:
        """Replace the saved state, atomically."""

    def recall(self, compute: Compute, run: Run, precision: str) -> Result:
        """What `compute` gives for `run`: as stored, else computed now and stored, so that runs can start where
        others ended."""


class NoCheckpoint:
    """A checkpoint that keeps nothing."""

    def load(self) -> None:
        return None

    def save(self, state: Mapping[str, np.ndarray]) -> None:
        return None

    def recall(self, compute: Compute, run: Run, precision: str) -> Result:
        return compute(run, self)


Compute = Callable[[Run, Checkpoint], Result]
"""What an item does for each run: a pure function of the run, whatever the checkpoint holds."""


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

    id        ``<part>/<name>``, part as in the manifest
    words     the paper's statement, paraphrased
    measured  the number that decides
    low, high its interval (equal to `measured` where the number is exact)
    expected  what the paper (or the theory) asks of that number, in words
    verdict   given with a margin, so that it is the same on another processor
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
        return self.id.split("/", 1)[0]

    @property
    def measured_text(self) -> str:
        """The number with its interval, in as many digits as it deserves."""
        if math.isnan(self.measured):
            return "—"
        if self.low == self.high == self.measured:
            return f"{self.measured:.3g}"
        return f"{self.measured:.3g} [{self.low:.3g}, {self.high:.3g}]"


@dataclass(frozen=True)
class Control:
    """A change of parameters under which the named claims must come out as `verdict`.

    Usually it breaks an assumption or a piece of code, and the claims must be contradicted. For a claim that is
    contradicted as it stands the change puts right what fails, and `verdict` says what the claim must become: a check
    that could come out either way.
    """

    name: str
    words: str
    change: Mapping[str, Any]
    claims: Sequence[str]
    verdict: Verdict = Verdict.CONTRADICTED


@dataclass(frozen=True)
class Picture:
    """A figure of an item. `draw` computes nothing; `alt` describes it from the numbers, `caption` what was run."""

    id: str
    draw: Callable[[Tables], Canvas]
    caption: Callable[[Tables], str]
    alt: Callable[[Tables], str]


def _same(tables: Tables) -> Tables:
    return tables


@dataclass(frozen=True)
class Item:
    """One numbered thing of a paper, or a family of panels and lemmas that share their runs.

    id, parts   the name one asks for (``B-fig2``) and the manifest ids under it (``B-fig2a``, ``B-fig2b``)
    precision   of the dynamics, part of every run's key
    compute     pure: ``compute(run, checkpoint)`` gives the run's tables. The module it is defined in is the root
                of the import closure whose source is hashed into the key; keep drawing out of that module where
                runs are dear
    claims      ``claims(tables, params)``, one or more for each part
    controls    each must give its claims the verdict it names; they are run like everything else
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
    pictures: Sequence[Picture] = ()
    controls: Sequence[Control] = ()
    precision: str = "float64"
    summary: Callable[[Tables], Tables] = field(default=_same)


def collect(runs: Sequence[Run], results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """Tidy tables out of the runs' columns; config entries and ``seed`` become columns of every row."""
    frames: dict[str, list[pd.DataFrame]] = {}
    for run, result in zip(runs, results, strict=True):
        for name, columns in result.items():
            frame = pd.DataFrame({key: np.atleast_1d(value) for key, value in columns.items()})
            labels = {
                key: value for key, value in {**run.config, "seed": run.seed}.items() if key not in frame
            }
            frames.setdefault(name, []).append(frame.assign(**labels))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}
