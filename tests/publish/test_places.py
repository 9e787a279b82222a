from __future__ import annotations

import pytest
import toy

from earlyalign.errors import UserError
from earlyalign.publish.chapters import table_of_contents
from earlyalign.publish.places import Place, drawn_parts, mark_statements, places, statements

NAMED = f":class: item-{toy.PART}\n"


def test_a_directive_says_what_it_states_and_for_which_part(toy_book):
    (found,) = statements(table_of_contents()[1])
    assert (found.kind, found.title, found.label, found.parts) == ("theorem", "Toy", "thm-toy", (toy.PART,))


def test_a_part_is_at_home_at_its_statement(toy_book):
    assert places(table_of_contents())[toy.PART] == [Place("book/toys/toy", "thm-toy", "Toy")]


def test_a_part_that_nothing_states_is_at_home_at_its_figure(toy_book):
    (toy_book / "book/toys/toy.md").write_text(toy.CHAPTER.replace(NAMED, ""))
    assert places(table_of_contents())[toy.PART] == [Place("book/toys/toy", "fig-t-line", "figure T-line")]


def test_a_part_without_statement_and_figure_is_at_home_at_the_chapters_end(toy_book):
    bare = toy.CHAPTER.replace(NAMED, "").replace(':tags: ["figure:T-line"]\n', "")
    (toy_book / "book/toys/toy.md").write_text(bare)
    (place,) = places(table_of_contents())[toy.PART]
    assert place.href == f"book/toys/toy.html#code-{toy.PART}"


def test_a_figure_of_an_items_only_part_shows_that_part(toy_book):
    assert drawn_parts(toy.ITEM, "T-line", table_of_contents()) == [toy.PART]


def test_a_class_that_names_no_part_of_the_ledger_is_refused(toy_book):
    (toy_book / "book/toys/toy.md").write_text(toy.CHAPTER.replace(NAMED, ":class: item-T-nothing\n"))
    with pytest.raises(UserError, match=f"'T-nothing'; allowed: {toy.PART}"):
        places(table_of_contents())


def test_only_statements_that_stand_for_a_part_are_marked(toy_book):
    text = f"```{{prf:lemma}} One\n{NAMED}\nbody\n```\n\n```{{prf:lemma}} Two\n:label: two\n\nbody\n```\n"
    marked = mark_statements(text, lambda statement: f"<p>{statement.title}</p>")
    assert marked == text.replace(NAMED, f"{NAMED}\n<p>One</p>\n\n")
