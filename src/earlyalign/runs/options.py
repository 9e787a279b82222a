"""Options of the command line that choose an engine."""

from __future__ import annotations

import functools
from collections.abc import Callable

import click

from earlyalign.runs.executors import ENGINES, executor_of


def engine_options(command: Callable) -> Callable:
    """Give `command` --engine and --scheduler; it is called with ``engine``, what `fill` takes for them by name."""

    @click.option(
        "--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True,
        help="Where runs are computed: in processes of this machine, or on a Dask cluster.",
    )  # fmt: skip
    @click.option(
        "--scheduler", metavar="ADDRESS",
        help="Of the Dask cluster, such as tcp://10.0.0.5:8786; without it one is started here.",
    )  # fmt: skip
    @functools.wraps(command)
    def chosen(*arguments, engine: str, scheduler: str | None, **named):
        made = executor_of(engine, scheduler)
        return command(*arguments, engine={} if engine == ENGINES[0] else {"executor": made}, **named)

    return chosen
