"""Cohorts: virtual people drawn from published means, spreads and correlations."""

from bfrsim.study.cohort.draw import draw_cohort
from bfrsim.study.cohort.parameters import cohort_parameters, person_scenario
from bfrsim.study.cohort.spec import read_cohort

__all__ = ["cohort_parameters", "draw_cohort", "person_scenario", "read_cohort"]
