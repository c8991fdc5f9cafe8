"""`python -m benchmarks peers|precision|scaling|cold|profile [--quick] [--json FILE]`; each writes its own sections."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
COMMANDS = ("peers", "precision", "scaling", "cold", "profile")
ONE_CORE = ("peers", "precision", "profile")
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and problems; ends within five minutes")
    parser.add_argument(
        "--long", action="store_true", help="scaling: the scalar kernel takes 10,000 people through twelve weeks"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows here as well")
    parser.add_argument("--results", type=Path, metavar="FILE", default=RESULTS, help="default: benchmarks/RESULTS.md")
    chosen = parser.parse_args()
    chosen.results.parent.mkdir(parents=True, exist_ok=True)  # now, not after the measurements
    for name, value in ONE_THREAD.items():  # before anything imports a library that reads them
        os.environ.setdefault(name, value)
    rows = _run(chosen)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _run(chosen: argparse.Namespace) -> list[dict]:
    from benchmarks import cold, lanes_profile, peers, precision, scaling
    from benchmarks.results import write_sections

    if chosen.command in ONE_CORE and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # one for all
    if chosen.command == "peers":
        rows, sections = peers.measure(chosen.quick)
    elif chosen.command == "precision":
        rows, sections = precision.measure(chosen.quick, chosen.results.with_name("precision.png"))
    elif chosen.command == "scaling":
        rows, sections = scaling.measure(chosen.quick, chosen.long, chosen.results.with_name("scaling.png"))
    elif chosen.command == "profile":
        rows, sections = lanes_profile.measure(chosen.quick)
    else:
        rows, sections = cold.measure()
    write_sections(chosen.results, sections, chosen.quick)
    print("\n\n".join(sections.values()), file=sys.stdout)
    return rows


if __name__ == "__main__":
    main()
