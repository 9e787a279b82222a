from __future__ import annotations

import pytest
import toy

from earlyalign.errors import UserError
from earlyalign.publish.chapters import table_of_contents
from earlyalign.publish.where_stated import LinkTarget, drawn_parts, link_targets, mark_statements, statements

NAMED = f":class: item-{toy.PART}\n"


def test_a_directive_says_what_it_states_and_for_which_part(toy_book):
    (statement,) = statements(table_of_contents()[1])
    assert (statement.kind, statement.title, statement.label, statement.parts) == (
        "theorem",
        "Toy",
        "thm-toy",
        (toy.PART,),
    )


def test_a_part_is_at_home_at_its_statement(toy_book):
    assert link_targets(table_of_contents())[toy.PART] == [LinkTarget("book/toys/toy", "thm-toy", "Toy")]


def test_a_part_that_nothing_states_is_at_home_at_its_figure(toy_book):
    (toy_book / "book/toys/toy.md").write_text(toy.CHAPTER.replace(NAMED, ""))
    assert link_targets(table_of_contents())[toy.PART] == [
        LinkTarget("book/toys/toy", "fig-t-line", "figure T-line")
    ]


def test_a_part_without_statement_and_figure_is_at_home_at_the_chapters_end(toy_book):
    bare = toy.CHAPTER.replace(NAMED, "").replace(':tags: ["figure:T-line"]\n', "")
    (toy_book / "book/toys/toy.md").write_text(bare)
    (target,) = link_targets(table_of_contents())[toy.PART]
    assert target.href == f"book/toys/toy.html#code-{toy.PART}"


def test_a_figure_of_an_items_only_part_shows_that_part(toy_book):
    assert drawn_parts(toy.ITEM, "T-line", table_of_contents()) == [toy.PART]


def test_a_class_that_names_no_part_of_the_ledger_is_refused(toy_book):
    (toy_book / "book/toys/toy.md").write_text(toy.CHAPTER.replace(NAMED, ":class: item-T-nothing\n"))
    with pytest.raises(UserError, match=f"'T-nothing'; allowed: {toy.PART}"):
        link_targets(table_of_contents())


def test_only_statements_that_stand_for_a_part_are_marked(toy_book):
    text = f"```{{prf:lemma}} One\n{NAMED}\nbody\n```\n\n```{{prf:lemma}} Two\n:label: two\n\nbody\n```\n"
    marked = mark_statements(text, lambda statement: f"<p>{statement.title}</p>")
    assert marked == text.replace(NAMED, f"{NAMED}\n<p>One</p>\n\n")
