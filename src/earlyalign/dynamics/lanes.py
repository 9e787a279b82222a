"""Eight float32 numbers that go through arithmetic together, for kernels that keep them in registers.

A `Lanes` stands for a vector value while numba builds machine code: arithmetic on it appends instructions, so that a
formula in plain Python becomes vector code, and a Python loop an unrolled one. LLVM lowers eight lanes to what a
processor has. A product that is added may be fused with the sum; nothing else is reordered.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from llvmlite import ir
from numba.core import cgutils

LANES = 8
"""Numbers a vector: one register of AVX2, two of SSE or NEON, half a one of AVX-512."""

PAIR = 2
"""Vectors that go through a pass together: they share every broadcast of an input."""

_FLOAT, _INT, _INDEX = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_FLOATS, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)
_FLAGS = ("contract",)


@dataclass(frozen=True)
class Lanes:
    """A vector value under construction. Numbers beside it in arithmetic are spread over all lanes."""

    build: ir.IRBuilder
    value: ir.Value

    @staticmethod
    def zero(build: ir.IRBuilder) -> Lanes:
        """+0 in every lane."""
        return Lanes(build, ir.Constant(_FLOATS, [0.0] * LANES))

    def of(self, number: float) -> Lanes:
        """`number`, rounded to float32, in every lane."""
        return Lanes(self.build, ir.Constant(_FLOATS, [_rounded(number)] * LANES))

    def _with(self, other: Lanes | float) -> ir.Value:
        return (other if isinstance(other, Lanes) else self.of(other)).value

    def __add__(self, other: Lanes | float) -> Lanes:
        return Lanes(self.build, self.build.fadd(self.value, self._with(other), flags=_FLAGS))

    def __sub__(self, other: Lanes | float) -> Lanes:
        return Lanes(self.build, self.build.fsub(self.value, self._with(other), flags=_FLAGS))

    def __rsub__(self, other: float) -> Lanes:
        return self.of(other) - self

    def __mul__(self, other: Lanes | float) -> Lanes:
        return Lanes(self.build, self.build.fmul(self.value, self._with(other), flags=_FLAGS))

    def __truediv__(self, other: Lanes | float) -> Lanes:
        return Lanes(self.build, self.build.fdiv(self.value, self._with(other)))

    def __rtruediv__(self, other: float) -> Lanes:
        return self.of(other) / self

    def __neg__(self) -> Lanes:
        return Lanes(self.build, self.build.fneg(self.value))

    __radd__, __rmul__ = __add__, __mul__

    def least(self, other: Lanes | float) -> Lanes:
        """The smaller of the two in each lane; `other` where this one is not a number."""
        return self._pick("<", other)

    def most(self, other: Lanes | float) -> Lanes:
        """The larger of the two in each lane; `other` where this one is not a number."""
        return self._pick(">", other)

    def _pick(self, order: str, other: Lanes | float) -> Lanes:
        beside = self._with(other)
        holds = self.build.fcmp_ordered(order, self.value, beside)
        return Lanes(self.build, self.build.select(holds, self.value, beside))

    @property
    def magnitude(self) -> Lanes:
        """This number without its sign, lane by lane."""
        return (self.bits & Bits.REST).floats

    def signed_like(self, other: Lanes) -> Lanes:
        """This number times the sign of the other, -1 for -0."""
        return (self.bits ^ (other.bits & Bits.SIGN)).floats

    def pick_by_sign(self, negative: Lanes, positive: Lanes) -> Lanes:
        """`negative` in the lanes where this number's sign bit is set, `positive` in the others."""
        holds = self.build.icmp_signed("<", self.bits.value, ir.Constant(_INTS, [0] * LANES))
        return Lanes(self.build, self.build.select(holds, negative.value, positive.value))

    @property
    def bits(self) -> Bits:
        """The same 32 bits a lane, as words."""
        return Bits(self.build, self.build.bitcast(self.value, _INTS))


