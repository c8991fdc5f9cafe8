"""A prescription can be read back in words."""

from __future__ import annotations

import pytest

from bfrsim.scenario.description import exercise_rows, person_text, programme_text
from bfrsim.scenario.read import read_scenario

WORDS = {
    "bfr_knee_extension": [
        ("Exercise", "knee extension"),
        ("Load", "30 %1RM"),
        ("Sets", "30-15-15-15, 3 s a repetition, 45 s rest between"),
    ],
    "high_load": [
        ("Exercise", "knee extension"),
        ("Load", "75 %1RM"),
        ("Sets", "4 x 10, 3 s a repetition, 90 s rest between"),
    ],
    "low_load_to_failure": [
        ("Exercise", "knee extension"),
        ("Load", "30 %1RM"),
        ("Sets", "4 sets to failure, 3 s a repetition, 45 s rest between"),
    ],
    "bfr_walking": [("Exercise", "walking"), ("Intensity", "4 km/h"), ("Duration", "20 min")],
    "passive_bfr_bed_rest": [
        ("Exercise", "rest with a cuff"),
        ("Inflations", "5 x 5 min, 3 min deflated between"),
    ],
    "bed_rest": [("Exercise", "none: habitual life")],
}


@pytest.mark.parametrize("name", list(WORDS))
def test_an_exercise_is_told_in_words(name):
    assert exercise_rows(read_scenario(name).exercise) == WORDS[name]


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("bfr_knee_extension", {}, "3 sessions a week for 12 weeks"),
        ("high_load", {"calendar.sessions_per_week": 1, "calendar.weeks": 1}, "1 session a week for 1 week"),
        ("bed_rest", {}, "no sessions, 14 days of bed rest"),
        ("passive_bfr_bed_rest", {}, "14 sessions a week, 14 days of bed rest with sessions"),
        ("bed_rest", {"calendar.phases": None, "calendar.days": 3}, "no sessions, 3 days"),
    ],
)
def test_a_programme_is_told_in_words(name, changes, words):
    assert programme_text(read_scenario(name, changes).calendar) == words


def test_a_person_is_told_whole_even_if_little_is_known():
    assert person_text(read_scenario("high_load")) == "Woman, 68 years, 64 kg, 158 cm, 134/78 mmHg"
    little = read_scenario("high_load", {"person": {"sex": "male", "age": "65 year"}})
    assert person_text(little) == "Man, 65 years, 91.5 kg, 176.1 cm, 131/72 mmHg"
