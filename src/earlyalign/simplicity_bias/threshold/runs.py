"""Runs of Figures 2 to 8: train one network on one sample, note its losses along the way, keep its neurons.

Time is that of the flow: t = learning rate × steps for SGD and Adam. Losses are noted at horizon · 2^-k, so that "flat
over the last factor of two" can be read off the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.linear_model import draw, gaussian, unit_teacher
from earlyalign.data.relu_teacher import ReluTeacher, linear_teacher, relu_teacher
from earlyalign.dynamics.adam import AdamState, adam
from earlyalign.dynamics.certificate import certified
from earlyalign.dynamics.long_flow import settle
from earlyalign.dynamics.sgd import sgd
from earlyalign.items.run import Checkpoint, Columns, Result, Run
from earlyalign.networks.two_layer import TwoLayer, gaussian_init
from earlyalign.theory.arc_cosine import squared_distance
from earlyalign.theory.ols import least_squares, population_risk

HALVINGS = 10
CHUNK = 250_000
"""Mini-batch steps between two checkpoints."""

TEST_SAMPLES = 20_000
"""On which the test loss of a network is estimated that has no closed form: all but those of ReLU."""

ALIGNED = 0.9
"""|cosine| with the OLS estimator above which a neuron counts as aligned."""

PRECISION = "float64 flow, float32 SGD and Adam"
"""Of the dynamics; part of every run's key."""


@dataclass(frozen=True)
class Training:
    """A sample, a network and how long it is trained: what every run says, whatever its method.

    n, d             number of samples and their dimension
    noise_variance   of the labels
    teacher_neurons  0 for the linear teacher, else the neurons of a ReLU teacher
    width            neurons of the network
    init_variance    of a component at the start, times width
    activation       of the network, "relu" or "gelu"
    horizon          time of the flow at the end
    """

    n: int
    d: int
    noise_variance: float
    teacher_neurons: int
    width: int
    init_variance: float
    activation: str
    horizon: float


@dataclass(frozen=True)
class Flow(Training):
    """Training by the full-batch gradient flow.

    method     "flow"
    step       of the solver, in units of time
    certified  whether the flow is followed again at half the step
    """

    method: str
    step: float
    certified: bool


@dataclass(frozen=True)
class MiniBatch(Training):
    """Training by a mini-batch method.

    method  "sgd" or "adam"
    block   neurons that the kernel sums over at a time, None for its own choice
    """

    method: str
    learning_rate: float
    batch_size: int
    block: int | None


def settings_of(run: Run) -> Flow | MiniBatch:
    """What a run of `compute` asks for. Raises ValueError for a configuration that is not one of its method."""
    return run.read(Flow) if run.config.get("method") == "flow" else run.read(MiniBatch)


@dataclass(frozen=True)
class Problem:
    """A sample and what its noiseless labels are. inputs (n, d), standard Gaussian, labels (n,)."""

    inputs: np.ndarray
    labels: np.ndarray
    teacher: ReluTeacher
    noise_variance: float


def draw_problem(settings: Training, rng: np.random.Generator) -> Problem:
    """The sample of a run, as `compute` draws it from the run's generator."""
    n, d, noise, neurons = settings.n, settings.d, settings.noise_variance, settings.teacher_neurons
    if neurons == 0:
        data = draw(gaussian(d), n, noise, rng)
        return Problem(data.inputs, data.labels, linear_teacher(data.teacher), noise)
    teacher, inputs = relu_teacher(neurons, d), gaussian(d)(n, rng)
    return Problem(inputs, teacher(inputs) + np.sqrt(noise) * rng.standard_normal(n), teacher, noise)


