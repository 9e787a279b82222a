from __future__ import annotations

import dataclasses
import json

import matplotlib as mpl
import pandas as pd
import pytest
import toy

from earlyalign.items.item import Control, Verdict
from earlyalign.publish import assessed_items as room
from earlyalign.publish.build import assess
from earlyalign.publish.profiles import read_profile
from earlyalign.runs.paths import store_root
from earlyalign.runs.store import Store


def test_an_assessed_item_holds_tables_figures_verdicts_and_controls(toy_book, threads):
    computed, (assessed,) = assess(read_profile("ci"), **threads)
    assert computed == 10, "five seeds, and five more under the control"
    assert {path.name for path in assessed.folder.iterdir()} == {
        "slope.csv", "points.csv", "T-line.svg", "T-line.png", "sidecar.json", "assessed.json",
    }  # fmt: skip
    assert len(pd.read_csv(assessed.folder / "slope.csv")) == 5
    assert [claim["verdict"] for claim in assessed.claims] == ["reproduced"]
    assert [(control["name"], control["worked"]) for control in assessed.controls] == [("wrong sign", True)]
    assert assessed.figure("T-line")["alt"].startswith("5 slopes")


def test_the_sidecar_says_how_to_make_the_numbers_again(toy_book, threads):
    _, (assessed,) = assess(read_profile("ci"), **threads)
    sidecar = json.loads((assessed.folder / "sidecar.json").read_text())
    assert sidecar["params"] == {"n": 40, "noise": 0.1, "seeds": 5, "line": "rising"}
    assert sidecar["seeds"] == list(range(5))
    assert str(toy_book) not in json.dumps(sidecar)
    assert {"commit", "code", "versions", "machine", "compute_s", "profile", "verdicts"} <= sidecar.keys()


def test_an_unchanged_assessed_item_opens_no_result(toy_book, threads, monkeypatch):
    assess(read_profile("ci"), **threads)

    def refused(*_):
        pytest.fail("a result was read though nothing changed")

    monkeypatch.setattr(room, "gather", refused)
    computed, assessed = assess(read_profile("ci"), **threads)
    assert (computed, len(assessed)) == (0, 1)


def test_a_changed_parameter_makes_the_assessed_item_again(toy_book, threads):
    _, (before,) = assess(read_profile("ci"), **threads)
    (toy_book / "book/profiles/ci.yaml").write_text("T-line: {n: 40, noise: 0.1, seeds: 6}\n")
    computed, (after,) = assess(read_profile("ci"), **threads)
    assert computed == 2, "one new seed, and one more under the control"
    assert before.data["stamp"] != after.data["stamp"]
    assert after.data["seeds"] == 6


def test_a_commit_of_prose_names_itself_and_draws_nothing_again(toy_book, threads, monkeypatch):
    _, (before,) = assess(read_profile("ci"), **threads)
    monkeypatch.setattr(room, "commit", lambda: "0123456789ab")
    monkeypatch.setattr(room, "gather", lambda *_: pytest.fail("drawn again for a commit"))
    _, (after,) = assess(read_profile("ci"), **threads)
    assert {**after.data, "files": None} == {**before.data, "files": None}
    renamed = {name for name, own in after.data["files"].items() if own != before.data["files"][name]}
    assert renamed == {"sidecar.json"}
    assert json.loads((after.folder / "sidecar.json").read_text())["commit"] == "0123456789ab"


def test_the_sidecar_tells_core_seconds_and_memory(toy_book, threads):
    _, (assessed,) = assess(read_profile("ci"), **threads)
    sidecar = json.loads((assessed.folder / "sidecar.json").read_text())
    (kind,) = sidecar["core_seconds"]
    assert (kind["kind"], kind["runs"]) == ("run", 5)
    assert kind["seconds"] == sidecar["compute_s"]
    assert kind["memory"] == sidecar["memory"]
    assert sidecar["memory"]["of"] in ("run", "process") and sidecar["memory"]["peak_mb"] > 10


