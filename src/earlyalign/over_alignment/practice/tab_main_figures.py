"""The figure of A-tab-main: from the default to the best multiplier, the paper's rows and ours."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.style import FAINT, GOLD, INK, RED, canvas, styled
from earlyalign.items.item import Figure
from earlyalign.over_alignment.practice.figures import (
    TWO,
    caption_training,
    mean_and_error,
    power_math,
    scored_cases,
)
from earlyalign.over_alignment.practice.paper import MAIN
from earlyalign.over_alignment.practice.statistics import Scores, halves
from earlyalign.over_alignment.practice.words import NETWORKS, data_words


def held_out_rows(scores: Scores) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """(seeds,) accuracy at c = 1 and at the best multiplier, each chosen on the other half of the seeds, and the
    multipliers that the halves chose."""
    default, best = (np.full(len(scores.values), np.nan) for _ in range(2))
    chosen = []
    one = int(np.flatnonzero(scores.multipliers == 0)[0])
    for choosing, judging in halves(len(scores.values)):
        means = scores.mean(choosing)
        place = np.unravel_index(means.argmax(), means.shape)
        best[judging] = scores.values[judging][:, *place]
        default[judging] = scores.values[judging][:, one, means[one].argmax()]
        chosen.append(int(scores.multipliers[place[0]]))
    return default, best, chosen


def lines(tables) -> list[tuple[str, float, float, float, float, str, str]]:
    """Rows from the top: name, default, best, their standard errors, the best c, colour."""
    rows = [
        (f"paper: {row.network}\n{row.data}", row.default, row.best, 0.0, 0.0, power_math(row.log2_c), FAINT)
        for row in MAIN
    ]
    for case, scores in scored_cases(tables):
        default, best, chosen = held_out_rows(scores)
        (low, low_se), (high, high_se) = map(mean_and_error, (default, best))
        named = " and ".join(power_math(k) for k in sorted(set(chosen)))
        rows.append(
            (f"here: {NETWORKS[case.network]}\n{data_words(case)}", low, high, low_se, high_se, named, RED)
        )
    return rows


@styled
def draw_rows(tables):
    rows = lines(tables)
    figure = canvas(7.4, 0.9 + 0.62 * len(rows))
    axis = figure.subplots()
    for place, (_, default, best, default_se, best_se, c, colour) in enumerate(rows):
        axis.plot([default, best], [place, place], color=colour, linewidth=2)
        axis.errorbar(
            default, place, xerr=TWO * default_se, fmt="o", color=INK, markerfacecolor="white", capsize=2
        )
        axis.errorbar(best, place, xerr=TWO * best_se, fmt="o", color=GOLD, capsize=2)
        axis.annotate(
            f"{best - default:+.1f} points at c = {c}", ((default + best) / 2, place), xytext=(0, 7),
            textcoords="offset points", ha="center", fontsize=9,
        )  # fmt: skip
    axis.set_yticks(range(len(rows)), [row[0] for row in rows])
    axis.set_ylim(len(rows) - 0.5, -0.7)
    axis.set(xlabel="peak test accuracy, %")
    axis.grid(True, axis="x")
    return figure


def alt_rows(tables) -> str:
    return "; ".join(
        f"{' '.join(name.split())}: {default:.1f} % at c = 1, {best:.1f} % at its best multiplier"
        for name, default, best, *_ in lines(tables)
    ) + "."  # fmt: skip


def caption_rows(tables) -> str:
    return (
        "From the default (open) to the best multiplier (filled). The paper's rows are as reported. Ours is held out: "
        "multiplier and step are chosen on one half of the seeds and judged on the other, both ways. Bars: two "
        "standard errors. "
        f"{caption_training(tables)}"
    )


FIGURES = (Figure("A-tab-main-rows", draw_rows, caption_rows, alt_rows),)
