"""A prescription in words: programmes in a line, the choice, how it was found, its neighbours, what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bfrsim.language.bibliography import ASSUMED, FITTED
from bfrsim.safety import MEASURES
from bfrsim.scenario.exercise import Resistance
from bfrsim.study.prescribe.chance import most_over_in_search
from bfrsim.study.prescribe.choose import ALIKE, ENOUGH, benefits
from bfrsim.study.prescribe.decisions import (
    CYCLING,
    FIRST_LONGER,
    NO_CUFF,
    RESISTANCE,
    TO_FAILURE,
    Candidate,
    value_text,
)
from bfrsim.study.prescribe.evaluate import Tried
from bfrsim.study.prescribe.reasons import Hinge
from bfrsim.study.prescribe.results import Neighbour, Prescription

DISCLAIMER = (
    "A research tool: what a model says of virtual people. Not medical advice, and never the prescription of a person."
)


def work_text(candidate: Candidate) -> str:
    """Return exercise and dose: ``30 %1RM 30-15-15-15``, ``walk 4 km/h 20 min``."""
    if candidate["mode"] == RESISTANCE:
        return f"{candidate.number('load'):g} %1RM {sets_text(candidate)}"
    effort = f"ride {candidate.number('intensity'):g} %HRR" if candidate["mode"] == CYCLING else ""
    effort = effort or f"walk {candidate.number('speed'):g} km/h"
    return f"{effort} {candidate.number('minutes'):g} min"


def sets_text(candidate: Candidate) -> str:
    """Return the sets: ``4 x 10``, ``30-15-15-15``, ``3 to failure``."""
    sets, scheme = int(candidate.number("sets")), str(candidate["repetitions"])
    if scheme == TO_FAILURE:
        return f"{sets} to failure"
    return "-".join(["30", *["15"] * (sets - 1)]) if scheme == FIRST_LONGER else f"{sets} x {scheme}"


def cuff_text(candidate: Candidate) -> str:
    """Return the cuff: ``none``, ``50``, ``50 int`` where it is deflated in the rests."""
    if candidate.number("pressure") == NO_CUFF:
        return "none"
    intermittent = candidate.as_dict.get("inflation") == "intermittent"
    return f"{candidate.number('pressure'):g}{' int' if intermittent else ''}"


def programme_text(result: Prescription, candidate: Candidate) -> str:
    """Return a programme as a sentence without its full stop."""
    own = result.request.scenario.exercise
    movement = own.movement if isinstance(own, Resistance) else "knee extension"
    times = candidate.number("sessions")
    begin = f"{movement} " if candidate["mode"] == RESISTANCE else ""
    parts = [f"{begin}{_done(candidate)}"]
    if candidate["mode"] == RESISTANCE:
        parts.append(f"{candidate.number('rest'):g} s rest")
    worn = {"continuous": ", also in rests", "intermittent": ", deflated in rests"}
    pressure = candidate.number("pressure")
    inflation = worn[str(candidate["inflation"])] if "inflation" in candidate.as_dict else ""
    parts.append("no cuff" if pressure == NO_CUFF else f"cuff at {pressure:g} %AOP{inflation}")
    return ", ".join([*parts, f"{times:g} session{'s' * (times > 1)} a week"])


def choice_sentences(result: Prescription) -> list[str]:
    """Return the choice, what it gives and costs, and the checks on people never used."""
    asked, choice = result.request, result.choice
    limit = f"{100 * asked.probability:g} %"
    if choice is None:
        least = min(result.front, key=lambda each: each.count_over)
        return [
            f"No programme that was tried again keeps the chance of being over a limit below {limit}: at most "
            f"{asked.allowed} of {asked.fresh_people} fresh people may be over one.",
            f"Nearest: {programme_text(result, least.candidate)}, {least.count_over} over ({over_text(least)}).",
        ]
    assert result.check is not None and result.whole_priors is not None
    check, whole = result.check, result.whole_priors
    text = programme_text(result, choice.candidate)
    return [
        f"Choice: {text}.",
        f"It gives {choice.size:+.1f} % muscle size and {choice.strength:+.1f} % 1RM, means over {asked.fresh_people} "
        f"{_whom(result)}; {_costs(choice)}.",
        f"On {check.people} people never used before, {check.over} are over a limit: "
        f"{100 * check.over / check.people:.1f} %, below {100 * check.bound:.1f} % with 95 % confidence "
        f"(stated {limit}).",
        f"With every constant drawn from the whole of its prior, {whole.over} of {whole.people} are over one.",
        *_nearest_limit(choice),
        *_other_way(result, choice),
    ]


def rule_sentences(result: Prescription) -> list[str]:
    """Return how the front was found and by which rule one of it is chosen."""
    asked = result.request
    weight, few = asked.strength_weight, most_over_in_search(asked.search_people, asked.probability)
    return [
        f"{len(result.searched)} programmes were tried on the same {asked.search_people} {_whom(result)} (NSGA-II, "
        f"seed {asked.seed}). Kept are those with at most {few} of them over a limit (half of "
        f"{100 * asked.probability:g} %) that no other surpasses in size, 1RM, harm and time. The best of these were "
        f"looked at on {asked.look_people} more people by the same rule.",
        f"What is left was tried again on {asked.fresh_people} fresh people. {asked.allowed} may be over a limit: then "
        f"the one-sided 95 % bound (Clopper-Pearson) is at most {100 * asked.probability:g} %.",
        f"Benefit is {1 - weight:g} of size and {weight:g} of 1RM, each as a share of the most on the front; of the "
        f"programmes with {100 * ENOUGH:g} % of the largest benefit the one with the least harm is chosen, of those "
        f"within {100 * ALIKE:g} points of that harm the one with the shortest week.",
        "Harm is the largest share of a limit that a session uses, mean over people.",
    ]


def limit_sentences(result: Prescription) -> list[str]:
    """Return the limits and how far each is to be trusted."""
    told = [
        f"{MEASURES[name].label} {each.value:g} {MEASURES[name].unit} ({each.confidence})".replace("  ", " ")
        for name, each in result.limits.items()
    ]
    none = [MEASURES[name].label.lower() for name in ("ischaemia", "reperfusion", "discomfort")
            if name not in result.limits]  # fmt: skip
    sentences = [f"Limits: {'; '.join(told)}."]
    if none:
        sentences.append(f"Without a limit, as none is published and the scenario sets none: {', '.join(none)}.")
    return sentences


def neighbour_text(result: Prescription, near: Neighbour) -> str:
    """Return what is moved: ``load 40 %1RM``."""
    value = near.tried.candidate[near.decision.name]
    if near.decision.name == "pressure" and value == NO_CUFF:
        return "no cuff"
    return f"{near.decision.label} {value_text(value)} {near.decision.unit}".rstrip()


def why_not(result: Prescription, tried: Tried) -> str:
    """Return what is against a programme, compared with the choice; empty if nothing is."""
    assert result.choice is not None
    if not result.keeps(tried):
        return f"over: {over_text(tried)}"
    other, own = benefits([tried, result.choice], result.request.strength_weight, result.reference)
    if other < own - 0.005:
        return "gains less"
    if tried.harm > result.choice.harm + 0.005:
        return "more harm"
    told = "as good" if other <= own + 0.005 else "gains more"
    return f"{told}, longer week" if tried.time > 1.02 * result.choice.time else told


def over_text(tried: Tried) -> str:
    """Return which limits are exceeded by how many, most first: ``mean pressure 5``."""
    counts = sorted(((int(each.sum()), name) for name, each in tried.over.items() if each.any()), reverse=True)
    return ", ".join(f"{name.replace('_', ' ')} {count}" for count, name in counts) or "none"


def reason_sentences(result: Prescription) -> list[str]:
    """Return what the choice hangs on and how much of that is assumed."""
    told = list(_hinges(result))
    assumed = sum(each.confidence == "assumed" for each in result.limits.values())
    recalled = sum(each.confidence == "recalled" for each in result.limits.values())
    told.append(
        f"Of {len(result.limits)} limits {assumed} are assumed and {recalled} recalled; which programme is chosen "
        "hangs on them first."
    )
    if result.sources is not None:
        all_of = result.sources
        told.append(
            f"Of {all_of.drawn} properties drawn for each person {all_of.assumed} have an assumed source and "
            f"{all_of.fitted} are fitted to published means; how wide they spread between people is assumed or fitted."
        )
    told.append(
        "Not simulated: injury, joints, falls, clots, and whether a person comes to the sessions; heart rate and "
        "pressure are those of group means."
    )
    return told


def _hinges(result: Prescription) -> Iterator[str]:
    words = {"size": "Size gained", "strength": "1RM gained", "harm": "The nearest limit"}
    for outcome, begin in words.items():
        found = [each for each in result.hinges if each.outcome == outcome]
        if not found:
            yield f"{begin} goes with none of the properties drawn more than chance would have it."
            continue
        listed = "; ".join(
            f"{each.meaning or each.name} ({each.correlation:+.2f}, {each.source or 'no source'})" for each in found
        )
        yield f"{begin} goes with: {listed}. {_unmeasured(found)}"


def _unmeasured(found: Sequence[Hinge]) -> str:
    """Return which part of what is told, by squared rank correlation, is assumed, and which fitted."""
    whole = sum(each.correlation**2 for each in found)
    parts = [
        100 * sum(each.correlation**2 for each in found if kind in each.source.split(", ")) / whole
        for kind in (ASSUMED, FITTED)
    ]
    return f"By squared correlation {parts[0]:.0f} % of that is assumed and {parts[1]:.0f} % fitted."


def _done(candidate: Candidate) -> str:
    return work_text(candidate).replace(" to failure", " sets to failure").replace("1 sets", "1 set")


def _whom(result: Prescription) -> str:
    return "people of the cohort" if result.request.cohort else "people like the scenario's"


def _costs(tried: Tried) -> str:
    values = tried.values
    return (
        f"peak systolic pressure {values['systolic_pressure'].mean():.0f} mmHg, discomfort "
        f"{values['discomfort'].mean():.1f} of 10, {100 * tried.harm:.0f} % of the nearest limit, "
        f"{tried.time:.0f} min a week from inflation to the end of the work"
    )


def _other_way(result: Prescription, choice: Tried) -> Iterator[str]:
    """Say what the best programme with a cuff is if the choice has none, or the best without one."""
    cuffed = choice.candidate.number("pressure") == NO_CUFF
    words = "with a cuff" if cuffed else "without a cuff"
    other = result.best(cuffed)
    if other is None:
        yield f"No programme {words} on the front keeps the chance constraint."
        return
    yield (
        f"Best {words}: {programme_text(result, other.candidate)}: {other.size:+.1f} % size, "
        f"{other.strength:+.1f} % 1RM, {_costs(other)}; compared with the choice: {why_not(result, other)}."
    )


def _nearest_limit(tried: Tried) -> Iterator[str]:
    over = over_text(tried)
    if over != "none":
        yield f"Over a limit among the fresh people: {over}."
