"""A Sphinx extension: the site asks nothing of any other machine, and its markup is sound for screen readers.

MathJax comes from an installed package and is copied into the site; the live-code scripts that Jupyter Book
would fetch from a content network are dropped. Pages of code are taken from the staged book as they are.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

from sphinx.application import Sphinx

MATHJAX_PACKAGE = "sphinx-mathjax-offline"
MATHJAX = "mathjax/tex-svg.js"
LIVE_CODE = "thebe"
FINISHED = "_finished"
"""Folder of the staged book with the bodies of finished pages."""

CHANGED_ONLY = "EARLYALIGN_CHANGED_ONLY"
"""Set to 1 where the finished pages are known to be as they were."""

FOLDED = '<summary aria-label="Toggle hidden content">'
CITATIONS = '<div role="list" class="citation-list">'


def mathjax_source() -> Path:
    """The one file of MathJax that the site needs: TeX in, SVG out, no fonts."""
    bundles = [path for path in files(MATHJAX_PACKAGE) or () if str(path).endswith(f"static/{MATHJAX}")]
    return Path(bundles[0].locate())


def use_local_mathjax(app: Sphinx, config) -> None:
    config.mathjax_path = MATHJAX


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        target = Path(app.outdir, "_static", MATHJAX)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(mathjax_source(), target)


def drop_live_code(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if LIVE_CODE not in f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', {})}"
    ]
    context["css_files"] = [
        sheet
        for sheet in context.get("css_files", [])
        if LIVE_CODE not in str(getattr(sheet, "filename", sheet))
    ]


def mend_markup(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """docutils calls the bibliography a list without list items, which screen readers announce as empty; myst-nb calls
    every folded cell the same, whatever its summary says."""
    if context.get("body"):
        body = context["body"].replace(CITATIONS, CITATIONS.replace(' role="list"', ""))
        context["body"] = body.replace(FOLDED, FOLDED.replace(' aria-label="Toggle hidden content"', ""))


def finished_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, str], str]]:
    """Name, context and template of each page whose body stands in the staged book as HTML."""
    root = Path(app.srcdir, FINISHED)
    if os.environ.get(CHANGED_ONLY) == "1":
        return
    for path in sorted(root.rglob("*.html")):
        name = path.relative_to(root).with_suffix("").as_posix()
        yield name, {"title": path.stem, "body": path.read_text(encoding="utf-8")}, "page.html"


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", use_local_mathjax)
    app.connect("html-page-context", drop_live_code, priority=900)
    app.connect("html-page-context", mend_markup)
    app.connect("html-collect-pages", finished_pages)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
