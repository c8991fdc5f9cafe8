"""How much people must differ for the simulated responses to differ as much as published ones do.

A cohort trains with a heavy load and, the same people, under a cuff. The width of the priors follows from how alike a
person's two responses are, the spread of the two traits from the spread of size and strength, the correlation of the
traits from that of the two responses. Each value moves by what its own target misses, again and again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError
from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.scenario.read import read_scenario
from bfrsim.scenario.schema import Scenario
from bfrsim.simulation import simulate
from bfrsim.study.cohort.draw import draw_cohort
from bfrsim.study.cohort.parameters import cohort_parameters, values_in_use
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.tables import trained_changes
from bfrsim.study.cohort.variability import Spread, roles, targets

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]

RTOL = 1e-4  # a response is then right to 0.001 of its spread
ROUNDS, CLOSE = 12, 0.01
OUTCOMES = ("csa_change", "one_rm_change")
LEAST, MOST = 0.02, 3.0  # of a width or an SD of a logarithm

Progress = Callable[[str], None]


class Responses(NamedTuple):
    """Change of size and of the one-repetition maximum of n people [%], (n,) each."""

    size: Floats
    strength: Floats


class Measured(NamedTuple):
    """How responses differ in a cohort: means and SDs [%], and how alike they are.

    Attributes
    ----------
    correlation : of size and strength, with the heavy load.
    interaction : SD of person x programme over that of the general response, of size, among people alike in age, sex,
        body and pressure: what the priors bring about.
    whole_interaction, whole_interaction_strength : the same among the people of the cohort, covariates and all.
    """

    size_mean: float
    size_sd: float
    strength_mean: float
    strength_sd: float
    cuffed_size_mean: float
    cuffed_size_sd: float
    cuffed_strength_mean: float
    cuffed_strength_sd: float
    correlation: float
    interaction: float
    whole_interaction: float
    whole_interaction_strength: float


def responses(
    people: xarray.Dataset, scenario: Scenario, spread: Spread, *, alike: bool = False, threads: int = 1
) -> Responses:
    """Return how size and one-repetition maximum of people change in a programme.

    Parameters
    ----------
    alike : bool
        Whether all have the covariates of the scenario's own person, and differ in priors and traits only.

    Raises
    ------
    SimulationError
        If the programme of a person cannot be computed.
    """
    parameters = cohort_parameters(people, bfr_system(), scenario, spread, alike=alike)
    end = [scenario.calendar.total_days * 86400.0]
    result = simulate(scenario, parameters=parameters, outputs=OUTCOMES, times=end, rtol=RTOL, threads=threads)
    if result.attrs["failures"]:
        raise SimulationError(f"the spread cannot be measured: {result.attrs['failures'].splitlines()[0]}")
    return Responses(*(np.asarray(result[name].values[:, -1], dtype=float) for name in OUTCOMES))


def measure(people: xarray.Dataset, spread: Spread, threads: int = 1) -> Measured:
    """Return how responses to the two programmes of reference differ between people."""
    programmes = [read_scenario(name) for name in (roles().heavy, roles().cuffed)]
    heavy, cuffed = (responses(people, each, spread, threads=threads) for each in programmes)
    two_alike = [responses(people, each, spread, alike=True, threads=threads).size for each in programmes]
    return Measured(
        *_moments(heavy.size), *_moments(heavy.strength), *_moments(cuffed.size), *_moments(cuffed.strength),
        correlation=float(np.corrcoef(heavy.size, heavy.strength)[0, 1]),
        interaction=_interaction(two_alike[0], two_alike[1]),
        whole_interaction=_interaction(heavy.size, cuffed.size),
        whole_interaction_strength=_interaction(heavy.strength, cuffed.strength),
    )  # fmt: skip


def _moments(change: Floats) -> tuple[float, float]:
    return float(change.mean()), float(change.std(ddof=1))


def _interaction(first: Floats, second: Floats) -> float:
    """Return the SD of person x programme over that of the general response: r = general / (general + particular)."""
    r = float(np.corrcoef(first, second)[0, 1])
    return float(np.sqrt((1.0 - r) / r)) if r > 0.0 else float("inf")


def fit_spread(
    spec: CohortSpec, n: int | None = None, *, start: Spread, threads: int = 1, announce: Progress = lambda _: None
) -> tuple[Spread, Measured]:
    """Return the spread with which a cohort responds as variously as published groups, and what it reaches.

    Parameters
    ----------
    spec, n
        Who trains; people without earlier training.
    start : Spread
        Where the search begins.
    announce : callable
        Told each round what is reached.

    Raises
    ------
    SimulationError
        If the cohort has trained before, a programme fails, or the search does not come to rest.
    """
    if spec.population.training != "none":
        raise SimulationError(f"'{spec.title}' has trained before; the spread is that of people who have not")
    from scipy.optimize import root

    people, found = draw_cohort(spec, n), []

    def missed(place: Floats) -> tuple[float, float, float, float]:
        spread = _spread_at(place, start)
        found.append((spread, measure(people, spread, threads)))
        announce(f"round {len(found)}: {told(found[-1][1])}")
        return misses(found[-1][1])

    # Broyden's method begins with what is nearly true: each target answers to its own constant, one to one.
    options = {"fatol": CLOSE, "maxiter": ROUNDS, "line_search": None, "jac_options": {"alpha": 1.0}}
    solution = root(missed, _place_of(start), method="broyden1", options=options)
    spread, reached = min(found, key=lambda each: max(map(abs, misses(each[1]))))
    if not solution.success and max(map(abs, misses(reached))) >= CLOSE:
        raise SimulationError(f"the spread does not come to rest within {ROUNDS} rounds: {told(reached)}")
    announce("halving the response of trained people")
    less = _trained_factors(spread)
    return replace(spread, trained_size=less[0], trained_strength=less[1]), reached


def misses(reached: Measured) -> tuple[float, float, float, float]:
    """Return what each target misses: logarithms of ratios for widths, the difference for the correlation."""
    wanted = targets()
    return (
        float(np.log(wanted.interaction / reached.interaction)),
        float(np.log(wanted.size_sd / reached.size_sd)),
        float(np.log(wanted.strength_sd / reached.strength_sd)),
        wanted.correlation - reached.correlation,
    )


def told(reached: Measured) -> str:
    """Return what is reached, in one line."""
    return (
        f"size {reached.size_mean:.1f}±{reached.size_sd:.2f} %, strength {reached.strength_mean:.1f}"
        f"±{reached.strength_sd:.2f} %, correlation {reached.correlation:.2f}, interaction {reached.interaction:.2f}"
        f" (with covariates {reached.whole_interaction:.2f})"
    )


def bfr_system() -> System:
    """Return the shipped model."""
    return read_system(models_folder() / "bfr.bfr")


def _place_of(spread: Spread) -> Floats:
    """Return the constants of a spread as coordinates: logarithms of widths, and the correlation."""
    widths = (spread.prior_width, spread.size_log_sd, spread.strength_log_sd)
    return np.array([*np.log(widths), spread.correlation])


def _spread_at(place: Floats, start: Spread) -> Spread:
    # Where the priors alone give more spread than published, its trait shrinks to next to nothing.
    width, size, strength = np.clip(np.exp(place[:3]), LEAST, (1.0, MOST, MOST))
    correlation = float(np.clip(place[3], -0.95, 0.95))
    return replace(
        start,
        prior_width=float(width),
        size_log_sd=float(size),
        strength_log_sd=float(strength),
        correlation=correlation,
    )


def _trained_factors(spread: Spread) -> tuple[float, float]:
    """Return the factors on the parameters of the traits that leave a person the response of trained people."""
    share = {change.value for kind in trained_changes().values() for change in kind if change.quantity == "response"}
    if len(share) != 1:
        raise SimulationError("trained.csv tells different responses for different training; one factor holds for all")
    scenario, factors = read_scenario(roles().heavy), np.linspace(1.0, 0.02, 50)
    size = _factor_for(scenario, factors, roles().size, {}, 0, *share)
    strength = _factor_for(scenario, factors, roles().strength, dict.fromkeys(roles().size, size), 1, *share)
    return size, strength


def _factor_for(
    scenario: Scenario, factors: Floats, names: tuple[str, ...], others: dict[str, float], which: int, share: float
) -> float:
    """Return by which factor some parameters leave the scenario's own person that share of the response."""
    values = values_in_use(bfr_system(), scenario)
    parameters = {name: values[name] * factors for name in names}
    parameters |= {name: np.array([values[name] * factor]) for name, factor in others.items()}
    end = [scenario.calendar.total_days * 86400.0]
    result = simulate(scenario, parameters=parameters, outputs=OUTCOMES, times=end, rtol=RTOL)
    found = np.asarray(result[OUTCOMES[which]].values[:, -1], dtype=float)
    whole = found[0] if not others else _own_response(scenario, OUTCOMES[which])
    return float(np.interp(share * whole, found[::-1], factors[::-1]))


def _own_response(scenario: Scenario, output: str) -> float:
    end = [scenario.calendar.total_days * 86400.0]
    return float(simulate(scenario, outputs=[output], times=end, rtol=RTOL)[output].values[0, -1])
