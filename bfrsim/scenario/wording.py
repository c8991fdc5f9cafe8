"""How values are spelt in messages and written scenarios."""

from __future__ import annotations

import json
from typing import Any


def number_text(value: float) -> str:
    """Return the shortest text that reads back to `value`, without a trailing ``.0``."""
    return repr(float(value)).removesuffix(".0")


def clock_text(seconds: float) -> str:
    """Return ``HH:MM`` of a time in s, whatever its day."""
    minutes = int(seconds // 60) % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def shown(value: Any) -> str:
    """Return a value as it is written in TOML, shortened to fit in one line of a message."""
    if isinstance(value, str):
        text = json.dumps(value if len(value) <= 60 else value[:57] + "...", ensure_ascii=False)
        return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        shortened = [shown(each) for each in value[:8]] + ["..."] * (len(value) > 8)
        return f"[{', '.join(shortened)}]"[:200]
    if isinstance(value, dict):
        return "{...}"
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a number of more than 30 digits"
    return str(value)
