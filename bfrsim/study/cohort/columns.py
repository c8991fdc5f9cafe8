"""What is told of each person of a cohort: name, unit, meaning, and whether it is a number, a word or yes and no."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bfrsim.scenario.sarcopenia import NONE, POSSIBLE, PROBABLE, SARCOPENIA, SEVERE


@dataclass(frozen=True)
class Column:
    """`kind` is float, bool or str; `words` are the words it can be; `source` says where it comes from."""

    unit: str
    meaning: str
    kind: type[Any] = float
    words: tuple[str, ...] = ()
    source: str = "marginals.csv"


_DERIVED, _SCREENED = "derived", "the value with the error of one measurement (screening_error.csv)"
_TRAIT = "standard normal between people (variability.toml)"

# The quantities of the copula, in the order of the table, and the maxima that follow them.
COVARIATES = MappingProxyType(
    {
        "height": Column("cm", "body height"),
        "body_mass": Column("kg", "body mass"),
        "thigh_circ": Column("cm", "thigh circumference"),
        "arm_circ": Column("cm", "arm circumference"),
        "calf_circ": Column("cm", "calf circumference"),
        "subcut_fat": Column("mm", "triceps skinfold"),
        "sbp": Column("mmHg", "systolic pressure at rest"),
        "dbp": Column("mmHg", "diastolic pressure at rest"),
        "hr": Column("1/min", "heart rate at rest"),
        "almi": Column("kg/m**2", "appendicular lean mass index, DXA"),
        "quad_csa": Column("cm**2", "quadriceps area, cross-section"),
        "grip": Column("kg", "grip strength"),
        "knee_torque": Column("N*m", "knee torque, extension of one leg"),
        "gait_speed": Column("m/s", "usual gait speed"),
        "protein": Column("g/kg/d", "protein eaten by habit"),
        "vo2max": Column("mL/(kg*min)", "maximal oxygen uptake"),
    }
)
MAXIMA = MappingProxyType(
    {
        "knee_ext_1rm": Column("kg", "one-repetition maximum of the knee extension, one leg"),
        "elbow_flex_1rm": Column("kg", "one-repetition maximum of the elbow flexion, one arm"),
        "leg_press_1rm": Column("kg", "one-repetition maximum of the leg press, both legs"),
    }
)
COLUMNS = MappingProxyType(
    {
        "age": Column("yr", "age", source="the cohort's file"),
        "sex": Column("1", "sex", str, ("female", "male"), "the cohort's file"),
        "ancestry": Column("1", "ancestry", str, ("asian", "european"), "the cohort's file"),
        **COVARIATES,
        **MAXIMA,
        "bmi": Column("kg/m**2", "body mass index", source=_DERIVED),
        "hypertension": Column(
            "1", "hypertension: pressure over the limit, or treated", bool, (), f"{_DERIVED} (hypertension.csv)"
        ),
        "almi_measured": Column("kg/m**2", "lean mass index as screening measures it", source=_SCREENED),
        "grip_measured": Column("kg", "grip strength as screening measures it", source=_SCREENED),
        "gait_speed_measured": Column("m/s", "gait speed as screening measures it", source=_SCREENED),
        "sarcopenia": Column("1", "sarcopenia or severe sarcopenia by AWGS 2019, as measured", bool, (), _DERIVED),
        "awgs_2019": Column(
            "1", "class by AWGS 2019, as measured", str, (NONE, POSSIBLE, SARCOPENIA, SEVERE), _DERIVED
        ),
        "ewgsop2": Column("1", "class by EWGSOP2, as measured", str, (NONE, PROBABLE, SARCOPENIA, SEVERE), _DERIVED),
        "trainability_size": Column("1", "how muscle size responds to training, score", source=_TRAIT),
        "trainability_strength": Column(
            "1", "how strength responds, apart from what goes with size, score", source=_TRAIT
        ),
    }
)
