"""Runs behind Figure 6 and footnote 4: SGD with a step that shrinks from the end point of Figure 2, or a small one from
scratch."""

from __future__ import annotations

import numpy as np

from earlyalign.dynamics.sgd import sgd
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer, gaussian_init
from earlyalign.simplicity_bias import threshold_runs
from earlyalign.simplicity_bias.threshold_params import SHARED
from earlyalign.theory.ols import least_squares

NOTES = 8
"""Losses noted in every stage of the decaying schedule."""

Schedule = list[tuple[int, float]]
"""(stop, rate) pairs: the step up to which each rate is used."""


def first_training(run: Run) -> Run:
    """The run of Figure 2 that the warm restart goes on from."""
    names = (*SHARED, "n", "learning_rate", "batch_size", "block")
    kept = {name: run.config[name] for name in names if name in run.config}
    return Run({"method": "sgd", **kept}, run.seed)


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Note the train loss over that of OLS along the schedule of the run's kind. config: that of Figure 2's SGD, and

    kind "decay": from the end of Figure 2's training, a step multiplied by `decay` before each of `stages` stages of
    `stage_steps` steps; kind "small": from scratch with `small_share` of the step up to `small_horizon`.

    losses  step, rate, train_ratio
    """
    config = run.config
    rng = np.random.default_rng([run.seed, int(config["n"]), int(config["d"])])
    problem = threshold_runs.draw_problem(run, rng)
    rate = float(config["learning_rate"])
    if config["kind"] == "small":
        width = int(config["width"])
        net = gaussian_init(width, int(config["d"]), float(config["init_variance"]) / width, rng)
        rate *= float(config["small_share"])
        stops = np.unique(np.geomspace(100, float(config["small_horizon"]) / rate, 40).astype(int))
        return _follow(net, problem, [(int(stop), rate) for stop in stops], 0, run)
    net = threshold_runs.end_point(
        checkpoint.recall(threshold_runs.compute, first_training(run), threshold_runs.PRECISION)
    )
    start = round(float(config["horizon"]) / rate)
    return _follow(net, problem, _decaying(run, rate, start), start, run)


def _decaying(run: Run, rate: float, start: int) -> Schedule:
    stages, length = int(run.config["stages"]), int(run.config["stage_steps"])
    decay = float(run.config["decay"])
    return [
        (start + stage * length + round(length * (note + 1) / NOTES), rate * decay ** (stage + 1))
        for stage in range(stages)
        for note in range(NOTES)
    ]


def _follow(
    net: TwoLayer, problem: threshold_runs.Problem, schedule: Schedule, start: int, run: Run
) -> Result:
    data, batch = (problem.inputs, problem.labels), int(run.config["batch_size"])
    block = run.config.get("block")
    best = np.mean((problem.inputs @ least_squares(*data) - problem.labels) ** 2)
    steps, rates, losses = [start], [schedule[0][1]], [net.predict(problem.inputs)]
    for stop, rate in schedule:
        net = sgd(net, *data, stop - steps[-1], rate, batch, run.seed, first_step=steps[-1], block=block)
        steps.append(stop)
        rates.append(rate)
        losses.append(net.predict(problem.inputs))
    ratios = [float(np.mean((outputs - problem.labels) ** 2) / best) for outputs in losses]
    return {"losses": {"step": steps, "rate": rates, "train_ratio": ratios}}
