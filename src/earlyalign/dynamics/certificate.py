"""What a flow's readings are good for: the same run at half the tolerance, and by how much each reading then differs.

Where a path is sensitive, so that errors far below the tolerance grow until neurons take other turns, the difference
says so: it is that of two paths of the flow, not of one path followed well and badly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from earlyalign.dynamics.stabilized import TOLERANCE, Settled, settle
from earlyalign.networks.two_layer import TwoLayer

CERTIFIED_EVERY = 5
"""Of the seeds of an item whose parameters do not say so, every so many has its flows certified."""

Readings = Callable[[TwoLayer], Mapping[str, float]]


@dataclass(frozen=True)
class Certified:
    """A flow and the same flow at half the tolerance; both stand at the same times."""

    settled: Settled
    refined: Settled

    def table(self, readings: Readings) -> dict[str, np.ndarray]:
        """Columns reading, time, value, refined, difference: a row for each reading at each time."""
        rows = [
            (name, time, float(value), float(better[name]))
            for time, net, other in zip(self.settled.times, self.settled.nets, self.refined.nets)
            for value_of, better in ((readings(net), readings(other)),)
            for name, value in value_of.items()
        ]
        names, times, values, refined = (np.array(column) for column in zip(*rows))
        return {
            "reading": names, "time": times, "value": values, "refined": refined,
            "difference": np.abs(values - refined),
        }  # fmt: skip


def certified(
    net: TwoLayer,
    inputs: np.ndarray,
    labels: np.ndarray,
    times: Sequence[float],
    tolerance: float = TOLERANCE,
    gradient_tolerance: float = 1e-9,
) -> Certified:
    """`settle` twice, the second time at half the tolerance, at three times the cost of once at most. Raises what
    `settle` raises."""
    flows = (
        settle(net, inputs, labels, times, allowed, gradient_tolerance)
        for allowed in (tolerance, tolerance / 2)
    )
    return Certified(*flows)
