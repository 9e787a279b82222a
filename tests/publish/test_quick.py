"""Which scale a chapter runs at: the site's, or the one that its reader chose."""

from __future__ import annotations

import pytest
import toy

from earlyalign.errors import UserError
from earlyalign.publish.assessed_items import all_runs
from earlyalign.publish.build import assess
from earlyalign.publish.chapters import table_of_contents
from earlyalign.publish.execute import execute, executed_path
from earlyalign.publish.profiles import PROFILES, UNRECORDED, read_profile
from earlyalign.publish.record import findings, problems, write_record
from earlyalign.publish.stage import scale_note
from earlyalign.publish.terminal import show
from earlyalign.runs import measure
from earlyalign.runs.profiles import CHOSEN, at_profile

CI = {"n": 40, "noise": 0.1, "seeds": 5}
QUICK = {"n": 10, "noise": 0.1, "seeds": 2}
SMOKE = {**QUICK, "n": 5}


@pytest.fixture
def book(toy_book, monkeypatch):
    """A toy book whose quick profile is smaller, and whose smoke profile is smaller still."""
    monkeypatch.delenv(CHOSEN, raising=False)
    for name, values in (("quick", QUICK), ("smoke", SMOKE)):
        (toy_book / f"book/profiles/{name}.yaml").write_text(f"T-line: {values}\n")
    return toy_book


def test_the_site_s_values_are_taken_as_they_are(book):
    assert at_profile(toy.ITEM, CI, "ci") == (CI, "ci")


def test_the_reader_s_choice_moves_a_cell_that_stands_at_the_site_s_values(book, monkeypatch):
    monkeypatch.setenv(CHOSEN, "quick")
    assert at_profile(toy.ITEM, CI, "ci") == (QUICK, "quick")


def test_what_a_reader_changed_stays_and_is_called_changed(book, monkeypatch):
    monkeypatch.setenv(CHOSEN, "quick")
    assert at_profile(toy.ITEM, {**CI, "noise": 0.3}, "ci") == ({**QUICK, "noise": 0.3}, "quick, changed")
    monkeypatch.delenv(CHOSEN)
    assert at_profile(toy.ITEM, {**CI, "noise": 0.3}, "ci") == ({**CI, "noise": 0.3}, "ci, changed")


def test_a_cell_that_says_another_name_gets_that_name_s_values(book, monkeypatch):
    assert at_profile(toy.ITEM, CI, "smoke") == (SMOKE, "smoke")
    assert at_profile(toy.ITEM, SMOKE, "smoke") == (SMOKE, "smoke")
    assert at_profile(toy.ITEM, {**SMOKE, "seeds": 3}, "smoke") == ({**SMOKE, "seeds": 3}, "smoke, changed")
    monkeypatch.setenv(CHOSEN, "quick")
    assert at_profile(toy.ITEM, CI, "smoke") == (SMOKE, "smoke"), (
        "a name in the cell goes before the environment"
    )


def test_a_name_of_one_s_own_changes_nothing(book):
    assert at_profile(toy.ITEM, CI, "mine") == (CI, "mine")


def test_an_unknown_choice_names_the_profiles(book, monkeypatch):
    monkeypatch.setenv(CHOSEN, "quickest")
    with pytest.raises(UserError, match="smoke"):
        at_profile(toy.ITEM, CI, "ci")


def test_measure_says_that_it_took_another_scale(book, monkeypatch, capsys, threads):
    monkeypatch.setenv(CHOSEN, "quick")
    outcome = measure("T-line", CI, "ci", executor=threads["executor"])
    assert (outcome.profile, len(outcome.tables["slope"])) == ("quick", 2)
    assert "quick" in capsys.readouterr().out


def test_a_build_of_the_site_is_not_moved_by_a_reader_s_choice(book, monkeypatch, threads):
    monkeypatch.setenv(CHOSEN, "quick")
    profile = read_profile("ci")
    assess(profile, **threads)
    execute(table_of_contents(), profile)
    (page,) = (executed_path(chapter, "ci") for chapter in table_of_contents() if chapter.is_notebook)
    assert "quick" not in page.read_text()


def test_verdicts_at_quick_are_shown_and_held_to_no_record(book, threads, capsys):
    _, assessed = assess(read_profile("quick"), **threads)
    judged = findings("quick", assessed)
    assert judged and problems(judged) == []
    show(judged)
    assert "not on record" in capsys.readouterr().out.splitlines()[0]
    with pytest.raises(UserError, match="not put on record"):
        write_record("quick", assessed)
    assert (
        scale_note(assessed[0]) == "Quick profile: fewer sizes and seeds than the site has; 2 runs, 2 seeds."
    )


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "paper"])
def test_every_item_has_valid_values_at_every_scale_that_runs_here_its_controls_included(name):
    site, profile = read_profile("ci"), read_profile(name)
    assert set(profile.values) == set(site.values)
    for item in profile.items():
        assert all_runs(item, profile.params[item.id])


def test_quick_asks_for_no_more_runs_than_the_site():
    quick, site = read_profile(UNRECORDED[0]), read_profile("ci")
    for item in site.items():
        runs, of_site = (len(item.runs(profile.params[item.id])) for profile in (quick, site))
        assert runs <= of_site, item.id
