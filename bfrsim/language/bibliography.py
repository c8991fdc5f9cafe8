"""Keys of the bibliography: every ``@key`` in a model must stand in ``references.bib``, or be ``@assumed``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from bfrsim.errors import ModelError, did_you_mean
from bfrsim.language.tree import Model

ASSUMED = "assumed"
FITTED = "fitted"
_ENTRY = re.compile(r"^\s*@\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE)


@cache
def bibliography_keys(path: Path) -> frozenset[str]:
    """Return the keys of a BibTeX file; empty if there is none."""
    if not path.is_file():
        return frozenset()
    return frozenset(_ENTRY.findall(path.read_text(encoding="utf-8")))


def check_sources(model: Model, path: Path) -> None:
    """Raise ModelError at the first ``@key`` that the bibliography at `path` does not hold."""
    known = {*bibliography_keys(path), ASSUMED, FITTED}
    for item in model.declarations:
        for key in item.source.split(", ") if item.source else ():
            if key not in known:
                hint = did_you_mean(key, known)
                message = f"source '@{key}' is not in {path.name}{hint}; add it there, or write @assumed"
                raise ModelError(item.span, message)
