"""The wheel, built from the sdist and installed where no checkout is and nothing but its own dependencies are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from earlyalign.publish.profiles import PROFILES
from earlyalign.runs.paths import project_root

ROOT = project_root()
SOURCES = (
    "src",
    "book",
    "tests",
    "pyproject.toml",
    "setup.py",
    "MANIFEST.in",
    "requirements.txt",
    "Makefile",
)
WRITINGS = (
    "README.md",
    "LICENSE",
    "CITATION.cff",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "*.yml",
    "jupytext.toml",
)
BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
LEFT = shutil.ignore_patterns("__pycache__", "*.egg-info", ".ipynb_checkpoints")
FACE = """
import sys
import earlyalign

print("numpy" in sys.modules, earlyalign.load("B-eq4").id, "measure" in dir(earlyalign))
print(*set(earlyalign.measure("B-eq12", profile="smoke", show=False, jobs=1).verdicts["verdict"]))
"""
SWEEP = """
import earlyalign
import torch
from torch import nn

data = torch.randn(16, 3), torch.arange(16) % 2
swept = earlyalign.fls.sweep(
    lambda: nn.Linear(3, 2, bias=False), train=data, validation=data, depth=1, c=[0.5], steps=[0.1], seeds=4,
    stop=earlyalign.fls.Stop(epochs=1),
)
print(len(swept.table))
"""

OUTSIDE = """
import json
from click.testing import CliRunner
from earlyalign.cli import main

told = {}
for words in ("build", "serve", "verify", "costs", "sync", "new item B-lemG1"):
    ended = CliRunner().invoke(main, words.split())
    told[words] = ended.exit_code, ended.stderr
print(json.dumps(told))
"""


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pinned() -> dict[str, str]:
    """What the lock names -> its version."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def build(kind: str, source: Path, target: Path) -> Path:
    """The built ``sdist`` or ``wheel`` of the project in `source`."""
    target.mkdir(exist_ok=True)
    command = [sys.executable, "-c", BUILD, f"build_{kind}", str(target)]
    ended = subprocess.run(command, cwd=source, capture_output=True, text=True, env=_plain())
    assert ended.returncode == 0, ended.stderr[-2000:]
    return next(target.iterdir())


def _plain() -> dict[str, str]:
    """The environment without what leads to a checkout or to a store."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("EARLYALIGN_") and name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }


@pytest.fixture(scope="module")
def sdist(tmp_path_factory) -> Path:
    """The sdist of the tree as it stands, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    source = folder / "tree"
    source.mkdir()
    for pattern in (*SOURCES, *WRITINGS):
        for path in ROOT.glob(pattern):
            if path.is_dir():
                shutil.copytree(path, source / path.name, ignore=LEFT)
            else:
                shutil.copy(path, source)
    shutil.unpack_archive(build("sdist", source, folder / "built"), folder / "unpacked", filter="data")
    return next((folder / "unpacked").iterdir())


@pytest.fixture(scope="module")
def wheel(sdist) -> Path:
    return build("wheel", sdist, sdist.parent / "wheel")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Run Python in an environment that holds the wheel and its dependencies, from an empty folder:
    words -> how it ended, and the folder."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, str(wheel)], check=True, env=_plain())
    for needed in dependencies(next(site.glob("earlyalign-*.dist-info"))):
        lend(needed, site)
    (folder / "empty").mkdir()
    places = {"HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "200"}

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(python), *words], cwd=folder / "empty", capture_output=True, text=True, env=_plain() | places
        )

    run.folder = folder
    return run


def dependencies(of: Path) -> list[Distribution]:
    """The distributions that the one with this metadata needs, without extras, and those that they need."""
    needed: dict[str, Distribution] = {}
    waiting = [Distribution.at(of)]
    while waiting:
        for line in waiting.pop().requires or ():
            requirement = Requirement(line)
            name = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if name not in needed and (
                requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            ):
                needed[name] = distribution(name)
                waiting.append(needed[name])
    return list(needed.values())


def lend(needed: Distribution, site: Path) -> None:
    """Link what `needed` has installed here into `site`."""
    for name in {path.parts[0] for path in needed.files or () if path.parts[0] not in ("..", "__pycache__")}:
        if not (site / name).exists():
            (site / name).symlink_to(needed.locate_file(name))


def test_the_sdist_is_a_checkout(sdist):
    assert all(
        (sdist / name).exists() for name in ("_toc.yml", "_config.yml", "Makefile", "requirements.txt")
    )
    assert len(list(sdist.glob("book/**/*.md"))) == len(list(ROOT.glob("book/**/*.md")))
    assert (sdist / "tests" / "smoke.py").is_file()


def test_the_wheel_holds_the_package_with_its_profiles_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"earlyalign/profiles/{name}.yaml" for name in PROFILES} <= set(names)
    assert {
        "earlyalign/py.typed",
        "earlyalign/profiles/costs.csv",
        "earlyalign/publish/static/book.css",
    } <= set(names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"earlyalign"}
    source = ROOT / "src"
    ours = {path.relative_to(source).as_posix() for path in source.glob("earlyalign/**/*.py")}
    assert {name for name in names if name.endswith(".py")} == ours


def test_the_face_is_imported_when_it_is_asked_for(installed):
    ended = installed(
        "-c", "import sys, earlyalign; print('numpy' in sys.modules, earlyalign.load('B-eq4').id)"
    )
    assert ended.stdout.split() == ["False", "B-eq4"], ended.stderr


def test_items_are_listed_and_run(installed):
    listed = installed("-m", "earlyalign", "items")
    assert listed.returncode == 0 and "B-thm41" in listed.stdout, listed.stderr
    ended = installed("-m", "earlyalign", "run", "B-thm41", "--profile", "smoke", "--jobs", "1", "--json")
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["claims"] and told["commit"] == "unknown"
    cache = installed.folder / "cache" / "earlyalign"
    assert Path(told["out"]) == cache / "run" / "B-thm41"
    assert list((cache / "store").rglob("*.npz"))
    assert not list((installed.folder / "empty").iterdir())


def test_a_network_of_ones_own_is_swept(installed):
    ended = installed("-c", SWEEP)
    assert ended.returncode == 0 and ended.stdout.strip() == "8", ended.stderr


def test_what_needs_the_book_says_so_in_one_line(installed):
    ended = installed("-c", OUTSIDE)
    told = json.loads(ended.stdout)
    assert len(told) == 6, ended.stderr
    for words, (status, error) in told.items():
        assert (status, error.count("\n")) == (2, 1), words
        assert "needs a checkout" in error, words


def test_every_requirement_is_in_the_lock_at_a_version_that_it_allows():
    extras = project()["optional-dependencies"]
    asked = [
        *project()["dependencies"],
        *(line for name in ("book", "dask", "dev", "biggan") for line in extras[name]),
    ]
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(pinned()[requirement.name]), requirement
    assert {Requirement(line).name for line in asked} == set(pinned())


def test_the_table_of_dependencies_names_what_the_lock_names():
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## Dependencies")[1]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")][1:]
    assert {name.strip() for row in rows for name in row.split(",")} == set(pinned())


def test_the_version_is_the_same_everywhere():
    import earlyalign

    told = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", told, re.MULTILINE) == [project()["version"]]
    assert earlyalign.__version__ == project()["version"]
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\d\S*)", log, re.MULTILINE)[0] == project()["version"]
