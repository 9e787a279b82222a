"""Errors that are the user's to mend: one clear line, exit status 2, no traceback."""

from __future__ import annotations

from collections.abc import Iterable

import pydantic


class UserError(ValueError):
    """Something asked for does not exist or is out of range. The message names what is allowed."""


def unknown(kind: str, given: object, allowed: Iterable[object]) -> UserError:
    """The error for a name that is not among `allowed`."""
    return UserError(f"unknown {kind} {given!r}; allowed: {', '.join(str(name) for name in allowed)}")


def invalid_params(owner: str, error: pydantic.ValidationError, names: Iterable[str]) -> UserError:
    """One line out of pydantic's report on the parameters of `owner`, whose fields are `names`."""
    problems = []
    for entry in error.errors(include_url=False):
        field = ".".join(str(part) for part in entry["loc"])
        if entry["type"] == "extra_forbidden":
            return unknown(f"parameter of {owner}", field, names)
        message = entry["msg"].removeprefix("Value error, ")
        said = f"{message[0].lower()}{message[1:]}"
        problems.append(f"{field} = {entry['input']!r}: {said}" if field else said)
    return UserError(f"{owner}: {'; '.join(problems)}")
