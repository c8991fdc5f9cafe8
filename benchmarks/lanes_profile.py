"""`python -m benchmarks profile`: where the time of vector lanes goes, beside what the machine could do at most."""

from __future__ import annotations

from collections import Counter

from benchmarks.clock import empty_row
from benchmarks.operations import count_operations, functions_of, machine_instructions
from benchmarks.peak import OPERATIONS, measure_mixture, measure_peak
from benchmarks.pieces import PIECES, pieces_of, time_pieces
from benchmarks.problems import Problem, problem
from benchmarks.reference import reference
from benchmarks.results import number, table, tell
from benchmarks.variants import Variant, time_variants, variants_of
from bfrsim.solve.lanes.machine import host, lanes_of

NAME, RTOL = "bfr_twelve_weeks", 1e-6
ROUNDS, QUICK_ROUNDS = 7, 2
MEANINGS = {
    "rates": "right-hand side",
    "factor": "right-hand side, Jacobian and its factors",
    "solve": "substitution",
    "control": "sums of stages, error, step control",
}


def measure(quick: bool) -> tuple[list[dict], dict[str, str]]:
    """Return the rows, and the section of the results."""
    found, width = problem(NAME), lanes_of(host())
    tell("profile: pieces of a step")
    whole, cheap = pieces_of(found), pieces_of(found, elementary=False)
    counts, calls = _counts(whole.text)
    instructions = machine_instructions(whole.text, host(), width)
    times, without = time_pieces(found, whole), time_pieces(found, cheap)
    tell("profile: peak of the machine")
    peak, total = measure_peak(), Counter[str]()
    for name in PIECES:
        total.update({kind: calls[name] * counts[name][kind] for kind in counts[name]})
    ideal = {name: measure_mixture(counts[name]) for name in PIECES}
    mixed = measure_mixture(total)
    tell("profile: variants")
    variants, (known, _) = variants_of(found), reference(found, check=False)
    time_variants(found, variants, QUICK_ROUNDS if quick else ROUNDS)
    parts = [
        _head(width),
        _pieces_table(counts, calls, instructions, times, ideal),
        _peak_text(peak, total, mixed, sum(calls[name] * times[name] for name in PIECES), width),
        _shares_text(calls, times, without, cheap.replaced, variants, width),
        _variants_table(found, variants, known),
    ]
    rows = _rows(found, times, without, ideal, peak, mixed) + _variant_rows(found, variants, known)
    return rows, {"lanes": "\n\n".join(parts)}


def _counts(text: str) -> tuple[dict[str, Counter[str]], dict[str, int]]:
    """Return the operations of each piece, and how often a step calls it."""
    functions = functions_of(text)
    counts = {name: count_operations(functions["advance" if name == "control" else name]) for name in PIECES}
    calls = {name: counts["control"][f"call {name}"] for name in PIECES} | {"control": 1}
    return counts, calls


def _head(width: int) -> str:
    return (
        f"## Vector lanes: where the time goes\n\nOne step of {width} people, `{NAME}`: each piece called alone on a"
        " state within the first set, operations counted in the kernel's text, instructions in its machine code (in"
        " brackets: those that touch the stack, for want of registers). At peak: what a loop of nothing but the same"
        " arithmetic (fma, mul, add, div, sqrt in these shares, on independent values) takes on this machine."
    )


def _pieces_table(counts, calls, instructions, times, ideal) -> str:
    step = sum(calls[name] * times[name] for name in PIECES)
    lines = []
    for name in PIECES:
        own, symbol = counts[name], "advance" if name == "control" else name
        arithmetic = [f"{own[kind]:,}" for kind in ("fma", "mul", "add", "div", "sqrt", "other")]
        memory = f"{own['load'] + own['store']:,}"
        code = f"{instructions[symbol][0]:,} ({instructions[symbol][1]:,})"
        spent = f"{100 * calls[name] * times[name] / step:.0f} %"
        lines.append(
            [f"`{name}`: {MEANINGS[name]}", f"{calls[name]}", *arithmetic, memory, code]
            + [f"{times[name]:,.0f}", spent, f"{ideal[name]:,.0f}", f"{100 * ideal[name] / times[name]:.0f} %"]
        )
    head = ["piece", "calls", "fma", "mul", "add", "div", "sqrt", "compare, select, integer", "loads, stores"]
    return table([*head, "instructions", "ns a call", "of the step", "ns at peak", "of peak"], lines)


