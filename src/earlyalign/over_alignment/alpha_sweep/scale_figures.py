"""The four figures of A-scale: the law, the map, the angle, the rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from scipy.stats import spearmanr

from earlyalign.figures.style import BLUE, FAINT, INK, RED, canvas, styled
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.statistics import REACH

COLOURS = {"predictor": BLUE, "network": RED}
NAMES = {"predictor": "effective predictor", "network": "whole network"}
LAWS = {"separable": ("o", "-", "separable"), "free": ("s", "--", "no separability")}
AXES = {"n": ("width", "n", -1.0), "width": ("n", "h", -0.5)}
SURE = 2.0
"""Standard errors by which a gain must differ from zero to be printed."""


def cells(tables: Tables, law: str, error: str, size: str) -> pd.DataFrame:
    """Optima of one law and error in which only `size` moves, in its order."""
    other = AXES[size][0]
    rows = tables["optimum"].query("part == 'law' and law == @law and error == @error")
    return rows[rows[other] == rows[f"base_{other}"]].sort_values(size)


def main(tables: Tables) -> pd.DataFrame:
    """The exponents that are judged, of the middle window."""
    return tables["exponents"][tables["exponents"]["reach"] == REACH]


def told_exponent(tables: Tables, law: str, error: str, size: str) -> str:
    row = main(tables).query("law == @law and error == @error and size == @size")
    if row.empty:
        return ""
    value, low, high = row.iloc[0][["exponent", "low", "high"]]
    return f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"


@styled
def draw_law(tables):
    figure = canvas(9.4, 4.6)
    axes = figure.subplots(1, 2, sharey=True)
    for axis, (size, (_, letter, target)) in zip(axes, AXES.items()):
        for law, (marker, line, name) in LAWS.items():
            for error, colour in COLOURS.items():
                rows = cells(tables, law, error, size)
                if rows.empty:
                    continue
                reach = np.abs(rows[["low", "high"]].T.to_numpy() - rows["alpha_star"].to_numpy())
                axis.errorbar(
                    rows[size], rows["alpha_star"], yerr=reach, color=colour, marker=marker, linestyle=line,
                    markersize=5, linewidth=1.5, capsize=2,
                    label=f"{NAMES[error]}, {name}\n{told_exponent(tables, law, error, size)}",
                )  # fmt: skip
        sizes = np.sort(tables["optimum"].query("part == 'law'")[size].unique()).astype(float)
        guide = 0.1 * (sizes / sizes[0]) ** target
        axis.plot(sizes, guide, color=INK, linestyle=":", label=f"slope {target:g}")
        axis.set(xscale="log", yscale="log", xlabel=letter, title=f"against {letter}")
        axis.set_xticks(sizes, [f"{value:g}" for value in sizes])
        axis.minorticks_off()
        axis.grid(True)
        axis.legend(fontsize=7.5, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    axes[0].set_yticks([0.003, 0.01, 0.03, 0.1], ["0.003", "0.01", "0.03", "0.1"])
    axes[0].set_ylabel(r"optimal scale $\alpha^*$")
    return figure


def alt_law(tables) -> str:
    told = [
        f"{NAMES[row.error]}, {LAWS[row.law][2]}, in {AXES[row.size][1]}: {row.exponent:.2f}"
        for row in main(tables).itertuples(index=False)
    ]
    return (
        "Optimal scale against n and against h, on logarithmic axes, four series each. Slopes: "
        + "; ".join(told)
        + "."
    )


def caption_law(tables) -> str:
    law = tables["sweep"].query("part == 'law'")
    first, seeds = next(law.itertuples(index=False)), law.groupby("law")["seed"].nunique()
    counts = ", ".join(f"{count} ({LAWS[name][2]})" for name, count in seeds.items())
    return (
        f"The optimum against sample size (h = {first.base_width}) and width (n = {first.base_n}); d = {first.d}, "
        f"κ/σ = {first.kappa:g}, seeds: {counts}. Vertex of a parabola about the least mean error; bars and brackets "
        "are 95 % intervals over resampled seeds. Dotted: the paper's exponent, at an arbitrary height."
    )


@styled
def draw_map(tables):
    figure = canvas(9.4, 3.5)
    axes = figure.subplots(1, 2)
    optimum = tables["optimum"].query("part == 'map'")
    for axis, (error, name) in zip(axes, NAMES.items()):
        rows = optimum[optimum["error"] == error].assign(ratio=lambda rows: rows["d"] / rows["n"])
        scale = rows.pivot(index="ratio", columns="kappa", values="alpha_star").sort_index(ascending=False)
        gain = rows.assign(text=gain_text(rows)).pivot(index="ratio", columns="kappa", values="text")
        sns.heatmap(
            np.log10(scale), annot=gain.loc[scale.index], fmt="", cmap="crest", ax=axis, vmin=-2, vmax=-0.8,
            cbar=error == "network", cbar_kws={"label": r"$\log_{10}\alpha^*$"}, annot_kws={"fontsize": 9},
            linewidths=1, linecolor="white",
        )  # fmt: skip
        axis.set(xlabel=r"$\kappa/\sigma$", ylabel="d / n", title=name)
        axis.tick_params(axis="y", rotation=0)
    return figure


def gain_text(rows: pd.DataFrame) -> list[str]:
    """The gain in points where it is sure, else a dash."""
    return [
        f"{row.gain:.2g}" if row.gain > max(SURE * row.gain_se, 1e-9) else "–" for row in rows.itertuples()
    ]


def alt_map(tables) -> str:
    optimum = tables["optimum"].query("part == 'map'")
    told = []
    for error, name in NAMES.items():
        rows = optimum[optimum["error"] == error]
        sure = rows[rows["gain"] > np.maximum(SURE * rows["gain_se"], 1e-9)]
        told.append(
            f"{name}: optimal scale from {rows['alpha_star'].min():.2g} to {rows['alpha_star'].max():.2g}, a sure "
            f"gain in {len(sure)} of {len(rows)} cells"
            + (f", at most {sure['gain'].max():.2g} points" if len(sure) else "")
        )
    return "Two heat maps over kappa/sigma and d/n. " + "; ".join(told) + "."


def caption_map(tables) -> str:
    rows = tables["sweep"].query("part == 'map'")
    first = next(rows.itertuples(index=False))
    return (
        f"Where the optimum lies (colour) and what it gains over α = {first.alpha_low:g} (number, in points; a dash "
        f"where it is within two standard errors of nothing). n = {first.n}, h = {first.width}, no separability asked, "
        f"{rows['seed'].nunique()} seeds a cell, each half of them judged at the optimum of the other."
    )


def of_law(tables: Tables, law: str) -> pd.DataFrame:
    return tables["by_seed"][tables["by_seed"]["law"] == law]


@styled
def draw_angle(tables):
    figure = canvas(8.6, 3.5)
    axes = figure.subplots(1, 2, sharey=True)
    for axis, (law, (marker, _, name)) in zip(axes, LAWS.items()):
        rows = of_law(tables, law)
        for error, colour in COLOURS.items():
            if len(rows) < 3:
                continue
            rank = spearmanr(rows["phi"], rows[error]).statistic
            axis.plot(
                np.degrees(rows["phi"]), rows[error], marker, color=colour, markersize=4, alpha=0.6,
                label=f"{NAMES[error]}, rank correlation {rank:+.2f}",
            )  # fmt: skip
        axis.set(yscale="log", xlabel=r"$\varphi$, degrees", title=name)
        axis.legend(fontsize=8.5, loc="upper center", bbox_to_anchor=(0.5, -0.2))
        axis.grid(True)
    axes[0].set_ylabel(r"the seed's own $\alpha^*$")
    return figure


def alt_angle(tables) -> str:
    told = []
    for law, (_, _, name) in LAWS.items():
        rows = of_law(tables, law)
        if len(rows) >= 3:
            ranks = [f"{NAMES[error]} {spearmanr(rows['phi'], rows[error]).statistic:.2f}" for error in NAMES]
            told.append(f"{name}: {', '.join(ranks)}")
    return (
        "Scatter of each seed's optimal scale against its angle phi. Rank correlations, "
        + "; ".join(told)
        + "."
    )


def caption_angle(tables) -> str:
    counts = tables["by_seed"].groupby("law")["seed"].nunique()
    told = ", ".join(f"{count} ({LAWS[name][2]})" for name, count in counts.items())
    return (
        "Each dot is a seed of the base cell: the α that would have been best for that sample and start, against φ. "
        f"Seeds: {told}. Dots on the lower and upper edge have no interior optimum."
    )  # fmt: skip


def rule_cells(tables: Tables, error: str) -> pd.DataFrame:
    """By cell: geometric mean guess, mean losses of the rule and of the constant against the cell's best."""
    keys = ["law", "part", "n", "width", "d", "kappa"]
    rows = tables["rule"].query("error == @error")
    rows = rows.assign(
        guess=np.log(rows["guess"].astype(float)), rule=rows["rule"] - rows["best"],
        constant=rows["constant"] - rows["best"],
    )  # fmt: skip
    losses = rows.groupby(keys)[["guess", "rule", "constant"]].mean().reset_index()
    optimum = tables["optimum"].query("error == @error")[[*keys, "alpha_star"]]
    return losses.assign(guess=np.exp(losses["guess"])).merge(optimum, on=keys)


