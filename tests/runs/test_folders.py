"""`earlyalign clean`: only folders that the project made are emptied, and only of its own files."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from earlyalign import cli
from earlyalign.runs.folders import MARKER, is_built, is_shelf, mark
from earlyalign.runs.store import Store, pack

KEY = "ab" * 32


@pytest.fixture
def clean(tmp_path, monkeypatch):
    """Call `earlyalign clean` on ``build`` and ``store`` of a temporary folder: words -> click's result."""
    monkeypatch.setenv("EARLYALIGN_BUILD", str(tmp_path / "build"))
    monkeypatch.setenv("EARLYALIGN_STORE", str(tmp_path / "store"))
    return lambda *words: CliRunner().invoke(cli.main, ["clean", *words])


def documents(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    (folder / "site").mkdir(exist_ok=True)
    (folder / "site/index.html").write_text("mine", encoding="utf-8")
    return {path: path.read_bytes() for path in (folder / "thesis.txt", folder / "site/index.html")}


def untouched(before):
    return all(path.read_bytes() == content for path, content in before.items())


def filled(root):
    store = Store(root)
    store.prepare()
    store.put(KEY, pack({"t": {"x": [1.0]}}, 0.1))
    store.checkpoint(KEY).save({"x": [1.0]})
    return store


@pytest.mark.parametrize("where", ["build", "store"])
def test_a_folder_of_documents_stays_and_the_command_ends_with_status_2(clean, tmp_path, where):
    before = documents(tmp_path / where)
    result = clean("--store")
    assert result.exit_code == 2 and untouched(before)
    assert result.stderr.count("\n") == 1 and "nothing was removed" in result.stderr
    assert str(tmp_path / where) in result.stderr


def test_a_store_in_a_folder_of_documents_works_and_is_never_removed(clean, tmp_path):
    before = documents(tmp_path / "store")
    store = filled(tmp_path / "store")
    assert store.get(KEY) is not None
    assert clean("--store").exit_code == 2 and untouched(before)
    assert store.get(KEY) is not None


def test_runs_go_with_their_folder_and_each_is_listed(clean, tmp_path):
    filled(tmp_path / "store")
    result = clean("--store")
    assert result.exit_code == 0 and not (tmp_path / "store").exists()
    assert f"removed {tmp_path / 'store' / 'ab'}" in result.output
    assert f"removed {tmp_path / 'store' / 'checkpoints'}" in result.output


def test_what_was_put_into_a_store_later_stays(clean, tmp_path):
    filled(tmp_path / "store")
    before = documents(tmp_path / "store")
    (tmp_path / "store/cd").mkdir()
    (tmp_path / "store/cd/notes.txt").write_text("in a folder with a name like ours", encoding="utf-8")
    result = clean("--store")
    assert result.exit_code == 2 and untouched(before)
    assert not (tmp_path / "store/ab").exists()
    assert (tmp_path / "store/cd/notes.txt").is_file()
    for name in ("cd", "site", "thesis.txt"):
        assert name in result.stderr


def test_only_what_a_build_writes_is_removed(clean, tmp_path):
    build = tmp_path / "build"
    mark(build, is_built)
    for name in ("artifacts", "site", "numba", "mine"):
        (build / name).mkdir()
    result = clean()
    assert result.exit_code == 0
    assert {path.name for path in build.iterdir()} == {MARKER, "numba", "mine"}
    assert [line for line in result.output.splitlines() if line.startswith("removed")] == [
        f"removed {build / 'artifacts'}", f"removed {build / 'site'}",
    ]  # fmt: skip


@pytest.mark.parametrize("words", [(), ("--store",)])
def test_nothing_is_not_called_removed(clean, words):
    result = clean(*words)
    assert result.exit_code == 0 and result.output == "nothing to remove\n"


def test_a_link_is_never_followed(clean, tmp_path):
    before = documents(tmp_path / "documents")
    mark(tmp_path / "build", is_built)
    mark(tmp_path / "store", is_shelf)
    (tmp_path / "build/site").symlink_to(tmp_path / "documents")
    (tmp_path / "store/ab").symlink_to(tmp_path / "documents")
    clean()
    clean("--store")
    assert untouched(before)


def test_a_tilde_in_the_environment_is_the_home_folder(monkeypatch, tmp_path):
    from earlyalign.runs.paths import build_root, store_root

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EARLYALIGN_STORE", "~/x")
    monkeypatch.setenv("EARLYALIGN_BUILD", "~/y")
    assert (store_root(), build_root()) == (tmp_path / "x", tmp_path / "y")
