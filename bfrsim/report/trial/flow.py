"""The flow of participants, drawn in boxes and arrows: arms side by side or, on a phone, one below another."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from bfrsim.study.trial.results import TrialResult

STYLE = """
.flow { text-align: center; font-size: .92em; line-height: 1.3; margin: 1rem 0; }
.flow .box { border: 1.5px solid #222; border-radius: 3px; padding: .4rem .6rem; background: #fff; }
.flow .top { max-width: 24rem; margin: 0 auto; }
.flow .stem { width: 1.5px; height: 1.3rem; background: #222; margin: 0 auto; position: relative; }
.flow .arrow::after { content: ""; position: absolute; bottom: 0; left: -4.25px; border: 5px solid transparent;
  border-top: 8px solid #222; border-bottom: 0; }
.flow .arms { display: flex; justify-content: center; }
.flow .arm { flex: 1 1 0; min-width: 0; max-width: 18rem; padding: 0 .4rem; position: relative; }
.flow .arm::before { content: ""; position: absolute; top: 0; left: 0; right: 0; border-top: 1.5px solid #222; }
.flow .arm:first-child::before { left: 50%; } .flow .arm:last-child::before { right: 50%; }
.flow .name { font-weight: 700; } .flow small { color: #6e6e6e; display: block; }
@media screen and (max-width: 40rem) {
  .flow .arms { display: block; } .flow .arm { max-width: none; padding: 0; }
  .flow .arm + .arm { margin-top: 1rem; } .flow .arm::before { border: 0; }
}
"""


def flow(result: TrialResult) -> str:
    """Return the flow of one trial: medians over the replicates, 5th to 95th percentile in brackets."""
    return f"<div class='flow'>{''.join(_parts(result))}</div>"


def _parts(result: TrialResult) -> Iterator[str]:
    counts, people = result.sizes, result.pool.people
    looked, kept = int(people.attrs["candidates"]), int(people.attrs["kept"])
    recruits = int(sum(counts))
    seen = round(recruits * looked / max(kept, 1))
    out = seen - recruits
    refused = f"<small>{out} do not meet the criteria of the cohort</small>" if out else ""
    yield f"<div class='box top'>Assessed for eligibility: {seen}{refused}</div>"
    yield "<div class='stem arrow'></div>"
    verb = "Randomised" if result.file.design.allocation.scheme != "within-person" else "Take part, limbs randomised"
    yield f"<div class='box top'>{verb}: {recruits}</div><div class='stem'></div>"
    yield "<div class='arms'>"
    for place in range(len(result.arms)):
        yield f"<div class='arm'>{''.join(_arm(result, place))}</div>"
    yield "</div>"


def _arm(result: TrialResult, place: int) -> Iterator[str]:
    arm, done = result.arms[place], result.replicates
    came = (
        "no sessions" if arm.attendance is None
        else f"attend {100 * arm.attendance:.0f} % of all planned sessions (SD {100 * (arm.attendance_sd or 0):.0f})"
    )  # fmt: skip
    felt = (
        "<small>&nbsp;</small>" if arm.discomfort is None else f"<small>discomfort {arm.discomfort:.1f} of 10</small>"
    )
    yield "<div class='stem arrow'></div>"
    given = _range(done.allocated[:, place])
    yield f"<div class='box'><span class='name'>{escape(arm.name)}</span><br>allocated {given}"
    yield f"<small>{came}</small>{felt}</div>"
    yield "<div class='stem arrow'></div>"
    yield f"<div class='box'>left before the end {_range(done.left[:, place])}</div>"
    yield "<div class='stem arrow'></div>"
    yield f"<div class='box'>analysed{''.join(_analysed(result, arm.name))}</div>"


def _analysed(result: TrialResult, arm: str) -> Iterator[str]:
    told: dict[str, str] = {}
    for place, each in enumerate(result.comparisons):
        for side, name in enumerate((each.comparison.arm, each.comparison.against)):
            if name == arm:
                told.setdefault(each.comparison.endpoint, _range(result.replicates.analysed[:, place, side]))
    for endpoint, people in told.items():
        yield f"<small>{escape(endpoint)}</small>{people}"
    if not told:
        yield "<small>in no comparison</small>"


def _range(counts: np.ndarray) -> str:
    low, middle, high = np.percentile(counts, [5.0, 50.0, 95.0])
    if low == high:
        return f"{middle:.0f}"
    return f"{middle:.0f} ({low:.0f}–{high:.0f})"
