"""Kernels on disk: found by another process, never under another's name, and no harm where nothing can be written."""

import os
import subprocess
import sys

import pytest

from earlyalign.dynamics import compiled as module
from earlyalign.dynamics.compiled import compiled

TRAIN = """
import numpy as np
from earlyalign.dynamics.sgd import _kernel, sgd
from earlyalign.networks.two_layer import gaussian_init
rng = np.random.default_rng(0)
end = sgd(gaussian_init(20, 3, 0.1, rng), rng.standard_normal((8, 3)), rng.standard_normal(8), 50, 0.1, 4, 0)
print(sum(_kernel(3, "relu").stats.cache_hits.values()), end.flat().tobytes().hex())
"""


def _in_a_process(folder):
    ran = subprocess.run(
        [sys.executable, "-c", TRAIN],
        env={**os.environ, "NUMBA_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    hits, numbers = ran.stdout.split()
    return int(hits), numbers


def test_a_second_process_finds_the_kernel_and_computes_the_same(tmp_path):
    hits, first = _in_a_process(tmp_path)
    again, second = _in_a_process(tmp_path)
    assert (hits, again) == (0, 1)
    assert first == second


def _kernel(factor):
    def times(x):
        return factor * x

    return times


def test_constants_and_sources_decide_the_name(monkeypatch):
    two, three = compiled(_kernel(2), 2), compiled(_kernel(3), 3)
    monkeypatch.setattr(module, "_sources", lambda: "changed")
    later = compiled(_kernel(2), 2)
    assert len({kernel.py_func.__qualname__ for kernel in (two, three, later)}) == 3
    assert (two(5), three(5), later(5)) == (10, 15, 10)


def test_sources_are_all_modules_beside_it(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "__file__", str(tmp_path / "compiled.py"))
    (tmp_path / "one.py").write_text("a = 1")
    before = module._sources.__wrapped__()
    (tmp_path / "one.py").write_text("a = 2")
    assert module._sources.__wrapped__() != before


def test_where_nothing_can_be_kept_kernels_still_run(monkeypatch):
    plain = module.njit

    def no_locator(kernel, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return plain(kernel, **options)

    monkeypatch.setattr(module, "njit", no_locator)
    assert compiled(_kernel(4), 4)(5) == pytest.approx(20)
