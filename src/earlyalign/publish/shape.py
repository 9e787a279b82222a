"""The shape of the staged book: what of a page another page may show. A change of the rest touches one page.

Pages show of each other titles and headings, numbers of figures, equations and statements, citations, and the code that
statements link to. If the shape is as it was, Sphinx may lay out the changed pages alone.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from earlyalign.publish.files import digest

PAGES = (".md", ".ipynb")
_SHOWN_ELSEWHERE = re.compile(
    r"^#{1,6} .*$"
    r"|^\([\w:.-]+\)=\s*$"
    r"|^(?:`{3,}|:{3,}|~{3,})\{[^}]+\}.*$"
    r"|^:(?:name|label|class|number|nonumber|numbered):.*$"
    r"|\$\$[ ]*\([^)]+\)"
    r"|\{(?:cite[^}]*|doc|download)\}`[^`]*`"
    r"|^- file:.*$",
    re.MULTILINE,
)


def shape(staged: Path) -> str:
    """A hash of the shape of the book staged in `staged`, and of every file in it that is no page."""
    paths = [path for path in sorted(staged.rglob("*")) if path.is_file() and "_build" not in path.parts]
    pieces = [piece for path in paths for piece in (path.relative_to(staged).as_posix(), _of_file(path))]
    return digest(*pieces)


def _of_file(path: Path) -> str | bytes:
    if path.suffix not in PAGES:
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    return "\n".join(_of_notebook(json.loads(text)) if path.suffix == ".ipynb" else _of_text(text))


def _of_text(text: str) -> list[str]:
    return _SHOWN_ELSEWHERE.findall(text)


def _of_notebook(notebook: dict) -> list[str]:
    """Markdown as text; of code cells the names of their figures, which have numbers."""
    names = []
    for cell in notebook["cells"]:
        figure = cell["metadata"].get("mystnb", {}).get("figure", {})
        names += [str(figure.get("name"))] if figure else []
        if cell["cell_type"] == "markdown":
            source = cell["source"]
            names += _of_text(source if isinstance(source, str) else "".join(source))
    return names
