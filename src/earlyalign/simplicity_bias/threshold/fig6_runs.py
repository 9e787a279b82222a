"""Runs of Figure 6 and footnote 4: SGD with a step that shrinks from the end point of Figure 2, or a small one from
scratch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import numpy as np

from earlyalign.dynamics.sgd import sgd
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer, gaussian_init
from earlyalign.simplicity_bias.threshold import runs
from earlyalign.simplicity_bias.threshold.runs import MiniBatch, Problem, Training
from earlyalign.theory.ols import least_squares

NOTES = 8
"""Losses noted in every stage of the decaying schedule."""

Schedule = list[tuple[int, float]]
"""(stop, rate) pairs: the step up to which each rate is used."""


@dataclass(frozen=True)
class Restart(Training):
    """Figure 2's training by SGD, and how it goes on.

    kind           "decay": from its end, with a step multiplied by `decay` before each of `stages` stages of
                   `stage_steps` steps; "small": from scratch with `small_share` of the step up to `small_horizon`
    learning_rate, batch_size, block  as in `MiniBatch`
    """

    kind: str
    learning_rate: float
    batch_size: int
    block: int | None
    decay: float
    stages: int
    stage_steps: int
    small_share: float
    small_horizon: float


def first_training(run: Run) -> Run:
    """The run of Figure 2 that a warm restart goes on from."""
    settings = asdict(run.read(Restart))
    shared = {field.name: settings[field.name] for field in fields(MiniBatch) if field.name in settings}
    return Run(asdict(MiniBatch(method="sgd", **shared)), run.seed)


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Note the train loss over that of OLS along the schedule of a `Restart`.

    losses  step, rate, train_ratio
    """
    settings = run.read(Restart)
    rng = np.random.default_rng([run.seed, settings.n, settings.d])
    problem = runs.draw_problem(settings, rng)
    if settings.kind == "small":
        net = gaussian_init(settings.width, settings.d, settings.init_variance / settings.width, rng)
        return _follow(net, problem, _small(settings), 0, settings, run.seed)
    trained = checkpoint.recall(runs.compute, first_training(run), runs.PRECISION)
    start = round(settings.horizon / settings.learning_rate)
    return _follow(runs.end_point(trained), problem, _decaying(settings, start), start, settings, run.seed)


def _small(settings: Restart) -> Schedule:
    rate = settings.learning_rate * settings.small_share
    stops = np.unique(np.geomspace(100, settings.small_horizon / rate, 40).astype(int))
    return [(int(stop), rate) for stop in stops]


def _decaying(settings: Restart, start: int) -> Schedule:
    length, rate, decay = settings.stage_steps, settings.learning_rate, settings.decay
    return [
        (start + stage * length + round(length * (note + 1) / NOTES), rate * decay ** (stage + 1))
        for stage in range(settings.stages)
        for note in range(NOTES)
    ]


def _follow(
    net: TwoLayer, problem: Problem, schedule: Schedule, start: int, settings: Restart, seed: int
) -> Result:
    data, batch, block = (problem.inputs, problem.labels), settings.batch_size, settings.block
    best = np.mean((problem.inputs @ least_squares(*data) - problem.labels) ** 2)
    steps, rates, outputs = [start], [schedule[0][1]], [net.predict(problem.inputs)]
    for stop, rate in schedule:
        net = sgd(net, *data, stop - steps[-1], rate, batch, seed, first_step=steps[-1], block=block)
        steps.append(stop)
        rates.append(rate)
        outputs.append(net.predict(problem.inputs))
    ratios = [float(np.mean((output - problem.labels) ** 2) / best) for output in outputs]
    return {"losses": {"step": steps, "rate": rates, "train_ratio": ratios}}