@styled
def draw_rule(tables):
    figure = canvas(8.8, 3.7)
    left, right = figure.subplots(1, 2)
    for error, colour in COLOURS.items():
        rows = rule_cells(tables, error)
        left.plot(
            rows["alpha_star"], rows["guess"], "o", color=colour, markersize=5, alpha=0.75, label=NAMES[error]
        )
        right.plot(rows["constant"], rows["rule"], "o", color=colour, markersize=5, alpha=0.75)
    ends = np.array([0.004, 0.2])
    left.plot(ends, ends, color=INK, linewidth=0.9)
    left.set(
        xscale="log",
        yscale="log",
        xlabel=r"the law's $\alpha^*$",
        ylabel="guess from the sample",
        title="The guess",
    )
    left.legend(fontsize=8.5, loc="upper left")
    right.axline((0, 0), slope=1, color=INK, linewidth=0.9)
    right.axhline(0, color=FAINT, linewidth=0.8)
    right.set(
        xlabel="loss of one constant α, points", ylabel="loss of the rule, points", title="What it costs"
    )
    for axis in (left, right):
        axis.grid(True)
    right.set_xscale("symlog", linthresh=0.01)
    right.set_yscale("symlog", linthresh=0.01)
    ticks, names = [0, 0.01, 0.1, 1], ["0", "0.01", "0.1", "1"]
    right.set_xticks(ticks, names)
    right.set_yticks(ticks, names)
    return figure


def alt_rule(tables) -> str:
    told = []
    for error, name in NAMES.items():
        rows = rule_cells(tables, error)
        better = int((rows["rule"] < rows["constant"]).sum())
        told.append(
            f"{name}: the rule loses {rows['rule'].mean():.3f} points against the cell's best on average, the constant "
            f"{rows['constant'].mean():.3f}; the rule is better in {better} of {len(rows)} cells"
        )
    return (
        "Left, guess against optimum, one dot a cell, about a diagonal. Right, losses. "
        + "; ".join(told)
        + "."
    )


def caption_rule(tables) -> str:
    return (
        "A guess of α* from the sample alone: a constant times the critical scale, with φ estimated. The constant is "
        "set on half of the seeds of the base cell of each law; all other cells are tried. Right: mean error above the "
        "cell's best on the grid. Below the diagonal the rule beats a constant α set on the same seeds. Linear below "
        "0.01."
    )  # fmt: skip


FIGURES = (
    Figure("A-scale-law", draw_law, caption_law, alt_law),
    Figure("A-scale-map", draw_map, caption_map, alt_map),
    Figure("A-scale-angle", draw_angle, caption_angle, alt_angle),
    Figure("A-scale-rule", draw_rule, caption_rule, alt_rule),
)
