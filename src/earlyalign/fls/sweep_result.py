"""What `sweep` gives back: a tidy table, the best setting, a figure and a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from earlyalign.dynamics.deep_training import Stop
from earlyalign.figures import style
from earlyalign.figures.heatmap import draw_heatmap
from earlyalign.fls.stopping import score_of
from earlyalign.fls.verdicts import Best, as_math, as_power

MARKED = ("unfinished", "diverged")


class Sweep:
    """A finished sweep.

    table    one row a run: c, step (before the rule), scaled_step, seed, half ("choosing" or "judging"), status
             ("reached", "unfinished", "diverged"), updates (of a diverged run, the one at which it did),
             train_accuracy, and on the validation sample peak_accuracy, final_accuracy and
             validation_stopped_accuracy, all in [0, 1]
    stop     when its runs ended, and by which of the accuracies they are compared
    verdict  plain language
    """

    def __init__(self, rows: Sequence[dict[str, Any]], best: Best, stop: Stop) -> None:
        self.table = pd.DataFrame(rows)
        self.stop = stop
        self._best = best

    def best(self) -> Best:
        """The best multiplier and step, the range around it, and the gain over c = 1."""
        return self._best

    @property
    def verdict(self) -> str:
        """What was found, in one sentence, and one more for each thing that weakens it."""
        return ". ".join(filter(None, [self._best.words, self.casualties, self.open_steps]))

    @property
    def casualties(self) -> str:
        """How many runs diverged or did not finish; empty if none."""
        counts = self.table["status"].value_counts()
        named = [f"{counts[status]} {status}" for status in ("unfinished", "diverged") if status in counts]
        return f"{' and '.join(named)} of {len(self.table)} runs are left out" if named else ""

    @property
    def open_steps(self) -> str:
        """Whether a best step is the smallest or largest tried, so that c may be paid for what the step owes."""
        tried = sorted(self.table["step"].unique())
        if self._best.c is None:
            return ""
        if len(tried) == 1:
            return "only one step was tried: c and the step are not told apart"
        ends = {tried[0]: "smallest", tried[-1]: "largest"}
        named = {as_power(self._best.c): self._best.step, "1": self._best.default_step}
        said = [
            f"at c = {c} the best step is the {ends[step]} tried" for c, step in named.items() if step in ends
        ]
        return f"{' and '.join(said)}: widen the steps" if said else ""

    def means(self) -> pd.DataFrame:
        """One row a setting (c, step): how many runs, by status, and mean and standard deviation of the
        accuracy by which they are compared, over those that finished."""
        finished = self.table[score_of(self.stop)].where(self.table["status"] == "reached")
        grouped = self.table.assign(finished=finished).groupby(["c", "step"])
        counts = {
            status: grouped["status"].agg(lambda column, status=status: int((column == status).sum()))
            for status in ("reached", "unfinished", "diverged")
        }
        return pd.DataFrame(
            {
                "runs": grouped.size(),
                **counts,
                "mean": grouped["finished"].mean(),
                "deviation": grouped["finished"].std(),
            }
        ).reset_index()

    def plot(self) -> Canvas:
        """Mean accuracy in percent by multiplier and step. A cross: a run diverged; dots: one did not finish."""
        means = self.means()
        grid, steps = np.sort(means["c"].unique()), np.sort(means["step"].unique())
        with mpl.rc_context(style.RC):
            figure = style.canvas(1.8 + 0.75 * len(grid), 1.9 + 0.42 * len(steps))
            axis = figure.subplots()
            cells = {name: means.pivot(index="step", columns="c", values=name) for name in ("mean", *MARKED)}
            unfinished, diverged = (cells[name].to_numpy() > 0 for name in MARKED)
            drawn = draw_heatmap(
                axis, 100 * cells["mean"].to_numpy(), unfinished, diverged,
                [as_math(value) for value in grid], [f"{step:g}" for step in steps], self._place(grid, steps),
            )  # fmt: skip
            axis.set(xlabel="multiplier c (strong to weak feature learning)", ylabel="step before the rule")
            figure.colorbar(drawn, label=f"{score_of(self.stop).replace('_', ' ')}, %")
        return figure

    def _place(self, grid: np.ndarray, steps: np.ndarray) -> tuple[int, int] | None:
        c, step = self._best.c, self._best.step
        if c is None or step is None:
            return None
        return int(np.searchsorted(steps, step)), int(np.searchsorted(grid, c))

    def write(self, folder: Path) -> None:
        """Write runs.csv, settings.csv, sweep.svg, sweep.png and verdict.txt into `folder`, made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        self.table.to_csv(folder / "runs.csv", index=False)
        self.means().to_csv(folder / "settings.csv", index=False)
        figure = self.plot()
        figure.savefig(folder / "sweep.svg")
        figure.savefig(folder / "sweep.png", dpi=150, facecolor="white")
        (folder / "verdict.txt").write_text(f"{self.verdict}\n", encoding="utf-8")

    def __repr__(self) -> str:
        return f"Sweep of {len(self.table)} runs: {self.verdict}"

    def _repr_html_(self) -> str:
        return f"<p><strong>{escape(self.verdict)}</strong></p>{self.means().round(4).to_html(index=False)}"