def note_times(horizon: float) -> np.ndarray:
    """(HALVINGS + 1,) the times at which losses are noted: horizon · 2^-k, increasing."""
    return horizon * 2.0 ** np.arange(-HALVINGS, 1)


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Train once, as a `Flow` or a `MiniBatch` says.

    losses     time, train, test: mean squared errors (no factor 1/2); test is over the law of the inputs, exact for
               ReLU and estimated otherwise, with the noise variance added
    reference  train, test of what the sample allows at best: ordinary least squares for a linear teacher, the teacher
               itself for a network
    neurons    cosine with the OLS estimator, outer weight, inner weights w0, w1, … at the end
    certificate  of a certified flow: its readings (train_ratio, test_ratio: over the reference's; aligned: share of
               neurons with |cosine| > ALIGNED) at every time, here and at half the step, and the differences
    """
    settings = settings_of(run)
    rng = np.random.default_rng([run.seed, settings.n, settings.d])
    problem = draw_problem(settings, rng)
    start = gaussian_init(settings.width, settings.d, settings.init_variance / settings.width, rng)
    times = note_times(settings.horizon)
    ols = least_squares(problem.inputs, problem.labels)
    reference = _reference(problem, ols, settings.teacher_neurons)
    certificate: Result = {}
    if isinstance(settings, Flow):
        nets, certificate = _flow(start, problem, settings, times, ols, reference)
    else:
        nets = _steps(start, problem, settings, run.seed, times, checkpoint)
    return {
        "losses": _losses(times, nets, problem, settings.activation),
        "reference": reference,
        "neurons": _neurons(nets[-1], ols),
        **certificate,
    }


def end_point(result: Result) -> TwoLayer:
    """The trained network that a run of `compute` ended with."""
    neurons = result["neurons"]
    inner = np.stack([neurons[name] for name in neurons if name.startswith("w")], axis=1)
    return TwoLayer(inner, np.asarray(neurons["outer"]))


def _flow(
    start: TwoLayer, problem: Problem, settings: Flow, times: np.ndarray, ols: np.ndarray, reference: Columns
) -> tuple[list[TwoLayer], Result]:
    """The networks at `times` under the flow, and the table of its certificate if the run asks for one."""
    path = (start, problem.inputs, problem.labels, times, settings.step)
    if not settings.certified:
        return settle(*path).nets, {}
    flows = certified(*path)

    def readings(net: TwoLayer) -> dict[str, float]:
        losses = _losses(times[:1], [net], problem, "relu")
        return {
            "train_ratio": losses["train"][0] / reference["train"],
            "test_ratio": losses["test"][0] / reference["test"],
            "aligned": float(np.mean(np.abs(_neurons(net, ols)["cosine"]) > ALIGNED)),
        }

    return flows.settled.nets, {"certificate": flows.table(readings)}


def _steps(
    start: TwoLayer,
    problem: Problem,
    settings: MiniBatch,
    seed: int,
    times: np.ndarray,
    checkpoint: Checkpoint,
) -> list[TwoLayer]:
    """The networks at `times` under SGD or Adam, through checkpoints."""
    wanted = np.maximum(np.round(times / settings.learning_rate).astype(int), 1)
    state, kept = _resume(checkpoint, start)
    stops = np.unique(np.concatenate([wanted, np.arange(CHUNK, wanted[-1], CHUNK)]))
    for stop in stops[stops > state.step]:
        state = _advance(state, problem, settings, seed, int(stop))
        kept += [state.net] * int(np.sum(wanted == stop))
        if wanted[-1] > CHUNK:
            _keep(checkpoint, state, kept)
    return kept


def _advance(state: AdamState, problem: Problem, settings: MiniBatch, seed: int, stop: int) -> AdamState:
    """The state at step `stop`. SGD has no moments; it leaves them as they are."""
    data, steps = (problem.inputs, problem.labels), stop - state.step
    rate, batch = settings.learning_rate, settings.batch_size
    activation, block = settings.activation, settings.block
    if settings.method == "adam":
        return adam(state, *data, steps, batch, seed, rate, activation, block)
    net = sgd(state.net, *data, steps, rate, batch, seed, state.step, activation, block)
    return AdamState(net, state.first, state.second, stop)


def _resume(checkpoint: Checkpoint, start: TwoLayer) -> tuple[AdamState, list[TwoLayer]]:
    saved = checkpoint.load()
    if saved is None:
        return AdamState.start(start), []
    net, first, second = (
        TwoLayer(saved[f"{name}_inner"], saved[f"{name}_outer"]) for name in ("net", "first", "second")
    )
    kept = [TwoLayer(inner, outer) for inner, outer in zip(saved["kept_inner"], saved["kept_outer"])]
    return AdamState(net, first, second, int(saved["step"][0])), kept


def _keep(checkpoint: Checkpoint, state: AdamState, kept: list[TwoLayer]) -> None:
    shape = state.net.inner.shape
    saved: dict[str, np.ndarray] = {
        "step": np.array(state.step),
        "kept_inner": np.array([each.inner for each in kept]).reshape(len(kept), *shape),
        "kept_outer": np.array([each.outer for each in kept]).reshape(len(kept), shape[0]),
    }
    for name, part in (("net", state.net), ("first", state.first), ("second", state.second)):
        saved |= {f"{name}_inner": part.inner, f"{name}_outer": part.outer}
    checkpoint.save(saved)


def _losses(times: np.ndarray, nets: list[TwoLayer], problem: Problem, activation: str) -> Columns:
    excess = _excess_risks(nets, problem, activation)
    return {
        "time": times,
        "train": [np.mean((net.predict(problem.inputs, activation) - problem.labels) ** 2) for net in nets],
        "test": [risk + problem.noise_variance for risk in excess],
    }


def _excess_risks(nets: list[TwoLayer], problem: Problem, activation: str) -> list[float]:
    """E (h(x) - f(x))^2 of each network, f the teacher: exact for ReLU, over TEST_SAMPLES inputs otherwise."""
    teacher = problem.teacher
    if activation == "relu":
        weights = teacher.directions, teacher.weights
        return [squared_distance((net.inner, net.outer), weights) for net in nets]
    d = problem.inputs.shape[1]
    fresh = np.random.default_rng(d).standard_normal((TEST_SAMPLES, d))
    truth = teacher(fresh)
    return [float(np.mean((net.predict(fresh, activation) - truth) ** 2)) for net in nets]


def _reference(problem: Problem, ols: np.ndarray, teacher_neurons: int) -> Columns:
    if teacher_neurons:
        noise = problem.labels - problem.teacher(problem.inputs)
        return {"train": np.mean(noise**2), "test": problem.noise_variance}
    return {
        "train": np.mean((problem.inputs @ ols - problem.labels) ** 2),
        "test": population_risk(ols, unit_teacher(len(ols)), problem.noise_variance),
    }


def _neurons(net: TwoLayer, ols: np.ndarray) -> Columns:
    lengths = np.linalg.norm(net.inner, axis=1) * np.linalg.norm(ols)
    cosine = np.divide(net.inner @ ols, lengths, out=np.zeros(net.width), where=lengths > 0)
    inner = {f"w{j}": net.inner[:, j] for j in range(net.inner.shape[1])}
    return {"cosine": cosine, "outer": net.outer, **inner}
