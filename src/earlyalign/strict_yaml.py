"""YAML as the project reads it: plain data under text keys, each key once, nothing taken for what it looks like.

Numbers and truth values are those of YAML 1.2: ``1e-3`` is a number, ``off`` a word, ``010`` no number.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from earlyalign.errors import UserError

_WHOLE = r"(?:0|[1-9][0-9_]*)"
_PLAIN = {
    "null": (r"~|null|Null|NULL|", "~nN\0"),
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (rf"[-+]?{_WHOLE}", "-+0123456789"),
    "float": (
        rf"[-+]?(?:\.[0-9]+|{_WHOLE}(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    "merge": (r"<<", "<"),
}


class _Loader(yaml.SafeLoader):
    """Safe, and strict about keys and plain scalars."""

    yaml_implicit_resolvers: ClassVar[dict] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.MarkedYAMLError(None, None, f"the key {_shown(key)} is not text", key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(None, None, f"the key {key.value} stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


for _name, (_pattern, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}",
        re.compile(f"^(?:{_pattern})$"),
        ["" if letter == "\0" else letter for letter in _first],
    )


def _shown(node: yaml.Node) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else "of several parts"


def parse_yaml(text: str, name: str) -> Any:
    """The data in `text`, which is called `name`. Raises UserError, in one line, for what is not such YAML."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise UserError(f"{name} is not YAML as it must be: {' '.join(str(error).split())}") from error
    except (ValueError, RecursionError, TypeError) as error:
        raise UserError(f"{name} is not YAML as it must be: {error or type(error).__name__}") from error


def read_yaml(path: Path, name: str) -> Any:
    """The data in a file of UTF-8 text. Raises UserError as `parse_yaml` does, and for other bytes."""
    try:
        return parse_yaml(path.read_bytes().decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name} is not UTF-8 text (byte {error.start} is {error.object[error.start]:#04x})"
        ) from error
