"""A trial in a terminal: what each arm does, and what each comparison finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bfrsim.report.trial.json_text import share_text
from bfrsim.study.trial.results import ComparisonResult, TrialResult
from bfrsim.study.trial.whole import whole_trial

if TYPE_CHECKING:
    from rich.table import Table


def arms_table(result: TrialResult) -> Table:
    """Return the arms: people, conduct, and the mean and SD of each endpoint."""
    from bfrsim.report.terminal import add, heading_table

    table = heading_table(result.file.design.title)
    for head in ("arm", "n", "attend", "leave", "discomfort"):
        table.add_column(head, justify="left" if head == "arm" else "right")
    for endpoint in result.file.design.endpoint:
        table.add_column(endpoint.name, justify="right")
    for arm in result.arms:
        came = "-" if arm.attendance is None else f"{100 * arm.attendance:.0f} %"
        felt = "-" if arm.discomfort is None else f"{arm.discomfort:.1f}"
        told = [f"{each.mean:+.1f} ± {each.sd:.1f}" for each in arm.answered]
        add(table, arm.name, str(arm.n), came, f"{100 * arm.dropout:.0f} %", felt, *told)
    return table


def comparisons_table(result: TrialResult) -> Table:
    """Return the comparisons: effect with its interval, g, power, and people of each arm that are needed."""
    from bfrsim.report.terminal import add, heading_table

    table = heading_table(f"Mean of {len(result.rejected)} trials")
    for head in ("comparison", "effect [95 %]", "g", "power", "n needed"):
        table.add_column(head, justify="left" if head == "comparison" else "right")
    for each in result.comparisons:
        add(
            table, f"{each.name} ({each.comparison.hypothesis})",
            f"{each.effect:+.1f} [{each.low:.1f}, {each.high:.1f}]", f"{each.g:+.2f}",
            share_text(each.power), needed_text(each),
        )  # fmt: skip
    return table


def needed_text(each: ComparisonResult) -> str:
    """Return the size that reaches the wanted power, as it is shown."""
    return each.curve.bounded or f"{each.curve.needed:.0f}"


def whole_sentence(result: TrialResult) -> list[str]:
    """Return how many people the trial needs as a whole, by what was published and by the simulation; or nothing."""
    whole = whole_trial(result)
    if whole is None:
        return []
    return [
        f"Whether {len(whole.arms)} arms differ at all in {whole.endpoint} (F test): published means and SDs ask for "
        f"{whole.published:.1f} people an arm, those measured here for {whole.simulated:.1f}."
    ]


def notes(result: TrialResult) -> list[str]:
    """Return what stands beside the tables, one sentence each."""
    told = []
    for each in result.comparisons:
        if each.null:
            told.append(f"{each.name}: what is to be shown is not so; type I error {share_text(each.alone)}.")
        if each.published is not None:
            told.append(
                f"{each.name}: published means and SDs (rows {' and '.join(each.published.rows)}) ask for "
                f"{each.published.n:.1f} people an arm by the t-test formula, this trial for {needed_text(each)}."
            )
        if each.failed:
            told.append(f"{each.name}: nothing could be fitted in {each.failed} trials; they count as not rejected.")
    told += whole_sentence(result)
    if result.assurance is not None:
        for place, each in enumerate(result.comparisons):
            told.append(f"{each.name}: assurance {share_text(result.assurance.of(place))} over constants.")
        told += [f"Left out of assurance: {sentence}." for sentence in result.assurance.failures]
    if result.pool.failures:
        told.append(f"{len(result.pool.failures)} programmes could not be simulated; these people are not recruited.")
    trust = result.parameters
    told.append(f"Parameters of the model: {trust['fitted']} fitted, {trust['assumed']} assumed.")
    return told
