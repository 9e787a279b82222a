"""The sweep from the shell: a user's module in the working directory, files on disk, one line for what does not fit."""

import json
import sys

import pandas as pd
import pytest
from click.testing import CliRunner

from earlyalign import cli
from earlyalign.runs import paths

MODULE = """
import torch
from torch import nn

def make_model():
    return nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 2, bias=False))

def make_softmax():
    return nn.Sequential(make_model(), nn.Softmax(dim=1))

def make_data():
    inputs = torch.randn(80, 5, generator=torch.Generator().manual_seed(0))
    labels = (inputs[:, 0] > 0).long()
    return (inputs[:40], labels[:40]), (inputs[40:], labels[40:])

def make_half():
    return make_data()[0][0]

def make_none():
    torch.zeros(1)

def make_with_width(width):
    return nn.Linear(5, width)

def make_exit():
    import sys
    sys.exit(3)

def make_fault():
    raise KeyError("no such width")

def make_nan():
    (inputs, labels), held_out = make_data()
    return (inputs * float("nan"), labels), held_out

def make_wide():
    return nn.Linear(9, 2)

not_callable = 3
"""
BROKEN = {
    "unparsed": "def make(:\n",
    "raising": "x = 1 / 0\n",
    "leaving": "import sys\nsys.exit(4)\n",
    "needing": "import no_such_package\n",
}
QUICK = [
    "--c",
    "2^-2",
    "--steps",
    "0.2",
    "--seeds",
    "4",
    "--epochs",
    "60",
    "--batch",
    "10",
    "--train-accuracy",
    "0.9",
]


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Call the command where the user's module lies: words -> click's result."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARLYALIGN_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    sys.modules.pop("swept_model", None)
    (tmp_path / "swept_model.py").write_text(MODULE)
    for name, text in BROKEN.items():
        sys.modules.pop(name, None)
        (tmp_path / f"{name}.py").write_text(text)
    return lambda *words: CliRunner().invoke(cli.main, list(words), prog_name="earlyalign")


def swept(call, *words, model="swept_model:make_model", data="swept_model:make_data"):
    return call("fls", "sweep", model, "--data", data, *QUICK, *words)


def test_a_sweep_prints_its_settings_and_verdict_and_writes_its_files(call, tmp_path):
    result = swept(call, "--out", "swept")
    assert result.exit_code == 0, result.stderr
    verdict = (tmp_path / "swept/verdict.txt").read_text()
    assert result.stdout.endswith(verdict) and "c = " in verdict
    runs = pd.read_csv(tmp_path / "swept/runs.csv")
    assert set(runs["c"]) == {0.25, 1.0} and set(runs["status"]) == {"reached"}
    assert (tmp_path / "swept/sweep.svg").stat().st_size > 0 and (
        tmp_path / "swept/sweep.png"
    ).stat().st_size > 0
    assert len(pd.read_csv(tmp_path / "swept/settings.csv")) == 2


def test_a_warning_is_one_line_and_no_source(call):
    result = swept(call, "--depth", "5")
    assert result.exit_code == 0
    lines = [line for line in result.stderr.splitlines() if "warning" in line]
    assert len(lines) == 1 and lines[0].startswith(
        "earlyalign: warning: the network is homogeneous of degree 2"
    )
    assert "command.py" not in result.stderr


def test_as_json_it_prints_data_and_nothing_else(call):
    printed = json.loads(swept(call, "--json", "--depth", "2").stdout)
    assert {"verdict", "best", "runs"} == set(printed)
    assert printed["best"]["c"] in (0.25, 1.0) and printed["best"]["interior"] in (True, False)
    assert len(printed["runs"]) == 8


def test_fresh_computes_again_what_is_stored(call, tmp_path):
    swept(call)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*.npz")}
    swept(call)
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*.npz")}
    swept(call, "--fresh")
    assert all(path.stat().st_mtime_ns > time for path, time in before.items())


