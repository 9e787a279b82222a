"""The bench compares like with like: every rival ends where ours does, and the table says what it must."""

import importlib.util

import numpy as np
import pytest
import torch

from earlyalign.project import project_root
from tests.bench import kernels
from tests.bench.peak import CHAINS, LANES, spin
from tests.bench.rivals import OURS, RIVALS, Work

INSTALLED = [name for name in RIVALS if "JAX" not in name or importlib.util.find_spec("jax")]
RUN = [name for name in INSTALLED if name != OURS]


@pytest.mark.parametrize("optimiser", kernels.OPTIMISERS)
@pytest.mark.parametrize("activation", kernels.ACTIVATIONS)
@pytest.mark.parametrize("name", RUN)
def test_every_rival_does_the_same_work(monkeypatch, name, activation, optimiser):
    """What torch.compile is given is run as it is: compiling it takes half a minute."""
    monkeypatch.setattr(torch, "compile", lambda step: step)
    work = Work(activation, optimiser, 3, 40, batch=8)
    for theirs, ours in zip(RIVALS[name](work)(20), RIVALS[OURS](work)(20)):
        np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-5)


def test_every_stored_table_says_how_it_was_made():
    folder = project_root() / "book/results/costs"
    tables = {path.stem for path in folder.glob("*.csv")}
    assert tables and tables == {path.stem for path in folder.glob("*.json")}


def test_the_peak_is_of_sums_that_were_made():
    np.testing.assert_array_equal(spin(), np.ones(CHAINS * LANES, np.float32))


def test_the_table_has_a_row_for_every_rival_and_says_which_is_absent(monkeypatch, capsys):
    def absent(work):
        raise ImportError("not installed")

    monkeypatch.setattr(kernels, "ROUNDS", 2)
    rivals = {OURS: RIVALS[OURS], "torch modules": RIVALS["torch modules"], "another": absent}
    monkeypatch.setattr(kernels, "RIVALS", rivals)
    table = kernels.timed(Work("relu", "sgd", 3, 40, batch=8)).drop(columns="peak")
    assert list(table) == [
        *("kernel", "activation", "optimiser", "d", "width"),
        *("microseconds", "share_of_peak", "ratio_to_ours"),
    ]
    assert list(table["kernel"]) == [OURS, "torch modules"]
    assert table["ratio_to_ours"].iloc[0] == 1
    assert "another: not measured, not installed" in capsys.readouterr().err
