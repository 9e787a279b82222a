"""Functions that do not reach a worker are named before anything is computed, with what mends it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from earlyalign.errors import UserError
from earlyalign.fls.workers import check_reach
from earlyalign.runs.executors import process_pool

SCRIPT = """
import torch
from torch import nn
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
from earlyalign import fls

def make_model():
    return nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 2, bias=False))

def main():
    inputs = torch.randn(40, 5, generator=torch.Generator().manual_seed(0))
    data = inputs, (inputs[:, 0] > 0).long()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        sweep = fls.sweep(
            make_model, train=data, validation=data, c=[0.25], steps=[0.1], seeds=4, executor=pool, store="kept",
            stop=fls.Stop(epochs=1, by="epochs"),
        )
    print(len(sweep.table), "runs")
"""


def run(tmp_path, *words, given=None):
    return subprocess.run(
        [sys.executable, *words], cwd=tmp_path, input=given, capture_output=True, text=True, timeout=200,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def test_a_script_with_a_main_guard_is_swept(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT + "\nif __name__ == '__main__':\n    main()\n")
    ended = run(tmp_path, "script.py")
    assert ended.returncode == 0, ended.stderr
    assert "8 runs" in ended.stdout


def test_a_script_without_one_is_told_to_have_it(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT + "\nmain()\n")
    ended = run(tmp_path, "script.py")
    assert ended.returncode == 1
    last = ended.stderr.strip().splitlines()[-1]
    assert "UserError" in last and "if __name__ == '__main__':" in last
    assert "goes on from there" not in ended.stderr and not list(tmp_path.rglob("*.npz"))


def test_a_function_that_no_file_holds_is_told_to_go_into_a_module(tmp_path):
    ended = run(tmp_path, "-", given=SCRIPT + "\nmain()\n")
    last = ended.stderr.strip().splitlines()[-1]
    assert "make_model is defined in a notebook" in last and "put the functions into a module" in last


def test_a_local_function_and_a_missing_module_are_named(tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def make_model():\n    return None\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    from only_here import make_model

    with process_pool(1) as pool:
        with pytest.raises(
            UserError, match=r"cannot be sent to another process .*put the functions into a module"
        ):
            check_reach(pool, [lambda: None])
        check_reach(pool, [make_model])
        (tmp_path / "only_here.py").unlink()
    with ThreadPoolExecutor(1) as threads:
        check_reach(threads, [lambda: None, make_model])
    with (
        process_pool(1) as pool,
        pytest.raises(UserError, match=r"No module named 'only_here'.*run where workers"),
    ):
        check_reach(pool, [make_model])
