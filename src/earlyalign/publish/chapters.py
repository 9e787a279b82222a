"""Chapters: pages of the table of contents, and what their notebooks say about items and figures."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jupytext
import nbformat

from earlyalign.errors import UserError, unknown
from earlyalign.items.manifest import MODULES, everything
from earlyalign.runs.paths import project_root
from earlyalign.strict_yaml import read_yaml

FIGURE_TAG = "figure:"


@dataclass(frozen=True)
class Chapter:
    """One page of the book.

    docname  path below the project root without its suffix, such as ``book/simplicity_bias/setting``
    path     its Markdown file, the master
    """

    docname: str
    path: Path

    @property
    def name(self) -> str:
        """The last part of the docname, which is what one types."""
        return self.docname.rsplit("/", 1)[-1]

    @property
    def up(self) -> str:
        """From this page's HTML to the root of the site."""
        return "../" * self.docname.count("/")

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def is_notebook(self) -> bool:
        """Whether the Markdown is a paired notebook rather than a plain page."""
        return self.text.startswith("---") and "\njupytext:" in self.text.split("\n---", 1)[0]

    @cached_property
    def notebook(self) -> nbformat.NotebookNode:
        """The notebook that the Markdown stands for, without outputs."""
        return jupytext.reads(self.text, fmt="md:myst")

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """What the cell tagged ``parameters`` assigns, as plain data; empty for a plain page."""
        if not self.is_notebook:
            return {}
        source = "\n".join(cell.source for cell in self.notebook.cells if "parameters" in tags(cell))
        try:
            return literals(source)
        except (ValueError, SyntaxError) as error:
            raise UserError(
                f"{self.docname}.md: the parameters cell may hold plain assignments only"
            ) from error

    @property
    def items(self) -> list[str]:
        """Ids of the items that the parameters cell configures."""
        return [id for id in MODULES if variable(id) in self.defaults]

    @property
    def figures(self) -> list[str]:
        """Ids of the figures that its cells are tagged with, in order."""
        return [id for cell in self.notebook.cells if (id := figure_id(cell))] if self.is_notebook else []


def variable(id: str) -> str:
    """The name under which an item's parameters stand in a chapter: ``B-fig2`` -> ``B_fig2``."""
    return id.replace("-", "_")


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def figure_id(cell: nbformat.NotebookNode) -> str | None:
    """The figure that a cell is tagged with, or None."""
    figures = [tag.removeprefix(FIGURE_TAG) for tag in tags(cell) if tag.startswith(FIGURE_TAG)]
    return figures[0] if figures else None


def literals(source: str) -> dict[str, Any]:
    """The plain data that `source` assigns to names. Raises ValueError or SyntaxError for anything else."""
    values = {}
    for statement in ast.parse(source).body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            raise ValueError("not an assignment to a name")
        values[statement.targets[0].id] = ast.literal_eval(statement.value)
    return values


def table_of_contents() -> list[Chapter]:
    """Every page of ``_toc.yml``, in order. Raises UserError if one has no file."""
    root = project_root()
    toc = read_yaml(root / "_toc.yml", "_toc.yml")
    chapters = [Chapter(docname, root / f"{docname}.md") for docname in _docnames(toc)]
    for chapter in chapters:
        if not chapter.path.is_file():
            raise UserError(f"_toc.yml names {chapter.docname}, but {chapter.docname}.md does not exist")
    return chapters


def _docnames(node: Any) -> list[str]:
    if isinstance(node, list):
        return [docname for entry in node for docname in _docnames(entry)]
    if not isinstance(node, dict):
        return []
    own = [node[key] for key in ("root", "file") if key in node]
    return own + [
        docname for key in ("parts", "chapters", "sections") for docname in _docnames(node.get(key))
    ]


def figure_name(chapter: Chapter, id: str, chapters: Sequence[Chapter]) -> str:
    """The name that figure `id` goes by on the page of `chapter`, for references and as its place there.

    A figure shown on several pages is ``fig-<id>`` on its item's own page, and ``fig-<id>-<page>`` on the others.
    """
    homes = {figure.id: f"book/{item.chapter}" for item in everything() for figure in item.figures}
    showing = [other.docname for other in chapters if id in other.figures]
    home = homes.get(id) if homes.get(id) in showing else showing[0]
    return f"fig-{id}" if chapter.docname == home else f"fig-{id}-{chapter.name}"


def find_chapter(name: str, chapters: list[Chapter]) -> Chapter:
    """The chapter called `name`, by its last part or its whole docname. Raises UserError if there is none."""
    wanted = name.removesuffix(".md")
    for chapter in chapters:
        if wanted in (chapter.name, chapter.docname, chapter.docname.removeprefix("book/")):
            return chapter
    raise unknown("chapter", name, [chapter.name for chapter in chapters])
