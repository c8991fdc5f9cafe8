"""Vector operations of a kernel on lanes, counted in its text, and instructions, counted in its machine code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bfrsim.solve.lanes.machine import Target
from bfrsim.solve.lanes.vector import BYTES, LANES

KINDS = {
    "fma": re.compile(r"= call <\S+ x double> @llvm\.fma"),
    "sqrt": re.compile(r"= call <\S+ x double> @llvm\.sqrt"),
    "mul": re.compile(r"= fmul <"),
    "add": re.compile(r"= f(add|sub) <"),
    "div": re.compile(r"= fdiv <"),
    "load": re.compile(r"= load <"),
    "store": re.compile(r"store <"),
    "other": re.compile(r"= (select|fcmp \w+|and|or|xor|add|sub|shl|lshr) <"),  # sign changes vanish into the fma
}
CALL = re.compile(r"call void @(\w+)\(")
FUNCTION = re.compile(r"define void @(\w+)\(.*?\n}", re.DOTALL)


def functions_of(text: str) -> dict[str, str]:
    """Return the functions of a module by name."""
    return {match[1]: match[0] for match in FUNCTION.finditer(text)}


def count_operations(function: str) -> Counter[str]:
    """Count the vector operations of one call, calls to others apart (``call NAME``).

    Loops count as often as they turn. What stands behind a condition counts unless it calls something: in a step that
    is accepted, outside sessions and sets, those parts do not run.
    """
    counts: Counter[str] = Counter()
    for line, times in _weighted(function.splitlines()):
        callee = CALL.search(line)
        if callee:
            counts[f"call {callee[1]}"] += times
        for kind, pattern in KINDS.items():
            if pattern.search(line):
                counts[kind] += times
    return counts


def _weighted(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Yield each line with how often it runs."""
    turns: dict[str, int] = {}
    times, skipped = [1], ""
    for at, line in enumerate(lines):
        bound = re.search(r"%more(\d+) = icmp ult i64 %k\1, (\d+)", line)
        if bound:
            turns[bound[1]] = int(bound[2])
        label = re.fullmatch(r"(Body|Tail|Then|After)(\d+):", line)
        if label and label[1] == "Body":
            times.append(times[-1] * turns.get(label[2], 0))
        elif label and label[1] == "Tail":
            times.pop()
        elif label and label[1] == "Then" and not skipped:
            end = lines.index(f"After{label[2]}:", at)
            skipped = label[2] if any(CALL.search(inside) for inside in lines[at:end]) else ""
        elif label and label[1] == "After" and label[2] == skipped:
            skipped = ""
        if not skipped:
            yield line, times[-1]


def machine_instructions(text: str, target: Target, lanes: int) -> dict[str, tuple[int, int]]:
    """Return for each function how many instructions it has, and how many of them touch its own stack."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(cpu=target.name, features=target.features, opt=3)
    module = llvm.parse_assembly(text.replace(LANES, str(lanes)).replace(BYTES, str(8 * lanes)))
    module.data_layout = str(machine.target_data)
    counts: dict[str, tuple[int, int]] = {}
    name = ""
    for line in machine.emit_assembly(module).splitlines():
        label = re.match(r"_?([A-Za-z]\w*):", line)
        if label:
            name = label[1]
            counts[name] = (0, 0)
        elif name and re.match(r"\s+[a-z]", line):
            whole, own = counts[name]
            counts[name] = (whole + 1, own + bool(re.search(r"\(%[re][sb]p\)|\[sp", line)))
    return counts
