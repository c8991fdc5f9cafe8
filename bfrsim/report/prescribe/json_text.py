"""A prescription as numbers: one JSON object, and tables of every programme tried."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bfrsim.report.prescribe.words import (
    DISCLAIMER,
    choice_sentences,
    limit_sentences,
    programme_text,
    reason_sentences,
    rule_sentences,
    why_not,
)
from bfrsim.study.prescribe.decisions import DECISIONS
from bfrsim.study.prescribe.evaluate import Tried
from bfrsim.study.prescribe.results import Check, Prescription

COLUMNS = ("people", "size_percent", "one_rm_percent", "harm", "minutes_a_week", "over", "keeps")


def prescription_numbers(result: Prescription) -> dict[str, Any]:
    """Return everything that is told of a prescription as plain values; what is not known is None."""
    asked = result.request
    found = {
        "title": asked.title,
        "disclaimer": DISCLAIMER,
        "source": asked.source,
        "cohort": asked.cohort or None,
        "probability": asked.probability,
        "strength_weight": asked.strength_weight,
        "seed": asked.seed,
        "people": {
            "search": asked.search_people, "look": asked.look_people, "fresh": asked.fresh_people,
            "check": asked.check_people,
        },
        "allowed_over": asked.allowed,
        "limits": {name: asdict(each) for name, each in result.limits.items()},
        "decisions": {each.name: list(each.values) for each in result.space},
        "tried": len(result.searched),
        "front": [_told(result, each) for each in result.front],
        "choice": None if result.choice is None else _told(result, result.choice),
        "check": _check(result.check),
        "check_whole_priors": _check(result.whole_priors),
        "neighbours": [
            {"decision": near.decision.name, "against": why_not(result, near.tried)} | _told(result, near.tried)
            for near in result.neighbours
        ],
        "hangs_on": [asdict(each) for each in result.hinges],
        "sources": None if result.sources is None else asdict(result.sources),
        "words": {
            "choice": choice_sentences(result), "hangs_on": reason_sentences(result),
            "rules": [*rule_sentences(result), *limit_sentences(result)],
        },
    }  # fmt: skip
    known: dict[str, Any] = _known(found)
    return known


def prescription_text(result: Prescription) -> str:
    """Return the numbers as text."""
    return json.dumps(prescription_numbers(result), indent=2, allow_nan=False, ensure_ascii=False)


def write_candidates(result: Prescription, tried: Iterable[Tried], path: Path) -> None:
    """Write a line for each programme: what is decided, what it gives, how often each limit is exceeded."""
    names, limits = [each.name for each in DECISIONS], list(result.limits)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*names, *COLUMNS, *(f"over_{name}" for name in limits), "reason"])
        for each in tried:
            chosen = each.candidate.as_dict
            numbers = [len(each.nearest), *(_cell(value) for value in (each.size, each.strength, each.harm, each.time))]
            passed = "" if len(each.nearest) != result.request.fresh_people else str(result.keeps(each)).lower()
            over = [int(each.over[name].sum()) for name in limits]
            writer.writerow(
                [*(chosen.get(name, "") for name in names), *numbers, each.count_over, passed, *over, each.reason]
            )


def _told(result: Prescription, tried: Tried) -> dict[str, Any]:
    return {
        "words": programme_text(result, tried.candidate),
        "decisions": tried.candidate.as_dict,
        "size_percent": tried.size,
        "one_rm_percent": tried.strength,
        "harm": tried.harm,
        "minutes_a_week": tried.time,
        "over": tried.count_over,
        "over_by_limit": {name: int(each.sum()) for name, each in tried.over.items() if each.any()},
        "people": len(tried.nearest),
        "keeps": result.keeps(tried),
        "means": {name: float(values.mean()) for name, values in tried.values.items()},
    }


def _check(check: Check | None) -> dict[str, Any] | None:
    return None if check is None else {"people": check.people, "over": check.over, "upper_bound": check.bound}


def _cell(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _known(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_known(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
