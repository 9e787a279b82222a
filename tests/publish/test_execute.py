from __future__ import annotations

import json

import nbformat
import pytest
import toy

from earlyalign.publish import execute as room
from earlyalign.publish.build import assess
from earlyalign.publish.chapters import find_chapter, table_of_contents
from earlyalign.publish.execute import ChapterFailed, execute, executed_path, inputs, partial_path
from earlyalign.publish.profiles import read_profile


@pytest.fixture
def filled(toy_book, threads):
    """The toy book with its store filled."""
    assess(read_profile("ci"), **threads)
    return toy_book


def chapter():
    return find_chapter("toy", table_of_contents())


def test_a_chapter_is_executed_at_the_profiles_parameters_and_then_left_alone(filled):
    (filled / "book/profiles/smoke.yaml").write_text("T-line: {n: 40, noise: 0.1, seeds: 3}\n")
    profile = read_profile("smoke")
    assert [one.name for one in execute(table_of_contents(), profile)] == ["toy"]
    notebook = nbformat.read(executed_path(chapter(), "smoke"), as_version=4)
    injected = [
        cell.source for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", [])
    ]
    assert len(injected) == 1
    assert '"seeds": 3' in injected[0]
    assert 'profile = "smoke"' in injected[0]
    assert all(output.output_type != "error" for cell in notebook.cells for output in cell.get("outputs", []))
    assert str(filled) not in json.dumps(notebook), "an executed notebook names no place on this machine"
    assert execute(table_of_contents(), profile) == []


PYPLOT = """import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()
startup = "STARTUP" in globals()
print("startup files:", startup)"""


def test_the_users_own_settings_do_not_reach_a_chapter(filled, monkeypatch):
    """MPLBACKEND=Agg loses no figure, IPython's startup files are not run, no execution times are kept; an edited
    notebook is not believed."""
    home = filled / "ipython"
    startup = home / "profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "00-mine.py").write_text("STARTUP = True")
    monkeypatch.setenv("IPYTHONDIR", str(home))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    (filled / "book/toys/toy.md").write_text(toy.CHAPTER.replace("line.verdicts", PYPLOT))
    profile = read_profile("ci")
    execute(table_of_contents(), profile)
    path = executed_path(chapter(), "ci")
    notebook = nbformat.read(path, as_version=4)
    drawn = [one for one in notebook.cells[-1].outputs if "image/svg+xml" in one.get("data", {})]
    assert len(drawn) == 1
    assert "startup files: False" in str(notebook.cells[-1].outputs)
    assert not any("execution" in cell.metadata for cell in notebook.cells)
    path.write_text(path.read_text().replace("startup files: False", "startup files: edited"))
    assert [one.name for one in execute(table_of_contents(), profile)] == ["toy"]


def test_a_kernel_that_dies_at_its_start_is_one_line(filled, monkeypatch):
    monkeypatch.setattr(room.papermill, "execute_notebook", dead)
    with pytest.raises(ChapterFailed, match="no Python kernel starts here: Kernel died") as raised:
        execute(table_of_contents(), read_profile("ci"))
    assert "\n" not in str(raised.value)


def dead(*_, **__):
    raise RuntimeError("Kernel died before replying to kernel_info")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("line.verdicts", "line.verdicts.head(1)"),
        ("style.use()\n", ""),
        ('"noise": 0.1', '"noise": 0.2'),
        ("line.verdicts\n```\n", "line.verdicts\n```\n\n```{code-cell} ipython3\n1 + 1\n```\n"),
    ],
)
def test_a_chapter_whose_code_changed_is_stale(toy_book, old, new):
    profile = read_profile("ci")
    before = inputs(chapter(), profile)
    assert inputs(chapter(), profile) == before
    (toy_book / "book/toys/toy.md").write_text(toy.CHAPTER.replace(old, new))
    assert inputs(chapter(), profile) != before


PROSE = (
    ("A line $y = 2x$ through noise", "Through much noise"),
    ("```{code-cell} ipython3\nline.verdicts", "A word between.\n\n```{code-cell} ipython3\nline.verdicts"),
    ("# Toy\n\nA line", "# Toy, renamed\n\n## And parted\n\nA line"),
    ('["figure:T-line"]', '["figure:T-line", hide-input]'),
)


