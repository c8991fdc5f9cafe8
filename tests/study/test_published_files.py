"""The shipped trial files: each row of the table is answered once, and what a file tells of a trial is the table's."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from bfrsim.errors import ScenarioError
from bfrsim.scenario.lengths import DAY, WEEK_DAYS
from bfrsim.scenario.schedule import session_starts
from bfrsim.study.published.evidence import (
    read_baseline,
    read_published,
    read_spread,
    shipped_baseline,
    shipped_evidence,
    shipped_trials,
    weights,
)
from bfrsim.study.published.measures import MEASURES
from bfrsim.study.published.read import read_trial, read_trials
from bfrsim.study.published.trials import Sources, gather

FILES = read_trials(shipped_trials())
ROWS = read_published(shipped_evidence())
IDS = [file.path.stem for file in FILES]

# Of what the source review cites, these are no trials: reviews, a survey, a cross-section, papers nobody found.
NO_TRIALS = {
    "da Cunha Nascimento", "Nakajima (survey)", "Mikkelsen", "Kramer", "Centner (meta)", "Baker (systematic review)",
    "Pan Ying",
}  # fmt: skip


def test_every_row_to_score_is_answered_exactly_once():
    answered = Counter(row.id for file in FILES for arm in file.trial.arm for row in arm.rows)
    assert {row.id for row in ROWS.values() if row.scored} <= set(answered)
    assert set(answered.values()) == {1} and set(answered) <= set(ROWS)


def test_the_trials_of_the_source_review_are_spoken_of_row_by_row():
    spoken = {name for file in FILES for name in file.trial.ids()}
    cited = {row.id for row in ROWS.values() if row.texts["in_review"] == "yes" and row.study not in NO_TRIALS}
    assert cited <= spoken <= set(ROWS)


def test_a_row_without_physiology_is_not_simulated_as_well():
    for file in FILES:
        untold = {name for group in file.trial.not_simulated for name in group.rows}
        assert untold.isdisjoint(row.id for arm in file.trial.arm for row in arm.rows), file.path.name
        assert untold.isdisjoint(name for order in file.trial.order for name in order.rows), file.path.name


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_a_file_tells_what_the_table_tells(file):
    trial = file.trial
    for arm in trial.arm:
        for asked in arm.rows:
            row = ROWS[asked.id]
            assert (row.study, row.cohort, row.arm) == (trial.study, trial.cohort, arm.table_name)
            weeks = asked.weeks if asked.days is None else asked.days / WEEK_DAYS
            assert weeks == pytest.approx(row.weeks, abs=0.06), asked.id
            assert MEASURES[asked.measure].outcome == row.outcome_class, asked.id
            instrument = row.texts["instrument"]
            if row.outcome_class == "strength":
                assert asked.measure in instrument or (asked.measure == "1RM" and instrument.endswith("RM")), asked.id
        if arm.base is not None:
            _people_agree(trial, arm)


def _people_agree(trial, arm):
    """Size, age and share of women are the table's where it has them, and called assumed only where it has not."""
    rows = [ROWS[asked.id].texts for asked in arm.rows]
    sizes = {int(float(row["n"])) for row in rows if row["n"]}
    if rows:
        assert (arm.n is not None) == bool(sizes)
        assert not sizes or arm.n == max(sizes)
    ages = {float(row["age_mean"]) for row in rows if row["age_mean"]}
    assert not ages or any(abs(trial.known(arm, "age") - age) < 1.0 for age in ages)
    women = {float(row["percent_female"]) / 100 for row in rows if row["percent_female"]}
    assert not women or any(abs(trial.known(arm, "women") - share) < 0.01 for share in women)


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_an_arm_trains_as_the_table_says(file):
    """Load, pressure, cuff, sessions and length of the scenario are those of the table, or a midpoint it names."""
    for arm in file.trial.arm:
        scenario = file.scenarios.get(arm.name)
        if scenario is None or not arm.rows or arm.table is not None:
            continue
        row = ROWS[arm.rows[0].id].texts
        exercise, cuff = scenario.exercise, scenario.cuff
        if row["load"] and row["load_unit"] in ("%1RM", "%MVC") and "eccentric" not in arm.name:
            assert exercise.load.value == pytest.approx(float(row["load"]))
        if row["mode"] in ("none",):
            assert exercise is None
        if row["pressure_mmHg"] and float(row["pressure_mmHg"]) > 0 and not row["pressure_pctAOP"]:
            assert cuff.pressure == (pytest.approx(float(row["pressure_mmHg"])), "mmHg")
        if row["pressure_pctAOP"] and float(row["pressure_pctAOP"]) > 0:
            assert cuff.pressure == (pytest.approx(float(row["pressure_pctAOP"])), "%AOP")
        if row["pressure_rule"] == "no cuff":
            assert cuff is None
        if row["cuff_width_cm"]:
            assert cuff.width == pytest.approx(float(row["cuff_width_cm"]))
        resistance = exercise is not None and exercise.mode == "resistance"
        if row["rest_s"] and resistance:
            assert exercise.between == float(row["rest_s"])
        if row["to_failure"] in ("yes", "no") and resistance:
            assert exercise.to_failure == (row["to_failure"] == "yes")
        if row["inflation"] in ("continuous", "intermittent") and row["mode"] != "cuff_only" and cuff is not None:
            assert cuff.inflation == row["inflation"]
        if "unilateral" in row["exercise"]:
            assert exercise.limbs == 1
        if row["limb"] in ("leg", "arm"):
            assert scenario.trained_limb == row["limb"] or exercise is None
        if row["total_sessions"] and exercise is not None:
            planned = len(session_starts(scenario.calendar))
            assert planned == pytest.approx(float(row["total_sessions"]), abs=3), arm.name


