"""Assessed items: everything the site says of an item at a profile, as plain data and files.

Pages, report and record read these and never results, so a build in which nothing changed opens no result.
One folder an item, ``_build/artifacts/<profile>/<item>/``: a CSV per table, SVG and PNG per figure, the
sidecar, and ``assessed.json``, written last, with the digest of each file and of itself. What does not fit its digest
is named in a warning and made again from the store.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

from earlyalign.figures import style
from earlyalign.items.item import Claim, Item
from earlyalign.items.manifest import MODULES, load
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.publish.files import digest, package_digest, prune, write
from earlyalign.publish.profiles import Profile, read_profile
from earlyalign.runs.code_hash import PACKAGE, closure_hash, import_graph
from earlyalign.runs.engine import Work, missing
from earlyalign.runs.executors import process_pool
from earlyalign.runs.outcome import Outcome, did_its_work, gather, params_under
from earlyalign.runs.paths import build_root, store_root
from earlyalign.runs.provenance import commit, shown_versions
from earlyalign.runs.store import Store, run_key

PNG_DPI = 160


class DamagedArtifact(UserWarning):
    """A built file was changed or cut since it was written, and is made again."""


@dataclass(frozen=True)
class AssessedItem:
    """What the site says of one item at one profile. `data` is JSON: claims, controls, figures, tables."""

    item: Item
    profile: str
    folder: Path
    data: dict[str, Any]

    @property
    def claims(self) -> list[dict[str, Any]]:
        return self.data["claims"]

    @property
    def controls(self) -> list[dict[str, Any]]:
        return self.data["controls"]

    def figure(self, id: str) -> dict[str, Any]:
        """What is told of the figure `id`. Raises KeyError if the item draws none of that name."""
        return {figure["id"]: figure for figure in self.data["figures"]}[id]

    @property
    def href(self) -> str:
        """Where the item's files lie below the root of the site."""
        return f"data/{self.item.id}"


def artifacts_root(profile: str) -> Path:
    return build_root() / "artifacts" / profile


def variants(item: Item, params: Params) -> list[tuple[Item, Params]]:
    """The item at its own parameters, then under each control."""
    return [
        (item, params),
        *((item.under(control), params_under(control, item, params)) for control in item.controls),
    ]


def all_runs(item: Item, params: Params) -> list[tuple[Item, Run]]:
    """Every run that the assessed item rests on, those of its controls included, with the item as it then stands."""
    return [(variant, run) for variant, changed in variants(item, params) for run in variant.runs(changed)]


def works(profile: Profile, store: Store, ids: list[str] | None = None) -> list[Work]:
    """What the store lacks for the items `ids` (None: all items of the profile)."""
    chosen = [item for item in profile.items() if ids is None or item.id in ids]
    return [
        work
        for item in chosen
        for variant, params in variants(item, profile.params[item.id])
        for work in missing(variant, variant.runs(params), store)
    ]


def assessed_items(
    profile: Profile, store: Store, ids: list[str] | None = None, jobs: int = 1
) -> Iterator[AssessedItem]:
    """The items `ids` (None: all of the profile), assessed; made where they are stale, by `jobs` processes.

    Raises KeyError if a run is not in the store.
    """
    chosen = [item for item in profile.items() if ids is None or item.id in ids]
    stamps = {item.id: _stamp(item, profile.params[item.id], profile.name) for item in chosen}
    if jobs > 1:
        root = artifacts_root(profile.name)
        stale = [item for item in chosen if _kept(root / item.id, stamps[item.id]) is None]
        _make_apart(stale, profile, jobs)
    for item in chosen:
        yield _made(item, profile, store, stamps[item.id])


def _made(item: Item, profile: Profile, store: Store, stamp: str | None = None) -> AssessedItem:
    folder = artifacts_root(profile.name) / item.id
    return assessed_item(item, profile.params[item.id], profile.name, store, folder, stamp)


def _make_apart(items: Sequence[Item], profile: Profile, jobs: int) -> None:
    """Assess `items` in processes of their own, those with the most runs first."""
    if len(items) < 2:
        return
    by_runs = sorted(items, key=lambda item: -len(all_runs(item, profile.params[item.id])))
    with process_pool(min(jobs, len(items))) as pool:
        for made in [pool.submit(_make_one, profile.name, item.id) for item in by_runs]:
            made.result()


def _make_one(profile: str, id: str) -> None:
    _made(load(id), read_profile(profile), Store(store_root()))


