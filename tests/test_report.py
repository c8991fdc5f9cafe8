"""A result is told the same way each time, fits where it is shown, and never invents a number."""

import io
import json
from functools import cache

import numpy as np
import pytest

import bfrsim
from bfrsim.errors import BfrsimError
from bfrsim.library import shipped_scenarios
from bfrsim.report.figure import SIZE, draw, save_figure
from bfrsim.report.store import check_folder, foreign_names, read_result, write_outputs
from bfrsim.report.style import spread
from bfrsim.report.summary import summarise
from bfrsim.report.table import result_table
from bfrsim.report.values import scenario_of

HABITUAL = {"cuff": None, "exercise": None, "calendar.sessions_per_week": None, "calendar.weeks": 1}
SESSION_KEYS = {
    "cuff_mmhg",
    "cuff_percent_aop",
    "nadir_sto2_percent",
    "peak_map_mmhg",
    "peak_hr_bpm",
    "repetitions",
}
PROGRAMME_KEYS = {"sessions", "csa_change_percent", "one_rm_change_percent"}
SHIPPED = shipped_scenarios()
NOT_TOLD = dict.fromkeys(f"person.{name}" for name in ("mass", "height", "thigh_circumference", "blood_pressure"))
PHASES = [
    {"kind": "bed rest", "days": 14},
    {"kind": "training", "weeks": 6},
    {"kind": "detraining", "weeks": 4},
    {"kind": "habitual", "days": 5},
]
BOUTS = {"mode": "cycling", "power": "60 W", "bouts": ["2 min"] * 5, "rest": "1 min"}
# What no shipped scenario does: name -> (scenario, changes).
MADE = {
    "habitual": ("bfr_knee_extension", HABITUAL),
    "one leg, phases, person not told": (
        "bfr_knee_extension",
        {"calendar.weeks": None, "calendar.phases": PHASES, "exercise.limbs": 1, **NOT_TOLD},
    ),
    "bouts of cycling for 28 days": ("walking", {"exercise": BOUTS, "calendar.weeks": 4, "person.grip": "14 kg"}),
}
CASES = [*SHIPPED, *MADE]


@cache
def simulated(case):
    scenario, changes = MADE.get(case, (case, {}))
    return bfrsim.simulate(scenario, overrides=changes)


@pytest.fixture(scope="module")
def trained():
    return simulated("bfr_knee_extension")


@pytest.fixture(scope="module")
def habitual():
    return simulated("habitual")


@pytest.fixture(scope="module")
def failed(trained):
    """A person who failed in the middle of the first session."""
    broken = trained.copy(deep=True)
    later = broken.time.values > broken.session_start.values[0] + 200.0
    for variable in broken.data_vars.values():
        if "time" in variable.dims:
            variable.values[:, later] = np.nan
        elif "session" in variable.dims:
            variable.values[:] = np.nan
    return broken.assign_attrs(failures="person 0 on day 0.42 (set): the budget of steps was used up")


def printed(dataset, width):
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=width).print(result_table(dataset))
    return text.getvalue()


@pytest.mark.parametrize("case", CASES)
def test_the_summary_has_exactly_the_promised_keys(case):
    dataset = simulated(case)
    summary = summarise(dataset)
    exercise = scenario_of(dataset).exercise
    assert set(summary) == {"session", "programme", "safety"}
    assert set(summary["programme"]) == PROGRAMME_KEYS
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert (summary["session"] is None) == (summary["safety"] is None) == (exercise is None)
    if exercise is not None:
        assert set(summary["session"]) == SESSION_KEYS
        done = summary["session"].pop("repetitions")
        assert type(done) is (int if exercise.mode == "resistance" else type(None))
        assert None not in summary["session"].values()


def test_the_cases_hold_every_mode_of_exercise():
    exercises = [scenario_of(simulated(case)).exercise for case in CASES]
    assert {each.mode for each in exercises if each} == {"resistance", "walking", "cycling", "passive"}
    assert None in exercises


def test_the_summary_says_what_was_prescribed(trained):
    session = summarise(trained)["session"]
    assert session["cuff_percent_aop"] == pytest.approx(50.0)
    assert session["cuff_mmhg"] == pytest.approx(float(trained.AOP[0, 0]) / 2)
    assert session["repetitions"] == int(trained.repetitions[0, 0].sum())
    assert summarise(trained)["programme"]["sessions"] == 36


