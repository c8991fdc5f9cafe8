"""A trial as tidy tables: one line for each person, arm and visit; each replicate and comparison; each size."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from bfrsim.study.trial.decide import interval
from bfrsim.study.trial.results import TrialResult
from bfrsim.study.trial.summarise import LEVEL, decisions

PEOPLE = (
    "person",
    "sex",
    "age",
    "arm",
    "outcome",
    "day",
    "value",
    "unit",
    "seen",
    "attendance",
    "discomfort",
    "leaves",
)
REPLICATES = (
    "replicate", "comparison", "effect", "se", "df", "low95", "high95", "p", "rejected", "n_arm", "n_against",
)  # fmt: skip
SIZES = ("comparison", "n", "power", "mc_error")


def write_people(result: TrialResult, path: Path) -> None:
    """Write the pool: what a perfect instrument would see of each person in each arm at each visit."""
    from bfrsim.study.trial.measures import MEASURES

    pool = result.pool
    who, sex, age = (pool.people[name].values for name in ("person", "sex", "age"))

    def lines() -> Iterable[Sequence[object]]:
        for outcome in result.file.design.outcome:
            truth, seen = pool.truth[outcome.name], pool.seen[outcome.name]
            for row in range(pool.size):
                for place, arm in enumerate(pool.arms):
                    conduct = [_text(each[row, place]) for each in (pool.attendance, pool.discomfort, pool.leaves)]
                    for visit, day in enumerate(pool.visits[outcome.name]):
                        yield [
                            int(who[row]), sex[row], _text(age[row]), arm, outcome.name, _text(day),
                            _text(truth[row, place, visit]), MEASURES[outcome.measure].unit,
                            int(seen[row, place, visit]), *conduct,
                        ]  # fmt: skip

    _write(path, PEOPLE, lines())


def write_replicates(result: TrialResult, path: Path) -> None:
    """Write each comparison in each replicate; empty where nothing could be fitted."""
    done, design = result.replicates, result.file.design
    p, rejected = decisions(done, design)

    def lines() -> Iterable[Sequence[object]]:
        for place, each in enumerate(result.comparisons):
            effect, se, df = done.effect[:, place], done.se[:, place], done.df[:, place]
            low, high = interval(effect, se, df, LEVEL)
            for number in range(len(effect)):
                numbers = (effect, se, df, low, high, p[:, place])
                yield [
                    number, each.name, *(_text(some[number]) for some in numbers), int(rejected[number, place]),
                    *(int(count) for count in done.analysed[number, place]),
                ]  # fmt: skip

    _write(path, REPLICATES, lines())


def write_sizes(result: TrialResult, path: Path) -> None:
    """Write power over sizes."""
    _write(
        path,
        SIZES,
        (
            [each.name, n, _text(share.value), _text(share.mc_error)]
            for each in result.comparisons
            for n, share in zip(each.curve.n, each.curve.power, strict=True)
        ),
    )


def _text(value: float) -> str:
    return f"{value:.10g}" if np.isfinite(value) else ""


def _write(path: Path, head: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(lines)
