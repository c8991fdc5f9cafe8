"""Each lesson is a notebook that runs anywhere from its first cell to its picture, and says what it is not."""

from __future__ import annotations

import re
import warnings
from typing import Any

import jupytext
import nbformat
import pytest

from bfrsim.library import scenarios_folder, shipped_scenarios
from bfrsim.scenario.read import read_scenario

FOLDER = scenarios_folder() / "lessons"
LESSONS = ("light_load_with_a_cuff", "too_little_too_much_pressure", "bed_rest_and_the_passive_cuff")
SCENARIOS = (
    "bed_rest_light_load_and_cuff",
    "bed_rest_young_man",
    "bed_rest_young_man_cuff",
    "too_little_too_much_pressure",
)
PNG = b"\x89PNG\r\n\x1a\n"


def notebook_of(lesson: str) -> Any:
    return jupytext.reads((FOLDER / f"{lesson}.py").read_text(encoding="utf-8"), fmt="py:percent")


def cells(lesson: str, kind: str) -> list[str]:
    return [cell.source for cell in notebook_of(lesson).cells if cell.cell_type == kind]


def carry_out(lesson: str) -> dict[str, Any]:
    """Run the code cells one after the other, as a notebook does, and return what they defined."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(cells(lesson, "code")):
        exec(compile(source, f"{lesson}, cell {number}", "exec"), names)
    return names


@pytest.fixture
def carried_out(tmp_path, monkeypatch, capfd):
    """Return a function that runs a lesson elsewhere, without a screen, every warning an error."""
    import matplotlib
    import matplotlib.pyplot as plt

    def run(lesson: str) -> dict[str, Any]:
        elsewhere, target = tmp_path / "elsewhere", tmp_path / "pictures"
        elsewhere.mkdir()
        target.mkdir()
        monkeypatch.chdir(elsewhere)
        monkeypatch.setenv("BFRSIM_LESSON_FIGURES", str(target))
        with matplotlib.rc_context(), warnings.catch_warnings():
            plt.switch_backend("agg")
            warnings.simplefilter("error")
            names = carry_out(lesson)
            plt.close("all")
        assert capfd.readouterr().err == ""
        assert [path.name for path in target.iterdir()] == [f"{lesson}.png"]
        picture = (target / f"{lesson}.png").read_bytes()
        assert picture.startswith(PNG) and len(picture) > 50_000
        assert list(elsewhere.iterdir()) == []
        return names

    return run


def test_every_notebook_of_the_folder_is_a_lesson_tested_here():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(LESSONS)
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(SCENARIOS)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_a_notebook_in_text(lesson):
    text = (FOLDER / f"{lesson}.py").read_text(encoding="utf-8")
    notebook = notebook_of(lesson)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.source.strip(), "an empty cell"
        # A code cell of a percent script that was meant as words starts with a bare string.
        assert cell.cell_type == "markdown" or not cell.source.startswith('"""')
        assert len(cell.source.splitlines()) <= 75
    body = jupytext.writes(notebook, fmt="py:percent").split("# %%", 1)[1]
    assert body.rstrip() == text.split("# %%", 1)[1].rstrip()


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_speaks_to_students(lesson):
    words = cells(lesson, "markdown")
    assert words[0].startswith("# Lesson")
    assert "**not medical advice**" in words[0]
    assert "not medical advice" in words[-1].lower().replace("\n", " ")
    assert sum(text.count("?") for text in words) >= 6, "a lesson asks"
    assert re.search(r"doi|\(\d{4}\)| \d{4}", words[-1]) or "doi" in " ".join(words), "a lesson names its sources"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenarios_of_lessons_are_shipped_and_say_why_they_exist(scenario):
    assert f"lessons/{scenario}" in shipped_scenarios()
    read_scenario(f"lessons/{scenario}")
    first, why = (FOLDER / f"{scenario}.toml").read_text(encoding="utf-8").splitlines()[:2]
    assert first == "#:schema ../schema.json" and why.startswith("# ")


@pytest.mark.slow
def test_a_light_load_with_a_cuff_works_by_way_of_fatigue(carried_out):
    names = carried_out("light_load_with_a_cuff")
    intact, without = names["intact"], names["without"]
    assert intact["heavy"] > intact["light"] < intact["light + cuff"]
    lost = {name: intact[name] - without[name][-1] for name in intact}
    assert lost["light + cuff"] == max(lost.values()), "the cuff works through the links that were cut"
    assert lost["heavy"] < 0.25 * intact["heavy"], "the heavy load does not need them"


@pytest.mark.slow
def test_the_best_pressure_lies_between_and_moves_with_the_load(carried_out):
    names = carried_out("too_little_too_much_pressure")
    best, last = names["best"], len(names["PRESSURES"]) - 1
    assert all(0 < place < last for place in best.values())
    assert best[20] > best[40]
    for load in names["LOADS"]:
        assert all(names["repetitions"][load][1:] <= names["repetitions"][load][:-1])
        assert all(names["flows"][load][1:] < names["flows"][load][:-1])


@pytest.mark.slow
def test_contraction_keeps_more_than_the_passive_cuff(carried_out):
    names = carried_out("bed_rest_and_the_passive_cuff")
    last = names["last"]
    assert last["bed alone"] <= last["passive cuff"] < last["cuff + light load"] < 0.0
    assert names["moved"] < 0.1, "a passive cuff does nothing to a man who walks about"
    assert all(nothing <= shipped <= most < 100.0 for nothing, shipped, most in names["simulated"].values())
