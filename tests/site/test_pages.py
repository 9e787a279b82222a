"""Every page, at a desk and on a phone, by day and by night."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from earlyalign.publish.chapters import table_of_contents

from .conftest import SCHEMES, WIDTHS

pytestmark = pytest.mark.site

PAGES = [chapter.docname for chapter in table_of_contents()]
BAD_IMAGES = """() => [...document.querySelectorAll('article img')]
  .filter(image => !image.complete || image.naturalWidth === 0 || !(image.alt || '').trim())
  .map(image => image.src + ' alt=' + image.alt)"""
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


@pytest.fixture(
    params=[(name, scheme) for name in WIDTHS for scheme in SCHEMES], ids=lambda pair: "-".join(pair)
)
def look(request):
    """A width in pixels and a colour scheme."""
    name, scheme = request.param
    return WIDTHS[name], scheme


@pytest.mark.parametrize("docname", PAGES)
def test_a_page_is_whole(visit, docname, look):
    seen = visit(docname, *look)
    page = seen.page
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    assert seen.complaints == []
    assert seen.outside == []
    assert page.evaluate(BAD_IMAGES) == []
    assert page.evaluate(RAW_MATH) == []
    assert page.evaluate(MATH_ERRORS) == []
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= look[0]
    assert page.locator("html").get_attribute("data-theme") == look[1]


def grave_violations(page) -> list[str]:
    """What axe finds serious or critical, with the places."""
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary'][:300]}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("docname", PAGES)
def test_a_page_can_be_used_by_everybody(visit, docname, look):
    page = visit(docname, *look).page
    page.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
    assert grave_violations(page) == []


def test_a_page_that_shuts_somebody_out_would_be_noticed(visit):
    page = visit(PAGES[0]).page
    shut = "<img src='x.png'><button></button>"
    page.locator("article").evaluate("(article, shut) => article.insertAdjacentHTML('beforeend', shut)", shut)
    named = {line.split(":")[0] for line in grave_violations(page)}
    assert {"image-alt", "button-name"} <= named
    assert page.evaluate(BAD_IMAGES) != []
