"""`python -m benchmarks scaling`: people, threads and memory; each number of people in a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.clock import empty_row
from benchmarks.problems import Problem, ours, problem
from benchmarks.results import number, table, tell
from bfrsim.solve.kernel import load_kernel
from bfrsim.solve.run import Request, run

RTOL = 1e-6
THREADS = (1, 2)
OUTPUTS, SAVE_EVERY = 5, 15.0  # columns saved, s between them (of a session; twelve weeks: each midnight)
SPREAD = 0.02  # of the parameters between people
SIZES = {"bfr_session": (100, 1_000, 10_000, 100_000), "bfr_twelve_weeks": (100, 1_000, 10_000)}
QUICK_SIZES = {"bfr_session": (100, 1_000, 10_000), "bfr_twelve_weeks": (100,)}
SOLVERS = ("numba", "lanes")
LONG = (("bfr_twelve_weeks", 10_000, "numba"),)  # half an hour: only if asked for
TWO_THREADS_ONLY = (
    *LONG,
    ("bfr_session", 100_000, "numba"),
    ("bfr_twelve_weeks", 1_000, "numba"),
    ("bfr_twelve_weeks", 10_000, "lanes"),
)
ROUNDS_BELOW = 30.0  # s: a run shorter than this is repeated three times


@dataclass(frozen=True)
class Case:
    """What one process is asked to run."""

    problem: str
    people: int
    solver: str
    rounds: int

    @property
    def threads(self) -> tuple[int, ...]:
        return THREADS[1:] if (self.problem, self.people, self.solver) in TWO_THREADS_ONLY else THREADS


def measure(quick: bool, long: bool, picture: Path) -> tuple[list[dict], dict[str, str]]:
    """Return the rows, and the section of the results; draw the plot."""
    rows = []
    for solver in SOLVERS:  # compiles here if anything must be, so that no process below pays for it in memory
        ours(problem("bfr_session"), RTOL, kernel=load_kernel(problem("bfr_session").system, solver))
    for name, sizes in (QUICK_SIZES if quick else SIZES).items():
        for people in sizes:
            for solver in SOLVERS:
                if long or (name, people, solver) not in LONG:
                    rows += _asked(Case(name, people, solver, 2 if quick else 3))
    draw(rows, picture)
    head = (
        f"## Scaling\n\nrtol 1e-6; people differ by {SPREAD:.0%} in every parameter; {OUTPUTS} outputs saved"
        f" every {SAVE_EVERY:g} s of a session, at every midnight of twelve weeks. Memory: the most that the process"
        " held, with what it holds before the run in brackets. Cores had: processor time over time of the run with two"
        " threads; a gain near it is all that the machine, which may have had other work, let through.\n\n"
        f"![throughput and memory]({picture.name})"
    )
    return rows, {"scaling": f"{head}\n\n{_table(rows)}\n\n{_extrapolated(rows)}".rstrip()}


def _asked(case: Case) -> list[dict]:
    """Run a case in a process of its own; return its rows, or one that says why there is none."""
    tell(f"scaling: {case.problem}, {case.people:,} people, {case.solver}")
    command = [sys.executable, "-m", "benchmarks.scaling", json.dumps(asdict(case))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout)
    reason = f"failed: {(done.stderr.splitlines() or ['killed'])[-1][:80]}"
    empty = empty_row(case.problem, case.solver, RTOL, reason)
    return [empty | {"people": case.people, "threads": threads, "memory_mib": None} for threads in case.threads]


def _table(rows: list[dict]) -> str:
    lines = []
    for key in dict.fromkeys((row["problem"], row["people"], row["solver"]) for row in rows):
        alike = {row["threads"]: row for row in rows if (row["problem"], row["people"], row["solver"]) == key}
        lines.append([f"`{key[2]}`", key[0], f"{key[1]:,}", *_cells(alike, rows)])
    head = ["solver", "problem", "people", "ms per person, 1 thread", "2 threads", "gain", "cores had", "numba to it"]
    return table([*head, "memory", "per person"], lines)


def _cells(alike: dict[int, dict], rows: list[dict]) -> list[str]:
    one, two = (alike.get(threads, {"ms_min": None}) for threads in THREADS)
    best = next(iter(alike.values()))
    if best["note"]:
        return [*[""] * 6, best["note"]]
    gain = f"{one['ms_min'] / two['ms_min']:.2f}" if one["ms_min"] and two["ms_min"] else ""
    twins = [
        row["ms_min"] / alike[row["threads"]]["ms_min"]
        for row in rows
        if (row["solver"], row["problem"], row["people"]) == ("numba", best["problem"], best["people"])
        and row["ms_min"]
        and row["threads"] in alike
    ]
    memory = f"{best['memory_mib']:.0f} MiB ({best['memory_before_mib']:.0f})"
    each = f"{(best['memory_mib'] - best['memory_before_mib']) * 1024 / best['people']:.1f} KiB"
    cores = f"{two['cores']:.2f}" if two["ms_min"] else ""
    return [number(one["ms_min"]), number(two["ms_min"]), gain, cores, f"{twins[0]:.2f}" if twins else "", memory, each]


def _extrapolated(rows: list[dict]) -> str:
    """Say what 10^5 programmes would take, by the largest run of each solver with two threads."""
    parts = []
    for solver in SOLVERS:
        own = [r for r in rows if r["solver"] == solver and r["problem"] == "bfr_twelve_weeks" and r["threads"] == 2]
        own = [row for row in own if row["ms_min"]]
        if own:
            most = max(own, key=lambda row: row["people"])
            minutes = most["ms_min"] * 100_000 / 60_000
            parts.append(f"`{solver}` {minutes:.0f} min (from {most['people']:,} people)")
    return f"100,000 programmes of twelve weeks on two threads, extrapolated: {', '.join(parts)}." if parts else ""


def draw(rows: list[dict], picture: Path) -> None:
    """Draw throughput and memory against people."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    done = [row for row in rows if row["ms_min"]]
    for at, (name, solver) in enumerate(dict.fromkeys((row["problem"], row["solver"]) for row in done)):
        for threads in THREADS:
            own = [r for r in done if (r["problem"], r["solver"], r["threads"]) == (name, solver, threads)]
            people, rate = [row["people"] for row in own], [1e3 / row["ms_min"] for row in own]
            style = "-" if threads == 1 else "--"
            left.loglog(people, rate, color=f"C{at}", marker="o", ls=style, label=f"{name}, {solver}, {threads}")
        own = [row for row in done if (row["problem"], row["solver"], row["threads"]) == (name, solver, 2)]
        memory = [row["memory_mib"] for row in own]
        right.loglog([r["people"] for r in own], memory, color=f"C{at}", marker="o", label=f"{name}, {solver}")
    left.set(xlabel="people", ylabel="people per second (1, 2 threads)")
    right.set(xlabel="people", ylabel="memory [MiB]")
    for panel in (left, right):
        panel.grid(alpha=0.3)
        panel.legend(fontsize=6)
    figure.savefig(picture, dpi=130)
    pyplot.close(figure)


