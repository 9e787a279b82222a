"""Whether the user's functions reach the processes that are to run them, said before anything is computed."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

from earlyalign.errors import UserError

GUARD = (
    "in a script, everything that starts the sweep must stand under `if __name__ == '__main__':`, for each worker "
    "process reads the script again"
)
MODULE = "put the functions into a module (a file of their own), import them from there, and run where workers find it"


def refuse_in_a_starting_worker() -> None:
    """Raise UserError in a worker process that reads a script without a main guard again."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise UserError(f"the sweep is started again by its own worker: {GUARD}")


def check_reach(executor: Executor, functions: Sequence[Callable]) -> None:
    """Raise UserError, in one line that says how to mend it, unless a worker of `executor` can load `functions`."""
    local = isinstance(executor, ProcessPoolExecutor)
    if local and not Path(getattr(sys.modules["__main__"], "__file__", None) or "").is_file():
        for function in functions:
            if getattr(function, "__module__", None) == "__main__":
                raise UserError(
                    f"{_name(function)} is defined in a notebook, which other processes cannot see: {MODULE}"
                )
    try:
        blob = pickle.dumps(tuple(functions)) if local else None
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UserError(
            f"the functions cannot be sent to another process ({_line(error)}): {MODULE}"
        ) from error
    try:
        said = (
            executor.submit(_arrived, *functions).result()
            if blob is None
            else executor.submit(loaded, blob).result()
        )
    except BrokenExecutor as error:
        raise UserError(f"no worker process lived through its start: {GUARD} ({_line(error)})") from error
    except Exception as error:
        raise UserError(f"a worker cannot load the functions ({_line(error)}): {MODULE}") from error
    if said:
        raise UserError(f"a worker cannot load the functions ({said}): {MODULE}")


def loaded(blob: bytes) -> str:
    """What goes wrong when functions are loaded here; empty if nothing does."""
    try:
        pickle.loads(blob)
    except Exception as error:
        return _line(error)
    return ""


def _arrived(*_: Any) -> str:
    return ""


def _name(function: Callable) -> str:
    return getattr(function, "__qualname__", repr(function))


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
