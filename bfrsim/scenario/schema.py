"""What a scenario may say: person, cuff, exercise, calendar, meals.

Each field states how it is written, the unit it is stored in and its range of sense. A new mode of exercise is a new
record beside `Resistance`, told apart by its ``mode``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from bfrsim.scenario.quantities import (
    DAY,
    Amount,
    BloodPressure,
    Clock,
    Clocks,
    Number,
    Pressures,
    Quantity,
    QuantityOf,
    Range,
    Sets,
)
from bfrsim.scenario.schedule import MEAL_SECONDS, Mistake, schedule_mistakes

MAX_SETS = 20
MAX_LOAD_PERCENT = 150.0

AGE = Quantity("an age", ("68 year",), Range("yr", 18, 95))
MASS = Quantity("a body mass", ("64 kg",), Range("kg", 25, 300))
HEIGHT = Quantity("a body height", ("158 cm",), Range("cm", 100, 230))
THIGH = Quantity("a thigh circumference", ("50 cm",), Range("cm", 25, 110))
ARM = Quantity("an arm circumference", ("29 cm",), Range("cm", 15, 70))
PRESSURE_AT_REST = Pressures(Range("mmHg", 70, 260), Range("mmHg", 30, 150))
HEART_RATE = Quantity("a heart rate", ("68 bpm",), Range("bpm", 30, 130))
ONE_RM = Quantity("a one-repetition maximum", ("45 kg",), Range("kg", 1, 500))
CUFF_WIDTH = Quantity("a cuff width", ("13 cm",), Range("cm", 2, 40))
CUFF_PRESSURE = QuantityOf("a pressure", ("50 %AOP", "110 mmHg"), (Range("%AOP", 0, 300), Range("mmHg", 0, 400)))
LOAD = QuantityOf(
    "a load", ("30 %1RM", "20 kg"), (Range("%1RM", 0, MAX_LOAD_PERCENT, above=True), Range("kg", 0, 750, above=True))
)
SETS = Sets(MAX_SETS, most_repetitions=200)
REPETITION = Quantity("a repetition", ("3 s",), Range("s", 0.5, 20))
REST = Quantity("a rest", ("45 s",), Range("s", 0, 1800))
DUTY = Number("the contracting share of a repetition", (0.8,), Range("", 0.05, 1))
SESSIONS = Number("sessions a week", (3,), Range("", 1, 14), whole=True)
WEEKS = Number("weeks", (12,), Range("", 1, 156), whole=True)
TIME_OF_DAY = Clock()
PROTEIN = Quantity("a protein intake", ("1.0 g/kg/d",), Range("g/kg/d", 0, 4))
MEAL_TIMES = Clocks(Clock(latest=DAY - MEAL_SECONDS), apart=MEAL_SECONDS, most=12)

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Record(BaseModel):
    """A section: its values cannot change, and a key nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Record):
    """Who trains."""

    sex: Literal["female", "male"] = Field(examples=["female"])
    age: Annotated[float, AGE] = Field(description="age [yr]")
    mass: Annotated[float, MASS] = Field(description="body mass [kg]")
    height: Annotated[float, HEIGHT] = Field(description="body height [cm]")
    thigh_circumference: Annotated[float, THIGH] = Field(description="circumference under a thigh cuff [cm]")
    blood_pressure: Annotated[BloodPressure, PRESSURE_AT_REST] = Field(description="at rest [mmHg]")
    resting_heart_rate: Annotated[float, HEART_RATE] | None = Field(None, description="at rest [bpm]")
    one_rm: Annotated[float, ONE_RM] | None = Field(None, description="one-repetition maximum of the movement [kg]")
    arm_circumference: Annotated[float, ARM] | None = Field(None, description="circumference under an arm cuff [cm]")


class Cuff(Record):
    """The cuff worn in each session; `intermittent` is deflated in the rests between sets."""

    limb: Literal["leg", "arm"] = Field(examples=["leg"])
    width: Annotated[float, CUFF_WIDTH] = Field(description="width of the cuff [cm]")
    pressure: Annotated[Amount, CUFF_PRESSURE] = Field(description="share of occlusion [%AOP] or pressure [mmHg]")
    inflation: Literal["continuous", "intermittent"] = Field("continuous", examples=["continuous"])


