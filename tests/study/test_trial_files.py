"""Designs: shipped ones can be read, and a mistake is told with its place, what was found and what was expected."""

from __future__ import annotations

import pytest

from bfrsim.errors import ScenarioError
from bfrsim.library import find_design, shipped_designs, shipped_scenarios
from bfrsim.study.trial.evidence import instruments, rates
from bfrsim.study.trial.read import read_design

WHOLE = find_design("three_arms").read_text(encoding="utf-8")


def told(tmp_path, *changes):
    """Return what is said of a design with pieces of its text replaced."""
    text = WHOLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_design(path)
    return str(caught.value).replace(str(path), "mine.toml")


@pytest.mark.parametrize("name", shipped_designs())
def test_shipped_designs_can_be_read_and_are_no_scenarios(name):
    file = read_design(name)
    assert file.design.comparison
    assert f"designs/{name}" not in shipped_scenarios()


def test_the_designs_of_the_readme_are_shipped():
    assert {"three_arms", "null", "within_person", "bed_rest", "cook_2018"} <= set(shipped_designs())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('scheme = "parallel"', 'scheme = "paralel"', ["did you mean 'parallel'", "allocation.scheme"]),
        ('arm = "BFR"', 'arm = "BFRR"', ["no such arm", "did you mean 'BFR'"]),
        ('instrument = "1rm"', 'instrument = "1rms"', ["instruments.csv", "did you mean '1rm'"]),
        ('instrument = "1rm"', 'instrument = "isokinetic-torque-old"', ["Nm", "is in kg"]),
        ('dropout = "dropout-geirsdottir"', 'dropout = "dropout-geirsdotir"', ["did you mean 'dropout-geirsdottir'"]),
        ("n = 40", "n = 1", ["arm.n = 1", "from 2 to 5000"]),
        (
            'visits = ["6 week", "12 week"]',
            'visits = ["6 week", "12 week", "16 week"]',
            ["after the programme of arm 'BFR'"],
        ),
        ("margin = 2.0", "", ["non-inferiority", "margin"]),
        ("block = 6", "block = 7", ["multiple of 3"]),
        ('strata = ["sex"]', 'strata = ["sexx"]', ["did you mean 'sex'"]),
        ('base = "high_load"', 'base = "high_loud"', ["arm 'high load'", "did you mean 'high_load'"]),
        ('base = "high_load"', 'base = "high_load"\nset.exercise.load = "75 kilo"', ["exercise.load", "kilo"]),
        ('cohort = "older_adults"', 'cohort = "older_adult"', ["cohort:", "did you mean 'older_adults'"]),
        ("[measurement]", "[measuring]", ["unknown key 'measuring'", "did you mean 'measurement'"]),
        ('at = "12 week"', 'at = "10 week"', ["not measured on day 70"]),
        ("attendance_sd = 0.12", "attendance_sd = 0.4", ["attendance_sd", "0.3"]),
    ],
)
def test_a_mistake_names_file_line_and_what_was_expected(tmp_path, old, new, words):
    message = told(tmp_path, (old, new))
    head = message.splitlines()[0]
    assert head.startswith("mine.toml:"), head
    line = int(head.split(":")[1])
    assert 1 <= line <= len(WHOLE.splitlines()) + 1
    for each in words:
        assert each in message, message


def test_paired_designs_refuse_what_only_parallel_ones_have(tmp_path):
    message = told(tmp_path, ('scheme = "parallel"', 'scheme = "within-person"'))
    assert "needs people = 20" in message
    assert "ANCOVA compares different people" in message
    assert "everybody has every arm" in message


def test_tables_of_evidence_keep_their_sources():
    assert instruments()["1rm"].cv == pytest.approx(0.042)
    assert instruments()["1rm"].source.startswith("Grgic")
    assert rates()["dropout-geirsdottir"].value == pytest.approx(0.119)
    assert "1rm-learning-old-women" not in instruments(), "a gain by learning is no error of measurement"
