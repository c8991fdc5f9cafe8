"""A parameter set replaces values of the model files, below the person and below the caller's own, or says why not."""

from __future__ import annotations

import pytest

from bfrsim.errors import ScenarioError
from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.people import default_value, parameter_table
from bfrsim.scenario.parameter_sets import read_parameter_set, shipped_parameter_sets
from bfrsim.scenario.read import read_scenario

HEAD = 'title = "Mine"\nprovenance = "made up"\n[values]\n'


@pytest.fixture(scope="module")
def system():
    return read_system(models_folder() / "bfr.bfr")


@pytest.fixture
def values(system, tmp_path):
    """Return a function: text of a set -> parameter -> value of the first person."""

    def table(text: str | None = None, parameters=None) -> dict[str, float]:
        changes = {}
        if text is not None:
            (tmp_path / "mine.toml").write_text(text)
            changes["model.parameter_set"] = str(tmp_path / "mine.toml")
        row = parameter_table(system, read_scenario("bfr_knee_extension", changes), parameters)[0]
        return dict(zip((item.name for item in system.parameters), row, strict=False))

    return table


def test_the_default_set_is_the_model_files(system, values):
    assert "default" in shipped_parameter_sets()
    told = read_parameter_set("default")
    assert told.title and told.provenance and not told.values
    defaults = {item.name: default_value(item) for item in system.parameters}
    found = values()
    told_of_the_person = {name for name in defaults if found[name] != defaults[name]}
    assert told_of_the_person <= {"age", "mass", "height", "HR0", "one_rm", "limb_circumference", "SBP0", "DBP0"}


def test_a_set_is_below_the_person_and_the_caller(values):
    text = HEAD + 'tau_D = "0.5 min"\nk_F = "14 1"\nage = "30 yr"\n'
    assert (values(text)["tau_D"], values(text)["k_F"], values(text)["age"]) == (30, 14, 68)
    assert values(text, {"tau_D": 12.0})["tau_D"] == 12


WRONG = [
    (HEAD + 'tau_DD = "15 s"', "mine.toml:4: the model has no parameter 'tau_DD'; did you mean 'tau_D'?"),
    (HEAD + 'k_F = "15 1"\ntau_D = "15 mL"', "mine.toml:5: the model declares 'tau_D' in [s], found [mL]"),
    (HEAD + "tau_D = 15", "mine.toml:4: values.tau_D = 15: a value is written with its unit, tau_D = "),
    (HEAD + 'tau_D = "15"', "mine.toml:4: values.tau_D = \"15\": '15' has no unit; a value is written with its unit"),
    (HEAD + 'tau_D = "15 flurb"', "mine.toml:4: values.tau_D = \"15 flurb\": unknown unit 'flurb'"),
    (HEAD + 'tau_D = "-15 s"', "mine.toml:4: parameter 'tau_D' [s] must be more than zero, found -15"),
    (HEAD + 'tau_D = "1e999 s"', "mine.toml:4: parameter 'tau_D' [s] must be a finite number, found inf"),
    ('title = "Mine"\n[values]\n', 'mine.toml: a parameter set tells its provenance: provenance = "..."'),
    ('title = "Mine"\nprovenanse = "x"\n', "mine.toml:2: unknown key 'provenanse'; did you mean 'provenance'?"),
    (HEAD.replace("[values]", "values = 3"), "mine.toml:3: expected a section [values] with keys below it"),
    ("title = ", "mine.toml:1: not TOML: "),
]


@pytest.mark.parametrize(("text", "expected"), WRONG, ids=[expected[:60] for _, expected in WRONG])
def test_a_mistake_in_a_set_is_told_with_its_line(text, expected, values):
    with pytest.raises(ScenarioError) as caught:
        values(text)
    assert expected in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("defualt", "model.parameter_set = \"defualt\": no such parameter set; did you mean 'default'?"),
        ("zzz", "no such parameter set; shipped are default, trials, or give the path of a .toml file"),
    ],
)
def test_a_set_that_is_not_shipped_is_told_when_the_scenario_is_read(name, expected):
    with pytest.raises(ScenarioError) as caught:
        read_scenario("bfr_knee_extension", {"model.parameter_set": name})
    assert expected in str(caught.value)


def test_a_set_that_is_not_there_is_told(values, tmp_path):
    with pytest.raises(ScenarioError, match=r"nowhere\.toml: this is not a file; a parameter set is a \.toml file"):
        read_parameter_set(str(tmp_path / "nowhere.toml"))
