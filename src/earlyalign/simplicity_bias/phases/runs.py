"""The runs of Lemmas F.2 to F.6: one trajectory, cut at its stopping times, read group by group.

Until tau the neurons cross walls and the full flow is followed by a low-order method; from tau on the field is smooth
as long as cones are kept, and a high order reaches the limit of double precision. Positive and negative neurons are
two films of one shape: with r_i = w_i / a_i both groups turn towards +D of their own half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from earlyalign.data.assumption_laws import whitened
from earlyalign.data.linear_model import Dataset, draw
from earlyalign.dynamics.decoupled import HalfSpace, decoupled, half_space
from earlyalign.dynamics.early_alignment import alignment_time
from earlyalign.dynamics.flow import Field, Trajectory, gradient_flow, square_loss
from earlyalign.items.run import Checkpoint, Columns, Result, Run
from earlyalign.networks.two_layer import TwoLayer, dominated_init
from earlyalign.simplicity_bias.phases.group_runs import Group, Stages, cones_kept, read_group, stages_of
from earlyalign.simplicity_bias.phases.lemma_runs import (
    Constants,
    aligned,
    constants_of,
    coupled,
    curves,
    grown,
    settled,
)

EARLY_TOLERANCE = 1e-7
LATE_TOLERANCE = 1e-12
KINKED_TOLERANCE = 1e-6
"""Past tau when some neuron is not in its cone: then walls are still to be crossed."""

EARLY_MARKS, LATE_MARKS = 40, 300
THIN = 2
"""Every second mark goes into the table of curves."""


@dataclass(frozen=True)
class Settings:
    """The law is conditioned at margin c, then whitened; the initialisation (8) has scale init_scale and power p;
    epsilon, epsilon2, epsilon3 cut the phases; efolds: how many e-foldings near the limit are followed."""

    d: int
    n: int
    width: int
    c: float
    init_scale: float
    power: float
    noise_variance: float
    epsilon: float
    epsilon2: float
    epsilon3: float
    efolds: float


@dataclass(frozen=True)
class Problem:
    """A sample, the network at time 0, and the half of the sample that the neurons of each sign are to see."""

    sample: Dataset
    start: TwoLayer
    halves: Mapping[str, HalfSpace]

    def members(self, sign: str) -> np.ndarray:
        """(m,) bool: the neurons of this sign, "plus" or "minus"."""
        return self.start.positive == (sign == "plus")


@dataclass(frozen=True)
class Film:
    """A followed trajectory.

    early, late  before and after tau; late.times count from tau
    marks        (T,) times from 0 to the end at which it is read
    nets         weights there
    """

    tau: float
    early: Trajectory
    late: Trajectory
    marks: np.ndarray
    nets: list[TwoLayer]


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Follow one network from scale lambda to its limit; the tables of `recorded`."""
    settings = run.read(Settings)
    problem = posed(settings, run.seed)
    film = follow(problem, training_field(problem), early_end(problem, settings), settings)
    gaps = decoupling_gap(problem, film, film.early.last, film.tau, settings)
    return recorded(problem, film, gaps, settings)


def posed(settings: Settings, seed: int) -> Problem:
    """What a run starts from."""
    rng = np.random.default_rng(seed)
    sample = draw(whitened(settings.d, settings.c), settings.n, settings.noise_variance, rng)
    start = dominated_init(settings.width, settings.d, settings.init_scale, rng, settings.power)
    upper = sample.inputs @ sample.teacher >= 0
    halves = {
        "plus": half_space(sample.inputs, sample.labels, upper),
        "minus": half_space(sample.inputs, sample.labels, ~upper),
    }
    return Problem(sample, start, halves)


def training_field(problem: Problem) -> Field:
    """The flow (4)."""
    return square_loss(problem.sample.inputs, problem.sample.labels)


def early_end(problem: Problem, settings: Settings) -> float:
    """tau, the end of early alignment."""
    fastest = max(half.speed for half in problem.halves.values())
    return alignment_time(fastest, settings.init_scale, settings.epsilon)


def follow(problem: Problem, field: Field, tau: float, settings: Settings) -> Film:
    """The flow along `field` until tau, and on until both groups have had `efolds` e-foldings near their limits."""
    start, halves, scale = problem.start, problem.halves, settings.init_scale
    smallest = scale**settings.power / np.sqrt(start.width)
    early = gradient_flow(start, field, tau, rtol=EARLY_TOLERANCE, atol=EARLY_TOLERANCE * smallest)
    slowest = min(np.linalg.eigvalsh(h.gram)[0] * np.linalg.norm(h.estimator) for h in halves.values())
    rest = np.log(1 / scale) / min(half.speed for half in halves.values()) + settings.efolds / slowest
    smooth = all(
        cones_kept(early.last.inner[problem.members(sign)], half, problem.sample.inputs)
        for sign, half in halves.items()
    )
    method, tolerance = ("DOP853", LATE_TOLERANCE) if smooth else ("RK45", KINKED_TOLERANCE)
    late = gradient_flow(
        early.last, field, rest, times=np.linspace(0, rest, LATE_MARKS), rtol=tolerance,
        atol=tolerance * scale / np.sqrt(start.width), method=method,
    )  # fmt: skip
    before = np.linspace(0, tau, EARLY_MARKS, endpoint=False)
    nets = [early.at(time) for time in before] + late.nets
    return Film(tau, early, late, np.concatenate([before, tau + late.times]), nets)


