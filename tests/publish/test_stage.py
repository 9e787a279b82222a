from __future__ import annotations

import nbformat
import pytest
import toy
import yaml

from earlyalign.errors import UserError
from earlyalign.publish.build import assess
from earlyalign.publish.chapters import table_of_contents
from earlyalign.publish.execute import execute
from earlyalign.publish.profiles import read_profile
from earlyalign.publish.report import BADGE
from earlyalign.publish.stage import escaped, stage


@pytest.fixture
def staged(toy_book, threads):
    """A function that executes and stages the toy book: (folder, toy notebook)."""

    def make(profile="ci", chapter=toy.CHAPTER):
        (toy_book / "book/toys/toy.md").write_text(chapter)
        chosen = read_profile(profile)
        assessed = assess(chosen, **threads)[1]
        execute(table_of_contents(), chosen)
        folder = stage(table_of_contents(), chosen, assessed, {BADGE: '<a href="{up}here">badge</a>'})
        return folder, nbformat.read(folder / "book/toys/toy.ipynb", as_version=4)

    return make


def tagged(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def test_a_tagged_cell_becomes_a_numbered_figure_with_caption_alt_and_links(staged):
    _, notebook = staged()
    (cell,) = tagged(notebook, "figure:T-line")
    shown = cell.metadata["mystnb"]
    assert shown["figure"]["name"] == "fig-T-line"
    assert shown["image"]["alt"].startswith("5 slopes")
    caption, _, legend = shown["figure"]["caption"].partition("\n\n")
    assert caption == "Slopes $\\hat\\beta$ by seed."
    for words in (
        "Profile ci (reduced scale): 5 runs, 5 seeds.",
        "../../data/T-line/slope.csv", "../../data/T-line/sidecar.json",
        "../../data/T-line/T-line.svg", "../../book/verification.html#T-linea",
    ):  # fmt: skip
        assert words in legend


def test_the_text_of_a_caption_is_text():
    told = "Where $a < b$ & `c < d`: <script>x</script> for n > 5."
    assert escaped(told) == "Where $a < b$ &amp; `c < d`: &lt;script&gt;x&lt;/script&gt; for n &gt; 5."


@pytest.mark.parametrize(("profile", "seeds"), [("ci", 5), ("smoke", 3)])
def test_one_parameters_cell_remains_with_the_values_that_were_run(staged, toy_book, profile, seeds):
    (toy_book / "book/profiles/smoke.yaml").write_text("T-line: {n: 40, noise: 0.1, seeds: 3}\n")
    _, notebook = staged(profile)
    (cell,) = tagged(notebook, "parameters")
    assert f'"seeds": {seeds}' in cell.source
    assert tagged(notebook, "injected-parameters") == []


def test_the_values_that_were_run_keep_the_tags_of_the_cell_they_replace(staged, toy_book):
    (toy_book / "book/profiles/smoke.yaml").write_text("T-line: {n: 40, noise: 0.1, seeds: 3}\n")
    _, notebook = staged(
        "smoke", toy.CHAPTER.replace(":tags: [parameters]", ":tags: [parameters, remove-cell]")
    )
    (cell,) = tagged(notebook, "parameters")
    assert cell.metadata["tags"] == ["parameters", "remove-cell"]


@pytest.mark.parametrize(("lines", "folded"), [(0, False), (20, True)])
def test_a_long_parameters_cell_is_folded_and_stays_one(staged, lines, folded):
    more = "".join(f"extra_{number} = {number}\n" for number in range(lines))
    _, notebook = staged(chapter=toy.CHAPTER.replace('profile = "ci"\n', f'profile = "ci"\n{more}'))
    (cell,) = tagged(notebook, "parameters")
    assert ("hide-input" in cell.metadata["tags"]) == folded
    assert ("mystnb" in cell.metadata) == folded


def test_placeholders_are_filled_from_where_the_page_stands(staged):
    folder, _ = staged()
    assert '<a href="../here">badge</a>' in (folder / "book/index.md").read_text()
    assert BADGE not in (folder / "book/index.md").read_text()


def test_each_chapter_ends_with_its_downloads(staged):
    _, notebook = staged()
    footer = notebook.cells[-1].source
    for href in ("notebooks/book/toys/toy.ipynb", "notebooks/book/toys/toy.md", "data/T-line/points.csv"):
        assert f'href="../../{href}" download' in footer


def test_staging_again_writes_nothing_and_forgets_what_is_gone(staged):
    folder, _ = staged()
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    (folder / "book/stale.md").write_text("left over")
    staged()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == times


def test_the_builder_executes_nothing_and_reads_the_executed_notebooks(staged):
    folder, _ = staged()
    config = yaml.safe_load((folder / "_config.yml").read_text())
    assert config["execute"]["execute_notebooks"] == "off"
    assert not any(
        "ipynb" in pattern and "checkpoints" not in pattern for pattern in config["exclude_patterns"]
    )
    assert not (folder / "book/toys/toy.md").exists()


def test_an_image_without_alt_text_is_refused(staged):
    with pytest.raises(UserError, match="without alt text"):
        staged(chapter=toy.CHAPTER.replace(':tags: ["figure:T-line"]\n', ""))


def test_a_figure_that_no_item_draws_is_refused(staged):
    with pytest.raises(UserError, match="allowed: T-line"):
        staged(chapter=toy.CHAPTER.replace("figure:T-line", "figure:T-curve"))


def test_a_figure_of_an_item_that_was_not_computed_is_left_as_it_is(staged):
    staged()
    folder = stage(table_of_contents(), read_profile("ci"), [], {BADGE: "badge"})
    notebook = nbformat.read(folder / "book/toys/toy.ipynb", as_version=4)
    assert "mystnb" not in tagged(notebook, "figure:T-line")[0].metadata
