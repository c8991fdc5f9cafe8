"""What the sections of a scenario have in common."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Record(BaseModel):
    """A section: its values cannot change, and a key nobody knows is a mistake."""

    sketch: ClassVar[tuple[str, ...]] = ()  # keys that show how to begin a section which requires none

    model_config = ConfigDict(frozen=True, extra="forbid")
