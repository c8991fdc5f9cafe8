"""One page of HTML, whole in itself, on how the model meets acute measurements; misses stay on it."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Sequence
from html import escape

from bfrsim.dataset import DISCLAIMER
from bfrsim.report.page import table_html, whole_page
from bfrsim.report.validate.csv_tables import SHOWN, number_text, pairs_text, worst_rows
from bfrsim.report.validate.figure import topic_svg, topic_title
from bfrsim.report.validate.spread import spread_html
from bfrsim.study.validate.acute import ISSUE_TOPICS, Validation
from bfrsim.study.validate.scoring import ScoredOrder, ScoredRow, count_rows

MOST = 10
STYLE = """
.good { color: #00734f; } .fair { color: #0072b2; } .miss { color: #b04a00; font-weight: 600; }
small, .how { color: #6e6e6e; font-size: .9em; } code { font-size: .85em; overflow-wrap: anywhere; }
th:first-child, td:first-child { min-width: 3em; }
td:nth-child(2) { min-width: 11em; } td:last-child { min-width: 8em; }
td small { overflow-wrap: anywhere; } @media print { .how { display: none; } }
"""
LEGEND = (
    "Each dot is a row: how far the simulated number lies from the published mean, in tolerances of that row. Green is "
    "good (within half of it), blue fair (within it), orange a miss; an arrow errs by more than three. Hollow: the "
    "published value is recalled, not seen on a page. Diamond: the row was used in fitting. "
    "The tolerance is the larger of twice the standard error of the mean and a floor for how well such a quantity can "
    "be compared at all; rows that are bounds count only what lies beyond them."
)


def page(validation: Validation) -> str:
    """Return the page."""
    parts = [
        "<h1>Acute measurements and the model</h1>",
        f"<p>{escape(DISCLAIMER)}</p>",
        *_summary(validation),
        *_worst(validation),
        *(part for topic in validation.topics for part in _topic(validation.of(topic), topic)),
        *spread_html(validation),
        *_unanswered(validation),
        *_fitted(validation),
    ]
    return whole_page("Acute measurements", parts, STYLE)


def _summary(validation: Validation) -> Iterator[str]:
    head = ["topic", "rows", "answerable", "good", "fair", "miss", "orders true", "of them solid", "contested true"]
    parts = [(topic_title(topic), validation.of(topic)) for topic in validation.topics]
    if sum(topic in ISSUE_TOPICS for topic in validation.topics) > 1:
        parts.append(("the first three", validation.of(*ISSUE_TOPICS)))
    yield _table(head, [_counted(name, part) for name, part in parts], range(1, 9))
    yield f"<p>{escape(LEGEND)}</p>"
    recalled = count_rows([each for each in validation.rows if each.row.recalled])
    yield (
        f"<p>{validation.experiments} experiments were simulated. {len(validation.fitted)} constants of the model are "
        f"fitted. Of all rows {recalled['rows']} are recalled values; apart from the others they are "
        f"{recalled['good']} good, {recalled['fair']} fair and {recalled['miss']} misses. "
        "An order that cannot be answered counts as one that does not hold; contested orders are in no total.</p>"
    )


def _worst(validation: Validation) -> Iterator[str]:
    """Yield the rows that miss by most, and the orders that do not hold, with the suspected reason of each."""
    acute = validation.of(*ISSUE_TOPICS)
    validation = acute if acute.rows else validation  # the hours and days after stand in their own sections
    rows = worst_rows(validation, MOST)
    false = [each for each in validation.orders if each.holds is False and not each.contested]
    lines = [_missed(each) for each in rows]
    if lines:
        yield f"<h2 id='worst'>The {len(lines)} worst rows, and why</h2>"
        yield _table(["row", "what", "observed", "simulated", "tolerances", "suspected reason"], lines, (2, 3, 4))
    if false:
        yield "<h3>Orders that do not hold</h3>"
        lines = [
            [*map(escape, (each.order.id, each.order.statement, each.order.strength, each.suspected or "not known"))]
            for each in false
        ]
        yield _table(["order", "statement", "strength", "suspected reason"], lines, ())


def _missed(scored: ScoredRow) -> list[str]:
    row = scored.row
    return [
        escape(row.id), escape(row.told.get("quantity", "").replace("_", " ")), f"{row.value:g} {escape(row.unit)}",
        number_text(scored.simulated) or "failed", f"{scored.severity:.1f}",
        escape(scored.how.get("suspected", "") or "not known"),
    ]  # fmt: skip


def _counted(name: str, part: Validation) -> list[str]:
    counts = part.counts()
    orders = f"{counts['order_true']} of {counts['order_total']}"
    solid = f"{counts['order_solid_true']} of {counts['order_solid_total']}"
    contested = f"{counts['order_contested_true']} of {counts['order_contested_total']}"
    return [escape(name), *(str(counts[key]) for key in SHOWN), orders, solid, contested]


def _topic(part: Validation, topic: str) -> Iterator[str]:
    title = topic_title(topic)
    yield f"<h2 id='{escape(topic)}'>{escape(title)}</h2>"
    answered = [each for each in part.rows if each.answered]
    if answered:
        picture = base64.b64encode(topic_svg(answered, title)).decode("ascii")
        image = f"<img alt='{escape(title)}: error of each row' src='data:image/svg+xml;base64,{picture}'>"
        yield f"<p class='wide'>{image}</p>"
        head = ["row", "what", "observed", "simulated", "error", "tolerance", "band", "n", "source"]
        yield _table(head, [_row(each) for each in answered], (2, 3, 4, 5, 7))
    if part.orders:
        head = ["order", "statement", "strength", "(low, high)", "holds"]
        yield "<h3>Orders</h3>" + _table(head, [_order(each) for each in part.orders], ())


def _row(scored: ScoredRow) -> list[str]:
    row, told = scored.row, scored.row.told
    sign = {"eq": "", "ge": "at least ", "gt": "above ", "le": "at most ", "lt": "below "}[row.relation]
    marks = [word for word, there in (("recalled", row.recalled), ("used in fitting", scored.fitted)) if there]
    marks += ["the source leaves parts open"] if row.assumptions else []
    small = f"<br><small>{escape('; '.join([*marks, scored.remark] if scored.remark else marks))}</small>"
    what = f"{escape(told.get('quantity', '').replace('_', ' '))} {small}{_how(scored)}"
    band = f"<span class='{scored.band}'>{scored.band}</span>"
    return [
        escape(row.id), what, f"{sign}{row.value:g} {escape(row.unit)}", number_text(scored.simulated) or "failed",
        number_text(scored.error), f"{row.tolerance:g}", band, escape(told.get("n", "")), _source(told),
    ]  # fmt: skip


def _how(scored: ScoredRow) -> str:
    told, how = scored.row.told, scored.how
    lines = [("Experiment", told.get("experiment", "")), ("Read", told.get("read", ""))]
    lines += [
        (name.capitalize(), how.get(name, "")) for name in ("scenario", "set", "output", "window", "reduce", "note")
    ]
    shown = "".join(f"<br>{name}: <code>{escape(text)}</code>" for name, text in lines if text)
    return f"<details class='how'><summary>how it is simulated</summary>{shown.removeprefix('<br>')}</details>"


def _source(told: dict[str, str]) -> str:
    name, url = escape(f"{told.get('source', '')} {told.get('year', '')}".strip()), told.get("url", "")
    linked = f"<a href='{escape(url, quote=True)}'>{name}</a>" if url.startswith(("http://", "https://")) else name
    return f"{linked}<br><small>{escape(told.get('doi_or_pmid', ''))}</small>"


def _order(scored: ScoredOrder) -> list[str]:
    order = scored.order
    said, kind = {True: ("yes", "good"), False: ("no", "miss"), None: ("not answered", "miss")}[scored.holds]
    if scored.contested:
        said, kind = f"{said}, contested", "fair"
    margin = f" by more than {order.margin:g}" if order.relation == "lt" and order.margin else ""
    relation = f"within {order.margin:g}" if order.relation == "eq" else f"low below high{margin}"
    numbers = f"{escape(pairs_text(scored))} {escape(scored.unit)}<br><small>{escape(relation)}</small>"
    small = f"<br><small>{escape(scored.remark)}</small>" if scored.remark else ""
    return [
        escape(order.id),
        escape(order.statement) + small,
        order.strength,
        numbers,
        f"<span class='{kind}'>{said}</span>",
    ]


def _unanswered(validation: Validation) -> Iterator[str]:
    rows = [each for each in validation.rows if not each.answered]
    orders = [each for each in validation.orders if each.holds is None]
    if not rows and not orders:
        return
    yield "<h2>Not answered, and why</h2>"
    lines = [
        [escape(each.row.id), escape(each.row.told.get("quantity", "").replace("_", " ")), escape(each.remark)]
        for each in rows
    ]
    lines += [[escape(each.order.id), escape(each.order.statement), escape(each.remark)] for each in orders]
    yield _table(["row", "what", "why"], lines, ())


def _fitted(validation: Validation) -> Iterator[str]:
    used = [each.row.id for each in validation.rows if each.fitted]
    names = ", ".join(f"<code>{escape(name)}</code>" for name in validation.fitted)
    yield f"<h2>What was fitted</h2><p>Constants of the model tuned to published means: {names or 'none'}.</p>"
    yield f"<p>Rows of these tables they were tuned to: {escape(', '.join(used)) or 'none'}.</p>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numeric: Collection[int]) -> str:
    return table_html(head, rows, [place for place in range(len(head)) if place not in numeric], ready=True)
