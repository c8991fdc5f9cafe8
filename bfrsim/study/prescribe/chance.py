"""The chance constraint: how many of n people may be over a limit, so that the stated probability is kept."""

from __future__ import annotations

CONFIDENCE = 0.95  # of the one-sided bound on the share of people over a limit
SCREENING_SHARE = 0.5  # of the stated probability is what the search allows


def upper_bound(over: int, people: int, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided upper bound (Clopper and Pearson 1934) on the probability of being over a limit."""
    from scipy.stats import beta

    return 1.0 if over >= people else float(beta.ppf(confidence, over + 1, people - over))


def most_over(people: int, probability: float, confidence: float = CONFIDENCE) -> int:
    """Return how many of fresh people may be over a limit; -1 if there are too few people to tell.

    A programme whose true probability is above the stated one passes in at most ``1 - confidence`` of all draws.
    """
    allowed = -1
    while allowed + 1 < people and upper_bound(allowed + 1, people, confidence) <= probability:
        allowed += 1
    return allowed


def most_over_in_search(people: int, probability: float) -> int:
    """Return how many may be over a limit in the search: half of the stated share, for it picks the lucky ones."""
    return int(SCREENING_SHARE * probability * people + 1e-9)


def fewest_people(probability: float, confidence: float = CONFIDENCE) -> int:
    """Return how many fresh people are needed for any programme to pass."""
    people = 1
    while upper_bound(0, people, confidence) > probability:
        people += 1
    return people
