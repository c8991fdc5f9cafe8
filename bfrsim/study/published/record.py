"""What a trial file may say: one published study, whom it studied, its arms, and the rows of the table they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, field_validator

from bfrsim.errors import did_you_mean
from bfrsim.scenario.quantities import Number, Quantity, Range
from bfrsim.scenario.record import Record
from bfrsim.scenario.schema import AGE
from bfrsim.scenario.wording import shown
from bfrsim.study.cohort.tables import trained_changes
from bfrsim.study.published.measures import MeasureName

AGE_SD = Quantity("a standard deviation of age", ("4 year",), Range("yr", 0, 25))
PEOPLE = Number("a number of people", (10,), Range("", 1, 5000), whole=True)
SHARE = Number("a share of women", (0.5,), Range("", 0, 1))
WEIGHT = Number("a weight", (11,), Range("", 0, 5000, above=True))
WEEKS = Number("weeks since the start", (12,), Range("", 0, 156))
DAYS = Number("days since the start", (14,), Range("", 0, 1092))
HOURS = Number("hours since the first session began", (3,), Range("", 0, 72))

Known = Literal["age", "age_sd", "women"]
PEOPLE_KNOWN: tuple[Known, ...] = ("age", "women")  # what must be known of the people of an arm

Text = Annotated[str, StringConstraints(min_length=1, max_length=600)]
RowId = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class Moment(Record):
    """When something is measured: weeks or days since the programme began, or hours since its first session began."""

    weeks: Annotated[float, WEEKS] | None = None
    days: Annotated[float, DAYS] | None = None
    hours: Annotated[float, HOURS] | None = None

    @property
    def told(self) -> list[str]:
        """The units in which a time is given; one of them is right."""
        return [unit for unit in ("weeks", "days", "hours") if getattr(self, unit) is not None]


class Row(Moment):
    """A row of the table that an arm answers, and as what it is simulated."""

    id: RowId
    measure: MeasureName
    since_weeks: Annotated[float, WEEKS] | None = Field(None, description="change from then, not from the start")
    suspect: Text | None = Field(None, description="suspected reason where the engine misses this row")


class Who(Record):
    """Whom a trial or an arm of it studied; the second spelling of each is for what the table does not tell."""

    age: Annotated[float, AGE] | None = Field(None, description="mean age [yr]")
    age_assumed: Annotated[float, AGE] | None = None
    age_sd: Annotated[float, AGE_SD] | None = Field(None, description="between people [yr]")
    age_sd_assumed: Annotated[float, AGE_SD] | None = None
    women: Annotated[float, SHARE] | None = Field(None, description="share of women [1]")
    women_assumed: Annotated[float, SHARE] | None = None

    def known(self, name: Known) -> float | None:
        """Return a value, told or assumed; None if neither."""
        told: float | None = getattr(self, name)
        assumed: float | None = getattr(self, f"{name}_assumed")
        return assumed if told is None else told


class Population(Who):
    """Who took part: `people` in the words of the paper, `status` as the table has it."""

    people: Text
    status: Literal["untrained", "trained", "athlete", "frail", "patient"] = "untrained"
    ancestry: Literal["european", "asian"] = "european"
    training: str = Field("none", description="what they have done before, as cohorts have it", examples=["strength"])

    @field_validator("training")
    @classmethod
    def _known_training(cls, found: str) -> str:
        known = ("none", *trained_changes())
        if found not in known:
            raise ValueError(f"expected {' or '.join(map(shown, known))}{did_you_mean(found, known)}")
        return found


class Arm(Who):
    """An arm: a base scenario with what differs in it, or the weighted mean of other arms, and the rows it answers."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: Text
    table: Text | None = Field(None, description="its name in the table, where that is another")
    n: Annotated[int, PEOPLE] | None = None
    n_assumed: Annotated[int, PEOPLE] | None = None
    base: Text | None = Field(None, description="a shipped scenario, or a .toml file beside the trial file")
    without: tuple[Text, ...] = Field((), description="sections and keys of the base that are taken away")
    changes: Mapping[str, Any] = Field({}, alias="set", description="what differs from the base")
    mean_of: Mapping[str, Annotated[float, WEIGHT]] | None = Field(None, description="other arms and their weights")
    rows: tuple[Row, ...] = ()
    suspect: Text | None = Field(None, description="suspected reason where the engine misses rows of this arm")

    @property
    def table_name(self) -> str:
        """Its name in the table."""
        return self.table or self.name

    @property
    def size(self) -> int:
        """Number of people, told or assumed."""
        return self.n or self.n_assumed or 1


class Order(Moment):
    """A comparison that the paper states in words: one arm more than another, or arms alike."""

    rows: tuple[RowId, ...] = Field(min_length=1)
    says: Text = Field(description="in the words of the table")
    measure: MeasureName
    more: Text | None = Field(None, description="the arm with the higher value")
    less: Text | None = Field(None, description="the arm with the lower value")
    alike: tuple[Text, ...] | None = Field(None, description="arms without a difference")
    suspect: Text | None = Field(None, description="suspected reason where the engine disagrees")

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of the arms it compares."""
        return self.alike or tuple(name for name in (self.more, self.less) if name is not None)


class Untold(Record):
    """Rows for which the engine has no physiology; `reason` stands in the report."""

    rows: tuple[RowId, ...] = Field(min_length=1)
    reason: Text


class Trial(Record):
    """A published study."""

    study: Text = Field(description="its name in the table")
    cohort: Text = Field(description="studies of the same people share it")
    reference: Text = Field(description="authors, journal, year")
    doi: Text | None = None
    pmid: Text | None = None
    url: Text | None = None
    design: Text
    assumed: tuple[Text, ...] = Field((), description="what the paper does not say")
    review: Text | None = Field(None, description="where the source review differs from the paper; the paper counts")
    population: Population
    arm: tuple[Arm, ...] = ()
    order: tuple[Order, ...] = ()
    not_simulated: tuple[Untold, ...] = ()

    def ids(self) -> Iterator[str]:
        """Yield the id of every row the file speaks of, in its order; a row may stand in several orders."""
        for arm in self.arm:
            yield from (row.id for row in arm.rows)
        for order in self.order:
            yield from order.rows
        for untold in self.not_simulated:
            yield from untold.rows

    def arm_named(self, name: str) -> Arm:
        """Return the arm of that name."""
        return next(arm for arm in self.arm if arm.name == name)

    def known(self, arm: Arm, name: Known) -> float | None:
        """Return what is known of the people of an arm, its own before that of the whole trial."""
        own = arm.known(name)
        return self.population.known(name) if own is None else own