class Resistance(Record):
    """Sets of repetitions against a load.

    With `to_failure` each set runs until the muscle cannot go on; `sets` then only tells how many there are.
    """

    mode: Literal["resistance"] = Field(examples=["resistance"])
    movement: Text = Field(description="free text, for titles", examples=["knee extension"])
    load: Annotated[Amount, LOAD] = Field(description="share of the maximum [%1RM] or mass [kg]")
    sets: Annotated[int | tuple[int, ...], SETS] = Field(description="repetitions of each set, or number of sets")
    to_failure: StrictBool = Field(False, examples=[False])
    repetition: Annotated[float, REPETITION] = Field(description="length of one repetition [s]")
    rest: Annotated[float, REST] = Field(description="from the end of a set to the next [s]")
    duty: Annotated[float, DUTY] = Field(0.8, description="share of a repetition in which the muscle contracts [1]")


class Calendar(Record):
    """When sessions happen; the week starts on day 0 and sessions are spread over it."""

    sessions_per_week: Annotated[int, SESSIONS] | None = Field(None, description="left out without an [exercise]")
    weeks: Annotated[int, WEEKS] = Field(description="length of the programme [week]")
    time_of_day: Annotated[float, TIME_OF_DAY] = Field(36000.0, description="start of a session [s since midnight]")


class Meals(Record):
    """Protein of a day, in equal meals; ``protein = "0 g/kg/d"`` switches meals off."""

    protein: Annotated[float, PROTEIN] = Field(1.0, description="protein of a day per body mass [g/kg/d]")
    times: Annotated[tuple[float, ...], MEAL_TIMES] = Field(
        (28800.0, 45000.0, 68400.0), description="start of each meal [s since midnight]"
    )


class Scenario(Record):
    """What is done to whom. Without [exercise] the person lives their habitual life."""

    title: Text = Field(examples=["Low-load knee extension with a cuff"])
    person: Person
    cuff: Cuff | None = None
    exercise: Resistance | None = None
    calendar: Calendar
    meals: Meals = Meals.model_construct()

    @model_validator(mode="after")
    def _sections_agree(self) -> Scenario:
        mistakes = _disagreements(self) or schedule_mistakes(self)
        if mistakes:
            message = "; ".join(f"{mistake.field}: {mistake.message}" for mistake in mistakes)
            # The message is filled in as a value: a brace in it must not be read as a place to fill.
            raise PydanticCustomError("disagreement", "{message}", {"message": message, "mistakes": mistakes})
        return self


SECTIONS: dict[str, type[Record]] = {
    "person": Person,
    "cuff": Cuff,
    "exercise": Resistance,
    "calendar": Calendar,
    "meals": Meals,
}


def _disagreements(scenario: Scenario) -> list[Mistake]:
    checks = (_training_is_whole(scenario), _load_has_a_maximum(scenario), _sets_are_told(scenario))
    mistakes = [mistake for mistake in checks if mistake is not None]
    if scenario.cuff and scenario.cuff.limb == "arm" and scenario.person.arm_circumference is None:
        mistakes.append(Mistake("cuff.limb", f'needs arm_circumference = "{ARM.examples[0]}" in [person]'))
    return mistakes


def _training_is_whole(scenario: Scenario) -> Mistake | None:
    trains, sessions = scenario.exercise is not None, scenario.calendar.sessions_per_week is not None
    if trains and not sessions:
        return Mistake("calendar", "[exercise] needs sessions in [calendar]; write for example: sessions_per_week = 3")
    if sessions and not trains:
        return Mistake("calendar.sessions_per_week", "sessions need an [exercise]; leave it out for habitual life")
    if scenario.cuff is not None and not trains:
        return Mistake("cuff", "[cuff] needs an [exercise] during which it is worn; leave it out for habitual life")
    return None


def _load_has_a_maximum(scenario: Scenario) -> Mistake | None:
    if scenario.exercise is None or scenario.exercise.load.unit != "kg":
        return None
    load, one_rm = scenario.exercise.load.value, scenario.person.one_rm
    if one_rm is None:
        return Mistake("exercise.load", f'a load in kg needs one_rm = "{ONE_RM.examples[0]}" in [person]')
    if load > MAX_LOAD_PERCENT / 100 * one_rm:
        percent = 100 * load / one_rm
        return Mistake("exercise.load", f"expected at most {MAX_LOAD_PERCENT:g} %1RM, found {percent:.4g} %1RM")
    return None


def _sets_are_told(scenario: Scenario) -> Mistake | None:
    exercise = scenario.exercise
    if exercise is None or exercise.to_failure or not isinstance(exercise.sets, int):
        return None
    return Mistake(
        "exercise.sets", "a number of sets needs to_failure = true; otherwise list the repetitions of each set"
    )
