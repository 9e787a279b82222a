from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from earlyalign.publish.build import assess
from earlyalign.publish.chapters import table_of_contents
from earlyalign.publish.profiles import read_profile
from earlyalign.publish.record import findings, record_path, write_record
from earlyalign.publish.report import BADGE, TABLE, fill_placeholders, placeholders


@pytest.fixture
def made(toy_book, threads):
    """A function that gives the report as parsed HTML: (badge, table)."""

    def make(profile="ci"):
        assessed = assess(read_profile(profile), **threads)[1]
        judged = findings(profile, assessed)
        placed = placeholders(profile, assessed, judged, table_of_contents())
        return tuple(BeautifulSoup(placed[mark], "html.parser") for mark in (BADGE, TABLE))

    make.record = lambda: write_record("ci", assess(read_profile("ci"), **threads)[1])
    return make


def test_every_part_has_rows_with_ids_links_and_what_was_measured(made):
    _, table = made()
    part = table.find("tbody", id="T-linea")
    row = part.find(id="T-linea/slope")
    for words in (
        "The slope is two.",
        "1.5 to 2.5",
        "reproduced",
        "not on record",
        "wrong sign: contradicted, as it must",
    ):
        assert words in row.get_text()
    links = {link["href"] for link in part.find_all("a")}
    assert links == {
        "{up}book/toys/toy.html#thm-toy", "{up}book/toys/toy.html#fig-t-line", "{up}data/T-line/sidecar.json",
        "{up}code/toy.html#T-linea",
    }  # fmt: skip


def test_the_report_says_whether_it_agrees_with_the_record(made):
    badge, table = made()
    assert "Differs from the record" in table.get_text()
    assert "record" not in badge.get_text(), "a profile without a record differs from none"
    made.record()
    badge, table = made()
    text = table.get_text()
    assert "record" not in badge.get_text()
    assert "Differs from the record" not in text
    assert "Every verdict is the recorded one" in text
    record_path().write_text("ci: {T-linea/slope: contradicted}\n")
    badge = made()[0]
    assert "1 differs from the record" in badge.get_text()
    assert "1 differs from the record" in badge.find("a")["aria-label"]


def test_an_item_that_was_not_run_has_its_row(made, toy_book):
    (toy_book / "book/profiles/smoke.yaml").write_text("{}\n")
    badge, table = made("smoke")
    assert "not run" in table.find(id="T-linea").get_text()
    assert "1 not run" in badge.get_text()


def test_the_badge_counts_by_verdict_and_says_so_aloud(made):
    badge, _ = made()
    assert [pill.get_text() for pill in badge.find_all(class_="ea-pill")] == ["1 reproduced"]
    assert "1 reproduced" in badge.find("a")["aria-label"]


def test_placeholders_become_blocks_and_other_text_stays():
    text = fill_placeholders(f"before\n\n{BADGE}\n\nafter", {BADGE: "<p>badge</p>"})
    assert text == "before\n\n```{raw} html\n<p>badge</p>\n```\n\nafter"
