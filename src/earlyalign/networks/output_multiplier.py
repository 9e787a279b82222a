"""The output multiplier: f -> c f around any network, the knob of feature learning strength.

Small c is strong feature learning, large c is weak (lazy). With `centred`, c (f - f_0): the output at
initialisation is taken off, so that every c starts at the same prediction.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

LOW_PRECISION = (torch.float16, torch.bfloat16)

_MEMBERS = ("_parameters", "_buffers", "_modules", "_non_persistent_buffers_set")
_OWN = {"model": "_bare", "initial": "_start", "c": "_multiplier", "centred": "_centred"}


def checked_multiplier(c: float) -> float:
    """`c` as a float. Raises ValueError unless it is positive and finite."""
    value = float(c)
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"c = {c} must be a positive, finite number")
    return value


class OutputMultiplier(nn.Module):
    """c f(x), or c (f(x) - f_0(x)), for a network f whose output is logits.

    model    any module; its parameters are trained as before
    c        positive and finite; may be set later
    centred  take off f_0, a frozen copy of `model` as it is now. It follows train() and eval(), so that batch
             statistics agree; with dropout, f and f_0 draw different masks and f - f_0 does not start at zero

    It has the members of `model`, parameters, buffers and children, as its own and not as those of a child. So whatever
    goes by names, from `state_dict` to `functional_call` and `torch.export`, finds the bare model's, and checkpoints
    go both ways. The attributes `model`, `initial`, `c` and `centred` give way to members of `model` of these names.
    f_0 is no member: to resume a centred run, wrap the model at its initial weights and then load. Logits in half
    precision come back in single, since c may lie below what half precision holds.

    Raises ValueError for a c that is not positive and finite, and for a centred model with lazy layers that saw no
    input yet, since f_0 would draw weights of its own.
    """

    def __init__(self, model: nn.Module, c: float, centred: bool = False) -> None:
        super().__init__()
        if centred and any(map(is_lazy, [*model.parameters(), *model.buffers()])):
            raise ValueError("a centred model with lazy layers must see one batch before it is wrapped")
        self.__dict__.update(
            _bare=model,
            _multiplier=checked_multiplier(c),
            _centred=centred,
            _start=copy.deepcopy(model).requires_grad_(False) if centred else None,
            training=model.training,
            **{name: getattr(model, name) for name in _MEMBERS},
        )

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if (kept := _OWN.get(name)) in self.__dict__:
                return self.__dict__[kept]
            raise

    def __setattr__(self, name: str, value: Any) -> None:
        if self.__dict__.get("_is_replica"):
            super().__setattr__(name, value)
            setattr(self._bare, name, value)
        elif name not in _OWN or any(name in self.__dict__[members] for members in _MEMBERS[:3]):
            super().__setattr__(name, value)
        elif name == "c":
            self.__dict__["_multiplier"] = checked_multiplier(value)
        else:
            raise AttributeError(f"{name} is set when the model is wrapped: wrap it again")

    def forward(self, *inputs, **named) -> torch.Tensor:
        """c f, or c (f - f_0), at what `model` takes. Half precision becomes single."""
        logits = _single(self._bare(*inputs, **named))
        if self._start is not None:
            with torch.no_grad():
                start = _single(self._start_near(logits)(*inputs, **named))
            logits = logits - start
        return self._multiplier * logits

    def _start_near(self, logits: torch.Tensor) -> nn.Module:
        return copy.deepcopy(self._start).to(logits.device) if hasattr(self, "_is_replica") else self._start

    def extra_repr(self) -> str:
        """c and `centred`, as they stand in the printed module."""
        return f"c={self._multiplier:g}, centred={self._centred}"

    def train(self, mode: bool = True) -> OutputMultiplier:
        """Put f, and f_0 with it, into training mode, or into evaluation mode for `mode` = False."""
        self.training = mode
        for network in self._networks():
            network.train(mode)
        return self

    def _networks(self) -> list[nn.Module]:
        return [self._bare] if self._start is None else [self._bare, self._start]

    def _apply(self, function: Callable, recurse: bool = True) -> OutputMultiplier:
        for network in self._networks():
            network._apply(function, recurse)
        return self

    def state_dict(self, *args, destination=None, prefix: str = "", keep_vars: bool = False):
        """The bare model's state under its own names."""
        return self._bare.state_dict(*args, destination=destination, prefix=prefix, keep_vars=keep_vars)

    def _load_from_state_dict(self, *words) -> None:
        self._bare._load_from_state_dict(*words)

    def _replicate_for_data_parallel(self) -> OutputMultiplier:
        """A replica with a bare model of its own, so that no device computes with another's weights."""
        replica = super()._replicate_for_data_parallel()
        bare = self._bare._replicate_for_data_parallel()
        bare.__dict__.update({name: replica.__dict__[name] for name in _MEMBERS})
        replica.__dict__["_bare"] = bare
        return replica


def _single(logits: torch.Tensor) -> torch.Tensor:
    return logits.float() if logits.dtype in LOW_PRECISION else logits
