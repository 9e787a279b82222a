from __future__ import annotations

import re

import pytest
import toy
import yaml

from earlyalign.errors import UserError
from earlyalign.items.item import Mark, Verdict
from earlyalign.publish.build import assess
from earlyalign.publish.chapters import table_of_contents
from earlyalign.publish.profiles import read_profile
from earlyalign.publish.rebuilt import read_rebuilt, rebuilt_texts
from earlyalign.publish.record import findings, read_record
from earlyalign.runs.paths import project_root

CLAIM = f"{toy.PART}/slope"
FORMULA = {
    "id": "slope", "title": "The slope", "where": "Section 1", "left": "A line.", "form": "$\\beta = 2$",
    "claims": [CLAIM], "otherwise": "It would be steeper.",
}  # fmt: skip
CHOICE = {
    "id": "size",
    "title": "Size",
    "why": "None given.",
    "values": {toy.ID: ["n", "noise"]},
    "otherwise": "Less.",
}


def written(claims=(CLAIM,), choices=()):
    section = {"title": "Lines", "formulas": [{**FORMULA, "claims": list(claims)}] if claims else []}
    return yaml.safe_dump({"T": {"sections": [section], "choices": list(choices)}})


@pytest.fixture
def texts(toy_book, threads):
    """A function that gives the toy book's page of rebuilt formulas out of the words for it."""

    def make(words):
        (toy_book / "book/rebuilt.yaml").write_text(words)
        profile = read_profile("ci")
        judged = findings("ci", assess(profile, **threads)[1])
        return rebuilt_texts(profile, judged, table_of_contents())["<!-- rebuilt-T -->"]

    return make


def test_a_formula_stands_beside_what_was_measured_and_where(texts):
    text = texts(written())
    for words in (
        "(rebuilt-slope)=", "$\\beta = 2$", "It would be steeper.", "1 reproduced",
        "The slope is two.", "expected 1.5 to 2.5", f"{{up}}book/verification.html#{CLAIM}",
        "{up}book/toys/toy.html#thm-toy", f"{{up}}code/toy.html#{toy.PART}",
    ):  # fmt: skip
        assert words in text


def test_claims_of_an_item_that_was_not_computed_stand_as_not_run(toy_book):
    (toy_book / "book/rebuilt.yaml").write_text(written())
    text = rebuilt_texts(read_profile("ci"), [], table_of_contents())["<!-- rebuilt-T -->"]
    assert "1 not run" in text and "1 reproduced" not in text


def test_a_number_on_the_page_is_the_measured_one(texts, toy_book, threads):
    text = texts(written())
    (assessed,) = assess(read_profile("ci"), **threads)[1]
    assert f"measured <b>{assessed.claims[0]['measured_text']}</b>" in text


def test_a_choice_shows_its_values_at_both_scales(texts, toy_book):
    (toy_book / "book/profiles/paper.yaml").write_text("T-line: {n: 999, noise: 0.1, seeds: 5}\n")
    text = texts(written(choices=[CHOICE]))
    assert "<dd>40 <small>at ci</small></dd>" in text and "<dd>999 <small>at paper</small></dd>" in text


def test_a_claim_that_nobody_makes_is_refused(texts):
    with pytest.raises(UserError, match=f"'T-linea/curve'; allowed: {CLAIM}"):
        texts(written(claims=["T-linea/curve"]))


def test_a_parameter_that_no_item_has_is_refused(texts):
    with pytest.raises(UserError, match="'size'; allowed: n, noise"):
        texts(written(choices=[{**CHOICE, "values": {toy.ID: ["size"]}}]))


def test_a_misspelt_word_in_the_file_is_refused(texts):
    with pytest.raises(UserError, match=r"book/rebuilt\.yaml"):
        texts(written().replace("otherwise:", "otherwse:"))


def test_a_rebuilt_claim_that_no_formula_names_is_listed_all_the_same(texts, monkeypatch):
    assert CLAIM not in texts(written(claims=()))
    monkeypatch.setattr("earlyalign.publish.rebuilt.is_rebuilt", lambda finding: True)
    assert CLAIM in texts(written(claims=()))


def test_every_claim_on_the_page_is_on_record_and_every_formula_has_one():
    recorded = read_record("ci")
    for paper in read_rebuilt().values():
        for entry in paper.entries:
            assert set(entry.claims) <= set(recorded), entry.id
        for section in paper.sections:
            for formula in section.formulas:
                assert formula.claims and formula.mark is Mark.REBUILT, formula.id


def test_the_page_names_the_forms_that_did_not_survive():
    recorded = read_record("ci")
    fallen = {
        formula.id
        for section in read_rebuilt()["B"].sections
        for formula in section.formulas
        if any(recorded[id] == Verdict.CONTRADICTED for id in formula.claims)
    }
    introduction = (project_root() / "book/rebuilt.md").read_text()
    assert set(re.findall(r"\(rebuilt-([\w-]+)\)", introduction)) == fallen


def test_every_choice_names_parameters_that_exist_at_every_scale():
    for name in ("ci", "paper"):
        profile = read_profile(name)
        for paper in read_rebuilt().values():
            for choice in paper.choices:
                for item, names in choice.values.items():
                    fields = type(profile.params[item]).model_fields
                    assert {each.split(".")[0] for each in names} <= set(fields), choice.id


def test_entries_have_names_of_their_own():
    for paper in read_rebuilt().values():
        names = [entry.id for entry in paper.entries]
        assert len(names) == len(set(names))
