"""The axes of a sweep as they are written: ``cuff.pressure=0:100:10 %AOP``, a list, or scenario files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bfrsim.errors import ScenarioError
from bfrsim.scenario.wording import shown

SCENARIO, PARAMETER = "scenario", "parameter."  # axes that are no field of a scenario
MOST_VALUES = 10_000
EXAMPLES = '"cuff.pressure=0:100:10 %AOP" or "exercise.load=20,30,50 %1RM" or "scenario=bfr_walking,walking"'

_NUMBER = r"[-+]?(?:\d{1,15}\.?\d{0,15}|\.\d{1,15})(?:[eE][-+]?\d{1,2})?"
_RANGE = re.compile(rf"^({_NUMBER})\s*:\s*({_NUMBER})\s*:\s*({_NUMBER})(?:\s*([A-Za-z%].*))?$")
_HALF = re.compile(rf"^({_NUMBER})\s*:\s*({_NUMBER})\s*[A-Za-z%].*$")
_QUANTITY = re.compile(rf"^({_NUMBER})\s*([A-Za-z%].*)$")
_PLAIN = re.compile(rf"^{_NUMBER}(?:/{_NUMBER})?$")
_KEY = re.compile(r"^[A-Za-z_]\w*(\.\w+)*$")


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes
    ----------
    key : dotted field of a scenario, ``scenario``, or ``parameter.NAME``.
    values : what is set, as a scenario's file would hold it.
    labels : the same as text.
    numbers : the same as numbers in `unit`; empty where they are words, lists or of several units.
    unit : as written; empty for plain numbers.
    """

    key: str
    values: tuple[Any, ...]
    labels: tuple[str, ...]
    numbers: tuple[float, ...] = ()
    unit: str = ""

    def __len__(self) -> int:
        return len(self.values)


def read_axes(texts: Sequence[str]) -> tuple[Axis, ...]:
    """Read every axis of a sweep.

    Raises
    ------
    ScenarioError
        If there is none, one is not understood, or two have the same key.
    """
    if not texts:
        raise ScenarioError(f"a sweep needs an axis; write --over {EXAMPLES}")
    axes = tuple(read_axis(text) for text in texts)
    keys = [axis.key for axis in axes]
    for number, key in enumerate(keys):
        inner = next((other for other in keys if other.startswith(f"{key}.")), None)
        if key in keys[:number] or inner:
            raise ScenarioError(f"{inner or key} is an axis already; give each field once", f"--over {texts[number]}")
    return axes


def read_axis(text: str) -> Axis:
    """Read one axis, ``key=start:stop:step unit`` with both ends, or ``key=value,value``."""
    place = f"--over {text if len(text) <= 80 else text[:77] + '...'}"
    key, equals, written = (part.strip() for part in text.partition("="))
    if not equals or not _KEY.match(key) or not written:
        raise ScenarioError(f"an axis is written {EXAMPLES}", place)
    if key != SCENARIO and "." not in key:
        raise ScenarioError(f"'{key}' is no field; write section.{key}, or scenario=... for files", place)
    try:
        axis = _range(key, written) if key != SCENARIO else None
        axis = axis or _list(key, written)
    except ValueError as error:
        raise ScenarioError(str(error), place) from None
    twice = next((label for label in axis.labels if axis.labels.count(label) > 1), None) if len(axis) < 1000 else None
    if twice is not None:
        raise ScenarioError(f"{twice} stands there twice", place)
    return axis


def _range(key: str, written: str) -> Axis | None:
    match = _RANGE.match(written)
    if match is None:
        if _HALF.match(written):
            raise ValueError("a range is start:stop:step with both ends, such as 0:100:10 %AOP; the step is missing")
        return None
    start, stop, step = (Decimal(match[part]) for part in (1, 2, 3))
    if step == 0 or (stop - start) / step < 0:
        raise ValueError(f"a step of {match[3]} does not lead from {match[1]} to {match[2]}")
    steps = (stop - start) / step
    if steps + 1 > MOST_VALUES:
        raise ValueError(f"an axis has at most {MOST_VALUES} values")
    if steps != int(steps):
        last = start + int(steps) * step
        ends = f"{_plain(start)}:{_plain(last)}:{_plain(step)} or {_plain(start)}:{_plain(last + step)}:{_plain(step)}"
        raise ValueError(f"both ends belong to a range, and steps of {match[3]} miss {match[2]}; write {ends}")
    texts = [_plain(start + number * step) for number in range(int(steps) + 1)]
    return _numbers(key, texts, (match[4] or "").strip())


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _numbers(key: str, texts: Sequence[str], unit: str) -> Axis:
    numbers = tuple(float(text) for text in texts)
    if unit:
        labels = tuple(f"{text} {unit}" for text in texts)
        return Axis(key, labels, labels, numbers, unit)
    whole = all(re.fullmatch(r"[-+]?\d+", text) for text in texts)
    return Axis(key, tuple(int(text) for text in texts) if whole else numbers, tuple(texts), numbers)


def _list(key: str, written: str) -> Axis:
    items = [item.strip() for item in _split(written)]
    if not all(items):
        raise ValueError("a value is missing between commas")
    if len(items) > MOST_VALUES:
        raise ValueError(f"an axis has at most {MOST_VALUES} values")
    if key == SCENARIO:
        return Axis(key, tuple(items), tuple(items))
    last = _QUANTITY.match(items[-1]) or re.match(r"^(.*/[\d.]+)\s*([A-Za-z%].*)$", items[-1])
    if last and all(_PLAIN.match(item) for item in items[:-1]):  # "20,30,50 %1RM": one unit for all
        items = [f"{item} {last[2]}" for item in items[:-1]] + [f"{last[1]} {last[2]}"]
    quantities = [_QUANTITY.match(item) for item in items]
    units = {match[2].strip() for match in quantities if match}
    if all(quantities) and len(units) == 1:
        return _numbers(key, [match[1] for match in quantities if match], units.pop())
    if all(re.fullmatch(_NUMBER, item) for item in items):
        return _numbers(key, items, "")
    values = tuple(_value(item) for item in items)
    return Axis(key, values, tuple(value if isinstance(value, str) else shown(value) for value in values))


def _split(written: str) -> list[str]:
    """Split at commas that stand outside brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in written:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0 and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _value(text: str) -> Any:
    """Return what TOML reads, or the text itself."""
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return read["value"] if len(read) == 1 else text
