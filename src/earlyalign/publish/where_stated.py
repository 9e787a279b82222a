"""Where the book states each part of the ledger, or else draws it: the targets of links to it.

A directive such as ``prf:lemma`` says which part it stands for by its class, ``:class: item-B-lemF4``. A part
that no directive names is at home at its figure, and one without a figure at the end of its chapter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from docutils.nodes import make_id

from earlyalign.errors import unknown
from earlyalign.items.item import Item
from earlyalign.items.manifest import LEDGER, load
from earlyalign.publish.chapters import Chapter, figure_name

CLASS = "item-"
_DIRECTIVE = re.compile(r"^(?:`{3,}|:{3,})\{prf:(\w+)\}[ ]*(.*)\n((?::[\w-]+:.*\n)*)", re.MULTILINE)
_OPTION = re.compile(r"^:([\w-]+):[ ]*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """A directive that states something.

    kind   ``lemma`` in ``prf:lemma``
    label  its name, which is also its anchor on the page; empty if it has none
    parts  ids of the ledger that it stands for
    """

    kind: str
    title: str
    label: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class LinkTarget:
    """A spot on a page of the site: its docname, its anchor there, and what a link to it says."""

    docname: str
    anchor: str
    title: str

    @property
    def href(self) -> str:
        """Its address below the root of the site."""
        return f"{self.docname}.html#{self.anchor}"


def statements(chapter: Chapter) -> list[Statement]:
    """The statements of a chapter, in order. Raises UserError for a part that is not in the ledger."""
    return [_statement(match) for match in _DIRECTIVE.finditer(chapter.text)]


def mark_statements(text: str, write: Callable[[Statement], str]) -> str:
    """`text` with ``write(statement)`` as first paragraph of every directive that stands for a part."""

    def marked(match: re.Match[str]) -> str:
        statement = _statement(match)
        return f"{match[0]}\n{write(statement)}\n\n" if statement.parts else match[0]

    return _DIRECTIVE.sub(marked, text)


def stated(chapters: Sequence[Chapter]) -> dict[str, list[LinkTarget]]:
    """Part -> the directives that stand for it, in the order of the book."""
    targets: dict[str, list[LinkTarget]] = {}
    for chapter in chapters:
        for statement in statements(chapter):
            for part in statement.parts:
                target = LinkTarget(chapter.docname, statement.label, statement.title or statement.kind)
                targets.setdefault(part, []).append(target)
    return targets


def drawn_parts(item: Item, figure: str, chapters: Sequence[Chapter]) -> list[str]:
    """The parts of `item` that a figure of it shows: its namesake, else those that nothing else stands for."""
    if figure in item.parts:
        return [figure]
    named = {*stated(chapters), *(drawn.id for drawn in item.figures)}
    return [part for part in item.parts if len(item.parts) == 1 or part not in named]


def link_targets(chapters: Sequence[Chapter]) -> dict[str, list[LinkTarget]]:
    """Every part of the ledger that the book shows -> its statements, or else its figures, or else a note."""
    targets = stated(chapters)
    for part in LEDGER:
        if part not in targets:
            targets[part] = _drawn(part, chapters) or _noted(part, chapters)
    return targets


def _drawn(part: str, chapters: Sequence[Chapter]) -> list[LinkTarget]:
    item = load(part)
    own = [figure.id for figure in item.figures if part in drawn_parts(item, figure.id, chapters)]
    return [
        LinkTarget(chapter.docname, make_id(name), f"figure {id}")
        for chapter in chapters
        for id in chapter.figures
        if id in own and (name := figure_name(chapter, id, chapters)) == f"fig-{id}"
    ]


def _noted(part: str, chapters: Sequence[Chapter]) -> list[LinkTarget]:
    home = f"book/{load(part).chapter}"
    return [
        LinkTarget(chapter.docname, code_note(part), "end of the chapter")
        for chapter in chapters
        if chapter.docname == home
    ]


def code_note(part: str) -> str:
    """The anchor of a part's links at the end of its chapter."""
    return f"code-{part}"


def _statement(match: re.Match[str]) -> Statement:
    kind, title, options = match.groups()
    given = dict(_OPTION.findall(options))
    classes = given.get("class", "").split()
    parts = tuple(name.removeprefix(CLASS) for name in classes if name.startswith(CLASS))
    for part in parts:
        if part not in LEDGER:
            raise unknown(f"part in the class of {title or kind!r}", part, LEDGER)
    return Statement(kind, title.strip(), given.get("label", "").strip(), parts)
