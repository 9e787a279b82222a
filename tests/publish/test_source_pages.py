from __future__ import annotations

import ast

import toy
from bs4 import BeautifulSoup

from earlyalign.items.manifest import LEDGER, load
from earlyalign.publish.chapters import table_of_contents
from earlyalign.publish.source_pages import judged_at, module_of, source, source_pages


def parsed(pages, name):
    return BeautifulSoup(pages[name], "html.parser")


def test_every_part_leads_to_a_function_that_names_its_claims():
    for part in LEDGER:
        spot = judged_at(part)
        (function,) = [
            node
            for node in ast.parse(source(spot.module)).body
            if isinstance(node, ast.FunctionDef)
            and spot.line in (node.lineno, *(decorator.lineno for decorator in node.decorator_list))
        ]
        assert part in ast.unparse(function), f"{part}: {spot}"


def test_lemmas_that_share_a_module_lead_to_functions_of_their_own():
    lemmas = [part for part in LEDGER if load(part).id == "B-lemF"]
    assert len({judged_at(part) for part in lemmas}) == len(lemmas) > 1


def test_the_page_of_a_module_holds_its_source_line_by_line(toy_book):
    page = parsed(source_pages(table_of_contents(), "book/verification"), "code/toy")
    lines = page.select(".ea-line")
    assert "".join(line.get_text() for line in lines).strip() == source("earlyalign.toy").strip()
    assert [line["id"] for line in lines] == [f"L{number}" for number in range(1, len(lines) + 1)]


def test_the_page_is_cut_before_the_function_that_judges_with_the_ways_back(toy_book):
    page = parsed(source_pages(table_of_contents(), "book/verification"), "code/toy")
    cut = page.find(id=toy.PART)
    following = cut.find_next(class_="ea-line")
    assert following["id"] == f"L{judged_at(toy.PART).line}"
    assert following.get_text().startswith("def claims")
    links = [link["href"] for link in cut.find_all("a")]
    assert links == ["../book/toys/toy.html#thm-toy", f"../book/verification.html#{toy.PART}"]


def test_what_an_item_rests_on_has_pages_too_and_imports_lead_there():
    pages = source_pages(table_of_contents(), "book/verification")
    assert "code/theory/ols" in pages and "code/publish/stage" not in pages
    own = parsed(pages, "code/simplicity_bias/phases/runs")
    linked = {link["href"] for link in own.select(".highlight a")}
    assert "../../../code/dynamics/flow.html" in linked
    users = {link.get_text() for link in parsed(pages, "code/theory/ols").select(".ea-source-users a")}
    assert "B-thm41" in users


def test_code_that_looks_like_markup_is_shown_as_text():
    page = source_pages(table_of_contents(), "book/verification")["code/simplicity_bias/phases/claims"]
    assert "&lt;w_i/a_i" in page and "<w_i/a_i" not in page


def test_every_item_has_the_page_of_its_module():
    pages = source_pages(table_of_contents(), "book/verification")
    for part in LEDGER:
        module = module_of(load(part)).split(".", 1)[1].replace(".", "/")
        headed = parsed(pages, f"code/{module}").select(".ea-source-checks .ea-id")
        assert part in [entry.get_text() for entry in headed]
