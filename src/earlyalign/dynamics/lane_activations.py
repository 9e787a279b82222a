"""Activations on lanes: value and slope of a pair of vectors, and what the first pass notes down for the second.

sigma may not depend on more than w.x, and sigma(0) = 0, so that padding adds nothing.
"""

from __future__ import annotations

from llvmlite import ir

from earlyalign.dynamics.lanes import LANES, Bits, Lanes, Memory, Slot, index

PAIR = 2
"""Vectors that go through a pass together."""

WORD = 32
"""Samples in a chunk of notes: a bit each of a 32-bit word."""


class Relu:
    """max(s, 0), with slope 0 at 0. Its notes are one word a neuron and chunk: which samples it is active on.

    Pass one works on -s, whose sign bit is the activation; it starts from +0, so that a zero neuron is nowhere active.
    """

    homogeneous = True
    """The outer gradient is w times the inner one."""

    notes = PAIR * LANES
    """Numbers noted a tile and chunk."""

    @staticmethod
    def weights(inner: list[list[Lanes]], outer: list[Lanes]) -> tuple[list[list[Lanes]], list[Lanes]]:
        return [[-lanes for lanes in row] for row in inner], [-lanes for lanes in outer]

    class notebook:
        def __init__(self, build: ir.IRBuilder, memory: Memory, at: ir.Value) -> None:
            self._build, self._memory, self._at = build, memory, at
            self._words = [Slot.of(Lanes.zero(build).bits) for _ in range(PAIR)]

        def _place(self, u: int) -> ir.Value:
            return self._build.add(self._at, index(u * LANES))

        def write(self, before: list[Lanes], sample: ir.Value) -> list[Lanes]:
            """sigma; each word moves down by a bit and takes the new activation at its top."""
            for word, s in zip(self._words, before):
                word.put((word.get() >> 1) | (s.bits & Bits.SIGN))
            return [s.least(0.0) for s in before]

        def close(self) -> None:
            for u, word in enumerate(self._words):
                self._memory.store(self._place(u), word.get().floats)

        def open(self) -> None:
            for u, word in enumerate(self._words):
                word.put(self._memory.load(self._place(u)).bits)

        def read(self, residual: Lanes, sample: ir.Value, with_value: bool):
            """residual * sigma' of the last sample not yet read, which is the top bit."""
            pulls = [(word.get().spread_sign & residual.bits).floats for word in self._words]
            for word in self._words:
                word.add(word.get())
            return pulls, None


class Gelu:
    """s Phi(s), exactly and not by tanh. Its notes are sigma and sigma' of every sample."""

    homogeneous = False
    notes = WORD * 2 * PAIR * LANES

    @staticmethod
    def weights(inner, outer):
        return inner, outer

    class notebook:
        def __init__(self, build: ir.IRBuilder, memory: Memory, at: ir.Value) -> None:
            self._build, self._memory, self._at = build, memory, at

        def _place(self, sample: ir.Value, k: int) -> ir.Value:
            row = self._build.mul(sample, index(2 * PAIR * LANES))
            return self._build.add(self._at, self._build.add(row, index(k * LANES)))

        def write(self, before: list[Lanes], sample: ir.Value) -> list[Lanes]:
            found = [gelu(s) for s in before]
            for u, (value, slope) in enumerate(found):
                self._memory.store(self._place(sample, u), slope)
                self._memory.store(self._place(sample, PAIR + u), value)
            return [value for value, _ in found]

        def close(self) -> None: ...

        def open(self) -> None: ...

        def read(self, residual: Lanes, sample: ir.Value, with_value: bool):
            slopes = [self._memory.load(self._place(sample, u)) for u in range(PAIR)]
            pulls = [residual * slope for slope in slopes]
            if not with_value:
                return pulls, None
            return pulls, [residual * self._memory.load(self._place(sample, PAIR + u)) for u in range(PAIR)]


def gelu(s: Lanes) -> tuple[Lanes, Lanes]:
    """sigma(s) and sigma'(s) from one phi and one tail q = Phi(-|s|).

    sigma = max(s, 0) - |s| q, and sigma' = 1/2 + sign(s) (1/2 - q + |s| phi).
    """
    z = s.magnitude
    phi = normal_density(s)
    q = phi * mills_ratio(z)
    value = s.most(0.0) - z * q
    half = 0.5 - (q - z * phi)
    return value, 0.5 + half.signed_like(s)


def normal_density(s: Lanes) -> Lanes:
    """exp(-s^2 / 2) / sqrt(2 pi): a power of two times a polynomial in what is left of the exponent; not below
    2^-101, which is far below every rounding and keeps denormal numbers away."""
    exponent = (s * s * _HALF_LOG2_E).most(-100.0)
    moved = exponent + _ROUND
    rest = exponent - (moved - _ROUND)
    return (polynomial(rest, _POWER).bits + (moved.bits << 23)).floats


def mills_ratio(z: Lanes) -> Lanes:
    """Phi(-z) / phi(z) for z >= 0: a polynomial in 1 / (1 + c z), as in Hastings' formulas, fitted for the least
    largest relative error."""
    t = 1.0 / (1.0 + z * _SHRINK)
    return t * polynomial(t, _MILLS)


def polynomial(at: Lanes, coefficients: tuple[float, ...]) -> Lanes:
    """Horner's rule; the constant term comes first."""
    found = at.of(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        found = found * at + c
    return found


_HALF_LOG2_E = -0.7213475204444817
_ROUND = 1.5 * 2**23
_SHRINK = 0.3
_POWER = (0.3989423089875278, 0.2765256316942627, 0.0958343922265345, 0.022144142105276876, 0.0038599825275409845, 0.0005296546267720719)
_MILLS = (0.29983353, 0.30317438, 0.24745224, 0.33197884, -0.15270465, 0.53675246, -0.40527028, 0.0920975)

_ALL = {"relu": Relu, "gelu": Gelu}


def lane_activation(name: str):
    return _ALL[name]
