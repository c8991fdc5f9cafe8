"""The tables of evidence: published values, order relations, floors of the bands; read and checked."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bfrsim.errors import BfrsimError, did_you_mean

RELATIONS = ("eq", "ge", "gt", "le", "lt")
STRENGTHS = ("solid", "probable", "contested")
USES = ("simulate", "order", "input", "context")
MARKS = ("not on the page", "recalled", "assumed", "take ")  # words by which an experiment says what its source did not


class EvidenceError(BfrsimError):
    """A mistake in a table of evidence or in its mapping: file, line, column, found and expected."""

    def __init__(self, message: str, file: str | Path, line: int | None = None) -> None:
        super().__init__(f"{file}: {message}" if line is None else f"{file}:{line}: {message}")


@dataclass(frozen=True)
class Evidence:
    """One published value.

    `value`, `tolerance` and `n` are in the row's own unit; `told` holds every column as text. A row whose `use` is not
    ``simulate`` is not scored; its value may be missing (NaN).
    """

    id: str
    topic: str
    use: str
    value: float
    unit: str
    relation: str
    tolerance: float
    line: int
    told: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def scored(self) -> bool:
        """Whether the row is one to simulate and compare."""
        return self.use == "simulate"

    @property
    def recalled(self) -> bool:
        """Whether the value comes from general knowledge rather than from a page that was seen."""
        return self.told.get("confidence", "") == "recalled"

    @property
    def assumptions(self) -> bool:
        """Whether the description of the experiment fills in what its source did not tell."""
        return any(mark in self.told.get("experiment", "") for mark in MARKS)


@dataclass(frozen=True)
class Order:
    """A relation between experiments, pair by pair: the k-th of `low` against the k-th of `high`.

    Names are ids of rows, or for experiments told in words ``O02:low:1``.
    """

    id: str
    topic: str
    statement: str
    low: tuple[str, ...]
    high: tuple[str, ...]
    relation: str
    margin: float
    unit: str
    strength: str
    line: int
    told: dict[str, str] = field(default_factory=dict, repr=False)


def read_evidence(path: Path, floors: Path | None = None) -> list[Evidence]:
    """Read a table of published values.

    Parameters
    ----------
    path : Path
        CSV with the columns ``id, topic, use, value, unit`` and, where there is one, ``relation`` (``eq`` if empty) and
        ``tolerance``; a missing tolerance is made from ``tolerance_class``, ``se`` or ``sd`` and ``n``.
    floors : Path, optional
        CSV with ``tolerance_class, floor, floor_relative``.

    Raises
    ------
    EvidenceError
        With file, line and column.
    """
    classes = {} if floors is None else _read_floors(floors)
    rows = [_evidence(path, line, told, classes) for line, told in read_rows(path, ("id", "topic", "value", "unit"))]
    _refuse_twins(path, rows)
    return rows


def read_orders(path: Path) -> list[Order]:
    """Read a table of order relations.

    Raises
    ------
    EvidenceError
        With file, line and column.
    """
    orders = [_order(path, line, told) for line, told in read_rows(path, ("id", "topic", "relation", "strength"))]
    _refuse_twins(path, orders)
    return orders


def read_rows(path: Path, needed: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and cells of each row of a CSV file, stripped of blanks around them.

    Raises
    ------
    EvidenceError
        If the file cannot be read as UTF-8 CSV, or a needed column is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restval="")
            columns = reader.fieldnames or ()
            for name in needed:
                if name not in columns:
                    raise EvidenceError(f"the column '{name}' is missing{did_you_mean(name, columns)}", path, 1)
            for told in reader:
                if None in told:
                    raise EvidenceError("more cells than the table has columns", path, reader.line_num)
                yield reader.line_num, {key: value.strip() for key, value in told.items()}
    except (UnicodeDecodeError, csv.Error) as error:
        raise EvidenceError(f"not a CSV table: {error}", path) from None


def choice(path: Path, line: int, column: str, found: str, known: tuple[str, ...]) -> str:
    """Return `found` if it is one of `known`; otherwise raise EvidenceError."""
    if found not in known:
        hint = did_you_mean(found, known)
        raise EvidenceError(f"{column} = '{found[:40]}': expected {', '.join(known)}{hint}", path, line)
    return found


def _evidence(path: Path, line: int, told: dict[str, str], classes: dict[str, tuple[float, float]]) -> Evidence:
    use = choice(path, line, "use", told.get("use") or "simulate", USES)
    value = _number(path, line, "value", told["value"]) if use == "simulate" else _plain(told["value"])
    relation = choice(path, line, "relation", told.get("relation") or "eq", RELATIONS)
    tolerance = _plain(told.get("tolerance", ""))
    if use == "simulate" and not tolerance > 0.0:
        tolerance = _tolerance(path, line, told, value, classes)
    if not told["id"]:
        raise EvidenceError("a row without an id", path, line)
    return Evidence(told["id"], told["topic"], use, value, told["unit"], relation, tolerance, line, told)


def _tolerance(
    path: Path, line: int, told: dict[str, str], value: float, classes: dict[str, tuple[float, float]]
) -> float:
    """Return the larger of twice the standard error of the mean and the floor of the row's class."""
    name = told.get("tolerance_class", "")
    absolute, relative = classes.get(name, (math.nan, math.nan))
    error, deviation, count = (_plain(told.get(column, "")) for column in ("se", "sd", "n"))
    if not error > 0.0 and count > 0.0:
        error = deviation / math.sqrt(count)
    found = [each for each in (absolute, relative * abs(value), 2.0 * error) if each > 0.0]
    if not found:
        wanted = "give a tolerance, or a tolerance_class that the table of floors knows"
        raise EvidenceError(f"the row has no tolerance above 0; {wanted}{did_you_mean(name, classes)}", path, line)
    return max(found)


