"""What a cohort's file may say: how many people, of what age, sex and ancestry, and who is included or excluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from bfrsim.errors import did_you_mean
from bfrsim.scenario.quantities import Number, Quantity, Range
from bfrsim.scenario.record import Record, Text
from bfrsim.scenario.schema import AGE
from bfrsim.scenario.wording import shown
from bfrsim.study.cohort.columns import COLUMNS, Column
from bfrsim.study.cohort.tables import levels, trained_changes
from bfrsim.units import UnitError, conversion, parse_quantity, parse_unit

MOST_PEOPLE = 1_000_000

COUNT = Number("a number of people", (200,), Range("", 1, MOST_PEOPLE), whole=True)
SEED = Number("a seed", (1,), Range("", 0, 2**53), whole=True)
SHARE = Number("a share", (0.5,), Range("", 0, 1))
WEIGHT = Number("a share", (0.5,), Range("", 0, 1e9, above=True))
SPAN = Quantity("an age", ("60 year",), Range("yr", 18, 95))
assert SPAN.range == AGE.range  # a person of a cohort is one that a scenario can describe


class Stratum(Record):
    """People of a span of ages, uniform within it; `share` counts against those of the other spans."""

    youngest: Annotated[float, SPAN] = Field(description="[yr]")
    oldest: Annotated[float, SPAN] = Field(description="[yr]")
    share: Annotated[float, WEIGHT] = Field(1.0, description="weight beside the other spans")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.oldest < self.youngest:
            raise ValueError(f"oldest, {self.oldest:g} yr, is younger than youngest, {self.youngest:g} yr")
        return self


class Population(Record):
    """Whom people are drawn from."""

    female: Annotated[float, SHARE] = Field(0.5, description="share of women")
    asian: Annotated[float, SHARE] = Field(0.0, description="share of Asian ancestry; the others are European")
    level: str = Field("table", examples=["europe"], description="whose body mass or diet, if not the table's")
    training: str = Field("none", examples=["recreational"], description="what people have done before")
    ages: tuple[Stratum, ...] = Field(max_length=50, description="tables [[population.ages]]")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.ages:
            raise ValueError("ages = []: expected one span of ages or more, as tables [[population.ages]]")
        return self

    @field_validator("level")
    @classmethod
    def _known_level(cls, found: str) -> str:
        return _one_of(found, ("table", *levels()))

    @field_validator("training")
    @classmethod
    def _known_training(cls, found: str) -> str:
        return _one_of(found, ("none", *trained_changes()))


class Criterion(Record):
    """A rule on one column; `value` is a quantity with its unit, true or false, or a word."""

    operators: ClassVar[Mapping[type[Any], tuple[str, ...]]] = {
        float: ("<", "<=", ">", ">="),
        bool: ("=", "!="),
        str: ("=", "!="),
    }

    field: str = Field(examples=["sbp"])
    operator: Literal["<", "<=", ">", ">=", "=", "!="] = Field(examples=["<"])
    value: Any = Field(examples=["160 mmHg"])

    @property
    def limit(self) -> Any:
        """The value, in the unit of the column where it is a quantity."""
        column = COLUMNS[self.field]
        return self.value if column.kind is not float else _in_unit(self.value, column)

    @field_validator("field")
    @classmethod
    def _known_field(cls, found: str) -> str:
        if found not in COLUMNS:
            hint = did_you_mean(found, COLUMNS) or f"; the fields are {', '.join(COLUMNS)}"
            raise ValueError(f"no such field{hint}")
        return found

    @model_validator(mode="after")
    def _meaningful(self) -> Self:
        column = COLUMNS[self.field]
        allowed = self.operators[column.kind]
        if self.operator not in allowed:
            raise ValueError(f"operator = {shown(self.operator)}: for {self.field} expected {' or '.join(allowed)}")
        try:
            self._check_value(column)
        except ValueError as error:
            raise ValueError(f"value = {shown(self.value)}: {error}") from None
        return self

    def _check_value(self, column: Column) -> None:
        if column.kind is float:
            _in_unit(self.value, column)
        elif column.kind is str:
            _one_of(self.value, column.words)
        elif not isinstance(self.value, bool):
            raise ValueError(f"{self.field} is true or false, without quotes")


class CohortSpec(Record):
    """A cohort: whom it is drawn from, who is kept, and the seed that makes it the same each time."""

    title: Text = Field(examples=["Older adults"])
    seed: Annotated[int, SEED] = Field(1, description="another seed gives other people")
    people: Annotated[int, COUNT] = Field(200, description="how many, if the caller does not say")
    population: Population
    include: tuple[Criterion, ...] = Field((), max_length=50, description="tables [[include]]: who meets all is kept")
    exclude: tuple[Criterion, ...] = Field((), max_length=50, description="tables [[exclude]]: who meets one is not")


def _in_unit(found: Any, column: Column) -> float:
    written = f'it is written with its unit, such as "10 {column.unit}"'
    if not isinstance(found, str):
        raise ValueError(f"expected {column.meaning}; {written}")
    try:
        value, unit = parse_quantity(found[:80])
        return value * conversion(unit, parse_unit(column.unit))
    except UnitError as error:
        raise ValueError(f"{error}; {written}") from None


def _one_of(found: Any, known: Sequence[str]) -> str:
    if isinstance(found, str) and found in known:
        return found
    hint = did_you_mean(found, known) if isinstance(found, str) else ""
    raise ValueError(f"expected {' or '.join(map(shown, known))}{hint}")


# The record that stands at a place of the file, by the names on the way to it.
RECORDS: dict[tuple[str, ...], type[Record]] = {
    (): CohortSpec,
    ("population",): Population,
    ("population", "ages"): Stratum,
    ("include",): Criterion,
    ("exclude",): Criterion,
}
