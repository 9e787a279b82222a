"""One loader for every YAML file and value: what it refuses, and what it takes for a number."""

from __future__ import annotations

import pytest
import yaml

from earlyalign.errors import UserError
from earlyalign.project import project_root
from earlyalign.strict_yaml import parse_yaml, read_yaml

REFUSED = {
    "a key twice": ("a: 1\nb: 2\na: 3", "key a stands twice"),
    "a key twice further down": ("x: {a: {b: 1, b: 1}}", "key b stands twice"),
    "a key twice in a list": ("- {a: 1, a: 2}", "key a stands twice"),
    "a number for a key": ("a: 1\n5: 2", "key 5 is not text"),
    "a truth value for a key": ("true: 1", "key true is not text"),
    "a list for a key": ("? [a, b]\n: 1", "key of several parts is not text"),
    "no end": ("[1,", "not YAML"),
    "an object": ("!!python/object:os.system {}", "not YAML"),
    "a date": ("!!timestamp 2020-99-99", "not YAML"),
    "a number without end": ("9" * 5000, "not YAML"),
    "a pit": ("[" * 20_000, "not YAML"),
    "a control character": ("a: \x01", "not YAML"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_one_line_that_names_the_file(case):
    text, said = REFUSED[case]
    with pytest.raises(UserError, match=said) as raised:
        parse_yaml(text, "here.yaml")
    assert str(raised.value).startswith("here.yaml") and "\n" not in str(raised.value)


@pytest.mark.parametrize("content", ["a: 1".encode("utf-16"), b"a: \xff\xfe", "ä: 1".encode("latin-1")])
def test_bytes_that_are_not_utf_8_are_one_line(tmp_path, content):
    (tmp_path / "it.yaml").write_bytes(content)
    with pytest.raises(UserError, match=r"it\.yaml is not UTF-8 text") as raised:
        read_yaml(tmp_path / "it.yaml", "it.yaml")
    assert "\n" not in str(raised.value)


def test_plain_scalars_are_those_of_yaml_1_2():
    told = {
        "1e-3": 1e-3, "2.5E+4": 2.5e4, ".5": 0.5, "3.": 3.0, "7": 7, "-1_000": -1000, "true": True, "~": None,
        "off": "off", "yes": "yes", "010": "010", "1:30": "1:30", "2020-01-01": "2020-01-01", "0x1f": "0x1f",
    }  # fmt: skip
    for text, value in told.items():
        parsed = parse_yaml(text, "it")
        assert (type(parsed), parsed) == (type(value), value), text
    assert parse_yaml("a: &a {x: 1}\nb: {<<: *a, y: 2}", "it") == {"a": {"x": 1}, "b": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    "path", [*project_root().glob("book/**/*.yaml"), *project_root().glob("_*.yml")], ids=str
)
def test_the_books_own_files_mean_the_same_to_any_reader(path):
    assert read_yaml(path, path.name) == yaml.safe_load(path.read_text(encoding="utf-8"))


def test_nothing_else_reads_yaml():
    source = project_root() / "src" / "earlyalign"
    others = [
        path.name
        for path in source.rglob("*.py")
        if "yaml.safe_load" in path.read_text(encoding="utf-8")
        or "yaml.load" in path.read_text(encoding="utf-8")
    ]
    assert others == ["strict_yaml.py"]
