"""How the practice items draw a curve of accuracy over multipliers, and describe it."""

from __future__ import annotations

import numpy as np

from earlyalign.items.tables import Tables
from earlyalign.over_alignment.practice.params import STEP_RULES, Case
from earlyalign.over_alignment.practice.statistics import Scores, cases, of_case, scores_of
from earlyalign.over_alignment.practice.words import NETWORKS, data_words

TWO = 2.0
"""Bars are means with this many standard errors on either side."""


def power_math(log2_c: float) -> str:
    """2 to a power, for the axis of a figure."""
    return f"$2^{{{log2_c:g}}}$" if log2_c else "1"


def power_text(log2_c: float) -> str:
    """2 to a power, in plain text."""
    return f"2^{log2_c:g}" if log2_c else "1"


def scored_cases(tables: Tables, score: str = "peak") -> list[tuple[Case, Scores]]:
    """Every case that was run, with its scores."""
    return [(case, scores_of(of_case(tables["ends"], case), score)) for case in cases(tables)]


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """Mean of the finite `values` and its standard error; NaN for fewer than two."""
    finite = values[np.isfinite(values)]
    if len(finite) < 2:
        return float("nan"), float("nan")
    return float(finite.mean()), float(finite.std(ddof=1) / np.sqrt(len(finite)))


def draw_curve(axis, scores: Scores, colour: str, label: str, **line) -> None:
    """Mean over seeds at each multiplier's best step, with TWO standard errors; nothing where a run did not finish."""
    everybody = np.arange(len(scores.values))
    means = scores.mean(everybody)
    best = means.argmax(axis=1)
    centre = np.where(np.isfinite(means.max(axis=1)), means.max(axis=1), np.nan)
    values = scores.values[:, np.arange(len(best)), best]
    spread = TWO * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    axis.fill_between(
        scores.multipliers, centre - spread, centre + spread, color=colour, alpha=0.16, linewidth=0
    )
    axis.plot(scores.multipliers, centre, color=colour, marker="o", markersize=4, label=label, **line)


def frame_curves(axis, multipliers: np.ndarray, title: str = "") -> None:
    """Ticks at the multipliers, and a line at the default."""
    axis.axvline(0, color="#c9cdd4", linewidth=0.9, zorder=0)
    axis.set_xticks(multipliers, [power_math(k) for k in multipliers])
    axis.set(xlabel="output multiplier c", title=title)
    axis.grid(True, axis="y")


def alt_curve(scores: Scores) -> str:
    """A curve in words: its ends and its best place."""
    curve = scores.curve(np.arange(len(scores.values)))
    finite = np.flatnonzero(np.isfinite(curve))
    best = int(np.argmax(curve))
    first, last = finite[0], finite[-1]
    return (
        f"{curve[first]:.0f} % at c = {power_text(scores.multipliers[first])}, best {curve[best]:.0f} % at "
        f"{power_text(scores.multipliers[best])}, {curve[last]:.0f} % at {power_text(scores.multipliers[last])}"
    )


def caption_training(tables: Tables) -> str:
    """What every caption says of how was trained."""
    ends = tables["ends"]
    first = ends.iloc[0]
    steps = ", ".join(f"{step:g}" for step in sorted(ends["step"].unique()))
    centred = "f − f₀" if first.centred else "not centred"
    return (
        f"Plain SGD, batches of {first.batch}, until {100 * first.train_accuracy:g} % of the training set is right; "
        f"step {STEP_RULES[first.step_rule]}, with η = {steps}; {centred}; "
        f"{ends['seed'].nunique()} seeds."
    )


def left_out(tables: Tables) -> str:
    """How many runs were left out, and why."""
    counts = tables["ends"]["status"].value_counts()
    named = [f"{counts[status]} {status}" for status in ("unfinished", "diverged") if status in counts]
    return f"{' and '.join(named) if named else 'none'} of {len(tables['ends'])} runs left out"


def case_title(case: Case) -> str:
    """A case as the title of a panel."""
    return f"{data_words(case)}, {NETWORKS[case.network]}"
