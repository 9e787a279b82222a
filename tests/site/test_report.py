from __future__ import annotations

import pytest

pytestmark = pytest.mark.site

REPORT = "book/verification"
ROWS = ".ea-claim:visible"


@pytest.fixture
def report(visit):
    return visit(REPORT).page


def test_without_a_script_every_row_is_there_and_the_filter_is_not(visit, report):
    plain = visit(REPORT, script=False).page
    assert plain.locator(ROWS).count() == report.locator(".ea-claim").count() > 0
    assert plain.locator(".ea-filter").is_hidden()


def test_the_verdict_filter_keeps_that_verdict(report):
    total = report.locator(".ea-claim").count()
    verdicts = report.locator(".ea-claim").evaluate_all("rows => rows.map(row => row.dataset.verdict)")
    for verdict in set(verdicts):
        report.locator("select[name=verdict]").select_option(verdict)
        shown = report.locator(ROWS).evaluate_all("rows => rows.map(row => row.dataset.verdict)")
        assert shown == [verdict] * verdicts.count(verdict)
        assert report.locator(".ea-shown").inner_text() == f"{len(shown)} of {total} claims"


def test_paper_and_kind_filters_keep_their_own(report):
    for name in ("paper", "kind"):
        select = report.locator(f"select[name={name}]")
        options = select.locator("option").all_text_contents()[1:]
        assert options
        for option in options:
            select.select_option(option)
            bodies = report.locator("tbody[data-paper]:visible")
            told = bodies.evaluate_all(f"all => all.map(body => body.dataset.{name})")
            assert told and set(told) == {option}
        select.select_option("")


def test_the_text_filter_works_from_the_keyboard_alone(report):
    first = report.locator(".ea-claim").first.get_attribute("id")
    report.locator("select[name=verdict]").focus()
    report.keyboard.press("Tab")
    report.keyboard.type(first)
    assert report.locator(ROWS).first.get_attribute("id") == first
    assert report.locator(ROWS).count() < max(2, report.locator(".ea-claim").count())
    report.keyboard.press("Control+a")
    report.keyboard.type("no claim says this")
    assert report.locator(ROWS).count() == 0


def test_every_verdict_is_said_in_words_and_not_in_colour_alone(report):
    for row in report.locator(".ea-claim").all():
        assert row.locator(".ea-pill").inner_text() == row.get_attribute("data-verdict")


def test_on_a_phone_the_table_scrolls_inside_its_box(visit):
    page = visit(REPORT, 390).page
    box = page.locator(".ea-scroll")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.ea-scroll').scrollLeft > 0")
