"""One page of HTML, whole in itself: a trial's flow, design in words, effects, power, and what it stands on."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

from bfrsim.dataset import DISCLAIMER
from bfrsim.report.page import list_html, table_html, whole_page
from bfrsim.report.trial.figure import course_figure, effects_figure, figure_svg, power_figure
from bfrsim.report.trial.flow import STYLE as FLOW_STYLE
from bfrsim.report.trial.flow import flow
from bfrsim.report.trial.json_text import share_text
from bfrsim.report.trial.table import needed_text, whole_sentence
from bfrsim.report.trial.words import assumptions, comparison_sentence, design_sentences
from bfrsim.study.trial.results import TrialResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EFFECTS = (
    "Effects over the SD within arms. Band: 95 % of the estimates; dot: their mean; stroke: truth; diamond: margin."
)
POWER = "Power over size, after the rule for several comparisons; bars: 95 % interval that the number of trials leaves."


def page(result: TrialResult) -> str:
    """Return the page."""
    design = result.file.design
    question = f"<p><b>{escape(design.question)}</b></p>" if design.question else ""
    parts = [
        f"<h1>{escape(design.title)}</h1>{question}",
        f"<p class='note'>{escape(DISCLAIMER)} {_trust(result)}</p>",
        *_answers(result),
        "<h2>Flow of participants</h2>",
        f"<p>Of one trial: median over {len(result.rejected)} trials, 5th to 95th percentile in brackets.</p>",
        flow(result),
        "<h2>The design</h2>" + list_html(design_sentences(result)),
        list_html(comparison_sentence(each.comparison, each.unit) for each in result.comparisons),
        *_arms(result),
        *_pictures(result),
        *_sizes(result),
        "<h2>What it stands on</h2>" + list_html([*assumptions(result), *_lost(result)]),
        f"<p><small>Seed {design.seed}; {result.pool.size} virtual people, each simulated once in every arm; "
        f"{len(result.rejected)} trials. ± is the error that the number of trials leaves. People, replicates and power "
        "over size stand in people.csv, replicates.csv and sizes.csv beside this page.</small></p>",
    ]
    return whole_page(design.title, parts, FLOW_STYLE)


def _trust(result: TrialResult) -> str:
    told = result.parameters
    return f"Of the model's parameters {told['fitted']} are fitted and {told['assumed']} assumed."


def _answers(result: TrialResult) -> Iterator[str]:
    head = ["comparison", "effect", "95 % interval", "truth", "Hedges g", "power", "coverage"]
    has_null = any(each.null for each in result.comparisons)
    head += ["type I error"] * has_null + ["assurance"] * (result.assurance is not None)
    rows = []
    for place, each in enumerate(result.comparisons):
        row = [
            f"{each.name} ({each.comparison.hypothesis}, {each.comparison.role})", f"{each.effect:+.2f} {each.unit}",
            f"{each.low:.2f} to {each.high:.2f}", f"{each.truth:+.2f}", f"{each.g:+.2f}", share_text(each.power),
            share_text(each.coverage),
        ]  # fmt: skip
        row += [share_text(each.alone) if each.null else ""] * has_null
        if result.assurance is not None:
            row.append(share_text(result.assurance.of(place)))
        rows.append(row)
    yield "<h2>What it finds</h2>" + table_html(head, rows)
    yield (
        "<p><small>Effect and interval are means over the trials; power is the share of trials that reject, after the "
        "rule for several comparisons; truth is the difference between the pool's people, each in both arms, and "
        "coverage the share of intervals that hold it. Where the effect lies beside the truth, those who left and were "
        "not measured differ from the others."
        "</small></p>"
    )


def _arms(result: TrialResult) -> Iterator[str]:
    head = ["arm", "endpoint", "mean ± SD", "threshold", "above it", "above it as measured"]
    rows = [
        [arm.name, each.endpoint, f"{each.mean:+.1f} ± {each.sd:.1f}", f"{each.threshold:.1f} ({each.meaning})",
         f"{100 * each.above:.0f} %", f"{100 * each.measured_above:.0f} %"]
        for arm in result.arms for each in arm.answered
    ]  # fmt: skip
    yield "<h2>What people gain</h2>" + table_html(head, rows, words=(0, 1, 3))


def _pictures(result: TrialResult) -> Iterator[str]:
    drawn: list[tuple[str, Callable[[TrialResult], Figure]]] = [
        (
            f"Course of {outcome.name} without error of the instrument: mean, and the middle half of people.",
            course_figure(place),
        )
        for place, outcome in enumerate(result.file.design.outcome)
    ]
    drawn += [(EFFECTS, effects_figure), (POWER, power_figure)]
    yield "<h2>Figures</h2><div class='pictures'>"
    for words, draw in drawn:
        picture = base64.b64encode(figure_svg(draw, result)).decode("ascii")
        alone = f"<img alt='{escape(words, quote=True)}' src='data:image/svg+xml;base64,{picture}'>"
        yield f"<figure>{alone}<figcaption>{escape(words)}</figcaption></figure>"
    yield "</div>"


def _sizes(result: TrialResult) -> Iterator[str]:
    wanted = f"{100 * result.file.design.analysis.power:.0f} %"
    whom = "people" if result.file.design.paired else "people of the mean arm"
    head = ["comparison", f"{whom} for {wanted} power", "by the t-test formula", "published means and SDs"]
    rows = [
        [
            each.name, needed_text(each), "" if each.formula is None else f"{each.formula:.0f}",
            "" if each.published is None
            else f"{each.published.n:.1f} an arm (d {each.published.d:.2f}; rows {', '.join(each.published.rows)})",
        ]
        for each in result.comparisons
    ]  # fmt: skip
    yield "<h2>How many people</h2>" + table_html(head, rows, words=(0, 3))
    yield "".join(f"<p>{escape(sentence)}</p>" for sentence in whole_sentence(result))
    yield (
        "<p><small>The first column counts people who are allocated, drop-out and the rule for several comparisons "
        "included. The formula counts people who are analysed, with the effect and SD seen here, without either."
        "</small></p>"
    )


def _lost(result: TrialResult) -> list[str]:
    told = [f"Not simulated, and not recruited: {sentence}." for sentence in result.pool.failures[:20]]
    if result.assurance is not None:
        told += [f"Left out of assurance: {sentence}." for sentence in result.assurance.failures]
    return told
