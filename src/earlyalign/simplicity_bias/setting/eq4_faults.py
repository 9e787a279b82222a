"""What the control of equation (4) breaks: the sign of the residual."""

from __future__ import annotations

import numpy as np

from earlyalign.dynamics.squared_loss import velocity
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.simplicity_bias.setting.eq4_runs import Dynamics, errors, residuals


def wrong_sign(run: Run, checkpoint: Checkpoint) -> Result:
    """The residual is h - y, in the velocity and in the pulls."""
    return errors(run, Dynamics(_against, _opposite))


def _against(net: TwoLayer, inputs: np.ndarray, labels: np.ndarray) -> TwoLayer:
    rate = velocity(net, inputs, labels)
    return TwoLayer(-rate.inner, -rate.outer)


def _opposite(net: TwoLayer, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return -residuals(net, inputs, labels)
