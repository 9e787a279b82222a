"""Feature learning strength for one's own model: wrap it, scale its step, sweep c, look inside, carry c elsewhere.

Small c is strong feature learning, large c is weak (lazy). `sweep` says whether some c is better than 1 and how sure
that is; the other four are what it is made of, and what one does next.
"""

from earlyalign.dynamics.deep_training import Stop
from earlyalign.fls.checks import NotScaleCovariant
from earlyalign.fls.diagnosis import Diagnosis, diagnose
from earlyalign.fls.steps import StepMayReturn, scaled_step
from earlyalign.fls.sweeping import Sweep, sweep
from earlyalign.fls.transferring import ExponentsDisagree, Transfer, fit_exponents, transfer
from earlyalign.networks.output_multiplier import OutputMultiplier

__all__ = [
    "Diagnosis",
    "ExponentsDisagree",
    "NotScaleCovariant",
    "OutputMultiplier",
    "StepMayReturn",
    "Stop",
    "Sweep",
    "Transfer",
    "diagnose",
    "fit_exponents",
    "scaled_step",
    "sweep",
    "transfer",
]
