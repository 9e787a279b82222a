"""A-fig4: the geometry of the proof, in the plane of x_+ and s.

Paper A, Figure 4; a sketch in the paper, drawn here from real trajectories. The effective predictor w_hat starts
somewhere, turns to x_+ during Phase 1, and keeps most of its direction through Phase 2 until the positive risk comes
down to eta. H(alpha) is the cap around x_+ on whose rim it then stands. Small alpha closes the cap, and s is outside.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.data.gaussian_mixture import Mixture, draw_mixture
from earlyalign.dynamics.logistic_flow import LogisticFlow, logistic_flow
from earlyalign.items.evidence import interval, wilson, within
from earlyalign.items.item import Claim, Control, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.items.tables import Tables
from earlyalign.networks.balanced import balanced_init, effective_predictor
from earlyalign.over_alignment import fig4_pictures
from earlyalign.theory.phase_one import growth_end

RICH = 0.005
"""Alphas up to here count as strong feature learning."""

IN_PLANE = 0.9
CLOSES = 5.0
"""Degrees a decade of alpha, over the whole range."""

INHERITED = 5.0
"""Degrees that Phase 2 may undo."""

MOST = 0.8


class Parameters(Params):
    """alphas: increasing; frames: a trajectory, evenly spaced in time up to eta; shown_seed: the one that is drawn."""

    n: int = Field(ge=2, le=2000)
    d: int = Field(ge=3, le=1000)
    kappa: float = Field(gt=0, le=1e3)
    separability: float = Field(ge=0, lt=1)
    width: int = Field(ge=2, le=2000)
    eta: float = Field(gt=0, lt=1.38)
    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=3)
    frames: int = Field(ge=5, le=200)
    rtol: float = Field(gt=0, le=1e-2)
    seeds: int = Field(ge=2, le=1000)
    shown_seed: int = Field(ge=0, le=10_000)
    sabotage: Literal["none", "wrong-plane", "stuck-rich", "stuck-lazy"] = "none"


def runs(params: Parameters) -> list[Run]:
    shared = params.model_dump(exclude={"alphas", "seeds"})
    ends = {"alpha_low": min(params.alphas), "alpha_high": max(params.alphas)}
    return [
        Run({**shared, **ends, "alpha": alpha}, seed)
        for alpha in params.alphas
        for seed in range(params.seeds)
    ]


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """One trajectory.

    path     one row a frame: time, risk; psi and cosine of w_hat with x_+ and s; its unit vector in the plane, along
             x_+ (`up`) and along what s adds to it (`across`); share of its squared length there; phi
    neurons  the shown seed: frame, neuron, up, across of each positive neuron's unit vector
    """
    config = run.config
    sample = draw_mixture(
        int(config["n"]), int(config["d"]), config["kappa"], 1.0, np.random.default_rng([run.seed, 1]),
        separability=config["separability"],
    )  # fmt: skip
    flow = trajectory(config, sample, run.seed)
    inner, outer = flow.inner[0], flow.outer[0]
    plane = basis(sample, config["sabotage"] == "wrong-plane", run.seed)
    direction = units(effective_predictor(inner, outer))
    flat = direction @ plane.T
    path = {
        "frame": np.arange(len(inner)),
        "time": flow.times[0],
        "risk": flow.risks[0],
        "psi": direction @ sample.x_plus / np.linalg.norm(sample.x_plus),
        "cosine": direction @ sample.direction,
        "up": flat[:, 0],
        "across": flat[:, 1],
        "share": np.sum(flat**2, axis=1),
        "phi": np.full(len(inner), sample.phi),
    }
    if run.seed != config["shown_seed"]:
        return {"path": path}
    frames, positive = len(inner), np.flatnonzero(outer[0] > 0)
    places = units(inner[:, positive]) @ plane.T
    return {
        "path": path,
        "neurons": {
            "frame": np.repeat(np.arange(frames), len(positive)),
            "neuron": np.tile(positive, frames),
            "up": places[..., 0].ravel(),
            "across": places[..., 1].ravel(),
        },
    }


def trajectory(config, sample: Mixture, seed: int) -> LogisticFlow:
    """The flow at evenly spaced times up to its stopping time. Raises ArithmeticError if it is not reached."""
    stuck = {"stuck-rich": "alpha_low", "stuck-lazy": "alpha_high"}.get(config["sabotage"], "alpha")
    alpha = config[stuck]
    net = balanced_init(int(config["width"]), sample.d, alpha, np.random.default_rng([seed, 2]))
    start = (net.inner[None], net.outer[None], sample.inputs[None], sample.labels[None])
    after = growth_end(alpha, sample.n, net.width, sample.x_max)
    stop = float(
        logistic_flow(*start, etas=[config["eta"]], after=after, rtol=config["rtol"]).stop_times[0, 0]
    )
    if not np.isfinite(stop):
        raise ArithmeticError(f"eta = {config['eta']:g} was not reached at alpha = {alpha:g}")
    return logistic_flow(*start, times=np.linspace(0, stop, config["frames"]), rtol=config["rtol"])


def basis(sample: Mixture, wrong: bool, seed: int) -> np.ndarray:
    """(2, d) orthonormal rows: x_+, then what s adds. If `wrong`, a random plane."""
    pair = np.stack([sample.x_plus, sample.direction])
    if wrong:
        pair = np.random.default_rng([seed, 5]).standard_normal(pair.shape)
    first = pair[0] / np.linalg.norm(pair[0])
    second = pair[1] - (pair[1] @ first) * first
    return np.stack([first, second / np.linalg.norm(second)])


def units(vectors: np.ndarray) -> np.ndarray:
    """Vectors along the last axis, of length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def half_angles(path: pd.DataFrame) -> pd.Series:
    """Angle between w_hat and x_+ in degrees."""
    return np.degrees(np.arccos(path["psi"].clip(-1, 1)))


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    path = tables["path"].assign(angle=half_angles(tables["path"]))
    ends = path[path["frame"] == path["frame"].max()]
    rich, lazy = ends[ends["alpha"] == min(params.alphas)], ends[ends["alpha"] == max(params.alphas)]
    shares = ends[ends["alpha"] <= RICH].groupby("seed")["share"].median()
    steep = [np.polyfit(np.log10(rows["alpha"]), rows["angle"], 1)[0] for _, rows in ends.groupby("seed")]
    first = path[path["alpha"] == min(params.alphas)].groupby("seed")["angle"]
    outside, inside = (
        int(sum(np.degrees(rich["phi"]) > rich["angle"])),
        int(sum(np.degrees(lazy["phi"]) < lazy["angle"])),
    )
    return [
        within(
            "A-fig4/plane",
            f"For alpha up to {RICH:g} the picture's plane holds w_hat (share of its squared length at eta)",
            interval(shares), f"above {IN_PLANE:g}", low=IN_PLANE, mark=Mark.CHOSEN,
        ),
        within(
            "A-fig4/cap-closes", "The cap H(alpha) closes as alpha falls (degrees a decade)",
            interval(steep), f"above {CLOSES:g}", low=CLOSES,
        ),
        within(
            "A-fig4/truth-outside", "At the smallest alpha s lies outside the cap (share of seeds)",
            wilson(outside, len(rich)), f"above {MOST:g}", low=MOST,
        ),
        within(
            "A-fig4/truth-inside", "At the largest alpha s lies inside it (share of seeds)",
            wilson(inside, len(lazy)), f"above {MOST:g}", low=MOST,
        ),
        within(
            "A-fig4/inherits", "At the smallest alpha Phase 2 undoes little (degrees from the nearest approach to eta)",
            interval(first.last() - first.min()), f"below {INHERITED:g}", high=INHERITED,
        ),
    ]  # fmt: skip


ITEM = Item(
    id="A-fig4",
    title="The geometry of over-alignment",
    paper="A",
    kind="figure",
    chapter="over_alignment/geometry",
    statement="Small alpha closes the cap around x_+ that holds the predictor, until s is left outside.",
    mark=Mark.STATED,
    parts=("A-fig4",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=fig4_pictures.PICTURES,
    controls=(
        Control("wrong-plane", "A random plane in place of that of x_+ and s", {"sabotage": "wrong-plane"},
                ("A-fig4/plane",)),
        Control("stuck-lazy", "Every flow starts at the largest alpha", {"sabotage": "stuck-lazy"},
                ("A-fig4/cap-closes", "A-fig4/truth-outside")),
        Control("stuck-rich", "Every flow starts at the smallest alpha", {"sabotage": "stuck-rich"},
                ("A-fig4/cap-closes", "A-fig4/truth-inside")),
        Control("no-stop", "Flows go on to a hundredth of the risk", {"eta": 0.005}, ("A-fig4/inherits",)),
    ),
)  # fmt: skip
