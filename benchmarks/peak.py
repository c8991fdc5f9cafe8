"""What this machine can do at most: nanoseconds per vector operation in loops that do nothing else."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Mapping

import numpy as np

from bfrsim.solve.lanes.machine import host, lanes_of, load_code, module_text
from bfrsim.solve.lanes.vector import BYTES, LANES, VECTOR

CHAINS, ROUNDS = 12, 12  # independent values (with two constants they fit 16 registers), operations on each per turn
TURNS, BURSTS = 1_000, 60
X, Y = f"{VECTOR} %x", f"{VECTOR} %y"
OPERATIONS = {
    "fma": f"call {VECTOR} @llvm.fma.v{LANES}f64({VECTOR} {{0}}, {X}, {Y})",
    "mul": f"fmul {VECTOR} {{0}}, %x",
    "add": f"fadd {VECTOR} {{0}}, %y",
    "div": f"fdiv {VECTOR} {{0}}, %x",
    "sqrt": f"call {VECTOR} @llvm.sqrt.v{LANES}f64({VECTOR} {{0}})",
}
Call = Callable[[int, int, int], None]
KIND = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)


def measure_peak() -> dict[str, float]:
    """Return nanoseconds per vector operation of this machine's width, for each kind alone."""
    return _measured({name: [name] for name in OPERATIONS})


def measure_mixture(counts: Mapping[str, int]) -> float:
    """Return nanoseconds of all the operations counted, evenly mixed, side by side as far as the machine can."""
    common = {name: counts[name] for name in OPERATIONS if name != "sqrt"}  # roots are too few for a share of a loop
    known = _measured({"mixture": mixed(common, CHAINS * ROUNDS), "sqrt": ["sqrt"]})
    return known["mixture"] * sum(common.values()) + known["sqrt"] * counts["sqrt"]


def mixed(counts: Mapping[str, int], length: int) -> list[str]:
    """Return `length` kinds in the proportions of the counts, each kind spread evenly."""
    total, owed, kinds = sum(counts.values()), dict.fromkeys(counts, 0), []
    for _ in range(length):
        owed = {name: owed[name] + counts[name] for name in counts}
        most = max(owed, key=lambda name: owed[name])
        owed[most] -= total
        kinds.append(most)
    return kinds


def _measured(kinds: Mapping[str, list[str]]) -> dict[str, float]:
    symbols = {name: f"peak_{at}" for at, name in enumerate(kinds)}
    texts = [_loop(symbols[name], [OPERATIONS[kind] for kind in chosen]) for name, chosen in kinds.items()]
    width = lanes_of(host())
    code = load_code(module_text(texts), tuple(symbols.values()), host(), width)
    memory = aligned((CHAINS + 2) * width)
    memory[:] = 1.0 + 1e-9
    calls = {name: KIND(code.addresses[symbol]) for name, symbol in symbols.items()}
    return {
        name: 1e9 * least_seconds(lambda call=call: call(memory.ctypes.data, 0, TURNS)) / (TURNS * CHAINS * ROUNDS)
        for name, call in calls.items()
    }


def least_seconds(call: Callable[[], object], bursts: int = BURSTS) -> float:
    """Return the shortest of many short runs: on a busy machine some run undisturbed."""
    times = []
    for _ in range(bursts):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def aligned(doubles: int) -> np.ndarray:
    """Return zeros at the start of a cache line."""
    raw = np.zeros(doubles + 8)
    start = (-raw.ctypes.data // 8) % 8
    return raw[start : start + doubles]


def _loop(symbol: str, kinds: list[str]) -> str:
    """Return IR of a loop on independent chains; operations of several kinds follow one another."""
    lines = [f"define void @{symbol}(ptr noalias %block, ptr noalias %unused, i64 %count) #0 {{", "entry:"]
    for at, name in enumerate(["x", "y", *(f"s{chain}" for chain in range(CHAINS))]):
        lines.append(f"  %p{name} = getelementptr {VECTOR}, ptr %block, i64 {at}")
        lines.append(f"  %{name} = load {VECTOR}, ptr %p{name}, align {BYTES}")
    lines += ["  br label %Loop", "Loop:", "  %k = phi i64 [0, %entry], [%n, %Loop]"]
    lines += [f"  %a{c}_0 = phi {VECTOR} [%s{c}, %entry], [%a{c}_{ROUNDS}, %Loop]" for c in range(CHAINS)]
    count = 0
    for turn in range(ROUNDS):
        for chain in range(CHAINS):
            lines.append(f"  %a{chain}_{turn + 1} = {kinds[count % len(kinds)].format(f'%a{chain}_{turn}')}")
            count += 1
    lines += ["  %n = add i64 %k, 1", "  %more = icmp ult i64 %n, %count", "  br i1 %more, label %Loop, label %Exit"]
    lines.append("Exit:")
    lines += [f"  store {VECTOR} %a{c}_{ROUNDS}, ptr %ps{c}, align {BYTES}" for c in range(CHAINS)]
    return "\n".join([*lines, "  ret void", "}"])
