"""`earlyalign sync`: the profile's values in the chapters' parameters cells, and their notebooks."""

from __future__ import annotations

import shutil

import nbformat
import pytest
import toy
from click.testing import CliRunner

from earlyalign import cli
from earlyalign.publish.chapters import Chapter, literals, table_of_contents
from earlyalign.publish.sync import WIDEST, laid_out, sync
from earlyalign.runs.paths import project_root


def cell_of(pair) -> dict:
    """What the parameters cell of the notebook at `pair` assigns."""
    cells = nbformat.read(pair, as_version=4).cells
    (source,) = [cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    return literals(source)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the book, as the working directory."""
    root = project_root()
    shutil.copytree(
        root / "book", tmp_path / "book", ignore=shutil.ignore_patterns("results", ".ipynb_checkpoints")
    )
    shutil.copy(root / "_toc.yml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_value_of_the_profile_reaches_the_chapters_that_show_it_and_no_other(copy):
    assert sync() == []
    profile = copy / "book/profiles/ci.yaml"
    head, block, rest = profile.read_text().partition("\nB-thm41:")
    profile.write_text(f"{head}{block}{rest.replace('power: 2.0', 'power: 3.0', 1)}")
    before = {path: path.read_text() for path in copy.glob("book/**/*.md")}
    changed = sync()
    showing = [chapter for chapter in table_of_contents() if "B-thm41" in chapter.items]
    assert len(showing) == 2
    assert sorted(changed) == sorted(
        chapter.path.with_suffix(kind) for chapter in showing for kind in (".md", ".ipynb")
    )
    for chapter in showing:
        assert chapter.defaults["B_thm41"]["power"] == 3.0
        assert cell_of(chapter.path.with_suffix(".ipynb")) == chapter.defaults
        assert chapter.text == before[chapter.path].replace('"power": 2.0,', '"power": 3.0,', 1)
    assert sync() == []


def test_a_pair_that_is_stale_or_gone_is_written_and_cells_keep_their_ids(copy):
    chapter = next(chapter for chapter in table_of_contents() if chapter.name == "knob")
    pair = chapter.path.with_suffix(".ipynb")
    fresh = pair.read_text()
    ran = nbformat.reads(fresh, as_version=4)
    ran.cells[1]["outputs"] = [nbformat.v4.new_output("stream", text="left over")]
    nbformat.write(ran, pair)
    assert sync() == [pair]
    assert pair.read_text() == fresh
    pair.unlink()
    assert sync() == [pair]
    assert cell_of(pair) == chapter.defaults


def test_check_writes_nothing_and_tells_by_its_status(toy_book):
    (toy_book / "book/profiles/ci.yaml").write_text("T-line: {n: 50, noise: 0.1, seeds: 5}\n")
    told = CliRunner().invoke(cli.main, ["sync", "--check"])
    assert (told.exit_code, told.stderr) == (1, "run: earlyalign sync\n")
    assert told.stdout.split() == ["book/toys/toy.md", "book/toys/toy.ipynb"]
    assert (toy_book / "book/toys/toy.md").read_text() == toy.CHAPTER
    assert CliRunner().invoke(cli.main, ["sync"]).exit_code == 0
    assert '"n": 50,' in (toy_book / "book/toys/toy.md").read_text()
    again = CliRunner().invoke(cli.main, ["sync", "--check"])
    assert (again.exit_code, again.stdout) == (0, "parameters cells and notebooks are as they must be\n")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (":tags: [parameters]", "---\ntags: [parameters]\n---", "must have the line :tags: [parameters]"),
        ("T_line = {", "T_line = dict() or {", "plain assignments only"),
    ],
)
def test_a_cell_that_cannot_be_written_is_one_line(toy_book, old, new, told):
    (toy_book / "book/toys/toy.md").write_text(toy.CHAPTER.replace(old, new).replace('"n": 40', '"n": 41'))
    ended = CliRunner().invoke(cli.main, ["sync"])
    assert ended.exit_code == 2
    assert told in ended.stderr and ended.stderr.count("\n") == 1


def test_an_item_that_the_profile_does_not_run_is_one_line(toy_book):
    (toy_book / "book/profiles/ci.yaml").write_text("")
    ended = CliRunner().invoke(cli.main, ["sync"])
    assert ended.exit_code == 2
    assert "book/toys/toy configures T-line, which profile ci does not run" in ended.stderr


VALUE = {
    "name": 'a "quoted" \\ word',
    "numbers": [1e-08, 2.0, -3, None, True],
    "cases": {"one": {"task": "generator", "width": 8}, "none": {}},
    "long": [f"entry-{number}" for number in range(20)],
}


def test_a_value_is_laid_out_as_python_that_gives_it_back():
    text = f"value = {laid_out(VALUE, 0, 8)}\n"
    assert literals(text) == {"value": VALUE}
    assert max(map(len, text.splitlines())) <= WIDEST
    assert '        "one": {"task": "generator", "width": 8},\n' in text


def test_a_page_without_parameters_stays_as_it_is(toy_book):
    page = toy_book / "book/toys/toy.md"
    page.write_text(toy.CHAPTER.replace(":tags: [parameters]", ":tags: [other]"))
    sync()
    assert Chapter("book/toys/toy", page).text == page.read_text()
