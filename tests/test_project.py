"""The project is found from inside it, and its data where the environment says, else beside the book."""

import re

import pytest

from earlyalign import project
from earlyalign.errors import UserError
from earlyalign.project import data_root, project_root
from earlyalign.runs import paths


def test_the_project_is_found_from_a_folder_inside(toy_book, monkeypatch):
    inside = toy_book / "book" / "part"
    inside.mkdir()
    monkeypatch.chdir(inside)
    assert project_root() == toy_book


def test_data_is_where_the_environment_says_else_in_the_project(toy_book, tmp_path, monkeypatch):
    monkeypatch.delenv("EARLYALIGN_DATA", raising=False)
    assert data_root() == toy_book / "data"
    monkeypatch.setenv("EARLYALIGN_DATA", str(tmp_path / "elsewhere"))
    assert data_root() == tmp_path / "elsewhere"


def test_outside_a_checkout_the_book_is_missed_and_all_else_has_a_place(tmp_path, monkeypatch):
    for name in ("EARLYALIGN_BUILD", "EARLYALIGN_STORE", "EARLYALIGN_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(project, "__file__", str(tmp_path / "site-packages/earlyalign/project.py"))
    monkeypatch.setattr(paths.platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="this needs a checkout of the repository"):
        project_root()
    assert data_root() == tmp_path / "data"
    assert paths.store_root() == tmp_path / "cache/earlyalign/store"
    monkeypatch.setenv("EARLYALIGN_STORE", str(tmp_path / "mine"))
    assert paths.store_root() == tmp_path / "mine"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_files_that_the_text_names_are_there(name):
    root = project_root()
    named = re.findall(
        r"`((?:src|book|tests)/[\w./]+|\w+\.(?:md|yml|toml|txt|cff))`", (root / name).read_text()
    )
    named = [path for path in named if not re.search(r"\b(PART|NAME)\b", path)]
    assert [path for path in named if not (root / path).exists()] == []
    assert len(named) > 3
