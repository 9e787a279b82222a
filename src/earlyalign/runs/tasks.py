"""What an engine is given: tasks, each with a name in the store and a call that makes its bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Task(Protocol):
    """One unit of work.

    key    its name in the store
    label  short text for the progress bar
    call   a function of some module and its arguments; called in whatever process, it gives packed bytes

    It may also tell its ``kind``, by which its cost is known (``kinds`` if it does several runs), and in ``after``
    the keys of tasks that it goes on from.
    """

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def call(self) -> tuple[Callable[..., bytes], *tuple[Any, ...]]: ...


class Shared:
    """Base of arguments that are large and the same for many tasks: a cluster sends them once."""
