"""Scores as tables and as one JSON object: what was observed, simulated, by how much it errs, in which band."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

from bfrsim.study.validate.acute import ISSUE_TOPICS, TOPICS, Validation
from bfrsim.study.validate.scoring import ScoredOrder, ScoredRow, count_rows

ROW_COLUMNS = (
    "id", "topic", "study", "source", "quantity", "unit", "relation", "observed", "simulated", "error", "tolerance",
    "band", "n", "role", "confidence", "used_in_fitting", "assumed_parts", "remark", "suspected", "doi_or_pmid", "url",
)  # fmt: skip
ORDER_COLUMNS = (
    "id",
    "topic",
    "strength",
    "statement",
    "relation",
    "margin",
    "unit",
    "pairs",
    "holds",
    "remark",
    "suspected",
    "source",
)
SHOWN = ("rows", "answerable", "good", "fair", "miss")


def write_scores(validation: Validation, path: Path) -> None:
    """Write one line a row: observed, simulated, error, band, n, source; an unanswered row has no band."""
    _write(path, ROW_COLUMNS, [_row(each) for each in validation.rows])


def write_orders(validation: Validation, path: Path) -> None:
    """Write one line a relation with its pairs; `holds` is empty for one that cannot be answered."""
    _write(path, ORDER_COLUMNS, [_order(each) for each in validation.orders])


def summary(validation: Validation) -> dict[str, Any]:
    """Return the counts over the three topics of acute physiology, and over each topic, as JSON can hold them."""
    of_all = validation.of(*ISSUE_TOPICS)
    told: dict[str, Any] = of_all.counts()
    told["recalled"] = count_rows([each for each in of_all.rows if each.row.recalled])
    told["used_in_fitting"] = count_rows([each for each in of_all.rows if each.fitted])
    told["topics"] = {topic: validation.of(topic).counts() for topic in dict.fromkeys((*TOPICS, *validation.topics))}
    told["experiments"] = validation.experiments
    told["unanswered"] = {each.row.id: each.remark for each in validation.rows if not each.answered}
    told["orders_false"] = [each.order.id for each in validation.orders if each.holds is False and not each.contested]
    told["worst"] = [_worst(each) for each in worst_rows(validation, 10)]
    if validation.spread:
        told["spread"] = {each.row.id: _json(each.ratio) for each in validation.spread}
    return told


def summary_text(validation: Validation) -> str:
    """Return the summary as text of JSON."""
    return json.dumps(summary(validation), indent=2, allow_nan=False, ensure_ascii=False)


def worst_rows(validation: Validation, most: int) -> list[ScoredRow]:
    """Return the rows that miss by the most tolerances, worst first."""
    missed = [each for each in validation.rows if each.band == "miss"]
    return sorted(missed, key=lambda each: -each.severity)[:most]


def number_text(value: float) -> str:
    """Return a number in four digits; nothing for NaN."""
    return f"{value:.4g}" if math.isfinite(value) else ""


def pairs_text(scored: ScoredOrder) -> str:
    """Return the pairs of a relation: ``(low, high) (low, high)``."""
    return " ".join(f"({number_text(low) or '-'}, {number_text(high) or '-'})" for low, high in scored.pairs)


def _json(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def _worst(scored: ScoredRow) -> dict[str, Any]:
    row = scored.row
    return {
        "id": row.id,
        "quantity": row.told.get("quantity", ""),
        "observed": row.value,
        "simulated": scored.simulated if math.isfinite(scored.simulated) else None,
        "tolerance": row.tolerance,
        "unit": row.unit,
        "suspected": scored.how.get("suspected", ""),
    }


def _row(scored: ScoredRow) -> dict[str, str]:
    row = scored.row
    told = {name: row.told.get(name, "") for name in ROW_COLUMNS}
    return told | {
        "id": row.id,
        "relation": row.relation,
        "observed": f"{row.value:g}",
        "simulated": number_text(scored.simulated),
        "error": number_text(scored.error),
        "tolerance": f"{row.tolerance:g}",
        "band": scored.band,
        "used_in_fitting": "yes" if scored.fitted else "",
        "assumed_parts": "yes" if row.assumptions else "",
        "remark": scored.remark,
        "suspected": scored.how.get("suspected", "") if scored.band == "miss" else "",
    }


def _order(scored: ScoredOrder) -> dict[str, str]:
    order = scored.order
    told = {name: order.told.get(name, "") for name in ORDER_COLUMNS}
    holds = {True: "yes", False: "no", None: ""}[scored.holds]
    told |= {"unit": scored.unit or order.unit, "pairs": pairs_text(scored), "holds": holds, "remark": scored.remark}
    return told | {"margin": f"{order.margin:g}", "suspected": scored.suspected}


def _write(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
