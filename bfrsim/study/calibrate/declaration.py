"""What is fitted, as data: which constants are free and why, and what a fit may not break, each with its source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from bfrsim.errors import ScenarioError, did_you_mean
from bfrsim.library import scenarios_folder
from bfrsim.scenario.places import told_in_file, value_at
from bfrsim.scenario.record import Record
from bfrsim.scenario.toml_file import file_table, file_text
from bfrsim.scenario.wording import shown
from bfrsim.study.published.measures import MeasureName

NOUN = "a declaration of what is fitted"

Text = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Share = Annotated[float, Field(gt=0.0, le=10.0)]


class Free(Record):
    """A free constant; its prior stands in the model."""

    name: Text
    why: Text = Field(description="which rows tell of it")


class Restriction(Record):
    """What must hold whatever is fitted: one programme changes less than a share of what another does.

    The second may be the same scenario with parameters of the model changed (a knock-out).
    """

    says: Text
    measure: MeasureName
    less: Text = Field(description="scenario with the smaller change")
    more: Text = Field(description="scenario with the larger change")
    share: Share = Field(1.0, description="less < share x more")
    less_with: Mapping[str, float] = Field({}, description="parameters of the model, changed in the first")
    more_with: Mapping[str, float] = Field({}, description="parameters of the model, changed in the second")
    source: Text


class Declaration(Record):
    """Everything that is declared."""

    title: Text
    constant: tuple[Free, ...] = Field(min_length=1)
    restriction: tuple[Restriction, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the free constants."""
        return tuple(each.name for each in self.constant)


def shipped_declaration() -> Path:
    """Return the shipped declaration."""
    return scenarios_folder() / "evidence" / "calibration.toml"


def read_declaration(path: Path) -> Declaration:
    """Read and check a declaration.

    Raises
    ------
    ScenarioError
        One line for each mistake, with file and line.
    """
    text = file_text(path, NOUN)
    data = file_table(text, path)
    try:
        found = Declaration.model_validate(data)
    except ValidationError as error:
        told = [(_place(detail["loc"]), _sentence(dict(detail), data)) for detail in error.errors()]
        raise ScenarioError("\n".join(told_in_file(told, text, path))) from None
    twice = [name for name, count in Counter(found.names).items() if count > 1]
    if twice:
        place = ("constant", str(found.names.index(twice[0])))
        raise ScenarioError("\n".join(told_in_file([(place, f"'{twice[0]}' is declared twice")], text, path)))
    return found


def _place(parts: tuple[int | str, ...]) -> tuple[str, ...]:
    return tuple(map(str, parts))


def _sentence(detail: dict[str, Any], data: Mapping[str, Any]) -> str:
    place = _place(detail["loc"])
    names = [part for part in place if not part.isdigit()]
    records: dict[str, type[Record]] = {"constant": Free, "restriction": Restriction} if names[1:] else {}
    record = records.get(names[0], Declaration)
    if detail["type"] == "extra_forbidden":
        fields = list(record.model_fields)
        hint = did_you_mean(names[-1], fields) or f"; the keys there are {', '.join(fields)}"
        return f"unknown key '{names[-1][:40]}'{hint}"
    if detail["type"] == "missing":
        return f"missing '{names[-1]}'" + (f" in [[{names[0]}]]" if names[1:] else "")
    found = value_at(place, data)
    return f"{'.'.join(names)}{'' if found is None else f' = {shown(found)}'}: {detail['msg']}"
