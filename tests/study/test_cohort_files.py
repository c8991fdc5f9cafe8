"""A cohort's file is read whole or its mistakes are told; the verb writes people, figures and a score."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import xarray
from typer.testing import CliRunner

from bfrsim.cli import app
from bfrsim.errors import ScenarioError
from bfrsim.library import find_cohort, shipped_cohorts, shipped_scenarios
from bfrsim.report.cohort.summary import notes
from bfrsim.study.cohort import draw_cohort, read_cohort
from bfrsim.study.cohort.columns import COLUMNS
from bfrsim.study.cohort.variability import model_digest, shipped_spread_model

COHORT = """\
title = "Mine"
seed = 3
people = 12
[population]
female = 0.5
asian = 1.0
level = "table"
training = "none"
[[population.ages]]
youngest = "60 year"
oldest = "80 year"
[[include]]
field = "sbp"
operator = "<"
value = "160 mmHg"
"""
LINES = {line.split(" = ")[0]: number for number, line in enumerate(COHORT.splitlines(), start=1)}

MISTAKES = [
    ("seed", "-1", "seed", "expected a seed, a whole number from 0"),
    ("people", "0", "people", "expected a number of people, a whole number from 1 to 1000000"),
    ("female", "1.5", "population.female", "expected a share, a number from 0 to 1"),
    ("level", '"europa"', "population.level", "did you mean 'europe'?"),
    ("training", '"strong"', "population.training", 'expected "none" or "recreational" or "strength" or "endurance"'),
    ("youngest", '"60"', "population.ages.youngest", "'60' has no unit"),
    ("oldest", '"50 year"', "population.ages", "oldest, 50 yr, is younger than youngest, 60 yr"),
    ("oldest", '"120 year"', "population.ages.oldest", "expected 18 to 95 yr, found 120 yr"),
    ("field", '"spb"', "include.field", "no such field; did you mean 'sbp'?"),
    ("operator", '"=<"', "include.operator", 'expected "<" or "<="'),
    ("operator", '"="', "include", "for sbp expected < or <= or > or >="),
    ("value", '"160 kg"', "include", "cannot convert [kg] to [mmHg]; it is written with its unit"),
    ("value", "160", "include", "it is written with its unit, such as"),
]


def command(*arguments, code=0):
    done = CliRunner().invoke(app, ["cohort", *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(COHORT)
    return tmp_path


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort") / "young"
    return folder, command("young_adults", "-n", 30, "-o", folder)


# --- reading -----------------------------------------------------------------------------------------------------


def test_shipped_cohorts_are_read_by_name_and_are_no_scenarios():
    assert {"older_adults", "sarcopenic_older_women", "young_adults", "adults"} <= set(shipped_cohorts())
    for name in shipped_cohorts():
        assert read_cohort(name) == read_cohort(find_cohort(f"scenarios/cohorts/{name}.toml"))
    assert not [name for name in shipped_scenarios() if "cohorts" in name or "evidence" in name]


@pytest.mark.parametrize(("key", "value", "field", "message"), MISTAKES)
def test_a_mistake_names_file_line_and_field(key, value, field, message, here):
    changed = "\n".join(f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in COHORT.splitlines())
    (here / "mine.toml").write_text(changed)
    with pytest.raises(ScenarioError) as told:
        read_cohort("mine.toml")
    line = LINES[key] if field != "population.ages" else LINES["[[population.ages]]"]
    assert str(told.value).startswith(f"mine.toml:{line}: {field}"), told.value
    assert message in str(told.value)
    assert len(str(told.value).splitlines()) == 1


def test_all_mistakes_are_told_at_once(here):
    (here / "mine.toml").write_text(COHORT.replace("title", "titel").replace("female = 0.5", "female = 7"))
    with pytest.raises(ScenarioError) as told:
        read_cohort("mine.toml")
    first, second, third = str(told.value).splitlines()
    assert "missing 'title'" in first and "unknown key 'titel'; did you mean 'title'?" in second
    assert third.startswith("mine.toml:5: population.female = 7")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty cohort"),
        ('title = "x"', "missing 'population'; write it as a section [population]"),
        ('title = "x"\n[population]', "missing 'ages' in [population]; write it as tables [[population.ages]]"),
        ('title = "x"\n[population]\nages = []', "expected one span of ages or more"),
        (
            'title = "x"\ninclude = 3\n[population]\nages = [{ youngest = "60 year", oldest = "70 year" }]',
            "include = 3",
        ),
        ("title = x", "not TOML"),
    ],
)
def test_a_file_that_is_no_cohort_is_told(text, message, here):
    (here / "mine.toml").write_text(text)
    with pytest.raises(ScenarioError) as told:
        read_cohort("mine.toml")
    assert message in str(told.value)


def test_a_misspelt_name_gets_the_nearest(here):
    with pytest.raises(ScenarioError, match=r"no cohort 'older_adult'.*did you mean 'older_adults'\?"):
        read_cohort("older_adult")
    assert "did you mean 'older_adults'?" in command("older_adult", code=2).stderr


# --- the verb ----------------------------------------------------------------------------------------------------


def test_the_verb_writes_people_figures_and_score(written):
    folder, done = written
    names = {"people.csv", "people.nc", "cohort.json", "people.png", "correlations.png"}
    assert {path.name for path in folder.iterdir()} == names
    assert "Young adults" in done.stdout and "0 outside 5 % (mean) or 15 % (SD)" in done.stdout.replace("\n", " ")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert (folder / "people.png").stat().st_size > 50_000 < (folder / "correlations.png").stat().st_size


def test_the_table_of_people_reads_back_to_the_same_bits(written):
    people = draw_cohort(read_cohort("young_adults"), 30)
    with (written[0] / "people.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert head[:3] == ["person", "candidate", "age [yr]"] and len(rows) == 30
    column = [each.split(" [")[0] for each in head]
    for name in ("age", "sbp", "knee_ext_1rm", "trainability_size"):
        assert [float(row[column.index(name)]) for row in rows] == people[name].values.tolist()
    assert {row[column.index("hypertension")] for row in rows} == {"false"}
    with xarray.open_dataset(written[0] / "people.nc", engine="scipy") as stored:
        assert stored.equals(people) and stored["sbp"].attrs["units"] == "mmHg"
        assert set(stored.data_vars) == set(COLUMNS)


def test_the_same_people_are_the_same_bytes(written, tmp_path):
    command("young_adults", "-n", 30, "-o", tmp_path / "again", "--no-figure", "--quiet")
    command("young_adults", "-n", 45, "-o", tmp_path / "more", "--no-figure", "--quiet")
    first, again, more = (folder / "people.csv" for folder in (written[0], tmp_path / "again", tmp_path / "more"))
    assert first.read_bytes() == again.read_bytes()
    assert more.read_text().startswith(first.read_text())


def test_json_is_one_object_and_nothing_else(here):
    done = command("mine.toml", "--json", "--no-figure", "--quiet", "-o", "out")
    told = json.loads(done.stdout)
    assert done.stderr == "" and told["people"] == 12 and told["score"]["fits"] is True
    assert told["quantities"]["sbp"]["unit"] == "mmHg"
    assert abs(told["quantities"]["sbp"]["worst_mean_miss_percent"]) < 5.0
    assert told["criteria"] == ["included if sbp < 160 mmHg"]
    rows = [row for row in told["score"]["prevalence"] if row["condition"] == "sarcopenia" and row["role"] == "tuned"]
    assert rows[0]["published_low"] <= rows[0]["drawn_as_measured_percent"] <= rows[0]["published_high"]


def test_an_earlier_cohort_is_replaced_and_nothing_else(here):
    for _ in range(2):
        command("mine.toml", "-q", "--no-figure", "-o", "out")
    Path("out/precious.txt").write_text("mine")
    assert "holds other files" in command("mine.toml", "-q", "--no-figure", "-o", "out", code=2).stderr


def test_mistakes_of_the_user_end_with_2(here):
    (here / "mine.toml").write_text(COHORT.replace('"160 mmHg"', '"20 mmHg"'))
    assert "candidates meet the criteria" in command("mine.toml", "-q", "-o", "out", code=2).stderr
    assert not Path("out").exists()
    assert command("older_adults", "-n", 0, code=2)


def test_a_fit_of_another_model_is_told():
    said = " ".join(notes("another"))
    assert "--calibrate-spread" in said
    if shipped_spread_model() == model_digest():
        assert "--calibrate-spread" not in " ".join(notes(model_digest()))


def test_one_person_is_a_cohort_too(here):
    assert "1, 7" in " ".join(command("older_adults", "-n", 1, "-o", "out").stdout.split()), "1, 72 to 72 years"
    assert len(Path("out/people.csv").read_text().splitlines()) == 2
