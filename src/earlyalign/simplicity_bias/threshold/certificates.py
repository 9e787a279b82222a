"""What the certificates stored with flows say: how far a reading may be trusted, as a number and in words."""

from __future__ import annotations

import numpy as np

from earlyalign.items.tables import Tables

TABLE = "certificate"


def certificate_of(tables: Tables, reading: str, time: float | None = None, **config: object) -> float:
    """The largest difference that half the step makes to `reading`, over the certified seeds.

    time is the flow's (None: any); config narrows the runs, such as n=500. Raises ValueError where no run that fits
    was certified.
    """
    table = tables.get(TABLE)
    if table is not None:
        matching = table["reading"] == reading
        for name, value in config.items():
            matching &= table[name] == value
        if time is not None:
            matching &= np.isclose(table["time"], time)
        table = table[matching]
    if table is None or table.empty:
        raise ValueError(f"no certificate for {reading} at time {time} of {config or 'any run'}")
    return float(table["difference"].max())


def certificate_words(
    tables: Tables, reading: str, name: str, time: float | None = None, **config: object
) -> str:
    """One sentence for a caption: `name` is what the reading is called there."""
    largest = certificate_of(tables, reading, time, **config)
    return f"The same flows at half the step differ by at most {largest:.1g} in {name}."