def test_a_chapter_whose_prose_changed_gets_it_and_keeps_its_outputs(filled):
    (filled / "book/profiles/smoke.yaml").write_text("T-line: {n: 40, noise: 0.1, seeds: 3}\n")
    profile = read_profile("smoke")
    execute(table_of_contents(), profile)
    before = nbformat.read(executed_path(chapter(), "smoke"), as_version=4)
    for old, new in PROSE:
        (filled / "book/toys/toy.md").write_text(toy.CHAPTER.replace(old, new))
        assert execute(table_of_contents(), profile) == []
        after = nbformat.read(executed_path(chapter(), "smoke"), as_version=4)
        assert _code(after) == _code(before), "code, outputs and the injected cell stay"
        prose = [cell for cell in after.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
        assert [_told(cell) for cell in prose] == [_told(cell) for cell in chapter().notebook.cells]


def _told(cell):
    return cell.cell_type, cell.source, cell.metadata


def _code(notebook):
    return [(cell.source, cell.outputs) for cell in notebook.cells if cell.cell_type == "code"]


def test_a_chapter_that_raises_names_chapter_cell_error_and_partial_notebook(filled):
    broken = toy.CHAPTER.replace("line.verdicts", 'raise KeyError("no such zebra")')
    (filled / "book/toys/toy.md").write_text(broken)
    with pytest.raises(ChapterFailed) as caught:
        execute(table_of_contents(), read_profile("ci"))
    partial = partial_path(chapter(), "ci")
    for words in ("book/toys/toy", "code cell 4", "KeyError", "no such zebra", str(partial)):
        assert words in str(caught.value)
    drawn = nbformat.read(partial, as_version=4)
    assert any(cell.get("outputs") for cell in drawn.cells), "what ran before the error can be looked at"
    assert not executed_path(chapter(), "ci").exists()


def test_a_page_of_costs_is_executed_again_when_a_cost_changes_and_else_not(filled):
    shows = "from earlyalign.publish.build_costs import stored_costs\nstored_costs('kernels')"
    (filled / "book/toys/toy.md").write_text(toy.CHAPTER.replace("line.verdicts", shows))
    profile = read_profile("ci")
    assert len(execute(table_of_contents(), profile)) == 1
    assert execute(table_of_contents(), profile) == []
    stored = filled / "book/results/costs/kernels.csv"
    stored.parent.mkdir(parents=True)
    stored.write_text("kernel,width\nours,1000\n")
    assert len(execute(table_of_contents(), profile)) == 1
    assert execute(table_of_contents(), profile) == []


def test_a_failed_chapter_leaves_the_last_good_one(filled):
    execute(table_of_contents(), read_profile("ci"))
    good = executed_path(chapter(), "ci").read_bytes()
    (filled / "book/toys/toy.md").write_text(toy.CHAPTER.replace("line.verdicts", "1 / 0"))
    with pytest.raises(ChapterFailed, match="ZeroDivisionError"):
        execute(table_of_contents(), read_profile("ci"))
    assert executed_path(chapter(), "ci").read_bytes() == good


def test_a_chapter_that_shows_an_item_not_run_is_refused(filled):
    (filled / "book/profiles/smoke.yaml").write_text("{}\n")
    with pytest.raises(ChapterFailed, match="shows T-line, which profile smoke does not run"):
        execute(table_of_contents(), read_profile("smoke"))


def test_chapters_executed_side_by_side_do_not_disturb_each_other(filled):
    names = ("one", "two", "three")
    for name in names:
        text = toy.CHAPTER.replace("line.verdicts", f'line.verdicts, "this is {name}"')
        (filled / f"book/toys/{name}.md").write_text(text)
    files = "".join(f"  - file: book/toys/{name}\n" for name in names)
    (filled / "_toc.yml").write_text(f"format: jb-book\nroot: book/index\nchapters:\n{files}")
    assert {one.name for one in execute(table_of_contents(), read_profile("ci"), jobs=3)} == set(names)
    for one in table_of_contents()[1:]:
        notebook = nbformat.read(executed_path(one, "ci"), as_version=4)
        assert f"this is {one.name}" in str(notebook.cells[-1].outputs)
