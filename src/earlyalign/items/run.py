"""What a run is: a configuration and a seed, what is computed from them, and where a long one keeps its state.

All of it enters the keys of runs. What an item says of its runs, claims and controls and pictures, is in `contract`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, get_args, get_origin

import numpy as np
import pydantic

Scalar = str | int | float | bool | None
Columns = Mapping[str, Any]
"""A table as columns of one length: name -> array (or a scalar that is repeated)."""
Result = Mapping[str, Columns]
"""What one run measured: table name -> columns."""


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
