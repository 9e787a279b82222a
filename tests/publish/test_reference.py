"""The reference: it shows the whole library, each thing once, beside its source."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from bs4 import BeautifulSoup

from earlyalign.publish.build import build
from earlyalign.publish.chapters import Chapter, table_of_contents
from earlyalign.publish.docstrings import ROOMS
from earlyalign.publish.reference import FOLDER, filled, modules_of, public, shown, sources
from earlyalign.publish.source_pages import source_pages

PAGES = [chapter for chapter in table_of_contents() if chapter.docname.startswith(FOLDER)]

PAGE = """# Reference

What there is.

<!-- reference overview -->

## Modules

<!-- reference earlyalign.theory.ols -->

<!-- reference earlyalign.items.item: Claim, Verdict -->
"""


def href(module: str) -> str:
    return f"../../{module}.html"


def test_everything_public_is_shown_once():
    """Of `fls`, what the package lists: its modules are its own affair."""
    whole = [module for room in ROOMS if room != "fls" for module in modules_of(f"earlyalign.{room}")]
    named = {(module, name) for module in [*whole, "earlyalign.fls"] for name in public(module)}
    found = Counter((module, name) for module, names in shown(PAGES).items() for name in names)
    assert named - set(found) == set(), "name them on a page of book/reference"
    assert [pair for pair, times in found.items() if times > 1] == []
    assert {module for module, _ in set(found) - named} == {"earlyalign.runs"}


def test_the_pages_come_last():
    pages = table_of_contents()
    assert pages[-len(PAGES) :] == PAGES and len(PAGES) == len(ROOMS)


def test_no_mark_is_left_over():
    for page in PAGES:
        assert "<!-- reference" not in filled(page.text, href), page.docname


def test_a_module_is_shown_with_its_name_its_source_and_what_is_public_in_it():
    text = filled(PAGE, href)
    assert "### `theory.ols`" in text
    assert '<a href="../../earlyalign.theory.ols.html">ols.py</a>' in text
    assert "   :members: least_squares, TwoOLS, two_ols, population_risk" in text


def test_some_names_of_a_module_are_shown_alone():
    text = filled(PAGE, href)
    assert "automodule:: earlyalign.items.item" not in text
    assert ".. autoclass:: Claim" in text and ".. autoclass:: Control" not in text


def test_all_that_is_shown_has_a_page_of_source(toy_book):
    """A toy page: of the real ones, the links are followed on the site."""
    page = toy_book / f"{FOLDER}/toy.md"
    page.parent.mkdir()
    page.write_text(PAGE)
    chapters = [*table_of_contents(), Chapter(f"{FOLDER}/toy", page)]
    assert sources(chapters) == {"earlyalign.theory.ols", "earlyalign.items.item"}
    assert {"code/theory/ols", "code/items/item", "code/toy"} <= set(
        source_pages(chapters, "book/verification")
    )


@pytest.fixture
def laid_out(toy_book, threads):
    """The toy book with a page of reference, built: its page, and the root of the site."""
    page = toy_book / f"{FOLDER}/toy.md"
    page.parent.mkdir()
    page.write_text(PAGE)
    contents = toy_book / "_toc.yml"
    contents.write_text(contents.read_text() + f"  - file: {FOLDER}/toy\n")
    root = build("ci", say=lambda _: None, **threads).index.parent
    return BeautifulSoup((root / f"{FOLDER}/toy.html").read_text(), "html.parser"), root


def test_the_page_says_what_a_thing_takes_and_where_its_source_stands(laid_out):
    page, root = laid_out
    signature = page.find(id="earlyalign.theory.ols.two_ols")
    assert re.sub(r"\s+", " ", signature.get_text(" ")).startswith("source two_ols (")
    assert signature.find("dl") is None, "a list without terms"
    for link in page.select("a.ea-to-source, .ea-source-way a"):
        file, _, line = link["href"].partition("#")
        source = BeautifulSoup((root / FOLDER / file).read_text(), "html.parser")
        assert not line or source.find(id=line).get_text().lstrip().startswith(("def ", "class ", "@"))
    assert page.find("a", attrs={"aria-label": "source of theory.ols.two_ols"})
    assert [term.get_text() for term in page.select(".ea-fields dt")][:2] == ["id", "words"]
    assert "not at this scale" in page.find(id="earlyalign.items.item.Verdict").parent.get_text()
    for link in page.select(".ea-contents a"):
        assert page.find(id=link["href"].removeprefix("#")), link["href"]