def test_outside_a_checkout_runs_are_kept_in_the_users_cache(call, tmp_path, monkeypatch):
    monkeypatch.delenv("EARLYALIGN_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(paths.platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(paths, "checkout", lambda: None)
    result = swept(call)
    assert result.exit_code == 0, result.stderr
    assert list((tmp_path / "cache/earlyalign/store").rglob("*.npz"))


def test_two_processes_give_the_same_numbers(call, monkeypatch, tmp_path):
    alone = json.loads(swept(call, "--json").stdout)
    monkeypatch.setenv("EARLYALIGN_STORE", str(tmp_path / "other"))
    result = swept(call, "--json", "--jobs", "2")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["best"] == alone["best"]


BAD = {
    "no colon": ({"model": "swept_model"}, [], "write MODULE:FUNCTION"),
    "no module": ({"model": "nowhere:make"}, [], "No module named 'nowhere'"),
    "no function": ({"model": "swept_model:make_tea"}, [], "no function make_tea"),
    "not a function": ({"model": "swept_model:not_callable"}, [], "no function not_callable"),
    "one sample": ({"data": "swept_model:make_half"}, [], "training and the validation"),
    "softmax": ({"model": "swept_model:make_softmax"}, [], "probabilities, not logits"),
    "negative c": ({}, ["--c=-1"], "positive"),
    "zero c": ({}, ["--c", "0,1"], "positive"),
    "c in words": ({}, ["--c", "small"], "such as 2^-4"),
    "only c = 1": ({}, ["--c", "1"], "besides 1"),
    "three seeds": ({}, ["--seeds", "3"], "4<=x<=10000"),
    "c overflows": ({}, ["--c", "10^999"], "such as 2^-4"),
    "c divides by zero": ({}, ["--c", "0^-1"], "such as 2^-4"),
    "c is complex": ({}, ["--c=-8^0.5"], "positive"),
    "c beyond single precision": ({}, ["--c", "1e-320,1e300"], "beyond single precision"),
    "c is nan": ({}, ["--c", "nan"], "positive"),
    "depth nan": ({}, ["--depth", "nan"], "not a finite number"),
    "depth inf": ({}, ["--depth", "inf"], "--depth"),
    "depth tiny": ({}, ["--depth", "1e-9"], "1<=x<=1000"),
    "steps nan": ({}, ["--steps", "nan"], "positive"),
    "accuracy nan": ({}, ["--train-accuracy", "nan"], "not a finite number"),
    "no folder": ({}, ["--out", ""], "must not be empty"),
    "risk without a risk": ({}, ["--stop-by", "risk"], "goes with risk="),
    "a risk for nothing": ({}, ["--risk", "0.1"], "goes with risk="),
    "too many seeds": ({}, ["--seeds", "1000000000"], "4<=x<=10000"),
    "relative module": ({"model": ".m:f"}, [], "write MODULE:FUNCTION"),
    "dots": ({"model": "..:f"}, [], "write MODULE:FUNCTION"),
    "does not parse": ({"model": "unparsed:make"}, [], "SyntaxError: invalid syntax (unparsed.py, line 1)"),
    "raises": ({"model": "raising:make"}, [], "ZeroDivisionError: division by zero (raising.py, line 1)"),
    "leaves": ({"model": "leaving:make"}, [], "called sys.exit(4) (leaving.py, line 2)"),
    "needs another": ({"model": "needing:make"}, [], "needing cannot be imported: ModuleNotFoundError"),
    "gives nothing": ({"model": "swept_model:make_none"}, [], "does it lack a return?"),
    "takes arguments": ({"model": "swept_model:make_with_width"}, [], "missing 1 required positional"),
    "exits": ({"model": "swept_model:make_exit"}, [], "called sys.exit(3)"),
    "faults": ({"model": "swept_model:make_fault"}, [], "KeyError: 'no such width' (swept_model.py, line"),
    "data gives nothing": ({"data": "swept_model:make_none"}, [], "does it lack a return?"),
    "data exits": ({"data": "swept_model:make_exit"}, [], "called sys.exit(3)"),
    "nan data": ({"data": "swept_model:make_nan"}, [], "40 of 40 inputs hold numbers that are not finite"),
    "no model": ({"model": "swept_model:make_half"}, [], "gave Tensor, not a torch.nn.Module"),
    "model does not fit": ({"model": "swept_model:make_wide"}, [], "the model cannot take inputs (40, 5)"),
    "no optimizer": ({}, ["--optimizer", "swept_model:make_fault"], "make_fault(parameters, step) failed"),
    "no epochs": ({}, ["--epochs", "0"], "x>=1"),
    "no accuracy": ({}, ["--train-accuracy", "0"], "0<x<=1"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_status_2_and_nothing_written(call, tmp_path, case):
    named, words, said = BAD[case]
    result = swept(call, *words, *([] if "--out" in words else ["--out", "swept"]), **named)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1 and said in result.stderr
    assert not (tmp_path / "swept").exists() and not (tmp_path / "store").exists()


def test_help_shows_how(call):
    said = call("fls", "sweep", "--help").stdout
    assert "earlyalign fls sweep mypackage:make_model --data mypackage:make_data" in said
