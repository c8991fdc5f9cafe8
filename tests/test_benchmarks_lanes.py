"""The benchmarks of vector lanes: what is counted is what is emitted; the frozen model is the study's."""

from __future__ import annotations

import ast
import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cold, precision, scaling, study
from benchmarks.clock import empty_row
from benchmarks.error_shares import error_shares, largest
from benchmarks.lanes_profile import _counts
from benchmarks.operations import count_operations, functions_of, machine_instructions
from benchmarks.peak import mixed
from benchmarks.pieces import PIECES, pieces_of, time_pieces
from benchmarks.problems import Problem
from benchmarks.rodas4 import RODAS4
from benchmarks.variants import Variant
from bfrsim.compile.program import build_program
from bfrsim.language.join import System, read_system
from bfrsim.solve.kernel import load_kernel
from bfrsim.solve.lanes.functions import model_functions
from bfrsim.solve.lanes.load import lanes_text
from bfrsim.solve.lanes.machine import host, lanes_of
from bfrsim.solve.rodas5p import RODAS5P
from bfrsim.solve.run import Request, run

PENDULUM = """submodel pendulum time [s] "Pendulum"
param k = 2 [1/s**2] ~ lognormal(2, 0.1) "pull" @assumed
param c = 0.1 [1/s] "friction" @assumed
state x = 0.5 [1] size 1 "angle"
state v = 0 [1/s] size 1 "speed"
d x/dt = v
d v/dt = -k * tanh(x) - c * v
output x
"""


