from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import toy
import yaml
from click.testing import CliRunner

from earlyalign import cli
from earlyalign.publish import build as room
from earlyalign.runs import engine
from earlyalign.runs.costs import read_costs


@pytest.fixture
def call(toy_book, threads, monkeypatch):
    """Call the command in the toy book, its work done in threads: words -> click's result."""
    monkeypatch.setattr(engine.fill, "__defaults__", (None, threads["executor"], False))
    return lambda *words: CliRunner().invoke(cli.main, list(words), prog_name="earlyalign")


def everything_under(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


BAD_INPUT = {
    "unknown command": (
        ["biuld"],
        "allowed: build, clean, costs, data, fls, items, new, run, serve, sync, verify",
    ),
    "unknown option": (["items", "--color"], "allowed: --json"),
    "unknown item": (["run", "B-fig99"], "allowed: T-line"),
    "no item": (["run"], "ITEM"),
    "unknown profile": (["run", "T-line", "--profile", "huge"], "allowed: smoke, quick, ci, paper"),
    "unknown profile to build": (["build", "--profile", "huge"], "allowed: smoke, quick, ci, paper"),
    "unknown profile to verify": (["verify", "--profile", "huge"], "allowed: smoke, quick, ci, paper"),
    "unknown profile to serve": (["serve", "--profile", "huge"], "allowed: smoke, quick, ci, paper"),
    "unknown parameter": (["run", "T-line", "--set", "sigma=1"], "allowed: n, noise, seeds, line"),
    "wrong type": (["run", "T-line", "--set", "n=many"], "n = 'many'"),
    "n = 0": (["run", "T-line", "--set", "n=0"], "greater than or equal to 2"),
    "negative noise": (["run", "T-line", "--set", "noise=-1"], "greater than 0"),
    "not a number": (["run", "T-line", "--set", "noise=.nan"], "finite"),
    "unknown choice": (["run", "T-line", "--set", "line=tea"], "'rising' or 'falling'"),
    "no value": (["run", "T-line", "--set", "n"], "NAME=VALUE"),
    "broken value": (["run", "T-line", "--set", "n=[1,"], "not YAML"),
    "a key twice": (["run", "T-line", "--set", "n={a: 1, a: 2}"], "stands twice"),
    "a truth value for a number": (["run", "T-line", "--set", "n=true"], "n = True"),
    "a text for a number": (["run", "T-line", "--set", "noise='1'"], "noise = '1'"),
    "half a point": (["run", "T-line", "--set", "n=4.5"], "n = 4.5"),
    "a number without end": (["run", "T-line", "--set", f"n={10**12}"], "less than or equal to"),
    "an empty folder": (["run", "T-line", "--out", ""], "--out: a value must not be empty"),
    "an empty folder, joined": (["run", "T-line", "--out="], "--out: a value must not be empty"),
    "an empty chapter": (["build", "--only", ""], "--only: a value must not be empty"),
    "an empty address": (
        ["build", "--engine", "dask", "--scheduler", ""],
        "--scheduler: a value must not be empty",
    ),
    "no seeds": (["run", "T-line", "--seeds", "0"], "x>=1"),
    "one seed": (["run", "T-line", "--seeds", "1"], "greater than or equal to 2"),
    "no jobs": (["run", "T-line", "--jobs", "0"], "x>=1"),
    "no jobs to build": (["build", "--jobs", "-3"], "x>=1"),
    "jobs in words": (["build", "--jobs", "two"], "integer"),
    "unknown chapter": (["build", "--only", "nowhere"], "allowed: index, toy, verification"),
    "port": (["serve", "--port", "70000"], "0<=x<=65535"),
    "nothing to serve": (["serve"], "earlyalign build --profile ci"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_with_what_is_allowed_status_2_and_nothing_written(call, toy_book, case):
    words, named = BAD_INPUT[case]
    before = everything_under(toy_book)
    result = call(*words)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert named in result.stderr
    assert "Traceback" not in result.output
    assert everything_under(toy_book) == before


@pytest.mark.parametrize("words", [[], ["--help"], ["run", "--help"], ["build", "-h"], ["verify", "--help"]])
def test_help_shows_examples(call, words):
    result = call(*words)
    assert "earlyalign" in result.output
    assert result.exit_code == (0 if words else 2)


def test_items_are_listed_for_people_and_for_programs(call):
    assert "A line through noise" in call("items").output
    (row,) = json.loads(call("items", "--json").output)
    assert {"id", "title", "paper", "kind", "chapter"} <= row.keys()
    assert row["parts"] == ["T-linea"]


@pytest.mark.parametrize("name", ["T-line", "T-linea"])
def test_run_writes_tables_figures_verdicts_and_provenance(call, toy_book, name):
    result = call("run", name, "--profile", "smoke", "--seeds", "4", "--set", "n=20", "--out", "here")
    assert result.exit_code == 0
    assert "T-linea/slope" in result.output
    assert {path.name for path in (toy_book / "here").iterdir()} == {
        "slope.csv", "points.csv", "T-line.svg", "T-line.png", "sidecar.json", "verdicts.csv",
    }  # fmt: skip
    sidecar = json.loads((toy_book / "here/sidecar.json").read_text())
    assert (sidecar["params"]["n"], sidecar["params"]["seeds"]) == (20, 4)
    assert sidecar["profile"] == "smoke, changed"


def test_run_as_json_prints_nothing_else(call):
    told = json.loads(call("run", "T-line", "--json").stdout)
    assert [claim["verdict"] for claim in told["claims"]] == ["reproduced"]
    assert told["params"]["seeds"] == 5


def test_a_run_that_raises_ends_with_status_1_and_says_why(call, monkeypatch):
    monkeypatch.setattr(toy, "ITEM", dataclasses.replace(toy.ITEM, compute=toy.crashing))
    toy.install()
    result = call("run", "T-line")
    assert result.exit_code == 1
    assert "seed=1" in result.stderr and "told to crash" in result.stderr


def test_verify_compares_with_the_record_in_both_directions(call, toy_book):
    assert call("verify").exit_code == 1, "nothing is on record yet"
    assert call("verify", "--record").exit_code == 0
    assert call("verify").exit_code == 0
    record = toy_book / "book/verdicts.yaml"
    record.write_text(yaml.safe_dump({"ci": {"T-linea/slope": "contradicted"}}))
    result = call("verify", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    (claim,) = told["claims"]
    assert (claim["item"], claim["id"], claim["verdict"]) == ("T-line", "T-linea/slope", "reproduced")
    assert claim["recorded"] == "contradicted"
    assert {"measured", "low", "high", "expected", "controls"} <= claim.keys()
    assert told["problems"] == ["T-linea/slope: reproduced, recorded as contradicted"]


def test_verify_in_blocks_says_which_half_of_the_seeds_turns_a_verdict_round(call, toy_book):
    call("verify", "--record")
    result = call("verify", "--blocks")
    assert result.exit_code == 0
    assert "1 claims on half of the seeds, 0 turned round" in result.output
    record = toy_book / "book/verdicts.yaml"
    record.write_text(yaml.safe_dump({"ci": {"T-linea/slope": "contradicted"}}))
    result = call("verify", "--blocks", "--json")
    assert result.exit_code == 1
    assert any("on the odd seeds" in problem for problem in json.loads(result.stdout)["problems"])
    assert "1 turned round" in result.stderr
    (toy_book / "book/profiles/ci.yaml").write_text("T-line: {n: 40, noise: 0.1, seeds: 3}\n")
    assert (
        "T-line: not judged on half of its seeds: no setting has 4 seeds" in call("verify", "--blocks").output
    )


def test_a_store_in_the_way_is_one_line(call, toy_book, monkeypatch):
    (toy_book / "file").write_text("")
    monkeypatch.setenv("EARLYALIGN_STORE", str(toy_book / "file" / "store"))
    result = call("run", "T-line")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_outside_a_book_the_package_still_finds_its_own(toy_item, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli.main, ["items"]).exit_code == 0


@pytest.fixture
def built(monkeypatch):
    """`earlyalign build` without its site: what it was asked."""
    asked = {}

    def build(profile, only, jobs, say):
        asked.update(profile=profile, only=only, jobs=jobs)
        _, assessed = room.assess(room.read_profile(profile))
        return room.Built(Path("the/site/index.html"), room.findings(profile, assessed), 10, [], True)

    monkeypatch.setattr(room, "build", build)
    return asked


def test_build_ends_with_status_1_where_a_profile_on_record_differs(call, built, toy_book):
    assert call("build").exit_code == 0, "nothing is on record"
    record = toy_book / "book/verdicts.yaml"
    for verdict, status in (("reproduced", 0), ("contradicted", 1)):
        record.write_text(yaml.safe_dump({"ci": {"T-linea/slope": verdict}}))
        result = call("build")
        assert result.exit_code == status
        assert ("recorded as contradicted" in result.stderr) == bool(status)
        assert "the/site/index.html" in result.output, "the site is there all the same"
    record.write_text(yaml.safe_dump({"ci": {"T-linea/slope": "reproduced", "T-gone/x": "reproduced"}}))
    assert call("build").exit_code == 1
    assert call("build", "--only", "toy").exit_code == 0, "of one chapter only its own claims count"


def test_build_ends_with_the_verdicts_and_the_place_of_the_site(call, built):
    asked = built
    result = call("build", "--profile", "smoke", "--only", "toy", "--jobs", "2")
    assert asked == {"profile": "smoke", "only": "toy", "jobs": 2}
    assert "T-linea/slope" in result.output
    assert "the/site/index.html" in result.output


def test_costs_of_what_was_computed_are_written_for_the_next_build(call, toy_book):
    assert call("costs").exit_code == 2, "nothing is known before anything was computed"
    assert call("verify").exit_code in (0, 1)
    assert call("costs").exit_code == 0
    known = read_costs()
    assert {work for work, _ in known.seconds} == {toy.compute.__module__, toy.flipped.__module__}
    assert all(seconds > 0 for seconds in known.seconds.values())


def test_clean_keeps_the_runs_unless_told(call, toy_book):
    call("verify")
    stored = list((toy_book / "_build/store").rglob("*.npz"))
    assert len(stored) == 10
    assert call("clean").exit_code == 0
    assert not (toy_book / "_build/artifacts").exists()
    assert all(path.is_file() for path in stored)
    call("clean", "--store")
    assert not (toy_book / "_build/store").exists()
