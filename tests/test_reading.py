"""A model and a scenario can be read: as the author wrote them, with units, sources and what rests on assumption."""

from __future__ import annotations

import io
import json
import re
import tomllib

import pytest

from bfrsim.language.join import read_system
from bfrsim.language.parse import read_model
from bfrsim.language.reading import grounds
from bfrsim.library import models_folder, scenarios_folder, shipped_scenarios
from bfrsim.report.describe_table import describe
from bfrsim.report.editor import schema_text
from bfrsim.report.model_tables import declarations_table, grounds_text, list_table, name_table
from bfrsim.report.model_text import equation_text, prior_text, rate_text, source_text, value_text
from bfrsim.report.model_values import home_system
from bfrsim.report.prescription import paragraph
from bfrsim.report.pressures import cuff_pressures
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.segments import compile_timeline

SHIPPED_MODELS = sorted(path.stem for path in models_folder().glob("*.bfr"))
BIBLIOGRAPHY = models_folder() / "references.bib"
WIDTHS = (60, 80)


def printed(content, width=80):
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=width).print(content)
    return text.getvalue()


def fits(text, width):
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text, "something was cut off"
    return True


@pytest.fixture(scope="module")
def systems():
    return {name: read_system(models_folder() / f"{name}.bfr") for name in SHIPPED_MODELS}