def test_disuse_is_unloading_and_controls_live_as_ever():
    for file in FILES:
        for arm in file.trial.arm:
            kinds = {ROWS[asked.id].texts["condition"] for asked in arm.rows}
            scenario = file.scenarios.get(arm.name)
            if scenario is not None and kinds:
                unloaded = any(phase.kind == "bed rest" for phase in scenario.calendar.stages)
                assert unloaded == ("disuse" in kinds), file.path.name
                if kinds == {"control"}:
                    assert scenario.exercise is None


def test_what_is_assumed_is_said_in_words():
    for file in FILES:
        people = [file.trial.population, *file.trial.arm]
        assumed = [who for who in people if who.age_assumed is not None or who.women_assumed is not None]
        sizes = [arm for arm in file.trial.arm if arm.n_assumed is not None]
        if assumed or sizes:
            assert file.trial.assumed, file.path.name


def test_weights_follow_the_formula_of_the_baseline():
    rows = [row for row in ROWS.values() if row.scored]
    baseline, spread = read_baseline(shipped_baseline()), read_spread()
    assert set(baseline) == {row.id for row in rows}
    told = weights(rows, baseline, spread)
    computed = weights(rows, {}, spread)
    assert computed == pytest.approx(told, rel=2e-3), "the table prints four digits"


def test_the_baseline_errs_as_its_authors_say():
    """RMS errors of the frozen predictions: 3.7 and 12.5 for the meta-regression, 4.8 and 13.2 for the mean."""
    baseline = read_baseline(shipped_baseline())
    for name, published in (("meta_regression", (3.7, 12.5)), ("mean_by_stimulus", (4.8, 13.2))):
        for outcome, error in zip(("size", "strength"), published, strict=True):
            rows = [row for row in ROWS.values() if row.scored and row.outcome_class == outcome]
            total = sum(baseline[row.id].weight for row in rows)
            squares = sum(baseline[row.id].weight * (getattr(baseline[row.id], name) - row.change) ** 2 for row in rows)
            assert math.sqrt(squares / total) == pytest.approx(error, abs=0.05)


GOOD = """study = "Somebody"
cohort = "somebody"
reference = "Somebody 2020"
design = "two groups"

[population]
people = "older women"
age = "70 year"
women = 1.0

[[arm]]
name = "HL"
n = 8
base = "high_load"
rows = [{ id = "X1", measure = "size", weeks = 1 }]

[arm.set]
exercise.load = "75 %1RM"
calendar.weeks = 1

[[order]]
rows = ["X2"]
says = "high load and low load alike"
measure = "size"
weeks = 1
alike = ["HL", "LL"]

[[arm]]
name = "LL"
n = 8
base = "low_load"

[arm.set]
calendar.weeks = 1
"""


