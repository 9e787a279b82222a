"""What Proposition 3.1 measures: the extremal vectors of one sample, enumerated, and the effective width of a network
that is trained on one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.assumption_laws import axis_variances
from earlyalign.data.linear_model import Dataset
from earlyalign.data.regression_laws import sample
from earlyalign.dynamics.certificate import CERTIFIED_EVERY, certified
from earlyalign.dynamics.long_flow import settle
from earlyalign.geometry.clusters import effective_width
from earlyalign.geometry.extremal import extremal_vectors
from earlyalign.geometry.supremum import supremum
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer, dominated_init
from earlyalign.theory.concentration import population_vector


@dataclass(frozen=True)
class Sampling:
    """part            of the runs
    law, d, n       of the sample
    noise_variance  Var(eta); c: margin of the conditioned law; shift: of the shifted one
    """

    part: str
    law: str
    d: int
    n: int
    noise_variance: float
    c: float
    shift: float


@dataclass(frozen=True)
class Enumeration(Sampling):
    """role: the law whose limits the extremal vectors are compared with; draw: whether their directions are kept."""

    role: str
    draw: bool


@dataclass(frozen=True)
class Training(Sampling):
    """width, init_scale, power   of the dominated initialisation
    times            at which the effective width is measured, separated by commas
    degrees, share   a cluster's diameter, and the share of sum |a_i| ||w_i|| that clusters must hold
    """

    width: int
    init_scale: float
    power: float
    degrees: float
    share: float
    times: str


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Tables `extremal` and `marks` of an enumeration, or `width` of a training run."""
    if run.config["part"] == "training":
        training = run.read(Training)
        rng = generator(training, run.seed)
        return widths(drawn(training, rng), rng, training, certify=run.seed % CERTIFIED_EVERY == 0)
    enumeration = run.read(Enumeration)
    data = drawn(enumeration, generator(enumeration, run.seed))
    return enumerated(data, data, limits_of(enumeration), enumeration.draw)


def generator(settings: Sampling, seed: int) -> np.random.Generator:
    """The source of everything random in one run."""
    return np.random.default_rng([seed, settings.d, settings.n])


def drawn(settings: Sampling, rng: np.random.Generator) -> Dataset:
    """The next sample of the law."""
    return sample(
        settings.law, settings.n, settings.d, settings.noise_variance, rng, settings.c, settings.shift
    )


def enumerated(data: Dataset, surrounding: Dataset, limits: np.ndarray, draw: bool) -> Result:
    """How far the extremal vectors of one sample are from `limits` (k, d), and their directions from +-beta*; beside
    that the supremum of Theorem 3.1 on the sample `surrounding`. With `draw` the directions themselves, too."""
    extremal = extremal_vectors(data.inputs, data.labels)
    distances = np.linalg.norm(extremal.vectors[:, None] - limits, axis=2).min(axis=1)
    degrees = np.degrees(np.arccos(np.clip(np.abs(extremal.witnesses[:, 0]), 0, 1)))
    summary = {
        "count": len(extremal),
        "distance": distances.max(),
        "degrees": degrees.max(),
        "sup": supremum(surrounding.inputs, surrounding.labels, limits[0]) if data.n >= data.d else np.nan,
    }
    if not draw:
        return {"extremal": summary}
    columns = {f"w{i + 1}": extremal.witnesses[:, i] for i in range(data.d)}
    marks = {**columns, "height": extremal.height, "kind": extremal.kind}
    return {"extremal": summary, f"marks{data.d}": marks}


def limits_of(settings: Enumeration) -> np.ndarray:
    """`limit_vectors` of the run's role."""
    return limit_vectors(settings.d, settings.role, settings.c)


def limit_vectors(d: int, role: str, c: float) -> np.ndarray:
    """The vectors (1 or 2, d) that satisfy (6) under the law called `role`; beta*/2, or its multiple, comes first."""
    half_teacher = population_vector(d)
    if role == "one-neuron":
        return np.stack([half_teacher, np.zeros(d)])
    return half_teacher[None] * (axis_variances(d, c)[0] if role == "conditioned" else 1.0)


def widths(data: Dataset, rng: np.random.Generator, settings: Training, certify: bool) -> Result:
    """Effective width at the times asked for, and the training loss there; the certificate of both, if asked for."""
    times = [float(t) for t in settings.times.split(",")]
    start = dominated_init(settings.width, data.d, settings.init_scale, rng, settings.power)

    def measured(net: TwoLayer) -> dict[str, float]:
        return {
            "clusters": effective_width(net.inner, net.outer, data.inputs, settings.degrees, settings.share),
            "loss": np.mean((net.predict(data.inputs) - data.labels) ** 2),
        }

    flows = certified(start, data.inputs, data.labels, times) if certify else None
    settled = flows.settled if flows else settle(start, data.inputs, data.labels, times)
    along = [measured(net) for net in (start, *settled.nets)]
    return {
        "width": {
            "time": np.array([0.0, *times]),
            **{name: [each[name] for each in along] for name in ("clusters", "loss")},
        },
        **({"certificate": flows.table(measured)} if flows else {}),
    }  # fmt: skip
