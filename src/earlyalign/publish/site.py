"""The site: the staged book through jupyter-book, then counted, because builders can end well on no page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from bs4 import BeautifulSoup
from docutils.nodes import make_id

from earlyalign.items.manifest import LEDGER
from earlyalign.publish.assessed_items import artifacts_root
from earlyalign.publish.chapters import Chapter, figure_name
from earlyalign.publish.execute import executed_path
from earlyalign.publish.failures import SiteFailed
from earlyalign.publish.files import copy_folder, digest, folder_digest, write
from earlyalign.publish.profiles import Profile
from earlyalign.publish.report import REPORT
from earlyalign.publish.shape import shape
from earlyalign.publish.sphinx_extension import CHANGED_ONLY
from earlyalign.publish.stage import stage_root
from earlyalign.runs.paths import build_root, project_root
from earlyalign.runs.provenance import shown_versions

BUILDER = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"
LOG_LINES = 25


def site_root(profile: str) -> Path:
    """The folder that holds the site's ``index.html``."""
    return build_root() / "site" / profile / "_build" / "html"


def build_site(chapters: Sequence[Chapter], profile: Profile, strict: bool = True) -> bool:
    """Build the site of the staged book unless it stands, and whether it had to be built.

    With `strict`, every warning is an error. Raises SiteFailed.
    """
    staged, html = stage_root(profile.name), site_root(profile.name)
    stamp = digest(
        folder_digest(staged), folder_digest(Path(__file__).parent), repr(shown_versions()), str(strict)
    )
    stamped = html.parents[1] / "stamp"
    stale = not (
        stamped.is_file() and stamped.read_text(encoding="utf-8") == stamp and (html / "index.html").is_file()
    )
    if stale:
        around = digest(
            shape(staged), folder_digest(Path(__file__).parent), repr(shown_versions()), str(strict)
        )
        kept = html.parents[1] / "shape"
        same = stamped.is_file() and kept.is_file() and kept.read_text() == around
        stamped.unlink(missing_ok=True)
        _run_builder(staged, html.parents[1], strict, changed_only=same)
        write(kept, around)
    place_downloads(chapters, profile, html)
    if stale:
        problems = lacking(chapters, html) if strict else []
        if problems:
            raise SiteFailed("the site is incomplete:\n" + "\n".join(problems))
        write(stamped, stamp)
    return stale


def _run_builder(staged: Path, target: Path, strict: bool, changed_only: bool = False) -> None:
    """Lay out every page, or with `changed_only` those that changed since the last time that all went well."""
    words = ["build", "--keep-going", "--path-output", str(target), str(staged)]
    words += [] if changed_only else ["--all"]
    words += ["-W", "-n"] if strict else []
    log = build_root() / "site.log"
    ended = subprocess.run(
        [sys.executable, "-c", BUILDER, *words], cwd=project_root(), capture_output=True,
        encoding="utf-8", errors="replace",
        env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1", CHANGED_ONLY: str(int(changed_only))},
    )  # fmt: skip
    output = click.unstyle(ended.stdout + ended.stderr)
    write(log, output)
    if ended.returncode != 0:
        warned = [line for line in output.splitlines() if "WARNING" in line or "ERROR" in line]
        shown = "\n".join((warned or output.splitlines())[-LOG_LINES:])
        raise SiteFailed(f"jupyter-book failed; its log is {log}\n{shown}")


def place_downloads(chapters: Sequence[Chapter], profile: Profile, html: Path) -> None:
    """Put the items' files and the chapters' notebooks where the pages' links point."""
    write(html / ".nojekyll", "")
    copy_folder(artifacts_root(profile.name), html / "data")
    for chapter in chapters:
        if chapter.is_notebook:
            write(html / "notebooks" / f"{chapter.docname}.md", chapter.text)
            executed = executed_path(chapter, profile.name)
            if executed.is_file():
                write(html / "notebooks" / f"{chapter.docname}.ipynb", executed.read_bytes())


def lacking(chapters: Sequence[Chapter], html: Path) -> list[str]:
    """What the table of contents, the chapters and the ledger promise and the HTML does not hold."""
    problems, shown = [], ""
    for chapter in chapters:
        path = html / f"{chapter.docname}.html"
        if not path.is_file():
            problems.append(f"{chapter.docname}: no page")
            continue
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        if chapter.docname == REPORT:
            problems += [f"{part}: no row in the report" for part in LEDGER if page.find(id=part) is None]
        else:
            shown += page.find("article").get_text(" ")
        for figure in chapter.figures:
            figure_tag = page.find(id=make_id(figure_name(chapter, figure, chapters)))
            if figure_tag is None or figure_tag.find("img") is None:
                problems.append(f"{chapter.docname}: figure {figure} is not on its page")
    return problems + [f"{part}: shown in no chapter" for part in LEDGER if part not in shown]
