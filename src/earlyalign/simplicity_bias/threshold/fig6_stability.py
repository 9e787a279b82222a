"""Figure 6 and footnote 4: is the end point of Figure 2 a stationary point, or only held up by large steps?

Figure 6 (Paper B, Appendix A.4): training goes on from the end point with a step that is multiplied down, and the train
loss hardly moves. Footnote 4: training from scratch with a smaller step ends at OLS again. Qiao et al. (2024) explain
the lack of interpolation by the instability of interpolating minima under large steps; small steps would undo that.
"""

from __future__ import annotations

from dataclasses import asdict

import pydantic
from matplotlib.figure import Figure as Canvas

from earlyalign.figures import style
from earlyalign.figures.style import styled
from earlyalign.items.evidence import interval, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Compute, Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold import runs as fig2_runs
from earlyalign.simplicity_bias.threshold.fig6_runs import Restart, compute, first_training

MOVED = 0.05
"""Share of its value by which the train loss may move along the decaying schedule."""


class Parameters(Params):
    """A warm restart (Figure 6) and a run from scratch with a smaller step (footnote 4), at one sample size.

    horizon        time of the first training, which is Figure 2's, at learning_rate
    decay          factor on the step before each of `stages` stages of `stage_steps` steps
    small_share    the smaller step of footnote 4, as a share of learning_rate
    small_horizon  time of its training
    block          neurons that the kernels sum over at a time: another number is another rounding
    """

    n: int = pydantic.Field(ge=6, le=1_000_000)
    seeds: int = pydantic.Field(ge=2, le=10_000)
    d: int = pydantic.Field(ge=1, le=64)
    width: int = pydantic.Field(ge=2, le=100_000)
    horizon: float = pydantic.Field(gt=0, le=1e9)
    stages: int = pydantic.Field(ge=1, le=1_000_000)
    stage_steps: int = pydantic.Field(ge=1, le=1_000_000_000)
    decay: float = pydantic.Field(0.5, gt=0, lt=1)
    small_share: float = pydantic.Field(0.1, gt=0, lt=1)
    small_horizon: float = pydantic.Field(gt=0, le=1e9)
    learning_rate: float = pydantic.Field(0.01, gt=0, le=1)
    batch_size: int = pydantic.Field(32, ge=1, le=1_000_000)
    init_variance: float = pydantic.Field(1e-5, gt=0, le=1e6)
    noise_variance: float = pydantic.Field(0.2, gt=0, le=1e6)
    block: int | None = pydantic.Field(None, ge=16, le=4096, multiple_of=16)

    @pydantic.model_validator(mode="after")
    def _enough_samples(self) -> Parameters:
        if self.n <= self.d:
            raise ValueError(f"n = {self.n} must exceed d = {self.d}")
        if self.batch_size > self.n:
            raise ValueError(f"batch_size {self.batch_size} exceeds n; allowed: 1..{self.n}")
        return self


def runs(params: Parameters) -> list[Run]:
    """A warm restart and a run from scratch for every seed."""
    shared = params.model_dump(exclude={"seeds"})
    return [
        Run(asdict(Restart(kind=kind, activation="relu", teacher_neurons=0, **shared)), seed)
        for kind in ("decay", "small")
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    losses = tables["losses"].sort_values("step").groupby(["kind", "seed"])["train_ratio"]
    first, last = losses.first(), losses.last()
    fall = 1 - last["decay"] / first["decay"].clip(lower=1e-300)
    return [
        within(
            "B-fig6/hardly-moves",
            "Along the decaying schedule the train loss hardly moves: share of its value that it falls by",
            interval(fall),
            f"within {MOVED:g} of 0",
            low=-MOVED,
            high=MOVED,
        ),
        within(
            "B-fig6/far-from-zero",
            "It ends far from interpolation: train loss over that of OLS",
            interval(last["decay"]),
            "at least 0.9",
            low=0.9,
        ),
        within(
            "B-fn4/ols-again",
            f"From scratch with {params.small_share:g} of the step, training ends at OLS again: train loss over "
            "its own",
            interval(last["small"]),
            "at least 0.95",
            low=0.95,
        ),
    ]


@styled
def draw_schedules(tables: Tables) -> Canvas:
    figure = style.canvas(height=3.2)
    left, right = figure.subplots(1, 2)
    for axis, kind, colour, title in (
        (left, "decay", style.RED, "warm restart, decaying step"),
        (right, "small", style.VIOLET, "from scratch, small step"),
    ):
        losses = tables["losses"]
        for _, run in losses[losses["kind"] == kind].groupby("seed"):
            since = run["step"] - (run["step"].min() if kind == "decay" else 0)
            axis.plot(since, run["train_ratio"], color=colour, alpha=0.7, linewidth=1.2)
        axis.axhline(1, color=style.OLS, linestyle="--", linewidth=1)
        axis.set(title=title, xlabel="steps", ylabel="train loss / OLS")
    left.set_ylim(0, 1.1)
    right.set(xscale="log", ylim=(0, 3))
    return figure


def caption_schedules(tables: Tables) -> str:
    first = tables["losses"].iloc[0]
    return (
        f"Left: training goes on from the end of Figure 2's training at n = {first['n']:,} with a step that is "
        f"multiplied by {first['decay']:g} before each of {first['stages']} stages. Right: from scratch with "
        f"{first['small_share']:g} of the step (footnote 4). One line a seed; dashed, least squares."
    )


def alt_schedules(tables: Tables) -> str:
    last = tables["losses"].sort_values("step").groupby(["kind", "seed"])["train_ratio"].last()
    return (
        "Train loss over that of OLS against steps. At the end: "
        f"{last['decay'].median():.3f} after the decaying schedule, {last['small'].median():.3f} with the small step."
    )


def _first_trainings(run: Run) -> list[tuple[Compute, Run, str]]:
    """The training of Figure 2 that a warm restart recalls."""
    if run.config["kind"] == "small":
        return []
    return [(fig2_runs.compute, first_training(run), fig2_runs.PRECISION)]


ITEM = Item(
    id="B-fig6",
    title="Stability of the end point",
    paper="B",
    kind="figure",
    chapter="simplicity_bias/other_networks",
    statement=(
        "The end point is stationary: shrinking the step leaves the loss where it is, and small steps lead there too."
    ),
    mark=Mark.STATED,
    parts=("B-fig6", "B-fn4"),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("B-fig6", draw_schedules, caption_schedules, alt_schedules),),
    controls=(
        Control(
            "interpolating",
            "The same schedules at a sample size that is interpolated end at zero",
            {"n": 50, "small_horizon": 2000.0},
            ("B-fig6/far-from-zero", "B-fn4/ols-again"),
        ),
        Control(
            "unfinished",
            "A first training stopped on its way leaves a loss that the schedule still moves",
            {
                "n": 500,
                "horizon": 300.0,
                "stages": 1,
                "stage_steps": 400_000,
                "decay": 0.99,
                "small_horizon": 100.0,
            },
            ("B-fig6/hardly-moves",),
        ),
    ),
    precision="float32",
    after=_first_trainings,
)
