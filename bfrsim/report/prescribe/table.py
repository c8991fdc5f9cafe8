"""A prescription in a terminal: the front, the choice, its neighbours, what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bfrsim.report.prescribe.words import (
    DISCLAIMER,
    choice_sentences,
    cuff_text,
    limit_sentences,
    neighbour_text,
    reason_sentences,
    rule_sentences,
    why_not,
    work_text,
)
from bfrsim.study.prescribe.decisions import RESISTANCE
from bfrsim.study.prescribe.evaluate import Tried
from bfrsim.study.prescribe.results import Prescription

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table


def prescription_report(result: Prescription) -> Iterator[RenderableType]:
    """Yield tables and paragraphs, to be printed one below the other."""
    from rich.text import Text

    yield front_table(result)
    yield Text(
        "> the choice; ! too often over a limit on fresh people. Cuff in %AOP, int: deflated in rests; rest in s; min: "
        "minutes a week; size and 1RM: change in %; limit: share of the nearest one used.",
        style="dim",
    )
    yield ""
    for sentence in choice_sentences(result):
        yield Text(sentence)
    if result.neighbours:
        yield ""
        yield neighbours_table(result)
    for title, sentences in (
        ("What it hangs on", reason_sentences(result)),
        ("How it was chosen", [*rule_sentences(result), *limit_sentences(result)]),
    ):
        yield ""
        yield Text(title, style="bold")
        for sentence in sentences:
            yield Text(sentence)
    yield ""
    yield Text(DISCLAIMER, style="dim")


def front_table(result: Prescription) -> Table:
    """Return the front on fresh people, from the least harm to the most."""
    from bfrsim.report.terminal import add, heading_table

    table = heading_table(result.request.title)
    table.padding = (0, 1, 0, 0)  # eleven columns in the width of a terminal
    for head in ("", "exercise", "cuff", "rest", "/wk", "min", "size", "1RM", "SBP", "CR10", "limit", "over"):
        table.add_column(head, justify="left" if head in ("", "exercise") else "right", no_wrap=head != "exercise")
    for each in result.front:
        add(table, mark(result, each), *row(each), f"{each.count_over}/{len(each.nearest)}")
    return table


def row(tried: Tried) -> list[str]:
    """Return what is done and what it gives, cell by cell."""
    candidate = tried.candidate
    rest = f"{candidate.number('rest'):g}" if candidate["mode"] == RESISTANCE else "-"
    return [
        work_text(candidate), cuff_text(candidate), rest, f"{candidate.number('sessions'):g}", f"{tried.time:.0f}",
        f"{tried.size:+.1f}", f"{tried.strength:+.1f}", f"{tried.values['systolic_pressure'].mean():.0f}",
        f"{tried.values['discomfort'].mean():.1f}", f"{100 * tried.harm:.0f}%",
    ]  # fmt: skip


def mark(result: Prescription, tried: Tried) -> str:
    """Return ``>`` for the choice and ``!`` for what does not keep the constraint."""
    if result.choice is not None and tried.candidate == result.choice.candidate:
        return ">"
    return "" if result.keeps(tried) else "!"


def neighbours_table(result: Prescription) -> Table:
    """Return each programme one step from the choice: what it gives more or less, on the same people."""
    from bfrsim.report.terminal import add, heading_table

    assert result.choice is not None
    table = heading_table("One step from the choice")
    for head in ("", "size", "1RM", "limit", "over", "against it"):
        table.add_column(head, justify="left" if head in ("", "against it") else "right", overflow="fold")
    for near in result.neighbours:
        tried, choice = near.tried, result.choice
        add(
            table, neighbour_text(result, near), f"{tried.size - choice.size:+.1f}",
            f"{tried.strength - choice.strength:+.1f}", f"{100 * (tried.harm - choice.harm):+.0f}",
            f"{tried.count_over}/{len(tried.nearest)}", why_not(result, tried),
        )  # fmt: skip
    return table
