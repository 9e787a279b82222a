"""The staged book, which the site builder reads: executed notebooks with captions, alt text and links."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml

from earlyalign.errors import UserError
from earlyalign.items.manifest import everything
from earlyalign.publish.assessed_items import AssessedItem
from earlyalign.publish.chapters import Chapter, figure_id, figure_name, literals, tags
from earlyalign.publish.execute import executed_path
from earlyalign.publish.files import prune, write
from earlyalign.publish.profiles import Profile
from earlyalign.publish.reference import filled
from earlyalign.publish.report import REPORT, fill_placeholders
from earlyalign.publish.source_pages import code_href, docname, module_href, source_pages
from earlyalign.publish.sphinx_extension import FINISHED
from earlyalign.publish.where_stated import Statement, code_note, drawn_parts, mark_statements
from earlyalign.runs.paths import build_root, project_root
from earlyalign.strict_yaml import read_yaml

IMAGES = ("image/svg+xml", "image/png", "image/jpeg")
ASSETS = (".bib", ".svg", ".png", ".jpg")
"""Files beside the chapters that their pages may use."""

SCALES = {"paper": "the paper's scale", "quick": "fewer sizes and seeds than the site has"}
_VERBATIM = re.compile(r"(\$[^$]*\$|`[^`]*`)")

LONGEST_SHOWN = 12
"""Lines of a parameters cell beyond which the page folds it."""

FOLDED = "hide-input"
HIDDEN = {FOLDED, "remove-cell", "remove-input"}
"""Tags of cells that the page does not show at once."""

IMAGE_CLASSES = "ea-figure dark-light"
"""``dark-light`` tells the theme that the image looks after its own dark mode."""


def stage_root(profile: str) -> Path:
    return build_root() / "stage" / profile


def stage(
    chapters: Sequence[Chapter],
    profile: Profile,
    assessed: Sequence[AssessedItem],
    report: Mapping[str, str],
    texts: Mapping[str, str] | None = None,
) -> Path:
    """The staged book of `profile`. `report` maps placeholders to HTML, `texts` to MyST. Writes only what changed.

    Raises UserError for an image without alt text or a figure that its item does not draw.
    """
    root, target = project_root(), stage_root(profile.name)
    by_figure = {
        figure["id"]: assessed_item for assessed_item in assessed for figure in assessed_item.data["figures"]
    }
    by_item = {assessed_item.item.id: assessed_item for assessed_item in assessed}
    contents: dict[Path, str | bytes] = {}
    for chapter in chapters:
        placed = {mark: text.replace("{up}", chapter.up) for mark, text in report.items()}
        if not chapter.is_notebook:
            text = filled(chapter.text, partial(source_href, chapter))
            text = mark_statements(text, partial(checked, chapter))
            for mark, written in (texts or {}).items():
                text = text.replace(mark, written.replace("{up}", chapter.up))
            contents[target / f"{chapter.docname}.md"] = fill_placeholders(text, placed)
            continue
        notebook = dress(chapter, _notebook(chapter, profile), chapters, by_figure, by_item)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                text = mark_statements(cell.source, partial(checked, chapter))
                cell.source = fill_placeholders(text, placed)
        contents[target / f"{chapter.docname}.ipynb"] = nbformat.writes(notebook) + "\n"
    for name, body in source_pages(chapters, REPORT).items():
        contents[target / FINISHED / f"{name}.html"] = body
    for path in sorted((Path(__file__).parent / "static").iterdir()):
        contents[target / "_static" / path.name] = path.read_bytes()
    for path in sorted(root.glob("book/**/*")):
        if path.suffix in ASSETS:
            contents[target / path.relative_to(root)] = path.read_bytes()
    contents[target / "_toc.yml"] = (root / "_toc.yml").read_text(encoding="utf-8")
    contents[target / "_config.yml"] = _config(root)
    for path, content in contents.items():
        write(path, content)
    prune(target, contents)
    return target


def _check_that_it_is_drawn(chapter: Chapter, id: str) -> None:
    """Refuse a figure that no item draws. One whose item was not computed is only not there yet."""
    drawn = [figure.id for item in everything() for figure in item.figures]
    if id not in drawn:
        raise UserError(f"{chapter.docname}: no item draws figure {id!r}; allowed: {', '.join(drawn)}")


def dress(
    chapter: Chapter,
    notebook: nbformat.NotebookNode,
    chapters: Sequence[Chapter],
    by_figure: Mapping[str, AssessedItem],
    by_item: Mapping[str, AssessedItem],
) -> nbformat.NotebookNode:
    """The executed notebook as the site shows it: one parameters cell, folded if long, numbered figures, downloads."""
    notebook.cells = _one_parameters_cell(chapter, notebook.cells)
    _fold_long_parameters(notebook.cells)
    for number, cell in enumerate(notebook.cells, start=1):
        id = figure_id(cell)
        if id is not None:
            if id not in by_figure:
                _check_that_it_is_drawn(chapter, id)
                continue
            cell.metadata["mystnb"] = _figure(chapter, id, by_figure[id], chapters)
        elif _has_image(cell):
            shown = cell.metadata.setdefault("mystnb", {}).setdefault("image", {})
            if not shown.get("alt"):
                raise UserError(
                    f"{chapter.docname}: cell {number} draws an image without alt text (mystnb.image.alt)"
                )
            shown["classes"] = f"{shown.get('classes', '')} {IMAGE_CLASSES}".strip()
    items = [by_item[id] for id in chapter.items if id in by_item]
    footer = nbformat.v4.new_markdown_cell(downloads(chapter, items), id="ea-downloads")
    notebook.cells.append(footer)
    return notebook


def downloads(chapter: Chapter, items: Sequence[AssessedItem]) -> str:
    """The links at a chapter's end: executed notebook, source, data of its items."""
    links = [
        _link(f"{chapter.up}notebooks/{chapter.docname}.ipynb", "executed notebook", download=True),
        _link(f"{chapter.up}notebooks/{chapter.docname}.md", "source", download=True),
    ]
    data = [
        f"<li>{assessed_item.item.id}: "
        + ", ".join(
            _link(f"{chapter.up}{assessed_item.href}/{name}.csv", f"{name}.csv", download=True)
            for name in assessed_item.data["tables"]
        )
        + "".join(
            f' · <span id="{code_note(part)}">{_link(f"{chapter.up}{code_href(part)}", f"code of {part}")}</span>'
            for part in assessed_item.item.parts
        )
        + "</li>"
        for assessed_item in items
    ]
    listed = f"<ul>{''.join(data)}</ul>" if data else ""
    return raw(
        '<aside class="ea-downloads" aria-label="Downloads">'
        f"<p>Take this chapter with you: {', '.join(links)}."
        f"{' The numbers behind its figures:' if data else ''}</p>{listed}</aside>"
    )


