"""Controls that the practice items share: small cases under the names of the book's, and the knob taken off."""

from __future__ import annotations

from collections.abc import Sequence

from earlyalign.items.item import Control

TOY = {"task": "generator", "network": "cnn", "width": 4, "samples": 60}


def toys(edims: Sequence[int]) -> dict[str, dict]:
    """A small case for each edim, named as in the book: for controls that decide whatever is trained."""
    return {f"generator-{edim}": {**TOY, "edim": edim} for edim in edims}


def off(cases: dict[str, dict]) -> dict:
    """Parameters under which every run is one at c = 1."""
    return {"knob": "off", "cases": cases, "multipliers": [-12, -3, 0, 2], "steps": [0.1], "seeds": 4}


def knob_off(edims: Sequence[int], claims: Sequence[str]) -> Control:
    """The multiplier is not applied, so that no multiplier is better than another."""
    return Control(
        "knob-off", "The multiplier is not applied: every run is one at c = 1", off(toys(edims)), claims
    )
