"""The verification report: every item, every claim, beside what was expected of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from docutils.nodes import make_id

from earlyalign.items.item import Item, Verdict
from earlyalign.items.manifest import LEDGER, load
from earlyalign.publish.assessed_items import AssessedItem
from earlyalign.publish.chapters import Chapter, figure_name
from earlyalign.publish.record import Finding, differing, problems
from earlyalign.publish.source_pages import code_href
from earlyalign.publish.where_stated import LinkTarget, link_targets

REPORT = "book/verification"
"""Docname of the page that holds the report."""

BADGE, TABLE = "<!-- verdict-badge -->", "<!-- verdict-table -->"
"""Placeholders that any page may hold."""


@dataclass(frozen=True)
class Panel:
    """One part of the ledger in the report: its claims, and where the book shows it.

    assessed_item  the item at this profile, or None where it was not run
    link_target    the spot in its chapter that states it, or draws it
    code           where the code that judges it stands, below the root of the site
    figures        ids with their addresses below the root of the site
    """

    id: str
    item: Item
    findings: Sequence[Finding]
    assessed_item: AssessedItem | None
    chapter: Chapter | None
    link_target: LinkTarget | None
    code: str
    figures: Sequence[tuple[str, str]]

    @property
    def verdicts(self) -> list[str]:
        return sorted({finding.verdict for finding in self.findings}) or [str(Verdict.NOT_RUN)]


def panels(
    assessed: Sequence[AssessedItem], judged: Sequence[Finding], chapters: Sequence[Chapter]
) -> list[Panel]:
    """Every part of the ledger, run or not, in the ledger's order."""
    assessed_items = {assessed_item.item.id: assessed_item for assessed_item in assessed}
    made, shown = [], link_targets(chapters)
    for part in LEDGER:
        item = load(part)
        own_page = [chapter for chapter in chapters if chapter.docname == f"book/{item.chapter}"]
        chapter = next(iter(own_page or [chapter for chapter in chapters if item.id in chapter.items]), None)
        drawn = {figure.id for figure in item.figures}
        figures = [
            (id, f"{page.docname}.html#{make_id(figure_name(page, id, chapters))}")
            for page in chapters
            for id in page.figures
            if id in drawn and figure_name(page, id, chapters) == f"fig-{id}"
        ]
        own = [finding for finding in judged if finding.part == part and finding.claim is not None]
        made.append(
            Panel(
                part,
                item,
                own,
                assessed_items.get(item.id),
                chapter,
                next(iter(shown[part]), None),
                code_href(part),
                figures,
            )
        )
    return made


def counts(judged: Sequence[Finding], ran: Sequence[Panel] = ()) -> dict[str, int]:
    """Claims by verdict, in the order of `Verdict`; a part that did not run counts as one claim not run."""
    by_verdict = Counter(finding.verdict for finding in judged if finding.claim is not None)
    by_verdict[str(Verdict.NOT_RUN)] += sum(1 for panel in ran if panel.assessed_item is None)
    return {str(verdict): by_verdict[str(verdict)] for verdict in Verdict}


def placeholders(
    profile: str, assessed: Sequence[AssessedItem], judged: Sequence[Finding], chapters: Sequence[Chapter]
) -> dict[str, str]:
    """Placeholder -> HTML. Links hold ``{up}`` where the way to the site's root goes."""
    shown = panels(assessed, judged, chapters)
    missing = [finding for finding in judged if finding.claim is None]
    common: dict[str, Any] = {
        "profile": profile,
        "counts": counts(judged, shown),
        "problems": problems(judged),
        "differing": len([finding for finding in judged if finding.problem]) if differing(judged) else 0,
        "report": REPORT,
    }
    table = _template("report.html.j2").render(
        panels=shown, vanished=missing, verdicts=list(Verdict), **common
    )
    return {BADGE: _template("badge.html.j2").render(**common), TABLE: table}


def fill_placeholders(text: str, placed: Mapping[str, str]) -> str:
    """`text` with each placeholder replaced by its HTML, as a block of its own."""
    for mark, content in placed.items():
        text = text.replace(mark, f"```{{raw}} html\n{content}\n```")
    return text


@cache
def _template(name: str) -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["slug"] = lambda text: str(text).replace(" ", "-")
    return environment.get_template(name)
