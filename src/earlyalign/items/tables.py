"""All runs of an item together, as tidy tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from earlyalign.items.run import Columns, Result, Run

Tables = Mapping[str, pd.DataFrame]
"""Table name -> one tidy frame, the run's configuration and seed as columns."""


def collect(runs: Sequence[Run], results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """Tidy tables out of the runs' columns; configuration and ``seed`` become columns of every row.

    Rows stand in the order of the runs. A column that only some runs have is empty in the others' rows.
    """
    parts: dict[str, list[tuple[Run, Columns]]] = {}
    for run, result in zip(runs, results, strict=True):
        for name, columns in result.items():
            parts.setdefault(name, []).append((run, columns))
    return {name: _stacked(pieces) for name, pieces in parts.items()}


def _stacked(pieces: Sequence[tuple[Run, Columns]]) -> pd.DataFrame:
    """Pieces with the same columns are stacked column by column at once: a frame for every run would be dear."""
    alike: dict[tuple[str, ...], list[int]] = {}
    labelled = [_labelled(run, columns) for run, columns in pieces]
    for place, (values, labels, _) in enumerate(labelled):
        alike.setdefault((*values, *labels), []).append(place)
    frames, order = [], []
    for places in alike.values():
        chosen = [labelled[place] for place in places]
        lengths = np.array([length for *_, length in chosen])
        frames.append(_frame(chosen, lengths))
        order.append(np.repeat(places, lengths))
    if len(frames) == 1:
        return frames[0]
    rows = np.argsort(np.concatenate(order), kind="stable")
    return pd.concat(frames, ignore_index=True).iloc[rows].reset_index(drop=True)


Labelled = tuple[dict[str, np.ndarray], dict[str, Any], int]


def _labelled(run: Run, columns: Columns) -> Labelled:
    """A run's columns as arrays, its labels, and its number of rows."""
    values = {name: np.atleast_1d(np.asarray(column)) for name, column in columns.items()}
    labels = {name: value for name, value in {**run.config, "seed": run.seed}.items() if name not in values}
    lengths = {len(column) for column in values.values()}
    length = max(lengths, default=1)
    if lengths - {1, length}:
        raise ValueError(f"columns of one table must have one length, got {sorted(lengths)} in {run.label}")
    return values, labels, length


def _frame(chosen: Sequence[Labelled], lengths: np.ndarray) -> pd.DataFrame:
    values, labels, _ = chosen[0]
    columns: dict[str, Any] = {
        name: np.concatenate(
            [np.broadcast_to(each[name], length) for (each, *_), length in zip(chosen, lengths, strict=True)]
        )
        for name in values
    }
    for name in labels:
        told = pd.Series([each[name] for _, each, _ in chosen])
        columns[name] = told.repeat(lengths).array
    return pd.DataFrame(columns)
