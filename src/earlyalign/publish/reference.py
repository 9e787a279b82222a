"""The reference: pages of the book that name modules, and what of a module they show.

``<!-- reference earlyalign.theory.ols -->`` on a page stands for a module: what it says of itself, then its public
functions and classes. ``<!-- reference earlyalign.fls: sweep, Sweep -->`` stands for these two alone. Sphinx's autodoc
reads their docstrings.
"""

from __future__ import annotations

import html
import inspect
import pkgutil
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from earlyalign.publish.chapters import Chapter
from earlyalign.publish.docstrings import short

FOLDER = "book/reference"
"""Where the pages lie."""

OVERVIEW = "<!-- reference overview -->"
"""Stands for a list of all that is on the page."""

_MARK = re.compile(
    r"^<!-- reference (?P<module>earlyalign[\w.]*)(?:: (?P<names>[\w, ]+))? -->$", re.MULTILINE
)


def public(module: str) -> dict[str, Any]:
    """Name -> function or class that the module shows: what it lists in ``__all__``, else what it defines without an
    underscore, in order."""
    loaded = import_module(module)
    if hasattr(loaded, "__all__"):
        listed = {name: getattr(loaded, name) for name in loaded.__all__}
        return {name: member for name, member in listed.items() if _is_shown(member)}
    return {
        name: member
        for name, member in vars(loaded).items()
        if not name.startswith("_") and _is_shown(member) and member.__module__ == module
    }


def modules_of(package: str) -> list[str]:
    """The package and every module in it without an underscore, such as ``earlyalign.theory.ols``."""
    walked = pkgutil.walk_packages(import_module(package).__path__, f"{package}.")
    return [package, *(each.name for each in walked if "._" not in each.name)]


def shown(chapters: Sequence[Chapter]) -> dict[str, list[str]]:
    """Module -> the names in it that the pages of the reference show."""
    names_of: dict[str, list[str]] = {}
    for chapter in chapters:
        if chapter.docname.startswith(FOLDER):
            for mark in _MARK.finditer(chapter.text):
                names_of.setdefault(mark["module"], []).extend(_names(mark))
    return names_of


def sources(chapters: Sequence[Chapter]) -> set[str]:
    """The modules in which what the reference shows is defined."""
    return {
        inspect.unwrap(getattr(import_module(module), name)).__module__
        for module, names in shown(chapters).items()
        for name in names
    }


def filled(text: str, href: Callable[[str], str]) -> str:
    """A page with what it shows in the place of its marks. `href` gives the page of a module's source."""
    marks = list(_MARK.finditer(text))
    listed = f'<ul class="ea-contents" aria-label="On this page">{"".join(map(_listed, marks))}</ul>'
    text = text.replace(OVERVIEW, f"```{{raw}} html\n{listed}\n```")
    return _MARK.sub(lambda mark: _objects(mark) if mark["names"] else _module(mark, href), text)


def _is_shown(member: Any) -> bool:
    """Whether it is a class or a function, compiled ones included. Numba's intrinsics are neither."""
    return inspect.isclass(member) or inspect.isroutine(member)


def _names(mark: re.Match) -> list[str]:
    return re.split(r",\s*", mark["names"]) if mark["names"] else list(public(mark["module"]))


def _listed(mark: re.Match) -> str:
    """The line of a mark in the overview: the module, and what is shown of it."""
    module = mark["module"]
    room = short(module) if mark["names"] else f'<a href="#module-{module}">{short(module)}</a>'
    links = [f'<a href="#{module}.{name}"><code>{html.escape(name)}</code></a>' for name in _names(mark)]
    return f"<li><span>{room}</span> <span>{' '.join(links)}</span></li>"


def _module(mark: re.Match, href: Callable[[str], str]) -> str:
    module = mark["module"]
    return f"""### `{short(module)}`

```{{raw}} html
<p class="ea-source-way"><a href="{href(module)}">{module.rpartition(".")[2]}.py</a></p>
```

```{{eval-rst}}
.. automodule:: {module}
   :members: {", ".join(_names(mark))}
```"""


def _objects(mark: re.Match) -> str:
    loaded = import_module(mark["module"])
    lines = ["```{eval-rst}", f".. currentmodule:: {mark['module']}"]
    for name in _names(mark):
        member = getattr(loaded, name)
        kind = "autofunction" if not inspect.isclass(member) else "autoclass"
        kind = "autoexception" if inspect.isclass(member) and issubclass(member, BaseException) else kind
        lines += ["", f".. {kind}:: {name}", *(["   :members:"] if inspect.isclass(member) else [])]
    return "\n".join([*lines, "```"])
