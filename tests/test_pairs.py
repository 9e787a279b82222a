"""Each chapter is a pair: NAME.md, the master, and NAME.ipynb, which says the same and holds no outputs."""

from __future__ import annotations

import copy

import jupytext
import nbformat
import pytest
import toy
import yaml

from earlyalign.publish.chapters import Chapter, table_of_contents, variable
from earlyalign.runs.paths import project_root

CHAPTERS = [chapter for chapter in table_of_contents() if chapter.is_notebook]


def differences(text: nbformat.NotebookNode, pair: nbformat.NotebookNode) -> list[str]:
    """In what a pair's notebook differs from the one its Markdown stands for."""
    named = []
    if text.metadata.get("kernelspec") != pair.metadata.get("kernelspec"):
        named.append("kernelspec")
    if len(text.cells) != len(pair.cells):
        named.append(f"{len(text.cells)} cells in the text, {len(pair.cells)} in the notebook")
    for number, (ours, theirs) in enumerate(zip(text.cells, pair.cells, strict=False), start=1):
        for name in ("cell_type", "source", "metadata"):
            if ours[name] != theirs[name]:
                named.append(f"{name} of cell {number}")
        if theirs.get("outputs") or theirs.get("execution_count") is not None:
            named.append(f"cell {number} holds outputs")
    return named


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_pair_says_the_same_and_holds_no_outputs(chapter):
    pair = chapter.path.with_suffix(".ipynb")
    assert pair.is_file(), f"make it: jupytext --to ipynb --update {chapter.docname}.md"
    assert differences(chapter.notebook, nbformat.read(pair, as_version=4)) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_parameters_cell_holds_the_values_of_the_ci_profile(chapter):
    values = yaml.safe_load((project_root() / "book/profiles/ci.yaml").read_text())
    expected = {variable(id): values[id] for id in chapter.items}
    assert {name: value for name, value in chapter.defaults.items() if name != "profile"} == expected
    assert not chapter.items or chapter.defaults["profile"] == "ci"


def test_no_notebook_is_without_its_text():
    texts = {chapter.path.with_suffix(".ipynb") for chapter in CHAPTERS}
    notebooks = {
        path for path in project_root().glob("book/**/*.ipynb") if ".ipynb_checkpoints" not in path.parts
    }
    assert notebooks == texts


@pytest.fixture
def fresh(tmp_path):
    """The toy chapter as text and as a fresh pair."""
    path = tmp_path / "toy.md"
    path.write_text(toy.CHAPTER)
    text = Chapter("toy", path).notebook
    return text, nbformat.reads(jupytext.writes(copy.deepcopy(text), fmt="ipynb"), as_version=4)


def test_a_fresh_pair_has_no_difference(fresh):
    assert differences(*fresh) == []


def test_a_stale_pair_is_noticed(fresh):
    text, pair = fresh
    pair.cells[1].source += "\nn = 3"
    pair.cells[1].metadata["tags"] = []
    pair.cells[2]["outputs"] = [nbformat.v4.new_output("stream", text="left over")]
    pair.cells.pop()
    told = differences(text, pair)
    for words in (
        "source of cell 2",
        "metadata of cell 2",
        "cell 3 holds outputs",
        f"{len(text.cells)} cells",
    ):
        assert any(words in line for line in told)
