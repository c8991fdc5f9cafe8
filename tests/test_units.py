"""Units: what is written is what is meant, and what does not fit is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bfrsim.units import Unit, UnitError, conversion, parse_quantity, parse_unit, same_unit

NAMES = [
    "s",
    "min",
    "h",
    "d",
    "mmHg",
    "mL",
    "L",
    "kg",
    "g",
    "cm",
    "mmol",
    "mmol_O2",
    "mM",
    "bpm",
    "%",
    "%AOP",
    "N",
    "W",
]


@st.composite
def units(draw, most: int = 4) -> Unit:
    """Units as an author writes them: names with powers, joined by * and /, sometimes in brackets."""
    parts = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-3, 3)), min_size=1, max_size=most))
    text = parts[0][0]
    for name, power in parts[1:]:
        piece = f"{name}**{power}" if power != 1 else name
        text = draw(st.sampled_from([f"{text}*{piece}", f"{text}/{piece}", f"({text})/{piece}"]))
    assume(len(text) <= 60)
    return parse_unit(text)


@given(a=units(), b=units())
def test_a_times_b_over_b_is_a(a, b):
    assert same_unit(a * b / b, a)
    assert same_unit(a / b * b, a)


@given(a=units(), b=units())
def test_factors_multiply_and_dimensions_add(a, b):
    product = a * b
    assert product.factor == pytest.approx(a.factor * b.factor, rel=1e-12)
    left, right = dict(a.dimension), dict(b.dimension)
    powers = {base: left.get(base, 0) + right.get(base, 0) for base in {**left, **right}}
    assert dict(product.dimension) == {base: power for base, power in powers.items() if power}
    assert same_unit(product, b * a)


@given(a=units(), power=st.integers(-3, 3))
def test_a_power_is_repeated_multiplication(a, power):
    total = parse_unit("1")
    for _ in range(abs(power)):
        total = total * a if power > 0 else total / a
    assert same_unit(a**power, total)


@given(a=units(), b=units(), power=st.integers(1, 3))
def test_the_spelling_of_a_derived_unit_says_the_unit(a, b, power):
    for derived in (a * b, a / b, a**power, (a / b) ** power):
        assume(len(derived.spelling) <= 60 and all(abs(p) <= 9 for p in _powers(derived.spelling)))
        assert same_unit(parse_unit(derived.spelling), derived)


def _powers(spelling: str) -> list[int]:
    return [int(piece.split("*")[0].split("/")[0].rstrip(")")) for piece in spelling.split("**")[1:]]


@given(a=units(), b=units())
def test_conversion_there_and_back_is_one(a, b):
    if a.dimension == b.dimension:
        assert conversion(a, b) * conversion(b, a) == pytest.approx(1.0, rel=1e-12)
    else:
        with pytest.raises(UnitError, match="cannot convert"):
            conversion(a, b)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("mmHg*s/mL", "s*mmHg/mL"),
        ("mmol/(s*mmHg)", "mmol/s/mmHg"),
        ("(mL/s)**2", "mL**2/s**2"),
        ("mL/s/mmHg", "mL/(mmHg*s)"),
        ("1/s", "s**-1"),
        ("L", "dm**3"),
        ("mL", "cm**3"),
        ("mM", "mmol/L"),
        ("bpm", "1/min"),
        ("s**-0", "1"),
        (" mL / s ", "mL/s"),
    ],
)
def test_two_spellings_of_one_unit(text, same):
    assert same_unit(parse_unit(text), parse_unit(same))


def test_percent_is_a_hundredth():
    assert parse_unit("%").factor == 0.01
    assert not parse_unit("%").is_plain


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("mmHg", "Pa", 133.322387415),
        ("L", "mL", 1000.0),
        ("h", "s", 3600.0),
        ("week", "d", 7.0),
        ("mL/min", "mL/s", 1 / 60),
        ("kg", "g", 1000.0),
        ("mL_O2", "mmol_O2", 1 / 22.414),
        ("year", "yr", 1.0),
    ],
)
def test_known_conversions(source, target, factor):
    assert conversion(parse_unit(source), parse_unit(target)) == pytest.approx(factor, rel=1e-9)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("mmol_O2", "mmol"),
        ("mL_O2", "mL"),
        ("%AOP", "%"),
        ("%AOP", "%1RM"),
        ("%1RM", "%HRR"),
        ("mmHg", "%AOP"),
        ("kg", "%1RM"),
        ("mmHg", "mmHg*s"),
    ],
)
def test_what_may_never_be_added(a, b):
    assert parse_unit(a).dimension != parse_unit(b).dimension
    with pytest.raises(UnitError):
        conversion(parse_unit(a), parse_unit(b))


def test_same_dimension_but_another_factor_is_another_unit():
    assert parse_unit("mL").dimension == parse_unit("L").dimension
    assert not same_unit(parse_unit("mL"), parse_unit("L"))


@pytest.mark.parametrize(
    ("left", "operator", "right", "spelling"),
    [
        ("mmHg", "*", "mmHg*s/mL", "mmHg**2*s/mL"),
        ("mL", "/", "mL/mmHg", "mmHg"),
        ("mL/s", "/", "mL/s", "1"),
        ("1", "/", "s*mmHg", "1/(s*mmHg)"),
        ("(mL/s)**2", "*", "s", "mL**2/s"),
        ("mmol/(s*mmHg)", "*", "mmHg", "mmol/s"),
    ],
)
def test_derived_units_are_spelled_in_the_authors_names(left, operator, right, spelling):
    a, b = parse_unit(left), parse_unit(right)
    assert (a * b if operator == "*" else a / b).spelling == spelling


def test_high_powers_that_cancel_are_spelled_out():
    volume = parse_unit("mL")
    assert same_unit(volume**15 * volume / volume**15, volume)
    assert (volume**15 * volume).spelling == "mL**16"


def test_square_root():
    assert same_unit(parse_unit("mL**2") ** 0.5, parse_unit("mL"))
    with pytest.raises(UnitError):
        parse_unit("mL") ** 0.5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("flurb", "unknown unit 'flurb'"),
        ("%XYZ", "unknown unit '%XYZ'"),
        ("", "empty unit"),
        ("m^2", "write powers with \\*\\*"),
        ("m**10", "whole number from -9 to 9"),
        ("m**0.5", "cannot read"),
        ("m**9**9**9", "cannot read"),
        ("(m**9)**9**9", "cannot read"),
        ("((m**9)**9)**9", "beyond what numbers can hold"),
        ("(Ym**9)**9", "beyond what numbers can hold"),
        ("m**" + "9" * 50, "whole number"),
        ("m" * 1000, "at most 60 characters"),
        ("9" * 1000, "at most 60 characters"),
        ("(" * 59, "ends too early"),
        ("degC", "offset"),
        ("degF", "offset"),
        ("2*m", "where a unit name belongs"),
        ("m//s", "where a unit name belongs"),
        ("m*", "ends too early"),
        ("(m", "open bracket"),
        ("m s", "cannot read"),
        ("__import__('os')", "cannot read"),
        ("a.b", "cannot read"),
        ("nan", "unknown unit"),
        ("inf", "unknown unit"),
        ("m;s", "cannot read"),
        ("\x00", "cannot read"),
    ],
)
def test_hostile_and_mistyped_units_are_refused_at_once(text, reason, quickly):
    parse_unit("N")  # brings the table of the world's units, once
    with quickly(), pytest.raises(UnitError, match=reason):
        parse_unit(text)


@given(text=st.text(alphabet="mLs*/()-^% 129.[]\"'eNaµ", max_size=70))
def test_any_text_is_a_unit_or_is_refused(text):
    try:
        unit = parse_unit(text)
    except UnitError:
        return
    assert 0.0 < unit.factor < math.inf


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("13 cm", 13.0, "cm"),
        ("50 %AOP", 50.0, "%AOP"),
        ("50%AOP", 50.0, "%AOP"),
        ("1.5e-3 mmol/(s*mmHg)", 1.5e-3, "mmol/(s*mmHg)"),
        ("-.5 kg", -0.5, "kg"),
    ],
)
def test_quantities(text, value, unit):
    found, spelled = parse_quantity(text)
    assert found == value
    assert same_unit(spelled, parse_unit(unit))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("13", "has no unit"),
        ("cm", "not a number with a unit"),
        ("", "not a number with a unit"),
        ("50 flurb", "unknown unit 'flurb'"),
        ("nan cm", "not a number"),
        ("1 2 cm", "where a unit name belongs"),
    ],
)
def test_quantities_that_are_refused(text, reason):
    with pytest.raises(UnitError, match=reason):
        parse_quantity(text)
