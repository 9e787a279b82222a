"""What a run is: a configuration and a seed, what is computed from them, and where a long one keeps its state.

All of it enters the keys of runs. What an item says of its runs, claims and controls and figures, is in `item`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol, TypeVar, get_type_hints

import numpy as np

S = TypeVar("S")
Scalar = str | int | float | bool | None
Columns = Mapping[str, Any]
"""A table as columns of one length: name -> array (or a scalar that is repeated)."""
Result = Mapping[str, Columns]
"""What one run measured: table name -> columns."""


@dataclass(frozen=True)
class Run:
    """One independent unit of work: a flat configuration and the seed of everything random in it."""

    config: Mapping[str, Scalar]
    seed: int

    def read(self, settings: type[S]) -> S:
        """The configuration as `settings`, a dataclass of scalars whose fields are its entries. Numbers become what
        the field says. Raises ValueError if an entry is missing or is no field."""
        # the standard library gives no name to the type of all dataclasses, by which S could be bound
        names = {field.name for field in fields(settings)}  # type: ignore[arg-type]
        if names != set(self.config):
            raise ValueError(
                f"{settings.__name__} has {sorted(names - set(self.config))} that the run lacks and lacks "
                f"{sorted(set(self.config) - names)} that it has"
            )
        types = get_type_hints(settings)
        return settings(
            **{
                name: types[name](value) if types[name] in (int, float) else value
                for name, value in self.config.items()
            }
        )

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
        """None: nothing was saved."""
        return None

    def save(self, state: Mapping[str, np.ndarray]) -> None:
        """Keep nothing."""
        return None

    def recall(self, compute: Compute, run: Run, precision: str) -> Result:
        """Compute `run` now."""
        return compute(run, self)


Compute = Callable[[Run, Checkpoint], Result]
"""What an item does for each run: a pure function of the run, whatever the checkpoint holds."""
