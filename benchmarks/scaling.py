"""`python -m benchmarks scaling`: people, threads and memory; each number of people in a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.clock import empty_row
from benchmarks.problems import Problem, problem
from benchmarks.results import number, table, tell
from bfrsim.solve.run import Request, run

RTOL = 1e-6
THREADS = (1, 2)
OUTPUTS, SAVE_EVERY = 5, 15.0  # columns saved, s between them (of a session; twelve weeks: each midnight)
SPREAD = 0.02  # of the parameters between people
SIZES = {"bfr_session": (100, 1_000, 10_000, 100_000), "bfr_twelve_weeks": (100, 1_000)}
QUICK_SIZES = {"bfr_session": (100, 1_000, 10_000), "bfr_twelve_weeks": (100,)}
LONG_SIZES = {"bfr_session": SIZES["bfr_session"], "bfr_twelve_weeks": (100, 1_000, 10_000)}
ROUNDS_BELOW = 30.0  # s: a run shorter than this is repeated three times


def measure(quick: bool, long: bool, picture: Path) -> tuple[list[dict], dict[str, str]]:
    """Return the rows, and the section of the results; draw the plot."""
    rows = []
    problem("bfr_session")  # compiles here if anything must be, so that no process below pays for it in memory
    for name, sizes in (QUICK_SIZES if quick else LONG_SIZES if long else SIZES).items():
        for people in sizes:
            tell(f"scaling: {name}, {people:,} people")
            command = [sys.executable, "-m", "benchmarks.scaling", name, str(people), "2" if quick else "3"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                reason = f"failed: {(done.stderr.splitlines() or ['killed'])[-1][:80]}"
                rows.append(
                    empty_row(name, "numba", RTOL, reason) | {"people": people, "threads": 1, "memory_mib": None}
                )
                continue
            rows += json.loads(done.stdout)
    draw(rows, picture)
    head = (
        f"## Scaling\n\n`numba`, rtol 1e-6; people differ by {SPREAD:.0%} in every parameter; {OUTPUTS} outputs saved"
        f" every {SAVE_EVERY:g} s of a session, at every midnight of twelve weeks. Memory: the most that the process"
        " held, with what it holds before the run in brackets. Cores had: processor time over time of the run with two"
        " threads; a gain near it is all that the machine, which may have had other work, let through.\n\n"
        f"![throughput and memory]({picture.name})"
    )
    return rows, {"scaling": f"{head}\n\n{_table(rows)}"}


def _table(rows: list[dict]) -> str:
    lines = []
    for row in (row for row in rows if row["threads"] == THREADS[0]):
        alike = [r for r in rows if (r["problem"], r["people"]) == (row["problem"], row["people"])]
        if row["note"]:
            lines.append([row["problem"], f"{row['people']:,}", *[""] * 5, row["note"]])
            continue
        one, two = (next(r for r in alike if r["threads"] == threads) for threads in THREADS)
        memory = f"{one['memory_mib']:.0f} MiB ({one['memory_before_mib']:.0f})"
        each = f"{(one['memory_mib'] - one['memory_before_mib']) * 1024 / one['people']:.1f} KiB"
        cells = [
            number(one["ms_min"]),
            number(two["ms_min"]),
            f"{one['ms_min'] / two['ms_min']:.2f}",
            f"{two['cores']:.2f}",
        ]
        lines.append([row["problem"], f"{row['people']:,}", *cells, memory, each])
    head = ["problem", "people", "ms per person, 1 thread", "2 threads", "gain", "cores had", "memory", "per person"]
    return table(head, lines)


def draw(rows: list[dict], picture: Path) -> None:
    """Draw throughput and memory against people."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    done = [row for row in rows if row["ms_min"]]
    for name in dict.fromkeys(row["problem"] for row in done):
        for threads in THREADS:
            own = [row for row in done if row["problem"] == name and row["threads"] == threads]
            people, rate = [row["people"] for row in own], [1e3 / row["ms_min"] for row in own]
            left.loglog(people, rate, marker="o", ls="-" if threads == 1 else "--", label=f"{name}, threads {threads}")
        own = [row for row in done if row["problem"] == name and row["threads"] == 1]
        right.loglog([row["people"] for row in own], [row["memory_mib"] for row in own], marker="o", label=name)
    left.set(xlabel="people", ylabel="people per second")
    right.set(xlabel="people", ylabel="memory [MiB]")
    for panel in (left, right):
        panel.grid(alpha=0.3)
        panel.legend(fontsize=7)
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


def _worker(name: str, people: int, rounds: int) -> list[dict]:
    """Time both numbers of threads in turn, in this process, and see how much memory it took."""
    found = problem(name)
    columns = np.arange(OUTPUTS)
    request = Request(_times(found), columns, np.empty(0, dtype=np.int64))
    params, states = _people(found, people)
    segments, atol = found.segments(), found.atol(RTOL)
    before, notes = _memory(), set()
    seconds: dict[int, list[float]] = {threads: [] for threads in THREADS}
    cores: dict[int, list[float]] = {threads: [] for threads in THREADS}
    for round_ in range(rounds):
        for threads in THREADS:
            if round_ and seconds[1][0] > ROUNDS_BELOW:
                continue
            start, worked = time.perf_counter(), time.process_time()
            outcome = run(found.kernel, params, states, segments, request, rtol=RTOL, atol=atol, threads=threads)
            seconds[threads].append(time.perf_counter() - start)
            cores[threads].append((time.process_time() - worked) / seconds[threads][-1])
            failed = int(np.count_nonzero(outcome.status))
            if failed:
                notes.add(f"{failed} people failed")
            del outcome
    rows = []
    for threads in THREADS:
        times = [1e3 * each / people for each in seconds[threads]]
        rows.append(
            empty_row(name, "numba", RTOL)
            | {"people": people, "threads": threads, "memory_mib": _memory(), "memory_before_mib": before}
            | {"ms_per_person": statistics.median(times), "ms_min": min(times), "ms_max": max(times)}
            | {"cores": cores[threads][int(np.argmin(times))], "remark": "; ".join(sorted(notes))}
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
    print(json.dumps(_worker(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
