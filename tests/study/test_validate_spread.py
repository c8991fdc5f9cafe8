"""The spread between people: whom a row measured, what each simulated person does, and how it is told."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from bfrsim.cli import app
from bfrsim.study.validate.acute import shipped_sources
from bfrsim.study.validate.scoring import HIGHEST, LOWEST, ScoredSpread
from bfrsim.study.validate.spread import Group, cohort_like, published_sd, spread_rows, validate_spread
from bfrsim.study.validate.tables import Evidence, read_evidence

EVIDENCE = """id,topic,quantity,value,unit,sd,n,spread,tolerance,experiment
N5,cuffs,aop,235,mmHg,42,116,SD,28,narrow cuff
W13,cuffs,aop,144,mmHg,17,116,SD,17,wide cuff
SE,cuffs,aop,144,mmHg,2,116,SE?,17,not a SD between people
NONE,cuffs,aop,144,mmHg,,116,,17,no SD
"""
PEOPLE = 'person.sex=""male""; person.age=""25 year"" | person.sex=""female""; person.age=""25 year""'
MAPPING = "id,scenario,set,output,window,reduce\n" + "".join(
    f'{name},experiments/rest_cuff,"cuff.width=""{width} cm"" || {PEOPLE}",AOP,before,"mean, mean of conditions 3:1"\n'
    for name, width in (("N5", "5"), ("W13", "13.5"))
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    (folder / "rows.csv").write_text(EVIDENCE, encoding="utf-8")
    (folder / "mapping.csv").write_text(MAPPING, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def spread(tables):
    own = replace(shipped_sources(), evidence=tables / "rows.csv", mapping=tables / "mapping.csv", orders=None)
    return validate_spread(own, 40)


def scored(published, simulated):
    row = Evidence("X", "cuffs", "simulate", 1.0, "mmHg", "eq", 1.0, 1)
    return ScoredSpread(row, published, simulated, 1.0, 10, 10)


def test_a_spread_is_met_between_two_thirds_and_one_and_a_half():
    assert [scored(10.0, sd).within for sd in (6.6, 10 * LOWEST, 10.0, 10 * HIGHEST, 16.0)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_a_spread_that_nobody_gave_is_not_met():
    assert not scored(10.0, math.nan).within


def test_only_deviations_between_people_count():
    rows = {row.id: row for row in read_evidence(shipped_sources().evidence, shipped_sources().floors)}
    assert published_sd(rows["H001"]) == 42.0
    wanted = spread_rows(shipped_sources())
    assert len(wanted) >= 30 and all(row.told["spread"] == "SD" for row in wanted)


def test_people_are_like_those_of_the_row():
    people = cohort_like(Group(0.25, 27.0, asian=True), 80)
    assert np.all((people.age >= 22.0) & (people.age <= 32.0))
    assert set(people.ancestry.values.tolist()) == {"asian"} and not people.hypertension.any()
    assert 0.1 < float((people.sex == "female").mean()) < 0.4


def test_a_cohort_scatters_more_under_a_narrow_cuff_as_people_do(spread):
    found = {each.row.id: each for each in spread}
    assert set(found) == {"N5", "W13"}  # the others give no SD between people
    assert found["N5"].people == found["N5"].asked == 40
    assert found["N5"].simulated > 1.2 * found["W13"].simulated > 5.0
    assert found["N5"].mean > found["W13"].mean + 40.0


def test_the_same_people_give_the_same_spread(tables, spread):
    own = replace(shipped_sources(), evidence=tables / "rows.csv", mapping=tables / "mapping.csv", orders=None)
    assert [each.simulated for each in validate_spread(own, 40)] == [each.simulated for each in spread]


def test_the_verb_tells_it_in_json_table_and_page(tables, tmp_path):
    out = tmp_path / "out"
    words = ["validate", "acute", "--evidence", str(tables / "rows.csv"), "--mapping", str(tables / "mapping.csv")]
    done = CliRunner().invoke(app, [*words, "--people", "6", "--json", "--quiet", "-o", str(out)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert set(told["spread"]) == {"N5", "W13"}
    rows = list(csv.DictReader((out / "acute_spread.csv").open(encoding="utf-8")))
    assert [row["id"] for row in rows] == ["N5", "W13"] and {row["within"] for row in rows} <= {"yes", "no"}
    page = (out / "acute.html").read_text(encoding="utf-8")
    assert "Spread between people" in page and "worst rows" in page
    without = CliRunner().invoke(app, [*words, "--json", "--quiet", "-o", str(out)])
    assert without.exit_code == 0 and "spread" not in json.loads(without.stdout)
    assert not (out / "acute_spread.csv").exists()