def _peak_text(peak: dict[str, float], total: Counter[str], mixed: float, step: float, width: int) -> str:
    alone = sum(peak[kind] * total[kind] for kind in OPERATIONS)
    each = ", ".join(f"{kind} {peak[kind]:.3f}" for kind in OPERATIONS)
    number_of = ", ".join(f"{total[kind]:,} {kind}" for kind in OPERATIONS)
    return (
        f"Measured peak, ns per operation on {width} doubles: {each}. A step has {number_of}: {mixed:,.0f} ns mixed at"
        f" peak, {alone:,.0f} ns if one kind followed the other; it takes {step:,.0f} ns, **{100 * mixed / step:.0f} %"
        f" of peak** ({step / width:,.0f} ns per person). With these operations no program can be more than"
        f" {step / mixed:.1f} times as fast here."
    )


def _shares_text(calls, times, without, replaced, variants: list[Variant], width: int) -> str:
    step, bare_step = (sum(calls[name] * each[name] for name in PIECES) for each in (times, without))
    first, bare = variants[0], variants[1]
    steps_only = bare.attempts * step / width * 1e-6
    called = ", ".join(f"{count} {name}" for (function, name), count in replaced.items() if function == "rates")
    return (
        f"A right-hand side calls {called}; with each replaced by one fma it takes {without['rates']:,.0f} ns, a step"
        f" {bare_step:,.0f} ns: the elementary functions are **{100 * (1 - bare_step / step):.0f} %** of a step. Of"
        f" {first.ms:.1f} ms per person {steps_only:.1f} ms are {bare.attempts:,.0f} attempted steps of such pieces,"
        f" {first.ms - bare.ms:.1f} ms the saving of every state at every end of a segment, and the rest,"
        f" {bare.ms - steps_only:.1f} ms, the driver, the starts of segments, and what the pieces lose beside one"
        " another in the caches."
    )


def _variants_table(found: Problem, variants: list[Variant], known) -> str:
    first = variants[0].ms
    lines = []
    for each in variants:
        same = each.answer is not None and not each.differ
        error = number(found.error(each.answer, known)) if same else ""
        lines.append([each.name, number(each.ms), f"{each.ms / first:.2f}", f"{each.attempts:,.0f}", error])
    head = ["twelve weeks", "ms per person", "to the first", "steps attempted", "error"]
    return f"Smallest processor times of interleaved rounds:\n\n{table(head, lines)}"


def _rows(found: Problem, times, without, ideal, peak, mixed) -> list[dict]:
    pieces = [
        empty_row(found.name, "lanes")
        | {"piece": name, "ns": times[name], "ns_without_elementary": without[name], "ns_at_peak": ideal[name]}
        for name in PIECES
    ]
    step = empty_row(found.name, "lanes") | {"piece": "step", "ns_at_peak": mixed}
    return [*pieces, step, *(empty_row("peak", "lanes") | {"piece": kind, "ns": ns} for kind, ns in peak.items())]


def _variant_rows(found: Problem, variants: list[Variant], known) -> list[dict]:
    rows = []
    for each in variants:
        times = sorted(1e3 * seconds / each.people for seconds in each.seconds)
        same = each.answer is not None and not each.differ
        rows.append(
            empty_row(found.name, each.kernel.backend, each.rtol)
            | {"people": each.people, "variant": each.name, "steps": each.steps}
            | {"ms_per_person": times[len(times) // 2], "ms_min": times[0], "ms_max": times[-1]}
            | {"error": found.error(each.answer, known) if same else None}
        )
    return rows
