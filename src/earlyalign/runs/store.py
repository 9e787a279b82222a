"""The store: one small file a run, named by a hash of everything that decides its numbers.

A file is a line with its name, a line with the SHA-256 of the rest, then a numpy archive. A file under another name is
not believed. It is written beside its place and renamed
into it, so that a kill leaves no half-written file under a true name, and two builds may share one store.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from earlyalign.errors import UserError
from earlyalign.items.item import Item
from earlyalign.items.run import Compute, Result, Run
from earlyalign.runs.code_hash import closure_hash
from earlyalign.runs.folders import is_shelf, mark
from earlyalign.runs.memory import Memory
from earlyalign.runs.provenance import numeric_versions

THREADS = 1
"""Threads a run may use; part of the key, since reductions depend on it."""

_MARK = "__columns__"


STALE_S = 3600.0
"""Age after which a half-written file is one that a kill left behind."""


@dataclass(frozen=True)
class Cost:
    """What a run took: wall time on one core, and memory where it was watched."""

    wall_s: float
    memory: Memory | None = None


class DamagedRun(UserWarning):
    """A stored run or checkpoint is damaged or another's, and will be computed again."""


def run_key(item: Item, run: Run) -> str:
    """The name of a run of `item`; see `work_key`."""
    return work_key(item.work_of(run), run, item.precision)


def work_key(compute: Compute, run: Run, precision: str) -> str:
    """The name of a run: hash of its work, config, seed, source closure, package versions, precision, threads.

    The work is named by the module of `compute`, not by the item, so items that ask for the same runs share them.
    """
    identity = {
        "work": f"{compute.__module__}.{compute.__qualname__}",
        "config": dict(run.config),
        "seed": run.seed,
        "source": closure_hash(compute.__module__),
        "versions": numeric_versions(),
        "precision": precision,
        "threads": THREADS,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()


def pack(result: Result, wall_s: float, memory: Memory | None = None) -> bytes:
    """A result and what it took as bytes that carry their own checksum."""
    arrays: dict[str, np.ndarray] = {}
    for table, columns in result.items():
        for name, values in columns.items():
            arrays[f"{table}/{name}"] = np.atleast_1d(np.asarray(values))
    layout = {table: list(columns) for table, columns in result.items()}
    taken = {"wall_s": wall_s, "memory": None if memory is None else asdict(memory)}
    arrays[_MARK] = np.array(json.dumps({"tables": layout, **taken}))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]  # "allow_pickle" is none of these names
    body = buffer.getvalue()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def unpack(blob: bytes) -> tuple[dict[str, dict[str, np.ndarray]], Cost]:
    """Result and cost out of `pack`'s bytes. Raises ValueError if a byte was lost or changed."""
    digest, _, body = blob.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("checksum does not match")
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        meta = json.loads(str(archive[_MARK]))
        tables = {
            table: {name: archive[f"{table}/{name}"] for name in names}
            for table, names in meta["tables"].items()
        }
    memory = None if meta["memory"] is None else Memory(**meta["memory"])
    return tables, Cost(float(meta["wall_s"]), memory)


def labelled(key: str, blob: bytes) -> bytes:
    """`blob` with the name that it is kept under."""
    return key.encode() + b"\n" + blob


def unlabelled(key: str, content: bytes) -> bytes:
    """What `labelled` was given. Raises ValueError if that was not under `key`."""
    name, _, blob = content.partition(b"\n")
    if name != key.encode():
        raise ValueError("it is another run's" if blob else "it has no checksum")
    return blob


def write_atomically(path: Path, data: bytes) -> None:
    """`data` under `path`, wholly or not at all. A full disk or a closed folder raises UserError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        name = path.parent / f".{secrets.token_hex(8)}.part"
        try:
            with name.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; what was computed before is kept") from error


class Store:
    """A folder of runs. Reading returns None for what is absent or damaged; writing is atomic."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def path(self, key: str) -> Path:
        return self.root / key[:2] / f"{key}.npz"

    def checkpoint(self, key: str) -> FileCheckpoint:
        return FileCheckpoint(self, self.root / "checkpoints" / f"{key}.npz")

    def get(self, key: str) -> tuple[Result, Cost] | None:
        """The stored result and what it took, or None. A damaged file is named in a warning."""
        path = self.path(key)
        try:
            blob = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}") from error
        try:
            return unpack(unlabelled(key, blob))
        except (ValueError, KeyError, EOFError, OSError) as error:
            warnings.warn(f"{path.name}: {error}; computing it again", DamagedRun, stacklevel=2)
            return None

    def put(self, key: str, blob: bytes) -> None:
        """Keep `pack`'s bytes under `key`, and under no other name."""
        write_atomically(self.path(key), labelled(key, blob))
        self.checkpoint(key).drop()

    def prepare(self) -> None:
        """Make the folder and mark it as ours; clear away what kills left half-written. Raises OSError."""
        mark(self.root, is_shelf)
        now = time.time()
        for part in self.root.glob("*/.*.part"):
            with suppress(FileNotFoundError):
                if now - part.stat().st_mtime > STALE_S:
                    part.unlink()


class FileCheckpoint:
    """The state of a long run, kept beside the store until the run is done."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store = store
        self.path = path

    def load(self) -> dict[str, np.ndarray] | None:
        """The kept state, or None if there is none. A damaged one is named in a warning, and the run starts again."""
        try:
            blob = self.path.read_bytes()
        except OSError:
            return None
        try:
            return unpack(unlabelled(self.path.stem, blob))[0]["state"]
        except (ValueError, KeyError, EOFError, OSError) as error:
            told = f"checkpoint {self.path.name}: {error}; the run starts from its beginning"
            warnings.warn(told, DamagedRun, stacklevel=2)
            return None

    def save(self, state: Mapping[str, np.ndarray]) -> None:
        write_atomically(self.path, labelled(self.path.stem, pack({"state": state}, 0.0)))

    def recall(self, compute: Compute, run: Run, precision: str) -> Result:
        key = work_key(compute, run, precision)
        stored = self.store.get(key)
        if stored is not None:
            return stored[0]
        started = time.perf_counter()
        result = compute(run, self.store.checkpoint(key))
        self.store.put(key, pack(result, time.perf_counter() - started))
        return result

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
