"""The author's own spelling of values and equations, cut out of the line where it stands; a model read for reading."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bfrsim.language.bibliography import ASSUMED, FITTED
from bfrsim.language.join import System
from bfrsim.language.tree import Declaration

if TYPE_CHECKING:
    from bfrsim.units import Unit

_AFTER_UNIT = re.compile(r"\s*(?:~.*|size\s+\S+)?\s*$")
_LAST_UNIT = re.compile(r"\s*\[[^\]]*\]\s*$")
_PRIORS = {
    "lognormal": "lognormal, median {0:g}, standard deviation of the logarithm {1:g}",
    "normal": "normal, mean {0:g}, standard deviation {1:g}",
    "uniform": "uniform from {0:g} to {1:g}",
}


def source_text(source: str, bibliography: Path) -> str:
    """Return where a value or an equation comes from: the key, and the work behind it."""
    if not source:
        return "see the equation"
    told = {ASSUMED: "assumed, without a published source", FITTED: "fitted to published measurements"}
    text = bibliography.read_text(encoding="utf-8") if bibliography.is_file() else ""
    return "\n".join(told.get(key) or f"@{key}{_work(key, text)}" for key in source.split(", "))


def _work(key: str, text: str) -> str:
    entry = re.search(rf"^@\w+\{{\s*{re.escape(key)}\s*,(.*?)^\}}", text, re.MULTILINE | re.DOTALL)
    if entry is None:
        return ""
    fields = dict(re.findall(r"(\w+)\s*=\s*\{(.*)\},?\s*$", entry[1], re.MULTILINE))
    author = fields.get("author", "").split(" and ")[0].replace(",", "")
    others = " et al." if " and " in fields.get("author", "") else ""
    doi = f" doi:{fields['doi']}" if "doi" in fields else ""
    return f": {author}{others} ({fields.get('year', '')}). {fields.get('title', '')}.{doi}"


def unit_text(unit: Unit) -> str:
    """Return a unit in brackets, as it was written."""
    return f"[{unit.spelling}]"


def value_text(item: Declaration) -> str:
    """Return the value of a parameter or the initial value of a state, as it was written."""
    right = _right_side(item.span.text[item.span.start : item.span.end])
    return _LAST_UNIT.sub("", _AFTER_UNIT.sub("", right))


def equation_text(item: Declaration) -> str:
    """Return the right side of a line, as it was written."""
    return _right_side(item.span.text[item.span.start : item.span.end])


def rate_text(system: System, state: str) -> str:
    """Return the rate of a state, as it was written: per the submodel's own unit of time."""
    if state not in system.rates:
        return f"d {state}/dt = 0"
    value, factor = system.rates[state]
    line = value.span.text if value.span is not None else ""
    right = _right_side(re.split(r'["#@]', line, maxsplit=1)[0])
    told = "" if factor == 1.0 else f"  (per {_time_text(1.0 / factor)})"
    return f"d {state}/dt = {right}{told}"


def prior_text(item: Declaration) -> str:
    """Return how a parameter differs between people, in words."""
    if item.prior is None:
        return "the same in all people"
    return _PRIORS[item.prior.family].format(item.prior.first, item.prior.second)


def _right_side(text: str) -> str:
    return text.split("=", 1)[1].strip()


def _time_text(seconds: float) -> str:
    names = {60.0: "minute", 3600.0: "hour", 86400.0: "day", 604800.0: "week"}
    return next((name for size, name in names.items() if abs(seconds / size - 1) < 1e-9), f"{seconds:g} s")
