"""What the file of a sensitivity study may say: the scenario, what varies, what is looked at and when, and how."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bfrsim.scenario.quantities import Number, Quantity, Range
from bfrsim.scenario.record import Record, Text

MOST_SAMPLES = 2**16
PEOPLE, GIVEN = "people", "given data"

SAMPLES = Number("a number of samples", (64,), Range("", 2, MOST_SAMPLES), whole=True)
SEED = Number("a seed", (1,), Range("", 0, 2**31), whole=True)
CONFIDENCE = Number("a level of confidence", (0.95,), Range("", 0.5, 0.999))
MOMENT = Quantity("a time since the start", ("4 week",), Range("s", 0, 1092 * 86400.0, above=True))


class Input(Record):
    """Something that varies: a parameter of the model, all of them, or a field of the scenario.

    ``vary = "parameters"`` stands for every parameter that has a prior, of the named `subsystems` if given. A single
    ``parameter.NAME`` follows its prior too, unless `low` and `high` are told: then it is uniform between them, as a
    field of the scenario always is. Inputs with the same `group` are moved together. ``vary = "people"``, with the
    method ``given data`` only, stands for the numbers that tell the people of the cohort, or the named `columns`.
    """

    vary: Text = Field(examples=["cuff.pressure"])
    low: str | int | float | None = Field(None, examples=["40 %AOP"])
    high: str | int | float | None = Field(None, examples=["80 %AOP"])
    subsystems: tuple[str, ...] | None = Field(None, examples=[["muscle"]])
    columns: tuple[str, ...] | None = Field(None, examples=[["age", "almi"]])
    group: Text | None = Field(None, examples=["protocol"])

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high belong together")
        if self.vary in ("parameters", PEOPLE) and self.low is not None:
            raise ValueError(f'vary = "{self.vary}": these follow their own distributions; leave low and high out')
        if self.columns is not None and self.vary != PEOPLE:
            raise ValueError('columns = [...]: these go with vary = "people"')
        if self.subsystems is not None and self.vary != "parameters":
            raise ValueError('subsystems = [...]: these go with vary = "parameters"')
        if self.vary not in ("parameters", PEOPLE) and not self.vary.startswith("parameter.") and self.low is None:
            raise ValueError(f'vary = "{self.vary}": a field of the scenario needs low and high')
        return self


class StudySpec(Record):
    """A sensitivity study.

    `samples` are trajectories for Morris and base points, a power of two, for Sobol; a study of g inputs or groups
    simulates ``samples * (g + 1)`` or ``samples * (g + 2)`` programmes. With the method ``given data`` they are people
    of the `cohort`, whose inputs go together as in its copula; each is simulated once.
    """

    title: Text = Field(examples=["What muscle size hangs on"])
    scenario: Text = Field(examples=["bfr_knee_extension"])
    set: tuple[str, ...] = Field((), description="changes of the scenario, as for --set")
    method: Literal["morris", "sobol", "given data"] = Field(examples=["morris"])
    cohort: Text | None = Field(None, description="whose people, for given data", examples=["older_adults"])
    samples: Annotated[int, SAMPLES] = Field(description="trajectories, base points, or people")
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
        dependent = any(each.vary == PEOPLE for each in self.input)
        if (self.method == GIVEN) != (self.cohort is not None) or (self.method == GIVEN) != dependent:
            raise ValueError(
                f'method = "{self.method}": "given data", cohort = "..." and an [[input]] with vary = "people" belong '
                "together; morris and sobol move inputs that are independent"
            )
        if self.method == GIVEN and any(each.group for each in self.input):
            raise ValueError('method = "given data": each input stands alone; leave group out')
        if self.method == GIVEN and any(each.vary.startswith("person.") for each in self.input):
            raise ValueError('method = "given data": what a person is, the cohort tells; leave person.* out')
        if list(self.times) != sorted(set(self.times)):
            raise ValueError("times = [...]: expected ascending times")
        return self


RECORDS: dict[tuple[str, ...], type[Record]] = {(): StudySpec, ("input",): Input}