def test_a_missing_artifact_is_made_again(toy_book, threads):
    _, (assessed,) = assess(read_profile("ci"), **threads)
    drawn = (assessed.folder / "T-line.svg").read_bytes()
    (assessed.folder / "T-line.svg").unlink()
    assess(read_profile("ci"), **threads)
    assert (assessed.folder / "T-line.svg").read_bytes() == drawn, "and the same bytes each time"


def edited(content: bytes) -> bytes:
    return content.replace(b'"reproduced"', b'"contradicted"')


DAMAGE = {
    "an edited verdict": ("assessed.json", edited),
    "a cut record": ("assessed.json", lambda content: content[: len(content) // 2]),
    "an empty record": ("assessed.json", lambda content: b""),
    "a record of another kind": ("assessed.json", lambda content: b"[1]"),
    "a changed number": (
        "slope.csv",
        lambda content: content.replace(b"1.9", b"9.9").replace(b"2.0", b"9.0"),
    ),
    "an edited sidecar": ("sidecar.json", edited),
    "a cut figure": ("T-line.png", lambda content: content[:-20]),
}


def test_damage_is_named_and_mended_from_the_store(toy_book, threads, monkeypatch):
    monkeypatch.setattr(room, "_stamp", lambda *_: "nothing else changed")
    _, (assessed,) = assess(read_profile("ci"), **threads)
    whole = {path: path.read_bytes() for path in assessed.folder.iterdir()}
    item, params, store = assessed.item, read_profile("ci").params["T-line"], Store(store_root())
    for name, spoil in DAMAGE.values():
        path = assessed.folder / name
        path.write_bytes(spoil(whole[path]))
        assert path.read_bytes() != whole[path]
        with pytest.warns(room.DamagedArtifact, match=f"{name}.*made again"):
            again = room.assessed_item(item, params, "ci", store, assessed.folder)
        assert again.data == assessed.data
        assert {path: path.read_bytes() for path in assessed.folder.iterdir()} == whole


def test_a_users_matplotlibrc_changes_no_figure(toy_book, threads, monkeypatch, tmp_path):
    monkeypatch.setattr(room, "_stamp", lambda *_: "nothing else changed")
    _, (assessed,) = assess(read_profile("ci"), **threads)
    params, store = read_profile("ci").params["T-line"], Store(store_root())
    theirs = {"lines.markersize": 40, "axes.grid": True, "text.usetex": True, "font.family": "serif"}
    with mpl.rc_context(theirs):
        again = room.assessed_item(assessed.item, params, "ci", store, tmp_path / "again")
    for name in ("T-line.svg", "T-line.png"):
        assert (again.folder / name).read_bytes() == (assessed.folder / name).read_bytes()


def test_figures_stand_on_nothing_and_png_on_white(toy_book, threads):
    _, (assessed,) = assess(read_profile("ci"), **threads)
    svg = (assessed.folder / "T-line.svg").read_text()
    assert 'id="patch_1"' in svg
    assert "fill: #ffffff" not in svg
    assert "<dc:date>" not in svg


def test_a_control_that_stays_green_is_told(toy_book, threads, monkeypatch):
    tame = Control("does nothing", "Nothing is broken.", {"line": "rising"}, (f"{toy.PART}/slope",))
    monkeypatch.setattr(toy, "ITEM", dataclasses.replace(toy.ITEM, controls=(tame,)))
    toy.install()
    _, (assessed,) = assess(read_profile("ci"), **threads)
    assert [control["worked"] for control in assessed.controls] == [False]


def test_a_control_may_ask_for_another_verdict_than_contradicted(toy_book, threads, monkeypatch):
    cure = Control("little noise", "Less noise.", {"noise": 0.01}, (f"{toy.PART}/slope",), Verdict.REPRODUCED)
    monkeypatch.setattr(toy, "ITEM", dataclasses.replace(toy.ITEM, controls=(cure,)))
    toy.install()
    _, (assessed,) = assess(read_profile("ci"), **threads)
    assert [(control["verdict"], control["worked"]) for control in assessed.controls] == [
        ("reproduced", True)
    ]


def test_works_are_only_what_the_store_lacks(toy_book, threads):
    profile, store = read_profile("ci"), Store(store_root())
    assert len(room.works(profile, store)) == 10
    assess(profile, **threads)
    assert room.works(profile, store) == []
