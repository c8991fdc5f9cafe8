"""What a design may say: people, arms, allocation, adherence, measurement, outcomes, endpoints, comparisons.

An outcome is what is measured, an endpoint the number it becomes for each person, a comparison what is asked of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from bfrsim.errors import did_you_mean
from bfrsim.scenario.quantities import Durations, Kind, Number, Quantity, Range
from bfrsim.scenario.record import Record, Text
from bfrsim.study.cohort.schema import SEED
from bfrsim.study.trial.evidence import instruments, rates

COUNT = Number("a number of people", (40,), Range("", 2, 5000), whole=True)
POOL = Number("a number of virtual people", (240,), Range("", 8, 20_000), whole=True)
REPLICATES = Number("a number of replicates", (500,), Range("", 20, 100_000), whole=True)
BLOCK = Number("people in a block", (6,), Range("", 2, 100), whole=True)
SHARE = Number("a share", (0.9,), Range("", 0, 1))
ODDS = Number("a ratio of odds", (1.2,), Range("", 0.1, 10))
SPREAD = Number("an SD of shares", (0.12,), Range("", 0, 0.5))
TESTS = Number("tests before the first that counts", (1,), Range("", 0, 20), whole=True)
ALPHA = Number("a two-sided level", (0.05,), Range("", 0.0001, 0.5))
MARGIN = Number("a margin in the unit of the endpoint", (3.0,), Range("", 0, 1e6, above=True))
THRESHOLD = Number("a change in the unit of the endpoint", (5.0,), Range("", 0, 1e6, above=True))
MEAN = Number("a mean", (14.0,), Range("", -1e6, 1e6))
SD = Number("an SD", (5.0,), Range("", 0, 1e6, above=True))
POWER = Number("a wanted power", (0.8,), Range("", 0.05, 0.999))
IMPUTATIONS = Number("a number of imputations", (20,), Range("", 2, 1000), whole=True)
DRAWS = Number("draws of the constants", (12,), Range("", 0, 1000), whole=True)
VISIT = Quantity("a visit", ("12 week",), Range("d", 1, 1092))
VISITS = Durations(VISIT, most=20, examples=(["6 week", "12 week"],))
WASHOUT = Quantity("a washout", ("8 week",), Range("d", 0, 1092))
PERIOD = Quantity("a time", ("12 week",), Range("d", 1, 1092))


@dataclass(frozen=True)
class RateOrRow(Kind):
    """A share, or the id of a row of ``trial_operations.csv`` that tells one; stored as it is written."""

    examples: tuple[str | float, ...]

    def read(self, found: Any) -> float | str:
        """Return the share or the id."""
        if isinstance(found, str):
            if found in rates():
                return found
            hint = did_you_mean(found, rates()) or f"; the rows are {', '.join(rates())}"
            raise ValueError(f"trial_operations.csv has no rate of that id{hint}")
        return float(SHARE.read(found))

    def write(self, stored: float | str) -> float | str:
        """Return it as it is written."""
        return stored


@dataclass(frozen=True)
class InstrumentRow(Kind):
    """The id of a row of ``instruments.csv``, or ``none``."""

    examples: tuple[str, ...]

    def read(self, found: Any) -> str:
        """Return the id."""
        if isinstance(found, str) and found in instruments():
            return found
        near = did_you_mean(found, instruments()) if isinstance(found, str) else ""
        hint = near or f"; the ids are {', '.join(instruments())}"
        raise ValueError(f"instruments.csv has no error of measurement under that id{hint}")

    def write(self, stored: str) -> str:
        """Return it as it is written."""
        return stored


ATTENDANCE = RateOrRow(("attendance-bfr-supervised", 0.9))
DROPOUT = RateOrRow(("dropout-geirsdottir", 0.12))
INSTRUMENT = InstrumentRow(("1rm", "mri-quadriceps-csa"))

IMPUTED = "multiple imputation"

Name = Annotated[str, Field(min_length=1, max_length=60)]
MeasureName = Literal["size", "1RM", "isometric", "isokinetic"]


class Allocation(Record):
    """Who gets which arm. Blocks are permuted; strata are columns of the cohort, numbers cut at the median."""

    scheme: Literal["parallel", "crossover", "within-person"] = "parallel"
    rule: Literal["simple", "block", "stratified"] = "block"
    block: Annotated[int, BLOCK] | None = Field(None, description="people in a block; two of each arm if left out")
    strata: tuple[str, ...] = Field((), max_length=4, description="columns of the cohort")
    people: Annotated[int, COUNT] | None = Field(None, description="of a design in which each has every arm")
    washout: Annotated[float, WASHOUT] | None = Field(None, description="between the periods of a crossover [d]")


class Known(Record):
    """A change from the start that is told and not simulated, normal between people [%]."""

    mean: Annotated[float, MEAN]
    sd: Annotated[float, SD]


class Arm(Record):
    """What is done: a scenario, with what differs in it; or a change that is told (`known`), outcome by outcome."""

    name: Name = Field(examples=["BFR"])
    n: Annotated[int, COUNT] | None = Field(None, description="people of a parallel arm")
    base: Text | None = Field(None, description="a shipped scenario, or a .toml file beside the design")
    without: tuple[Text, ...] = Field((), description="sections and keys of the base that are taken away")
    set: Mapping[str, Any] = Field({}, description="what differs from the base")
    known: Mapping[str, Known] | None = Field(None, description="outcome -> mean and SD of change, instead of a base")


class Adherence(Record):
    """How many sessions people attend and who leaves; rates are shares or rows of ``trial_operations.csv``."""

    attendance: Annotated[float | str, ATTENDANCE] = Field("attendance-bfr-supervised")
    attendance_sd: Annotated[float, SPREAD] = Field(0.12, description="between people; assumed unless told")
    dropout: Annotated[float | str, DROPOUT] = Field("dropout-geirsdottir")
    dropout_over: Annotated[float, PERIOD] = Field(84.0, description="time in which that share leaves [d]")
    dropout_control: Annotated[float | str, DROPOUT] | None = Field(
        None, description="of arms without sessions; left out, the same as of the others"
    )
    odds_per_discomfort: Annotated[float, ODDS] = Field(
        1.2, description="of missing a session or leaving, per point CR-10 beyond the trial's mean; assumed"
    )
    measured_after_leaving: Annotated[float, SHARE] = Field(
        0.0, description="share of leavers who still come to visits"
    )


class Measurement(Record):
    """How pressure and load are set, and how often the maximum was practised before it counts."""

    aop: Literal["once", "weekly", "every session", "exact"] = "once"
    load: Literal["tested", "exact"] = "tested"
    progression: Literal["present maximum", "first maximum"] = Field(
        "present maximum", description="a share of the present maximum, or kilograms that stay"
    )
    familiarisation: Annotated[int, TESTS] = 1
    test_learning: bool = Field(True, description="whether testing the maximum teaches it")


class Outcome(Record):
    """What is measured, with which instrument, when. The first visit is before the programme."""

    name: Name = Field(examples=["strength"])
    measure: MeasureName = Field(examples=["1RM"])
    instrument: Annotated[str, INSTRUMENT] = Field(description="a row of instruments.csv, or none")
    visits: Annotated[tuple[float, ...], VISITS] = Field(description="since the start [d]")


class Endpoint(Record):
    """The number that an outcome becomes for each person."""

    name: Name = Field(examples=["strength gain"])
    outcome: Name = Field(examples=["strength"])
    kind: Literal["percent change", "change", "value"] = Field("percent change", examples=["percent change"])
    at: Annotated[float, VISIT] | None = Field(None, description="the last visit if left out [d]")
    mcid: Annotated[float, THRESHOLD] | None = Field(
        None, description="least change that matters to a person; without it the least that the instrument can tell"
    )


class Comparison(Record):
    """What is asked: one arm against another in an endpoint. More is better."""

    name: Name | None = None
    endpoint: Name = Field(examples=["strength gain"])
    arm: Name = Field(examples=["BFR"])
    against: Name = Field(examples=["control"])
    method: Literal["t-test", "ANCOVA", "mixed model"] = Field("ANCOVA", examples=["ANCOVA"])
    hypothesis: Literal["superiority", "non-inferiority", "equivalence"] = "superiority"
    margin: Annotated[float, MARGIN] | None = None
    role: Literal["primary", "secondary"] = "primary"
    published: tuple[Text, Text] | None = Field(None, description="rows of trials.csv: of the arm, of the other")


class Analysis(Record):
    """Rules that are set before the data: level, estimand, missing data, several comparisons."""

    alpha: Annotated[float, ALPHA] = 0.05
    power: Annotated[float, POWER] = 0.8
    estimand: Literal["treatment policy", "per protocol"] = "treatment policy"
    least_attendance: Annotated[float, SHARE] = Field(0.8, description="of somebody who followed the protocol")
    missing: Literal[
        "complete cases", "last observation carried forward", "baseline carried forward", "multiple imputation"
    ] = Field(
        "complete cases",
        description="of t-test and ANCOVA; a mixed model takes all visits as they are. Multiple imputation: each arm's "
        "visits jointly normal, missing at random, joined by Rubin's rules",
    )
    imputations: Annotated[int, IMPUTATIONS] = Field(20, description="of multiple imputation")
    multiplicity: Literal["none", "Bonferroni", "Holm", "Hochberg", "fixed sequence"] = "Holm"


class Assurance(Record):
    """Power over what is not known of the model's constants; 0 draws leave it out."""

    draws: Annotated[int, DRAWS] = 0
    people: Annotated[int, COUNT] = 12


