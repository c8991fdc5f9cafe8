"""The README: what it shows exists, and its table is what the code gives."""

import re
from pathlib import Path

import pytest

from bfrsim.library import shipped_scenarios
from bfrsim.report.overview import BEGIN, END, overview, published

README = Path(__file__).parent.parent / "README.md"


def test_every_scenario_with_published_values_is_shipped_and_shown():
    text = README.read_text(encoding="utf-8")
    table = text.split(BEGIN)[1].split(END)[0]
    for name in published():
        assert name in shipped_scenarios() and f"`{name}`" in table


@pytest.mark.slow
def test_the_table_is_what_the_code_gives():
    def numbers(text):
        return [float(number) for number in re.findall(r"[-+]?\d+\.\d", text)]

    shown = README.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    assert numbers(shown) == pytest.approx(numbers(overview()), abs=0.11)
