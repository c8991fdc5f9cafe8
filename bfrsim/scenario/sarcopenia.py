"""The sarcopenia class of a person by two consensus definitions; derived from measurements, never typed."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

NONE, POSSIBLE, PROBABLE = "no sarcopenia", "possible sarcopenia", "probable sarcopenia"
SARCOPENIA, SEVERE = "sarcopenia", "severe sarcopenia"


class Cutoffs(NamedTuple):
    """Below these a value is low: appendicular lean mass index (DXA) [kg/m**2], grip [kg], usual gait speed [m/s]."""

    almi: float
    grip: float
    gait_speed: float


AWGS_2019 = {"male": Cutoffs(7.0, 28.0, 1.0), "female": Cutoffs(5.4, 18.0, 1.0)}
EWGSOP2 = {"male": Cutoffs(7.0, 27.0, 0.8), "female": Cutoffs(5.5, 16.0, 0.8)}  # gait: 0.8 itself is low


class Measured(Protocol):
    """What the definitions look at."""

    @property
    def sex(self) -> str:
        """``female`` or ``male``."""

    @property
    def almi(self) -> float:
        """Appendicular lean mass index [kg/m**2]."""

    @property
    def grip(self) -> float:
        """Grip strength [kg]."""

    @property
    def gait_speed(self) -> float:
        """Usual gait speed [m/s]."""


def sarcopenia(person: Measured) -> dict[Literal["AWGS 2019", "EWGSOP2"], str]:
    """Return the class by each definition.

    Notes
    -----
    AWGS 2019 (Chen LK et al., J Am Med Dir Assoc 2020;21:300-307): low grip or slow gait is possible sarcopenia; low
    muscle mass with either of them sarcopenia, with both severe. EWGSOP2 (Cruz-Jentoft AJ et al., Age Ageing
    2019;48:16-31): low grip is probable sarcopenia, with low muscle mass sarcopenia, and with slow gait as well severe.
    """
    return {"AWGS 2019": _awgs_2019(person), "EWGSOP2": _ewgsop2(person)}


def _awgs_2019(person: Measured) -> str:
    low = AWGS_2019[person.sex]
    weak, slow = person.grip < low.grip, person.gait_speed < low.gait_speed
    if not (weak or slow):
        return NONE
    if person.almi >= low.almi:
        return POSSIBLE
    return SEVERE if weak and slow else SARCOPENIA


def _ewgsop2(person: Measured) -> str:
    low = EWGSOP2[person.sex]
    if person.grip >= low.grip:
        return NONE
    if person.almi >= low.almi:
        return PROBABLE
    return SEVERE if person.gait_speed <= low.gait_speed else SARCOPENIA
