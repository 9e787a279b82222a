from __future__ import annotations

import pytest

pytestmark = pytest.mark.site


@pytest.mark.parametrize("width", [1280, 390])
def test_search_finds_a_word_and_leads_to_its_page(visit, width):
    seen = visit("search", width)
    seen.page.goto(f"{seen.page.url}?q=verification")
    results = seen.page.locator("#search-results ul.search li a")
    results.first.wait_for()
    assert any(
        "verification" in (link or "") for link in results.evaluate_all("all => all.map(link => link.href)")
    )
    results.first.click()
    assert "verification" in seen.page.locator("article").inner_text().lower()
    assert seen.outside == []


def test_search_of_nonsense_finds_nothing(visit):
    page = visit("search").page
    page.goto(f"{page.url}?q=xyzzyplugh")
    page.get_by_text("did not match any documents").wait_for()
    assert page.locator("#search-results ul.search li").count() == 0


def test_there_is_one_search_box_and_it_opens_by_keyboard(visit):
    page = visit("book/index").page
    page.keyboard.press("Control+k")
    page.locator("dialog[open] input[type=search]").wait_for()
    assert page.locator("input[type=search]:visible").count() == 1
