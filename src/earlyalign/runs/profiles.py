"""Profiles: the scale at which every item runs, one YAML file each under ``book/profiles/``, which an installed package
brings along."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pydantic

from earlyalign.errors import UserError, invalid_params, unknown
from earlyalign.items.item import Item
from earlyalign.items.manifest import MODULES, load
from earlyalign.items.params import Params
from earlyalign.runs.paths import profiles_root
from earlyalign.strict_yaml import read_yaml

PROFILES = ("smoke", "quick", "ci", "paper")
"""smoke: seconds an item, for tests. quick: a chapter in minutes, for readers. ci: what the site is built from, and
what the chapters' parameters cells say. paper: the papers' own scale."""

SITE = "ci"
UNRECORDED = ("quick",)
"""Profiles whose verdicts are shown and not put on record."""

CHOSEN = "EARLYALIGN_PROFILE"
"""The environment variable by which a reader chooses the scale of chapters that stand at the site's."""


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
    values = _values(name)
    for id in values:
        if id not in MODULES:
            raise unknown(f"item in book/profiles/{name}.yaml", id, MODULES)
    return Profile(name, values, {id: parse(load(id), block) for id, block in values.items()})


def parse(item: Item, values: Mapping[str, Any]) -> Params:
    """`values` as the item's parameters, without turning one type into another: 5 may stand for 5.0, "5" and true for
    no number. Raises UserError, in one line, for what does not fit."""
    try:
        return item.params.model_validate_json(json.dumps(dict(values), default=_plain), strict=True)
    except pydantic.ValidationError as error:
        raise invalid_params(item.id, error, item.params.model_fields) from error


def _plain(value: Any) -> Any:
    """numpy's scalars and arrays as JSON knows them; anything else as text, which no field takes for more."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def at_profile(item: Item, values: Mapping[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """The values of `item` that a chapter means, and what to call them, where its parameters cell holds `values` and
    says that they are those of profile `name`.

    A cell of the site's values that says another name, by itself or because the reader chose it in `CHOSEN`, means
    that profile; entries that the reader changed stay. Changed values are called changed. Another name than that of a
    profile, and an item that the profile does not run, leave all as it is.
    """
    wanted = os.environ.get(CHOSEN, name) if name == SITE else name
    if name not in PROFILES:
        return dict(values), name
    site, own = (_values(each).get(item.id) for each in (SITE, wanted))
    if site is None or own is None:
        return dict(values), name
    from_site, from_own = _differing(values, site), _differing(values, own)
    changed = from_own if len(from_own) <= len(from_site) else from_site
    meant = {**own, **{key: values[key] for key in changed if key in values}}
    return meant, f"{wanted}, changed" if _differing(meant, own) else wanted


def _differing(values: Mapping[str, Any], others: Mapping[str, Any]) -> set[str]:
    return {key for key in values if key not in others or values[key] != others[key]}


def _values(name: str) -> dict[str, Any]:
    """What the file of profile `name` says. Raises UserError if there is none, or no mapping in it."""
    if name not in PROFILES:
        raise unknown("profile", name, PROFILES)
    path = profiles_root() / f"{name}.yaml"
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError as error:
        raise UserError(f"profile {name} has no file book/profiles/{name}.yaml") from error
    return _read(name, path, stamp)


@cache
def _read(name: str, path: Path, stamp: int) -> dict[str, Any]:
    values = read_yaml(path, f"book/profiles/{name}.yaml") or {}
    if not isinstance(values, dict) or not all(isinstance(block, dict) for block in values.values()):
        raise UserError(f"book/profiles/{name}.yaml must map item ids to parameters")
    return values
