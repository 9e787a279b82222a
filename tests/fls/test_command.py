"""The sweep from the shell: a user's module in the working directory, files on disk, one line for what does not fit."""

import json
import sys

import pandas as pd
import pytest
from click.testing import CliRunner

from earlyalign import cli

MODULE = """
import torch
from torch import nn

def make_model():
    return nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 2))

def make_softmax():
    return nn.Sequential(make_model(), nn.Softmax(dim=1))

def make_data():
    inputs = torch.randn(80, 5, generator=torch.Generator().manual_seed(0))
    labels = (inputs[:, 0] > 0).long()
    return (inputs[:40], labels[:40]), (inputs[40:], labels[40:])

def make_half():
    return make_data()[0][0]

not_callable = 3
"""
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
    return lambda *words: CliRunner().invoke(cli.main, list(words), prog_name="earlyalign")


def swept(call, *words, model="swept_model:make_model", data="swept_model:make_data"):
    return call("fls", "sweep", model, "--data", data, *QUICK, *words)


def test_a_sweep_prints_its_settings_and_verdict_and_writes_its_files(call, tmp_path):
    result = swept(call, "--out", "found")
    assert result.exit_code == 0, result.stderr
    verdict = (tmp_path / "found/verdict.txt").read_text()
    assert result.stdout.endswith(verdict) and "c = " in verdict
    runs = pd.read_csv(tmp_path / "found/runs.csv")
    assert set(runs["c"]) == {0.25, 1.0} and set(runs["status"]) == {"reached"}
    assert (tmp_path / "found/sweep.svg").stat().st_size > 0 and (
        tmp_path / "found/sweep.png"
    ).stat().st_size > 0
    assert len(pd.read_csv(tmp_path / "found/settings.csv")) == 2


def test_as_json_it_prints_data_and_nothing_else(call):
    found = json.loads(swept(call, "--json", "--depth", "2").stdout)
    assert {"verdict", "best", "runs"} == set(found)
    assert found["best"]["c"] in (0.25, 1.0) and found["best"]["interior"] in (True, False)
    assert len(found["runs"]) == 8


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
    "three seeds": ({}, ["--seeds", "3"], "x>=4"),
    "no epochs": ({}, ["--epochs", "0"], "x>=1"),
    "no accuracy": ({}, ["--train-accuracy", "0"], "0<x<=1"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_status_2_and_nothing_written(call, tmp_path, case):
    named, words, said = BAD[case]
    result = swept(call, *words, "--out", "found", **named)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1 and said in result.stderr
    assert not (tmp_path / "found").exists() and not (tmp_path / "store").exists()


def test_help_shows_how(call):
    said = call("fls", "sweep", "--help").stdout
    assert "earlyalign fls sweep mypackage:make_model --data mypackage:make_data" in said
