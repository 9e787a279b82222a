"""What a flow's readings are good for: the same run at half the step, and by how much each reading then differs.

Where a path is sensitive, so that the smallest errors grow until neurons take other turns, the difference
says so: it is that of two paths of the flow, not of one path followed well and badly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from earlyalign.dynamics.long_flow import STEP, Settled, settle
from earlyalign.networks.two_layer import TwoLayer

CERTIFIED_EVERY = 5
"""Of the seeds of an item whose parameters do not say so, every so many has its flows certified."""

Readings = Callable[[TwoLayer], Mapping[str, float]]


@dataclass(frozen=True)
class Certified:
    """A flow and the same flow at half the step; both stand at the same times."""

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
    times: np.ndarray | Sequence[float],
    step: float = STEP,
    gradient_tolerance: float = 0.0,
    double: bool = False,
) -> Certified:
    """`settle` twice, the second time at half the step, at three times the cost of once. Raises as it does."""
    flows = (
        settle(net, inputs, labels, times, length, gradient_tolerance, double) for length in (step, step / 2)
    )
    return Certified(*flows)
