"""The shape of the house: who may import whom, how long a file may be, and what it may not name."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from earlyalign.items.manifest import MODULES
from earlyalign.runs.code_hash import import_graph
from earlyalign.runs.paths import project_root

ROOT = project_root()
MOST_LINES = 400
PLACE = re.compile(r"(?<![\w.:/])/(?:home|root|Users|work|mnt|opt|tmp)/\w")
OURS = (
    "src/**/*.py",
    "tests/**/*.py",
    "book/**/*.md",
    "book/**/*.yaml",
    "*.py",
    "*.md",
    "*.yml",
    "*.toml",
    "Makefile",
    ".ci/*",
)

KNOWN = {
    "runs": {"runs"},
    "faults": {"runs", "faults"},
    "params": {"runs", "params"},
    "statistics": {"runs", "params", "statistics"},
    "claims": {"runs", "params", "statistics", "claims"},
    "figures": {"runs", "params", "statistics", "figures"},
    "controls": {"runs", "faults", "params", "statistics", "claims", "controls"},
}
"""How the name of a family's module ends -> how those end that it may import."""


def files(*patterns: str) -> list[Path]:
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()})


def test_imports_go_down_the_house():
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or "lint-imports"
    ended = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 broken" in ended.stdout


def kind(module: str) -> str | None:
    """How the name of a family's module ends; ``item`` for an item's own file; None for any other module."""
    if module in {f"earlyalign.{name}" for name in MODULES.values()}:
        return "item"
    in_family = module.startswith(("earlyalign.simplicity_bias.", "earlyalign.over_alignment."))
    return next((kind for kind in KNOWN if in_family and module.endswith(kind)), None)


def out_of_order(imports: set[tuple[str, str]]) -> list[str]:
    """Of pairs (module, what it imports): those that a family's order forbids."""
    return sorted(
        f"{module} imports {imported}"
        for module, imported in imports
        if kind(module) in KNOWN and kind(imported) not in {None, *KNOWN[kind(module)]}
    )


def test_imports_in_a_family_go_from_what_shows_to_what_computes():
    graph = import_graph()
    imports = {
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    assert {kind(module) for module, _ in imports} == {None, "item", *KNOWN}
    assert out_of_order(imports) == []


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("phases.runs", "phases.faults"),
        ("setting.eq4_faults", "threshold.params"),
        ("threshold.statistics", "threshold.claims"),
        ("threshold.claims", "threshold.figures"),
        ("phases.film_figures", "phases.claims"),
        ("setting.eq4_runs", "setting.eq4_neuron_dynamics"),
    ],
)
def test_an_import_against_the_order_would_be_noticed(module, imported):
    pair = (f"earlyalign.simplicity_bias.{module}", f"earlyalign.simplicity_bias.{imported}")
    assert len(out_of_order({pair, (pair[0], "earlyalign.simplicity_bias.phases.runs")})) == 1


@pytest.mark.parametrize(
    "path", files("src/**/*.py", "tests/**/*.py"), ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_file_is_too_long_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_one_module_knows_dask():
    knowing = [
        path.name
        for path in files("src/**/*.py")
        if re.search(r"""(import|from) (dask|distributed)\b|"distributed\"""", path.read_text())
    ]
    assert knowing == ["cluster.py"]


def test_nothing_names_a_place_on_a_machine():
    named = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in files(*OURS)
        if (match := PLACE.search(path.read_text(encoding="utf-8")))
    ]
    assert named == []


def test_a_place_on_a_machine_would_be_noticed():
    assert PLACE.search("see " + "/".join(["", "home", "someone", "book"]))
    assert not PLACE.search("https://example.org/home/page")


@pytest.mark.parametrize("words", [("check",), ("format", "--check")], ids=" ".join)
def test_the_style_is_kept(words):
    command = [sys.executable, "-m", "ruff", *words, "--no-cache", "src", "tests", "setup.py"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


def test_the_types_are_kept():
    ended = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_commit_is_offered_the_same_checks():
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    entries = " ".join(hook["entry"] for hook in local["hooks"])
    assert all(
        words in entries for words in ("ruff check", "ruff format", "lint-imports", "mypy", "earlyalign sync")
    )


def test_no_module_imports_the_public_face():
    """It leads to everything, so a run's key would hash everything."""
    assert import_graph().find_modules_that_directly_import("earlyalign") == set()
