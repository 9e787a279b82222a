"""The command ``earlyalign fls``: a sweep from the shell."""

from __future__ import annotations

import contextlib
import json
import math
import os
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from earlyalign.errors import UserError
from earlyalign.fls.stopping import BY
from earlyalign.fls.user_modules import called, loaded
from earlyalign.runs.options import engine_options


class Multipliers(click.ParamType):
    """Positive numbers separated by commas, powers of two written 2^-4."""

    name = "numbers"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> list[float]:
        """The list that the text stands for; click's error for a number that is not positive and finite."""
        if not isinstance(value, str):
            return value
        try:
            numbers = [_number(part) for part in value.split(",")]
        except (ValueError, ArithmeticError):
            self.fail(
                f"{value!r}: write numbers separated by commas, such as 2^-4,2^-2,1", parameter, context
            )
        if not all(isinstance(number, float) and math.isfinite(number) and number > 0 for number in numbers):
            self.fail(f"{value!r}: the numbers must be positive and finite", parameter, context)
        return numbers


class Finite(click.FloatRange):
    """A number in a range, which nan and the infinities are not."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        """The number; click's error where it is out of range or not finite."""
        number = super().convert(value, parameter, context)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number", parameter, context)
        return number


class Folder(click.Path):
    """A folder to be written, whose name is not empty."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Path:
        """The path; click's error for an empty name."""
        if not str(value).strip() or "\0" in str(value):
            self.fail("the name of a folder must not be empty", parameter, context)
        return Path(os.fsdecode(super().convert(value, parameter, context)))


def _number(text: str) -> float:
    base, power, exponent = text.strip().partition("^")
    return float(base) ** float(exponent) if power else float(base)


@click.group()
def fls() -> None:
    """Feature learning strength for a model of one's own.

    Small c is strong feature learning, large c is weak. `earlyalign fls sweep --help` shows how.
    """


@fls.command("sweep")
@click.argument("model", metavar="MODULE:MAKE_MODEL")
@click.option(
    "--data", required=True, metavar="MODULE:DATA", help="A function that gives (train, validation)."
)
@click.option(
    "--optimizer", default="torch.optim:SGD", show_default=True, metavar="MODULE:MAKE",
    help="Called as MAKE(parameters, step).",
)  # fmt: skip
@click.option(
    "--c", "multipliers", type=Multipliers(), default="2^-8,2^-6,2^-4,2^-2,1,2^2,2^4", show_default=True,
    metavar="LIST", help="Output multipliers; 1 is added.",
)  # fmt: skip
@click.option("--steps", type=Multipliers(), default="0.03,0.1,0.3", show_default=True, metavar="LIST")
@click.option(
    "--depth", type=Finite(min=1, max=1000), default=2, show_default=True, metavar="L",
    help="A run at c uses step * c^(-2/L): 2 for the paper's rule, the number of layers for a homogeneous network.",
)  # fmt: skip
@click.option("--epochs", type=click.IntRange(min=1), default=200, show_default=True, metavar="N")
@click.option("--batch", type=click.IntRange(min=1), default=128, show_default=True, metavar="N")
@click.option(
    "--train-accuracy", type=Finite(0, 1, min_open=True), default=0.99, show_default=True, metavar="A",
    help="A run ends when this share of the training set is right.",
)  # fmt: skip
@click.option(
    "--stop-by", type=click.Choice(BY), default="accuracy", show_default=True,
    help="When a run ends: at the training accuracy, at a training loss (--risk), after --epochs, or when the "
    "validation loss no longer falls.",
)  # fmt: skip
@click.option(
    "--risk", type=Finite(min=0, min_open=True), metavar="LOSS", help="For --stop-by risk: the loss to reach."
)
@click.option(
    "--seeds", type=click.IntRange(min=4, max=10_000), default=12, show_default=True, metavar="N",
    help="A third of them choose, the others judge.",
)  # fmt: skip
@click.option("--centred", is_flag=True, help="Take off the output at initialisation: c (f - f_0).")
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=1024),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes at once.",
)
@engine_options
@click.option("--fresh", is_flag=True, help="Compute every run again, whatever is stored.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.option(
    "--out", type=Folder(path_type=Path, file_okay=False), metavar="DIR",
    help="Write runs.csv, settings.csv, sweep.svg, sweep.png and verdict.txt there.",
)  # fmt: skip
def sweep_command(
    model: str,
    data: str,
    optimizer: str,
    multipliers: list[float],
    steps: list[float],
    depth: float,
    epochs: int,
    batch: int,
    train_accuracy: float,
    stop_by: str,
    risk: float | None,
    seeds: int,
    centred: bool,
    jobs: int,
    fresh: bool,
    as_json: bool,
    out: Path | None,
    engine: dict[str, Any],
) -> None:
    """Which output multiplier is best for a model, by how much, and how sure is that?

    \b
    earlyalign fls sweep mypackage:make_model --data mypackage:make_data
    earlyalign fls sweep mypackage:make_model --data mypackage:make_data \\
        --c 2^-6,2^-4,2^-2,1,2^2 --steps 0.05,0.15 --seeds 12 --jobs 2 --out found

    MAKE_MODEL() gives a fresh network whose output is logits. DATA() gives two samples, each (inputs, labels), a torch
    Dataset of such pairs or a DataLoader. Modules are looked for in the working directory, too. Finished runs are kept:
    the same command, interrupted, goes on where it was. A run is another one if the source of these functions, or a
    value that it reaches, is another. Files and environment variables are not seen: --fresh computes everything again.
    """
    import torch

    from earlyalign.fls.stopping import Stop
    from earlyalign.fls.sweeping import sweep
    from earlyalign.runs.executors import process_pool

    stop = Stop(epochs, batch, train_accuracy, by=stop_by, risk=risk)
    make_model, make_data, make_optimizer = (loaded(name) for name in (model, data, optimizer))
    if not isinstance(made := called(model, make_model), torch.nn.Module):
        raise UserError(f"{model}() gave {type(made).__name__}, not a torch.nn.Module")
    parameter = torch.nn.Parameter(torch.zeros(1))
    if not isinstance(made := called(optimizer, make_optimizer, [parameter], 0.1), torch.optim.Optimizer):
        raise UserError(f"{optimizer}(parameters, step) gave {type(made).__name__}, not an optimizer")
    samples = called(data, make_data)
    if not isinstance(samples, tuple | list) or len(samples) != 2:
        raise UserError(f"{data}() must give two things, the training and the validation sample")
    start = engine.get("executor", process_pool if jobs > 1 else None)
    with warnings.catch_warnings(), start(jobs) if start else contextlib.nullcontext() as executor:
        warnings.showwarning = _one_line
        swept = sweep(
            make_model, make_optimizer, train=samples[0], validation=samples[1], c=multipliers, steps=steps,
            depth=depth, stop=stop, seeds=seeds, centred=centred,
            executor=executor, fresh=fresh, show=not as_json,
        )  # fmt: skip
    if out is not None:
        swept.write(out)
    if as_json:
        best = {**asdict(swept.best()), "interior": swept.best().interior, "resolved": swept.best().resolved}
        click.echo(
            json.dumps({"verdict": swept.verdict, "best": best, "runs": swept.table.to_dict("records")})
        )
        return
    click.echo(swept.means().round(4).to_string(index=False))
    click.echo(swept.verdict)


def _one_line(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"earlyalign: warning: {' '.join(str(message).split())}", err=True)
