"""What the file of a sensitivity study may say: the scenario, what varies, what is looked at and when, and how."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bfrsim.scenario.quantities import Number, Quantity, Range
from bfrsim.scenario.record import Record, Text

MOST_SAMPLES = 2**16

SAMPLES = Number("a number of samples", (64,), Range("", 2, MOST_SAMPLES), whole=True)
SEED = Number("a seed", (1,), Range("", 0, 2**31), whole=True)
CONFIDENCE = Number("a level of confidence", (0.95,), Range("", 0.5, 0.999))
MOMENT = Quantity("a time since the start", ("4 week",), Range("s", 0, 1092 * 86400.0, above=True))


class Input(Record):
    """Something that varies: a parameter of the model, all of them, or a field of the scenario.

    ``vary = "parameters"`` stands for every parameter that has a prior, of the named `subsystems` if given. A single
    ``parameter.NAME`` follows its prior too, unless `low` and `high` are told: then it is uniform between them, as a
    field of the scenario always is. Inputs with the same `group` are moved together.
    """

    vary: Text = Field(examples=["cuff.pressure"])
    low: str | int | float | None = Field(None, examples=["40 %AOP"])
    high: str | int | float | None = Field(None, examples=["80 %AOP"])
    subsystems: tuple[str, ...] | None = Field(None, examples=[["muscle"]])
    group: Text | None = Field(None, examples=["protocol"])

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high belong together")
        if self.vary == "parameters" and self.low is not None:
            raise ValueError('vary = "parameters": all of them follow their priors; leave low and high out')
        if self.subsystems is not None and self.vary != "parameters":
            raise ValueError('subsystems = [...]: these go with vary = "parameters"')
        if self.vary != "parameters" and not self.vary.startswith("parameter.") and self.low is None:
            raise ValueError(f'vary = "{self.vary}": a field of the scenario needs low and high')
        return self


class StudySpec(Record):
    """A sensitivity study.

    `samples` are trajectories for Morris and base points, a power of two, for Sobol; a study of g inputs or groups
    simulates ``samples * (g + 1)`` or ``samples * (g + 2)`` programmes.
    """

    title: Text = Field(examples=["What muscle size hangs on"])
    scenario: Text = Field(examples=["bfr_knee_extension"])
    set: tuple[str, ...] = Field((), description="changes of the scenario, as for --set")
    method: Literal["morris", "sobol"] = Field(examples=["morris"])
    samples: Annotated[int, SAMPLES] = Field(description="trajectories, or base points")
    seed: Annotated[int, SEED] = Field(1, description="another seed draws others")
    confidence: Annotated[float, CONFIDENCE] = Field(0.95, description="of the intervals")
    outputs: tuple[str, ...] = Field(("csa_change",), max_length=20, description="as for bfrsim sweep --of")
    times: tuple[Annotated[float, MOMENT], ...] = Field((), max_length=100, description="left out, the end")
    groups: Literal["none", "subsystem"] = Field("none", examples=["subsystem"])
    input: tuple[Input, ...] = Field(max_length=1000, description="tables [[input]]")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.input:
            raise ValueError("input = []: nothing varies; write tables [[input]]")
        if self.method == "sobol" and self.samples & (self.samples - 1):
            near = 2 ** self.samples.bit_length()
            raise ValueError(f"samples = {self.samples}: Sobol needs a power of two, such as {near}")
        if list(self.times) != sorted(set(self.times)):
            raise ValueError("times = [...]: expected ascending times")
        return self


RECORDS: dict[tuple[str, ...], type[Record]] = {(): StudySpec, ("input",): Input}
