"""benchmarks/RESULTS.md: sections between marks; a command rewrites its own and keeps the rest.

``ahead`` and ``tried`` are written by hand.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ORDER = ("peers", "steps", "lanes", "ahead", "precision", "scaling", "cold", "tried")
PACKAGES = ("bfrsim", "numpy", "numba", "llvmlite", "scipy", "scikit-sundae", "numbalsoda", "jax", "diffrax")
TITLE = (
    "# Benchmarks\n\nWritten by `python -m benchmarks peers|precision|scaling|cold|profile`; each rewrites its own"
    " sections and keeps the others. Compare ratios within one section, not times between sections."
)
TRIED = (
    "## Tried\n\nWritten by hand; kept when the rest is rewritten. Each line: the prediction and the measurement.\n\n"
    "### Tried and kept\n\n- Nothing noted yet.\n\n### Tried and did not pay\n\n- Nothing noted yet."
)


def write_sections(path: Path, sections: dict[str, str], quick: bool) -> None:
    """Put sections into the file, each with the machine that gave it."""
    known = read_sections(path)
    stamp = f"*{machine()}{'; quick run' if quick else ''}*"
    for name, text in sections.items():
        title, _, rest = text.partition("\n\n")
        known[name] = f"{title}\n\n{stamp}\n\n{rest}"
    known.setdefault("tried", TRIED)
    parts = [f"<!-- {name} -->\n{known[name]}\n<!-- end of {name} -->" for name in ORDER if name in known]
    path.write_text("\n\n".join([TITLE, *parts]) + "\n", encoding="utf-8")


def read_sections(path: Path) -> dict[str, str]:
    """Return the sections that the file holds."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return dict(re.findall(r"<!-- (\w+) -->\n(.*?)\n<!-- end of \1 -->", text, flags=re.DOTALL))


def table(head: list[str], lines: list[list[str]]) -> str:
    """Return a Markdown table."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def number(value: float | None) -> str:
    """Print three digits, small numbers by their power of ten."""
    if value is None:
        return ""
    if value and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> str:
    """Say in one line what ran where."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    cores = os.cpu_count()
    python = platform.python_version()
    return f"{time.strftime('%Y-%m-%d')}; {_processor()}, {cores} cores{load}; Python {python}, {', '.join(found)}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = re.findall(r"model name\s*: (.*)", info.read_text(encoding="utf-8"))
        if names:
            return f"{names[0].strip()} ({platform.system()} {platform.machine()})"
    return f"{platform.processor() or 'unknown processor'} ({platform.system()} {platform.machine()})"


def tell(text: str) -> None:
    """Say on the side what is being done."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)
