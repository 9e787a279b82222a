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
from earlyalign.publish.assessed_items import all_runs
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


WITHOUT_NUMBERS = (
    ("figures/style.py", 'RED = "#c8443a"', 'RED = "#cc3333"'),
    ("items/evidence.py", "MARGIN = 0.1", "MARGIN = 0.2"),
    ("items/evidence.py", "ddof=1", "ddof=0"),
    ("items/item.py", "from dataclasses", "EDITED = 1\nfrom dataclasses"),
    ("simplicity_bias/threshold/claims.py", "near-ols", "close-to-ols"),
    ("simplicity_bias/threshold/controls.py", "A large initialisation", "A very large initialisation"),
    ("simplicity_bias/threshold/figures.py", "COLOURS = {", "EDITED = 1\nCOLOURS = {"),
    ("simplicity_bias/threshold/params.py", "le=1000)", "le=1001)"),
    ("simplicity_bias/setting/eq4_neuron_dynamics.py", '"At kinks, the', '"Said otherwise: at kinks, the'),
    ("simplicity_bias/phases/figures.py", "fast growth is as long", "fast growth lasts as long"),
    ("data/linear_model.py", 'raise ValueError(f"n = ', 'raise ValueError(f"the number n = '),
    ("dynamics/sgd.py", '"""', '"""Edited. '),
    ("dynamics/sgd.py", "import numpy as np", "import numpy as np  # a comment"),
    ("runs/engine.py", "POLL_S = 2.0", "POLL_S = 3.0"),
)
"""A palette, the formula of an interval, an item, claims, controls, figures, a range, words, a caption, an error's
message, prose, a comment, the engine: file, text, the text in its place."""

ONE_LINE = "import numpy as np", "import numpy as np\n\nEDITED = 1"
TRAIN_IN_BATCHES = {f"B-fig{k}" for k in range(1, 9)} | {"B-appB"}
GAUSSIAN_MIXTURE = {
    "A-fls", "A-stop", "A-bal", "A-thm51", "A-cor53", "A-phase2", "A-fig4", "A-dec", "A-fig5", "A-scale",
}  # fmt: skip


@pytest.mark.parametrize(
    ("edits", "stale"),
    [
        pytest.param(WITHOUT_NUMBERS, set(), id="nothing that decides a number"),
        pytest.param([("dynamics/sgd.py", "rate * gradient", "rate * 1.0 * gradient")], TRAIN_IN_BATCHES, id="a step"),
        pytest.param([("data/gaussian_mixture.py", *ONE_LINE)],
                     GAUSSIAN_MIXTURE, id="the law of the data"),
        pytest.param([("simplicity_bias/setting/eq4_runs.py", *ONE_LINE)],
                     {"B-eq4"}, id="one item's runs"),
        pytest.param([("over_alignment/alpha_sweep/fig4_runs.py", *ONE_LINE)],
                     {"A-fig4"}, id="runs of an item beside others"),
        pytest.param([("over_alignment/early_phases/bal_faults.py", "UNEQUAL = 2.0", "UNEQUAL = 2.5")],
                     {"A-bal"}, id="a fault"),
    ],
)  # fmt: skip
def test_an_edit_asks_for_the_runs_whose_numbers_it_decides(copy, edits, stale):
    source, before = copy
    texts = {name: (source / "earlyalign" / name).read_text() for name, *_ in edits}
    edited = dict(texts)
    for name, old, new in edits:
        assert old in edited[name], f"{name} has no {old!r} to edit"
        edited[name] = edited[name].replace(old, new, 1)
    for name, text in edited.items():
        (source / "earlyalign" / name).write_text(text)
    try:
        after = keys(source)
    finally:
        for name, text in texts.items():
            (source / "earlyalign" / name).write_text(text)
    assert {item for item in before if after[item] != before[item]} == stale
    assert all(set(before[item]) - set(after[item]) for item in stale)
