"""The terminal table of a cohort: who was drawn, how far from the tables, how many have what surveys count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bfrsim.report.cohort.summary import criteria_text, notes, quantity_lines
from bfrsim.report.terminal import add, heading_table, labelled
from bfrsim.report.wording import number, printable
from bfrsim.study.cohort.columns import COLUMNS
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.score import MEAN_TOLERANCE, R_TOLERANCE, SD_TOLERANCE, PrevalenceScore, Score
from bfrsim.study.cohort.variability import Spread, targets

if TYPE_CHECKING:
    import xarray
    from rich.console import RenderableType
    from rich.table import Table

    from bfrsim.study.cohort.calibration import Measured


def cohort_table(people: xarray.Dataset, spec: CohortSpec, score: Score, model_hash: str) -> RenderableType:
    """Return the cohort in words and numbers, to be printed by a rich console; fits 80 columns."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = [
        Text(printable(spec.title), style="bold"), _who(people, spec), Text(), _quantities(people, score),
        *(Text(line) for line in _verdict(score)), Text(),
    ]  # fmt: skip
    if score.prevalences:
        parts += [_shares(score), Text()]
    return Padding(Group(*parts, *(Text(line, style="dim") for line in notes(model_hash))), (0, 1))


def spread_table(spread: Spread, reached: Measured) -> RenderableType:
    """Return how much people differ after the fit, what that reaches, and what was published."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    wanted = targets()
    table = heading_table()
    for head in ("Responses", "reached", "wanted", "published"):
        table.add_column(head, justify="left" if head == "Responses" else "right")
    size, strength = (f"{low:g}-{high:g} %" for low, high in (wanted.size_range, wanted.strength_range))
    add(table, "SD of size, heavy load", f"{reached.size_sd:.2f} %", f"{wanted.size_sd:.2f} %", size)
    add(table, "SD of strength, heavy load", f"{reached.strength_sd:.2f} %", f"{wanted.strength_sd:.2f} %", strength)
    add(table, "Correlation of the two", f"{reached.correlation:.2f}", f"{wanted.correlation:g}", "")
    add(table, "Person x programme over person, size", f"{reached.interaction:.2f}", f"{wanted.interaction:g}", "")
    add(table, "  with covariates", f"{reached.whole_interaction:.2f}", "", "")
    add(table, "  with covariates, strength", f"{reached.whole_interaction_strength:.2f}", "", "")
    means = (
        f"Means: heavy load {reached.size_mean:.1f} % and {reached.strength_mean:.1f} %, under the cuff "
        f"{reached.cuffed_size_mean:.1f} (SD {reached.cuffed_size_sd:.1f}) % and {reached.cuffed_strength_mean:.1f} "
        f"(SD {reached.cuffed_strength_sd:.1f}) %."
    )
    values = ", ".join(f"{name} {value:.3g}" for name, value in spread.as_dict().items())
    return Padding(Group(table, Text(), Text(means), Text(f"Fitted: {values}.")), (0, 1))


def _who(people: xarray.Dataset, spec: CohortSpec) -> Table:
    grid = labelled()
    count, ages = people.sizes["person"], people["age"].values
    women, asian = (
        100.0 * float((people[name] == word).mean()) for name, word in (("sex", "female"), ("ancestry", "asian"))
    )
    add(
        grid, "People", f"{count}, {ages.min():.0f} to {ages.max():.0f} years, {women:.0f} % women, {asian:.0f} % Asian"
    )
    add(grid, "Level", f"{spec.population.level}, earlier training {spec.population.training}")
    looked = f"{people.attrs['candidates']:,} candidates for {people.attrs['kept']:,} people"
    add(grid, "Criteria", "; ".join([*criteria_text(spec), looked] if criteria_text(spec) else ["none"]))
    shares = ((name, 100.0 * float(people[name].mean())) for name in ("sarcopenia", "hypertension"))
    add(grid, "Share with", ", ".join(f"{name} {share:.0f} %" for name, share in shares))
    return grid


def _quantities(people: xarray.Dataset, score: Score) -> Table:
    table = heading_table()
    table.padding = (0, 1, 0, 0)
    table.add_column("Quantity", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    lines = quantity_lines(people, score)
    heads = ["mean", "SD", "off %", "SD off %"] + ["cells off"] * any(each.cells_off for each in lines)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for each in lines:
        misses = [number(miss, 1, signed=True) if each.scored else "" for miss in (each.mean_miss, each.sd_miss)]
        cells = [COLUMNS[each.name].unit, _three(each.mean), _three(each.sd), *misses, f"{each.cells_off or ''}"]
        add(table, each.name, *cells[: len(heads) + 1])
    return table


def _verdict(score: Score) -> list[str]:
    off = sum(not cell.fits for cell in score.cells)
    pairs = (
        f"{'women' if each.sex == 'female' else 'men'} {each.worst()[2]:+.3f} ({each.worst()[0]}, {each.worst()[1]})"
        for each in score.matrices
    )
    return [
        f"Off: worst of {len(score.cells)} means and SDs, {score.people} drawn per ancestry, sex and age band, before "
        f"criteria and training; {off} outside {MEAN_TOLERANCE:.0f} % (mean) or {SD_TOLERANCE:.0f} % (SD).",
        f"Correlations off by at most {R_TOLERANCE:g} wanted, worst: {'; '.join(pairs)}.",
    ]


def _shares(score: Score) -> Table:
    table = heading_table()
    table.padding = (0, 1, 0, 0)
    table.add_column("Share with", min_width=12)
    table.add_column("who, years", min_width=8)
    for head in ("published", "drawn"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=6)
    people = {"both": "", "female": " women", "male": " men"}
    for each in score.prevalences:
        row = each.published
        span = "" if row.low is None or row.high is None else f" ({row.low:g}-{row.high:g})"
        who = f"{row.ancestry.capitalize()}{people[row.sex]} {row.youngest:g}-{row.oldest:g}"
        what = f"{row.condition} {row.definition.removesuffix(' or treated')}"
        add(table, what, who, f"{row.percent:g}{span} %", f"{each.as_measured:.1f} %", _verdict_of(each))
    return table


def _verdict_of(each: PrevalenceScore) -> str:
    row = each.published
    if row.low is not None and row.high is not None and not row.low <= each.as_measured <= row.high:
        return "missed"
    return "fitted" if row.role == "tuned" else ""


def _three(value: float) -> str:
    return number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)
