"""From the file of a study to a checked `StudySpec`, or to one error with all mistakes."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from bfrsim.errors import ScenarioError
from bfrsim.library import find_study
from bfrsim.scenario.toml_file import file_table, file_text
from bfrsim.study.cohort.mistakes import mistakes_in
from bfrsim.study.sensitivity.schema import RECORDS, StudySpec


def read_study(source: str | Path, samples: int | None = None) -> StudySpec:
    """Read and check a sensitivity study.

    Parameters
    ----------
    source : str or Path
        Path of a TOML file, or the name of a shipped study.
    samples : int, optional
        Instead of what the file says.

    Raises
    ------
    ScenarioError
        One line for each mistake, with file and line.
    """
    path = find_study(source)
    text = file_text(path, "a sensitivity study")
    data = file_table(text, path)
    if not data:
        raise ScenarioError('an empty study; it begins with a line title = "..."', path)
    if samples is not None:
        data["samples"] = samples
    try:
        return StudySpec.model_validate(data)
    except ValidationError as error:
        raise ScenarioError("\n".join(mistakes_in(error, data, text, path, RECORDS))) from None
