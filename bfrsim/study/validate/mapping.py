"""How each row of evidence is simulated: data, read from a table of its own.

Columns: ``id`` (of a row, or ``O02:low:1``), ``scenario``, ``set``, ``output``, ``window``, ``reduce``; and, if wanted,
``unit`` (of the row, where the evidence spells it in a way that cannot be read), ``why_not`` (what is missing for an
answer: the row is not scored; with an output it still serves order relations), ``fitted`` (``yes`` if a constant of the
model was tuned to this row) and ``note``.

``scenario`` and ``set`` may hold several conditions, parted by `` | ``; changes within ``set`` are parted by ``;`` and
written as for ``--set``; what stands before `` || `` holds for all conditions. The value ``as done by ID`` of
``exercise.sets`` takes over the repetitions that another experiment of the table completed. An id may stand in several
lines if it names an experiment of an order relation: then each line is one quantity, and all of them must hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bfrsim.errors import BfrsimError
from bfrsim.study.validate.output import Output, read_output, read_unit
from bfrsim.study.validate.reductions import Reduction, ReductionError, read_reduction, value_in
from bfrsim.study.validate.tables import EvidenceError, read_rows
from bfrsim.study.validate.windows import Window, WindowError, read_window
from bfrsim.units import Unit, UnitError

NEEDED = ("id", "scenario", "set", "output", "window", "reduce")
AS_DONE = "as done by "


@dataclass(frozen=True)
class Condition:
    """One experiment: a scenario with changes; equal ones are simulated once."""

    scenario: str
    changes: tuple[str, ...]

    def done_by(self) -> str | None:
        """Return the id whose repetitions this experiment takes over."""
        for change in self.changes:
            value = change.partition("=")[2].strip()
            if value.startswith(AS_DONE):
                return value.removeprefix(AS_DONE).strip()
        return None


@dataclass(frozen=True)
class Mapped:
    """A line of the mapping; where `why_not` says why, the row is not scored.

    Without an output its experiment does not serve order relations either.
    """

    id: str
    line: int
    conditions: tuple[Condition, ...]
    output: Output | None
    other: Output | None
    window: Window | None
    reduction: Reduction
    unit: Unit | None
    why_not: str
    fitted: bool
    note: str
    told: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> frozenset[str]:
        """Names of the model that are needed over time."""
        outputs = [each for each in (self.output, self.other) if each is not None]
        return frozenset(name for output in outputs for name in output.names)

    def result_unit(self) -> Unit:
        """Return the unit of the number."""
        assert self.output is not None
        return self.reduction.unit(self.output.unit, None if self.other is None else self.other.unit)


def read_mapping(path: Path, units: Mapping[str, Unit]) -> dict[str, list[Mapped]]:
    """Read a mapping: id -> its lines, in order.

    Parameters
    ----------
    units : mapping
        Unit of each name of the model.

    Raises
    ------
    EvidenceError, ModelError
        With file and line.
    """
    found: dict[str, list[Mapped]] = {}
    for line, told in read_rows(path, NEEDED):
        try:
            mapped = _mapped(path, line, told, units)
        except (WindowError, ReductionError, UnitError) as error:
            raise EvidenceError(f"{told['id']}: {error}", path, line) from None
        found.setdefault(mapped.id, []).append(mapped)
    for rows in found.values():
        _check_references(path, rows, found)
    return found


def _mapped(path: Path, line: int, told: dict[str, str], units: Mapping[str, Unit]) -> Mapped:
    common = (told.get("why_not", ""), told.get("fitted", "").lower() == "yes", told.get("note", ""), told)
    if not told["id"]:
        raise EvidenceError("a row without an id", path, line)
    if not told["output"]:
        if not common[0]:
            raise EvidenceError(f"{told['id']}: give an output, or say in why_not what is missing", path, line)
        return Mapped(told["id"], line, (), None, None, None, Reduction(), None, *common)
    output = read_output(told["output"], units, str(path), line)
    reduction = read_reduction(told["reduce"])
    other = read_output(reduction.other, units, str(path), line) if reduction.other else None
    conditions = _conditions(path, line, told)
    if not output.is_constant and not conditions:
        raise EvidenceError(f"{told['id']}: a scenario is missing", path, line)
    window = None if output.is_constant else read_window(told["window"])
    if other is not None:
        reduction = value_in(reduction, other.unit)
    unit = read_unit(told["unit"]) if told.get("unit") else None
    return Mapped(told["id"], line, conditions, output, other, window, reduction, unit, *common)


def _conditions(path: Path, line: int, told: dict[str, str]) -> tuple[Condition, ...]:
    scenarios = [each.strip() for each in told["scenario"].split(" | ") if each.strip()]
    shared, _, rest = told["set"].rpartition("||")
    changes = [_changes(shared) + _changes(each) for each in f" {rest} ".split(" | ")]
    if not scenarios:
        return ()
    count = max(len(scenarios), len(changes))
    if len(scenarios) not in (1, count) or len(changes) not in (1, count):
        message = (
            f"{told['id']}: {len(scenarios)} scenarios and {len(changes)} sets of changes; expected one, or as many"
        )
        raise EvidenceError(message, path, line)
    scenarios = scenarios * count if len(scenarios) == 1 else scenarios
    changes = changes * count if len(changes) == 1 else changes
    return tuple(Condition(scenario, each) for scenario, each in zip(scenarios, changes, strict=True))


def _changes(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(";") if each.strip())


def _check_references(path: Path, rows: list[Mapped], known: Mapping[str, list[Mapped]]) -> None:
    for row in rows:
        for condition in row.conditions:
            name = condition.done_by()
            if name is None:
                continue
            if name not in known or not known[name][0].conditions:
                raise EvidenceError(f"{row.id}: '{AS_DONE}{name}' names no experiment of this table", path, row.line)
            if any(each.done_by() for each in known[name][0].conditions):
                raise EvidenceError(f"{row.id}: '{name}' itself takes over repetitions", path, row.line)


def located(path: Path, mapped: Mapped, error: BfrsimError | ValueError) -> EvidenceError:
    """Return an error of one line of the mapping with its place."""
    return EvidenceError(f"{mapped.id}: {error}", path, mapped.line)
