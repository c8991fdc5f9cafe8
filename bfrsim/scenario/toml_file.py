"""A file of TOML -> its tables, or one error that says what is wrong with it and where."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from bfrsim.errors import ScenarioError

MAX_BYTES = 1_000_000


def file_text(path: Path, noun: str = "a scenario") -> str:
    """Return the text of a file; `noun` says in messages what the file should be.

    Raises
    ------
    ScenarioError
        If it is a folder, cannot be read, is too large or is no UTF-8.
    """
    try:
        if path.is_dir():
            raise ScenarioError(f"this is a folder; {noun} is a .toml file", path)
        if not path.is_file():
            raise ScenarioError(f"this is not a file; {noun} is a .toml file", path)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"cannot read this file: {error.strerror or error}", path) from None
    if len(raw) > MAX_BYTES:
        raise ScenarioError(f"larger than {MAX_BYTES // 1_000_000} MB; {noun} is a page of text", path)
    try:
        # Editors on Windows may begin a file with a byte order mark, which TOML does not know.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ScenarioError("not UTF-8 text; save the file as UTF-8", path, line) from None


def file_table(text: str, path: Path) -> dict[str, Any]:
    """Return the tables in a text of TOML.

    Raises
    ------
    ScenarioError
        With file and line, if the text is no TOML.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ScenarioError("not TOML: brackets nested too deep", path) from None
    except tomllib.TOMLDecodeError as error:
        reason, line = _reason_and_line(str(error), text)
        raise ScenarioError(f"not TOML: {reason}", path, line) from None
    except ValueError:  # Python refuses to read integers of more than 4300 digits
        raise ScenarioError("not TOML: a number with thousands of digits", path) from None


def _reason_and_line(message: str, text: str) -> tuple[str, int | None]:
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if place is None:
        return message, None
    reason = re.sub(r"^Cannot declare \('(.*)',\) twice", r"the section [\1] stands twice", message[: place.start()])
    reason = re.sub(r"^Cannot overwrite a value", "this key is given twice", reason)
    if place[1] is None:
        return f"{reason} at the end of the file", text.rstrip().count("\n") + 1
    line = int(place[1])
    return f"{reason} at column {place[2]}{_advice(text.splitlines()[line - 1 : line])}", line


def _advice(lines: list[str]) -> str:
    # The commonest slip of a newcomer: width = 13 cm.
    bare = re.match(r"\s*([\w.-]+)\s*=\s*([\d.]+(?:/\d+)?\s*[A-Za-z%][^\"'#]*)", lines[0]) if lines else None
    return f'; a value with a unit stands in quotes: {bare[1]} = "{bare[2].strip()}"' if bare else ""