class Design(Record):
    """A trial that has not been run."""

    title: Text = Field(examples=["Cuff against heavy load"])
    question: Text | None = None
    seed: Annotated[int, SEED] = 1
    cohort: Text = Field(description="a shipped cohort, or a .toml file beside the design", examples=["older_adults"])
    pool: Annotated[int, POOL] = Field(240, description="virtual people who are simulated in every arm")
    replicates: Annotated[int, REPLICATES] = 500
    sizes: tuple[Annotated[int, COUNT], ...] = Field(
        (),
        max_length=12,
        description="of the mean arm, for the curve of power; from a quarter to four times it if empty",
    )
    allocation: Allocation = Allocation.model_construct()
    arm: tuple[Arm, ...] = Field(max_length=8, description="tables [[arm]]")
    adherence: Adherence = Adherence.model_construct()
    measurement: Measurement = Measurement.model_construct()
    outcome: tuple[Outcome, ...] = Field(max_length=6, description="tables [[outcome]]")
    endpoint: tuple[Endpoint, ...] = Field(max_length=12, description="tables [[endpoint]]")
    comparison: tuple[Comparison, ...] = Field(max_length=20, description="tables [[comparison]]")
    analysis: Analysis = Analysis.model_construct()
    assurance: Assurance = Assurance.model_construct()

    @property
    def paired(self) -> bool:
        """Whether each person has every arm."""
        return self.allocation.scheme != "parallel"


# The record that stands at a place of the file, by the names on the way to it.
RECORDS: dict[tuple[str, ...], type[Record]] = {
    (): Design,
    ("allocation",): Allocation,
    ("arm",): Arm,
    ("arm", "known"): Known,
    ("adherence",): Adherence,
    ("measurement",): Measurement,
    ("outcome",): Outcome,
    ("endpoint",): Endpoint,
    ("comparison",): Comparison,
    ("analysis",): Analysis,
    ("assurance",): Assurance,
}
