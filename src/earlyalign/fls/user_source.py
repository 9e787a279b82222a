"""What a user's functions and classes are, as a digest: their code, and the values that it reaches.

Code is followed through closures, defaults, globals, attributes of a user's own modules and base classes. What belongs
to a library is known by its name and version.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import inspect
import logging
import sys
import sysconfig
import types
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import torch
from torch import nn

from earlyalign.runs.code_hash import PACKAGE, closure_hash

PLAIN = (
    bool, int, float, complex, str, bytes, type(None), type(...), Enum, PurePath, range, slice, torch.dtype,
    torch.device, torch.Size, np.dtype,
)  # fmt: skip
_HIDDEN = (
    "__dict__", "__weakref__", "__doc__", "__module__", "__firstlineno__", "__static_attributes__", "__annotations__",
    "__dataclass_fields__", "__dataclass_params__", "__abstractmethods__", "_abc_impl",
)  # fmt: skip


class Source:
    """The digest of everything that was added, and `unseen`: what was reached and could not be read."""

    def __init__(self) -> None:
        self.unseen: list[str] = []
        self._known: dict[int, int] = {}
        self._kept: list[Any] = []
        self._digest = hashlib.sha256(f"python {sys.version_info[:2]}".encode())

    def hexdigest(self) -> str:
        """The digest so far, in hexadecimal digits."""
        return self._digest.hexdigest()

    def add(self, value: Any, where: str) -> None:
        """Take in `value`, called `where` if it has to be named among the unseen."""
        if isinstance(value, PLAIN):
            self._say(f"{type(value).__name__} {value!r}")
        elif id(value) in self._known:
            self._say(f"again {self._known[id(value)]}")
        else:
            self._known[id(value)] = len(self._known)
            self._kept.append(value)
            self._add_new(value, where)

    def _say(self, text: str) -> None:
        self._digest.update(text.encode() + b"\n")

    def _add_new(self, value: Any, where: str) -> None:
        if isinstance(value, torch.Tensor | np.ndarray | np.generic):
            self._say(f"array {digest_of(torch.as_tensor(value))}" if _numeric(value) else repr(value))
        elif isinstance(value, list | tuple):
            self._say(f"{type(value).__name__} of {len(value)}")
            for place, part in enumerate(value):
                self.add(part, f"{where}[{place}]")
        elif isinstance(value, set | frozenset):
            self._say(f"set {sorted(map(repr, value))}")
        elif isinstance(value, dict):
            self._add_named(((repr(key), part) for key, part in value.items()), where)
        elif isinstance(value, types.CodeType):
            self._add_code(value, where)
        elif isinstance(value, types.ModuleType):
            self._add_module(value)
        elif isinstance(value, type):
            self._add_class(value)
        elif inspect.isroutine(value) or isinstance(
            value, functools.partial | property | functools.cached_property
        ):
            self._add_routine(value, where)
        elif not isinstance(value, logging.Logger):
            self._add_object(value, where)

    def _add_named(self, pairs: Iterable[tuple[str, Any]], where: str) -> None:
        for name, part in sorted(pairs, key=lambda pair: pair[0]):
            self._say(name)
            self.add(part, f"{where}.{name}")

    def _add_routine(self, value: Any, where: str) -> None:
        if isinstance(value, property):
            value = (value.fget, value.fset)
        elif isinstance(value, functools.cached_property | staticmethod | classmethod):
            value = value.func if isinstance(value, functools.cached_property) else value.__func__
        elif isinstance(value, functools.partial):
            value = (value.func, value.args, value.keywords)
        elif isinstance(value, types.MethodType):
            value = (value.__func__, value.__self__)
        elif isinstance(value, types.FunctionType) and not (value.__module__ and _library(value.__module__)):
            self._add_function(value)
            return
        else:
            self._say(_name_of(value))
            if not (value := getattr(value, "__wrapped__", None)):
                return
        self.add(value, where)

    def _add_function(self, function: types.FunctionType) -> None:
        where = function.__qualname__
        self._add_code(function.__code__, where)
        self.add((function.__defaults__, function.__kwdefaults__), where)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            self._say(name)
            try:
                self.add(cell.cell_contents, f"{where}.{name}")
            except ValueError:
                self._say("empty")
        reached = set(_globals_of(function.__code__)) & set(function.__globals__)
        self._add_named(((name, function.__globals__[name]) for name in reached), where)
        if wrapped := getattr(function, "__wrapped__", None):
            self.add(wrapped, where)

    def _add_code(self, code: types.CodeType, where: str) -> None:
        self._say(f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {code.co_freevars}")
        for constant in code.co_consts:
            self.add(constant, where)

    def _add_module(self, module: types.ModuleType) -> None:
        self._say(_name_of(module))
        if not _library(module.__name__):
            own = ((name, value) for name, value in vars(module).items() if not name.startswith("__"))
            self._add_named(
                ((name, value) for name, value in own if not isinstance(value, types.ModuleType)),
                module.__name__,
            )

    def _add_class(self, kind: type) -> None:
        self._say(_name_of(kind))
        if _library(kind.__module__):
            return
        for base in kind.__bases__:
            self.add(base, kind.__qualname__)
        own = ((name, value) for name, value in vars(kind).items() if name not in _HIDDEN)
        self._add_named(
            (
                (name, value)
                for name, value in own
                if not isinstance(value, types.GetSetDescriptorType | types.MemberDescriptorType)
            ),
            kind.__qualname__,
        )

    def _add_object(self, value: Any, where: str) -> None:
        kind = type(value)
        self.add(kind, where)
        if isinstance(value, nn.Module):
            self.add_network(value, where)
        elif isinstance(value, Mapping):
            self._add_named(((repr(key), part) for key, part in value.items()), where)
        elif _library(kind.__module__) or not hasattr(value, "__dict__"):
            self.unseen.append(f"{where} ({kind.__module__}.{kind.__qualname__})")
        else:
            self._add_named(vars(value).items(), where)

    def add_network(self, network: nn.Module, where: str) -> None:
        """Its weights, and for every module its class and what it holds besides members."""
        self._say(
            digest_of(*(value for value in network.state_dict().values() if isinstance(value, torch.Tensor)))
        )
        for name, module in network.named_modules():
            self._say(name)
            self.add(type(module), name)
            hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
            held = {
                key: value for key, value in vars(module).items() if not key.startswith("_") or key in hooks
            }
            self._add_named(
                ((key, list(value.values()) if key in hooks else value) for key, value in held.items()),
                f"{where}.{name}".rstrip("."),
            )


def _globals_of(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _globals_of(constant)


def _name_of(value: Any) -> str:
    """Module and name, and what fixes the code behind them: our source, or a library's version."""
    module = (
        value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None) or ""
    )
    name = getattr(value, "__qualname__", getattr(value, "__name__", type(value).__name__))
    top = module.partition(".")[0]
    if top == PACKAGE:
        return f"{module} {name} {closure_hash(module)}"
    return f"{module} {name} {getattr(sys.modules.get(top), '__version__', '') if _library(module) else ''}"


@cache
def _library(module: str | None) -> bool:
    """Whether a module is Python's, an installed package's or ours, and not the user's own."""
    top = (module or "builtins").partition(".")[0]
    if top == "__main__" or top == "__mp_main__":
        return False
    if top == PACKAGE or top in sys.stdlib_module_names:
        return True
    file = getattr(sys.modules.get(top), "__file__", None)
    if file is None:
        paths = list(getattr(sys.modules.get(top), "__path__", []))
        file = paths[0] if paths else None
    if file is None:
        return top in sys.builtin_module_names
    homes = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib")}
    place = Path(file).resolve()
    return any(home in place.parents for home in homes) or "site-packages" in place.parts


def _numeric(value: Any) -> bool:
    return isinstance(value, torch.Tensor) or value.dtype.kind in "biufc"


def digest_of(*values: torch.Tensor) -> str:
    """Of kinds, shapes and bytes."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(f"{value.dtype}{tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
