"""Acute evidence against the model: every row an experiment with a band, every relation an order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bfrsim.errors import BfrsimError, did_you_mean
from bfrsim.language.bibliography import FITTED
from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder, scenarios_folder
from bfrsim.study.validate.experiments import Announce, plan_experiments, run_experiments
from bfrsim.study.validate.mapping import Condition, Mapped, located, read_mapping
from bfrsim.study.validate.output import REPETITIONS, Output, factor_to, read_unit
from bfrsim.study.validate.reduce import combine, reduce_trace
from bfrsim.study.validate.reductions import ReductionError
from bfrsim.study.validate.scoring import (
    ScoredOrder,
    ScoredRow,
    ScoredSpread,
    count_orders,
    count_rows,
    count_spread,
    order_holds,
    score_row,
    unanswered,
)
from bfrsim.study.validate.tables import Evidence, EvidenceError, Order, read_evidence, read_orders
from bfrsim.study.validate.traces import Trace, Traces
from bfrsim.study.validate.windows import WindowError
from bfrsim.units import Unit, UnitError

ISSUE_TOPICS = ("haemodynamics", "oxygenation_energetics", "cardio_safety")
TOPICS = (*ISSUE_TOPICS, "protein", "ros_mito_vascular")
NO_LINE = "the mapping has no line for it"


@dataclass(frozen=True)
class Sources:
    """The tables of a validation, and the model; without `orders` no relation is scored."""

    evidence: Path
    mapping: Path
    orders: Path | None
    floors: Path | None
    model: Path


@dataclass(frozen=True)
class Validation:
    """Scored rows and orders, and the constants of the model that were fitted.

    `spread` is empty unless people were simulated too (`validate_spread`).
    """

    rows: tuple[ScoredRow, ...]
    orders: tuple[ScoredOrder, ...]
    fitted: tuple[str, ...]
    experiments: int
    sources: Sources
    spread: tuple[ScoredSpread, ...] = ()

    def of(self, *topics: str) -> Validation:
        """Return the part on some topics."""
        return Validation(
            tuple(each for each in self.rows if each.row.topic in topics),
            tuple(each for each in self.orders if each.order.topic in topics),
            self.fitted,
            self.experiments,
            self.sources,
            tuple(each for each in self.spread if each.row.topic in topics),
        )

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics that occur, the known ones first."""
        found = dict.fromkeys([each.row.topic for each in self.rows] + [each.order.topic for each in self.orders])
        return (*(topic for topic in TOPICS if topic in found), *(topic for topic in found if topic not in TOPICS))

    def counts(self) -> dict[str, int]:
        """Return the counts of rows and orders, and of spreads where people were simulated."""
        spread = count_spread(self.spread) if self.spread else {}
        return count_rows(self.rows) | count_orders(self.orders) | {"fitted_constants": len(self.fitted)} | spread


@dataclass(frozen=True)
class _Number:
    """What a line of the mapping gave: a number with its unit, or the reason why there is none."""

    value: float
    unit: Unit
    remark: str = ""
    failed: bool = False


def shipped_sources() -> Sources:
    """Return the tables that come with the package."""
    folder = scenarios_folder() / "evidence"
    acute, mapping = folder / "acute.csv", folder / "acute_mapping.csv"
    return Sources(acute, mapping, folder / "orders.csv", folder / "tolerances.csv", models_folder() / "bfr.bfr")


def validate_acute(
    sources: Sources | None = None,
    topic: str | None = None,
    announce: Announce | None = None,
    progress: Callable[[float], None] | None = None,
) -> Validation:
    """Simulate every row that is to be simulated and every relation, and score them.

    Parameters
    ----------
    sources : Sources, optional
        The shipped tables if omitted.
    topic : str, optional
        Only rows and relations of this topic.

    Raises
    ------
    EvidenceError, ModelError
        With file and line of the table that holds the mistake.
    """
    sources = sources or shipped_sources()
    evidence = [row for row in read_evidence(sources.evidence, sources.floors) if row.scored]
    orders = [] if sources.orders is None else read_orders(sources.orders)
    if topic is not None:
        evidence, orders = _of_topic(topic, evidence, orders)
    system = read_system(sources.model)
    mapping = read_mapping(sources.mapping, {name: item.unit for name, item in system.declared().items()})
    wanted = [row.id for row in evidence] + [name for order in orders for name in (*order.low, *order.high)]
    lines = [line for name in dict.fromkeys(wanted) for line in mapping.get(name, [])]
    plan = plan_experiments(lines, mapping)
    traces = run_experiments(plan, mapping, sources.mapping, sources.model, announce, progress)
    numbers = {id(line): number_of(line, traces) for line in lines if line.output is not None}
    return Validation(
        tuple(_scored_row(row, mapping.get(row.id, []), numbers, sources.mapping) for row in evidence),
        tuple(_scored_order(order, mapping, numbers, sources) for order in orders),
        fitted_constants(system),
        len(plan.needs),
        sources,
    )


def fitted_constants(system: System) -> tuple[str, ...]:
    """Return the parameters of a model that were tuned to published means."""
    return tuple(item.name for item in system.parameters if item.source == FITTED)


def _of_topic(topic: str, rows: list[Evidence], orders: list[Order]) -> tuple[list[Evidence], list[Order]]:
    known = {row.topic for row in rows} | {order.topic for order in orders}
    if topic not in known:
        hint = did_you_mean(topic, known) or f"; the tables have {', '.join(sorted(known))}"
        raise BfrsimError(f"--topic {topic}: no such topic{hint}")
    return [row for row in rows if row.topic == topic], [order for order in orders if order.topic == topic]


