"""The commit is that of a repository that holds this project, and of no other around it."""

from __future__ import annotations

import subprocess

import pytest

from earlyalign.runs import provenance


@pytest.fixture
def commit(tmp_path, monkeypatch):
    """The commit as told in ``outer/project``: a project unpacked in a repository that knows one other file."""
    project = tmp_path / "outer" / "project"
    (project / "book").mkdir(parents=True)
    (project / "_toc.yml").write_text("root: book/index\n", encoding="utf-8")
    (tmp_path / "outer/other.txt").write_text("x", encoding="utf-8")
    git(tmp_path / "outer", "init", "-q")
    git(tmp_path / "outer", "add", "other.txt")
    git(tmp_path / "outer", "commit", "-q", "-m", "Begin")
    monkeypatch.chdir(project)
    provenance.commit.cache_clear()
    yield provenance.commit
    provenance.commit.cache_clear()


def git(folder, *words):
    named = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True)


def test_a_copy_inside_another_repository_has_no_commit(commit):
    assert commit() == "unknown"


def test_a_repository_that_holds_the_project_gives_its_commit(commit, tmp_path):
    git(tmp_path / "outer", "add", "project")
    git(tmp_path / "outer", "commit", "-q", "-m", "Take in the project")
    head = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=tmp_path / "outer",
        capture_output=True,
        encoding="utf-8",
    ).stdout.strip()
    assert commit() == head
