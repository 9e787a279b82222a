"""What a command about the book needs besides the package: a checkout, and perhaps the extra `book`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.util import find_spec

from earlyalign.errors import UserError
from earlyalign.runs.paths import project_root

BOOK = ("jupyter_book", "jupytext", "papermill", "bs4")
"""Modules that come with the extra `book`, one of each kind."""


def in_checkout(command: Callable) -> Callable:
    """`command`, which raises UserError outside a checkout before it begins."""

    @functools.wraps(command)
    def checked(*arguments, **named):
        project_root()
        return command(*arguments, **named)

    return checked


def with_book(command: Callable) -> Callable:
    """`command`, which raises UserError outside a checkout, and where the extra `book` is not installed."""

    @functools.wraps(command)
    def checked(*arguments, **named):
        project_root()
        absent = [name for name in BOOK if find_spec(name) is None]
        if absent:
            raise UserError(
                f"this needs the packages of the book ({', '.join(absent)}): pip install -e '.[book]'"
            )
        return command(*arguments, **named)

    return checked
