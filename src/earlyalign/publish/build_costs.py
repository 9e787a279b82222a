"""What a build cost: seconds and memory by item, from the provenance of the build at hand, and the stored measurements.

The page *What a build costs* shows them. Whoever asks for the costs of an item reads its sidecar and no result.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from earlyalign.publish.assessed_items import all_runs, artifacts_root
from earlyalign.publish.files import digest
from earlyalign.runs.costs import Costs, mean_costs
from earlyalign.runs.engine import kind_of
from earlyalign.runs.paths import project_root
from earlyalign.runs.profiles import Profile
from earlyalign.runs.store import Store, run_key

NOT_YET = "not measured yet"
COLUMNS = ("item", "kind", "runs", "seconds", "peak_mb", "added_mb", "memory_of")


def item_costs(profile: str) -> pd.DataFrame:
    """One row an item and kind of run, of the build at `profile`: runs, core-seconds, memory in megabytes. Empty if
    there was no such build."""
    rows = []
    for path in sorted(artifacts_root(profile).glob("*/sidecar.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        for kind in told["core_seconds"]:
            memory = kind["memory"] or {"peak_mb": None, "added_mb": None, "of": None}
            taken = [kind[name] for name in ("kind", "runs", "seconds")]
            rows.append((told["item"], *taken, *(memory[name] for name in ("peak_mb", "added_mb", "of"))))
    return pd.DataFrame(rows, columns=COLUMNS)


def stored_costs(name: str) -> pd.DataFrame | None:
    """The table ``book/results/costs/<name>.csv``, or None if it was not measured yet."""
    path = _stored(name)
    return pd.read_csv(path) if path.is_file() else None


def costs_digest(profile: str) -> str:
    """A hash of all that the page shows, so that it is executed again when a cost changes and not otherwise."""
    files = [path for path in sorted(_stored("any").parent.glob("*")) if path.is_file()]
    stored = [piece for path in files for piece in (path.name, path.read_bytes())]
    own = Path(__file__).read_text(encoding="utf-8")
    return digest(item_costs(profile).to_csv(), own, *stored)


def known_costs(profile: Profile, store: Store) -> Costs:
    """What the runs of `profile`, controls included, took when they were computed; those in `store` count."""
    taken = []
    for item in profile.items():
        for variant, run in all_runs(item, profile.params[item.id]):
            kept = store.get(run_key(variant, run))
            if kept is not None:
                taken.append((kind_of(variant, run), kept[1].wall_s))
    return mean_costs(taken)


def _stored(name: str) -> Path:
    return project_root() / "book" / "results" / "costs" / f"{name}.csv"