def number_of(line: Mapped, traces: Mapping[Condition, Traces]) -> _Number:
    """Return the number of a line, in the unit its reduction gives."""
    assert line.output is not None
    if line.output.is_constant:
        return _Number(float(line.output.evaluate({})), line.output.unit)
    found = [traces[condition] for condition in line.conditions]
    remark = "; ".join(dict.fromkeys(each.short for each in found if each.short))
    failures = [each.failure for each in found if each.failure]
    if failures:
        return _Number(math.nan, line.result_unit(), f"the run failed: {failures[0]}", failed=True)
    try:
        values = [_condition(line, each) for each in found]
        others = [_other(line, each) for each in found] if line.other is not None and line.reduction.across else []
        return _Number(combine(line.reduction, values, others), line.result_unit(), remark)
    except (WindowError, ReductionError) as error:
        said = f"{error}; {remark}" if remark else str(error)
        return _Number(math.nan, line.result_unit(), said, failed=True)


def _condition(line: Mapped, traces: Traces) -> float:
    assert line.output is not None and line.window is not None
    intervals = line.window.resolve(traces.moments)
    if line.output.text == REPETITIONS:
        sets = traces.moments.sets(0)
        inside = [any(a <= start and end <= b for a, b in intervals) for start, end in sets]
        return float(sum(count for count, wanted in zip(traces.done[0], inside, strict=False) if wanted))
    other = _trace(line.other, traces) if line.other is not None and line.reduction.over == "when" else None
    return reduce_trace(line.reduction, _trace(line.output, traces), intervals, other)


def _other(line: Mapped, traces: Traces) -> float:
    assert line.other is not None and line.window is not None
    times = [_trace(line.other, traces).inside(each) for each in line.window.resolve(traces.moments)]
    return float(np.mean([values.mean() for _, values in times]))


def _trace(output: Output, traces: Traces) -> Trace:
    values = np.broadcast_to(output.evaluate(traces.values), traces.times.shape)
    return Trace(traces.times, values, traces.moments)


def _scored_row(row: Evidence, lines: Sequence[Mapped], numbers: Mapping[int, _Number], path: Path) -> ScoredRow:
    if not lines:
        return unanswered(row, NO_LINE)
    if len(lines) > 1:
        raise EvidenceError(f"{row.id}: a row has one line of the mapping, found {len(lines)}", path, lines[1].line)
    line = lines[0]
    if line.why_not:
        return unanswered(row, line.why_not, line)
    number = numbers[id(line)]
    try:
        factor = factor_to(number.unit, line.unit or read_unit(row.unit))
    except UnitError as error:
        wanted = f"{error}; the row is in '{row.unit}', which the column 'unit' may spell in the models' way"
        raise located(path, line, ValueError(wanted)) from None
    return score_row(row, number.value * factor, number.remark, line)


def _scored_order(
    order: Order, mapping: Mapping[str, list[Mapped]], numbers: Mapping[int, _Number], sources: Sources
) -> ScoredOrder:
    pairs: list[tuple[float, float]] = []
    remarks: list[str] = []
    spelling = ""
    for names in zip(order.low, order.high, strict=True):
        sides = [mapping.get(name, []) for name in names]
        for name, lines in zip(names, sides, strict=True):
            why = NO_LINE if not lines else next((line.why_not for line in lines if line.output is None), None)
            if why is not None:
                return ScoredOrder(order, (), "", None, f"{name}: {why}")
        if len(sides[0]) != len(sides[1]):
            message = f"{names[0]} and {names[1]} have {len(sides[0])} and {len(sides[1])} quantities; expected as many"
            raise EvidenceError(message, sources.mapping, sides[1][0].line)
        for low, high in zip(*sides, strict=True):
            pair, spelling = _pair(order, low, high, numbers, sources.mapping)
            pairs.append(pair)
            remarks += [numbers[id(line)].remark for line in (low, high)]
    told = "; ".join(filter(None, dict.fromkeys(remarks)))
    holds = order_holds(order, pairs)
    return ScoredOrder(order, tuple(pairs), spelling, holds, told, "" if holds else _suspected(order, mapping))


def _suspected(order: Order, mapping: Mapping[str, list[Mapped]]) -> str:
    """Return what the lines of an order's own experiments say of why it does not hold."""
    own = [line for name in (*order.low, *order.high) if name.startswith(f"{order.id}:") for line in mapping[name]]
    return "; ".join(filter(None, dict.fromkeys(line.told.get("suspected", "") for line in own)))


def _pair(
    order: Order, low: Mapped, high: Mapped, numbers: Mapping[int, _Number], path: Path
) -> tuple[tuple[float, float], str]:
    """Return both numbers in the unit of the order's margin, or, without a margin, in that of the low one."""
    unit = _margin_unit(order, numbers[id(low)].unit) if order.margin > 0.0 else numbers[id(low)].unit
    found = []
    for line in (low, high):
        number = numbers[id(line)]
        try:
            found.append(number.value * factor_to(number.unit, unit))
        except UnitError as error:
            raise located(path, line, ValueError(f"{order.id} compares unlike quantities: {error}")) from None
    return (found[0], found[1]), unit.spelling


def _margin_unit(order: Order, found: Unit) -> Unit:
    for text in order.unit.replace("|", ";").replace(",", ";").split(";"):
        try:
            unit = read_unit(text)
        except UnitError:
            continue
        if unit.dimension == found.dimension:
            return unit
    return found