def test_without_exercise_there_is_no_session(habitual):
    summary = summarise(habitual)
    assert summary["session"] is None
    assert summary["programme"]["sessions"] == 0


def test_what_a_failed_person_never_reached_is_null_with_a_reason(failed):
    summary = summarise(failed)
    assert set(summary["session"].values()) == {None}
    assert summary["programme"]["csa_change_percent"] is None
    assert "steps" in summary["failures"][0]


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("case", [*CASES, "failed"])
def test_the_table_fits(case, width, request):
    text = printed(request.getfixturevalue(case) if case == "failed" else simulated(case), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text, "something was cut off"
    assert "nan" not in text.lower()


def test_the_table_holds_prescription_values_and_caveats(trained):
    text = printed(trained, 80)
    for words in (
        "50 %AOP",
        "mmHg",
        "30 %1RM",
        "30-15-15-15",
        "parameters are assumed",
        "not medical advice",
        "oxygen",
    ):
        assert words in text


@pytest.mark.parametrize("case", CASES)
def test_the_table_tells_what_was_filled_in_and_the_class_of_sarcopenia(case):
    words = " ".join(printed(simulated(case), 80).split())
    for each in ("Sarcopenia", "AWGS 2019", "EWGSOP2", "skinfold", "1RM", "published means"):
        assert each in words
    told = scenario_of(simulated(case)).person
    assert ("blood pressure" in words) == (told.blood_pressure is None)
    exercise = scenario_of(simulated(case)).exercise
    assert ("cross-education" in words) == (exercise is not None and exercise.limbs == 1)


def test_bed_rest_is_not_called_habitual_life():
    text = printed(simulated("bed_rest"), 80)
    assert "habitual" not in text
    assert "14 days of bed rest" in text


def test_work_without_repetitions_is_told_in_minutes():
    assert "Repetitions" not in printed(simulated("walking"), 80)
    assert "20     20   min" in printed(simulated("walking"), 80)
    assert "5 x 2   5 x 2   min" in printed(simulated("bouts of cycling for 28 days"), 80)
    assert "Repetitions" not in printed(simulated("passive_bfr_bed_rest"), 80)


def test_a_title_cannot_write_to_the_terminal_or_the_figure(trained, tmp_path):
    scenario = json.loads(trained.attrs["scenario"])
    scenario["title"] = "\x1b[31m[bold]red[/bold] $\\frac$ 训练"
    dataset = trained.assign_attrs(scenario=json.dumps(scenario))
    assert "\x1b" not in printed(dataset, 80)
    assert "[bold]" in printed(dataset, 80)
    save_figure(draw(dataset), tmp_path)


def axes_with_something(figure):
    return [axes for axes in figure.axes if axes.get_visible() and axes.lines]


def test_every_axis_names_its_quantity_and_unit(trained):
    figure = draw(trained)
    assert tuple(figure.get_size_inches()) == SIZE
    drawn = axes_with_something(figure)
    assert len(drawn) == 5
    for axes in drawn:
        assert any(unit in axes.get_ylabel() for unit in ("%", "mmHg", "fold", "CR-10")), axes.get_ylabel()
    told = {axes.get_xlabel().split(" ")[0] for axes in drawn} - {""}
    assert told == {"Minutes", "Hours", "Weeks"}


def words_of(axes):
    """Titles, labels, notes and the numbers along the axes: whatever can be read."""
    from matplotlib.text import Text

    yield from (each for each in axes.get_children() if isinstance(each, Text))
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        yield axis.label
        yield from (tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high)


@pytest.mark.parametrize("case", [*CASES, "failed"])
def test_no_words_of_the_figure_overlap_or_leave_the_page(case, request):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = draw(request.getfixturevalue(case) if case == "failed" else simulated(case))
    FigureCanvasAgg(figure).draw()
    shown = [text for axes in figure.axes if axes.get_visible() for text in words_of(axes)] + figure.texts
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown if text.get_visible() and text.get_text()]
    for at, (words, box) in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, words
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, words
        for other, other_box in boxes[at + 1 :]:
            assert not box.overlaps(other_box), (words, other)


