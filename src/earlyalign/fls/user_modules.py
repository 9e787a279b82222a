"""Functions of the user's own modules, by name: loaded and called, and what goes wrong in them in one line."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from earlyalign.errors import UserError

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def loaded(name: str) -> Callable:
    """The function that ``package.module:function`` names. Raises UserError if there is none, whatever the module does
    when it is imported."""
    module, colon, attribute = name.partition(":")
    if not colon or not _DOTTED.fullmatch(module) or not _DOTTED.fullmatch(attribute):
        raise UserError(f"{name!r}: write MODULE:FUNCTION, such as mypackage:make_model")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        named: Any = importlib.import_module(module)
        for part in attribute.split("."):
            named = getattr(named, part, None)
    except ModuleNotFoundError as error:
        if module == error.name or module.startswith(f"{error.name}."):
            raise UserError(f"{name!r}: {error}; run the command where {module} can be imported") from error
        raise UserError(f"{name!r}: {module} cannot be imported: {told(error)}") from error
    except (Exception, SystemExit) as error:
        raise UserError(f"{name!r}: {module} cannot be imported: {told(error)}") from error
    if not callable(named):
        raise UserError(f"{name!r}: {module} has no function {attribute}")
    return named


def called(name: str, function: Callable, *arguments: Any) -> Any:
    """What the function gives. Raises UserError for whatever it raises, ``sys.exit`` included, and for None."""
    try:
        given = function(*arguments)
    except (Exception, SystemExit) as error:
        wanted = ", ".join(["parameters", "step"][: len(arguments)])
        raise UserError(f"{name}({wanted}) failed: {told(error)}") from error
    if given is None:
        raise UserError(f"{name}() gave nothing back: does it lack a return?")
    return given


def told(error: BaseException) -> str:
    """Kind and message of an error, and where in the user's files it was raised."""
    if isinstance(error, SystemExit):
        return f"it called sys.exit({error.code!r}){_place(error)}"
    if isinstance(error, SyntaxError):
        return (
            f"{type(error).__name__}: {error.msg} ({Path(error.filename or '?').name}, line {error.lineno})"
        )
    return f"{type(error).__name__}: {' '.join(str(error).split())}{_place(error)}"


def _place(error: BaseException) -> str:
    own = Path(__file__).resolve().parents[1]
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if own not in Path(frame.filename).resolve().parents and not frame.filename.startswith("<")
        and "importlib" not in Path(frame.filename).parts
    ]  # fmt: skip
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
