"""The axes of a sweep: both ends belong to a range, a mistake is told before anything is computed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bfrsim.errors import BfrsimError
from bfrsim.study.sweep import plan_sweep
from bfrsim.study.sweep.axes import read_axis
from bfrsim.study.sweep.blocks import Blocks
from bfrsim.study.sweep.cells import Cells, Meaningless

PRESSURE = "cuff.pressure=0:100:50 %AOP"


def test_both_ends_belong_to_a_range():
    axis = read_axis("cuff.pressure=0:100:10 %AOP")
    assert axis.labels[0] == "0 %AOP" and axis.labels[-1] == "100 %AOP" and len(axis) == 11
    assert axis.numbers == tuple(float(10 * number) for number in range(11)) and axis.unit == "%AOP"


def test_decimal_steps_are_exact_and_may_go_down():
    assert read_axis("meals.protein=0.8:1.6:0.1 g/kg/d").labels[3] == "1.1 g/kg/d"
    assert read_axis("exercise.load=80:20:-20 %1RM").numbers == (80.0, 60.0, 40.0, 20.0)


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("exercise.load=20,30,50 %1RM", ("20 %1RM", "30 %1RM", "50 %1RM")),
        ("cuff.pressure=50 %AOP,110 mmHg", ("50 %AOP", "110 mmHg")),
        ("calendar.weeks=4:12:4", (4, 8, 12)),
        ("person.sex=female,male", ("female", "male")),
        ("exercise.to_failure=true,false", (True, False)),
        ("exercise.sets=[30,15,15,15],[10,10,10]", ([30, 15, 15, 15], [10, 10, 10])),
        ("person.blood_pressure=120/80,160/95 mmHg", ("120/80 mmHg", "160/95 mmHg")),
        ("calendar.time_of_day=10:00,16:00", ("10:00", "16:00")),
    ],
)
def test_values_are_those_that_a_scenario_holds(written, values):
    assert read_axis(written).values == values


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ([], "needs an axis"),
        (["cuff.pressure=0:100:30 %AOP"], "write 0:90:30 or 0:120:30"),
        (["cuff.pressure=0:100 %AOP"], "the step is missing"),
        (["cuff.pressure=0:100:-10 %AOP"], "does not lead from 0 to 100"),
        (["cuff.pressure=0:1e9:1 mmHg"], "at most 10000 values"),
        (["pressure=1,2 mmHg"], "write section.pressure"),
        (["cuff.pressure=50,50 %AOP"], "50 %AOP stands there twice"),
        ([PRESSURE, PRESSURE], "is an axis already"),
        (["cuff.presure=0:100:50 %AOP"], "did you mean 'pressure'"),
        (["cuff.pressure=0:100:50 mmgh"], "did you mean 'mmHg'"),
        (["parameter.k_FF=0,1"], "did you mean 'k_F'"),
        (["parameter.k_F=1,2 mmHg"], "cannot convert"),
        (["scenario=bfr_walkin,walking"], "did you mean 'bfr_walking'"),
    ],
)
def test_mistakes_are_told_with_the_axis_and_what_to_write(over, said):
    with pytest.raises(BfrsimError, match=said):
        plan_sweep("bfr_knee_extension", over)


def test_an_axis_cannot_be_set_as_well_nor_be_the_cohorts():
    with pytest.raises(BfrsimError, match="keep one of them"):
        plan_sweep("bfr_knee_extension", [PRESSURE], changes=["cuff.pressure=20 %AOP"])
    with pytest.raises(BfrsimError, match="bring their own"):
        plan_sweep("bfr_knee_extension", ["person.age=20,60 year"], cohort="adults")
    with pytest.raises(BfrsimError, match="did you mean 'csa_change'"):
        plan_sweep("bfr_knee_extension", [PRESSURE], of=["csa_chang"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=3), st.integers(1, 70), st.integers(1, 200))
def test_blocks_cover_the_grid_once(axes, people, days):
    blocks = Blocks.of(axes, people, days)
    covered = np.zeros(blocks.shape, dtype=np.int64)
    for number in range(len(blocks)):
        covered[blocks.slices(number)] += 1
        assert len(blocks.cells(number)) == covered[blocks.slices(number)][..., 0].size
    assert np.all(covered == 1)


def test_a_remembered_section_gives_the_scenario_that_its_text_gives():
    """Speed must not change what is simulated: assembled from known sections, or read, a cell is the same."""
    over = ["cuff.pressure=0:100:50 %AOP", "cuff.width=6,18 cm", "exercise.load=20:60:20 %1RM",
            "scenario=bfr_knee_extension,bfr_walking"]  # fmt: skip
    axes = tuple(read_axis(text) for text in over)
    fast, slow = Cells("high_load", {"calendar.weeks": 1}, axes), Cells("high_load", {"calendar.weeks": 1}, axes)
    for place in itertools.product(*(range(len(axis)) for axis in axes)):
        if axes[3].labels[place[3]] == "bfr_walking":
            with pytest.raises(Meaningless, match=r"exercise.load: unknown key 'load' .* it belongs to resistance"):
                fast.scenario(place)
        else:
            found, read = fast.scenario(place), slow.read(place)
            assert found == read and found.model_dump_json() == read.model_dump_json()


def test_what_must_hold_between_sections_is_asked_of_each_cell():
    axes = (read_axis("exercise.rest=45,1800 s"), read_axis("calendar.time_of_day=10:00,11:30"))
    cells = Cells("bfr_knee_extension", {}, axes)
    for place in ((0, 0), (1, 0)):
        cells.scenario(place)
    with pytest.raises(Meaningless, match="meets the meal"):
        cells.scenario((1, 1))
