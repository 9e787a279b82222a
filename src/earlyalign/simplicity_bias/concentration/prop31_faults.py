"""Faulty work for the controls of B-prop31."""

from __future__ import annotations

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.simplicity_bias.concentration.prop31_runs import (
    Enumeration,
    drawn,
    enumerated,
    generator,
    limits_of,
)


def fresh_supremum(run: Run, checkpoint: Checkpoint) -> Result:
    """The supremum is taken over another sample than the extremal vectors."""
    settings = run.read(Enumeration)
    rng = generator(settings, run.seed)
    data = drawn(settings, rng)
    return enumerated(data, drawn(settings, rng), limits_of(settings), settings.draw)


def plateau_forgotten(run: Run, checkpoint: Checkpoint) -> Result:
    """D = 0 is left out of the set (6)."""
    settings = run.read(Enumeration)
    data = drawn(settings, generator(settings, run.seed))
    return enumerated(data, data, limits_of(settings)[:1], settings.draw)


def enumerates(run: Run) -> bool:
    """Whether extremal vectors are enumerated; else a network is trained."""
    return run.config["part"] == "extremal"


def has_plateau(run: Run) -> bool:
    """Whether D = 0 belongs to the run's set (6)."""
    return enumerates(run) and run.read(Enumeration).role == "one-neuron"
