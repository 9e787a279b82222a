"""What the controls of Lemmas F.2 to F.6 break: the start, the flow, the cuts, or a constant of a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from earlyalign.dynamics.decoupled import HalfSpace
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.simplicity_bias.phases.lemma_runs import Constants, constants_of
from earlyalign.simplicity_bias.phases.runs import (
    Film,
    Problem,
    Settings,
    decoupling_gap,
    early_end,
    follow,
    posed,
    recorded,
    training_field,
)

MISPLACED = 10.0
"""How many times |a_i| the misplaced neuron is long, against the teacher."""

LATE = 3.0
"""How many times too long the early phase is under `late_tau`."""


def misplaced_neuron(run: Run, checkpoint: Checkpoint) -> Result:
    """The first positive neuron starts long and pointing against the teacher: domination (3) fails for it."""
    settings = run.read(Settings)
    problem = posed(settings, run.seed)
    start, inner = problem.start, problem.start.inner.copy()
    first = int(np.argmax(start.positive))
    inner[first] = -MISPLACED * start.outer[first] * problem.sample.teacher
    problem = replace(problem, start=TwoLayer(inner, start.outer))
    return _recorded(problem, _followed(problem, settings), settings)


def frozen_outer(run: Run, checkpoint: Checkpoint) -> Result:
    """The outer layer does not move."""
    settings = run.read(Settings)
    problem = posed(settings, run.seed)
    field = training_field(problem)

    def frozen(net: TwoLayer) -> TwoLayer:
        return TwoLayer(field(net).inner, np.zeros(net.width))

    film = follow(problem, frozen, early_end(problem, settings), settings)
    return _recorded(problem, film, settings)


def late_tau(run: Run, checkpoint: Checkpoint) -> Result:
    """The early phase is taken to last LATE times as long."""
    settings = run.read(Settings)
    problem = posed(settings, run.seed)
    film = follow(problem, training_field(problem), LATE * early_end(problem, settings), settings)
    return _recorded(problem, film, settings)


def early_decoupling(run: Run, checkpoint: Checkpoint) -> Result:
    """System (23) begins at time 0."""
    settings = run.read(Settings)
    problem = posed(settings, run.seed)
    film = _followed(problem, settings)
    return recorded(problem, film, decoupling_gap(problem, film, problem.start, 0.0, settings), settings)


def wrong_comparison(run: Run, checkpoint: Checkpoint) -> Result:
    """The comparison solutions (22) turn twice as fast."""
    return _with_constants(run, lambda half: replace(constants_of(half), speed=2.0 * half.speed))


def wrong_eigenvalue(run: Run, checkpoint: Checkpoint) -> Result:
    """The largest eigenvalue stands where the smallest should, in (45) and in (48)."""

    def largest(half: HalfSpace) -> Constants:
        gram = np.linalg.eigvalsh(half.gram)[-1] * np.eye(len(half.gram))
        return replace(constants_of(half), gram=gram, mode=-1)

    return _with_constants(run, largest)


def _with_constants(run: Run, constants: Callable[[HalfSpace], Constants]) -> Result:
    settings = run.read(Settings)
    problem = posed(settings, run.seed)
    return _recorded(problem, _followed(problem, settings), settings, constants)


def _followed(problem: Problem, settings: Settings) -> Film:
    return follow(problem, training_field(problem), early_end(problem, settings), settings)


def _recorded(
    problem: Problem,
    film: Film,
    settings: Settings,
    constants: Callable[[HalfSpace], Constants] = constants_of,
) -> Result:
    gaps = decoupling_gap(problem, film, film.early.last, film.tau, settings)
    return recorded(problem, film, gaps, settings, constants)
