"""The first scenarios beside published values, as the table of the README: ``python -m bfrsim.report.overview``."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from bfrsim.library import scenarios_folder
from bfrsim.simulation import simulate

BEGIN, END = "<!-- overview: written by python -m bfrsim.report.overview README.md -->", "<!-- overview ends -->"
OUTCOMES = {"csa_change": "muscle size", "one_rm_change": "1RM"}


def published() -> dict[str, dict[str, tuple[float, int, str]]]:
    """Return scenario -> outcome -> (percent, number of arms, source), from the shipped evidence."""
    found: dict[str, dict[str, tuple[float, int, str]]] = {}
    with (scenarios_folder() / "evidence" / "first_steps.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            value = (float(row["published_percent"]), int(row["arms"]), row["source"])
            found.setdefault(row["scenario"], {})[row["outcome"]] = value
    return found


def overview() -> str:
    """Simulate every scenario that has published values, and return the Markdown table."""
    head = [f"{words}, simulated (published)" for words in OUTCOMES.values()]
    lines = [f"| scenario | {' | '.join(head)} | sessions |", "|---|--:|--:|--:|"]
    for scenario, known in published().items():
        result = simulate(scenario)
        cells = []
        for outcome in OUTCOMES:
            simulated = float(result[outcome][0, -1])
            beside = f" ({known[outcome][0]:+.1f})" if outcome in known else ""
            cells.append(f"{simulated:+.1f} %{beside}")
        lines.append(f"| `{scenario}` | {' | '.join(cells)} | {result.sizes['session']} |")
    return "\n".join(lines)


def replace_between(text: str, table: str) -> str:
    """Return a page with the table between its two marks exchanged.

    Raises
    ------
    ValueError
        If the page lacks the marks.
    """
    if BEGIN not in text or END not in text:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.split(END, 1)[1]}"


def main() -> None:
    """Print the table, or write it into the page named on the command line."""
    table = overview()
    if len(sys.argv) < 2:
        sys.stdout.write(table + "\n")
        return
    page = Path(sys.argv[1])
    page.write_text(replace_between(page.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
