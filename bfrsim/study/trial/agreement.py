"""What must hold between the parts of a design, each sound on its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bfrsim.errors import did_you_mean
from bfrsim.scenario.places import Place
from bfrsim.scenario.schema import Scenario
from bfrsim.scenario.wording import shown
from bfrsim.study.cohort.columns import COLUMNS
from bfrsim.study.published.evidence import read_published, shipped_evidence
from bfrsim.study.trial.evidence import instruments, rate_of
from bfrsim.study.trial.measures import MEASURES
from bfrsim.study.trial.schema import Comparison, Design
from bfrsim.units import UnitError, parse_unit, same_unit

Told = Iterator[tuple[Place, str]]


def disagreements(design: Design) -> Told:
    """Yield what cannot stand together, with its place in the file."""
    yield from _named(design)
    yield from _arms(design)
    yield from _allocation(design)
    yield from _attendance(design)
    yield from _outcomes(design)
    yield from _endpoints(design)
    yield from _comparisons(design)


def late_visits(design: Design, scenarios: Mapping[str, Scenario]) -> Told:
    """Yield visits after the end of an arm's programme."""
    for number, outcome in enumerate(design.outcome):
        for name, scenario in scenarios.items():
            days = scenario.calendar.total_days
            if max(outcome.visits) > days:
                message = f"visits: day {max(outcome.visits):g} is after the programme of arm '{name}', {days} days"
                yield ("outcome", str(number), "visits"), message


def _named(design: Design) -> Told:
    for table, records in (("arm", design.arm), ("outcome", design.outcome), ("endpoint", design.endpoint)):
        names = [record.name for record in records]
        if not names:
            yield (table,), f"a design has one table [[{table}]] or more"
        for name, count in Counter(names).items():
            if count > 1:
                yield (
                    (table, str(len(names) - 1 - names[::-1].index(name)), "name"),
                    f"{count} of them are named '{name}'",
                )
    if not design.comparison:
        yield ("comparison",), "a design has one table [[comparison]] or more"


def _arms(design: Design) -> Told:
    outcomes = [outcome.name for outcome in design.outcome]
    for number, arm in enumerate(design.arm):
        place = ("arm", str(number))
        if (arm.base is None) == (arm.known is None):
            yield place, f"arm '{arm.name}' has either a base scenario or a known change"
        if design.allocation.scheme == "parallel" and arm.n is None:
            yield (*place, "n"), f"arm '{arm.name}' of a parallel trial needs its number of people; write n = 40"
        if design.paired and arm.n is not None:
            yield (*place, "n"), "everybody has every arm; write people = 20 in [allocation] instead"
        for name in arm.known or ():
            if name not in outcomes:
                yield (*place, "known", name), f"known.{name}: no such outcome{did_you_mean(name, outcomes)}"
        for name in outcomes if arm.known is not None else ():
            if name not in (arm.known or {}):
                yield (*place, "known"), f"arm '{arm.name}' does not tell a change of the outcome '{name}'"
    if len(design.arm) == 1:
        yield ("arm",), "one arm is no comparison; a design has two or more"


def _allocation(design: Design) -> Told:
    told = design.allocation
    if design.paired and told.people is None:
        yield ("allocation",), f"a {told.scheme} design needs people = 20 in [allocation]"
    if not design.paired and told.people is not None:
        yield ("allocation", "people"), "people of a parallel trial are told by each arm: n = 40"
    if told.scheme == "crossover" and len(design.arm) != 2:
        yield ("allocation", "scheme"), f"a crossover has two arms, here are {len(design.arm)}"
    if told.washout is not None and told.scheme != "crossover":
        yield ("allocation", "washout"), "only a crossover has a washout"
    if (told.rule == "stratified") != bool(told.strata):
        yield ("allocation", "rule"), 'rule = "stratified" goes with strata = ["sex"], and strata with that rule'
    for name in told.strata:
        if name not in COLUMNS:
            yield ("allocation", "strata"), f"strata: a cohort has no column {shown(name)}{did_you_mean(name, COLUMNS)}"
    if not design.paired and told.block is not None:
        ratio = _ratio([arm.n or 0 for arm in design.arm])
        if told.block % sum(ratio):
            yield ("allocation", "block"), f"block: expected a multiple of {sum(ratio)}, the arms are {_told(ratio)}"