def _order(path: Path, line: int, told: dict[str, str]) -> Order:
    sides = {side: _side(told, side) for side in ("low", "high")}
    if len(sides["low"]) != len(sides["high"]) or not sides["low"]:
        counts = f"{len(sides['low'])} low and {len(sides['high'])} high"
        raise EvidenceError(f"expected as many low as high experiments, at least one; found {counts}", path, line)
    relation = choice(path, line, "relation", told["relation"], ("lt", "eq"))
    margin = _number(path, line, "margin", told["margin"]) if told.get("margin") else 0.0
    strength = choice(path, line, "strength", told["strength"], STRENGTHS)
    statement, unit = told.get("statement", ""), told.get("unit", "")
    return Order(
        told["id"], told["topic"], statement, sides["low"], sides["high"], relation, margin, unit, strength, line, told
    )


def _side(told: dict[str, str], side: str) -> tuple[str, ...]:
    ids = [each.strip() for each in told.get(f"{side}_ids", "").split(";") if each.strip()]
    words = [each for each in told.get(f"{side}_experiment", "").split(" | ") if each.strip()]
    return (*ids, *(f"{told['id']}:{side}:{number}" for number in range(1, len(words) + 1)))


def _read_floors(path: Path) -> dict[str, tuple[float, float]]:
    needed = ("tolerance_class", "floor", "floor_relative")
    return {
        told["tolerance_class"]: (_plain(told["floor"]), _plain(told["floor_relative"]))
        for _, told in read_rows(path, needed)
    }


def _plain(text: str) -> float:
    """Return the number, or NaN for text that is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _number(path: Path, line: int, column: str, text: str) -> float:
    number = _plain(text)
    if not math.isfinite(number):
        raise EvidenceError(f"{column} = '{text[:40]}': expected a number", path, line)
    return number


def _refuse_twins(path: Path, rows: Iterable[Evidence | Order]) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        if row.id in seen:
            raise EvidenceError(f"the id '{row.id}' stands already in line {seen[row.id]}", path, row.line)
        seen[row.id] = row.line
