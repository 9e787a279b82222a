"""The runs of B-def21, in three parts.

search     enumerate the extremal vectors of one sample, put each to the definition, look for others by brute force
alignment  let a network with initialisation (8) go through its early phase, and see where its neurons point at its end
drawing    the same with the paths kept, as the tables of the figures
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from earlyalign.data.linear_model import Dataset, draw, gaussian
from earlyalign.dynamics.early_alignment import Alignment, align, alignment_time
from earlyalign.geometry.arrangement import cover_count
from earlyalign.geometry.exhaustive import by_random_directions, by_sign_patterns
from earlyalign.geometry.extremal import ExtremalVectors, extremal_vectors
from earlyalign.geometry.landscape import cell_pulls, conformity, scale_of
from earlyalign.items.run import Checkpoint, Columns, Result, Run
from earlyalign.networks.two_layer import dominated_init
from earlyalign.simplicity_bias.extremal.def21_scene_runs import plane, space

MARKS = 161
"""Times at which the early phase is recorded."""


@dataclass(frozen=True)
class SampleSettings:
    """The part of the item, and a sample of the linear model (7) with standard Gaussian inputs."""

    part: str
    d: int
    n: int
    noise_variance: float


@dataclass(frozen=True)
class SearchSettings(SampleSettings):
    """starts: random directions of the brute-force search on samples larger than exhaustive_up_to."""

    starts: int
    exhaustive_up_to: int


@dataclass(frozen=True)
class PhaseSettings(SampleSettings):
    """A network drawn from (8) with scale init_scale and power p; epsilon of tau; rtol of the flow."""

    width: int
    power: float
    init_scale: float
    epsilon: float
    rtol: float


@dataclass(frozen=True)
class AlignmentSettings(PhaseSettings):
    """within_degrees counts a neuron as aligned."""

    within_degrees: float


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """The tables of one run: `search`, `alignment`, or those of the figures."""
    if of_search(run):
        search = run.read(SearchSettings)
        data, rng = sampled(search, run.seed)
        return searched(extremal_vectors(data.inputs, data.labels), data, search, rng)
    settings = run.read(AlignmentSettings if of_alignment(run) else PhaseSettings)
    data, rng = sampled(settings, run.seed)
    extremal = extremal_vectors(data.inputs, data.labels)
    path = early_phase(data, settings, phase_end(data, settings), rng)
    if isinstance(settings, AlignmentSettings):
        return aligned(extremal, path, data, settings)
    return plane(extremal, path, data) if settings.d == 2 else space(extremal, path, data)


def of_search(run: Run) -> bool:
    """Whether the run is a search."""
    return run.config["part"] == "search"


def of_alignment(run: Run) -> bool:
    """Whether the run is an early phase that is judged."""
    return run.config["part"] == "alignment"


def sampled(settings: SampleSettings, seed: int) -> tuple[Dataset, np.random.Generator]:
    """The sample, and the generator for what is drawn after it."""
    rng = np.random.default_rng([seed, settings.d, settings.n])
    return draw(gaussian(settings.d), settings.n, settings.noise_variance, rng), rng


def searched(
    extremal: ExtremalVectors, data: Dataset, settings: SearchSettings, rng: np.random.Generator
) -> Result:
    """Table `search`: worst conformity of what was enumerated, and what brute force found beside it."""
    checks = [
        conformity(D, w, data.inputs, data.labels)
        for D, w in zip(extremal.vectors, extremal.witnesses, strict=True)
    ]
    exhaustive = data.n <= settings.exhaustive_up_to
    if exhaustive:
        other = by_sign_patterns(data.inputs, data.labels)
        invented = unmatched(extremal.vectors, other, data)
    else:
        other, invented = by_random_directions(data.inputs, data.labels, settings.starts, rng), 0
    return {
        "search": {
            "vectors": len(extremal),
            "attractors": len(extremal.attracting(1)) + len(extremal.attracting(-1)),
            "cells": len(cell_pulls(data.inputs, data.labels)[0]),
            "cover_count": cover_count(data.n, data.d),
            "distance": max(check.distance for check in checks),
            "mismatches": max(check.mismatches for check in checks),
            "exhaustive": exhaustive,
            "brute_force": len(other),
            "missed": unmatched(other, extremal.vectors, data),
            "invented": invented,
        }
    }


def unmatched(some: np.ndarray, others: np.ndarray, data: Dataset) -> int:
    """How many of `some` vectors (a, d) are none of `others` (b, d), to nine digits."""
    gaps = np.linalg.norm(some[:, None] - others[None], axis=2).min(axis=1, initial=np.inf)
    return int(np.sum(gaps > 1e-9 * scale_of(data.inputs, data.labels)))


def phase_end(data: Dataset, settings: PhaseSettings) -> float:
    """tau = epsilon ln(1/lambda) / max ||D_n||."""
    speed = float(np.linalg.norm(cell_pulls(data.inputs, data.labels)[1], axis=1).max())
    return alignment_time(speed, settings.init_scale, settings.epsilon)


def early_phase(data: Dataset, settings: PhaseSettings, until: float, rng: np.random.Generator) -> Alignment:
    """The flow of a network drawn from (8), up to time `until`, recorded at MARKS times."""
    scale = settings.init_scale
    net = dominated_init(settings.width, data.d, scale, rng, settings.power)
    unit = replace(net, inner=net.inner / scale, outer=net.outer / scale)
    return align(unit, data.inputs, data.labels, scale, np.linspace(0.0, until, MARKS), settings.rtol)


def aligned(extremal: ExtremalVectors, path: Alignment, data: Dataset, settings: AlignmentSettings) -> Result:
    """Table `alignment`: share of neurons within `within_degrees` of an attracting direction of their sign, or on the
    plateau, at the start and at the end; and log_growth, the largest ln(|a_i(tau)| / |a_i(0)|)."""
    signs = np.sign(path.outer[0])
    at_start, at_end = (arrived(extremal, path.directions[time], signs, data, settings) for time in (0, -1))
    return {
        "alignment": {
            "start_share": at_start["share"],
            **at_end,
            "log_growth": float(np.log(np.abs(path.outer[-1] / path.outer[0])).max()),
        }
    }


def arrived(
    extremal: ExtremalVectors, directions: np.ndarray, signs: np.ndarray, data: Dataset, settings: AlignmentSettings
) -> Columns:  # fmt: skip
    """share: of the neurons, with directions (m, d), that are at an attracting direction of their sign or on the
    plateau; dead: those on the plateau, where they see no sample."""
    near = to_attractor(extremal, directions, signs) <= settings.within_degrees
    dead = ~np.any(directions @ data.inputs.T > 0, axis=1)
    return {"share": float(np.mean(near | dead)), "dead": float(np.mean(dead))}


def to_attractor(extremal: ExtremalVectors, directions: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Degrees (m,) from each direction (m, d) to the nearest one that attracts neurons of its sign; 180 if none."""
    degrees = np.full(len(directions), 180.0)
    for sign in (1.0, -1.0):
        mine, towards = signs == sign, extremal.attracting(sign)
        if len(towards):
            cosines = (directions[mine] @ towards.T).max(axis=1)
            degrees[mine] = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    return degrees
