"""The build: fill the store, assess the items, execute the chapters, stage the book, build the site."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from earlyalign.publish.assess import assess
from earlyalign.publish.assessed_items import AssessedItem, assessed_items, works
from earlyalign.publish.chapters import Chapter, find_chapter, table_of_contents
from earlyalign.publish.execute import execute, executed_path
from earlyalign.publish.profiles import Profile, read_profile
from earlyalign.publish.rebuilt import rebuilt_texts
from earlyalign.publish.record import Finding, findings
from earlyalign.publish.report import placeholders
from earlyalign.publish.site import build_site, site_root
from earlyalign.publish.stage import stage
from earlyalign.runs.cores import usable_cores
from earlyalign.runs.paths import store_root
from earlyalign.runs.store import Store


@dataclass(frozen=True)
class Built:
    """What a build did.

    computed  runs that were not in the store
    executed  chapters whose inputs had changed
    rendered  whether the site was rendered anew
    """

    index: Path
    findings: Sequence[Finding]
    computed: int
    executed: Sequence[Chapter]
    rendered: bool


def build(
    name: str,
    only: str | None = None,
    jobs: int | None = None,
    say: Callable[[str], None] = print,
    **engine,
) -> Built:
    """Build the site at the profile called `name`; with `only`, compute and execute that chapter alone.

    Raises UserError, RunFailed, ChapterFailed or SiteFailed.
    """
    profile = read_profile(name)
    chapters = table_of_contents()
    chosen = [find_chapter(only, chapters)] if only else chapters
    ids = chosen[0].items if only else None
    computed, assessed = assess(profile, ids, jobs, **engine)
    say(
        f"{computed} runs computed, {len(assessed)} items assessed"
        if computed
        else f"{len(assessed)} items, none to compute"
    )
    executed = execute(chosen, profile, jobs or usable_cores())
    notebooks = [chapter for chapter in chosen if chapter.is_notebook]
    say(f"{len(executed)} of {len(notebooks)} chapters executed")
    shown = assessed if not only else _known(profile, chapters)
    judged = findings(profile.name, shown)
    report = placeholders(profile.name, shown, judged, chapters)
    stage(chapters, profile, shown, report, rebuilt_texts(profile, judged, chapters))
    whole = all(executed_path(chapter, profile.name).is_file() for chapter in chapters if chapter.is_notebook)
    rendered = build_site(chapters, profile, strict=whole)
    say("site rendered" if rendered else "site unchanged")
    return Built(site_root(profile.name) / "index.html", judged, computed, executed, rendered)


def _known(profile: Profile, chapters: Sequence[Chapter]) -> list[AssessedItem]:
    store = Store(store_root())
    lacking = {work.item for work in works(profile, store)}
    complete = [item.id for item in profile.items() if item.id not in lacking]
    return list(assessed_items(profile, store, complete))