@dataclass(frozen=True)
class Bits:
    """Eight 32-bit words under construction."""

    SIGN: ClassVar[int] = -(2**31)
    REST: ClassVar[int] = 2**31 - 1

    build: ir.IRBuilder
    value: ir.Value

    def _with(self, other: Bits | int) -> ir.Value:
        return other.value if isinstance(other, Bits) else ir.Constant(_INTS, [other] * LANES)

    def __and__(self, other: Bits | int) -> Bits:
        return Bits(self.build, self.build.and_(self.value, self._with(other)))

    def __or__(self, other: Bits | int) -> Bits:
        return Bits(self.build, self.build.or_(self.value, self._with(other)))

    def __xor__(self, other: Bits | int) -> Bits:
        return Bits(self.build, self.build.xor(self.value, self._with(other)))

    def __add__(self, other: Bits | int) -> Bits:
        return Bits(self.build, self.build.add(self.value, self._with(other)))

    def __lshift__(self, by: int) -> Bits:
        return Bits(self.build, self.build.shl(self.value, self._with(by)))

    def __rshift__(self, by: int) -> Bits:
        return Bits(self.build, self.build.lshr(self.value, self._with(by)))

    @property
    def spread_sign(self) -> Bits:
        """All ones in the lanes whose highest bit is set, zero in the others."""
        return Bits(self.build, self.build.ashr(self.value, self._with(31)))

    @property
    def floats(self) -> Lanes:
        """The same 32 bits a lane, as float32 numbers."""
        return Lanes(self.build, self.build.bitcast(self.value, _FLOATS))


@dataclass(frozen=True)
class Memory:
    """A float32 array under construction, addressed by its elements."""

    build: ir.IRBuilder
    pointer: ir.Value

    @staticmethod
    def scratch(build: ir.IRBuilder, vectors: int) -> Memory:
        """Room for some vectors that lasts as long as the call; what is in it is left over from before."""
        place = cgutils.alloca_once(build, _FLOATS, size=vectors)
        return Memory(build, build.bitcast(place, _FLOAT.as_pointer()))

    def load(self, at: ir.Value) -> Lanes:
        """LANES consecutive elements from `at` on."""
        return Lanes(self.build, self.build.load(self._at(at, _FLOATS), align=4))

    def store(self, at: ir.Value, lanes: Lanes) -> None:
        """Write `lanes` to LANES consecutive elements from `at` on."""
        self.build.store(lanes.value, self._at(at, _FLOATS), align=4)

    def spread(self, at: ir.Value) -> Lanes:
        """Element `at` in every lane."""
        one = self.build.load(self.build.gep(self.pointer, [at]), align=4)
        first = self.build.insert_element(ir.Constant(_FLOATS, ir.Undefined), one, ir.Constant(_INT, 0))
        mask = ir.Constant(_INTS, [0] * LANES)
        return Lanes(self.build, self.build.shuffle_vector(first, ir.Constant(_FLOATS, ir.Undefined), mask))

    def _at(self, at: ir.Value, kind: ir.Type) -> ir.Value:
        return self.build.bitcast(self.build.gep(self.pointer, [at]), kind.as_pointer())


V = TypeVar("V", Lanes, Bits)


@dataclass(frozen=True)
class Slot(Generic[V]):
    """A variable that lives across the turns of a loop; LLVM makes a register of it."""

    build: ir.IRBuilder
    place: ir.Value
    kind: type[V]

    @staticmethod
    def of(first: V) -> Slot[V]:
        """A variable that holds `first`."""
        place = cgutils.alloca_once_value(first.build, first.value)
        return Slot(first.build, place, type(first))

    def get(self) -> V:
        """What the variable holds."""
        return self.kind(self.build, self.build.load(self.place))

    def put(self, now: V) -> None:
        """Have the variable hold `now`."""
        self.build.store(now.value, self.place)

    def add(self, more: V) -> None:
        """Add `more` to what the variable holds."""
        self.put(self.get() + more)


def index(k: int) -> ir.Value:
    """A constant position in memory."""
    return ir.Constant(_INDEX, k)


def _rounded(number: float) -> float:
    return struct.unpack("f", struct.pack("f", number))[0]
