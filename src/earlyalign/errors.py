"""Errors that are the user's to mend: one clear line, exit status 2, no traceback."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable

import pydantic

MOST_PROBLEMS = 3
"""Wrong values that one line names."""


class UserError(ValueError):
    """Something asked for does not exist or is out of range. The message names what is allowed."""


def unknown(kind: str, given: object, allowed: Iterable[object]) -> UserError:
    """The error for a name that is not among `allowed`."""
    return UserError(f"unknown {kind} {given!r}; allowed: {', '.join(str(name) for name in allowed)}")


def invalid_params(owner: str, error: pydantic.ValidationError, names: Iterable[str]) -> UserError:
    """One line out of pydantic's report on the parameters of `owner`, whose fields are `names`: the first few
    problems, long values cut short."""
    problems = []
    for entry in error.errors(include_url=False):
        field = ".".join(str(part) for part in entry["loc"])
        if entry["type"] == "extra_forbidden":
            return unknown(f"parameter of {owner}", field, names)
        message = entry["msg"].removeprefix("Value error, ")
        said = f"{message[0].lower()}{message[1:]}"
        problems.append(f"{field} = {reprlib.repr(entry['input'])}: {said}" if field else said)
    more = f"; and {len(problems) - MOST_PROBLEMS} more" if len(problems) > MOST_PROBLEMS else ""
    return UserError(f"{owner}: {'; '.join(problems[:MOST_PROBLEMS])}{more}")
