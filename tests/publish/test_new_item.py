"""`earlyalign new item`, tried on a copy of the tree as its author would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from earlyalign import cli
from earlyalign.items.manifest import LEDGER, MODULES
from earlyalign.publish.profiles import PROFILES
from earlyalign.runs.paths import project_root

ID = "B-lemG1"
MODULE = "src/earlyalign/simplicity_bias/lemg1/lemG1_tail_bound.py"
TEST = "tests/simplicity_bias/lemg1/test_lemG1_tail_bound.py"
HELD = (
    "tests/items",
    "tests/test_pairs.py",
    "tests/publish/test_where_stated.py",
    "tests/test_architecture.py",
)
"""Tests of the tree that look at every item or every chapter."""

COPIED = (
    "src", "tests", "book", "pyproject.toml", "setup.py", ".pre-commit-config.yaml", "_toc.yml", "_config.yml",
    "jupytext.toml",
)  # fmt: skip
LEFT = shutil.ignore_patterns("__pycache__", "*.egg-info", ".ipynb_checkpoints")


def copy_of_the_tree(target: Path) -> Path:
    for name in COPIED:
        source = project_root() / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=LEFT)
        else:
            shutil.copy(source, target)
    return target


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree in which the skeleton was written, and a function that runs Python there."""
    root = copy_of_the_tree(tmp_path_factory.mktemp("tree"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EARLYALIGN_")}
    lent = {"PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", *words], cwd=root, capture_output=True, text=True, env=kept | lent
        )

    run.root = root
    run.ended = run("earlyalign", "new", "item", ID, "--name", "tail_bound", "--title", "A bound on the tail")
    return run


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Call `earlyalign new item` in a copy of what it reads; what the folder then holds."""
    for name in ("book/profiles", "src/earlyalign/simplicity_bias", "src/earlyalign/over_alignment"):
        shutil.copytree(project_root() / name, tmp_path / name, ignore=LEFT)
    for name in ("_toc.yml", "src/earlyalign/items/manifest.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(project_root() / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(cli.main, ["new", "item", *words])


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_skeleton_has_all_that_an_item_needs(tree):
    assert tree.ended.returncode == 0, tree.ended.stderr
    told = tree.ended.stdout.split("\n\n")[0].splitlines()
    assert {
        MODULE,
        TEST,
        "book/simplicity_bias/lemg1.md",
        "book/simplicity_bias/lemg1.ipynb",
        "_toc.yml",
    } <= set(told)
    assert all((tree.root / path).is_file() for path in told)
    for name in PROFILES:
        values = yaml.safe_load((tree.root / f"book/profiles/{name}.yaml").read_text())
        assert values[ID]["seeds"] >= 2
    parts = yaml.safe_load((tree.root / "_toc.yml").read_text())["parts"]
    (own,) = [
        part["chapters"] for part in parts if {"file": "book/simplicity_bias/setting"} in part["chapters"]
    ]
    assert own[-1] == {"file": "book/simplicity_bias/lemg1"}


def test_the_skeleton_runs_at_once_and_is_not_judged(tree):
    ended = tree("earlyalign", "run", ID, "--profile", "smoke", "--jobs", "1")
    assert ended.returncode == 0, ended.stderr
    assert "B-lemG1/claim" in ended.stdout and "not run" in ended.stdout


def test_it_fails_until_it_is_filled_in_and_holds_then(tree):
    first = tree("pytest", "-q", "-p", "no:xdist", TEST, "tests/items/test_every_item.py", "-k", "lemG1")
    failed = {
        line.split("::")[1].split(" ")[0] for line in first.stdout.splitlines() if line.startswith("FAILED")
    }
    assert failed == {
        "test_nothing_is_left_to_fill_in",
        "test_the_claim_is_judged",
        "test_a_control_gives_its_verdict[B-lemG1-shifted]",
    }, first.stdout[-3000:]
    fill_in(tree.root)
    chosen = "lemG1 or lemg1 or architecture or manifest or where_stated"
    second = tree("pytest", "-q", "-p", "no:xdist", TEST, *HELD, "-k", chosen)
    assert second.returncode == 0, second.stdout[-3000:]


def fill_in(root: Path) -> None:
    """Do what an author does, in few words."""
    for path in (
        *root.glob("src/earlyalign/simplicity_bias/lemg1/*.py"),
        root / "book/simplicity_bias/lemg1.md",
    ):
        path.write_text(path.read_text().replace("FILL IN: ", ""))
    item = root / MODULE
    text = item.read_text().replace("import not_run", "import interval, within")
    head, rest = text.split("    # judge the number")
    judged = (
        '    return [within("B-lemG1/claim", "The mean is near zero", interval(tables["sample"]["mean"]), '
        '"within 0.6", -0.6, 0.6)]'
    )
    item.write_text(f"{head}{judged}\n\n\n@style.styled{rest.split('@style.styled', 1)[1]}")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(item)], cwd=root, check=True)
    sheet = [sys.executable, "-m", "earlyalign", "sync"]
    subprocess.run(sheet, cwd=root, check=True, env={**os.environ, "PYTHONPATH": str(root / "src")})


def test_an_item_of_an_existing_family_joins_it(call, tmp_path):
    ended = call("A-harder", "--family", "practice")
    assert ended.exit_code == 0, ended.stderr
    folder = tmp_path / "src/earlyalign/over_alignment/practice"
    made = {path.name for path in folder.glob("harder_*.py")}
    assert made == {"harder_runs.py", "harder_faults.py", "harder_statement.py"}
    assert (tmp_path / "tests/over_alignment/practice/test_harder_statement.py").is_file()
    manifest = (tmp_path / "src/earlyalign/items/manifest.py").read_text()
    assert '"A-harder": "over_alignment.practice.harder_statement",' in manifest
    assert manifest.count('"A-harder"') == 2


BAD = {
    "no paper": (["Z-lemG1"], "allowed: A-NAME (over_alignment), B-NAME (simplicity_bias)"),
    "no id": (["lemG1"], "allowed: A-NAME"),
    "a path": (["B-../x"], "allowed: A-NAME"),
    "an item": ([next(iter(MODULES))], "is taken"),
    "a panel": ([next(part for part in LEDGER if part not in MODULES)], "is taken"),
    "no family": (["B-lemG1", "--family", "nowhere"], "allowed: "),
    "a keyword": (["B-lemG1", "--name", "class"], "allowed: small letters, digits and _"),
    "a suffix": (["B-lemG1", "--name", "runs"], "not runs, not faults"),
    "a capital": (["B-lemG1", "--name", "Tail"], "allowed: small letters, digits and _"),
    "two lines": (["B-lemG1", "--title", "one\ntwo"], "allowed: one line"),
    "a quotation": (["B-lemG1", "--title", 'a "b"'], "allowed: one line"),
    "nothing": ([], "Missing argument 'ID'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_word_is_one_line_and_nothing_is_written(call, tmp_path, name):
    words, told = BAD[name]
    before = contents(tmp_path)
    ended = call(*words)
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert told in ended.stderr
    assert contents(tmp_path) == before


def test_a_file_in_the_way_is_one_line_and_stays(call, tmp_path):
    path = tmp_path / "book/simplicity_bias/lemg1.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    before = contents(tmp_path)
    ended = call("B-lemG1")
    assert ended.exit_code == 2
    assert "already a file book/simplicity_bias/lemg1.md" in ended.stderr
    assert contents(tmp_path) == before
