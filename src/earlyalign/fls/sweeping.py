"""`sweep`: which multiplier is best for a model, by how much, and how sure that is.

Seeds are in two parts: a third, two at least, chooses, and the rest judges. On the choosing part, settings (c, step)
are pruned by successive halving. What is rationed
is seeds and not epochs, for with strong feature learning a run starts on a plateau: judged early, small c would
always lose. So every run goes on until it stops by itself; all settings get one seed, the better half of them a
second, the better half of those two more, and so on. On the judging part, the chosen setting meets c = 1 and its own
neighbours, seed by seed.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from earlyalign.dynamics.deep_training import step_size
from earlyalign.errors import UserError
from earlyalign.fls.checks import MakeOptimizer, check_last_batch, check_logits, warn_unless_covariant
from earlyalign.fls.homogeneity import warn_unless_homogeneous
from earlyalign.fls.samples import as_samples
from earlyalign.fls.stopping import Stop, score_of
from earlyalign.fls.sweep_result import Sweep
from earlyalign.fls.trials import Namer, Setting, Trial, TrialTask, device_of
from earlyalign.fls.verdicts import EDGE, UNCOMPARED, WORSE, Best, gap
from earlyalign.fls.workers import check_reach, refuse_in_a_starting_worker
from earlyalign.networks.output_multiplier import checked_multiplier
from earlyalign.runs.engine import fill
from earlyalign.runs.executors import Borrowed, InProcess
from earlyalign.runs.paths import store_root
from earlyalign.runs.store import THREADS, Store

MULTIPLIERS = tuple(2.0**k for k in range(-8, 5, 2))
STEPS = (0.03, 0.1, 0.3)
SEEDS = 12
"""Four choose, eight judge."""

FEWEST_SEEDS = 4

SINGLE = (1e-30, 1e30)
"""Multipliers and steps beyond these are lost in single precision."""


class NotCompared(UserWarning):
    """Stored runs were used, although the user's code holds something that cannot be compared with what it was then."""


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
    seeds: int | Sequence[int] = SEEDS,
    centred: bool = False,
    executor: Executor | None = None,
    store: Store | Path | str | None = None,
    fresh: bool = False,
    show: bool = False,
) -> Sweep:
    """Train over a grid of multipliers and steps, and say what is best.

    make_model      ``make_model()``: a fresh network that gives logits; torch is seeded before each call
    make_optimizer  ``make_optimizer(parameters, step)``
    train, validation  Images, (inputs, labels), a torch Dataset of such pairs, or an iterable of batches such as a
                    DataLoader. They are read once (`samples.as_samples`)
    c               multipliers; 1 is added if it is not among them
    steps           steps before the rule: a run at c uses step * c**(-2/depth)
    stop            by default 99 % of the training set right, batches of 128 or a DataLoader's, at most 200 epochs
    seeds           how many, or which; four at least. The first third (two at least) chooses, the others judge
    executor        with concurrent.futures' interface; the functions must then be importable, and a run has one
                    thread. If None, runs are made here, one after another, with torch's threads
    store           where finished runs are kept, a Store or a folder: by default the one that EARLYALIGN_STORE names,
                    else the project's inside a checkout, else one in the user's cache directory. An interrupted sweep
                    goes on where it was
    fresh           compute every run again, whatever is stored
    show            a progress bar

    For augmentation, schedules, weight decay or mixed precision `train` may be a function: ``train(model, step, seed)``
    trains `model`, the network with its multiplier, in place with the step of that trial. It makes its own optimizer
    and reads its own data; torch is seeded with `seed`, and the model is in training mode. It trains to its own end and
    gives None or True, or False if it did not get where it should; or it is a generator that yields after each epoch,
    whereupon the validation sample is evaluated. Compared is the highest validation accuracy seen.

    A run that diverges or does not finish is kept in the table with its status; a setting with such a run ranks
    behind every setting without. Warns with NotScaleCovariant for optimizers such as Adam, with NotHomogeneous for
    a network that `depth` does not fit, with NotCompared if the user's code holds what a stored run cannot be told by.
    Raises UserError for input that makes no sense, and RunFailed if a run raised: the others are in the store then.
    """
    refuse_in_a_starting_worker()
    grid, tried, order = _checked(c, steps, seeds, depth)
    setting = Setting(
        make_model, make_optimizer, train if _is_own(train) else as_samples(train, "train"),
        as_samples(validation, "validation"), float(depth), _stop(stop, train), centred,
    )  # fmt: skip
    model = setting.model(order[0])
    for samples in (setting.probe, setting.validation):
        check_logits(model, samples)
    if not callable(setting.train):
        check_last_batch(model, setting.train, setting.stop.batch)
        warn_unless_covariant(make_optimizer)
    looked_at = setting.model(order[0])
    warn_unless_homogeneous(looked_at, setting.probe, setting.depth, centred, len(tried) == 1)
    if executor is not None:
        functions = [make_model, make_optimizer, *([train] if _is_own(train) else [])]
        check_reach(executor, functions)
    bench = Bench(setting, executor, _store(store), show, fresh)
    choosing = max(2, len(order) // 3)
    chosen = choose(bench, [(value, step) for value in grid for step in tried], order[:choosing])
    best = judge(bench, chosen, grid, order[choosing:])
    if bench.recalled and bench.namer.unseen:
        warnings.warn(
            f"{bench.recalled} runs come from the store, and these cannot be compared with what they were then: "
            f"{', '.join(bench.namer.unseen[:5])}; fresh=True (--fresh) computes every run again",
            NotCompared,
            stacklevel=2,
        )
    return Sweep(bench.table(order[:choosing]), best, setting.stop)


def _is_own(train: Any) -> bool:
    """Whether `train` is a training function, and not data that happens to be callable."""
    return callable(train) and not hasattr(train, "__getitem__") and not hasattr(train, "__iter__")


def _stop(stop: Stop | None, train: Any) -> Stop:
    if _is_own(train) and stop is not None:
        raise UserError("a training function of your own stops by itself: leave out stop")
    if stop is None:
        batch = train.batch_size if isinstance(train, DataLoader) else None
        return Stop(epochs=200, batch=batch or 128)
    return stop


def _store(store: Store | Path | str | None) -> Store:
    if isinstance(store, Store):
        return store
    return Store(store_root() if store is None else Path(store).expanduser())


def _checked(
    c: Iterable[float], steps: Iterable[float], seeds: int | Sequence[int], depth: float
) -> tuple[list[float], list[float], list[int]]:
    try:
        grid = sorted({1.0, *(checked_multiplier(value) for value in c)})
        tried = sorted({float(step) for step in steps})
        if not 1 <= float(depth) <= 1000:
            raise ValueError(f"depth = {depth} must lie in [1, 1000]")
        for value in grid:
            for step in tried:
                step_size(step, 1.0)
                if not (
                    SINGLE[0] <= value <= SINGLE[1] and SINGLE[0] <= _scaled(step, value, depth) <= SINGLE[1]
                ):
                    raise ValueError(
                        f"c = {value:g} with step {step:g}: c or step * c**(-2/depth) is beyond single precision"
                    )
    except (TypeError, ValueError) as error:
        raise UserError(str(error)) from error
    order = list(range(seeds)) if isinstance(seeds, int) else [int(seed) for seed in seeds]
    if len(grid) < 2 or not tried:
        raise UserError("a sweep needs a multiplier besides 1, and a step")
    if len(set(order)) != len(order) or len(order) < FEWEST_SEEDS:
        raise UserError(
            f"a sweep needs at least {FEWEST_SEEDS} different seeds: half of them choose, half judge"
        )
    return grid, tried, order


def _scaled(step: float, c: float, depth: float) -> float:
    try:
        return step_size(step, c, depth)
    except OverflowError:
        return math.inf


class Bench:
    """Runs trials, each once, and keeps their rows."""

    score = "peak_accuracy"

    def __init__(
        self,
        setting: Setting,
        executor: Executor | None,
        store: Store,
        show: bool = False,
        fresh: bool = False,
    ) -> None:
        self.setting, self.executor, self.store, self.show, self.fresh = setting, executor, store, show, fresh
        self.score = score_of(setting.stop)
        self.recalled = 0
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
            if self.fresh or self.store.get(key) is None
        ]
        self.recalled += len(keys) - len(tasks)
        fill(tasks, self.store, len(tasks), self._lent, self.show)
        for trial, key in keys.items():
            stored = self.store.get(key)
            assert stored is not None, "in the store before, or since fill"
            tables, _ = stored
            self.rows[trial] = {name: values[0].item() for name, values in tables["trial"].items()}

    def _lent(self, jobs: int) -> Executor:
        return InProcess() if self.executor is None else Borrowed(self.executor)

    def scores(self, config: Config, seeds: Sequence[int]) -> np.ndarray:
        """Accuracies by seed, those that the stopping rule names; NaN where the run did not finish."""
        rows = [self.rows[Trial(*config, seed)] for seed in seeds]
        return np.array([row[self.score] if row["status"] == "reached" else np.nan for row in rows])

    def rank(self, config: Config, seeds: Sequence[int]) -> tuple[float, float]:
        """For sorting: the share of runs that finished, then their mean accuracy."""
        scores = self.scores(config, [seed for seed in seeds if Trial(*config, seed) in self.rows])
        finished = np.isfinite(scores)
        return float(finished.mean()), float(scores[finished].mean()) if finished.any() else -1.0

    def seen(self, config: Config, seeds: Sequence[int]) -> int:
        """On how many of these seeds the config has a row."""
        return sum(Trial(*config, seed) in self.rows for seed in seeds)

    def table(self, choosing: Sequence[int]) -> list[dict[str, Any]]:
        """All rows so far, by multiplier, step and seed, each with the part that it belongs to."""
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
        told, step = (c, config[1]) if finished else (None, None)
        return Best(told, step, chosen[1.0][1], told, told, UNCOMPARED, UNCOMPARED, None)
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
