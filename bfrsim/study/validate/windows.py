"""When something is read: a small language of places, parts and instants of a simulated programme.

=====================================  =============================================================================
``before``                             the minute of rest before the session
``session``, ``recovery``              from inflation to the end of recovery; the ten minutes after the last set
``exercise``                           from the start of the first set or bout to the end of the last
``set 2``, ``last set``, ``sets 2-4``  sets, walks or rides; ``sets`` are all of them, ``bout`` is another word
``rest 1``, ``rests``                  between sets
``inflation 1``, ``inflations``        of a passive session, also where the pressure is 0; otherwise the minute before
``cuff``                               while a cuff stays inflated
``programme``                          all of it
``last 30 s of set 4``                 also ``first``; of several places, of each of them
``minute 2 of inflation 1``            the second minute
``start of set 1``, ``end of sets``    an instant, just inside
``release``                            the instant the cuff is let go: the end of ``cuff``
``10 min after release``               an instant; after the end of a place, or after ``start of ...``
``1 h to 3 h after exercise``          a stretch; also ``before``: before the start of a place
``day 8 09:00``                        an instant; ``day 1 09:00 to day 43 09:00`` a stretch
=====================================  =============================================================================

A place is that of the first session unless ``of session 12`` or ``of last session`` follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bfrsim.errors import did_you_mean
from bfrsim.study.validate.moments import Interval, Moments
from bfrsim.units import UnitError, conversion, parse_quantity, parse_unit

EXAMPLES = '"before", "last 30 s of set 4", "2 min after release" or "0 h to 3 h after exercise"'
INSIDE = 1e-6  # s: an edge is read just inside the place it belongs to
DAY = 86400.0

Resolve = Callable[[Moments], list[Interval]]

_SECOND = parse_unit("s")
_NUMBERED = re.compile(r"(set|rest|inflation) (\d+)")
_SEVERAL = re.compile(r"sets (\d+) ?- ?(\d+)")
_PART = re.compile(r"(first|last) (.+?) of (.+)")
_MINUTE = re.compile(r"minute (\d+) of (.+)")
_EDGE = re.compile(r"(start|end) of (.+)")
_FROM_EDGE = re.compile(r"(.+?)(?: to (.+?))? (after|before) (?:the )?(.+)")
_CLOCK = re.compile(r"day (\d+),? (\d{1,2}):(\d{2})")
_OF_SESSION = re.compile(r"(.+?) of (?:session (\d+)|last session)")
_PLACES = ("before", "session", "recovery", "exercise", "sets", "last set", "rests", "inflations", "cuff", "programme")


class WindowError(ValueError):
    """A window that cannot be read, or that a simulated programme does not have."""


@dataclass(frozen=True)
class Window:
    """A window as it was written, and how it is found in a simulated programme."""

    text: str
    resolve: Resolve


def read_window(text: str) -> Window:
    """Read a window.

    Raises
    ------
    WindowError
        If the text is none.
    """
    words = re.sub(r"\s+", " ", text.strip().lower()).replace("bout", "set")
    if not words:
        raise WindowError(f"a window is missing; it is written {EXAMPLES}")
    return Window(text, _window(words))


def _window(words: str) -> Resolve:
    if words == "release":
        return lambda moments: [_just_before(_last(_place("cuff")(moments), "cuff")[1])]
    if edge := _EDGE.fullmatch(words):
        inside = _just_after if edge[1] == "start" else _just_before
        side, place = 0 if edge[1] == "start" else 1, _place(edge[2])
        return lambda moments: [inside(each[side]) for each in place(moments)]
    if minute := _MINUTE.fullmatch(words):
        return _parts(_place(minute[2]), 60.0 * (int(minute[1]) - 1), 60.0 * int(minute[1]))
    if part := _PART.fullmatch(words):
        length = _seconds(part[2])
        return _parts(_place(part[3]), *((0.0, length) if part[1] == "first" else (-length, 0.0)))
    if _CLOCK.match(words):
        return _clock(words)
    if far := _FROM_EDGE.fullmatch(words):
        return _beyond(far)
    return _place(words)


def _parts(place: Resolve, first: float, last: float) -> Resolve:
    """Return the stretch between two times counted from the start of each place, or, if negative, from its end."""

    def resolve(moments: Moments) -> list[Interval]:
        found = []
        for start, end in place(moments):
            base = start if first >= 0.0 else end
            cut = (max(base + first, start), min(base + last, end))
            if cut[0] >= cut[1]:
                raise WindowError(f"the place lasts {end - start:.0f} s only, shorter than what is read of it")
            found.append(cut)
        return found

    return resolve


def _beyond(far: re.Match[str]) -> Resolve:
    times = [_seconds(each) for each in (far[1], far[2]) if each is not None]
    sign = 1.0 if far[3] == "after" else -1.0
    edge = _edge(far[4], 1 if far[3] == "after" else 0)

    def resolve(moments: Moments) -> list[Interval]:
        moment = edge(moments)
        low, high = min(sign * times[0], sign * times[-1]), max(sign * times[0], sign * times[-1])
        return [(moment + low, moment + high)]

    return resolve


def _edge(words: str, side: int) -> Callable[[Moments], float]:
    if words == "release":
        return lambda moments: _last(_place("cuff")(moments), "cuff")[1]
    if edge := _EDGE.fullmatch(words):
        side, words = (0 if edge[1] == "start" else 1), edge[2]
    place = _place(words)
    # Of several places the outer edge counts: after the last, before the first.
    return lambda moments: place(moments)[0 if side == 0 else -1][side]


def _clock(words: str) -> Resolve:
    times = [_CLOCK.fullmatch(each.strip()) for each in words.split(" to ")]
    if len(times) > 2 or any(each is None for each in times):
        raise WindowError(f"cannot read '{words}'; a clock time is written day 8 09:00")
    clocks = [(int(t[1]) - 1) * DAY + int(t[2]) * 3600.0 + int(t[3]) * 60.0 for t in times if t is not None]
    return lambda _: [(clocks[0], clocks[-1])]


def _place(words: str) -> Resolve:
    session: int | None = 0
    if found := _OF_SESSION.fullmatch(words):
        words, session = found[1], None if found[2] is None else int(found[2]) - 1
    elif words == "last session":
        words, session = "session", None
    elif found := re.fullmatch(r"session (\d+)", words):
        words, session = "session", int(found[1]) - 1
    named = _named(words)

    def resolve(moments: Moments) -> list[Interval]:
        if words == "programme":
            return [(0.0, float(moments.end[-1]))]
        number = moments.sessions - 1 if session is None else session
        if not 0 <= number < moments.sessions:
            raise WindowError(f"the programme has {moments.sessions} sessions, found session {number + 1}")
        places = named(moments, number)
        if not places:
            raise WindowError(f"session {number + 1} has no '{words}'")
        return places

    return resolve


def _named(words: str) -> Callable[[Moments, int], list[Interval]]:
    simple: dict[str, Callable[[Moments, int], list[Interval]]] = {
        "before": lambda m, s: [m.before(s)],
        "session": lambda m, s: [whole for whole in [m.span(m.rows(s))] if whole],
        "recovery": lambda m, s: m.pieces(s, "recovery"),
        "exercise": lambda m, s: [(m.sets(s)[0][0], m.sets(s)[-1][1])] if m.sets(s) else [],
        "sets": lambda m, s: m.sets(s),
        "last set": lambda m, s: m.sets(s)[-1:],
        "rests": lambda m, s: m.pieces(s, "rest"),
        "inflations": lambda m, s: m.pieces(s, "inflation"),
        "inflation": lambda m, s: m.pieces(s, "inflation")[:1],
        "cuff": lambda m, s: m.cuff(s),
        "programme": lambda m, s: [],
    }
    if words in simple:
        return simple[words]
    if found := _SEVERAL.fullmatch(words):
        first, last = int(found[1]) - 1, int(found[2])
        return lambda m, s: m.sets(s)[first:last] if last <= len(m.sets(s)) else []
    if found := _NUMBERED.fullmatch(words):
        kind, number = found[1], int(found[2]) - 1
        if kind == "set":
            return lambda m, s: m.sets(s)[number : number + 1]
        return lambda m, s: m.pieces(s, kind)[number : number + 1]
    raise WindowError(f"unknown place '{words[:60]}'{did_you_mean(words, _PLACES)}; a window is written {EXAMPLES}")


def _seconds(text: str) -> float:
    try:
        value, unit = parse_quantity(text if text.strip() != "0" else "0 s")
        return value * conversion(unit, _SECOND)
    except UnitError as error:
        raise WindowError(f"'{text}' is no length of time: {error}") from None


def _last(places: list[Interval], name: str) -> Interval:
    if not places:
        raise WindowError(f"there is no '{name}'")
    return places[-1]


def _just_after(time: float) -> Interval:
    return (time + INSIDE, time + INSIDE)


def _just_before(time: float) -> Interval:
    return (time - INSIDE, time - INSIDE)