def assessed_item(
    item: Item, params: Params, profile: str, store: Store, folder: Path, stamp: str | None = None
) -> AssessedItem:
    """`item`, assessed in `folder`; made again unless what is there has the same stamp."""
    stamp = stamp or _stamp(item, params, profile)
    path = folder / "assessed.json"
    kept = _kept(folder, stamp)
    if kept is not None:
        _refresh_commit(folder, kept)
        return AssessedItem(item, profile, folder, kept)
    outcome = gather(item, params, profile, store)
    path.unlink(missing_ok=True)
    files = [*export(outcome, folder), path]
    data = {
        "stamp": stamp,
        "claims": [_claim(claim) for claim in outcome.claims],
        "controls": [
            _control(variant, changed, profile, store) for variant, changed in variants(item, params)[1:]
        ],
        "figures": [
            {"id": figure.id, "caption": figure.caption(outcome.tables), "alt": figure.alt(outcome.tables)}
            for figure in item.figures
        ],
        "tables": sorted(outcome.tables),
        "runs": len(item.runs(params)),
        "seeds": len({run.seed for run in item.runs(params)}),
        "files": {file.name: digest(file.read_bytes()) for file in files[:-1]},
    }
    prune(folder, files)
    write(path, _sealed(data))
    return AssessedItem(item, profile, folder, data)


def _kept(folder: Path, stamp: str) -> dict[str, Any] | None:
    """What ``assessed.json`` holds, if it has this stamp and all is as it was written; a file that is not is named."""
    path = folder / "assessed.json"
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_bytes())
        seal = data.pop("seal")
        damaged = [] if seal == _seal(data) else [path.name]
    except (ValueError, KeyError, TypeError, AttributeError):
        damaged = [path.name]
    if not damaged:
        if data["stamp"] != stamp or not all((folder / name).is_file() for name in data["files"]):
            return None
        damaged = [name for name, own in data["files"].items() if digest((folder / name).read_bytes()) != own]
    if damaged:
        told = f"{folder.name}: {', '.join(damaged)} not as written; made again from the store"
        warnings.warn(told, DamagedArtifact, stacklevel=2)
        return None
    return data


def _sealed(data: dict[str, Any]) -> str:
    return json.dumps({**data, "seal": _seal(data)}, indent=1, allow_nan=False)


def _seal(data: dict[str, Any]) -> str:
    return digest(json.dumps(data, sort_keys=True))


def export(outcome: Outcome, folder: Path) -> list[Path]:
    """The outcome as files: a CSV per table, SVG and PNG per figure, ``sidecar.json``. Gives their paths."""
    contents: dict[str, str | bytes] = {
        f"{name}.csv": frame.to_csv(index=False) for name, frame in outcome.tables.items()
    }
    for figure in outcome.item.figures:
        with style.own_settings():
            drawn = outcome.figure(figure.id)
            contents |= {f"{figure.id}.{kind}": image(drawn, kind) for kind in ("svg", "png")}
    contents["sidecar.json"] = json.dumps(outcome.sidecar(), indent=2) + "\n"
    for name, content in contents.items():
        write(folder / name, content)
    return [folder / name for name in contents]


def image(drawn: Canvas, kind: str) -> bytes:
    """A drawn figure as SVG or PNG, the same bytes each time. PNG stands on white, SVG on nothing."""
    buffer = BytesIO()
    ground: dict[str, Any] = {"facecolor": "white"} if kind == "png" else {}
    with mpl.rc_context(style.RC):
        drawn.savefig(
            buffer, format=kind, dpi=PNG_DPI, metadata={"Date": None} if kind == "svg" else {}, **ground
        )
    return buffer.getvalue()


def _stamp(item: Item, params: Params, profile: str) -> str:
    keys = [run_key(variant, run) for variant, run in all_runs(item, params)]
    own = Path(__file__).read_text(encoding="utf-8")
    rest = [params.model_dump_json(), profile, _source_of(item), own, json.dumps(shown_versions())]
    return digest(*keys, *rest)


def _source_of(item: Item) -> str:
    """A hash of the code that judges, draws and describes `item`; of the whole package where its module is no part."""
    module = f"{PACKAGE}.{MODULES[item.id]}"
    return closure_hash(module) if module in import_graph().modules else package_digest()


def _refresh_commit(folder: Path, kept: dict[str, Any]) -> None:
    """Name the present commit in the sidecar of an item whose numbers and code are those of the present commit."""
    sidecar = folder / "sidecar.json"
    told = json.loads(sidecar.read_text(encoding="utf-8"))
    if told["commit"] == commit():
        return
    write(sidecar, json.dumps({**told, "commit": commit()}, indent=2) + "\n")
    kept["files"][sidecar.name] = digest(sidecar.read_bytes())
    write(folder / "assessed.json", _sealed(kept))


def _control(variant: Item, changed: Params, profile: str, store: Store) -> dict[str, Any]:
    control = variant.broken_by
    assert control is not None, "a variant stands under its control"
    judged = {claim.id: claim for claim in gather(variant, changed, profile, store).claims}
    named = [judged[id] for id in control.claims]
    return {
        "name": control.name,
        "words": control.words,
        "verdict": str(control.verdict),
        "worked": did_its_work(control, named),
        "claims": [_claim(claim) for claim in named],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    numbers = {"measured": claim.measured, "low": claim.low, "high": claim.high}
    return {
        "id": claim.id,
        "words": claim.words,
        "measured_text": claim.measured_text,
        **{name: float(value) if math.isfinite(value) else None for name, value in numbers.items()},
        "expected": claim.expected,
        "verdict": str(claim.verdict),
        "leaning": str(claim.leaning),
        "mark": str(claim.mark),
    }
