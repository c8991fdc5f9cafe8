"""One page of HTML, whole in itself: a prescription's choice, front, neighbours, and what it hangs on."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

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
from bfrsim.report.trial.page import STYLE
from bfrsim.study.prescribe.results import Prescription

FRONT_HEAD = ("", "exercise", "cuff, %AOP", "rest, s", "a week", "min a week", "size, %", "1RM, %", "systolic, mmHg",
              "discomfort", "nearest limit", "over a limit")  # fmt: skip
NEAR_HEAD = ("one step", "size", "1RM", "nearest limit", "over a limit", "against it")


def page(result: Prescription) -> str:
    """Return the page."""
    title = f"Prescription: {result.request.title}"
    front = [[mark(result, each), *row(each), f"{each.count_over}/{len(each.nearest)}"] for each in result.front]
    picture = base64.b64encode(front_svg(result)).decode("ascii")
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p class='note'>{escape(DISCLAIMER)}</p>",
        _list(choice_sentences(result)),
        "<h2>The front</h2>",
        _table(FRONT_HEAD, front, words=(0, 1)),
        "<p><small>&gt; the choice; ! not within the chance constraint on fresh people; int: cuff deflated in rests."
        "</small></p>",
        f"<div class='pictures'><img alt='benefit over harm' src='data:image/svg+xml;base64,{picture}'></div>",
        *_near(result),
        "<h2>What it hangs on</h2>" + _list(reason_sentences(result)),
        "<h2>How it was chosen</h2>" + _list([*rule_sentences(result), *limit_sentences(result)]),
        "<p><small>Every programme tried stands in candidates.csv, the front in front.csv.</small></p>",
    ]
    viewport = "<meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>"
    head = f"{viewport}<title>{escape(title)}</title><style>{STYLE}</style>"
    body = "\n".join(parts)
    return f"<!doctype html>\n<html lang='en'>\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n"


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
    return ["<h2>Its neighbours</h2>", _table(NEAR_HEAD, rows, words=(0, 5))]


def _list(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[int]) -> str:
    def cells(tag: str, texts: Sequence[str]) -> str:
        kinds = ["" if place in words else " class='n'" for place in range(len(texts))]
        return "".join(f"<{tag}{kind}>{escape(text)}</{tag}>" for kind, text in zip(kinds, texts, strict=True))

    body = "\n".join(f"<tr>{cells('td', each)}</tr>" for each in rows)
    return f"<table>\n<tr>{cells('th', head)}</tr>\n{body}\n</table>"
