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
    found = tables.get(TABLE)
    if found is not None:
        chosen = found["reading"] == reading
        for name, value in config.items():
            chosen &= found[name] == value
        if time is not None:
            chosen &= np.isclose(found["time"], time)
        found = found[chosen]
    if found is None or found.empty:
        raise ValueError(f"no certificate for {reading} at time {time} of {config or 'any run'}")
    return float(found["difference"].max())


def certificate_words(
    tables: Tables, reading: str, name: str, time: float | None = None, **config: object
) -> str:
    """One sentence for a caption: `name` is what the reading is called there."""
    largest = certificate_of(tables, reading, time, **config)
    return f"The same flows at half the step differ by at most {largest:.1g} in {name}."