def texts_of(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_phases_are_named_and_shaded():
    figure = draw(simulated("one leg, phases, person not told"))
    weeks = figure.axes[-1]
    assert {"bed rest", "training", "detraining"} <= set(texts_of(figure))
    assert "habitual life" not in texts_of(figure), "five days leave no room for these words"
    assert len(weeks.patches) == 3


@pytest.mark.parametrize(
    ("case", "unit", "ticks"),
    [("bed_rest", "Days", [0, 2, 4]), ("bouts of cycling for 28 days", "Days", [0, 7, 14]), ("walking", "Weeks", [0])],
)
def test_a_short_programme_is_told_in_days(case, unit, ticks):
    axes = draw(simulated(case)).axes[-1]
    assert axes.get_xlabel() == f"{unit} since the start"
    assert list(axes.get_xticks()[: len(ticks)]) == ticks


def test_a_line_under_another_can_still_be_seen():
    result = simulated("bed_rest")
    _, size, strength = draw(result.assign(one_rm_change=result.csa_change)).axes[-1].lines
    assert (size.get_linestyle(), strength.get_linestyle()) == ("-", "--")
    _, size, strength = draw(simulated("bfr_knee_extension")).axes[-1].lines
    assert (size.get_linestyle(), strength.get_linestyle()) == ("-", "-")


def test_without_sessions_two_panels_fill_the_page():
    assert len(axes_with_something(draw(simulated("bed_rest")))) == 2
    assert len(axes_with_something(draw(simulated("passive_bfr_bed_rest")))) == 5


def test_the_same_result_gives_the_same_bytes(trained, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        assert save_figure(draw(trained), folder) == [folder / "figure.png", folder / "figure.svg"]
    for name in ("figure.png", "figure.svg"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert b"<dc:date>" not in (first / "figure.svg").read_bytes()


@pytest.mark.parametrize("case", ["habitual", "failed"])
def test_a_result_with_little_in_it_is_drawn_all_the_same(case, request, tmp_path):
    for path in save_figure(draw(request.getfixturevalue(case)), tmp_path):
        assert path.stat().st_size > 10_000


def test_drawing_leaves_global_settings_alone(trained):
    import matplotlib

    before = dict(matplotlib.rcParams)
    draw(trained)
    assert dict(matplotlib.rcParams) == before


def test_a_missing_output_is_named(trained):
    with pytest.raises(BfrsimError, match="no 'StO2'"):
        draw(trained.drop_vars(["StO2", "StO2_min", "StO2_max"]))


@pytest.mark.parametrize("places", [[], [0.5], [0.1, 0.1, 0.1], [0.9, 0.95, 1.0], [0.2, 0.8]])
def test_labels_keep_their_distance(places):
    moved = spread(places, [0.1] * len(places))
    assert all(np.diff(moved) >= 0.1 - 1e-12)
    assert moved == sorted(moved)
    assert all(0.05 - 1e-12 <= place <= 0.95 + 1e-12 for place in moved)


def test_labels_that_meet_give_way_to_both_sides():
    assert spread([0.5, 0.5], [0.1, 0.1]) == pytest.approx([0.45, 0.55])
    assert spread([0.0, 0.0], [0.1, 0.2]) == pytest.approx([0.05, 0.20])


def test_what_is_written_reads_back_equal_and_draws_the_same(trained, tmp_path):
    files = write_outputs(trained, tmp_path / "run")
    assert all(path.exists() for path in files.values())
    stored = read_result(tmp_path / "run")
    assert stored.identical(trained)
    (tmp_path / "again").mkdir()
    _, again = save_figure(draw(stored), tmp_path / "again")
    assert again.read_bytes() == files["svg"].read_bytes()


def test_an_earlier_result_is_replaced_and_a_foreign_file_kept(trained, tmp_path):
    folder = tmp_path / "run"
    write_outputs(trained, folder)
    write_outputs(trained.assign_attrs(title="second"), folder)
    assert read_result(folder).attrs["title"] == "second"
    assert foreign_names(folder) == []
    (folder / "thesis.tex").write_text("mine")
    with pytest.raises(BfrsimError, match=r"thesis\.tex"):
        check_folder(folder)


def test_a_figure_without_a_result_beside_it_is_not_ours(tmp_path):
    (tmp_path / "figure.png").write_text("mine")
    with pytest.raises(BfrsimError, match=r"figure\.png"):
        check_folder(tmp_path)


def test_a_run_that_cannot_be_finished_leaves_nothing(trained, tmp_path, monkeypatch):
    def broken(*_):
        raise OSError("no space left")

    monkeypatch.setattr("bfrsim.report.store.save_figure", broken)
    with pytest.raises(OSError, match="no space"):
        write_outputs(trained, tmp_path / "a" / "b" / "run")
    assert list(tmp_path.iterdir()) == []
