"""Parameters cells and notebook pairs, written from what they repeat: the site's profile and the Markdown.

Values live in ``book/profiles/ci.yaml`` alone. A chapter's parameters cell says which items it configures; their values
follow the profile. The Markdown is the master of its notebook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jupytext
from jupytext.combine import combine_inputs_with_outputs

from earlyalign.errors import UserError
from earlyalign.publish.chapters import Chapter, table_of_contents, variable
from earlyalign.publish.files import write
from earlyalign.publish.profiles import SITE, Profile, read_profile

WIDEST = 120
"""Columns of a line in a parameters cell before a list or a mapping takes one line an entry."""

SPREAD = 2
"""Levels of mappings that take one line an entry in any case: parameters, and what is grouped among them."""

INDENT = "    "
_CELL = re.compile(
    r"(^```\{code-cell\}[^\n]*\n:tags: \[[^\]\n]*\bparameters\b[^\]\n]*\]\n\n)(.*?)(^```$)",
    re.MULTILINE | re.DOTALL,
)


def sync(check: bool = False) -> list[Path]:
    """Write every chapter's parameters cell at the site's values, then its pair; the files that this changed.

    With `check` nothing is written. Raises UserError for a chapter whose parameters cell cannot be found or that
    configures an item that the site's profile does not run.
    """
    profile = read_profile(SITE)
    changed = []
    for chapter in table_of_contents():
        if chapter.is_notebook:
            text = with_values(chapter, profile)
            pair = chapter.path.with_suffix(".ipynb")
            changed += [
                path
                for path, content in ((chapter.path, text), (pair, paired(text, pair)))
                if _differs(path, content) and (check or write(path, content))
            ]
    return changed


def with_values(chapter: Chapter, profile: Profile) -> str:
    """The chapter's Markdown with the profile's values in its parameters cell; a cell that has them stays as it is."""
    if not chapter.defaults:
        return chapter.text
    absent = [id for id in chapter.items if id not in profile.values]
    if absent:
        raise UserError(
            f"{chapter.docname} configures {', '.join(absent)}, which profile {profile.name} does not run"
        )
    wanted = {**chapter.defaults, **{variable(id): profile.values[id] for id in chapter.items}}
    if repr(wanted) == repr(chapter.defaults):
        return chapter.text
    cell = "".join(f"{name} = {laid_out(value, 0, len(name) + 3)}\n" for name, value in wanted.items())
    text, cells = _CELL.subn(lambda match: f"{match[1]}{cell}{match[3]}", chapter.text)
    if cells != 1:
        raise UserError(f"{chapter.docname}.md: one code cell must have the line :tags: [parameters]")
    return text


def laid_out(value: Any, depth: int = 0, used: int = 0) -> str:
    """`value` as Python source, of which `depth` mappings are open and `used` columns of the line taken."""
    flat = _flat(value)
    spread = isinstance(value, Mapping) and depth < SPREAD
    if not value or not isinstance(value, Mapping | list) or (not spread and used + len(flat) < WIDEST):
        return flat
    inner, outer = INDENT * (depth + 1), INDENT * depth
    if isinstance(value, list):
        lines = [f"{inner}{laid_out(entry, depth + 1, len(inner))},\n" for entry in value]
        return f"[\n{''.join(lines)}{outer}]"
    named = {_flat(name): entry for name, entry in value.items()}
    lines = [
        f"{inner}{name}: {laid_out(entry, depth + 1, len(inner) + len(name) + 2)},\n"
        for name, entry in named.items()
    ]
    return f"{{\n{''.join(lines)}{outer}}}"


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return f"[{', '.join(_flat(entry) for entry in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_flat(name)}: {_flat(entry)}' for name, entry in value.items())}}}"
    return repr(value)


def paired(text: str, pair: Path) -> str:
    """The notebook that `text` stands for, without outputs; cells of the notebook at `pair` keep their ids."""
    notebook = jupytext.reads(text, fmt="md:myst")
    if pair.is_file():
        notebook = combine_inputs_with_outputs(notebook, jupytext.read(pair), fmt="md:myst")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.get("jupytext", {}).pop("text_representation", None)
    return jupytext.writes(notebook, fmt="ipynb").rstrip("\n") + "\n"


def _differs(path: Path, content: str) -> bool:
    return not path.is_file() or path.read_text(encoding="utf-8") != content
