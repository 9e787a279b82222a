"""What an edit of the source makes stale, by the names of runs alone: nothing is computed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import earlyalign

KEYS = """
import json
from earlyalign.publish.dossier import all_runs
from earlyalign.runs.profiles import read_profile
from earlyalign.runs.store import run_key
profile = read_profile("smoke")
named = {i.id: {run_key(v, run) for v, run in all_runs(i, profile.params[i.id])} for i in profile.items()}
print(json.dumps({id: sorted(keys) for id, keys in named.items()}))
"""


def keys(source: Path) -> dict[str, list[str]]:
    ended = subprocess.run(
        [sys.executable, "-c", KEYS], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )  # fmt: skip
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the source, and the names that its runs have."""
    target = tmp_path_factory.mktemp("source") / "src"
    shutil.copytree(Path(earlyalign.__file__).parents[1], target)
    return target, keys(target)


@pytest.mark.parametrize(
    ("module", "edit", "stale"),
    [
        ("simplicity_bias/setting/eq4_runs.py", "EDITED = 1", {"B-eq4"}),
        ("simplicity_bias/stability_runs.py", "EDITED = 1", {"B-fig6"}),
        ("simplicity_bias/threshold_drawing.py", "EDITED = 1", set()),
        ("simplicity_bias/setting/eq4_runs.py", "# a comment", set()),
        ("runs/engine.py", "EDITED = 1", set()),
    ],
)
def test_an_edit_of_one_item_s_code_asks_for_its_runs_alone(copy, module, edit, stale):
    source, before = copy
    path = source / "earlyalign" / module
    text = path.read_text()
    path.write_text(f"{text}\n\n{edit}\n")
    try:
        after = keys(source)
    finally:
        path.write_text(text)
    changed = {item for item in before if after[item] != before[item]}
    assert changed == stale
    assert all(not set(before[item]) & set(after[item]) for item in stale), "none of its runs is kept"
