"""What a scenario may say: person, cuff, exercise, calendar, meals, model, limits.

Each field states how it is written, the unit it is stored in and its range of sense. The modes of exercise stand in
`exercise`, the limits in `limits`; what must hold between sections in `agreement` and `schedule`, which `read_scenario`
asks.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool

from bfrsim.scenario.exercise import MAX_SETS, MODES, Cycling, Mode, Passive, Resistance, Walking
from bfrsim.scenario.lengths import DAY, MEAL_SECONDS, RECOVERY_SECONDS, WEEK_DAYS
from bfrsim.scenario.limits import Limits
from bfrsim.scenario.quantities import (
    Amount,
    BloodPressure,
    Clock,
    Clocks,
    Number,
    Pressures,
    Quantity,
    QuantityOf,
    Range,
)
from bfrsim.scenario.record import Record, Text

__all__ = ["SECTIONS", "Calendar", "Cuff", "Cycling", "Limits", "Meals", "Mode", "Model", "Passive", "Person"]
__all__ += ["Phase", "Record", "Resistance", "Scenario", "Walking"]

MAX_PHASES = 50

AGE = Quantity("an age", ("68 year",), Range("yr", 18, 95))
MASS = Quantity("a body mass", ("64 kg",), Range("kg", 25, 300))
HEIGHT = Quantity("a body height", ("158 cm",), Range("cm", 100, 230))
THIGH = Quantity("a thigh circumference", ("50 cm",), Range("cm", 25, 110))
ARM = Quantity("an arm circumference", ("29 cm",), Range("cm", 15, 70))
SKINFOLD = Quantity("a skinfold", ("18 mm",), Range("mm", 1, 80))
PRESSURE_AT_REST = Pressures(Range("mmHg", 70, 260), Range("mmHg", 30, 150))
HEART_RATE = Quantity("a heart rate", ("68 bpm",), Range("bpm", 30, 130))
ALMI = Quantity("a lean mass index", ("6.1 kg/m**2",), Range("kg/m**2", 2, 20))
GRIP = Quantity("a grip strength", ("22 kg",), Range("kg", 0, 120))
GAIT_SPEED = Quantity("a gait speed", ("1.1 m/s",), Range("m/s", 0.1, 3))
ONE_RM = Quantity("a one-repetition maximum", ("45 kg",), Range("kg", 1, 500))
AOP = Quantity("an occlusion pressure", ("150 mmHg",), Range("mmHg", 40, 400))
CUFF_WIDTH = Quantity("a cuff width", ("13 cm",), Range("cm", 2, 40))
CUFF_PRESSURE = QuantityOf("a pressure", ("50 %AOP", "110 mmHg"), (Range("%AOP", 0, 300), Range("mmHg", 0, 400)))
FROM_SET = Number("a set", (2,), Range("", 1, MAX_SETS), whole=True)
SESSIONS = Number("sessions a week", (3,), Range("", 0, 28), whole=True)
WEEKS = Number("weeks", (12,), Range("", 1, 156), whole=True)
DAYS = Number("days", (14,), Range("", 1, 1092), whole=True)
TIME_OF_DAY = Clock()
TIMES_OF_DAY = Clocks(
    Clock(), apart=RECOVERY_SECONDS, most=4, noun="the recovery after a session", examples=(["10:00", "16:00"],)
)
PROTEIN = Quantity("a protein intake", ("1.0 g/kg/d",), Range("g/kg/d", 0, 4))
MEAL_TIMES = Clocks(Clock(latest=DAY - MEAL_SECONDS), apart=MEAL_SECONDS, most=12)

EIGHT_HOURS = 8 * 3600.0


class Person(Record):
    """Who trains. Sex and age must be told; what else is left out follows from published means (`completion`)."""

    sex: Literal["female", "male"] = Field(examples=["female"])
    age: Annotated[float, AGE] = Field(description="age [yr]")
    ancestry: Literal["european", "asian"] = Field("european", examples=["european"])
    mass: Annotated[float, MASS] | None = Field(None, description="body mass [kg]")
    height: Annotated[float, HEIGHT] | None = Field(None, description="body height [cm]")
    thigh_circumference: Annotated[float, THIGH] | None = Field(None, description="under a thigh cuff [cm]")
    arm_circumference: Annotated[float, ARM] | None = Field(None, description="under an arm cuff [cm]")
    skinfold: Annotated[float, SKINFOLD] | None = Field(None, description="skinfold; means are of the triceps [mm]")
    blood_pressure: Annotated[BloodPressure, PRESSURE_AT_REST] | None = Field(None, description="at rest [mmHg]")
    resting_heart_rate: Annotated[float, HEART_RATE] | None = Field(None, description="at rest [bpm]")
    almi: Annotated[float, ALMI] | None = Field(None, description="appendicular lean mass index, DXA [kg/m**2]")
    grip: Annotated[float, GRIP] | None = Field(None, description="grip strength [kg]")
    gait_speed: Annotated[float, GAIT_SPEED] | None = Field(None, description="usual gait speed [m/s]")
    one_rm: Annotated[float, ONE_RM] | None = Field(None, description="one-repetition maximum of the movement [kg]")
    aop: Annotated[float, AOP] | None = Field(None, description="measured arterial occlusion pressure [mmHg]")


class Cuff(Record):
    """The cuff worn in each session; `intermittent` is deflated in the rests between sets and bouts."""

    limb: Literal["leg", "arm"] = Field(examples=["leg"])
    width: Annotated[float, CUFF_WIDTH] = Field(description="width of the cuff [cm]")
    pressure: Annotated[Amount, CUFF_PRESSURE] = Field(description="share of occlusion [%AOP] or pressure [mmHg]")
    inflation: Literal["continuous", "intermittent"] = Field("continuous", examples=["continuous"])
    from_set: Annotated[int, FROM_SET] = Field(
        1, description="set or bout from which it is inflated; 1 is the minute before the first"
    )
    posture: Literal["supine", "seated", "standing"] = Field(
        "supine", description="in which occlusion pressure counts: the lower below the heart, the higher"
    )


class Phase(Record):
    """A stretch of the calendar; its week begins on its first day.

    Sessions happen in ``training``, and in ``bed rest`` with ``training = true``. ``detraining`` and ``habitual`` are
    the same to the body: no sessions, on one's feet.
    """

    kind: Literal["training", "detraining", "bed rest", "habitual"] = Field(examples=["training"])
    weeks: Annotated[int, WEEKS] | None = Field(None, description="length [week]")
    days: Annotated[int, DAYS] | None = Field(None, description="length, instead of weeks [d]")
    training: StrictBool | None = Field(None, description="whether there are sessions", examples=[True])
    sessions_per_week: Annotated[int, SESSIONS] | None = Field(
        None, description="in this phase; that of [calendar] if left out"
    )

    @property
    def length(self) -> int:
        """Length [d]."""
        return self.days or WEEK_DAYS * (self.weeks or 0)

    @property
    def trains(self) -> bool:
        """Whether sessions happen."""
        return self.kind == "training" if self.training is None else self.training


class Calendar(Record):
    """When sessions happen: a length in weeks or days, or phases one after the other."""

    sketch: ClassVar[tuple[str, ...]] = ("weeks",)

    sessions_per_week: Annotated[int, SESSIONS] | None = Field(None, description="left out without an [exercise]")
    weeks: Annotated[int, WEEKS] | None = Field(None, description="length of the programme [week]")
    days: Annotated[int, DAYS] | None = Field(None, description="length of the programme, instead of weeks [d]")
    time_of_day: Annotated[float, TIME_OF_DAY] | None = Field(None, description="start of a session, 10:00 [s]")
    times_of_day: Annotated[tuple[float, ...], TIMES_OF_DAY] | None = Field(
        None, description="starts of the sessions of a training day [s since midnight]"
    )
    phases: tuple[Phase, ...] | None = Field(None, description="tables [[calendar.phases]]", max_length=MAX_PHASES)

    @property
    def stages(self) -> tuple[Phase, ...]:
        """The phases; a plain calendar is one, of training if it has sessions."""
        if self.phases:
            return self.phases
        kind: Literal["training", "habitual"] = "training" if self.sessions_per_week else "habitual"
        return (Phase(kind=kind, weeks=self.weeks, days=self.days, training=None, sessions_per_week=None),)

    @property
    def total_days(self) -> int:
        """Length of the programme [d]."""
        return sum(stage.length for stage in self.stages)

    @property
    def session_times(self) -> tuple[float, ...]:
        """Starts of the sessions of a training day [s since midnight]; a second one is eight hours after the first."""
        first = 36000.0 if self.time_of_day is None else self.time_of_day
        return self.times_of_day or (first, first + EIGHT_HOURS)


class Meals(Record):
    """Protein of a day, in equal meals; ``protein = "0 g/kg/d"`` switches meals off, left out it is what people eat."""

    protein: Annotated[float, PROTEIN] | None = Field(None, description="protein of a day per body mass [g/kg/d]")
    times: Annotated[tuple[float, ...], MEAL_TIMES] = Field(
        (28800.0, 45000.0, 68400.0), description="start of each meal [s since midnight]"
    )


class Model(Record):
    """Which values the model takes for what the scenario does not tell."""

    parameter_set: Text = Field(
        "default", description="a shipped set of values, or the path of a .toml file", examples=["default"]
    )


class Scenario(Record):
    """What is done to whom. Without [exercise] the person lives their habitual life."""

    title: Text = Field(examples=["Low-load knee extension with a cuff"])
    person: Person
    cuff: Cuff | None = None
    exercise: Annotated[Mode, Field(discriminator="mode")] | None = None
    calendar: Calendar
    meals: Meals = Meals.model_construct()
    model: Model = Model.model_construct()
    limits: Limits = Limits.model_construct()

    @property
    def trained_limb(self) -> Literal["leg", "arm"]:
        """The limb that trains and, if there is a cuff, wears it."""
        if isinstance(self.exercise, Resistance) and self.exercise.limb is not None:
            return self.exercise.limb
        return "leg" if self.cuff is None else self.cuff.limb

    @property
    def trains_calf(self) -> bool:
        """Whether the ankle moves, and the muscle that trains is the calf."""
        return isinstance(self.exercise, Resistance) and self.exercise.joint == "ankle"


# The records a section can be: one for each mode of exercise.
SECTIONS: dict[str, tuple[type[Record], ...]] = {
    "person": (Person,),
    "cuff": (Cuff,),
    "exercise": tuple(MODES.values()),
    "calendar": (Calendar,),
    "meals": (Meals,),
    "model": (Model,),
    "limits": (Limits,),
}