@pytest.fixture
def pendulum(system_of) -> Problem:
    system, marks = system_of(PENDULUM), np.array([2.0])
    return Problem(
        "pendulum", system, load_kernel(system, "python"), np.array([2.0, 0.1]), np.array([0.5, 0.0]), np.ones(2),
        np.array([2.0, 2.0]), np.zeros((2, 0)), (marks, marks), ("free", "set"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def frozen() -> System:
    return read_system(study.MODEL)


# --- the frozen model ---------------------------------------------------------------------------------------------


def test_the_frozen_model_is_the_study_s(frozen, data):
    """All rates of the study's own program, at three states drawn there, but for the shape of its one-sided corner."""
    functions, layout = load_kernel(frozen, "python").functions, None
    layout = load_kernel(frozen, "python").layout

    def corner(x, w):  # of the study: one continuous derivative
        u = min(max(x, -w), w) + w
        return max(x - w, 0.0) + u * u * 0.25 / w

    shapes = {
        "ramp": corner,
        "smoothmax": lambda a, b, w: a + corner(b - a, w),
        "smoothmin": lambda a, b, w: a - corner(a - b, w),
    }
    with (data / "study" / "rates.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["quantity"] for row in rows] == list(layout.states)
    params = np.array([_number(item.value) for item in frozen.parameters])
    first = {row.kind: row for row in reversed([*study.session(), *study.programme()])}
    with pytest.MonkeyPatch.context() as patch:
        for name, shape in shapes.items():
            patch.setattr(functions, name, shape)
        for kind in ("inflation", "set", "meal"):
            constants, found = np.zeros(len(layout.constants)), np.zeros(len(rows))
            functions.hoist(params, np.array(first[kind].inputs), constants)
            functions.rates(np.array([float(row[f"state {kind}"]) for row in rows]), constants, found)
            wanted = np.array([float(row[f"rate {kind}"]) for row in rows])
            np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-18)


def _number(node) -> float:
    return -node.operand.value if hasattr(node, "operand") else node.value


def test_the_frozen_model_has_the_study_s_size_and_tolerance(frozen):
    assert (len(frozen.states), len(frozen.parameters), len(frozen.inputs)) == (43, 159, 5)
    assert {state.size for state in frozen.states} == {0.01}  # 1e-9 absolute at 1e-6 relative


def test_the_study_s_protocols():
    seconds, inputs, kinds = study.arrays(study.programme())
    assert (len(seconds), seconds.sum()) == (804, 84 * 86400.0)
    assert (kinds.count("set"), kinds.count("meal")) == (24 * 4, 84 * 3)
    assert inputs[:, 4] @ seconds == pytest.approx(84 * 3 * 17.0)
    assert sum(row.seconds for row in study.session()) == 975.0
    assert len(study.session()) == 9


# --- what is counted ----------------------------------------------------------------------------------------------

WRITTEN = """define void @piece(ptr %a) #0 {
entry:
  %t1 = fmul <$W x double> %x, %y
  br label %Head2
Head2:
  %more2 = icmp ult i64 %k2, 7
  br i1 %more2, label %Body2, label %Exit2
Body2:
  %t3 = call <$W x double> @llvm.fma.v$Wf64(<$W x double> %x, <$W x double> %y, <$W x double> %z)
  %t4 = load <$W x double>, ptr %p, align $A
  br label %Tail2
Tail2:
  %n2 = add i64 %k2, 1
  br label %Head2
Exit2:
  br i1 %c, label %Then5, label %After5
Then5:
  call void @dense(ptr %a)
  %t6 = fdiv <$W x double> %x, %y
  br label %After5
After5:
  br i1 %c, label %Then7, label %After7
Then7:
  store <$W x double> %x, ptr %p, align $A
  br label %After7
After7:
  call void @rates(ptr %a)
  ret void
}"""


def test_loops_count_as_often_as_they_turn_and_calls_behind_conditions_do_not():
    counts = count_operations(functions_of(WRITTEN)["piece"])
    assert counts == {"mul": 1, "fma": 7, "load": 7, "store": 1, "call rates": 1}


def test_counts_are_those_of_the_graph(frozen):
    """Counted in the text as in the program: a statement's operations, fused where the emitter says so."""
    program = build_program(frozen)
    text = next(text for text in model_functions(program)[0] if text.startswith("define void @rates"))
    counts = count_operations(text)
    assert counts["store"] == len(program.layout.states)
    written = sum(text.count(name) for name in (" fmul ", " fadd ", " fsub ", " fdiv ", "@llvm.fma.", "@llvm.sqrt."))
    assert sum(counts[kind] for kind in ("mul", "add", "div", "fma", "sqrt")) == written
    assert written > 500


def test_a_step_calls_its_pieces_as_often_as_the_method_has_stages(pendulum):
    text, _ = lanes_text(build_program(pendulum.system), RODAS5P)
    counts, calls = _counts(text)
    assert calls == {"rates": 7, "factor": 1, "solve": 8, "control": 1}
    assert counts["solve"]["store"] == 2
    assert counts["control"]["div"] >= 2 + 1  # an error over its tolerance per state, one over the step


def test_machine_code_has_at_least_the_arithmetic_that_was_counted(pendulum):
    text = pieces_of(pendulum).text
    counts, _ = _counts(text)
    found = machine_instructions(text, host(), lanes_of(host()))
    for name in ("rates", "factor", "solve"):
        instructions, on_stack = found[name]
        assert instructions >= sum(counts[name][kind] for kind in ("fma", "mul", "add", "div"))
        assert 0 <= on_stack <= instructions


def test_mixtures_keep_proportions():
    kinds = Counter(mixed({"fma": 600, "mul": 300, "div": 100}, 50))
    assert kinds == {"fma": 30, "mul": 15, "div": 5}


def test_pieces_run_alone(pendulum):
    assert set(time_pieces(pendulum, pieces_of(pendulum))) == set(PIECES)
    cheap = pieces_of(pendulum, elementary=False)
    assert cheap.replaced["rates", "tanh"] == 1
    assert set(time_pieces(pendulum, cheap)) == set(PIECES)


def test_shares_of_the_error_come_from_the_steps_that_the_solver_takes(pendulum):
    shares = error_shares(pendulum)
    nothing = np.empty(0, dtype=np.int64)
    outcome = run(
        pendulum.kernel, pendulum.params[None], pendulum.start[None], pendulum.segments(),
        Request(np.empty(0), nothing, nothing), rtol=1e-6, atol=pendulum.atol(1e-6),
    )  # fmt: skip
    assert sum(each.sum() for each in shares.values()) == pytest.approx(outcome.counts[0, 0])
    assert "%" in largest(pendulum.kernel.layout.states, shares["set"])


def test_rodas4_converges_with_order_four(pendulum):
    functions = load_kernel(pendulum.system, "python", RODAS4).functions
    layout = pendulum.kernel.layout
    constants, lu = np.zeros(len(layout.constants)), np.zeros(functions.N_FACTORS)
    functions.hoist(pendulum.params, np.zeros(0), constants)

    def end(steps: int) -> float:
        state, following, stages = pendulum.start.copy(), np.zeros(2), np.zeros((functions.N_STAGES, 2))
        for _ in range(steps):
            functions.attempt(state, constants, 4.0 / steps, stages, lu, following)
            state = following.copy()
        return float(state[0])

    exact = end(2048)
    errors = [abs(end(steps) - exact) for steps in (16, 32, 64)]
    assert 3.7 < np.log2(errors[1] / errors[2]) < 4.5


@pytest.mark.parametrize("differ", [False, True])
def test_variants_count_attempts_of_all_their_people(pendulum, differ):
    variant = Variant("some", load_kernel(pendulum.system, "lanes"), people=5, differ=differ)
    variant.seconds.append(variant.run(pendulum))
    assert variant.ms > 0.0
    assert variant.attempts >= variant.steps * (1.0 if not differ else 0.5)
    assert variant.answer is not None and variant.answer.shape == (2, 2)


# --- tables -------------------------------------------------------------------------------------------------------


def _run_of(solver: str, error: float, ms: float) -> dict:
    return empty_row("some", solver, 1e-6) | {"error": error, "ms_min": ms}


def test_ratios_at_equal_error_say_when_they_are_bounds():
    lanes = [_run_of("lanes", 1e-5, 1.0), _run_of("lanes", 1e-7, 4.0)]
    peer = [_run_of("peer", 1e-4, 10.0), _run_of("peer", 1e-6, 20.0)]
    assert precision._time_text(peer, lanes, 1e-6) == "20 (10.00)"
    assert precision._time_text(peer, lanes, 1e-4) == "10 (> 10.00)"
    assert precision._time_text(lanes, lanes, 1e-4) == "< 1"
    assert precision._time_text(peer, lanes, 1e-8) == ""


def test_scaling_compares_like_with_like():
    rows = [
        _run_of(solver, 0.0, ms) | {"problem": "bfr_twelve_weeks", "people": people, "threads": threads}
        | {"memory_mib": 150.0, "memory_before_mib": 100.0, "cores": 1.9, "note": ""}
        for solver, people, threads, ms in (
            ("numba", 100, 1, 200.0), ("numba", 100, 2, 100.0), ("lanes", 100, 1, 50.0), ("lanes", 100, 2, 26.0),
            ("numba", 10_000, 2, 104.0), ("lanes", 10_000, 1, 50.0), ("lanes", 10_000, 2, 25.0),
        )
    ]  # fmt: skip
    lines = scaling._table(rows).splitlines()[2:]
    cells = {tuple(line.split(" | ")[:3]): [cell.strip() for cell in line.strip("| ").split("|")] for line in lines}
    small, large = cells["| `lanes`", "bfr_twelve_weeks", "100"], cells["| `lanes`", "bfr_twelve_weeks", "10,000"]
    assert small[3:7] == ["50", "26", "1.92", "1.90"]
    assert small[7] == "4.00"
    assert large[7] == "4.16", "the ratio of the threads that both have run"
    assert "`lanes` 42 min (from 10,000 people)" in scaling._extrapolated(rows)


def test_the_edited_model_is_another_model_and_says_so_when_it_cannot_be(bfr_system, tmp_path: Path, monkeypatch):
    name = cold.EDITED[1]
    system = read_system(cold._edited(tmp_path / "models", 1.5))
    assert _number(system.declared()[name].value) == 1.5 * _number(bfr_system.declared()[name].value)
    monkeypatch.setattr(cold, "EDITED", ("muscle.bfr", "nowhere"))
    with pytest.raises(RuntimeError, match="no parameter"):
        cold._edited(tmp_path / "again", 1.5)


def test_rows_of_the_profile_go_into_json(pendulum):
    from benchmarks.lanes_profile import _rows

    numbers = dict.fromkeys(PIECES, 1.0)
    rows = _rows(pendulum, numbers, numbers, numbers, {"fma": 0.1}, 2.0)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_every_command_is_offered():
    from benchmarks.__main__ import COMMANDS, ONE_CORE

    assert set(ONE_CORE) < set(COMMANDS) >= {"peers", "precision", "scaling", "cold"}
    assert isinstance(ast.parse(cold.QUESTION), ast.Module)
