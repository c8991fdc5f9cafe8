"""``bfrsim describe``: a scenario in words and as a table of segments, without computing anything."""

from __future__ import annotations

from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import Changes, ScenarioName

EXAMPLES = (
    "Examples:",
    "bfrsim describe bfr_knee_extension",
    'bfrsim describe bfr_walking --set cuff.pressure="160 mmHg"',
)


def describe(scenario: ScenarioName, changes: Changes = None) -> None:
    """Tell what a scenario does to whom: in words, and as the segments of the first day and first session."""
    with told_plainly():
        from bfrsim.report.describe_table import describe as described
        from bfrsim.report.terminal import show
        from bfrsim.scenario.read import read_scenario

        show(described(read_scenario(scenario, changes or [])))