def complaint(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_trial(path)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_a_sound_file_is_read(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    file = read_trial(path)
    assert [scenario.calendar.total_days * DAY for scenario in file.scenarios.values()] == [7 * DAY] * 2
    assert file.scenarios["HL"].person.sex == "female" and file.scenarios["HL"].person.age == 70.0
    assert file.scenarios["HL"].meals.protein is None, "people of a trial eat what people eat"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('people = "older women"', 'poeple = "older women"', "mine.toml:7: unknown key 'poeple' in [population]; did"),
        ('reference = "Somebody 2020"\n', "", "missing 'reference'"),
        ('measure = "size", weeks = 1 }', 'measure = "sise", weeks = 1 }', "mine.toml:15: arm.rows.measure = \"sise\""),
        ('age = "70 year"', "age = 70", "mine.toml:8: population.age = 70: a bare number has no unit"),
        ("women = 1.0", "women = 1.2", "mine.toml:9: population.women = 1.2: expected a share of women"),
        ('exercise.load = "75 %1RM"', 'exercise.load = "75 %2RM"', "mine.toml:18: arm 'HL', exercise.load: "),
        ('exercise.load = "75 %1RM"', 'exercise.laod = "75 %1RM"', "did you mean 'load'?"),
        ('base = "low_load"', 'base = "low_laod"', "mine.toml:31: arm 'LL', base: no scenario 'low_laod'"),
        ('name = "LL"', 'name = "HL"', "2 arms are named 'HL'"),
        ("n = 8\nbase = \"low_load\"", 'base = "low_load"', "arm 'LL' has either n or n_assumed"),
        ('age = "70 year"\n', "", "age of arm 'HL' is missing"),
        ("weeks = 1 }", "weeks = 2 }", "mine.toml:15: row 'X1' is measured after the programme of 7 days"),
        ("weeks = 1 }", "weeks = 1, days = 7 }", "row 'X1' has either weeks, days or hours"),
        ('alike = ["HL", "LL"]', 'alike = ["HL", "HLL"]', "mine.toml:21: no arm 'HLL'; did you mean"),
        ('alike = ["HL", "LL"]', 'more = "HL"', "a comparison names either more and less, or alike"),
        ('measure = "size"\nweeks = 1', 'measure = "blood pressure"\nweeks = 1', "has no time"),
        ('base = "low_load"', 'mean_of = { HLL = 1 }', "'HLL', which is not simulated; did you mean 'HL'"),
        ('base = "low_load"\n', "", "arm 'LL' has either a base scenario or mean_of"),
        ("[population]\n", '[population]\ntraining = "strenght"\n', "did you mean 'strength'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path, old, new, told):
    assert GOOD.count(old) >= 1
    assert told in complaint(tmp_path, GOOD.replace(old, new, 1))


HEAD = "id,study,cohort,arm,outcome_class,outcome,time_weeks,change_pct,se_pct,use,role\n"
LINE = "X1,Somebody,somebody,HL,size,quadriceps CSA,1,2.0,1.5,score,calibrate\n"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (HEAD.replace("cohort", "cohrt") + LINE, "table.csv:1: no column 'cohort'; did you mean 'cohrt'?"),
        (HEAD + LINE.replace("2.0", "two"), "table.csv:2: change_pct = 'two': expected a number"),
        (HEAD + LINE.replace("1.5", "0"), "table.csv:2: se_pct = 0: expected a standard error above 0"),
        (HEAD + LINE.replace("size", "girth"), "table.csv:2: outcome_class = 'girth': expected size or strength"),
        (HEAD + LINE + LINE, "table.csv:3: the id 'X1' stands twice"),
        (HEAD + "X1,Somebody\n", "table.csv:2: this line has not as many cells as the head"),
        (HEAD + LINE.replace("X1", "X11"), "no row 'X1' in"),
        (HEAD + LINE.replace("HL", "MIRT"), "row 'X1' is of the arm 'MIRT'; arm 'HL' answers for 'HL'"),
        (HEAD + LINE.replace("somebody", "someone"), "row 'X1' is of Somebody, cohort someone"),
    ],
)
def test_a_mistake_in_the_table_is_told_with_its_place(tmp_path, table, told):
    (tmp_path / "trials").mkdir()
    (tmp_path / "trials" / "mine.toml").write_text(GOOD.replace('rows = ["X2"]', 'rows = ["X1"]'), encoding="utf-8")
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        gather(Sources(tmp_path / "trials", tmp_path / "table.csv"))
    assert told in str(caught.value)


def test_two_files_cannot_answer_the_same_row(tmp_path):
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"two\.toml: row 'X[12]' is answered already by one\.toml"):
        read_trials(tmp_path)
    with pytest.raises(ScenarioError, match="no folder of trial files"):
        read_trials(tmp_path / "three")
