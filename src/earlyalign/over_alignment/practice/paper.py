"""What Paper A reports of its experiments, for comparison. Nothing here was measured by us."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A row of the paper's main table: test accuracies in percent at c = 1 and at the best c = 2^log2_c."""

    network: str
    data: str
    default: float
    best: float
    log2_c: int

    @property
    def gain(self) -> float:
        """In points."""
        return self.best - self.default


MAIN = (
    Row("ResNet-50", "CIFAR-100", 53.57, 59.76, -4),
    Row("ResNet-18", "BigGAN, edim 128", 59.95, 76.62, -6),
)

SIZE_EXPONENTS = {"samples": -2.0, "width": -1.0}
"""c* ~ n^-2 h^-1."""