def raw(text: str) -> str:
    """HTML as a MyST block."""
    return f"```{{raw}} html\n{text}\n```"


def checked(chapter: Chapter, statement: Statement) -> str:
    """The line of links in a statement: the code that checks it, the verdicts."""
    report = f"{chapter.up}{REPORT}.html"
    links = [
        f"{part} "
        + _link(f"{chapter.up}{code_href(part)}", "code", of=part)
        + " "
        + _link(f"{report}#{part}", "verdicts", of=part)
        for part in statement.parts
    ]
    return f'<p class="ea-checked">{" · ".join(links)}</p>'


def source_href(chapter: Chapter, module: str) -> str:
    """From the page of `chapter` to the page of a module's source."""
    return f"{chapter.up}{docname(module)}.html"


def scale_note(assessed_item: AssessedItem) -> str:
    """What the caption says of the scale."""
    runs, seeds = assessed_item.data["runs"], assessed_item.data["seeds"]
    counted = f"{runs} run{'s' * (runs != 1)}, {seeds} seed{'s' * (seeds != 1)}"
    scale = SCALES.get(assessed_item.profile, "reduced scale")
    if assessed_item.profile == "quick":
        return f"Quick profile: {scale}; {counted}."
    return f"Profile {assessed_item.profile} ({scale}): {counted}."


