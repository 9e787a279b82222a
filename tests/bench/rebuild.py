"""What an edit costs: the book built from nothing in a copy of the tracked files, then again after each of some edits.

The profile is `PROFILE`, ci if there is none: with it this takes as long as the book does. Writes rebuild.csv (seconds
are not kept: ratios to the build from nothing, and how many runs were computed) and its provenance.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from earlyalign.runs.cores import usable_cores
from earlyalign.runs.provenance import commit, shown_versions

ONE_LINE = ("import numpy as np", "import numpy as np\n\nEDITED = 1")
EDITS = {
    "nothing": [],
    "a sentence of a chapter": [("book/simplicity_bias/setting.md", "\n## ", "\nA sentence more.\n\n## ")],
    "the words of a claim": [
        ("src/earlyalign/simplicity_bias/setting/lemF1_balancedness.py", '"Along the flow,', '"Along a flow,')
    ],
    "a colour of the palette": [("src/earlyalign/figures/style.py", '"#c8443a"', '"#c8443b"')],
    "the runs of one item": [("src/earlyalign/simplicity_bias/setting/eq4_runs.py", *ONE_LINE)],
}
"""What is edited: file, text, the text in its place. Edits stay when the next is made."""


def measure(folder: Path) -> None:
    """Write the table and its provenance into `folder`, and print it."""
    profile = os.environ.get("PROFILE", "ci")
    with tempfile.TemporaryDirectory() as place:
        root = _copied(Path(place))
        cold, runs = _built(root, profile)
        rows = [("everything, from nothing", 1.0, runs), *_again(root, profile, cold)]
    table = pd.DataFrame(rows, columns=["edit", "ratio_to_cold", "runs"])
    table.to_csv(folder / "rebuild.csv", index=False, float_format="%.3g")
    about = {
        "profile": profile, "cores": usable_cores(), "cold_minutes": round(cold / 60, 1), "commit": commit(),
        "versions": shown_versions(), "command": "python -m tests.bench rebuild",
    }  # fmt: skip
    (folder / "rebuild.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    print(table.to_string(), f"\nfrom nothing: {cold / 60:.1f} minutes")


def _copied(place: Path) -> Path:
    """The tracked files in a folder of their own."""
    names = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(name, place / name)
    return place


def _again(root: Path, profile: str, cold: float) -> Iterator[tuple[str, float, int]]:
    """A row an edit: its name, the time of the build after it over that of the first, and its runs."""
    for name, edits in EDITS.items():
        for file, old, new in edits:
            text = (root / file).read_text(encoding="utf-8")
            if old not in text:
                raise LookupError(f"{file} no longer has {old!r}")
            (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        seconds, runs = _built(root, profile)
        yield name, seconds / cold, runs


def _built(root: Path, profile: str) -> tuple[float, int]:
    """Seconds that a build takes, and the runs that it computes. A verdict that differs from the record is no fault."""
    environment = {
        **os.environ, "PYTHONPATH": str(root / "src"), "NUMBA_CACHE_DIR": str(root / "_build/numba"), "PYTHONUTF8": "1",
    }  # fmt: skip
    environment.pop("EARLYALIGN_STORE", None)
    began = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-m", "earlyalign", "build", "--profile", profile], cwd=root, env=environment,
        capture_output=True, text=True,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    print(f"{seconds:.0f} s, exit {ended.returncode}: {ended.stdout[-300:]}", flush=True)
    if ended.returncode not in (0, 1):
        raise RuntimeError(ended.stderr[-2000:])
    computed = re.search(r"(\d+) runs computed", ended.stdout + ended.stderr)
    return seconds, int(computed[1]) if computed else 0
