"""Docstrings: every public thing of the library has one, and what the reference makes of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from typing import Any

import docutils.core
import pytest

from earlyalign.publish.docstrings import ROOMS, as_rst, strays
from earlyalign.publish.reference import modules_of, public

MODULES = [module for room in ROOMS for module in modules_of(f"earlyalign.{room}")]


def methods(owner: type) -> Iterator[tuple[str, Any]]:
    """The public methods and properties that a class defines."""
    for name, member in vars(owner).items():
        if isinstance(member, property):
            member = member.fget
        elif isinstance(member, cached_property):
            member = member.func
        member = inspect.unwrap(getattr(member, "__func__", member))
        own = getattr(member, "__qualname__", "") == f"{owner.__qualname__}.{name}"
        if not name.startswith("_") and own and inspect.isfunction(member):
            yield name, member


def documented(module: Any, names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """A module and everything public in it, by name."""
    yield "the module", module
    for name, member in names.items():
        yield name, member
        if inspect.isclass(member):
            yield from ((f"{name}.{method}", each) for method, each in methods(member))


def undocumented(module: Any, names: dict[str, Any]) -> list[str]:
    """What has no docstring of its own; that of a dataclass, made of its fields, is none."""
    return [
        name
        for name, member in documented(module, names)
        if not (member.__doc__ or "").strip()
        or (inspect.isclass(member) and member.__doc__.startswith(f"{name}("))
    ]


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_has_a_docstring(module):
    assert undocumented(import_module(module), public(module)) == []


@pytest.mark.parametrize("module", MODULES)
def test_lists_of_fields_are_whole(module):
    told = {
        name: strays((inspect.getdoc(member) or "").splitlines())
        for name, member in documented(import_module(module), public(module))
    }
    assert {name: lines for name, lines in told.items() if lines} == {}


def test_what_has_no_docstring_is_found():
    class Bare:
        def method(self):
            return None

        @property
        def value(self):
            return None

        def _private(self):
            return None

    assert undocumented(import_module("earlyalign.data"), {"Bare": Bare}) == [
        "Bare",
        "Bare.method",
        "Bare.value",
    ]


DOCSTRING = """|<x, e_1>| of *one* sample_; a list of `Mixture` and ``a = b``: see `theory.ols.two_ols`.

inputs         (n, d), one a row
first, second  of the two,
               with `x`

The sum over j < n of

    h[j] = sum_i  a_i * w_i

stays. (a) No list:: at all.
"""


def rendered(lines: list[str]):
    """The lines as docutils reads them, with Sphinx's role as plain text. Raises for whatever it complains of."""
    plain = [line.replace(":py:obj:", "") for line in lines]
    return docutils.core.publish_doctree("\n".join(plain), settings_overrides={"halt_level": 1})


def test_prose_is_read_as_prose():
    document = rendered(as_rst(DOCSTRING.splitlines()))
    first = next(iter(document.findall(lambda node: node.tagname == "paragraph"))).astext()
    assert first.startswith("|<x, e_1>| of *one* sample_; a list of Mixture <Mixture> and a = b: see")
    assert document.children[-1].astext() == "stays. (a) No list:: at all."


def test_fields_are_a_list_of_terms():
    document = rendered(as_rst(DOCSTRING.splitlines()))
    terms = [node.astext() for node in document.findall(lambda node: node.tagname == "term")]
    texts = [node.astext() for node in document.findall(lambda node: node.tagname == "definition")]
    assert terms == ["inputs", "first, second"]
    assert texts == ["(n, d), one a row", "of the two, with x <x>"]


def test_a_formula_keeps_its_layout():
    document = rendered(as_rst(DOCSTRING.splitlines()))
    (formula,) = document.findall(lambda node: node.tagname == "literal_block")
    assert formula.astext() == "h[j] = sum_i  a_i * w_i"


def test_names_become_links_and_code_stays_code():
    (line, *_) = as_rst(["Of `Mixture`, ``a = b``, `theory.ols.two_ols`, `f(x)` and `frame.index`."])
    assert ":py:obj:`Mixture <Mixture>`" in line
    assert ":py:obj:`theory.ols.two_ols <earlyalign.theory.ols.two_ols>`" in line
    assert ":py:obj:`frame.index <frame.index>`" in line
    assert "``a = b``" in line and "``f(x)``" in line


def test_a_field_one_space_from_its_text_is_noticed():
    assert strays(["one  thing", "other thing"]) == ["other thing"]
    assert strays(["one  thing", "     and more", "", "Prose."]) == []
