"""The step loop of W lanes as IR: `advance` steps until a lane needs the driver; the lanes never wait for each other.

The same control as `solve/stepper.py`, which names the constants: each lane has its own time, step, segment and error
memory; it accepts or refuses by select. The only branches ask whether any lane needs something.
"""

from __future__ import annotations

from collections.abc import Sequence

import bfrsim.solve.stepper as control
from bfrsim.compile.program import Program
from bfrsim.solve.lanes.rows import CONTROL, NEEDS, Rows
from bfrsim.solve.lanes.vector import Value, VectorFunction
from bfrsim.solve.table import RosenbrockTable

ARGUMENTS = ("block", "ptr noalias %monitored", "i64 %count")  # of every function the driver calls


class Stepper(VectorFunction):
    """A function on the memory of a group: `at` names the blocks, `get` and `put` the control rows."""

    def __init__(self, name: str, rows: Rows) -> None:
        super().__init__(name, ARGUMENTS)
        self.rows = rows

    def at(self, block: str, offset: int = 0) -> str:
        return self.row("%block", getattr(self.rows, block) + offset)

    def control(self, name: str) -> str:
        return self.row("%block", CONTROL.index(name))

    def get(self, name: str) -> str:
        return self.load("%block", CONTROL.index(name))

    def put(self, value: Value, name: str) -> None:
        self.store(value, "%block", CONTROL.index(name))

    def flag(self, name: str) -> str:
        return self.less(0.5, self.get(name))

    def run(self, name: str, *pointers: str) -> None:
        self.emit(f"call void @{name}({', '.join(f'ptr {pointer}' for pointer in pointers)})")

    def run_whole(self, name: str) -> None:
        self.emit(f"call void @{name}(ptr %block, ptr %monitored, i64 %count)")


def step_functions(program: Program, table: RosenbrockTable, rows: Rows) -> list[str]:
    """Return the IR of `advance` and of the small functions that the driver calls with the same arguments."""
    n = len(program.layout.states)
    wrappers: dict[str, list[tuple[str, tuple[str, ...]]]] = {
        "start": [("hoist", ("const",)), ("share", ("const",))],
        "show": [("observe", ("inside", "const", "line"))],
        "look": [("margins", ("inside", "const", "margin"))],
        "settle": [("references", ("state", "daily", "const", "reference"))],
        "begin": [("initial", ("const", "state"))],
    }
    texts = [_dense(table, rows, n)]
    for name, calls in wrappers.items():
        function = Stepper(name, rows)
        for callee, blocks in calls:
            function.run(callee, *(function.at(block) for block in blocks))
        texts.append(function.text())
    return [*texts, _advance(program, table, rows)]


def _weighted(f: VectorFunction, weights: Sequence[float], vectors: Sequence[str], start: Value | None = None) -> Value:
    total = start
    for weight, vector in zip(weights, vectors, strict=False):
        if weight:
            total = _plus(f, total, weight, vector)
    assert total is not None
    return total


def _plus(f: VectorFunction, total: Value | None, weight: float, vector: str) -> Value:
    if total is None:
        return vector if weight == 1.0 else f.multiply(vector, weight)
    return f.add(total, vector) if weight == 1.0 else f.fma(vector, weight, total)


def _dense(table: RosenbrockTable, rows: Rows, n: int) -> str:
    """Solution at the fraction theta of the attempted step, for each lane its own."""
    f = Stepper("dense", rows)
    theta = f.get("theta")
    rest = f.subtract(1.0, theta)
    first, last, out = f.at("state"), f.at("next"), f.at("inside")
    stages = [f.at("stages", i * n) for i in range(len(table.A))]

    def one(k: str, _: str) -> None:
        at_stage = [f.load(stage, k) for stage in stages]
        sums = [_weighted(f, row, at_stage) for row in table.H]
        nested = sums[-1]
        for item in reversed(sums[:-1]):
            nested = f.fma(theta, nested, item)
        inside = f.fma(rest, nested, f.load(last, k))
        f.store(f.fma(theta, inside, f.multiply(rest, f.load(first, k))), out, k)

    f.loop(n, one)
    return f.text()


