"""`sweep`: which multiplier is best for a model, by how much, and how sure that is.

Seeds are in two halves. On the choosing half, settings (c, step) are pruned by successive halving. What is rationed
is seeds and not epochs, for with strong feature learning a run starts on a plateau: judged early, small c would
always lose. So every run goes on until it stops by itself; all settings get one seed, the better half of them a
second, the better half of those two more, and so on. On the judging half, the chosen setting meets c = 1 and its own
neighbours, seed by seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import torch
from torch import nn

from earlyalign.dynamics.deep_training import Stop, step_size
from earlyalign.errors import UserError
from earlyalign.fls.checks import MakeOptimizer, check_last_batch, check_logits, warn_unless_covariant
from earlyalign.fls.samples import as_samples
from earlyalign.fls.sweep_result import Sweep
from earlyalign.fls.trials import Namer, Setting, Trial, TrialTask, device_of
from earlyalign.fls.verdicts import EDGE, UNCOMPARED, WORSE, Best, gap
from earlyalign.networks.output_multiplier import checked_multiplier
from earlyalign.runs.engine import fill
from earlyalign.runs.executors import Borrowed, InProcess
from earlyalign.runs.paths import store_root
from earlyalign.runs.store import THREADS, Store

MULTIPLIERS = tuple(2.0**k for k in range(-8, 5, 2))
STEPS = (0.03, 0.1, 0.3)
FEWEST_SEEDS = 4

Config = tuple[float, float]


def sweep(
    make_model: Callable[[], nn.Module],
    make_optimizer: MakeOptimizer = torch.optim.SGD,
    *,
    train: Any,
    validation: Any,
    c: Iterable[float] = MULTIPLIERS,
    steps: Iterable[float] = STEPS,
    depth: float = 2,
    stop: Stop | None = None,
    seeds: int | Sequence[int] = 8,
    centred: bool = False,
    executor: Executor | None = None,
    store: Store | None = None,
    show: bool = False,
) -> Sweep:
    """Train over a grid of multipliers and steps, and say what is best.

    make_model      ``make_model()``: a fresh network that gives logits; torch is seeded before each call
    make_optimizer  ``make_optimizer(parameters, step)``
    train, validation  Images, (inputs, labels), or a torch Dataset of such pairs
    c               multipliers; 1 is added if it is not among them
    steps           steps before the rule: a run at c uses step * c**(-2/depth)
    stop            by default 99 % of the training set right, batches of 128, at most 200 epochs
    seeds           how many, or which; four at least. The first half chooses, the second judges
    executor        with concurrent.futures' interface; the functions must then be importable, and a run has one
                    thread. If None, runs are made here, one after another, with torch's threads
    store           where finished runs are kept; the project's own by default. An interrupted sweep goes on where it
                    was
    show            a progress bar

    A run that diverges or does not finish is kept in the table with its status; a setting with such a run ranks
    behind every setting without. Warns with NotScaleCovariant for optimizers such as Adam. Raises UserError for
    input that makes no sense, and RunFailed if a run raised: the others are in the store then.
    """
    grid, tried, order = _checked(c, steps, seeds)
    setting = Setting(
        make_model, make_optimizer, as_samples(train, "train"), as_samples(validation, "validation"), float(depth),
        stop or Stop(epochs=200), centred,
    )  # fmt: skip
    step_size(1.0, 1.0, setting.depth)
    model = setting.model(order[0])
    for samples in (setting.train, setting.validation):
        check_logits(model, samples)
    warn_unless_covariant(make_optimizer)
    bench = Bench(setting, executor, store or Store(store_root()), show)
    half = len(order) // 2
    chosen = choose(bench, [(value, step) for value in grid for step in tried], order[:half])
    best = judge(bench, chosen, grid, order[half:])
    return Sweep(bench.table(order[:half]), best, setting.stop)


def _checked(
    c: Iterable[float], steps: Iterable[float], seeds: int | Sequence[int]
) -> tuple[list[float], list[float], list[int]]:
    try:
        grid = sorted({1.0, *(checked_multiplier(value) for value in c)})
        tried = sorted({float(step) for step in steps})
        for step in tried:
            step_size(step, 1.0)
    except ValueError as error:
        raise UserError(str(error)) from error
    order = list(range(seeds)) if isinstance(seeds, int) else [int(seed) for seed in seeds]
    if len(grid) < 2 or not tried:
        raise UserError("a sweep needs a multiplier besides 1, and a step")
    if len(set(order)) != len(order) or len(order) < FEWEST_SEEDS:
        raise UserError(
            f"a sweep needs at least {FEWEST_SEEDS} different seeds: half of them choose, half judge"
        )
    return grid, tried, order


class Bench:
    """Runs trials, each once, and keeps their rows."""

    def __init__(self, setting: Setting, executor: Executor | None, store: Store, show: bool = False) -> None:
        self.setting, self.executor, self.store, self.show = setting, executor, store, show
        self.threads = torch.get_num_threads() if executor is None else THREADS
        self.device = device_of(setting.model(0))
        self.namer = Namer(setting, self.threads)
        self.rows: dict[Trial, dict[str, Any]] = {}

    def run(self, configs: Iterable[Config], seeds: Sequence[int]) -> None:
        """Have every config on every seed: from this sweep, else from the store, else trained now."""
        wanted = [Trial(*config, seed) for config in configs for seed in seeds]
        keys = {trial: self.namer.key(trial) for trial in wanted if trial not in self.rows}
        tasks = [
            TrialTask(self.setting, trial, key, self.threads, self.device)
            for trial, key in keys.items()
            if self.store.get(key) is None
        ]
        fill(tasks, self.store, len(tasks), self._lent, self.show)
        for trial, key in keys.items():
            tables, _ = self.store.get(key)
            self.rows[trial] = {name: values[0].item() for name, values in tables["trial"].items()}

    def _lent(self, jobs: int) -> Executor:
        return InProcess() if self.executor is None else Borrowed(self.executor)

    def scores(self, config: Config, seeds: Sequence[int]) -> np.ndarray:
        """Peak accuracies by seed; NaN where the run did not reach the training accuracy."""
        rows = [self.rows[Trial(*config, seed)] for seed in seeds]
        return np.array([row["peak_accuracy"] if row["status"] == "reached" else np.nan for row in rows])

    def rank(self, config: Config, seeds: Sequence[int]) -> tuple[float, float]:
        """For sorting: the share of runs that finished, then their mean peak accuracy."""
        scores = self.scores(config, [seed for seed in seeds if Trial(*config, seed) in self.rows])
        finished = np.isfinite(scores)
        return float(finished.mean()), float(scores[finished].mean()) if finished.any() else -1.0

    def seen(self, config: Config, seeds: Sequence[int]) -> int:
        return sum(Trial(*config, seed) in self.rows for seed in seeds)

    def table(self, choosing: Sequence[int]) -> list[dict[str, Any]]:
        """All rows so far, by multiplier, step and seed, each with the half that it belongs to."""
        return [
            {**self.rows[trial], "half": "choosing" if trial.seed in choosing else "judging"}
            for trial in sorted(self.rows, key=lambda trial: (trial.c, trial.step, trial.seed))
        ]


def choose(bench: Bench, configs: list[Config], seeds: Sequence[int]) -> dict[float, Config]:
    """Successive halving over the choosing seeds. Gives each multiplier's best setting, the best multiplier first.

    Settings that saw more seeds go before those that saw fewer. One setting at c = 1 always stays.
    """
    alive, done = list(configs), 0
    while done < len(seeds):
        more = min(max(1, done), len(seeds) - done)
        bench.run(alive, seeds[done : done + more])
        done += more
        alive.sort(key=lambda config: bench.rank(config, seeds[:done]), reverse=True)
        if done < len(seeds):
            baseline = next(config for config in alive if config[0] == 1)
            kept = alive[: max(2, (len(alive) + 1) // 2)]
            alive = kept if baseline in kept else [*kept, baseline]
    ordered = sorted(
        configs, key=lambda config: (bench.seen(config, seeds), *bench.rank(config, seeds)), reverse=True
    )
    by_multiplier: dict[float, Config] = {}
    for config in ordered:
        by_multiplier.setdefault(config[0], config)
    best = max(alive, key=lambda config: bench.rank(config, seeds))
    return {best[0]: best, **{value: config for value, config in by_multiplier.items() if value != best[0]}}


def judge(bench: Bench, chosen: dict[float, Config], grid: Sequence[float], seeds: Sequence[int]) -> Best:
    """The best setting against c = 1 and, outwards, its neighbours, on the judging seeds."""
    c, config = next(iter(chosen.items()))
    bench.run([config, chosen[1.0]], seeds)
    scores = bench.scores(config, seeds)
    if not np.isfinite(scores).all():
        finished = any(row["status"] == "reached" for row in bench.rows.values())
        best = (c, config[1]) if finished else (None, None)
        return Best(*best, chosen[1.0][1], best[0], best[0], UNCOMPARED, UNCOMPARED, None)
    default = bench.scores(chosen[1.0], seeds)
    gain = gap(scores, default) if np.isfinite(default).all() else None
    place = grid.index(c)
    low, below = _walk(bench, scores, chosen, grid[:place][::-1], c, seeds)
    high, above = _walk(bench, scores, chosen, grid[place + 1 :], c, seeds)
    return Best(c, config[1], chosen[1.0][1], low, high, below, above, gain)


def _walk(
    bench: Bench,
    scores: np.ndarray,
    chosen: dict[float, Config],
    neighbours: Sequence[float],
    start: float,
    seeds: Sequence[int],
) -> tuple[float, str]:
    """Outwards from `start` to the first neighbour that is worse beyond doubt: the last before it, and how it ended."""
    last = start
    for value in neighbours:
        bench.run([chosen[value]], seeds)
        theirs = bench.scores(chosen[value], seeds)
        if not np.isfinite(theirs).all():
            return last, UNCOMPARED
        if gap(scores, theirs).low > 0:
            return last, WORSE
        last = value
    return last, EDGE
