"""The code as pages of the site: every module that an item rests on or that the reference shows, coloured, with the
ways back to the chapters.

A part of the ledger leads to the function that judges it, which is the one that names its claims. There the page
is cut open for a line of links: to the statement in its chapter, and to the part's row in the report.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import jinja2
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from earlyalign.items.item import Item
from earlyalign.items.manifest import LEDGER, MODULES, everything, load
from earlyalign.publish.chapters import Chapter
from earlyalign.publish.reference import sources
from earlyalign.publish.where_stated import LinkTarget, link_targets
from earlyalign.runs.code_hash import PACKAGE, closure, import_graph

FOLDER = "code"
"""Where the pages stand below the root of the site."""


@dataclass(frozen=True)
class Spot:
    """A line of a module."""

    module: str
    line: int


@dataclass(frozen=True)
class Part:
    """What a page says of one part: where the book shows it, and where it is judged."""

    id: str
    item: Item
    link_targets: Sequence[LinkTarget]
    judged: Spot

    @property
    def href(self) -> str:
        """Where its code stands, below the root of the site."""
        return code_href(self.id)

    @property
    def measured(self) -> str:
        """The module that measures it."""
        return self.item.compute.__module__


def docname(module: str) -> str:
    """The page of a module: ``earlyalign.theory.ols`` -> ``code/theory/ols``."""
    return "/".join([FOLDER, *module.split(".")[1:]])


def module_of(item: Item) -> str:
    """The module whose ``ITEM`` it is."""
    return f"{PACKAGE}.{MODULES[item.id]}"


def module_href(item: Item) -> str:
    """The page of an item's module, below the root of the site."""
    return f"{docname(module_of(item))}.html"


def code_href(part: str) -> str:
    """Where the code that judges `part` stands, below the root of the site."""
    return f"{docname(judged_at(part).module)}.html#{part}"


@cache
def source(module: str) -> str:
    return inspect.getsource(import_module(module))


def supporting(module: str) -> list[str]:
    """`module` and all of the package's code behind it."""
    return closure(module) if module in import_graph().modules else [module]


@cache
def judged_at(part: str) -> Spot:
    """The first function of the item's module, or of one beside it, that names the claims of `part`.

    Where none spells the name out, it is the item's function for all claims.
    """
    item = load(part)
    own = module_of(item)
    room = own.rpartition(".")[0]
    beside = [name for name in supporting(own) if name.startswith(f"{room}.") and name != own]
    for module in (own, *beside):
        for function in _functions(module):
            texts = [text for text in map(_text, ast.walk(function)) if text]
            if any(text == part or text.startswith(f"{part}/") for text in texts):
                return Spot(module, _first_line(function))
    named = [function for function in _functions(own) if function.name == item.claims.__name__]
    return Spot(own, _first_line(named[0]) if named else 1)


def _functions(module: str) -> list[ast.FunctionDef]:
    """The functions at the top of a module."""
    return [node for node in ast.parse(source(module)).body if isinstance(node, ast.FunctionDef)]


def _first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def source_pages(chapters: Sequence[Chapter], report: str) -> dict[str, str]:
    """Docname -> HTML of the page's body, for every module that an item rests on or that the reference shows."""
    shown = link_targets(chapters)
    parts = [Part(id, load(id), shown[id], judged_at(id)) for id in LEDGER]
    modules = {module_of(item): supporting(module_of(item)) for item in everything()}
    behind = {name for names in modules.values() for name in names if name != PACKAGE}
    every = sorted(behind | sources(chapters))
    every = [name for name in every if not _is_package(name)]
    template = _template()
    pages = {}
    for module in every:
        users = [item for item in everything() if module in modules[module_of(item)]]
        pages[docname(module)] = template.render(
            module=module,
            up="../" * docname(module).count("/"),
            report=report,
            checks=[part for part in parts if module in (part.judged.module, module_of(part.item))],
            users=[item for item in users if module_of(item) != module],
            href=module_href,
            pages={name: docname(name) for name in every},
            blocks=_blocks(module, parts, every),
        )
    return pages


def _blocks(
    module: str, parts: Sequence[Part], known: Sequence[str]
) -> list[tuple[list[Part], list[tuple[int, str]]]]:
    """The module's lines, cut where parts are judged: the parts of each cut, then numbered lines of HTML."""
    lines = highlight(source(module), PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).splitlines()
    numbered = list(enumerate(_linked(module, lines, known), start=1))
    here = [part for part in parts if part.judged.module == module]
    cuts = sorted({part.judged.line for part in here} | {1})
    ends = [*cuts[1:], len(numbered) + 1]
    return [
        ([part for part in here if part.judged.line == cut], numbered[cut - 1 : end - 1])
        for cut, end in zip(cuts, ends)
    ]


def _linked(module: str, lines: list[str], known: Sequence[str]) -> list[str]:
    """The lines of HTML, with the name of each imported module of ours turned into a link to its page."""
    graph = import_graph()
    if module not in graph.modules:
        return lines
    up = "../" * docname(module).count("/")
    linked = list(lines)
    for imported in graph.find_modules_directly_imported_by(module):
        for detail in graph.get_import_details(importer=module, imported=imported):
            at = detail["line_number"] - 1
            named = f'<span class="nn">{imported}</span>'
            if imported in known:
                link = f'<a href="{up}{docname(imported)}.html">{named}</a>'
                linked[at] = linked[at].replace(named, link)
    return linked


def _is_package(module: str) -> bool:
    return Path(import_module(module).__file__ or "").name == "__init__.py"


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("code.html.j2")
