"""One page of HTML, whole in itself, on how the engine meets published trials; misses stay on it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape

from bfrsim.report.page import list_html, table_html, whole_page
from bfrsim.report.published.figure import TITLES, forest_svg
from bfrsim.report.published.table import GROUPS, LINES, notes, score_text
from bfrsim.study.published.evidence import OUTCOMES
from bfrsim.study.published.predict import Prediction
from bfrsim.study.published.score import bias, by_trait, coverage, of, rmse, scored
from bfrsim.study.published.traits import GROUPINGS
from bfrsim.study.published.trials import Validation

STYLE = ".miss { color: #b04a00; }"
LEGEND = (
    "Black: published mean and 90 % interval. Diamond: predicted mean, with the interval in which the trial's mean is "
    "expected in 90 % of trials; orange where the published mean lies outside. Grey stroke: meta-regression."
)
DISCLAIMER = "A research tool: simulated means of published groups, not medical advice and not a personal prognosis."


def page(validation: Validation) -> str:
    """Return the page."""
    parts = [
        "<h1>Published trials and the engine</h1>",
        f"<p>{escape(DISCLAIMER)}</p>",
        *_summary(validation),
        *(part for trait in GROUPINGS for part in _grouped(validation, trait)),
        *_forests(validation),
        *_comparisons(validation),
        *_misses(validation),
        *_trials(validation),
        *_not_simulated(validation),
    ]
    return whole_page("Published trials", parts, STYLE)


def _summary(validation: Validation) -> Iterator[str]:
    summary = validation.summary()
    rows = [[words, *(score_text(summary[group], key, form) for group in GROUPS)] for key, words, form in LINES]
    yield table_html(["", *GROUPS.values()], rows, (0,))
    yield list_html(notes(validation))
    yield (
        "<p>Errors and bias are weighted means in percent points. Skill is 1 - MSE(engine) / MSE(baseline) on the same "
        "rows and weights; in brackets its 95 % interval over cohorts drawn with replacement. Two arms of a trial "
        "count for order where their published difference exceeds 1.5 of its standard error; the others are to be "
        "alike.</p>"
    )


def _grouped(validation: Validation, trait: str) -> Iterator[str]:
    yield f"<h2>By {escape(trait)}</h2>"
    for group, words in GROUPS.items():
        predictions = getattr(validation, group)
        if scored(predictions):
            rows = [list(_line(name, some)) for name, some in by_trait(predictions, trait).items()]
            head = ["" if group == "fitted" else words]
            for outcome in OUTCOMES:
                head += [f"{outcome}: rows", "bias", "RMS error", "within 90 %"]
            yield f"<h3>{escape(words)}</h3>" + table_html(head, rows, (0,))


def _line(name: str, some: Sequence[Prediction]) -> Iterator[str]:
    yield name
    for outcome in OUTCOMES:
        group = of(some, outcome)
        yield str(len(group))
        yield _number(bias(group), "+.1f")
        yield _number(rmse(group), ".1f")
        yield _number(coverage(group), ".0%")


def _forests(validation: Validation) -> Iterator[str]:
    for group, words in GROUPS.items():
        predictions = getattr(validation, group)
        if not scored(predictions):
            continue
        yield f"<h2>Every row, {escape(words)}</h2><p>{escape(LEGEND)}</p>"
        for outcome in OUTCOMES:
            for mode, some in by_trait(of(predictions, outcome), "mode").items():
                title = f"{TITLES[outcome]}: {mode}"
                picture = base64.b64encode(forest_svg(sorted(some, key=_place), title)).decode("ascii")
                image = f"<img alt='{escape(title)}, forest plot' src='data:image/svg+xml;base64,{picture}'>"
                yield f"<p class='wide'>{image}</p>"


def _comparisons(validation: Validation) -> Iterator[str]:
    told = [each for each in validation.compared if each.right is not None]
    if not told:
        return
    right = sum(bool(each.right) for each in told)
    yield f"<h2>What papers say in words</h2><p>{right} of {len(told)} comparisons come out as the paper says.</p>"
    rows = []
    for each in told:
        values = "; ".join(f"{name} {value:.3g}" for name, value in each.values.items())
        rows.append([each.study, each.order.says, values, "yes" if each.right else "no", each.order.suspect or ""])
    yield table_html(
        ["study", "the paper says", "engine", "agrees", "suspected reason"],
        rows,
        range(5),
    )


def _misses(validation: Validation) -> Iterator[str]:
    yield "<h2>Misses</h2><p>Rows whose published mean lies outside the predicted interval, furthest first.</p>"
    for group, words in GROUPS.items():
        missed = [each for each in scored(getattr(validation, group)) if not each.covered]
        rows = [
            [each.row.id, f"{each.row.study}, {each.row.arm}", f"{each.row.outcome}, {each.row.weeks:.3g} wk",
             f"{each.row.change:+.1f}", f"{each.mean:+.1f}", f"{each.low:+.1f} to {each.high:+.1f}", each.suspect]
            for each in sorted(missed, key=lambda each: -abs(each.miss))
        ]  # fmt: skip
        if rows:
            head = ["row", "study, arm", "outcome", "published", "predicted", "interval", "suspected reason"]
            yield f"<h3>{escape(words)}: {len(rows)}</h3>" + table_html(head, rows, range(len(head)))


def _trials(validation: Validation) -> Iterator[str]:
    yield "<h2>Trials, what was assumed of them, and where the source review differs</h2>"
    for file in validation.material.files:
        trial = file.trial
        where = " ".join(filter(None, (trial.doi and f"doi {trial.doi}", trial.pmid and f"PMID {trial.pmid}")))
        items = [f"<li>{escape(each)}</li>" for each in trial.assumed]
        review = f"<p><b>Source review:</b> {escape(trial.review)}</p>" if trial.review else ""
        yield (
            f"<details><summary>{escape(trial.study)} "
            f"<small>{escape(trial.reference)} {escape(where)}</small></summary>"
            f"<p>{escape(trial.design)}; {escape(trial.population.people)}.</p>{review}"
            f"<p>Assumed:</p><ul>{''.join(items) or '<li>nothing</li>'}</ul></details>"
        )


def _not_simulated(validation: Validation) -> Iterator[str]:
    rows = [
        [file.trial.study, ", ".join(group.rows), group.reason]
        for file in validation.material.files
        for group in file.trial.not_simulated
    ]
    if rows:
        yield "<h2>Not simulated</h2>" + table_html(["study", "rows", "reason"], rows, range(3))


def _place(each: Prediction) -> tuple[str, str, float, str]:
    return each.row.study, each.row.outcome, each.row.weeks, each.row.arm


def _number(value: float | None, form: str) -> str:
    return "" if value is None else f"{value:{form}}"
