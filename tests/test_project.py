"""The project is found from inside it, and its data where the environment says, else beside the book."""

from earlyalign.project import data_root, project_root


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
