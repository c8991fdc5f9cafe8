"""Limits a scenario may set on what a session does to the circulation and the limb; each is the most that is wanted.

What a scenario leaves out has the limit of ``evidence/safety_limits.csv``, or none. A limit changes nothing in the
simulation: results are marked against it.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from bfrsim.scenario.quantities import Number, Quantity, Range
from bfrsim.scenario.record import Record

SYSTOLIC = Quantity("a systolic pressure", ("180 mmHg",), Range("mmHg", 80, 400))
RISE = Quantity("a rise of pressure", ("60 mmHg",), Range("mmHg", 0, 250))
MEAN = Quantity("a mean pressure", ("150 mmHg",), Range("mmHg", 60, 300))
RATE_PRESSURE = Quantity("a rate-pressure product", ("25000 mmHg/min",), Range("mmHg/min", 5000, 100000))
FALL = Quantity("a fall of stroke volume", ("20 %",), Range("%", 0, 100))
BURSTS = Quantity("a number of sympathetic bursts", ("80 1/min",), Range("1/min", 0, 300))
DROP = Quantity("a fall of pressure", ("20 mmHg",), Range("mmHg", 0, 150))
TIME = Quantity("a time", ("20 min",), Range("min", 0, 600))
REPERFUSION = Number("a reperfusion load", (6.5,), Range("", 0, 1000))
DISCOMFORT = Number("a discomfort, CR-10", (7,), Range("", 0, 10))
CUFF = Quantity("a cuff pressure", ("80 %AOP",), Range("%AOP", 0, 300))


class Limits(Record):
    """The most a session may reach; `bfrsim run` marks what is over."""

    sketch: ClassVar[tuple[str, ...]] = ("systolic_pressure",)

    systolic_pressure: Annotated[float, SYSTOLIC] | None = Field(None, description="highest of the session [mmHg]")
    systolic_rise: Annotated[float, RISE] | None = Field(None, description="of systolic pressure over rest [mmHg]")
    mean_pressure: Annotated[float, MEAN] | None = Field(None, description="mean arterial, highest [mmHg]")
    rate_pressure_product: Annotated[float, RATE_PRESSURE] | None = Field(
        None, description="heart rate times systolic pressure, highest [mmHg/min]"
    )
    stroke_volume_fall: Annotated[float, FALL] | None = Field(None, description="largest, against rest [%]")
    sympathetic_bursts: Annotated[float, BURSTS] | None = Field(None, description="to muscle, most in a minute [1/min]")
    systolic_fall: Annotated[float, DROP] | None = Field(
        None, description="of systolic pressure below rest, with the cuff off and the muscle at rest [mmHg]"
    )
    venous_stasis: Annotated[float, TIME] | None = Field(None, description="in a session [min]")
    ischaemia: Annotated[float, TIME] | None = Field(None, description="hypoxia over rest times time [min]")
    reperfusion: Annotated[float, REPERFUSION] | None = Field(None, description="oxidant burst, a model quantity")
    low_shear: Annotated[float, TIME] | None = Field(
        None, description="time without flow in the conduit artery, leaking [min]"
    )
    discomfort: Annotated[float, DISCOMFORT] | None = Field(None, description="CR-10, highest")
    cuff: Annotated[float, CUFF] | None = Field(None, description="pressure of the cuff, highest [%AOP]")
    high_pressure: Annotated[float, TIME] | None = Field(None, description="with the cuff above 80 %AOP [min]")
    inflation: Annotated[float, TIME] | None = Field(None, description="of the cuff without a break, longest [min]")