def _people(found: Problem, people: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    params = np.tile(found.params, (people, 1))
    many = len(found.system.parameters)
    lognormal = [
        at for at, item in enumerate(found.system.parameters) if item.prior and item.prior.family == "lognormal"
    ]
    columns = np.array(lognormal or range(many))
    for row in params:  # one person at a time, so that drawing takes no memory of its own
        row[columns] *= np.exp(random.normal(0.0, SPREAD, len(columns)))
    return params, np.tile(found.start, (people, 1))


def _times(found: Problem) -> np.ndarray:
    total = float(found.duration.sum())
    return np.arange(0.0, total + 1e-9, SAVE_EVERY if total < 86400.0 else 86400.0)


def _worker(case: Case) -> list[dict]:
    """Time the numbers of threads in turn, in this process, and see how much memory it took."""
    found = problem(case.problem)
    kernel = load_kernel(found.system, case.solver)
    request = Request(_times(found), np.arange(OUTPUTS), np.empty(0, dtype=np.int64))
    params, states = _people(found, case.people)
    segments, atol = found.segments(), found.atol(RTOL)
    run(kernel, params[:1], states[:1], found.segments(slice(1)), request, rtol=RTOL, atol=atol)  # loads machine code
    before, failed = _memory(), 0
    seconds: dict[int, list[float]] = {threads: [] for threads in case.threads}
    cores: dict[int, list[float]] = {threads: [] for threads in case.threads}
    for round_ in range(case.rounds):
        for threads in case.threads:
            if round_ and seconds[case.threads[0]][0] > ROUNDS_BELOW:
                continue
            start, worked = time.perf_counter(), time.process_time()
            outcome = run(kernel, params, states, segments, request, rtol=RTOL, atol=atol, threads=threads)
            seconds[threads].append(time.perf_counter() - start)
            cores[threads].append((time.process_time() - worked) / seconds[threads][-1])
            failed = max(failed, int(np.count_nonzero(outcome.status)))
            del outcome
    rows = []
    for threads in case.threads:
        times = [1e3 * each / case.people for each in seconds[threads]]
        rows.append(
            empty_row(case.problem, case.solver, RTOL)
            | {"people": case.people, "threads": threads, "memory_mib": _memory(), "memory_before_mib": before}
            | {"ms_per_person": statistics.median(times), "ms_min": min(times), "ms_max": max(times)}
            | {"cores": cores[threads][int(np.argmin(times))], "remark": f"{failed} people failed" if failed else ""}
        )
    return rows


def _memory() -> float:
    """Return the most memory this process has held, in MiB."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    print(json.dumps(_worker(Case(**json.loads(sys.argv[1])))))