def decoupling_gap(
    problem: Problem, film: Film, origin: TwoLayer, first: float, settings: Settings
) -> np.ndarray:
    """(T,) largest distance of a weight of the film to system (23), which starts from `origin` at time `first`, in
    units of the largest weight; nan before."""
    marks = film.marks >= first
    field = decoupled(problem.halves["plus"], problem.halves["minus"], problem.start.positive)
    apart = gradient_flow(
        origin, field, film.marks[-1] - first, times=film.marks[marks] - first, rtol=LATE_TOLERANCE,
        atol=LATE_TOLERANCE * settings.init_scale / np.sqrt(problem.start.width), method="DOP853",
    )  # fmt: skip
    gaps = np.full(film.marks.size, np.nan)
    full = [net for net, kept in zip(film.nets, marks) if kept]
    gaps[marks] = [
        np.abs(a.flat() - b.flat()).max() / np.abs(a.flat()).max() for a, b in zip(full, apart.nets)
    ]
    return gaps


def recorded(
    problem: Problem,
    film: Film,
    gaps: np.ndarray,
    settings: Settings,
    constants: Callable[[HalfSpace], Constants] = constants_of,
) -> Result:
    """The tables of a film.

    sides   one row for each sign: the stopping times and every number that a lemma is judged by
    curves  the quantities of the film against time, for each sign
    frames  neurons at the stopping times, in the plane of the first two coordinates

    gaps (T,) as of `decoupling_gap`; `constants` gives what the bounds take from a half.
    """
    tables = [side_tables(sign, problem, film, gaps, settings, constants) for sign in problem.halves]
    return {
        "sides": stack([sides for sides, _, _ in tables]),
        "curves": stack([rows for _, rows, _ in tables]),
        "frames": stack([frames for _, _, frames in tables]),
    }


def side_tables(
    sign: str,
    problem: Problem,
    film: Film,
    gaps: np.ndarray,
    settings: Settings,
    constants: Callable[[HalfSpace], Constants],
) -> tuple[Columns, Columns, Columns]:
    """The three tables of one group of neurons."""
    half, members = problem.halves[sign], problem.members(sign)
    known, width = constants(half), settings.width
    group = read_group(film.marks, film.nets, members, half, problem.sample)
    stages = stages_of(group, film.tau, settings.epsilon2, settings.epsilon3)
    steps = read_group(film.early.times, film.early.nets, members, half, problem.sample)
    row = {
        "sign": sign, "speed": half.speed, **vars(stages),
        **aligned(steps, known, width), **coupled(group, film.tau, gaps),
        **grown(group, stages, settings.epsilon2, settings.epsilon3), **settled(group, stages, known),
    }  # fmt: skip
    drawn = {**curves(group, stages, steps, known), "gap": gaps}
    rows = {"sign": sign, **{name: values[::THIN] for name, values in drawn.items()}}
    return row, rows, frames(sign, group, stages)


def frames(sign: str, group: Group, stages: Stages) -> Columns:
    """Neurons at 0, tau, tau2, tau3 and the end (which stands for a time never reached), at the nearest mark.

    along, across  the first two coordinates of w_i
    outer          a_i
    """
    instants = np.nan_to_num([0.0, *vars(stages).values()], nan=group.times[-1])
    marks = [int(np.argmin(np.abs(group.times - instant))) for instant in instants]
    count = group.outer.shape[1]
    return {
        "sign": np.repeat(sign, len(marks) * count),
        "frame": np.repeat(np.arange(len(marks)), count),
        "along": np.concatenate([group.inner[k, :, 0] for k in marks]),
        "across": np.concatenate([group.inner[k, :, 1] for k in marks]),
        "outer": np.concatenate([group.outer[k] for k in marks]),
    }


def stack(columns: list[Columns]) -> Columns:
    """Tables one under the other: scalars count as rows, a lone scalar beside arrays is repeated."""
    lengths = [max(np.size(value) for value in table.values()) for table in columns]
    return {
        name: np.concatenate([np.broadcast_to(np.atleast_1d(t[name]), k) for t, k in zip(columns, lengths)])
        for name in columns[0]
    }
