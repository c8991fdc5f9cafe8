"""`python -m benchmarks peers`: every solver on every problem at rtol 1e-6, in interleaved rounds."""

from __future__ import annotations

from benchmarks.clock import by_solver, candidate, empty_row, interleave, rows_of
from benchmarks.problems import LARGE, NAMES, Missing, Problem, problem
from benchmarks.reference import reference
from benchmarks.results import number, table, tell
from benchmarks.solvers import COPIES, SOLVERS, Route
from benchmarks.steps import section as steps_section

RTOL = 1e-6
ROUNDS, QUICK_ROUNDS = 15, 5
BUDGET, QUICK_BUDGET = 60.0, 4.0  # s for one candidate
SESSIONS = ("bfr_session", "study_session")
LEFT_OUT_QUICKLY = {"diffrax_kvaerno5": "left out of quick runs: compiles for a minute or more"}
LEFT_OUT_QUICKLY_IN_WEEKS = dict.fromkeys(("scipy_bdf", "scipy_radau"), "left out of quick runs: half a minute a run")


def measure(quick: bool) -> tuple[list[dict], dict[str, str]]:
    """Return the rows, and the sections of the results."""
    rows, parts = [], []
    for name in NAMES:
        tell(f"peers: {name}")
        try:
            found = problem(name)
        except Missing as missing:
            rows += [empty_row(name, solver, RTOL, str(missing)) for solver in SOLVERS]
            parts.append(f"### {name}\n\n{missing}.")
            continue
        known, sentence = reference(found, check=not quick or name not in LARGE)
        new = _rows(found, known, quick)
        rows += new
        parts.append(f"### {name}\n\n{_size(found)} {sentence}\n\n{_table(new)}")
    head = (
        "## Peers\n\nAll solvers at rtol 1e-6, absolute tolerance 1e-7 of each state's declared size, the same compiled"
        " right-hand side, Jacobian and segments. Processor time on one core, interleaved rounds; ratios are of the"
        " smallest times. An error of 1e-6 is one tolerance: largest |y - reference| / (|reference| + 0.1 size) over"
        f" all states and segment ends. `lanes` takes {COPIES} copies of the person through at once, as diffrax does;"
        " its time is per person. `cvode_klu_unoptimised` is the distribution's package (Debian's is compiled without"
        " optimisation); `cvode_klu` and `cvode_generated_lu` link the SUNDIALS that `SUNDIALS` names. `study_*` is the"
        " frozen system of the study that chose the method (`benchmarks/models/study.bfr`)."
    )
    sections = {"peers": "\n\n".join([head, *parts])}
    sections["steps"] = steps_section([problem(name) for name in LARGE])
    return rows, sections


def _rows(found: Problem, known, quick: bool) -> list[dict]:
    routes: dict[str, Route | str] = {}
    candidates = []
    left_out = LEFT_OUT_QUICKLY | (LEFT_OUT_QUICKLY_IN_WEEKS if found.name in LARGE else {}) if quick else {}
    for name, solver in SOLVERS.items():
        if solver.once and found.name not in SESSIONS[: 1 if quick else None]:
            routes[name] = "one session only"
        elif name in left_out:
            routes[name] = left_out[name]
        candidates.append(candidate(found, name, RTOL, routes))
    rounds, budget = (QUICK_ROUNDS, QUICK_BUDGET) if quick else (ROUNDS, BUDGET)
    interleave(candidates, rounds, budget, large=found.name in LARGE)
    return rows_of(found, candidates, known)


def _size(found: Problem) -> str:
    return f"{len(found.start)} states, {len(found.duration)} segments, {found.duration.sum():g} s."


def _table(rows: list[dict]) -> str:
    known = by_solver(rows, rows[0]["problem"])
    ours = [known[name]["ms_min"] for name in ("numba", "lanes")]
    lines = []
    for row in sorted(rows, key=lambda row: row["ms_min"] or float("inf")):
        if row["ms_min"] is None:
            lines.append([f"`{row['solver']}`", *[""] * 6, row["note"]])
            continue
        ratios = [f"{row['ms_min'] / best:.2f}" if best else "" for best in ours]
        times = [number(row[key]) for key in ("ms_per_person", "ms_min", "ms_max")]
        lines.append([f"`{row['solver']}`", *times, *ratios, number(row["error"]), f"{row['steps'] or ''}"])
    return table(["solver", "ms median", "min", "max", "to numba", "to lanes", "error", "steps"], lines)
