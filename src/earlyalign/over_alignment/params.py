"""Parameters of the items that train one balanced network on one separable sample."""

from __future__ import annotations

from pydantic import Field

from earlyalign.items.params import Params


class ProblemParams(Params):
    """Sample and network of Section 5: n samples in d dimensions, `width` neurons; seeds: 0, 1, ... so many."""

    n: int = Field(ge=2, le=1000)
    d: int = Field(ge=1, le=1000)
    width: int = Field(ge=2, le=10_000)
    kappa: float = Field(gt=0, le=1e3)
    sigma: float = Field(gt=0, le=1e3)
    separability: float = Field(ge=0, lt=1)
    seeds: int = Field(ge=2, le=1000)


PROBLEM = set(ProblemParams.model_fields) - {"seeds"}
"""Parameters that every run of such an item holds."""