def _advance(program: Program, table: RosenbrockTable, rows: Rows) -> str:
    f, n = Stepper("advance", rows), len(program.layout.states)
    f.emit("br label %Commit")
    f.label("Commit")
    _commit(f, n)
    active, spent = f.flag("active"), f.get("spent")
    over = f.both(active, f.less_equal(f.get("length"), spent))
    tired = f.both(active, f.less_equal(f.get("budget"), f.add(f.get("taken"), f.get("refused"))))
    need = f.select(over, NEEDS["end"], f.select(tired, NEEDS["budget"], NEEDS["nothing"]))
    f.put(need, "need")
    f.emit(f"br i1 {f.any(f.less(0.5, need))}, label %Out, label %Attempt")
    f.label("Attempt")
    step = f.minimum(f.get("h"), f.subtract(f.get("length"), spent))
    f.put(step, "step")
    _attempt(f, table, n, step)
    need = _decide(f, program, n, step, active, table.order)
    f.put(need, "need")
    f.emit(f"br i1 {f.any(f.less(0.5, need))}, label %Out, label %Commit")
    f.label("Out")
    return f.text()


def _commit(f: Stepper, n: int) -> None:
    """Take over the accepted candidates; widen the extremes of what is watched, at middle and end of the step."""
    accepted = f.flag("accepted")
    watching = f.both(accepted, f.flag("in_session"))
    state, following = f.at("state"), f.at("next")

    def watch() -> None:
        f.put(0.5, "theta")
        f.run_whole("dense")
        f.run_whole("show")
        _widen(f, watching)
        inside = f.at("inside")
        f.loop(n, lambda k, _: f.store(f.load(following, k), inside, k))
        f.run_whole("show")
        _widen(f, watching)

    def take() -> None:
        f.loop(n, lambda k, _: f.store(f.select(accepted, f.load(following, k), f.load(state, k)), state, k))
        spent, step, length = f.get("spent"), f.get("step"), f.get("length")
        last = f.less_equal(f.subtract(length, spent), step)
        moved = f.select(last, length, f.add(spent, step))
        f.put(f.select(accepted, moved, spent), "spent")
        f.put(f.select(accepted, f.add(f.get("taken"), 1.0), f.get("taken")), "taken")
        f.put(0.0, "accepted")

    f.when(f.any(watching), watch)
    f.when(f.any(accepted), take)


def _widen(f: Stepper, mask: str) -> None:
    columns, lows = f.at("inside"), f.at("watched")
    highs = f.row(lows, "%count")

    def one(k: str, _: str) -> None:
        column = f.new(f"load i64, ptr {f.new(f'getelementptr i64, ptr %monitored, i64 {k}')}, align 8")
        value, low, high = f.load(columns, column), f.load(lows, k), f.load(highs, k)
        f.store(f.select(f.both(mask, f.less(value, low)), value, low), lows, k)
        f.store(f.select(f.both(mask, f.less(high, value)), value, high), highs, k)

    f.loop("%count", one)


def _attempt(f: Stepper, table: RosenbrockTable, n: int, step: str) -> None:
    """Try one step: candidate in `next` (without its last stage), stages, factors."""
    inverse = f.inverse(step)
    f.put(f.multiply(inverse, 1.0 / table.gamma), "shift")
    stages = [f.at("stages", i * n) for i in range(len(table.A))]
    state, following, more, const, lu = (f.at(b) for b in ("state", "next", "more", "const", "factors"))
    f.run("factor", state, const, f.control("shift"), stages[0], lu)
    f.run("solve", lu, stages[0])
    for i in range(1, len(stages)):
        row, before = table.A[i], table.A[i - 1]
        grows = i > 1 and row[:-1] == before  # the argument grows by one stage only

        def one(k: str, _: str, i: int = i, row: tuple[float, ...] = row, grows: bool = grows) -> None:
            known = [f.load(stages[j], k) for j in range(i)]
            if grows:
                value: Value = _weighted(f, row[-1:], known[-1:], f.load(following, k))
            else:
                value = _weighted(f, row, known, f.load(state, k))
            f.store(value, following, k)
            f.store(f.multiply(_weighted(f, table.C[i], known), inverse), more, k)

        f.loop(n, one)
        f.run("rates", following, const, more, stages[i])
        f.run("solve", lu, stages[i])


