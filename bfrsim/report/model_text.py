"""The author's own spelling of values and equations, cut out of the line where it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bfrsim.language.join import System
    from bfrsim.language.tree import Declaration
    from bfrsim.units import Unit

_AFTER_UNIT = re.compile(r"\s*(?:~.*|size\s+\S+)?\s*$")
_LAST_UNIT = re.compile(r"\s*\[[^\]]*\]\s*$")
_PRIORS = {
    "lognormal": "lognormal, median {0:g}, standard deviation of the logarithm {1:g}",
    "normal": "normal, mean {0:g}, standard deviation {1:g}",
    "uniform": "uniform from {0:g} to {1:g}",
}


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


def start_text(item: Declaration) -> str:
    """Return where a state starts: ``starts at 40[mL] * scale``."""
    return f"starts at {value_text(item)}"


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
