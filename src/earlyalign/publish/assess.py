"""Every item of a profile, judged: what the store lacks is computed first. Needs none of the packages that publish."""

from __future__ import annotations

from earlyalign.publish.assessed_items import AssessedItem, assessed_items, works
from earlyalign.publish.profiles import Profile
from earlyalign.runs.cores import usable_cores
from earlyalign.runs.engine import fill
from earlyalign.runs.paths import store_root
from earlyalign.runs.store import Store


def assess(
    profile: Profile, ids: list[str] | None = None, jobs: int | None = None, show: bool = True, **engine
) -> tuple[int, list[AssessedItem]]:
    """Compute what the store lacks, controls included, behind one bar; the number of runs, the assessed items."""
    store = Store(store_root())
    computed = fill(works(profile, store, ids), store, jobs, show=show, **engine)
    return computed, list(assessed_items(profile, store, ids, jobs or usable_cores()))
