"""Samples in the forms that people have them in, read in one pass into inputs and labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset

from earlyalign.data.images import Images
from earlyalign.dynamics.deep_training import Samples, tensors
from earlyalign.errors import UserError

MOST_ROWS = 5_000_000
"""Rows or batches after which something that has no length is taken for endless."""

_FORMS = "must be (inputs, labels), Images, a torch Dataset of such pairs, or an iterable of batches (a DataLoader)"


def as_samples(data: Any, name: str) -> Samples:
    """`data` as inputs (n, ...) and labels (n,).

    data  Images; a pair of arrays or tensors; a torch Dataset whose rows are (input, label); a DataLoader, or any
          other iterable of batches (inputs, labels). A Dataset or an iterable is read once, from a fixed random state
          of torch: whatever it draws (augmentation) is drawn once for the whole sweep. A Dataset that has a length is
          read by it

    Inputs become single precision, unless they are tensors in double or whole numbers: see `fitted`. Raises UserError
    for anything else, an empty sample, inputs that are not finite, or labels that are not whole numbers from 0 on.
    """
    if isinstance(data, Images):
        return tensors(data)
    pair = _read(data, name) if _is_stream(data) else data
    try:
        inputs, labels = (_tensor(part) for part in pair)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{name} {_FORMS}") from error
    if labels.ndim != 1 or inputs.ndim < 1 or len(inputs) != len(labels) or not len(labels):
        raise UserError(
            f"{name}: inputs {tuple(inputs.shape)} and labels {tuple(labels.shape)} are not (n, ...) and (n,)"
        )
    if labels.is_floating_point() or labels.is_complex() or labels.min() < 0:
        raise UserError(f"{name}: labels must be whole numbers from 0 on")
    _check_finite(inputs, name)
    kept = not inputs.is_floating_point() or (
        inputs.dtype == torch.float64 and isinstance(pair[0], torch.Tensor)
    )
    return inputs if kept else inputs.float(), labels.long()


def fitted(samples: Samples, model: nn.Module) -> Samples:
    """The samples in the precision of the model's parameters; whole numbers stay such where it has embeddings."""
    inputs, labels = samples
    if not inputs.is_floating_point() and any(
        isinstance(module, nn.Embedding | nn.EmbeddingBag) for module in model.modules()
    ):
        return inputs.long(), labels
    kinds = {weights.dtype for weights in model.parameters() if weights.is_floating_point()}
    return inputs.to(kinds.pop() if len(kinds) == 1 else torch.float32), labels


def _check_finite(inputs: torch.Tensor, name: str) -> None:
    if not inputs.is_floating_point():
        return
    broken = int((~torch.isfinite(inputs)).flatten(1).any(dim=1).sum() if inputs.ndim > 1 else
                 (~torch.isfinite(inputs)).sum())  # fmt: skip
    if broken:
        raise UserError(f"{name}: {broken} of {len(inputs)} inputs hold numbers that are not finite")


def _is_stream(data: Any) -> bool:
    """Whether `data` is to be read row by row or batch by batch, and is not a pair (inputs, labels)."""
    if isinstance(data, Dataset | DataLoader):
        return True
    if isinstance(data, list | tuple):
        return bool(data) and all(_is_batch(part) for part in data)
    return isinstance(data, Iterable) and not isinstance(data, torch.Tensor | np.ndarray | Mapping | str)


def _is_batch(part: Any) -> bool:
    return (
        isinstance(part, list | tuple)
        and len(part) == 2
        and all(isinstance(half, torch.Tensor | np.ndarray) and half.ndim > 0 for half in part)
    )


def _read(data: Any, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    rows = isinstance(data, Dataset)
    inputs: list[torch.Tensor] = []
    labels: list[torch.Tensor] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for place, entry in enumerate(_entries(data)):
            if place >= MOST_ROWS:
                raise UserError(f"{name} gave {MOST_ROWS} entries and goes on: give it a length")
            for kept, part in zip((inputs, labels), _halves(entry, name, rows), strict=True):
                kept.append(part)
    if not inputs:
        raise UserError(f"{name} is empty")
    join = torch.stack if rows else torch.cat
    try:
        return join(inputs), join(labels)
    except RuntimeError as error:
        raise UserError(f"{name}: its inputs or labels are not all of one shape: {error}") from error


def _entries(data: Any) -> Iterator[Any]:
    """Each row or batch once; by index where there is a length and no iterator, so that an endless one ends."""
    try:
        length = None if isinstance(data, DataLoader) else len(data)
    except (TypeError, NotImplementedError):
        length = None
    if length is None:
        return iter(data)
    if isinstance(data, Dataset) and not isinstance(data, IterableDataset):
        return (data[place] for place in range(length))
    return itertools.islice(iter(data), length)


def _halves(entry: Any, name: str, row: bool) -> tuple[torch.Tensor, torch.Tensor]:
    what = "row" if row else "batch"
    if isinstance(entry, Mapping):
        given = f"a mapping with {', '.join(map(str, entry))}"
    elif not isinstance(entry, list | tuple) or len(entry) != 2:
        given = f"{type(entry).__name__}" + (f" of {len(entry)}" if isinstance(entry, list | tuple) else "")
    else:
        try:
            return _tensor(entry[0]), _tensor(entry[1])
        except (TypeError, ValueError, RuntimeError) as error:
            raise UserError(f"{name}: a {what} holds what is no tensor or number: {error}") from error
    raise UserError(f"{name}: a {what} is {given}, not (input, label): wrap it so that it gives such pairs")


def _tensor(part: Any) -> torch.Tensor:
    return part.detach() if isinstance(part, torch.Tensor) else torch.as_tensor(np.asarray(part))
