"""Every parameter of every item: its range is declared, and nothing out of it, of another type or twice is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earlyalign.errors import UserError
from earlyalign.items.manifest import everything
from earlyalign.publish.profiles import read_profile
from earlyalign.runs.outcome import parse

ITEMS = {item.id: item for item in everything()}
SMOKE = read_profile("smoke")
Way = tuple[str | int, ...]


def nodes(node: dict, defs: dict, path: Way = ()) -> Iterator[tuple[Way, dict]]:
    """Every scalar and list of a JSON schema, with the way to it; ``0`` stands for a list's first value."""
    if "$ref" in node:
        yield from nodes(defs[node["$ref"].rsplit("/", 1)[-1]], defs, path)
        return
    for option in node.get("anyOf", ()):
        yield from nodes(option, defs, path)
    if (
        node.get("type") in ("integer", "number", "string", "boolean", "array")
        or "enum" in node
        or "const" in node
    ):
        yield path, node
    for number, inner in enumerate(
        [*node.get("prefixItems", ()), *([node["items"]] if node.get("items") else ())]
    ):
        yield from nodes(inner, defs, (*path, number))
    for name, inner in node.get("properties", {}).items():
        yield from nodes(inner, defs, (*path, name))
    if isinstance(node.get("additionalProperties"), dict):
        yield from nodes(node["additionalProperties"], defs, (*path, "*"))


@cache
def schema_of(id: str) -> list[tuple[Way, dict]]:
    schema = ITEMS[id].params.model_json_schema()
    return list(nodes(schema, schema.get("$defs", {})))


FIELDS = [(id, path, node) for id in ITEMS for path, node in schema_of(id)]


def is_number(node: dict) -> bool:
    return node.get("type") in ("integer", "number") and "enum" not in node and "const" not in node


def put(values: Any, path: Way, value: Any) -> Any:
    """`values` with `value` at the end of `path`. KeyError or IndexError where the profile has nothing there."""
    if not path:
        return value
    first, *rest = path
    if isinstance(values, list):
        return [put(values[0], tuple(rest), value), *values[1:]]
    names = list(values) if first == "*" else [first]
    return {**values, names[0]: put(values[names[0]], tuple(rest), value)}


@pytest.mark.parametrize("id", ITEMS)
def test_every_number_has_a_range(id):
    bare = [
        path
        for path, node in schema_of(id)
        if is_number(node)
        and not (
            {"minimum", "exclusiveMinimum"} & node.keys() and {"maximum", "exclusiveMaximum"} & node.keys()
        )
    ]
    assert bare == []


def wrong(node: dict) -> st.SearchStrategy:
    """Values that a field must not take, whatever else holds of them."""
    foreign = [st.none(), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)]
    if "enum" in node or "const" in node or node.get("type") == "string":
        allowed = node.get("enum", [node["const"]] if "const" in node else [])
        texts = st.text(max_size=8).filter(lambda text: text not in allowed)
        return st.one_of(*foreign, *([texts] if allowed else []), st.booleans(), st.just([1]))
    if node["type"] == "boolean":
        return st.one_of(*foreign, st.text(max_size=5), st.integers(0, 1), st.just([True]))
    if node["type"] == "array":
        return st.one_of(*foreign, st.text(max_size=5), st.integers(), st.booleans())
    low = node.get("minimum", node.get("exclusiveMinimum", 0))
    high = node.get("maximum", node.get("exclusiveMaximum", 0))
    outside = [st.integers(max_value=int(low) - 1), st.integers(min_value=int(high) + 1), st.just(10**400)]
    broken = [st.sampled_from([float("inf"), float("-inf"), float("nan"), low - 0.5, high * 2 + 0.5])]
    halves = [st.just(low + 0.5)] if node["type"] == "integer" else []
    others = [st.booleans(), st.just(str(low)), st.text(max_size=5), st.just([low])]
    return st.one_of(*foreign, *outside, *broken, *halves, *others)


@given(st.data())
@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_what_a_parameter_cannot_be_is_refused_in_one_line(data):
    id, path, node = data.draw(st.sampled_from(FIELDS))
    nullable = any(other == path and told.get("type") == "null" for other, told in schema_of(id))
    value = data.draw(wrong(node))
    optional = ("separability", "own_init_variance", "edim")
    if value is None and (nullable or path[-1] in optional):
        return
    try:
        values = put(dict(SMOKE.of(ITEMS[id])), path, value)
    except (KeyError, IndexError):
        return
    with pytest.raises(UserError) as raised:
        parse(ITEMS[id], values)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 600


@pytest.mark.parametrize("id", ITEMS)
def test_a_list_names_each_value_once(id):
    """For ``--set 'steps=[0.1,0.1]'`` and its kind: a value that is swept twice is one."""
    values = SMOKE.of(ITEMS[id])
    for path, node in schema_of(id):
        if node.get("type") != "array" or "prefixItems" in node or len(path) > 1 or path[0] not in values:
            continue
        twice = [*values[path[0]], values[path[0]][0]]
        with pytest.raises(UserError, match=r"each (value )?once"):
            parse(ITEMS[id], {**values, path[0]: twice})


@pytest.mark.parametrize("profile", ["smoke", "ci", "paper"])
def test_the_profiles_and_every_control_keep_the_ranges(profile):
    read = read_profile(profile)
    for item in read.items():
        for control in item.controls:
            parse(item, {**read.params[item.id].model_dump(), **control.change})
