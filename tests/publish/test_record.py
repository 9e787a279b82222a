from __future__ import annotations

import dataclasses

import pytest
import yaml

from earlyalign.errors import UserError
from earlyalign.publish import record
from earlyalign.publish.build import assess
from earlyalign.publish.profiles import read_profile
from earlyalign.publish.record import findings, read_record, record_path, write_record


@pytest.fixture
def assessed(toy_book, threads):
    return assess(read_profile("ci"), **threads)[1]


def problems(assessed):
    return [finding.problem for finding in findings("ci", assessed) if finding.problem]


def test_a_recorded_verdict_is_no_problem(assessed):
    write_record("ci", assessed)
    assert read_record("ci") == {"T-linea/slope": "reproduced"}
    assert problems(assessed) == []


def test_a_verdict_that_changed_is_a_problem_in_either_direction(assessed):
    for recorded in ("contradicted", "weaker"):
        record_path().write_text(yaml.safe_dump({"ci": {"T-linea/slope": recorded}}))
        assert problems(assessed) == [f"T-linea/slope: reproduced, recorded as {recorded}"]


def test_what_is_recorded_as_undecided_may_come_out_as_anything(assessed):
    record_path().write_text(yaml.safe_dump({"ci": {"T-linea/slope": "undecided"}}))
    for verdict in ("reproduced", "contradicted", "weaker"):
        assessed[0].claims[0].update(verdict=verdict, leaning=verdict)
        assert problems(assessed) == []


def test_a_recorded_verdict_holds_as_long_as_the_claim_leans_to_it(assessed):
    write_record("ci", assessed)
    assessed[0].claims[0].update(verdict="undecided", leaning="reproduced")
    assert problems(assessed) == []
    assessed[0].claims[0].update(verdict="undecided", leaning="undecided")
    assert problems(assessed) == ["T-linea/slope: undecided, recorded as reproduced"]


def test_a_verdict_that_does_not_exist_is_refused(assessed):
    for word in ("perhaps", 5):
        record_path().write_text(yaml.safe_dump({"ci": {"T-linea/slope": word}}))
        with pytest.raises(UserError, match="allowed: reproduced, weaker"):
            read_record("ci")


def test_an_unrecorded_claim_and_a_vanished_one_are_problems(assessed):
    record_path().write_text(yaml.safe_dump({"ci": {"T-linea/gone": "reproduced"}}))
    unrecorded, vanished = problems(assessed)
    assert "T-linea/slope" in unrecorded and "not on record" in unrecorded
    assert "T-linea/gone" in vanished and "no item" in vanished


def test_a_control_that_stayed_green_is_a_problem(assessed):
    write_record("ci", assessed)
    assessed[0].controls[0]["claims"][0].update(verdict="reproduced", leaning="reproduced")
    assert problems(assessed) == ["T-linea/slope: under control wrong sign reproduced, must be contradicted"]


def test_many_unrecorded_claims_share_one_line(assessed):
    (first,) = findings("ci", assessed)
    many = [dataclasses.replace(first, id=f"T-linea/{number}") for number in range(20)]
    told = record.problems(many)
    assert len(told) == 1 and told[0].startswith("20 claims are not on record")
    assert len(record.problems(many[:2])) == 2


def test_recording_one_profile_keeps_the_others(assessed):
    record_path().write_text(yaml.safe_dump({"paper": {"T-linea/slope": "weaker"}}))
    write_record("ci", assessed)
    assert read_record("paper") == {"T-linea/slope": "weaker"}


@pytest.mark.parametrize("text", ["ci: [1]", "- 1", "ci: {a"])
def test_a_damaged_record_is_one_clear_line(assessed, text):
    record_path().write_text(text)
    with pytest.raises(UserError, match=r"book/verdicts\.yaml"):
        read_record("ci")
