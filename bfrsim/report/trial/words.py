"""A design in words: what is done to whom, how it is measured, compared and decided, and what is assumed."""

from __future__ import annotations

from collections.abc import Iterator

from bfrsim.scenario.description import exercise_rows, programme_text
from bfrsim.scenario.schema import Scenario
from bfrsim.study.trial.evidence import instruments, rate_of, rates
from bfrsim.study.trial.measures import MEASURES
from bfrsim.study.trial.results import TrialResult
from bfrsim.study.trial.schema import Comparison, Design

MISSING = {
    "complete cases": "whoever lacks the visit of an endpoint is left out of it",
    "last observation carried forward": "a missing visit takes the value of the one before",
    "baseline carried forward": "a missing visit takes the value from before the programme",
    "multiple imputation": "a missing visit is drawn {} times from what is known of people of the same arm with "
    "the same levels so far (jointly normal, missing at random), and the analyses are joined by Rubin's rules",
}


def design_sentences(result: TrialResult) -> list[str]:
    """Return the design in sentences, a reader's first page."""
    design = result.file.design
    return [
        *_people(result),
        *_arms(result),
        *_conduct(design),
        *_measurement(design),
        *_analysis(design),
    ]


def assumptions(result: TrialResult) -> list[str]:
    """Return what stands or falls with assumptions, one sentence each."""
    design = result.file.design
    told = [
        f"Of the model's parameters {result.parameters['fitted']} were fitted to published means and "
        f"{result.parameters['assumed']} are assumed.",
        "People are drawn with replacement from the pool, which stands for the population; how far the pool is from "
        "it is in no interval.",
        f"That a point of discomfort multiplies the odds of missing a session and of leaving by "
        f"{design.adherence.odds_per_discomfort:g} is assumed, and so is the spread of attendance between people.",
        "Errors of the cuff's and the load's setting and the learning of a test are assumed from a review "
        "(trial_rules.csv). Testing and training teach the same skill: the larger of both counts.",
        "A person who misses sessions does the others as prescribed; after leaving they live as before.",
    ]
    if design.allocation.scheme == "crossover":
        told.append("Nothing but practice in testing is carried from the first period of a crossover to the second.")
    if design.allocation.scheme == "within-person":
        told += [
            "Both limbs of a person are alike and do not act on each other: cross-education is not modelled.",
            "The worse discomfort of a person's limbs decides whether they come and stay, and stands with both.",
        ]
    if result.assurance is not None:
        told.append(
            f"Assurance takes {result.assurance.draws} draws of the constants from the whole width of their priors, "
            f"simulated on {result.assurance.people} people; the priors were not narrowed by the fit."
        )
    return told


def comparison_sentence(each: Comparison, unit: str) -> str:
    """Return what is asked and how it is answered."""
    ask = {
        "superiority": "differs from",
        "non-inferiority": f"is no worse, by {each.margin or 0:g} {unit}, than",
        "equivalence": f"is within {each.margin or 0:g} {unit} of",
    }[each.hypothesis]
    return f"{each.role.capitalize()}: {each.arm} {ask} {each.against} in {each.endpoint} ({each.method})."


def _people(result: TrialResult) -> Iterator[str]:
    design, counts = result.file.design, result.sizes
    rule = {
        "simple": "by a coin", "block": "in permuted blocks",
        "stratified": f"in permuted blocks within strata of {' and '.join(design.allocation.strata)}",
    }[design.allocation.rule]  # fmt: skip
    whom = f"cohort {design.cohort} ({result.file.cohort.title})"
    if design.allocation.scheme == "parallel":
        yield f"{sum(counts)} people of the {whom} are allocated {rule} to {len(counts)} parallel arms."
    elif design.allocation.scheme == "crossover":
        out = "" if design.allocation.washout is None else f", {design.allocation.washout / 7:g} weeks apart"
        yield f"{sum(counts)} people of the {whom} do both arms{out}, in an order that is allocated {rule}."
    else:
        yield f"{sum(counts)} people of the {whom} do every arm at once, each with another limb."