def _attendance(design: Design) -> Told:
    mean, sd = rate_of(design.adherence.attendance), design.adherence.attendance_sd
    most = math.sqrt(mean * (1.0 - mean))
    if 0.0 < mean < 1.0 and sd >= most:
        message = f"attendance_sd = {sd:g}: shares with a mean of {mean:g} have an SD below {most:.2g}"
        yield ("adherence", "attendance_sd"), message


def _ratio(counts: Sequence[int]) -> list[int]:
    common = math.gcd(*counts) or 1
    return [count // common for count in counts]


def _told(ratio: Sequence[int]) -> str:
    return ":".join(map(str, ratio))


def _outcomes(design: Design) -> Told:
    for number, outcome in enumerate(design.outcome):
        place = ("outcome", str(number), "instrument")
        tool, unit = instruments()[outcome.instrument], MEASURES[outcome.measure].unit
        if tool.error > 0.0 and not _same(tool.unit, unit):
            words = f"measures in {tool.unit}, {MEASURES[outcome.measure].words} is in {unit}"
            yield place, f"instrument = {shown(outcome.instrument)}: {words}"


def _same(one: str, other: str) -> bool:
    try:
        return same_unit(parse_unit(one.replace("cm2", "cm**2").replace("Nm", "N*m")), parse_unit(other))
    except UnitError:
        return False


def _endpoints(design: Design) -> Told:
    outcomes = {outcome.name: outcome for outcome in design.outcome}
    for number, endpoint in enumerate(design.endpoint):
        place = ("endpoint", str(number))
        if endpoint.outcome not in outcomes:
            hint = did_you_mean(endpoint.outcome, outcomes) or f"; the outcomes are {', '.join(outcomes)}"
            yield (*place, "outcome"), f"outcome = {shown(endpoint.outcome)}: no such outcome{hint}"
        elif endpoint.at is not None and endpoint.at not in outcomes[endpoint.outcome].visits:
            days = ", ".join(f"{day:g}" for day in outcomes[endpoint.outcome].visits)
            yield (*place, "at"), f"at: '{endpoint.outcome}' is not measured on day {endpoint.at:g}, but on {days}"


def _comparisons(design: Design) -> Told:
    arms = {arm.name: arm for arm in design.arm}
    endpoints = {endpoint.name: endpoint for endpoint in design.endpoint}
    visits = {outcome.name: outcome.visits for outcome in design.outcome}
    for number, each in enumerate(design.comparison):
        place = ("comparison", str(number))
        for key, name, known in (
            ("endpoint", each.endpoint, endpoints), ("arm", each.arm, arms), ("against", each.against, arms),
        ):  # fmt: skip
            if name not in known:
                hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
                yield (
                    (*place, key),
                    f"{key} = {shown(name)}: no such {'endpoint' if key == 'endpoint' else 'arm'}{hint}",
                )
        if each.arm == each.against:
            yield (*place, "against"), f"arm '{each.arm}' is compared with itself"
        yield from _method(design, each, place)
        if (each.hypothesis == "superiority") == (each.margin is not None):
            yield (
                (*place, "hypothesis"),
                f"{each.hypothesis}: non-inferiority and equivalence have a margin, superiority none",
            )
        outcome = endpoints[each.endpoint].outcome if each.endpoint in endpoints else ""
        if each.method == "mixed model" and len(visits.get(outcome, (0.0, 0.0))) < 2:
            yield (*place, "method"), "a mixed model for repeated measures needs two visits or more after the start"
        yield from _published(each, place)


def _method(design: Design, each: Comparison, place: Place) -> Told:
    if design.paired and each.method == "ANCOVA":
        yield (*place, "method"), 'ANCOVA compares different people; here each has every arm: "t-test" or "mixed model"'
    for arm in design.arm:
        if arm.known is not None and arm.name in (each.arm, each.against) and each.method != "t-test":
            yield (*place, "method"), f"the change of arm '{arm.name}' is told, without a course: \"t-test\""


def _published(each: Comparison, place: Place) -> Told:
    if each.published is None:
        return
    rows = read_published(shipped_evidence())
    for name in each.published:
        if name not in rows:
            yield (*place, "published"), f"published: trials.csv has no row '{name}'{did_you_mean(name, rows)}"
        elif not (rows[name].texts["change_sd_pct"] and rows[name].texts["change_pct"]):
            yield (*place, "published"), f"published: row '{name}' tells no mean with its SD"
