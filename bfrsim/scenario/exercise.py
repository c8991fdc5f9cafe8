"""The modes of exercise, told apart by their ``mode``: resistance, walking, cycling, and a cuff alone at rest.

Each mode knows the stretches of work in a session and the rest between them; everything else about time follows.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool

from bfrsim.scenario.quantities import (
    Amount,
    Durations,
    Number,
    Quantity,
    QuantityOf,
    Range,
    Sets,
    Shares,
)
from bfrsim.scenario.record import Record, Text

MAX_SETS = 20
MAX_LOAD_PERCENT = 150.0
LONGEST_SET_SECONDS = 600.0
LOCOMOTION_DUTY = 0.4  # share of a stride or a turn of the pedals in which the thigh contracts
UNITS_OF_LOAD = {"machine": ("%1RM", "kg"), "elastic band": ("%1RM",), "body weight": ("%mass",)}

LOAD = QuantityOf(
    "a load",
    ("30 %1RM", "20 kg", "60 %mass"),
    (
        Range("%1RM", 0, MAX_LOAD_PERCENT, above=True),
        Range("kg", 0, 750, above=True),
        Range("%mass", 0, 150, above=True),
    ),
)
SETS = Sets(MAX_SETS, most_repetitions=200)
REPETITION = Quantity("a repetition", ("3 s",), Range("s", 0.5, 20))
REST = Quantity("a rest", ("45 s",), Range("s", 0, 1800))
SHARES = Shares(MAX_SETS)
DUTY = Number("the contracting share of a repetition", (0.8,), Range("", 0.05, 1))
LIMBS = Number("how many limbs train, one or both", (2,), Range("", 1, 2), whole=True)
SPEED = Quantity("a walking speed", ("4 km/h", "67 m/min"), Range("m/min", 0, 200, above=True))
POWER = Quantity("a cycling power", ("60 W",), Range("W", 0, 500, above=True))
INTENSITY = Quantity("an intensity", ("45 %HRR",), Range("%HRR", 0, 100, above=True))
DURATION = Quantity("a duration", ("20 min",), Range("s", 1, 7200))
BOUTS = Durations(DURATION, most=20, examples=(["2 min", "2 min", "2 min"],))
CYCLES = Number("cycles of inflation and deflation", (5,), Range("", 1, 20), whole=True)
INFLATED = Quantity("a time of inflation", ("5 min",), Range("s", 1, 7200))
DEFLATED = Quantity("a time of deflation", ("3 min",), Range("s", 0, 7200))


class _Mode(Record):
    """`work` names the stretches in a timeline; `needs_cuff` and `trains_legs` are checked against the cuff."""

    work: ClassVar[str]
    needs_cuff: ClassVar[bool] = False
    trains_legs: ClassVar[bool] = False

    limbs: Annotated[int, LIMBS] = Field(2, description="limbs trained (and cuffed) at the same time, 1 or 2")

    @property
    def stretches(self) -> tuple[float, ...]:
        """The longest each stretch of work can last [s]."""
        raise NotImplementedError

    @property
    def between(self) -> float:
        """From the end of a stretch to the next [s]."""
        raise NotImplementedError


class Resistance(_Mode):
    """Sets of repetitions against a load.

    With `to_failure` each set runs until the muscle cannot go on; `sets` then only tells how many there are. The load
    of an elastic band is a share of the maximum and does not change along the movement; that of the own body is a
    share of body mass, ``"60 %mass"``.
    """

    work: ClassVar[str] = "set"

    mode: Literal["resistance"] = Field(examples=["resistance"])
    movement: Text = Field(description="free text, for titles", examples=["knee extension"])
    equipment: Literal["machine", "elastic band", "body weight"] = Field("machine", examples=["machine"])
    limb: Literal["leg", "arm"] | None = Field(
        None, description="trained limb; left out, the one that wears the cuff, or the leg", examples=["arm"]
    )
    joint: Literal["knee", "ankle", "elbow"] | None = Field(
        None,
        description="joint that moves, for how fast its muscles tire; left out, the knee, of an arm the elbow",
        examples=["ankle"],
    )
    load: Annotated[Amount, LOAD] = Field(description="share of the maximum [%1RM], mass [kg], share of body [%mass]")
    load_shares: Annotated[tuple[float, ...], SHARES] | None = Field(
        None, description="share of the load in each set; left out, all of it in every set"
    )
    sets: Annotated[int | tuple[int, ...], SETS] = Field(description="repetitions of each set, or number of sets")
    to_failure: StrictBool = Field(False, examples=[False])
    repetition: Annotated[float, REPETITION] = Field(description="length of one repetition [s]")
    rest: Annotated[float, REST] = Field(description="from the end of a set to the next [s]")
    duty: Annotated[float, DUTY] = Field(0.8, description="share of a repetition in which the muscle contracts [1]")

    @property
    def stretches(self) -> tuple[float, ...]:
        """The longest each set can last [s]; a set to failure is stopped after ten minutes."""
        if self.to_failure:
            return (LONGEST_SET_SECONDS,) * (self.sets if isinstance(self.sets, int) else len(self.sets))
        assert not isinstance(self.sets, int), "a number of sets is allowed only with to_failure"
        return tuple(repetitions * self.repetition for repetitions in self.sets)

    @property
    def between(self) -> float:
        """From the end of a set to the next [s]."""
        return self.rest


class _Locomotion(_Mode):
    trains_legs: ClassVar[bool] = True

    intensity: Annotated[float, INTENSITY] | None = Field(None, description="share of heart rate reserve [%HRR]")
    duration: Annotated[float, DURATION] | None = Field(None, description="of a single bout [s]")
    bouts: Annotated[tuple[float, ...], BOUTS] | None = Field(None, description="durations of several bouts [s]")
    rest: Annotated[float, REST] = Field(60.0, description="from the end of a bout to the next [s]")

    @property
    def stretches(self) -> tuple[float, ...]:
        """The duration of each bout [s]."""
        if self.bouts is not None:
            return self.bouts
        assert self.duration is not None, "one of duration and bouts is given"
        return (self.duration,)

    @property
    def between(self) -> float:
        """From the end of a bout to the next [s]."""
        return self.rest


class Walking(_Locomotion):
    """Walking on the level at a speed, or at a share of heart rate reserve; in one bout or several."""

    work: ClassVar[str] = "walk"

    mode: Literal["walking"] = Field(examples=["walking"])
    movement: Text = Field("walking", description="free text, for titles", examples=["treadmill walking"])
    speed: Annotated[float, SPEED] | None = Field(None, description="walking speed [m/min]")


class Cycling(_Locomotion):
    """Cycling at a power, or at a share of heart rate reserve; in one bout or several."""

    work: ClassVar[str] = "ride"

    mode: Literal["cycling"] = Field(examples=["cycling"])
    movement: Text = Field("cycling", description="free text, for titles", examples=["cycling"])
    power: Annotated[float, POWER] | None = Field(None, description="power at the pedals [W]")


class Passive(_Mode):
    """A cuff alone at rest, inflated and deflated in cycles, as in bed or in intensive care."""

    work: ClassVar[str] = "inflation"
    needs_cuff: ClassVar[bool] = True

    mode: Literal["passive"] = Field(examples=["passive"])
    movement: Text = Field("rest with a cuff", description="free text, for titles", examples=["lying in bed"])
    cycles: Annotated[int, CYCLES] = Field(description="number of inflations in a session")
    inflated: Annotated[float, INFLATED] = Field(description="how long each inflation lasts [s]")
    deflated: Annotated[float, DEFLATED] = Field(description="from the end of an inflation to the next [s]")

    @property
    def stretches(self) -> tuple[float, ...]:
        """The duration of each inflation [s]."""
        return (self.inflated,) * self.cycles

    @property
    def between(self) -> float:
        """From the end of an inflation to the next [s]."""
        return self.deflated


Mode = Resistance | Walking | Cycling | Passive
MODES: dict[str, type[Mode]] = {"resistance": Resistance, "walking": Walking, "cycling": Cycling, "passive": Passive}
