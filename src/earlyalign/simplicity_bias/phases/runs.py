"""The engine room of Lemmas F.2 to F.6: one trajectory, cut at its stopping times, read group by group.

Until tau the neurons cross walls and the full flow is followed by a low-order method; from tau on the field is smooth
as long as cones are kept, and a high order reaches the limit of double precision. Positive and negative neurons are
two films of one shape: with r_i = w_i / a_i both groups turn towards +D of their own half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.assumption_laws import whitened
from earlyalign.data.linear_model import Dataset, draw
from earlyalign.dynamics.decoupled import HalfSpace, decoupled, half_space
from earlyalign.dynamics.early_alignment import alignment_time
from earlyalign.dynamics.flow import Field, Trajectory, gradient_flow, square_loss
from earlyalign.dynamics.squared_loss import velocity
from earlyalign.items.run import Checkpoint, Columns, Result, Run
from earlyalign.networks.two_layer import TwoLayer, dominated_init
from earlyalign.simplicity_bias.phases_readings import (
    Group,
    aligned,
    coupled,
    curves,
    grown,
    settled,
    stopping_times,
)

EARLY_TOLERANCE = 1e-7
LATE_TOLERANCE = 1e-12
KINKED_TOLERANCE = 1e-6
"""Past tau when some neuron is not in its cone: then walls are still to be crossed."""

EARLY_MARKS, LATE_MARKS = 40, 300
THIN = 2
"""Every second mark goes into the table of curves."""
MISPLACED = 10.0
"""How many times |a_i| the control's neuron is long, against the D of its group."""

LATE = 3.0
"""How many times too long the control's early phase is."""


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
    """Follow one network from scale lambda to its limit.

    sides   one row for each sign: the stopping times and every number that a lemma is judged by
    curves  the quantities of the film against time, for each sign
    frames  neurons at the stopping times, in the plane of the first two coordinates
    """
    config = run.config
    rng = np.random.default_rng(run.seed)
    sample = draw(whitened(config["d"], config["c"]), config["n"], config["noise_variance"], rng)
    start = dominated_init(config["width"], config["d"], config["init_scale"], rng, config["power"])
    if config["sabotage"] == "misplaced-neuron":
        start = with_misplaced_neuron(start, sample.teacher)
    upper = sample.inputs @ sample.teacher >= 0
    halves = {
        "plus": half_space(sample.inputs, sample.labels, upper),
        "minus": half_space(sample.inputs, sample.labels, ~upper),
    }
    film = follow(start, sample, halves, config)
    gaps = decoupling_gap(start, film, halves, config)
    tables = [
        side_tables(sign, halves[sign], start.positive == (sign == "plus"), film, sample, gaps, config)
        for sign in halves
    ]
    return {
        "sides": stack([sides for sides, _, _ in tables]),
        "curves": stack([rows for _, rows, _ in tables]),
        "frames": stack([frames for _, _, frames in tables]),
    }


def with_misplaced_neuron(net: TwoLayer, teacher: np.ndarray) -> TwoLayer:
    """`net` with its first positive neuron long and pointing against the teacher: domination (3) fails for it."""
    inner, first = net.inner.copy(), int(np.argmax(net.positive))
    inner[first] = -MISPLACED * net.outer[first] * teacher
    return TwoLayer(inner, net.outer)


