"""`python -m benchmarks precision`: work against error, rtol 1e-4 to 1e-8."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks.clock import candidate, interleave, rows_of
from benchmarks.problems import LARGE, NAMES, Missing, Problem, problem
from benchmarks.reference import reference
from benchmarks.results import number, table, tell
from benchmarks.solvers import SOLVERS, Route

TOLERANCES = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
EQUAL_ERRORS = (1e-4, 1e-5, 3e-6, 1e-6)
EQUAL = (
    "Milliseconds at equal error, log-log between the runs, and their ratio to `lanes` in brackets (`<`: every run is"
    " better than that; `>`: because every run of `lanes` is):"
)
OURS = ("numba", "lanes")
COMPILED = (*OURS, "cvode_klu", "cvode_generated_lu")
ONE_BY_ONE = tuple(name for name, solver in SOLVERS.items() if not solver.once)
IN_WEEKS = (*COMPILED, "scipy_odeint", "sundae_cvode", "numbalsoda")
PROBLEMS = {name: IN_WEEKS if name in LARGE else ONE_BY_ONE for name in NAMES}
SLOW = ("scipy_radau", "scipy_bdf", "cvode_klu_unoptimised")  # a quick run leaves them out


def measure(quick: bool, picture: Path) -> tuple[list[dict], dict[str, str]]:
    """Return the rows, and the section of the results; draw the plot."""
    rows, parts = [], []
    for name, solvers in PROBLEMS.items():
        tell(f"precision: {name}")
        try:
            found = problem(name)
        except Missing as missing:
            parts.append(f"### {name}\n\n{missing}.")
            continue
        known, sentence = reference(found, check=False)
        kept = [each for each in solvers if not quick or each in COMPILED or (name not in LARGE and each not in SLOW)]
        new = _rows(found, kept, known, quick, name in LARGE)
        rows += new
        parts.append(f"### {name}\n\n{sentence}\n\n{_table(new)}\n\n{EQUAL}\n\n{_equal(new)}")
    draw(rows, picture)
    head = (
        "## Work and precision\n\nSmallest processor time in ms and error (unit as for peers) at each rtol;"
        f" absolute tolerance 0.1 rtol of each state's size.\n\n![work against error]({picture.name})"
    )
    return rows, {"precision": "\n\n".join([head, *parts])}


def _rows(found: Problem, solvers: list[str], known: np.ndarray, quick: bool, weeks: bool) -> list[dict]:
    routes: dict[str, Route | str] = {}
    candidates = [candidate(found, solver, rtol, routes) for solver in solvers for rtol in TOLERANCES]
    interleave(candidates, 3 if quick else 7, 2.0 if quick else 20.0, large=weeks)
    return rows_of(found, candidates, known)


def _table(rows: list[dict]) -> str:
    lines = []
    for solver in dict.fromkeys(row["solver"] for row in rows):
        own = [row for row in rows if row["solver"] == solver]
        cells = [f"{number(row['ms_min'])} ({number(row['error'])})" if row["ms_min"] else "" for row in own]
        note = next((row["note"] for row in own if row["note"]), "")
        lines.append([f"`{solver}`", *cells, note])
    return table(["solver", *(f"{rtol:.0e}" for rtol in TOLERANCES), "note"], lines)


def _equal(rows: list[dict]) -> str:
    by_name: dict[str, list[dict]] = {}
    for row in rows:
        if row["error"] and row["ms_min"]:
            by_name.setdefault(row["solver"], []).append(row)
    lanes = by_name.get("lanes", [])
    lines = [
        [f"`{solver}`", *(_time_text(own, lanes, error) for error in EQUAL_ERRORS)] for solver, own in by_name.items()
    ]
    return table(["solver", *(f"error {error:.0e}" for error in EQUAL_ERRORS)], lines)


def _time_text(rows: list[dict], lanes: list[dict], error: float) -> str:
    """Print a time at an error; where all runs are better, the least time under a `<`."""
    time, better = time_at(rows, error), _better(rows, error)
    if time is None:
        return f"< {number(better)}" if better else ""
    exact, bound = time_at(lanes, error), _better(lanes, error)
    if exact is not None:
        return f"{number(time)} ({time / exact:.2f})"
    return f"{number(time)} (> {time / bound:.2f})" if bound else number(time)


def _better(rows: list[dict], error: float) -> float | None:
    """Return the least time of the runs with a smaller error."""
    return min((row["ms_min"] for row in rows if row["error"] < error), default=None)


def time_at(rows: list[dict], error: float) -> float | None:
    """Return the time for an error, log-log between the runs; None outside what was run."""
    points = sorted((np.log(row["error"]), np.log(row["ms_min"])) for row in rows)
    if not points:
        return None
    errors, times = np.array(points).T
    wanted = np.log(error)
    return float(np.exp(np.interp(wanted, errors, times))) if errors[0] <= wanted <= errors[-1] else None


def draw(rows: list[dict], picture: Path) -> None:
    """Draw time against error, one panel for each problem."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(dict.fromkeys(row["problem"] for row in rows))
    columns = min(len(names), 3)
    lines = -(-len(names) // columns)
    figure, axes = pyplot.subplots(lines, columns, figsize=(4.2 * columns, 3.8 * lines), squeeze=False)
    markers = dict(zip(SOLVERS, cycle("osv^D<>Pp*Xh8d"), strict=False))
    colours = dict(zip(SOLVERS, [*pyplot.get_cmap("tab10").colors, *pyplot.get_cmap("Dark2").colors], strict=False))
    for at, panel in enumerate(axes.flat):
        if at >= len(names):
            panel.axis("off")
            continue
        own = [row for row in rows if row["problem"] == names[at] and row["error"] and row["ms_min"]]
        for solver in dict.fromkeys(row["solver"] for row in own):
            points = [(row["error"], row["ms_min"]) for row in own if row["solver"] == solver]
            panel.loglog(
                *zip(*points, strict=True), marker=markers[solver], color=colours[solver], label=solver,
                linewidth=2.2 if solver in OURS else 1.0, markersize=5,
            )  # fmt: skip
        panel.set(title=names[at], xlabel="error (1e-6 is one tolerance at rtol 1e-6)", ylabel="ms per person")
        panel.invert_xaxis()
        panel.grid(alpha=0.3)
    handles = {
        label: line for panel in axes.flat for line, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=min(len(handles), 5), fontsize=8)
    figure.set_layout_engine("constrained")
    figure.savefig(picture, dpi=130)
    pyplot.close(figure)
