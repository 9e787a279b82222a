"""The output multiplier: f -> c f around any network, the knob of feature learning strength.

Small c is strong feature learning, large c is weak (lazy). With `centred`, c (f - f_0): the output at
initialisation is taken off, so that every c starts at the same prediction.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

import torch
from torch import nn

LOW_PRECISION = (torch.float16, torch.bfloat16)


def checked_multiplier(c: float) -> float:
    """`c` as a float. Raises ValueError unless it is positive and finite."""
    value = float(c)
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"c = {c} must be a positive, finite number")
    return value


class OutputMultiplier(nn.Module):
    """c f(x), or c (f(x) - f_0(x)), for a network f whose output is logits.

    model    any module; its parameters are trained as before
    c        positive and finite
    centred  take off f_0, a frozen copy of `model` as it is now. It follows train() and eval(), so that batch
             statistics agree; with dropout, f and f_0 draw different masks and f - f_0 does not start at zero

    `state_dict`, `load_state_dict` and `named_parameters` have the bare model's names, so checkpoints go both ways.
    f_0 is in none of them: to resume a centred run, wrap the model at its initial weights and then load. Logits in half
    precision come back in single, since c may lie below what half precision holds.

    Raises ValueError for a c that is not positive and finite.
    """

    def __init__(self, model: nn.Module, c: float, centred: bool = False) -> None:
        super().__init__()
        self.c = checked_multiplier(c)
        self.model = model
        self.initial = copy.deepcopy(model).requires_grad_(False) if centred else None

    @property
    def centred(self) -> bool:
        return self.initial is not None

    def forward(self, *inputs, **named) -> torch.Tensor:
        logits = _single(self.model(*inputs, **named))
        if self.initial is not None:
            with torch.no_grad():
                start = _single(self.initial(*inputs, **named))
            logits = logits - start
        return self.c * logits

    def extra_repr(self) -> str:
        return f"c={self.c:g}, centred={self.centred}"

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Parameter]]:
        """The bare model's parameters under their own names."""
        return self.model.named_parameters(prefix, recurse, remove_duplicate)

    def state_dict(self, *args, destination=None, prefix: str = "", keep_vars: bool = False):
        """The bare model's state under its own names."""
        return self.model.state_dict(*args, destination=destination, prefix=prefix, keep_vars=keep_vars)

    def _load_from_state_dict(self, state_dict, prefix, *rest) -> None:
        for name in [name for name in state_dict if name.startswith(prefix)]:
            state_dict[f"{prefix}model.{name.removeprefix(prefix)}"] = state_dict.pop(name)
        if self.initial is not None:
            state_dict.update(self.initial.state_dict(prefix=f"{prefix}initial."))
        super()._load_from_state_dict(state_dict, prefix, *rest)


def _single(logits: torch.Tensor) -> torch.Tensor:
    return logits.float() if logits.dtype in LOW_PRECISION else logits
