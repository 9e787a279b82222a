"""Figure 2: train and test loss at convergence against the number of samples (Paper B, Section 5 and Appendix A.1).

The paper trains with SGD until "the training seems stabilized". Here SGD stands beside the full-batch gradient flow,
which is what Theorem 4.1 is about, on the same samples from the same initialisation, and both are judged at three
horizons: a network on a plateau and a network at rest look the same until one waits.
"""

from __future__ import annotations

from matplotlib.figure import Figure as Canvas
from pydantic import Field, model_validator

from earlyalign.items.contract import Claim, Control, Item, Mark, Picture, Tables
from earlyalign.items.style import styled
from earlyalign.simplicity_bias import threshold_drawing as drawing
from earlyalign.simplicity_bias.threshold_claims import generalisation_claims, train_claims
from earlyalign.simplicity_bias.threshold_params import ThresholdParams, runs
from earlyalign.simplicity_bias.threshold_readings import at_horizon, threshold
from earlyalign.simplicity_bias.threshold_runs import compute


class Parameters(ThresholdParams):
    """`small_n`, one of the sample sizes, stands for "below the threshold"."""

    small_n: int = Field(50, ge=2)

    @model_validator(mode="after")
    def _small_n_is_swept(self) -> Parameters:
        if self.small_n not in self.sample_sizes:
            raise ValueError(f"small_n {self.small_n} must be one of sample_sizes {list(self.sample_sizes)}")
        return self


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    return [
        *train_claims("B-fig2a", tables, params, params.small_n),
        *generalisation_claims("B-fig2b", tables, params, params.small_n),
    ]


@styled
def draw_train(tables: Tables) -> Canvas:
    return drawing.against_n(tables, "train", "train loss", log_y=False)


@styled
def draw_test(tables: Tables) -> Canvas:
    return drawing.against_n(tables, "test", "test loss", log_y=True)


@styled
def draw_time(tables: Tables) -> Canvas:
    return drawing.against_time(tables)


def _scale(tables: Tables) -> str:
    first = tables["losses"].iloc[0]
    return f"d = {first['d']}, width {first['width']:,}, trained to t = {tables['losses']['time'].max():,.0f}"


def _train_caption(tables: Tables) -> str:
    return (
        "Train loss at the last horizon against the number of samples: median and quartiles over seeds. Bars at the "
        f"bottom: where it passes half of OLS's loss, with 95 % interval. {_scale(tables)}."
    )


def _test_caption(tables: Tables) -> str:
    return (
        "Test loss of the same networks. Interpolation costs most where samples are just too few to stop it. "
        f"{_scale(tables)}."
    )


def _time_caption(tables: Tables) -> str:
    return (
        "Train loss against time, median over seeds, one line a sample size. A plateau that holds over a factor of "
        f"ten in time may still end. {_scale(tables)}."
    )


def _alt(column: str):
    def text(tables: Tables) -> str:
        parts = []
        for method, label in drawing.LABELS.items():
            if method not in set(tables["losses"]["method"]):
                continue
            rows = at_horizon(tables, method).groupby("n")[column].median()
            parts.append(
                f"{label}: {rows.iloc[0]:.2g} at n = {rows.index[0]}, {rows.iloc[-1]:.2g} at {rows.index[-1]}"
            )
        return f"{column.capitalize()} loss against number of samples. " + "; ".join(parts) + "."

    return text


def _time_alt(tables: Tables) -> str:
    places = [
        f"{label}, half of OLS's loss is passed at n = {threshold(at_horizon(tables, method), 0.5)[0]:.0f}"
        for method, label in drawing.LABELS.items()
        if method in set(tables["losses"]["method"])
    ]
    return "Train loss against time for every sample size. At the last time: " + "; ".join(places) + "."


ITEM = Item(
    id="B-fig2",
    title="Optimization threshold: train and test loss against n",
    paper="B",
    kind="figure",
    chapter="simplicity_bias/optimization_threshold",
    statement=(
        "Below some number of samples an overparametrised network interpolates and tests badly; above it, training "
        "ends near ordinary least squares and tests nearly as well."
    ),
    mark=Mark.STATED,
    parts=("B-fig2a", "B-fig2b"),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    pictures=(
        Picture("B-fig2a", draw_train, _train_caption, _alt("train")),
        Picture("B-fig2b", draw_test, _test_caption, _alt("test")),
        Picture("B-fig2-time", draw_time, _time_caption, _time_alt),
    ),
    controls=(
        Control(
            "lazy",
            "The same sweep from a large initialisation: it leaves OLS behind at every size, so no threshold is in "
            "range",
            {"init_variance": 40.0, "sample_sizes": (50, 5000), "horizon": 2000.0},
            tuple(
                f"B-fig2{panel}/{method}-{name}"
                for method in ("flow", "sgd")
                for panel, name in (("a", "ols-large-n"), ("b", "near-ols-large-n"))
            ),
        ),
    ),
    precision="float64 flow, float32 SGD",
)
