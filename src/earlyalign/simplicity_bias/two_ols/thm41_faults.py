"""Faults for the controls of B-thm41."""

from __future__ import annotations

from earlyalign.items.tables import Tables

OTHER = {"small": "large", "large": "small"}


def ends_exchanged(tables: Tables) -> Tables:
    """The few samples in space are called many and the many few."""
    exchanged = {
        name: tables[name].assign(end=tables[name]["end"].map(OTHER)) for name in ("ends", "certificate")
    }
    return {**tables, **exchanged}
