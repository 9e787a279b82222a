"""Docstrings, captions and messages as they were meant: nothing in them that a line wrapper leaves behind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from earlyalign.runs.paths import project_root

SOURCES = sorted((project_root() / "src").rglob("*.py"))

WORD = r"[A-Za-z'’,;:()`-]+"
LIKE_PROSE = re.compile(rf"(?:{WORD} ){{3}}")
IN_PROSE = {
    "quotes around nothing": re.compile(r'(?<!")"(?!"")\s*"(?!")'),
    "a prefix of strings": re.compile(r'"[rR]?f"'),
    "a quote at the end of a line": re.compile(r'[^\S\n]"[^\S\n]*$', re.MULTILINE),
    "doubled spaces": re.compile(rf"(?:{WORD} ){{4}}{WORD}[.]? {{2,}}[A-Za-z(]"),
}
"""What -> where it is to be seen. Doubled spaces after fewer words are the columns of a list of fields."""

IN_DOCSTRINGS = {
    "a quote at the start": re.compile(r'\A\s*"'),
    "a quote at the end": re.compile(r'"\s*\Z'),
    "a quote without its partner": re.compile(r'\A[^"]*"(?:[^"]*"[^"]*")*[^"]*\Z'),
}


def strings(tree: ast.AST) -> Iterator[tuple[int, str, bool]]:
    """Line, text, and whether it is a docstring, of every string; {} stands for what is put into an f-string."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node) if part is not node
    }  # fmt: skip
    for node in ast.walk(tree):
        if id(node) in parts:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value, id(node) in alone
        elif isinstance(node, ast.JoinedStr):
            told = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(told), False


def damages(source: str) -> list[str]:
    """Every damage to a docstring, or to another string that reads like prose: its line, what it is, and the text."""
    return [
        f"line {line}: {what}: {text!r}"
        for line, text, is_docstring in strings(ast.parse(source))
        if is_docstring or LIKE_PROSE.search(text)
        for what, pattern in (IN_PROSE | IN_DOCSTRINGS if is_docstring else IN_PROSE).items()
        if pattern.search(text)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(project_root() / "src")))
def test_prose_is_whole(path):
    assert damages(path.read_text(encoding="utf-8")) == []


SOUND = '''
"""A module that says "once", and
"again" in a second line.

field, other  what it is
"""
said = f"The rate over {names} of the samples, told as \\"often\\"."
'''


def test_sound_prose_is_left_alone():
    assert damages(SOUND) == []


@pytest.mark.parametrize(
    ("damaged", "what"),
    [
        ('"""The set at the wall where it sags "\n"most."""', "a quote at the end of a line"),
        ('"""The set at the wall where it sags ""most."""', "quotes around nothing"),
        ('"""The set at the wall " "where it sags most."""', "quotes around nothing"),
        ('"""The set at the wall where "f"it sags most."""', "a prefix of strings"),
        ('"""The set at the wall where  it sags most."""', "doubled spaces"),
        ('""""The set at the wall where it sags most."""', "a quote at the start"),
        ('"""The set at the wall where it sags most.\\""""', "a quote at the end"),
        ('"""The set at the wall" where it sags most."""', "a quote without its partner"),
        ("""said = f'The wall of {name} " "where it sags most.'""", "quotes around nothing"),
        ("""said = ("The set at the wall where " " it sags most.")""", "doubled spaces"),
    ],
)
def test_a_planted_damage_is_found(damaged, what):
    assert any(f": {what}: " in damage for damage in damages(damaged))
