"""Feature learning strength for one's own model: wrap it, scale its step, sweep c, look inside, carry c elsewhere.

Small c is strong feature learning, large c is weak (lazy). `sweep` says whether some c is better than 1 and how sure
that is; the other four are what it is made of, and what one does next.
"""

from earlyalign.fls.checks import NotScaleCovariant
from earlyalign.fls.diagnosis import Diagnosis, diagnose
from earlyalign.fls.homogeneity import NotHomogeneous
from earlyalign.fls.steps import StepMayReturn, scaled_step
from earlyalign.fls.stopping import Stop
from earlyalign.fls.sweeping import NotCompared, Sweep, sweep
from earlyalign.fls.transferring import (
    Exponents,
    ExponentsDisagree,
    Transfer,
    fit_exponents,
    measure_exponents,
    transfer,
)
from earlyalign.networks.output_multiplier import OutputMultiplier

__all__ = [
    "Diagnosis",
    "Exponents",
    "ExponentsDisagree",
    "NotCompared",
    "NotHomogeneous",
    "NotScaleCovariant",
    "OutputMultiplier",
    "StepMayReturn",
    "Stop",
    "Sweep",
    "Transfer",
    "diagnose",
    "fit_exponents",
    "measure_exponents",
    "scaled_step",
    "sweep",
    "transfer",
]
