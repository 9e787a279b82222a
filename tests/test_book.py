"""The whole book at the ci profile: every run, every chapter, every verdict, every control."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from earlyalign.fls.transferring import SMALL_CNN
from earlyalign.items.manifest import LEDGER, everything
from earlyalign.publish.chapters import table_of_contents
from earlyalign.publish.site import site_root
from earlyalign.runs.paths import project_root

pytestmark = pytest.mark.book


@pytest.fixture(scope="module")
def verified(built) -> dict:
    command = [sys.executable, "-m", "earlyalign", "verify", "--profile", "ci", "--json"]
    ended = subprocess.run(command, cwd=project_root(), stdout=subprocess.PIPE, text=True)
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["problems"]) == (0, []), "a verdict differs from book/verdicts.yaml"
    return told


def test_the_site_has_every_page(built):
    assert str(site_root("ci")) in built.output.replace("\n", "")
    assert all((site_root("ci") / f"{chapter.docname}.html").is_file() for chapter in table_of_contents())


def test_a_second_build_computes_executes_and_renders_nothing(built, shown):
    again = shown("build", "--profile", "ci")
    assert again.status == 0
    assert "none to compute" in again.output
    assert "0 of" in again.output
    assert "site unchanged" in again.output


def test_every_part_of_the_ledger_has_a_verdict(verified):
    judged = {
        claim["id"].split("/")[0] for claim in verified["claims"] if claim["verdict"] not in (None, "not run")
    }
    assert judged >= set(LEDGER)


def test_no_control_gave_its_claims_the_opposite_of_what_it_must(verified):
    ran = {(claim["item"], name) for claim in verified["claims"] for name in claim["controls"]}
    assert ran == {(item.id, control.name) for item in everything() for control in item.controls}
    failed = [
        (claim["id"], name, control)
        for claim in verified["claims"]
        for name, control in claim["controls"].items()
        if control["leaning"] not in (control["must_be"], "undecided")
    ]
    assert not failed


def test_nearly_every_control_decides(verified):
    """A control that leaves its claim undecided takes it to the boundary only. Nine in ten must go beyond."""
    all_of_them = [control for claim in verified["claims"] for control in claim["controls"].values()]
    decided = [control for control in all_of_them if control["leaning"] == control["must_be"]]
    assert len(decided) >= 0.9 * len(all_of_them)


def test_every_claim_has_a_control(verified):
    without = [claim["id"] for claim in verified["claims"] if not claim["controls"]]
    assert not without


def test_the_exponents_that_transfer_uses_are_those_that_were_measured(verified):
    measured = {claim["id"]: claim for claim in verified["claims"] if claim["item"] == "A-fig-cstar"}
    for size, exponent, half_width in (
        ("n", SMALL_CNN.samples, SMALL_CNN.samples_half_width),
        ("h", SMALL_CNN.width, SMALL_CNN.width_half_width),
    ):
        claim = measured[f"A-fig-cstar/{size}"]
        assert claim["low"] <= exponent <= claim["high"]
        assert abs(claim["measured"] - exponent) <= half_width


def test_every_measured_number_lies_in_its_interval(verified):
    for claim in verified["claims"]:
        if claim["measured"] is not None and claim["low"] is not None and claim["high"] is not None:
            assert claim["low"] <= claim["measured"] <= claim["high"], claim["id"]
