"""Profiles: the scale at which every item runs, one YAML file each under ``book/profiles/``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from earlyalign.errors import UserError, unknown
from earlyalign.items.contract import Item, Params
from earlyalign.items.manifest import MODULES, load
from earlyalign.runs.measure import parse
from earlyalign.runs.paths import project_root
from earlyalign.strict_yaml import read_yaml

PROFILES = ("smoke", "ci", "paper")
"""smoke: seconds an item, for tests. ci: what the site is built from. paper: the papers' own scale."""


@dataclass(frozen=True)
class Profile:
    """A named scale.

    values  item id -> what the file says, as plain data
    params  item id -> the same, validated. An item that is not named here is not run at this scale
    """

    name: str
    values: Mapping[str, Mapping[str, Any]]
    params: Mapping[str, Params]

    def items(self) -> list[Item]:
        """The items that run, in the order of the book."""
        return [load(id) for id in MODULES if id in self.params]

    def of(self, item: Item) -> dict[str, Any]:
        """The values of `item`. Raises UserError if the profile does not run it."""
        if item.id not in self.values:
            raise unknown(f"item of profile {self.name}", item.id, self.values)
        return dict(self.values[item.id])


def read_profile(name: str) -> Profile:
    """The profile called `name`, validated. Raises UserError for an unknown profile, item or parameter."""
    if name not in PROFILES:
        raise unknown("profile", name, PROFILES)
    path = project_root() / "book" / "profiles" / f"{name}.yaml"
    try:
        values = read_yaml(path, f"book/profiles/{name}.yaml") or {}
    except FileNotFoundError as error:
        raise UserError(f"profile {name} has no file book/profiles/{name}.yaml") from error
    if not isinstance(values, dict) or not all(isinstance(block, dict) for block in values.values()):
        raise UserError(f"book/profiles/{name}.yaml must map item ids to parameters")
    for id in values:
        if id not in MODULES:
            raise unknown(f"item in book/profiles/{name}.yaml", id, MODULES)
    return Profile(name, values, {id: parse(load(id), block) for id, block in values.items()})
