"""From every statement to the code that checks it in one click, and back in another."""

from __future__ import annotations

import json

import pytest

from earlyalign.items.item import Mark
from earlyalign.items.manifest import LEDGER, load
from earlyalign.publish.assessed_items import artifacts_root
from earlyalign.publish.chapters import table_of_contents
from earlyalign.publish.source_pages import code_href, docname, judged_at
from earlyalign.publish.where_stated import link_targets, stated

from .conftest import SCHEMES, WIDTHS, arrive
from .test_pages import BAD_IMAGES, TOO_WIDE, grave_violations

pytestmark = pytest.mark.site

CODE_PAGES = sorted({docname(judged_at(part).module) for part in LEDGER})
STATED = ("theorem", "lemma", "proposition", "definition", "assumption")


@pytest.fixture(scope="module")
def reader(browser):
    """A page for all parts in turn: where one test leaves it, in its chapter, the next goes on."""
    with browser.new_page(viewport={"width": WIDTHS["desk"], "height": 900}, color_scheme="light") as page:
        yield page


@pytest.mark.parametrize("part", LEDGER)
def test_a_part_leads_to_its_code_and_back(reader, address, part):
    home, page = link_targets(table_of_contents())[part][0], reader
    chapter = f"{address}/{home.docname}.html"
    if page.url.partition("#")[0] != chapter:
        arrive(page, chapter)
    stated = page.locator(f'[id="{home.anchor}"]')
    stated.locator(f'a[href$="{code_href(part)}"]').first.click()
    page.wait_for_url(f"**/{code_href(part)}")
    cut = page.locator(f'[id="{part}"]')
    assert cut.is_visible()
    assert page.locator(f"#L{judged_at(part).line}").inner_text().startswith(("def ", "@"))
    cut.locator(f'a[href$="{home.href}"]').click()
    page.wait_for_url(f"**/{home.href}")
    assert page.locator(f'[id="{home.anchor}"]').is_visible()


def test_what_a_paper_states_stands_in_a_directive():
    named = stated(table_of_contents())
    bare = [part for part in LEDGER if load(part).kind in STATED and part not in named]
    assert bare == [], "give their directives the option :class: item-<part>"


def test_every_claim_marked_rebuilt_is_on_the_page_of_rebuilt_formulas(visit):
    page = visit("book/rebuilt").page
    shown = page.locator(".ea-evidence .ea-words a").evaluate_all(
        "all => all.map(link => link.hash.slice(1))"
    )
    told = [json.loads(path.read_text()) for path in artifacts_root("ci").glob("*/assessed.json")]
    rebuilt = {claim["id"] for data in told for claim in data["claims"] if claim["mark"] == Mark.REBUILT}
    assert rebuilt and rebuilt <= set(shown)


@pytest.mark.parametrize(("width", "scheme"), list(zip(WIDTHS, SCHEMES)))
@pytest.mark.parametrize("name", CODE_PAGES)
def test_a_page_of_code_is_whole_and_can_be_used_by_everybody(leaf, name, width, scheme):
    seen = leaf(name, width, scheme)
    assert (seen.complaints, seen.outside) == ([], [])
    assert seen.page.evaluate(BAD_IMAGES) == []
    assert seen.page.evaluate(TOO_WIDE) == []
    assert seen.page.locator("html").get_attribute("data-theme") == scheme
    assert grave_violations(seen.page) == []
