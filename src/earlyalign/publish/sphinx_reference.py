"""A Sphinx extension for the reference: our docstrings through autodoc, and every signature with its source."""

from __future__ import annotations

import html
import inspect
import re
from enum import Enum
from importlib import import_module
from typing import Any

from sphinx.application import Sphinx

from earlyalign.publish.docstrings import as_rst, short

_SIGNATURE = re.compile(r'(?P<head><dt class="sig [^>]*id="(?P<name>[^"]+)">)(?P<rest>.*?</dt>)', re.DOTALL)
_SOURCE = re.compile(
    r'<a class="reference external" href="([^"]+)"><span class="viewcode-link">.*?</span></span></a>'
)
_NOT_PYTHON = {r"<function ([\w.]+)>": r"\1", r"<class '([\w.]+)'>": r"\1", r"<factory>": "..."}
"""Defaults as they are printed -> as they are written."""

_UNNAMED = "Alias for field number"
"""How Python documents the fields of a named tuple."""


def read_docstring(app: Sphinx, what: str, name: str, member: Any, options: Any, lines: list[str]) -> None:
    if isinstance(member, type) and issubclass(member, Enum):
        lines += ["", *(f"{each.name}  {each.value}" for each in member)]
    lines[:] = as_rst(lines)


def sign(
    app: Sphinx, what: str, name: str, member: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str, str | None]:
    """The signature as Python would have it; of an enumeration none, for that of its machinery says nothing."""
    if signature is None or (isinstance(member, type) and issubclass(member, Enum)):
        return "", returned
    for shown, written in _NOT_PYTHON.items():
        signature = re.sub(shown, written, signature)
    return signature, returned


def leave_out(app: Sphinx, what: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """True for a field that has no words of ours; None leaves it to autodoc."""
    return True if (getattr(member, "__doc__", None) or "").startswith(_UNNAMED) else None


def source_of(domain: str, info: dict[str, str]) -> str | None:
    """Where the source of a function, class or property stands, from a page of the reference; None where there is
    none."""
    from earlyalign.publish.reference import FOLDER
    from earlyalign.publish.source_pages import docname  # loads every item: not where no page is read

    first, *inner = info["fullname"].split(".")
    member: Any = getattr(import_module(info["module"]), first)
    for name in inner:
        member = inspect.getattr_static(member, name, None)
    member = (
        getattr(member, "fget", None) or getattr(member, "func", None) or getattr(member, "__func__", member)
    )
    try:
        member = inspect.unwrap(member)
        line = inspect.getsourcelines(member)[1]
    except (TypeError, OSError):
        return None
    return f"{'../' * (FOLDER.count('/') + 1)}{docname(member.__module__)}.html#L{line}"


def link_to_source(app: Sphinx, config: Any) -> None:
    config.linkcode_resolve = source_of


def mend_signatures(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    """Sphinx puts the parameters of a long signature into a list without terms, and calls all links to sources the
    same; they go to the head of the signature."""
    if context.get("body"):
        context["body"] = _SIGNATURE.sub(_mended, context["body"])


def _mended(signature: re.Match) -> str:
    rest = signature["rest"]
    for old, new in (("dl", "ea-parameters"), ("dd", "ea-parameter")):
        rest = rest.replace(f"<{old}>", f'<span class="{new}">').replace(f"</{old}>", "</span>")
    source = _SOURCE.search(rest)
    if source is None:
        return signature["head"] + rest
    told = html.escape(f"source of {short(signature['name'])}")
    link = f'<a class="ea-to-source" aria-label="{told}" href="{source[1]}">source</a>'
    return signature["head"] + link + rest.replace(source[0], "")


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.linkcode")
    app.connect("config-inited", link_to_source)
    app.connect("autodoc-process-docstring", read_docstring)
    app.connect("autodoc-process-signature", sign)
    app.connect("autodoc-skip-member", leave_out)
    app.connect("html-page-context", mend_signatures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