def _error(f: Stepper, n: int, last: str) -> str:
    """Complete the candidate; return the root mean square of the error over its tolerance."""
    state, following, tolerance, rtol = f.at("state"), f.at("next"), f.at("tolerance"), f.get("rtol")

    def one(k: str, total: str) -> str:
        before, error = f.load(state, k), f.load(last, k)
        after = f.add(f.load(following, k), error)
        f.store(after, following, k)
        size = f.maximum(f.absolute(before), f.absolute(after))
        scaled = f.divide(error, f.fma(rtol, size, f.load(tolerance, k)))
        return f.fma(scaled, scaled, total)

    return f.sqrt(f.multiply(f.loop(n, one, 0.0), 1.0 / n))


def _decide(f: Stepper, program: Program, n: int, step: str, active: str, order: int) -> str:
    """Accept or refuse per lane, choose the next step; return what each lane needs of the driver."""
    stages = f.rows.factors - f.rows.stages
    error = _error(f, n, f.at("stages", stages - n))
    good = f.both(active, f.less_equal(error, 1.0))  # a NaN is not good
    bad = f.both(active, f.neither(f.less_equal(error, 1.0)))
    event = f.both(good, _fired(f, program, n)) if program.stops_run else None
    accepted = good if event is None else f.both(good, f.neither(event))
    bounded = f.select(f.less(error, 1e-10), 1e-10, error)
    log_error = f.log(bounded)
    memory = f.log(f.get("last_error"))
    exponent = f.fma(log_error, -control.PROPORTIONAL / order, f.multiply(memory, control.INTEGRAL / order))
    grown = f.multiply(f.exp(exponent), control.SAFETY)
    grown = f.minimum(f.maximum(grown, control.SHRINK), control.GROW)
    shrunk = f.maximum(f.multiply(f.exp(f.multiply(log_error, -1.0 / order)), control.SAFETY), control.SHRINK)
    shrunk = f.select(f.both(f.less(1.0, error), f.less(error, 1e30)), shrunk, 0.1)
    h = f.select(accepted, f.multiply(step, grown), f.select(bad, f.multiply(step, shrunk), f.get("h")))
    f.put(h, "h")
    f.put(f.select(accepted, f.maximum(error, 1e-4), f.get("last_error")), "last_error")
    f.put(f.select(accepted, 1.0, 0.0), "accepted")
    f.put(f.select(bad, f.add(f.get("refused"), 1.0), f.get("refused")), "refused")
    reached = f.add(f.add(f.get("began"), f.get("spent")), step)
    saves = f.both(accepted, f.less_equal(f.get("next_save"), reached))
    small = f.both(bad, f.less(h, control.SMALLEST_STEP))
    need = f.select(saves, NEEDS["save"], f.select(small, NEEDS["too_small"], NEEDS["nothing"]))
    return need if event is None else f.select(event, NEEDS["event"], need)


def _fired(f: Stepper, program: Program, n: int) -> str:
    """Return the lanes in which a watched event has fired at the candidate."""
    may_end, following, inside = f.flag("may_end"), f.at("next"), f.at("inside")
    watches = f.any(may_end) if not any(program.stops_run) else "true"
    f.put(1.0, "theta")  # a row that is free here: the lowest margin

    def look() -> None:
        f.loop(n, lambda k, _: f.store(f.load(following, k), inside, k))
        f.run_whole("look")
        low: Value = 1.0
        margin = f.at("margin")
        for at, stops in enumerate(program.stops_run):
            value = f.load(margin, at)
            low = f.minimum(low, value if stops else f.select(may_end, value, 1.0))
        f.put(low, "theta")

    f.when(watches, look)
    return f.less(f.get("theta"), 0.0)
