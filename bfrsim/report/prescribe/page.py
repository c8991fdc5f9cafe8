"""One page of HTML, whole in itself: a prescription's choice, front, neighbours, and what it hangs on."""

from __future__ import annotations

import base64
from html import escape

from bfrsim.report.page import list_html, table_html, whole_page
from bfrsim.report.prescribe.figure import front_svg
from bfrsim.report.prescribe.table import mark, row
from bfrsim.report.prescribe.words import (
    DISCLAIMER,
    choice_sentences,
    limit_sentences,
    neighbour_text,
    reason_sentences,
    rule_sentences,
    why_not,
)
from bfrsim.study.prescribe.results import Prescription

FRONT_HEAD = ("exercise", "cuff, %AOP", "rest, s", "a week", "min a week", "size, %", "1RM, %", "systolic, mmHg",
              "discomfort", "nearest limit", "over a limit")  # fmt: skip
NEAR_HEAD = ("one step", "size", "1RM", "nearest limit", "over a limit", "against it")


def page(result: Prescription) -> str:
    """Return the page."""
    title = f"Prescription: {result.request.title}"
    front = []
    for each in result.front:
        exercise, *told = row(each)
        over = f"{each.count_over}/{len(each.nearest)}"
        front.append([f"{mark(result, each)} {exercise}".strip(), *told, over])
    picture = base64.b64encode(front_svg(result)).decode("ascii")
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p class='note'>{escape(DISCLAIMER)}</p>",
        list_html(choice_sentences(result)),
        "<h2>The front</h2>",
        table_html(FRONT_HEAD, front),
        "<p><small>&gt; the choice; ! not within the chance constraint on fresh people; int: cuff deflated in rests."
        "</small></p>",
        f"<div class='pictures'><img alt='benefit over harm' src='data:image/svg+xml;base64,{picture}'></div>",
        *_near(result),
        "<h2>What it hangs on</h2>" + list_html(reason_sentences(result)),
        "<h2>How it was chosen</h2>" + list_html([*rule_sentences(result), *limit_sentences(result)]),
        "<p><small>Every programme tried stands in candidates.csv, the front in front.csv.</small></p>",
    ]
    return whole_page(title, parts)


def _near(result: Prescription) -> list[str]:
    choice = result.choice
    if choice is None or not result.neighbours:
        return []
    rows = [
        [
            neighbour_text(result, near), f"{near.tried.size - choice.size:+.1f}",
            f"{near.tried.strength - choice.strength:+.1f}", f"{100 * (near.tried.harm - choice.harm):+.0f} points",
            f"{near.tried.count_over}/{len(near.tried.nearest)}", why_not(result, near.tried),
        ]
        for near in result.neighbours
    ]  # fmt: skip
    return ["<h2>Its neighbours</h2>", table_html(NEAR_HEAD, rows, words=(0, 5))]