def escaped(caption: str) -> str:
    """A caption in MyST whose text holds no HTML; formulas and code stay as they are."""
    pieces = _VERBATIM.split(caption)
    return "".join(
        piece if number % 2 else html.escape(piece, quote=False) for number, piece in enumerate(pieces)
    )


def _figure(
    chapter: Chapter, id: str, assessed_item: AssessedItem, chapters: Sequence[Chapter]
) -> dict[str, Any]:
    figure, name = assessed_item.figure(id), figure_name(chapter, id, chapters)
    folder, parts = f"{chapter.up}{assessed_item.href}", drawn_parts(assessed_item.item, id, chapters)
    tables = [
        _link(f"{folder}/{each}.csv", f"{each}.csv", download=True) for each in assessed_item.data["tables"]
    ]
    report = f"{chapter.up}{REPORT}.html"
    links = [
        "data: " + ", ".join(tables),
        _link(f"{folder}/sidecar.json", "provenance"),
        _link(f"{folder}/{id}.svg", "SVG") + " " + _link(f"{folder}/{id}.png", "PNG"),
        "verdicts: " + ", ".join(_link(f"{report}#{part}", part) for part in assessed_item.item.parts),
        *(_link(f"{chapter.up}{code_href(part)}", "code", of=part) for part in parts),
    ]
    if not parts:
        links.append(
            _link(f"{chapter.up}{module_href(assessed_item.item)}", "code", of=assessed_item.item.id)
        )
    note = f'<span class="ea-scale">{html.escape(scale_note(assessed_item))}</span>'
    caption = f'{escaped(figure["caption"])}\n\n{note} <span class="ea-links">{" · ".join(links)}</span>'
    return {
        "figure": {"name": name, "caption": caption},
        "image": {"alt": figure["alt"], "classes": IMAGE_CLASSES},
    }


def _link(href: str, text: str, download: bool = False, of: str = "") -> str:
    told = f' aria-label="{html.escape(f"{text} of {of}")}"' if of else ""
    return f'<a href="{html.escape(href)}"{" download" * download}{told}>{html.escape(text)}</a>'


def _notebook(chapter: Chapter, profile: Profile) -> nbformat.NotebookNode:
    path = executed_path(chapter, profile.name)
    if path.is_file():
        return nbformat.read(path, as_version=4)
    notebook = jupytext.reads(chapter.text, fmt="md:myst")
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return notebook


def _one_parameters_cell(chapter: Chapter, cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    injected = [cell for cell in cells if "injected-parameters" in tags(cell)]
    if not injected:
        return cells
    same = all(chapter.defaults.get(name) == value for name, value in literals(injected[0].source).items())
    drop = "injected-parameters" if same else "parameters"
    original = next((tags(cell) for cell in cells if "parameters" in tags(cell)), ["parameters"])
    kept = [cell for cell in cells if drop not in tags(cell)]
    for cell in kept:
        if "injected-parameters" in tags(cell):
            cell.metadata["tags"] = original
    return kept


def _fold_long_parameters(cells: Sequence[nbformat.NotebookNode]) -> None:
    """Have the page fold parameters cells of more than LONGEST_SHOWN lines."""
    for cell in cells:
        long = cell.source.count("\n") >= LONGEST_SHOWN
        if long and "parameters" in tags(cell) and not HIDDEN.intersection(tags(cell)):
            cell.metadata["tags"] = [*tags(cell), FOLDED]
            shown = cell.metadata.setdefault("mystnb", {})
            shown |= {"code_prompt_show": "Show the parameters", "code_prompt_hide": "Hide the parameters"}


def _has_image(cell: nbformat.NotebookNode) -> bool:
    return any(kind in output.get("data", {}) for output in cell.get("outputs", []) for kind in IMAGES)


def _config(root: Path) -> str:
    config = read_yaml(root / "_config.yml", "_config.yml")
    config["execute"] = {"execute_notebooks": "off"}
    config["exclude_patterns"] = [name for name in config.get("exclude_patterns", []) if "ipynb" not in name]
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