def follow(start: TwoLayer, sample: Dataset, halves: dict[str, HalfSpace], config) -> Film:
    """The full flow (4) until tau, and on until both groups have had `efolds` e-foldings near their limits."""
    scale, speeds = config["init_scale"], [half.speed for half in halves.values()]
    tau = alignment_time(max(speeds), scale, config["epsilon"])
    tau *= LATE if config["sabotage"] == "late-tau" else 1.0
    field = training_field(sample, config)
    smallest = scale ** config["power"] / np.sqrt(start.width)
    early = gradient_flow(start, field, tau, rtol=EARLY_TOLERANCE, atol=EARLY_TOLERANCE * smallest)
    slowest = min(np.linalg.eigvalsh(h.gram)[0] * np.linalg.norm(h.estimator) for h in halves.values())
    rest = np.log(1 / scale) / min(speeds) + config["efolds"] / slowest
    smooth = all(
        cones_kept(early.last.inner[start.positive == (sign == "plus")], half, sample.inputs)
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


def training_field(sample: Dataset, config) -> Field:
    """The flow (4); with the outer layer held fixed under the control of that name."""
    field = square_loss(sample.inputs, sample.labels)
    if config["sabotage"] != "frozen-outer":
        return field

    def frozen(net: TwoLayer) -> TwoLayer:
        return TwoLayer(field(net).inner, np.zeros(net.width))

    return frozen


def decoupling_gap(start: TwoLayer, film: Film, halves: dict[str, HalfSpace], config) -> np.ndarray:
    """(T,) largest distance of a weight of the full flow to system (23), in units of the largest weight; nan before
    (23) begins. It begins at tau; at 0 under the control."""
    early = config["sabotage"] == "early-decoupling"
    origin, first = (start, 0.0) if early else (film.early.last, film.tau)
    marks = film.marks >= first
    field = decoupled(halves["plus"], halves["minus"], start.positive)
    apart = gradient_flow(
        origin, field, film.marks[-1] - first, times=film.marks[marks] - first, rtol=LATE_TOLERANCE,
        atol=LATE_TOLERANCE * config["init_scale"] / np.sqrt(start.width), method="DOP853",
    )  # fmt: skip
    gaps = np.full(film.marks.size, np.nan)
    full = [net for net, kept in zip(film.nets, marks) if kept]
    gaps[marks] = [
        np.abs(a.flat() - b.flat()).max() / np.abs(a.flat()).max() for a, b in zip(full, apart.nets)
    ]
    return gaps


def side_tables(
    sign: str, half: HalfSpace, members: np.ndarray, film: Film, sample: Dataset, gaps: np.ndarray, config
) -> tuple[Columns, Columns, Columns]:
    """The three tables of one group of neurons; members (m,) bool."""
    group = read_group(film.marks, film.nets, members, half, sample)
    tau2, tau3 = stopping_times(group, film.tau, config["epsilon2"], config["epsilon3"])
    steps = read_group(film.early.times, film.early.nets, members, half, sample)
    stages = {"tau": film.tau, "tau2": tau2, "tau3": tau3, "end": film.marks[-1]}
    row = {
        "sign": sign, "speed": half.speed, **stages,
        **aligned(steps, config), **coupled(group, film.tau, gaps), **grown(group, stages, config),
        **settled(group, stages, config),
    }  # fmt: skip
    drawn = {**curves(group, stages, steps, config), "gap": gaps}
    rows = {"sign": sign, **{name: values[::THIN] for name, values in drawn.items()}}
    return row, rows, frames(sign, group, stages)


def read_group(
    times: np.ndarray, nets: list[TwoLayer], members: np.ndarray, half: HalfSpace, sample: Dataset
) -> Group:
    """One sign's neurons at `times`, with their true velocities in the full network."""
    rates = [velocity(net, sample.inputs, sample.labels) for net in nets]
    return Group(
        times,
        np.array([net.inner[members] for net in nets]), np.array([net.outer[members] for net in nets]),
        np.array([rate.inner[members] for rate in rates]), np.array([rate.outer[members] for rate in rates]),
        np.array([cones_kept(net.inner[members], half, sample.inputs) for net in nets]), half,
    )  # fmt: skip


def cones_kept(inner: np.ndarray, half: HalfSpace, inputs: np.ndarray) -> bool:
    """Whether every neuron of inner (m, d) is active on all samples of the half and on no other."""
    return bool(np.all((inputs @ inner.T > 0) == half.seen[:, None]))


def frames(sign: str, group: Group, stages: dict[str, float]) -> Columns:
    """Neurons at 0, tau, tau2, tau3 and the end (which stands for a time never reached), at the nearest mark.

    along, across  the first two coordinates of w_i
    outer          a_i
    """
    instants = np.nan_to_num([0.0, *stages.values()], nan=group.times[-1])
    found = [int(np.argmin(np.abs(group.times - instant))) for instant in instants]
    count = group.outer.shape[1]
    return {
        "sign": np.repeat(sign, len(found) * count),
        "frame": np.repeat(np.arange(len(found)), count),
        "along": np.concatenate([group.inner[k, :, 0] for k in found]),
        "across": np.concatenate([group.inner[k, :, 1] for k in found]),
        "outer": np.concatenate([group.outer[k] for k in found]),
    }


def stack(columns: list[Columns]) -> Columns:
    """Tables one under the other: scalars count as rows, a lone scalar beside arrays is repeated."""
    lengths = [max(np.size(value) for value in table.values()) for table in columns]
    return {
        name: np.concatenate([np.broadcast_to(np.atleast_1d(t[name]), k) for t, k in zip(columns, lengths)])
        for name in columns[0]
    }
