"""From a cohort's file to a checked `CohortSpec`, or to one error with all mistakes."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from bfrsim.errors import ScenarioError
from bfrsim.library import find_cohort
from bfrsim.scenario.toml_file import file_table, file_text
from bfrsim.study.cohort.mistakes import mistakes_in
from bfrsim.study.cohort.schema import RECORDS, CohortSpec

NOUN = "a cohort"


def read_cohort(source: str | Path) -> CohortSpec:
    """Read and check a cohort.

    Parameters
    ----------
    source : str or Path
        Path of a TOML file, or the bare name of a shipped cohort such as ``older_adults``.

    Raises
    ------
    ScenarioError
        One line for each mistake, with file and line.
    """
    path = find_cohort(source)
    text = file_text(path, NOUN)
    data = file_table(text, path)
    if not data:
        raise ScenarioError('an empty cohort; it begins with a line title = "..." and a section [population]', path)
    try:
        return CohortSpec.model_validate(data)
    except ValidationError as error:
        raise ScenarioError("\n".join(mistakes_in(error, data, text, path, RECORDS))) from None