SMALL = """\
submodel small time [h] "a small one"
input  load [1] "load"
param  k_a = 0.50 [1/h] ~ lognormal(0.5, 0.2) "rate of a"   @assumed   # why
param  b   = 3 [mL]  "a volume"                             @fitted
state  a   = 2 * b [mL] size 5  "an amount"
d a/dt = k_a * (b - a) * (1 + load)   # a remark
flow [mL/h] = k_a * a "what flows"  @assumed
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.bfr"
    path.write_text(SMALL, encoding="utf-8")
    return read_system(path)


def test_values_and_equations_stand_as_the_author_wrote_them(small):
    declared = small.declared()
    assert value_text(declared["k_a"]) == "0.50"
    assert value_text(declared["b"]) == "3"
    assert value_text(declared["a"]) == "2 * b"
    assert equation_text(declared["flow"]) == "k_a * a"
    assert rate_text(small, "a") == "d a/dt = k_a * (b - a) * (1 + load)  (per hour)"
    assert prior_text(declared["k_a"]) == "lognormal, median 0.5, standard deviation of the logarithm 0.2"
    assert prior_text(declared["b"]) == "the same in all people"


def test_every_shipped_declaration_is_told(systems):
    for system in systems.values():
        for item in system.declared().values():
            if item.value is not None and item.kind in ("param", "state"):
                assert re.fullmatch(r"[^~=\"@#]+", value_text(item)), item
                assert not value_text(item).endswith("]") or "[" in value_text(item)
            elif item.value is not None:
                assert equation_text(item)
        for state in system.rates:
            assert rate_text(system, state).startswith(f"d {state}/dt = ")


def test_a_source_is_named_with_its_work():
    assert "Olsen" in source_text("Olsen1998", BIBLIOGRAPHY)
    assert source_text("assumed", BIBLIOGRAPHY) == "assumed, without a published source"
    assert source_text("", BIBLIOGRAPHY) == "see the equation"
    assert source_text("Nobody1900", BIBLIOGRAPHY) == "@Nobody1900"


def test_the_share_of_assumed_parameters_counts_what_stands_behind(small):
    found = grounds(small, "flow")
    assert {item.name for item in found.parameters} == {"k_a", "b"}
    assert grounds_text(found) == "Behind it stand 2 parameters; 1 of them assumed (50 %): k_a."
    assert "of this model, and what its inputs bring" in grounds_text(found, alone=True)
    assert grounds_text(grounds(small, "load")) == "No parameter stands behind it."


@pytest.mark.parametrize("width", WIDTHS)
def test_model_tables_fit(systems, width):
    models = [(read_model(models_folder() / f"{name}.bfr"), system) for name, system in systems.items()]
    told = printed(list_table(models), width)
    assert fits(told, width)
    assert all(name in told for name in SHIPPED_MODELS)
    for system in systems.values():
        text = printed(declarations_table(system), width)
        assert fits(text, width)
        assert all(name in text for name in system.declared())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["v", "P_v", "G_f", "csa_change", "cuff_relative"])
def test_one_name_is_told_whole(systems, name, width):
    item = systems["bfr"].declared()[name]
    text = printed(name_table(systems["bfr"], item, BIBLIOGRAPHY), width)
    assert fits(text, width)
    assert text.startswith(f"{name} [{item.unit.spelling}]: ")
    words = {"param": "Prior", "state": "d v/dt = Q_in", "input": "Used by"}.get(item.kind, "Direct inputs")
    assert words in text
    assert ("of them assumed" in text) == (item.kind in ("state", "line"))


def test_units_are_not_taken_for_markup(systems):
    text = printed(name_table(systems["bfr"], systems["bfr"].declared()["v"], BIBLIOGRAPHY))
    assert "40[mL] * scale" in text
    assert "[mL/s]" in text


@pytest.mark.parametrize("name", SHIPPED_MODELS)
def test_every_name_of_a_shipped_model_has_its_place_in_the_system(systems, name):
    home, flat = home_system(models_folder() / f"{name}.bfr")
    assert home.name == "bfr.bfr"
    assert set(flat) == set(systems[name].declared())
    whole = read_system(home).declared()
    for local, joined in flat.items():
        assert whole[joined].unit.dimension == systems[name].declared()[local].unit.dimension


# --- the schema ------------------------------------------------------------------------------------------------------


def problems(value, rule, whole, place="scenario"):
    """Return what of draft 7 that the schema uses is violated; small, but enough for it."""
    if "$ref" in rule:
        return problems(value, whole["$defs"][rule["$ref"].rsplit("/", 1)[1]], whole, place)
    if "oneOf" in rule:
        found = [problems(value, each, whole, place) for each in rule["oneOf"]]
        return [] if sum(not each for each in found) == 1 else min(found, key=len)
    types = {"string": str, "integer": int, "number": (int, float), "array": list, "object": dict, "boolean": bool}
    allowed = rule.get("type", list(types))
    allowed = [allowed] if isinstance(allowed, str) else allowed
    if not any(isinstance(value, types[each]) for each in allowed):
        return [f"{place}: {value!r} is none of {allowed}"]
    checks = {
        "enum": lambda limit: value in limit,
        "const": lambda limit: value == limit,
        "pattern": lambda limit: not isinstance(value, str) or re.search(limit, value),
        "minimum": lambda limit: not isinstance(value, int | float) or value >= limit,
        "maximum": lambda limit: not isinstance(value, int | float) or value <= limit,
        "maxItems": lambda limit: not isinstance(value, list) or len(value) <= limit,
        "required": lambda limit: set(limit) <= set(value),
    }
    found = [
        f"{place}: {value!r} against {key} {rule[key]}"
        for key, holds in checks.items()
        if key in rule and not holds(rule[key])
    ]
    if isinstance(value, dict):
        known = rule.get("properties", {})
        found += [
            f"{place}.{key}: unknown"
            for key in value
            if key not in known and not rule.get("additionalProperties", True)
        ]
        found += [
            each for key in value if key in known for each in problems(value[key], known[key], whole, f"{place}.{key}")
        ]
    if isinstance(value, list) and "items" in rule:
        found += [each for item in value for each in problems(item, rule["items"], whole, place)]
    return found


def fields(schema):
    for definition in [*schema["$defs"].values(), schema]:
        yield from definition["properties"].items()


def test_the_committed_schema_is_the_generated_one():
    committed = (scenarios_folder() / "schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "the form of scenarios has changed: run  make schema"


@pytest.mark.parametrize("name", shipped_scenarios())
def test_shipped_scenarios_satisfy_the_schema(name):
    schema = json.loads(schema_text())
    path = scenarios_folder() / f"{name}.toml"
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    if "person" in found:  # tables of evidence are no scenarios
        assert problems(found, schema, schema) == []


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("person", "age", 68),
        ("person", "mass", "heavy"),
        ("person", "sex", "woman"),
        ("person", "wheight", "64 kg"),
        ("cuff", "pressure", "50"),
        ("exercise", "mode", "resistence"),
        ("exercise", "sets", [30, 0]),
        ("calendar", "time_of_day", "25:00"),
        ("calendar", "sessions_per_week", 3.5),
        ("calendar", "weeks", 1000),
    ],
)
def test_the_schema_marks_slips(section, key, value):
    schema = json.loads(schema_text())
    data = tomllib.loads((scenarios_folder() / "bfr_knee_extension.toml").read_text(encoding="utf-8"))
    data[section][key] = value
    assert problems(data, schema, schema)


def test_every_field_of_the_schema_helps_an_editor():
    schema = json.loads(schema_text())
    for name, field in fields(schema):
        assert field["title"] == name.replace("_", " ")
        assert "default" not in field or field["default"] is not None
        if "pattern" in field:
            assert field["description"]
            assert all(re.search(field["pattern"], example) for example in field["examples"])
            assert isinstance(field.get("default", ""), str), "defaults are written as users write them"
    assert schema["$defs"]["Meals"]["properties"]["times"]["default"] == ["08:00", "12:30", "19:00"]


# --- a scenario in words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["bfr_knee_extension", "low_load_to_failure", "bfr_walking", "passive_bfr_bed_rest"])
def test_a_description_fits(name, width):
    assert fits(printed(describe(read_scenario(name)), width), width)


def test_a_description_tells_pressures_in_both_units_and_every_segment():
    text = printed(describe(read_scenario("bfr_knee_extension")))
    for words in (
        "84 mmHg (50",
        "set 4",
        "10:06:15",
        "30 %1RM",
        "recovery",
        "0.33",
        "36 sessions",
        "Sarcopenia",
        "Filled in",
    ):
        assert words in text, words


WORDS = {
    "bfr_knee_extension": ("both legs: 30-15-15-15 repetitions", "also in the rests", "36 sessions in 12 weeks"),
    "high_load": ("4 x 10 repetitions", "No cuff is worn."),
    "low_load_to_failure": ("4 sets to failure",),
    "bfr_walking": ("Walking at 4 km/h: 20 min", "on each thigh", "on days 1, 2, 4 and 5"),
    "passive_bfr_bed_rest": ("5 x 5 min, 3 min deflated between", "every day at 10:00 and 16:00"),
    "bed_rest": ("No exercise.", "14 days of bed rest), without sessions"),
}


@pytest.mark.parametrize("name", list(WORDS))
def test_a_prescription_in_one_paragraph(name):
    scenario = read_scenario(name)
    text = paragraph(scenario, cuff_pressures(scenario, compile_timeline(scenario)))
    for words in WORDS[name]:
        assert words in text, text


def test_one_arm_and_phases_are_told():
    changes = {
        "exercise.limbs": 1,
        "cuff.limb": "arm",
        "person.age": "80 year",
        "calendar.weeks": None,
        "calendar.phases": [{"kind": "bed rest", "days": 5}, {"kind": "training", "weeks": 2}],
    }
    scenario = read_scenario("bfr_knee_extension", changes)
    text = paragraph(scenario, cuff_pressures(scenario, compile_timeline(scenario)))
    assert "an 80-year-old woman" in text
    assert "with one arm" in text and "on the upper arm" in text
    assert "6 sessions in 19 days (5 days of bed rest, then 2 weeks of training)" in text
    assert "Day 6" in printed(describe(scenario)), "the day of the first session is shown too"
