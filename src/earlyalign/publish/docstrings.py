"""Docstrings as reStructuredText. Ours are plain prose, and what markup would read into them is escaped.

Three things have a shape of their own: `code` in backquotes, a list of fields (a name, two spaces or more, what it is,
with further lines indented), and a formula on indented lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

PACKAGE = "earlyalign"

ROOMS = ("data", "networks", "dynamics", "geometry", "theory", "items", "fls")
"""The packages that the reference covers. A name in a docstring may begin with one, as in `theory.ols`."""

FIELD = re.compile(r"(?P<name>\S+(?: \S+)*?) {2,}(?P<text>\S.*)")
"""The first line of a field."""

_CODE = re.compile(r"(``.+?``|`[^`]+`)")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_MARKUP = re.compile(r"([\\`*|_:@<])")
_INDENT = "   "


def short(name: str) -> str:
    """``earlyalign.theory.ols`` -> ``theory.ols``; the package itself keeps its name."""
    return name.removeprefix(f"{PACKAGE}.")


def as_rst(lines: Sequence[str]) -> list[str]:
    """The docstring of `lines` as lines of reStructuredText."""
    restructured: list[str] = []
    for kind, own in _pieces(lines):
        if kind == "fields":
            restructured += [".. container:: ea-fields", ""]
            for name, text in _fields(own):
                restructured += [f"{_INDENT}``{name}``", 2 * _INDENT + _prose(text)]
        elif kind == "formula":
            restructured += [".. code-block:: text", "", *(f"{_INDENT}{line[4:]}" for line in own)]
        elif kind == "prose":
            restructured += [_prose(" ".join(own))]
        restructured.append("")
    return restructured


def strays(lines: Sequence[str]) -> list[str]:
    """Lines that follow a field without being one, such as a field whose name is one space from its text."""
    return [
        own[0]
        for (kind, _), (following, own) in zip(_pieces(lines), _pieces(lines)[1:])
        if kind == "fields" and following != "blank"
    ]


def _pieces(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Runs of lines of one kind: fields, formula, prose, blank."""
    return [(kind, [line for _, line in run]) for kind, run in groupby(_kinds(lines), lambda pair: pair[0])]


def _kinds(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    kind = "blank"
    for line in lines:
        if not line.strip():
            kind = "blank"
        elif FIELD.fullmatch(line):
            kind = "fields"
        elif line.startswith("    "):
            kind = "fields" if kind == "fields" else "formula"
        elif line.startswith(" "):
            kind = "fields" if kind == "fields" else "prose"
        else:
            kind = "prose"
        yield kind, line


def _fields(lines: Sequence[str]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in lines:
        begun = FIELD.fullmatch(line)
        if begun:
            fields.append((begun["name"], begun["text"]))
        else:
            name, text = fields[-1]
            fields[-1] = (name, f"{text} {line.strip()}")
    return fields


def _prose(text: str) -> str:
    pieces = [
        _code(piece.strip("`"), piece.startswith("``")) if number % 2 else _MARKUP.sub(r"\\\1", piece)
        for number, piece in enumerate(_CODE.split(text))
    ]
    return "\\ " + "\\ ".join(piece for piece in pieces if piece)


def _code(text: str, verbatim: bool) -> str:
    """A name in single backquotes as a link to what it names, where the reference has that; other code as it is."""
    if verbatim or not _NAME.fullmatch(text):
        return f"``{text}``"
    whole = f"{PACKAGE}.{text}" if text.split(".")[0] in ROOMS and "." in text else text
    return f":py:obj:`{text} <{whole}>`"
