"""LLVM IR text of one function on W lanes: exactly defined operations, and exp, log, tan, tanh, atan of our own.

Errors measured against mpmath in units of the last place: exp 2, log 1, tanh 3, atan 2, tan 9 where |tan| < 6, growing
towards the pole. Ranges: exp is 0 below -708 and stays at exp(709) above; log of 0 is -inf, of less NaN.
Coefficients: exp, sin, cos by Taylor; log after fdlibm's e_log.c; tanh and atan after Cephes (Moshier).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence

from bfrsim.solve.lanes.graph import Graph, Instruction, Node

Value = str | float  # the name of a vector, or a number for all lanes

EXP = [1.0 / math.factorial(k) for k in range(14)]
LOG = [6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
       1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01]  # fmt: skip
SIN = [(-1.0) ** (k + 1) / math.factorial(2 * k + 3) for k in range(8)]
COS = [(-1.0) ** k / math.factorial(2 * k + 4) for k in range(8)]
TANH_ABOVE = [-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1]
TANH_BELOW = [4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2, 1.0]
ATAN_ABOVE = [-6.485021904942025371773e1, -1.228866684490136173410e2, -7.500855792314704667340e1,
              -1.615753718733365076637e1, -8.750608600031904122785e-1]  # fmt: skip
ATAN_BELOW = [1.945506571482613964425e2, 4.853903996359136964868e2, 4.328810604912902668951e2,
              1.650270098316988542046e2, 2.485846490142306297962e1, 1.0]  # fmt: skip
LN2_HIGH, LN2_LOW, ROUNDER = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 6755399441055744.0
PI_HIGH, PI_LOW = 3.141592653589793, 1.2246467991473532e-16
EXP_LOWEST, EXP_HIGHEST, SMALLEST_NORMAL = -708.0, 709.0, 2.2250738585072014e-308


# The text is the same for every width: `module_text` in `machine.py` puts lanes and bytes per row in place of these.
LANES, BYTES = "$W", "$A"
VECTOR, WHOLE, MASK = f"<{LANES} x double>", f"<{LANES} x i64>", f"<{LANES} x i1>"


class VectorFunction:
    """One IR function under construction; its arguments are pointers to rows of W doubles."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self.name, self.arguments, self.count = name, arguments, 0
        self.lines: list[str] = ["entry:"]
        self.block = "entry"

    def text(self) -> str:
        """Return the finished function."""
        head = ", ".join(a if " " in a else f"ptr noalias %{a}" for a in self.arguments)
        return "\n".join([f"define void @{self.name}({head}) #0 {{", *self.lines, "  ret void", "}"])

    def emit(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def new(self, text: str) -> str:
        """Add an instruction with a result; return its name."""
        self.count += 1
        self.emit(f"%t{self.count} = {text}")
        return f"%t{self.count}"

    def label(self, name: str) -> None:
        self.lines.append(f"{name}:")
        self.block = name

    def operand(self, x: Value) -> str:
        if isinstance(x, str):
            return x
        (bits,) = struct.unpack("<Q", struct.pack("<d", x))
        return f"splat (double 0x{bits:016X})"

    # Memory: row k of an array.
    def row(self, base: str, k: int | str) -> str:
        return self.new(f"getelementptr {VECTOR}, ptr {base}, i64 {k}")

    def load(self, base: str, k: int | str) -> str:
        return self.new(f"load {VECTOR}, ptr {self.row(base, k)}, align {BYTES}")

    def store(self, x: Value, base: str, k: int | str) -> None:
        self.emit(f"store {VECTOR} {self.operand(x)}, ptr {self.row(base, k)}, align {BYTES}")

    # Arithmetic.
    def _two(self, name: str, a: Value, b: Value) -> str:
        return self.new(f"{name} {VECTOR} {self.operand(a)}, {self.operand(b)}")

    def add(self, a: Value, b: Value) -> str:
        return self._two("fadd", a, b)

    def subtract(self, a: Value, b: Value) -> str:
        return self._two("fsub", a, b)

    def multiply(self, a: Value, b: Value) -> str:
        return self._two("fmul", a, b)

    def divide(self, a: Value, b: Value) -> str:
        return self._two("fdiv", a, b)

    def inverse(self, a: Value) -> str:
        return self._two("fdiv", 1.0, a)

    def negate(self, a: Value) -> str:
        return self.new(f"fneg {VECTOR} {self.operand(a)}")

    def fma(self, a: Value, b: Value, c: Value) -> str:
        parts = ", ".join(f"{VECTOR} {self.operand(x)}" for x in (a, b, c))
        return self.new(f"call {VECTOR} @llvm.fma.v{LANES}f64({parts})")

    def fms(self, a: Value, b: Value, c: Value) -> str:
        return self.fma(a, b, self.negate(c))

    def fnma(self, a: Value, b: Value, c: Value) -> str:
        return self.fma(self.negate(a), b, c)

    def _one(self, name: str, a: Value) -> str:
        return self.new(f"call {VECTOR} @llvm.{name}.v{LANES}f64({VECTOR} {self.operand(a)})")

    def absolute(self, a: Value) -> str:
        return self._one("fabs", a)

    def sqrt(self, a: Value) -> str:
        return self._one("sqrt", a)

    # Comparison: ordered, so that a NaN is never less, equal or greater.
    def compare(self, order: str, a: Value, b: Value) -> str:
        return self.new(f"fcmp {order} {VECTOR} {self.operand(a)}, {self.operand(b)}")

    def less(self, a: Value, b: Value) -> str:
        return self.compare("olt", a, b)

    def less_equal(self, a: Value, b: Value) -> str:
        return self.compare("ole", a, b)

    def select(self, mask: str, a: Value, b: Value) -> str:
        return self.new(f"select {MASK} {mask}, {VECTOR} {self.operand(a)}, {VECTOR} {self.operand(b)}")

    def both(self, a: str, b: str) -> str:
        return self.new(f"and {MASK} {a}, {b}")

    def neither(self, a: str) -> str:
        return self.new(f"xor {MASK} {a}, splat (i1 true)")

    def maximum(self, a: Value, b: Value) -> str:
        return self.select(self.less(a, b), b, a)

    def minimum(self, a: Value, b: Value) -> str:
        return self.select(self.less(b, a), b, a)

    def any(self, mask: str) -> str:
        """Return an i1: true if one lane is."""
        bits = self.new(f"bitcast {MASK} {mask} to i{LANES}")
        return self.new(f"icmp ne i{LANES} {bits}, 0")

    # Bits of doubles.
    def bits(self, x: Value) -> str:
        return self.new(f"bitcast {VECTOR} {self.operand(x)} to {WHOLE}")

    def double(self, x: str) -> str:
        return self.new(f"bitcast {WHOLE} {x} to {VECTOR}")

    def integer(self, name: str, a: str, b: str | int) -> str:
        return self.new(f"{name} {WHOLE} {a}, {b if isinstance(b, str) else f'splat (i64 {b})'}")

    # Elementary functions.
    def polynomial(self, x: Value, coefficients: Sequence[float]) -> Value:
        """Return c0 + c1 x + c2 x**2 + ... by Horner's rule."""
        total: Value = coefficients[-1]
        for c in reversed(coefficients[:-1]):
            total = self.fma(total, x, c)
        return total

    def exp(self, x: Value) -> str:
        below = self.less(x, EXP_LOWEST)
        x = self.minimum(self.select(below, EXP_LOWEST, x), EXP_HIGHEST)
        z = self.fma(x, 1.4426950408889634, ROUNDER)  # the sum rounds to a whole number, found in the low bits
        n = self.subtract(z, ROUNDER)
        r = self.fma(n, -LN2_LOW, self.fma(n, -LN2_HIGH, x))
        r2 = self.multiply(r, r)  # even and odd halves: a shorter chain
        q = self.fma(self.polynomial(r2, EXP[3::2]), r, self.polynomial(r2, EXP[2::2]))
        mantissa = self.bits(self.fma(q, r2, self.add(r, 1.0)))
        value = self.double(self.integer("add", mantissa, self.integer("shl", self.bits(z), 52)))
        return self.select(below, 0.0, value)

    def log(self, x: Value) -> str:
        b = self.integer("sub", self.bits(x), 0x3FE6A09E667F3BCD)  # mantissa in [sqrt(1/2), sqrt(2))
        k = self.integer("lshr", self.integer("add", b, 0x4000000000000000), 52)  # biased by 1024: no signed shift
        power = self.integer("shl", self.integer("sub", k, 1024), 52)
        m = self.double(self.integer("sub", self.bits(x), power))
        kd = self.subtract(self.double(self.integer("or", k, 0x4330000000000000)), 4503599627370496.0 + 1024.0)
        g = self.subtract(m, 1.0)
        s = self.divide(g, self.add(g, 2.0))
        z = self.multiply(s, s)
        rest, half = self.multiply(z, self.polynomial(z, LOG)), self.multiply(self.multiply(g, 0.5), g)
        low = self.fma(s, self.add(half, rest), self.multiply(kd, LN2_LOW))
        y = self.fma(kd, LN2_HIGH, self.subtract(g, self.subtract(half, low)))
        edge = self.select(self.compare("olt", x, 0.0), math.nan, -math.inf)
        y = self.select(self.compare("olt", x, SMALLEST_NORMAL), edge, y)
        return self.select(self.compare("olt", x, math.inf), y, x)  # infinity and NaN are their own logarithm

    def tan(self, x: Value) -> str:
        turns = self.subtract(self.fma(x, 1.0 / math.pi, ROUNDER), ROUNDER)
        h = self.multiply(self.fma(turns, -PI_LOW, self.fma(turns, -PI_HIGH, x)), 0.5)
        z = self.multiply(h, h)
        s = self.fma(self.multiply(z, h), self.polynomial(z, SIN), h)
        c = self.fma(self.multiply(z, z), self.polynomial(z, COS), self.fma(z, -0.5, 1.0))
        below = self.multiply(self.subtract(c, s), self.add(c, s))
        return self.divide(self.multiply(self.add(s, s), c), below)

    def tanh(self, x: Value) -> str:
        size = self.absolute(x)
        z = self.multiply(x, x)
        ratio = self.divide(self.polynomial(z, TANH_ABOVE), self.polynomial(z, TANH_BELOW))
        near = self.fma(self.multiply(z, x), ratio, x)
        far = self.subtract(1.0, self.divide(2.0, self.add(self.exp(self.add(size, size)), 1.0)))
        signed = self.select(self.less(x, 0.0), self.negate(far), far)
        return self.select(self.less(size, 0.625), near, signed)

    def atan(self, x: Value) -> str:
        size = self.absolute(x)
        steep, middle = self.less(2.414213562373095, size), self.less(0.66, size)
        above = self.select(steep, -1.0, self.select(middle, self.subtract(size, 1.0), size))
        below = self.select(steep, size, self.select(middle, self.add(size, 1.0), 1.0))
        start = self.select(steep, math.pi / 2, self.select(middle, math.pi / 4, 0.0))
        t = self.divide(above, below)
        z = self.multiply(t, t)
        ratio = self.divide(self.polynomial(z, ATAN_ABOVE), self.polynomial(z, ATAN_BELOW))
        value = self.add(start, self.fma(self.multiply(z, t), ratio, t))
        return self.select(self.less(x, 0.0), self.negate(value), value)

    # Whole graphs and loops.
    def compute(self, graph: Graph, program: Sequence[Instruction]) -> Callable[[Node], Value]:
        """Emit a program; return what gives the value of a node. Leaves are loaded where first used."""
        have: dict[Node, Value] = {}

        def value(node: Node) -> Value:
            if node not in have:
                where = graph.place(node)
                have[node] = where if isinstance(where, float) else self.load(f"%{where[0]}", where[1])
            return have[node]

        for node, operation, arguments in program:
            have[node] = getattr(self, operation)(*(value(argument) for argument in arguments))
        return value

    def loop(self, count: int | str, body: Callable[[str, str], str | None], start: Value | None = None) -> str:
        """Emit ``for k in range(count): total = body(k, total)``; return the total."""
        self.count += 1
        q, before = self.count, self.block
        self.emit(f"br label %Head{q}")
        self.label(f"Head{q}")
        self.emit(f"%k{q} = phi i64 [0, %{before}], [%n{q}, %Tail{q}]")
        slot = len(self.lines)
        self.lines.append("")
        self.emit(f"%more{q} = icmp ult i64 %k{q}, {count}")
        self.emit(f"br i1 %more{q}, label %Body{q}, label %Exit{q}")
        self.label(f"Body{q}")
        total = body(f"%k{q}", f"%a{q}")
        self.emit(f"br label %Tail{q}")
        self.label(f"Tail{q}")
        self.emit(f"%n{q} = add i64 %k{q}, 1")
        self.emit(f"br label %Head{q}")
        if start is not None:
            self.lines[slot] = f"  %a{q} = phi {VECTOR} [{self.operand(start)}, %{before}], [{total}, %Tail{q}]"
        self.label(f"Exit{q}")
        return f"%a{q}"

    def when(self, condition: str, body: Callable[[], None]) -> None:
        """Emit the body where the condition (i1) holds."""
        self.count += 1
        q = self.count
        self.emit(f"br i1 {condition}, label %Then{q}, label %After{q}")
        self.label(f"Then{q}")
        body()
        self.emit(f"br label %After{q}")
        self.label(f"After{q}")
