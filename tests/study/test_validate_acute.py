"""Acute measurements against the model: the tables are whole, the readings exact, the bands as they are defined."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bfrsim.cli import app
from bfrsim.errors import BfrsimError
from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.report.validate.csv_tables import ROW_COLUMNS, summary, write_scores
from bfrsim.report.validate.page import page
from bfrsim.scenario.read import read_scenario
from bfrsim.study.validate.acute import ISSUE_TOPICS, TOPICS, Validation, shipped_sources, validate_acute
from bfrsim.study.validate.experiments import plan_experiments, sample_times
from bfrsim.study.validate.mapping import AS_DONE, read_mapping
from bfrsim.study.validate.moments import Moments
from bfrsim.study.validate.output import read_output, read_unit
from bfrsim.study.validate.reduce import combine, reduce_trace
from bfrsim.study.validate.reductions import ReductionError, read_reduction
from bfrsim.study.validate.scoring import ScoredRow, band_of, error_of, order_holds
from bfrsim.study.validate.tables import Evidence, Order, read_evidence, read_orders
from bfrsim.study.validate.traces import Trace
from bfrsim.study.validate.windows import WindowError, read_window

UNITS = {name: item.unit for name, item in read_system(models_folder() / "bfr.bfr").declared().items()}
SOURCES = shipped_sources()
MAPPING = read_mapping(SOURCES.mapping, UNITS)
ROWS = read_evidence(SOURCES.evidence, SOURCES.floors)
ORDERS = read_orders(SOURCES.orders)

# Rest from 0 s, cuff on at 100, sets 160-190 and 220-250, recovery to 850.
MOMENTS = Moments(
    np.array([0.0, 100.0, 160.0, 190.0, 220.0, 250.0, 850.0]),
    np.array([100.0, 160.0, 190.0, 220.0, 250.0, 850.0, 86400.0]),
    ("free", "inflation", "set", "rest", "set", "recovery", "free"),
    np.array([-1, 0, 0, 0, 0, 0, -1]),
    np.array([-1, -1, 0, -1, 1, -1, -1]),
    np.array([False, True, True, True, True, False, False]),
)
TIMES = np.arange(0.0, 1200.0, 0.25)


def trace(values) -> Trace:
    return Trace(TIMES, np.asarray(values(TIMES), dtype=float), MOMENTS)


def read(reduce: str, window: str, values) -> float:
    found = trace(values)
    return reduce_trace(read_reduction(reduce), found, read_window(window).resolve(MOMENTS))


def row(relation="eq", value=10.0, tolerance=4.0) -> Evidence:
    return Evidence("X1", "haemodynamics", "simulate", value, "mmHg", relation, tolerance, 2)


# Bands and orders -------------------------------------------------------------------------------------------------


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_bands_are_disjoint_and_whole(error, tolerance):
    band = band_of(error, tolerance)
    assert band == ("good" if abs(error) <= tolerance / 2 else "fair" if abs(error) <= tolerance else "miss") or (
        abs(abs(error) - tolerance / 2) < 1e-6 * tolerance or abs(abs(error) - tolerance) < 1e-6 * tolerance
    )


@pytest.mark.parametrize(
    ("relation", "simulated", "error"),
    [("eq", 7, -3), ("ge", 7, 3), ("ge", 12, 0), ("gt", 10, 0), ("le", 12, 2), ("lt", 7, 0)],
)
def test_bounds_err_on_one_side_only(relation, simulated, error):
    assert error_of(row(relation), simulated) == error


def test_a_failed_run_is_a_miss():
    assert band_of(math.nan, 1.0) == "miss"


def test_orders_hold_for_every_pair_or_not_at_all():
    order = Order("O1", "protein", "", ("a", "b"), ("c", "d"), "lt", 2.0, "%", "solid", 2)
    assert order_holds(order, [(1, 3.1), (0, 9)])
    assert not order_holds(order, [(1, 3.1), (0, 2)])
    assert not order_holds(order, [(1, 3.1), (0, math.nan)])
    equal = replace(order, relation="eq")
    assert order_holds(equal, [(1, 3), (5, 4)]) and not order_holds(equal, [(1, 3), (5, 2.9)])
    noise = replace(order, margin=0.0)
    assert not order_holds(noise, [(100.0, 100.0001)]), "what the solver leaves is no difference"


# The shipped tables -----------------------------------------------------------------------------------------------


def test_the_evidence_is_the_one_described():
    scored = [each for each in ROWS if each.scored]
    counts = {topic: sum(each.topic == topic for each in scored) for topic in TOPICS}
    assert list(counts.values()) == [34, 29, 44, 48, 4] and len(ROWS) == 361 and len(ORDERS) == 79
    assert sum(counts[topic] for topic in ISSUE_TOPICS) == 107
    assert sum(each.recalled for each in scored) == 18
    assert all(each.tolerance > 0 and math.isfinite(each.value) for each in scored)


def test_every_row_and_order_has_a_line_with_an_answer_or_a_reason():
    wanted = [each.id for each in ROWS if each.scored] + [n for each in ORDERS for n in (*each.low, *each.high)]
    assert [name for name in wanted if name not in MAPPING] == []
    for lines in MAPPING.values():
        assert all(line.output is not None or line.why_not for line in lines)
    known = {each.id for each in ROWS} | set(wanted)
    assert set(MAPPING) <= known, "a line that answers nothing"


def test_at_least_nine_tenths_of_the_acute_rows_can_be_answered():
    scored = [each.id for each in ROWS if each.scored and each.topic in ISSUE_TOPICS]
    assert sum(not MAPPING[name][0].why_not for name in scored) >= 0.9 * len(scored)


def test_a_mapping_says_who_and_what_and_touches_no_parameter():
    sections = {"person", "cuff", "exercise", "calendar", "meals"}
    for lines in MAPPING.values():
        for condition in (condition for line in lines for condition in line.conditions):
            assert {change.partition("=")[0].partition(".")[0] for change in condition.changes} <= sections


def test_every_condition_is_a_sound_scenario():
    conditions = {each for lines in MAPPING.values() for line in lines for each in line.conditions}
    for condition in conditions:
        sets = [change.partition("=")[0] + "=[10]" if AS_DONE in change else change for change in condition.changes]
        read_scenario(condition.scenario, sets)


def test_alike_experiments_are_simulated_once():
    lines = [line for lines in MAPPING.values() for line in lines]
    plan = plan_experiments(lines, MAPPING)
    asked = sum(len(line.conditions) for line in lines)
    assert len(plan.needs) < 0.75 * asked
    for line in lines:
        for condition in line.conditions:
            assert line.names <= plan.needs[condition]


# Windows and readings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "found"),
    [
        ("before", [(40, 100)]),
        ("session", [(100, 850)]),
        ("exercise", [(160, 250)]),
        ("sets", [(160, 190), (220, 250)]),
        ("last 10 s of sets", [(180, 190), (240, 250)]),
        ("last set", [(220, 250)]),
        ("sets 1-2", [(160, 190), (220, 250)]),
        ("rest 1", [(190, 220)]),
        ("cuff", [(100, 250)]),
        ("first 30 s of recovery", [(250, 280)]),
        ("minute 2 of recovery", [(310, 370)]),
        ("10 s to 20 s after start of set 2", [(230, 240)]),
        ("1 min to 2 min after exercise", [(310, 370)]),
        ("30 s before set 1", [(130, 130)]),
        ("5 min after release", [(550, 550)]),
        ("day 1 09:00 to day 1 10:00", [(32400, 36000)]),
        ("programme", [(0, 86400)]),
    ],
)
def test_windows(window, found):
    assert read_window(window).resolve(MOMENTS) == [pytest.approx(each) for each in found]


def test_an_instant_belongs_to_its_place():
    jump = trace(lambda t: np.where((t > 160) & (t < 190), 5.0, 0.0))
    for window, value in (("end of set 1", 5), ("start of set 1", 5), ("start of rest 1", 0), ("end of inflation", 0)):
        ((start, end),) = read_window(window).resolve(MOMENTS)
        assert start == end and jump.at(start) == value, window
    assert reduce_trace(read_reduction("mean"), jump, [(160.0, 190.0)]) == 5.0


def test_windows_that_are_not_there():
    for text in ("sett 1", "", "last week of set 1", "day 0930"):
        with pytest.raises(WindowError):
            read_window(text).resolve(MOMENTS)
    for text in ("set 3", "set 1 of session 2", "rest 2", "minute 2 of set 1"):
        with pytest.raises(WindowError):
            read_window(text).resolve(MOMENTS)
    # Of a set that ended early the last seconds are those there are.
    assert read_window("last 40 s of set 1").resolve(MOMENTS) == [(160, 190)]


def test_what_is_read_of_a_ramp():
    ramp = lambda t: 2.0 * t  # noqa: E731
    assert read("mean", "set 1", ramp) == pytest.approx(350.0)
    assert read("max", "sets", ramp) == pytest.approx(500.0) and read("min", "sets", ramp) == pytest.approx(320.0)
    assert read("slope", "recovery", ramp) == pytest.approx(2.0)
    assert read("rise", "sets", ramp) == pytest.approx(60.0)
    assert read("duration", "sets", ramp) == pytest.approx(60.0)
    assert read("mean, difference to rest", "set 1", ramp) == pytest.approx(210.0)
    assert read("mean, ratio to rest", "set 1", ramp) == pytest.approx(2.5)
    assert read("mean, change from rest", "set 1", ramp) == pytest.approx(1.5)
    assert read("mean, ratio to set 1", "set 2", ramp) == pytest.approx(470 / 350)
    assert read("slope, over range of set 1", "set 1", ramp) == pytest.approx(1 / 30)
    assert read("time to 63 %", "recovery", ramp) == pytest.approx(0.63 * 600)


@settings(deadline=None, max_examples=30)
@given(st.floats(3, 120))
def test_time_constants_come_back(tau):
    decay = lambda t: 3.0 + 7.0 * np.exp(-np.maximum(t - 250.0, 0.0) / tau)  # noqa: E731
    assert read("time constant", "recovery", decay) == pytest.approx(tau, rel=0.02)
    assert read("time to 63.2 %", "recovery", decay) == pytest.approx(tau, rel=0.02, abs=0.3)


def test_a_way_may_lead_to_or_from_rest():
    values = lambda t: np.where(t < 160, 10.0, np.where(t < 250, 0.0, np.minimum((t - 250) * 0.1, 20.0)))  # noqa: E731
    assert read("time to 50 % to rest", "recovery", values) == pytest.approx(50.0, abs=0.3)
    late = lambda t: np.where(t < 160, 0.0, 4.0 + 6.0 * np.minimum(t - 160, 30) / 30)  # noqa: E731
    assert read("time to 50 % from rest", "set 1", late) == pytest.approx(5.0, abs=0.3)
    assert read("time to 30 % from rest", "set 1", late) == 0.0


def test_what_becomes_of_conditions():
    def over(text, numbers, others=()):
        return combine(read_reduction(text), numbers, others)

    assert over("mean, difference of conditions", [3, 2]) == 1 and over("mean, ratio of conditions", [3, 2]) == 1.5
    assert over("change of conditions", [3, 2]) == 0.5 and over("change of conditions", [2, 4, 1, 3]) == 0.5
    assert over("mean of conditions 1:3", [4, 8]) == 7 and over("mean of conditions", [4, 8]) == 6
    assert over("slope against 1 2 3 W", [2, 4, 6]) == pytest.approx(2) and over("mean", [5]) == 5
    assert over("slope against P_v", [2, 4], [10, 20]) == pytest.approx(0.2)
    assert over("P_cuff at ratio 0.5", [10, 8, 4], [0, 50, 100]) == pytest.approx(87.5)
    for text, numbers in (("mean", [1, 2]), ("ratio of conditions", [1]), ("P_cuff at ratio 0.5", [10, 9])):
        with pytest.raises(ReductionError):
            over(text, numbers, [0, 50])


def test_reductions_that_cannot_be_read():
    hints = (("meen", "did you mean 'mean'"), ("ratio to rest, max", "another order"), ("mean, max", "another order"))
    for text, hint in hints:
        with pytest.raises(ReductionError, match=hint):
            read_reduction(text)


def test_units_of_the_evidence():
    for text, spelled in (("mL/100mL/mmHg", "%/mmHg"), ("pH", "1"), ("% points", "%"), ("dyn*s/cm5", "dyn*s/cm**5")):
        assert read_unit(text).factor == pytest.approx(read_unit(spelled).factor)
    assert read_unit("mL/min/100mmHg").factor == pytest.approx(read_unit("mL/(min*mmHg)").factor / 100)
    assert all(read_unit(each.unit) for each in ROWS if each.scored)


def test_outputs_are_checked_and_computed():
    output = read_output("(3 * MAP - SBP) / 2", UNITS, "mapping.csv", 7)
    assert output.names == ("MAP", "SBP") and output.unit.spelling == "mmHg"
    values = output.evaluate({"MAP": np.array([90.0]), "SBP": np.array([120.0])})
    assert values == pytest.approx([75.0])
    for text, hint in (("MAP + HR", "units do not fit"), ("MAPP", "did you mean 'MAP'"), ("__import__('os')", "_")):
        with pytest.raises(BfrsimError, match=hint) as caught:
            read_output(text, UNITS, "mapping.csv", 7)
        assert "mapping.csv:7" in str(caught.value)


def test_times_are_fine_where_something_happens():
    from bfrsim.scenario.segments import compile_timeline

    timeline = compile_timeline(read_scenario("experiments/knee_extension"))
    times = sample_times(timeline)
    inside = times[(times > 36000) & (times < 36300)]
    assert np.diff(inside).max() <= 0.25 + 1e-9 and np.all(np.diff(times) > 0) and times[-1] == timeline.total


# A table of one's own ---------------------------------------------------------------------------------------------

OWN_ROWS = """id,topic,study,use,quantity,unit,value,relation,tolerance,tolerance_class,sd,n,source,url,experiment
Z1,haemodynamics,x,simulate,aop,mmHg,150,eq,,aop,20,25,A. <b>Author</b>,https://example.org/a,"take 13 cm"
Z2,cardio_safety,x,simulate,hr,bpm,300,ge,8,,,,A,,
Z3,cardio_safety,x,simulate,lactate,mM,3,eq,1,,,,A,,
Z4,cardio_safety,x,order,hr,bpm,,gt,,,,,A,,
"""
OWN_MAPPING = '''id,scenario,set,output,window,reduce,unit,why_not,fitted,note
Z1,experiments/rest_cuff,"cuff.width=""13 cm""",AOP,before,mean,,,yes,
Z2,own.toml,"exercise.limbs=2 || cuff.pressure=""0 mmHg"" | cuff.pressure=""99 mmHg""",HR,last 60 s of inflation 1,\
"mean, mean of conditions",,,,
Z3,,,,,,,no lactate of the blood,,
W1:low:1,experiments/rest_cuff,,HR,before,mean,,,,
W1:low:1,experiments/rest_cuff,,MAP,before,mean,,,,
W1:high:1,experiments/rest_cuff,,HR,before,mean,,,,
W1:high:1,experiments/rest_cuff,,MAP,before,mean,,,,
W2:low:1,,,0[1/min],,,,,,
W2:high:1,experiments/rest_cuff,,HR,before,mean,,,,
'''
OWN_ORDERS = """id,topic,statement,low_ids,high_ids,low_experiment,high_experiment,relation,margin,unit,strength
W1,cardio_safety,the same,,,a,a,eq,1,bpm; mmHg,solid
W2,cardio_safety,a heart beats,,,nothing,rest,lt,,bpm,probable
W3,cardio_safety,studies disagree,Z2,Z2,,,lt,,bpm,contested
W4,cardio_safety,not to be answered,Z3,Z2,,,lt,,mM,solid
"""


@pytest.fixture
def own(tmp_path) -> Path:
    for name, text in (("rows.csv", OWN_ROWS), ("mapping.csv", OWN_MAPPING), ("orders.csv", OWN_ORDERS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    shipped = (models_folder().parent / "scenarios" / "experiments" / "rest_cuff.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(shipped, encoding="utf-8")
    return tmp_path


def invoke(own: Path, *more: str):
    tables = ["--evidence", str(own / "rows.csv"), "--mapping", str(own / "mapping.csv")]
    return CliRunner().invoke(app, ["validate", "acute", *tables, "-o", str(own / "out"), "--quiet", *more])


def test_a_table_of_ones_own_is_scored(own):
    done = invoke(own, "--orders", str(own / "orders.csv"), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["rows"], told["answerable"], told["good"] + told["fair"] + told["miss"]) == (3, 2, 2)
    assert (told["order_true"], told["order_total"]) == (2, 3)
    assert (told["order_solid_true"], told["order_solid_total"], told["order_contested_total"]) == (1, 2, 1)
    assert told["fitted_constants"] > 0 and told["topics"]["cardio_safety"]["miss"] == 1
    assert set(TOPICS) <= set(told["topics"]) and told["topics"]["protein"]["rows"] == 0
    with (own / "out" / "acute_rows.csv").open(encoding="utf-8") as stream:
        lines = {line["id"]: line for line in csv.DictReader(stream)}
    assert float(lines["Z1"]["tolerance"]) == pytest.approx(0.12 * 150), "the floor of the class"
    assert lines["Z3"]["band"] == "" and lines["Z3"]["remark"] == "no lactate of the blood"
    assert lines["Z2"]["band"] == "miss" and float(lines["Z2"]["error"]) > 0
    again = invoke(own, "--topic", "haemodynamics", "--json")  # its own output folder is taken again
    assert again.exit_code == 0 and json.loads(again.stdout)["rows"] == 1


def test_without_orders_of_its_own_a_table_has_none(own):
    told = json.loads(invoke(own, "--json").stdout)
    assert told["order_total"] == 0


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("mapping.csv", "last 60 s of inflation 1", "last 60 s of inflatoin 1", "mapping.csv:3: Z2: unknown place"),
        ("mapping.csv", ",AOP,", ",AOPP,", "did you mean 'AOP'"),
        ("mapping.csv", ",AOP,before", ",HR,before", "mapping.csv:2: Z1: cannot convert"),
        ("mapping.csv", 'cuff.width=""13 cm""', 'cuff.widht=""13 cm""', "did you mean 'width'"),
        ("mapping.csv", "mean of conditions", "", "2 conditions, and no step"),
        ("mapping.csv", "reduce", "reduction", "the column 'reduce' is missing"),
        ("mapping.csv", ",no lactate of the blood", ",", "say in why_not what is missing"),
        ("rows.csv", ",150,", ",about 150,", "rows.csv:2: value = 'about 150': expected a number"),
        ("rows.csv", ",ge,", ",more,", "rows.csv:3: relation = 'more': expected eq"),
        ("rows.csv", "Z2,", "Z1,", "the id 'Z1' stands already in line 2"),
        ("orders.csv", ",solid", ",sold", "did you mean 'solid'"),
        ("orders.csv", "Z3,Z2,,", "Z3,,,", "expected as many low as high experiments"),
    ],
)
def test_mistakes_are_told_with_their_place(own, name, old, new, said):
    path = own / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    done = invoke(own, "--orders", str(own / "orders.csv"))
    if said.startswith("2 conditions"):  # found only once both were simulated: a miss that says why
        assert done.exit_code == 0 and said in (own / "out" / "acute_rows.csv").read_text(encoding="utf-8")
        return
    assert done.exit_code == 2 and said in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and not (own / "out").exists()


def test_unknown_topics_and_files(own):
    done = invoke(own, "--topic", "haemodynamic")
    assert done.exit_code == 2 and "did you mean 'haemodynamics'" in done.stderr
    (own / "rows.csv").unlink()
    done = invoke(own)
    assert done.exit_code == 2 and "rows.csv" in done.stderr and "Traceback" not in done.stderr


def test_the_page_is_whole_and_hides_nothing(own):
    sources = replace(SOURCES, evidence=own / "rows.csv", mapping=own / "mapping.csv", orders=own / "orders.csv")
    validation = validate_acute(sources)
    text = page(validation)
    for word in ("Z1", "Z2", "Z3", "W1", "W4", "no lactate of the blood", "class='miss'", "used in fitting"):
        assert word in text
    assert "<b>Author</b>" not in text and "&lt;b&gt;Author" in text
    assert "src='http" not in text and "<script" not in text and 'href="' not in text.split("</style>")[0]
    assert page(validation) == text, "the same scores give the same bytes"
    assert all(name in text for name in validation.fitted)


# The whole --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_shipped_topic_is_scored_without_a_failed_reading(tmp_path):
    """Flow, veins and dilation: every row is answered by a number, and the counts are those of its rows."""
    validation = validate_acute(topic="haemodynamics")
    told = summary(validation)
    assert told["rows"] == told["answerable"] == 34 == told["good"] + told["fair"] + told["miss"]
    assert all(math.isfinite(each.simulated) for each in validation.rows)
    assert told["order_total"] == 18 and told["order_contested_total"] == 4
    assert by_id(validation, "H066").band == "good", "venous pressure beyond a cuff follows the cuff"
    write_scores(validation, tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == 34 and tuple(lines[0]) == ROW_COLUMNS and all(line["source"] for line in lines)


@pytest.mark.slow
def test_work_without_a_cuff_can_repeat_what_was_done_with_it():
    """The free leg of a trial does the work of the cuffed one, whatever the model says that is."""
    validation = validate_acute(topic="protein")
    order = next(each for each in validation.orders if each.order.id == "O70")
    assert order.holds, "the cuff switches S6K1 on; equal work without it does so less"


def by_id(validation: Validation, name: str) -> ScoredRow:
    return next(each for each in validation.rows if each.row.id == name)
