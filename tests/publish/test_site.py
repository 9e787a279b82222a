from __future__ import annotations

import os
import time

import pytest
import toy
from bs4 import BeautifulSoup

from earlyalign.publish import site
from earlyalign.publish.build import build
from earlyalign.publish.execute import ChapterFailed
from earlyalign.publish.shape import shape
from earlyalign.publish.site import SiteFailed


@pytest.fixture
def quiet_build(toy_book, threads):
    """A function that builds the toy site without a word."""
    return lambda **settings: build("ci", say=lambda _: None, **threads, **settings)


def test_the_book_is_built_offline_and_a_second_build_does_nothing(quiet_build, toy_book):
    built = quiet_build()
    html = built.index.parent
    assert (built.computed, [chapter.name for chapter in built.executed], built.rendered) == (
        10,
        ["toy"],
        True,
    )
    assert (html / "_static/mathjax/tex-svg.js").is_file()
    for page in html.rglob("*.html"):
        soup = BeautifulSoup(page.read_text(), "html.parser")
        asked = [tag.get("src") or tag.get("href") for tag in soup.find_all(["script", "link", "img"])]
        assert [address for address in asked if address and "//" in address] == []
    figure = BeautifulSoup((html / "book/toys/toy.html").read_text(), "html.parser").find(id="fig-t-line")
    assert figure.find("img")["alt"].startswith("5 slopes")
    assert (html / "data/T-line/slope.csv").is_file()
    assert (html / "notebooks/book/toys/toy.ipynb").is_file()
    assert (html / ".nojekyll").is_file(), (
        "or GitHub's pages drop every folder that begins with an underscore"
    )
    mask = os.umask(0)
    os.umask(mask)
    closed = [path for path in html.rglob("*") if path.is_file() and ~path.stat().st_mode & 0o444 & ~mask]
    assert closed == [], "files that a web server of another user cannot read"
    again = quiet_build()
    assert (again.computed, again.executed, again.rendered) == (0, [], False)


def pages(html):
    """Every page of the book -> when it was written."""
    return {path.name: path.stat().st_mtime_ns for path in (html / "book").rglob("*.html")}


def timed(build):
    started = time.perf_counter()
    return build(), time.perf_counter() - started


def test_a_sentence_costs_its_page_and_no_computing(quiet_build, toy_book):
    built, cold = timed(quiet_build)
    html = built.index.parent
    before, chapter = pages(html), toy_book / "book/toys/toy.md"
    chapter.write_text(chapter.read_text().replace("A line $y", "A long line $y"))
    again, warm = timed(quiet_build)
    assert (again.computed, again.executed, again.rendered) == (0, [], True)
    after = pages(html)
    written = {name for name in after if after[name] != before[name]}
    assert written - {"index.html"} == {"toy.html"}, "Sphinx lays out the front page whenever it lays out any"
    assert "A long line" in (html / "book/toys/toy.html").read_text()
    assert "A long line" in (html / "notebooks/book/toys/toy.ipynb").read_text()
    assert warm < 0.75 * cold


@pytest.mark.parametrize(
    ("old", "new"), [("# Toy\n", "# Zebra\n"), (":label: thm-toy", ":label: thm-zebra\n:nonumber:")]
)
def test_what_other_pages_show_of_a_page_lays_out_all(toy_book, old, new):
    staged = toy_book / "staged"
    toy.make_book(staged)
    before = shape(staged)
    chapter = staged / "book/toys/toy.md"
    text = chapter.read_text()
    chapter.write_text(text.replace("A line $y", "A long line $y"))
    assert shape(staged) == before
    chapter.write_text(text.replace(old, new))
    assert shape(staged) != before


def test_a_warning_of_the_builder_is_an_error_that_shows_it(quiet_build, toy_book):
    (toy_book / "book/index.md").write_text("# Toy book\n\nSee {numref}`fig-T-nowhere`.\n")
    with pytest.raises(SiteFailed, match="fig-t-nowhere"):
        quiet_build()


def test_a_part_that_no_chapter_shows_is_an_error(quiet_build, monkeypatch):
    monkeypatch.setattr(site, "LEDGER", (toy.PART, "T-forgotten"))
    with pytest.raises(SiteFailed) as caught:
        quiet_build()
    assert "T-forgotten: no row in the report" in str(caught.value)
    assert "T-forgotten: shown in no chapter" in str(caught.value)


def test_a_failing_chapter_keeps_the_site_from_being_built(quiet_build, toy_book):
    (toy_book / "book/toys/toy.md").write_text(toy.CHAPTER.replace("line.verdicts", "1 / 0"))
    with pytest.raises(ChapterFailed, match="ZeroDivisionError"):
        quiet_build()
    assert not site.site_root("ci").exists()


def test_one_chapter_alone_can_be_built(quiet_build):
    built = quiet_build(only="toy")
    assert [chapter.name for chapter in built.executed] == ["toy"]
    assert "The slope is two" in (built.index.parent / "book/verification.html").read_text()
