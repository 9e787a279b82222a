"""The most multiply-adds that a core makes: vectors that never leave their registers."""

from __future__ import annotations

import numpy as np
from llvmlite import binding
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from earlyalign.dynamics.lanes import LANES, Lanes, Memory, Slot, index

CHAINS = 12
"""Independent sums, enough to cover the latency of a multiply-add, and few enough for sixteen registers."""

TURNS = 20_000
MULTIPLY_ADDS = TURNS * CHAINS * LANES
"""Of one call of `spin`."""


@intrinsic
def _spin(typing, turns, factor, sums):
    def generate(context, build, signature, values):
        factor, sums = (
            Memory(build, context.make_array(signature.args[k])(context, build, values[k]).data)
            for k in (1, 2)
        )
        by = factor.load(index(0))
        chains = [Slot.of(Lanes.zero(build)) for _ in range(CHAINS)]
        with cgutils.for_range(build, values[0]):
            for chain in chains:
                chain.put(chain.get() * by + by)
        for k, chain in enumerate(chains):
            sums.store(index(k * LANES), chain.get())
        return context.get_dummy_value()

    return types.void(turns, factor, sums), generate


@njit
def _run(turns, factor, sums):
    _spin(turns, factor, sums)


def spin() -> np.ndarray:
    """MULTIPLY_ADDS multiply-adds; the sums converge to 1."""
    sums = np.empty(CHAINS * LANES, np.float32)
    _run(TURNS, np.full(LANES, 0.5, np.float32), sums)
    return sums


def vectors() -> str:
    """The vector unit that LLVM compiles for here."""
    features = binding.get_host_cpu_features()
    known = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX", "sse2": "SSE2", "neon": "NEON"}
    return next((name for flag, name in known.items() if features.get(flag)), "no vectors")
