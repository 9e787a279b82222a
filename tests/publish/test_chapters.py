from __future__ import annotations

import pytest
import toy

from earlyalign.errors import UserError
from earlyalign.publish.chapters import figure_name, find_chapter, literals, table_of_contents


def test_the_table_of_contents_is_read_in_order(toy_book):
    assert [chapter.docname for chapter in table_of_contents()] == [
        "book/index",
        "book/toys/toy",
        "book/verification",
    ]


def test_a_chapter_tells_its_parameters_items_and_figures(toy_book):
    chapter = find_chapter("toy", table_of_contents())
    assert chapter.is_notebook
    assert chapter.defaults == {"profile": "ci", "T_line": {"n": 40, "noise": 0.1, "seeds": 5}}
    assert (chapter.items, chapter.figures, chapter.up) == (["T-line"], ["T-line"], "../../")


def test_a_plain_page_is_no_notebook(toy_book):
    page = find_chapter("index", table_of_contents())
    assert (page.is_notebook, page.defaults, page.items, page.figures) == (False, {}, [], [])


@pytest.mark.parametrize("name", ["toy", "toy.md", "toys/toy", "book/toys/toy"])
def test_a_chapter_is_found_by_any_of_its_names(toy_book, name):
    assert find_chapter(name, table_of_contents()).docname == "book/toys/toy"


def test_an_unknown_chapter_names_the_known_ones(toy_book):
    with pytest.raises(UserError, match="allowed: index, toy, verification"):
        find_chapter("nowhere", table_of_contents())


def test_a_page_without_a_file_is_named(toy_book):
    (toy_book / "book/toys/toy.md").unlink()
    with pytest.raises(UserError, match="book/toys/toy"):
        table_of_contents()


def test_a_parameters_cell_that_computes_is_refused(toy_book):
    (toy_book / "book/toys/toy.md").write_text(toy.CHAPTER.replace('profile = "ci"', "profile = str(1)"))
    with pytest.raises(UserError, match="plain assignments"):
        _ = find_chapter("toy", table_of_contents()).defaults


def test_a_figure_on_two_pages_has_its_plain_name_on_one(toy_book, toy_item):
    again = toy.CHAPTER.replace("# Toy\n", "# Again\n")
    (toy_book / "book/toys/again.md").write_text(again)
    toc = (toy_book / "_toc.yml").read_text().replace("chapters:\n", "chapters:\n  - file: book/toys/again\n")
    (toy_book / "_toc.yml").write_text(toc)
    chapters = table_of_contents()
    names = {
        chapter.name: figure_name(chapter, "T-line", chapters) for chapter in chapters if chapter.figures
    }
    assert names == {"again": "fig-T-line-again", "toy": "fig-T-line"}, "plain on the item's own page"


@pytest.mark.parametrize("source", ["import os", "a.b = 1", "print(1)"])
def test_only_assignments_are_literals(source):
    with pytest.raises(ValueError, match="assignment"):
        literals(source)
