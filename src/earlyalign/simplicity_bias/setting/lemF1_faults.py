"""What the control of Lemma F.1 breaks: both layers no longer move at one rate."""

from __future__ import annotations

from earlyalign.dynamics.flow import square_loss
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.simplicity_bias.setting.lemF1_runs import Settings, descended, drift, flowed, posed

UNEQUAL = 2.0
"""The outer layer's rate over the inner layer's."""


def unequal_steps(run: Run, checkpoint: Checkpoint) -> Result:
    """The outer layer moves UNEQUAL times as fast as the inner one, along the flow and in descent."""
    settings = run.read(Settings)
    start, sample = posed(settings, run.seed)
    field = square_loss(sample.inputs, sample.labels)

    def skewed(net: TwoLayer) -> TwoLayer:
        rate = field(net)
        return TwoLayer(rate.inner, UNEQUAL * rate.outer)

    if settings.method == "flow":
        end = flowed(start, skewed, settings)
    else:
        end = descended(start, sample, settings, outer_ratio=UNEQUAL)
    return drift(start, end, sample)
