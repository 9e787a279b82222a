"""Every page, at a desk and on a phone, by day and by night."""

from __future__ import annotations

from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe

from earlyalign.publish.chapters import table_of_contents

from .conftest import SCHEMES, WIDTHS, open_page

pytestmark = pytest.mark.site

PAGES = [chapter.docname for chapter in table_of_contents()]
BAD_IMAGES = """() => [...document.querySelectorAll('article img')]
  .filter(image => !image.complete || image.naturalWidth === 0 || !(image.alt || '').trim())
  .map(image => image.src + ' alt=' + image.alt)"""
ALL_IMAGES = "() => [...document.images].every(image => image.complete)"
RAW_MATH = """() => [...document.querySelectorAll('article .math')]
  .filter(math => !math.querySelector('mjx-container')).map(math => math.textContent.slice(0, 60))"""
MATH_ERRORS = (
    "() => [...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map(error => error.textContent)"
)
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll('article *')]
    .filter(box => box.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map(box => box.tagName + '.' + box.className);
}"""


@pytest.fixture(scope="module", params=product(PAGES, WIDTHS, SCHEMES), ids="-".join)
def seen(looks, address, request):
    """One visit, of one page at one width in one colour scheme, for all tests of it in turn."""
    docname, width, scheme = request.param
    visit = open_page(looks[width, scheme], address, docname, WIDTHS[width], scheme)
    yield visit
    visit.page.close()


def test_a_page_is_whole(seen):
    page = seen.page
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function(ALL_IMAGES)
    assert seen.complaints == []
    assert seen.outside == []
    assert page.evaluate(BAD_IMAGES) == []
    assert page.evaluate(RAW_MATH) == []
    assert page.evaluate(MATH_ERRORS) == []
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= seen.width
    assert page.locator("html").get_attribute("data-theme") == seen.scheme


def grave_violations(page) -> list[str]:
    """What axe finds serious or critical, with the places."""
    report = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary'][:300]}"
        for violation in report["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def test_a_page_can_be_used_by_everybody(seen):
    page = seen.page
    page.evaluate("window.scrollTo(0, 0)")
    page.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
    assert grave_violations(page) == []


def test_a_page_that_shuts_somebody_out_would_be_noticed(visit):
    page = visit(PAGES[0]).page
    shut = "<img src='x.png'><button></button>"
    page.locator("article").evaluate("(article, shut) => article.insertAdjacentHTML('beforeend', shut)", shut)
    named = {line.split(":")[0] for line in grave_violations(page)}
    assert {"image-alt", "button-name"} <= named
    assert page.evaluate(BAD_IMAGES) != []