def _arms(result: TrialResult) -> Iterator[str]:
    for arm in result.file.design.arm:
        scenario = result.file.scenarios.get(arm.name)
        if scenario is None:
            told = "; ".join(f"{name} {each.mean:+g} ± {each.sd:g} %" for name, each in (arm.known or {}).items())
            yield f"{arm.name}: a change that is told, {told}."
        else:
            yield f"{arm.name}: {_done(scenario)}."


def _done(scenario: Scenario) -> str:
    parts = [words for _, words in exercise_rows(scenario.exercise)]
    if scenario.cuff is not None:
        cuff = scenario.cuff
        parts.append(f"cuff {cuff.width:g} cm wide at {cuff.pressure}, {cuff.inflation}")
    return "; ".join([*parts, programme_text(scenario.calendar)])


def _conduct(design: Design) -> Iterator[str]:
    told = design.adherence
    rate = rate_of(told.attendance)
    spread = f"SD {100 * told.attendance_sd:.0f} points; " if 0.0 < rate < 1.0 else ""
    yield (
        f"At the trial's mean discomfort people attend {100 * rate:.0f} % of sessions while they stay "
        f"({spread}{_source(told.attendance)}) and {100 * rate_of(told.dropout):.0f} % leave in "
        f"{told.dropout_over / 7:g} weeks ({_source(told.dropout)}); "
        f"{100 * told.measured_after_leaving:.0f} % of those who leave are measured all the same."
    )


def _measurement(design: Design) -> Iterator[str]:
    told = design.measurement
    aop = {
        "once": "measured once, with its error", "weekly": "measured anew every week, with its error",
        "every session": "measured in every session, with its error", "exact": "known without error",
    }[told.aop]  # fmt: skip
    load = "from a tested maximum, with its error" if told.load == "tested" else "without error"
    grows = (
        "follow the maximum as it grows" if told.progression == "present maximum" else "stay the kilograms of the start"
    )
    yield f"Occlusion pressure is {aop}; loads are set {load}, and {grows}."
    for outcome in design.outcome:
        visits = ", ".join(f"{day / 7:g}" for day in (0.0, *outcome.visits))
        tool = instruments()[outcome.instrument]
        error = f"error {100 * tool.cv:.3g} % of the value" if tool.cv else f"error {tool.error:g} {tool.unit}".rstrip()
        yield f"{outcome.name}: {MEASURES[outcome.measure].words} at weeks {visits}, by {tool.words}; {error}."
    if any(MEASURES[outcome.measure].learned for outcome in design.outcome) and told.test_learning:
        yield (
            f"Before it counts, the maximum is practised in {told.familiarisation} test"
            f"{'s' * (told.familiarisation != 1)}, and each test teaches it further, in every arm."
        )


def _analysis(design: Design) -> Iterator[str]:
    rules = design.analysis
    who = (
        "Everybody is analysed in the arm they were given, whatever they did (treatment policy)"
        if rules.estimand == "treatment policy"
        else f"Analysed are those who stay and attend {100 * rules.least_attendance:.0f} % of sessions (per protocol)"
    )
    mixed = any(each.method == "mixed model" for each in design.comparison)
    yield f"{who}; {MISSING[rules.missing].format(rules.imputations)}."
    if mixed:
        yield "A mixed model takes all visits there are, with any covariance between the visits of a person."
    primary = sum(each.role == "primary" for each in design.comparison)
    shared = "each has it for itself" if rules.multiplicity == "none" else f"they share it: {rules.multiplicity}"
    several = f"; of {primary} primary comparisons {shared}" if primary > 1 else ""
    yield f"The two-sided level is {100 * rules.alpha:g} %{several}."


def _source(told: float | str) -> str:
    if not isinstance(told, str):
        return "as the design says"
    return f"{rates()[told].source}, {rates()[told].confidence}"
