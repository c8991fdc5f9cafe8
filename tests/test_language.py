"""The model language: what is right is joined as written; every planted mistake is found where it stands.

The model is a limb under a cuff in `data/limb`: three submodels with three units of time. A case takes it, replaces one
piece of text, and says what a person must be told.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from bfrsim.errors import ModelError
from bfrsim.language.join import System, read_system
from bfrsim.language.tree import names_in

LIMB = Path(__file__).parent / "data" / "limb"


@dataclass(frozen=True)
class Mistake:
    """Replace `old` by `new` in one file (append if `old` is empty) and expect a located message.

    `says` are pieces of the message, `at` is what stands above the carets (anything, if empty), `shown_in` the file
    named, if it is another one.
    """

    file: str
    old: str
    new: str
    line: int
    says: tuple[str, ...]
    at: str = ""
    shown_in: str = ""

    def plant(self, folder: Path) -> Path:
        """Return the path of the limb with the mistake in it."""
        home = folder / "limb"
        shutil.copytree(LIMB, home)
        path = home / self.file
        text = path.read_text(encoding="utf-8")
        assert self.old in text
        path.write_text(text.replace(self.old, self.new, 1) if self.old else text + self.new, encoding="utf-8")
        return home / "limb.bfr"


def plant(file: str, old: str, new: str, line: int, *says: str, at: str = "", shown_in: str = "") -> Mistake:
    return Mistake(file, old, new, line, says, at, shown_in)


INFLOW = "(1 + D) * ramp(P_a - P_down, w) / R_a"
OUTFLOW = "softplus(P_v - softplus(P_cuff, w), w) / R_v"
PRESSURE = "softplus(P_cuff - P_v, w)"

UNITS = {
    "product instead of quotient": plant(
        "haemo.bfr", "/ R_v", "* R_v", 19, "Q_v is declared [mL/s]", "the right side is [mmHg**2*s/mL]",
        at=OUTFLOW.replace("/", "*"),
    ),
    "a parameter in the wrong unit": plant(
        "haemo.bfr", "[mmHg*s/mL] ~ lognormal(20", "[mmHg/mL] ~ lognormal(20", 18, "declared [mL/s]", "is [mL]",
        at=INFLOW
    ),
    "a sum of two kinds, times zero": plant(
        "haemo.bfr", "/ R_v ", "/ R_v + 0*P_v ", 19, "around '+'", "left is [mL/s]", "right is [mmHg]"
    ),
    "exp of a pressure": plant("haemo.bfr", "(1 + D)", "exp(P_a)", 18, "exp(x) takes a plain number", "[mmHg]",
        at="P_a"),
    "a bare zero": plant("haemo.bfr", "V / C_v ", "V / C_v + 0 ", 16, "left is [mmHg]", "right is [1]",
        at="V / C_v + 0"),
    "mL against L": plant("haemo.bfr", "/ R_v ", "/ R_v + 0[L/s] ", 19, "factor 1000", "[mL/s] and [L/s]"),
    "declared in L, computed in mL": plant("haemo.bfr", "Q_v    [mL/s]", "Q_v    [L/s]", 19, "[L/s]", "[mL/s]",
        "0.001"),
    "per minute declared per second": plant(
        "muscle.bfr", "washout [1/min]", "washout [1/s]", 13, "declared [1/s]", "is [1/min]", "factor 0.0166667"
    ),
    "a rate per minute in a submodel in hours": plant(
        "signal.bfr", "k_off * S\n", "0.1[1/min] * S\n", 11, "factor 60", "[1/h] and [1/min]"
    ),
    "a rate without its time": plant("signal.bfr", "/dt = S\n", "/dt = activity\n", 12,
        "d activity/dt is declared [1]", "[h]"),
    "a width in another unit": plant("haemo.bfr", "P_down, w)", "P_down, 1)", 18, "arguments of ramp", "[mmHg]", "[1]"),
    "hill of two kinds": plant("haemo.bfr", "(1 + D)", "hill(P_a, R_a, 2)", 18, "arguments of hill", "[mmHg*s/mL]"),
    "a broken power": plant("haemo.bfr", "(1 + D)", "P_a**0.5", 18, "[mmHg] to the power 0.5", "broken exponent"),
    "a united base and a named power": plant("haemo.bfr", "(1 + D)", "P_a**M", 18, "needs a number as exponent"),
    "an exponent with a unit": plant("haemo.bfr", "(1 + D)", "2**w", 18, "an exponent is a plain number", "[mmHg]",
        at="w"),
    "a comparison of two kinds": plant("muscle.bfr", "M_end < M", "M_end < Q_0", 17, "left is [1]", "right is [mL/s]"),
    "an initial value in L": plant("haemo.bfr", "5[mmHg] * C_v [mL]", "0.04[L] [mL]", 13, "declared [mL]", "[L]",
        "1000"),
    "a unit nobody knows": plant("haemo.bfr", "P_cuff [mmHg]", "P_cuff [mmHgg]", 3, "unknown unit 'mmHgg'", at="mmHgg"),
}  # fmt: skip

NAMES = {
    "a name": plant("haemo.bfr", "P_a - P_down", "P_a - P_dwn", 18, "unknown name 'P_dwn'", "did you mean 'P_down'?",
        at="P_dwn"),
    "a function": plant("haemo.bfr", "ramp(", "rmap(", 18, "unknown function 'rmap'", "did you mean 'ramp'?",
        at="rmap"),
    "a name in a rate": plant("haemo.bfr", "k_m * (M", "k_n * (M", 22, "unknown name 'k_n'", "did you mean", at="k_n"),
    "a word of the language": plant("haemo.bfr", "param w ", "parm w ", 7, "did you mean 'param'?"),
    "a submodel": plant("limb.bfr", "use haemo", "use heamo", 3, "no submodel 'heamo'", "did you mean 'haemo'?",
        at="heamo"),
    "a state in a rate's head": plant("haemo.bfr", "d D/dt", "d DD/dt", 22, "'DD' has a rate but is not a state",
        "'D'?"),
    "an output": plant("haemo.bfr", "output Q_a", "output Q_b", 26, "unknown name 'Q_b'", "did you mean", at="Q_b"),
    "a source": plant("haemo.bfr", "@Example2012", "@Exampel2012", 8, "'@Exampel2012' is not in references.bib",
        "'Example2012'?"),
    "a source of a connection": plant("limb.bfr", "muscle.M\nconnect mus", "muscle.MM\nconnect mus", 11, "no 'MM'",
        "'M'?"),
    "an input of a connection": plant("limb.bfr", "signal.M  ", "signal.MM  ", 14, "no input 'MM'",
        "did you mean 'M'?"),
    "a submodel of a connection": plant("limb.bfr", "connect signal", "connect signl", 14, "'signl' is not used",
        "'signal'?"),
    "a distribution": plant("haemo.bfr", "lognormal(20", "lognormale(20", 8, "unknown distribution", "'lognormal'?"),
}  # fmt: skip

STRUCTURE = {
    "declared twice": plant("haemo.bfr", "", 'param w = 4 [mmHg] "again" @assumed\n', 27, "'w' is declared twice",
        "line 7"),
    "a state without rate": plant("haemo.bfr", "d D/dt = k_m * (M - D)", "", 14, "state 'D' has no rate",
        "d D/dt = ..."),
    "two rates": plant("haemo.bfr", "", "d D/dt = k_m * (M - D)\n", 27, "state 'D' has two rates"),
    "a loop": plant("haemo.bfr", "V / C_v ", "V / C_v + Q_v*R_v ", 16, "in a circle", "P_v -> Q_v -> P_v"),
    "a loop behind zero": plant("haemo.bfr", "V / C_v ", "V / C_v + 0*Q_v*R_v ", 16, "in a circle",
        "P_v -> Q_v -> P_v"),
    "a loop of one": plant("haemo.bfr", "V / C_v ", "V / C_v + 0*P_v ", 16, "in a circle", "P_v -> P_v"),
    "an input left open": plant(
        "limb.bfr", "connect muscle.effort = effort\n", "", 4,
        "input 'effort' of 'muscle' is not connected in limb/limb.bfr", shown_in="muscle.bfr",
    ),
    "an input connected twice": plant("limb.bfr", "", "connect signal.M = muscle.M\n", 15,
        "'signal.M' is connected twice"),
    "units of a connection": plant("limb.bfr", "haemo.Q_a", "haemo.P_v", 12, "'Q_a' expects [mL/s]", "'P_v' is [mmHg]"),
    "a submodel used twice": plant("limb.bfr", "use haemo,", "use haemo, haemo,", 3, "'haemo' is used twice"),
    "a system used as a submodel": plant("limb.bfr", "use haemo,", "use limb, haemo,", 3,
        "'limb' joins submodels of its own"),
    "two things under one joined name": plant(
        "signal.bfr", "param k_on", 'param haemo_w = 1 [1] "m" @assumed\nparam w = 1 [1] "m" @assumed\nparam k_on', 5,
        "'haemo_w' would name two things",
    ),
    "no source": plant("haemo.bfr", "@Example2012", "", 8, "parameter 'R_a' has no source", "@assumed"),
    "no meaning": plant("haemo.bfr", '"arterial inflow"', "", 18, "a meaning in quotes is missing"),
    "a quote left open": plant("haemo.bfr", '"arterial inflow"', '"arterial inflow', 18, "is not closed", at='"'),
    "a bracket left open": plant("haemo.bfr", "(1 + D) *", "(1 + D *", 18, "'(' was never closed", at="("),
    "a name with a dot": plant("haemo.bfr", "V / C_v", "muscle.V / C_v", 16, "declare an input and connect it",
        at="muscle.V"),
    "a name of the language": plant("haemo.bfr", "param w ", "param exp ", 7, "'exp' is a word of the language",
        at="exp"),
    "an alias nobody can read": plant("limb.bfr", "use haemo,", "use haemo as x__,", 3, "'x__' is not a name",
        at="x__"),
    "two heads": plant("haemo.bfr", "", 'submodel x time [s] "m"\n', 27, "a file holds one model"),
    "no head": plant("haemo.bfr", "submodel haemo", "submodul haemo", 1, "a model file begins with"),
    "a time that is no time": plant("haemo.bfr", "time [s]", "time [mL]", 1, "expected a unit of time, found [mL]",
        at="mL"),
    "a state without size": plant("haemo.bfr", " size 100", "", 13, "a state is written", "size 100"),
    "a size of zero": plant("haemo.bfr", "size 100", "size 0", 13, "must be a positive number, found 0"),
    "an event the wrong way round": plant("muscle.bfr", "M_end < M", "M > M_end", 17, "an event is written"),
    "an expression left out": plant("haemo.bfr", "V / C_v ", "        ", 16, "an expression is missing"),
}  # fmt: skip

RULES = {
    "max": plant("haemo.bfr", PRESSURE, "max(P_cuff - P_v, 0[mmHg])", 17, "max has a corner", "use smoothmax",
                 at="max(P_cuff - P_v, 0[mmHg])"),
    "min": plant("haemo.bfr", PRESSURE, "min(P_cuff, P_v)", 17, "min has a corner", "use smoothmin",
        at="min(P_cuff, P_v)"),
    "abs": plant("haemo.bfr", PRESSURE, "abs(P_cuff - P_v)", 17, "abs has a corner",
        "use ramp(x, width) + ramp(-x, width)"),
    "if": plant("haemo.bfr", PRESSURE, "(P_cuff if P_v < P_cuff else P_v)", 17, "'if' is not part", "gate",
        "smoothmax"),
    "a comparison": plant("haemo.bfr", "(1 + D)", "(P_a < P_v)", 18, "comparisons are not part", "an event (when ...)"),
    "an exponent on a state": plant("haemo.bfr", "(1 + D)", "2**D", 18, "an exponent must be constant", at="D"),
    "an exponent on another submodel's state": plant("haemo.bfr", "(1 + D)", "(1 + D)**M", 18,
        "exponent must be constant", at="M"),
    "a width on a state": plant("haemo.bfr", "P_v, w) ", "P_v, P_v) ", 17,
        "the width of softplus may not hang on a state", at="P_v"),
    "an initial value on a state": plant("haemo.bfr", "5[mmHg] *", "P_v *", 13, "initial value of 'V'",
        "'P_v' changes", at="P_v"),
    "an initial value on an input": plant("haemo.bfr", "5[mmHg] *", "P_a *", 13, "initial value of 'V'",
        "'P_a' changes", at="P_a"),
    "a parameter on a parameter": plant("haemo.bfr", "w   = 4 ", "w   = 4[1/mL]*C_v", 7, "declared [mmHg]"),
    "a formula as a parameter": plant("haemo.bfr", "w   = 4 ", "w   = R_a * 1[mL/s] ", 7,
        "write it as a line: w [unit] = ..."),
    "daily outside a reference": plant("haemo.bfr", "V / C_v ", "daily(V) / C_v ", 16,
        "belongs in a reference line only"),
    "daily of an expression": plant("signal.bfr", "daily(activity)", "daily(2*activity)", 14, "the name of one state"),
    "daily of a parameter": plant("signal.bfr", "daily(activity)", "daily(k_on) * 1[h*h]", 14, "the name of one state"),
    "a negative lognormal": plant("haemo.bfr", "lognormal(20,", "lognormal(-20,", 8,
        "needs positive numbers, found -20 and 0.25"),
    "a normal without spread": plant("muscle.bfr", "normal(5, 1)", "normal(5, 0)", 8,
        "normal(mean, sd) needs positive"),
    "a uniform upside down": plant("muscle.bfr", "uniform(0.2, 1)", "uniform(1, 0.2)", 7,
        "lowest < highest, found 1 and 0.2"),
    "a prior with one number": plant("haemo.bfr", "(20, 0.25)", "(20)", 8, "a prior is written: ~ lognormal",
        at="~ lognormal(20)"),
}  # fmt: skip


def expression(text: str, *says: str, at: str = "") -> Mistake:
    """Plant `text` as the right side of line 16."""
    return plant("haemo.bfr", "V / C_v ", text + " ", 16, *says, at=at)


HOSTILE = {
    "import": expression('__import__("os").system("true")', "only the built-in functions can be called"),
    "import without quotes": expression("__import__(1)", "unknown function '__import__'"),
    "attribute chain": expression("V.__class__.__mro__", "a dot has no place in an expression"),
    "lambda": expression("(lambda: V)()", "only the built-in functions"),
    "bare lambda": expression("lambda: V", "'lambda' is not part of the model language"),
    "walrus": expression("(x := V)", "not part of the model language"),
    "comprehension": expression("(V for V in V)", "not part of the model language"),
    "string": expression("'V'", "expected a number, found str"),
    "caret": expression("V ^ 2", "powers are written with **, not ^", at="V ^ 2"),
    "3000 brackets": expression("(" * 3000 + "V" + ")" * 3000, "a line has at most 2000 characters"),
    "900 brackets": expression("(" * 900 + "V" + ")" * 900, "too many nested parentheses"),
    "1900 minus signs": expression("-" * 1900 + "V", "nested deeper than 60 levels"),
    "5000 terms": expression("+".join(["V"] * 5000), "a line has at most 2000 characters"),
    "900 terms": expression("+".join(["V"] * 900), "nested deeper than 60 levels"),
    "power tower": expression("9**9**9**9", "a power inside an exponent is refused", at="9**9"),
    "power tower on a name": expression("V**9**9**9", "a power inside an exponent is refused"),
    "large exponent": expression("V**99", "an exponent beyond 20 is refused", at="99"),
    "large number": expression("9" * 1500, "this number is too large"),
    "power tower in a unit": expression("V * 1[mL/mmHg**9**9**9]", "cannot read the unit", at="1[mL/mmHg**9**9**9]"),
    "powers beyond numbers": expression("1[Ym]**20", "beyond what numbers can hold"),
    "products beyond numbers": expression("1[Ym]**9 * 1[Ym]**9", "beyond what numbers can hold"),
    "long unit": expression(f"3[{'m' * 1000}]", "a unit has at most 60 characters"),
    "zero byte": expression("V\0", "null bytes"),
    "letter that only looks plain": expression("Ⅴ / C_v", "is not a plain letter", at="Ⅴ"),
    "unit tower in a declaration": plant("haemo.bfr", "[mL/mmHg]", "[mL/mmHg**9**9**9]", 10, "cannot read the unit"),
    "path in use": plant("limb.bfr", "use haemo, muscle", "use ../../etc/passwd, muscle", 3, "a name, never a path",
        at="../../etc/passwd"),
    "absolute path in use": plant("limb.bfr", "use haemo", "use /etc/passwd", 3, "a name, never a path",
        at="/etc/passwd"),
    "a loop of 3000 lines": plant(
        "haemo.bfr", "", "".join(f'a{i} [1] = a{(i + 1) % 3000} "m"\n' for i in range(3000)), 27,
        "in a circle: a0 -> a1"
    ),
}  # fmt: skip

ALL = {f"{kind}: {name}": case for kind, cases in
       {"unit": UNITS, "name": NAMES, "structure": STRUCTURE, "rule": RULES, "hostile": HOSTILE}.items()
       for name, case in cases.items()}  # fmt: skip


@pytest.mark.parametrize("case", ALL.values(), ids=ALL.keys())
def test_each_planted_mistake_is_found_where_it_stands(case, tmp_path, quickly):
    system = case.plant(tmp_path)
    with quickly(), pytest.raises(ModelError) as caught:
        read_system(system)
    check_message(str(caught.value), case)


def check_message(message: str, case: Mistake) -> None:
    head, *shown = message.split("\n")
    assert head.startswith(f"limb/{case.shown_in or case.file}:{case.line}: ")
    for piece in case.says:
        assert piece in head
    assert "Traceback" not in message and len(head) < 300
    if shown:
        line, carets = shown
        assert len(line) <= 4 + 120
        assert carets.strip() and set(carets.strip()) == {"^"} and len(carets) <= len(line) + 1
        if case.at:
            assert line[carets.index("^") : len(carets)] == case.at
    else:
        assert not case.at


def test_a_loop_across_submodels_is_found(tmp_path):
    case = plant("haemo.bfr", "/ R_a ", "/ R_a * (1 + 0*M) ", 18)
    system = case.plant(tmp_path)
    muscle, limb = system.with_name("muscle.bfr"), system
    muscle.write_text(muscle.read_text() + 'shown [1] = M * Q_a / Q_0 "what is shown"\n')
    limb.write_text(limb.read_text().replace("haemo.M       = muscle.M", "haemo.M = muscle.shown"))
    with pytest.raises(ModelError, match="in a circle: Q_a -> shown -> Q_a"):
        read_system(system)


def test_a_file_beyond_a_megabyte_is_not_read(tmp_path, quickly):
    system = plant("haemo.bfr", "", "#" * 1_000_001, 0).plant(tmp_path)
    with quickly(), pytest.raises(ModelError, match=r"limb/haemo.bfr: a model file has at most 1000000 bytes"):
        read_system(system)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n\n", "the file is empty"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_model_at_all(content, reason, tmp_path):
    path = tmp_path / "limb.bfr"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=reason):
        read_system(path)


def test_a_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        read_system(tmp_path)


@pytest.fixture(scope="module")
def limb() -> System:
    return read_system(LIMB / "limb.bfr")


def test_names_are_short_where_they_are_unique(limb):
    assert limb.origin["V"] == "haemo.V"
    assert [state.name for state in limb.states] == ["V", "D", "M", "S", "activity"]
    assert [item.name for item in limb.inputs] == ["P_cuff", "P_a", "effort"]


def test_names_that_two_submodels_share_carry_the_submodel(tmp_path):
    case = plant("limb.bfr", "use haemo, muscle, signal", "use haemo, muscle, signal as early, signal as late", 3)
    path = case.plant(tmp_path)
    path.write_text(path.read_text().replace("connect signal.M ", "connect late.M = muscle.M\nconnect early.M"))
    system = read_system(path)
    assert {"early_S", "late_S", "early_k_on", "late_k_on"} <= set(system.declared())
    assert "S" not in system.declared() and "V" in system.declared()
    assert names_in(system.rates["late_S"][0]).keys() == {"late_k_on", "M", "late_S", "late_k_off"}


def test_events_that_two_submodels_share_stay_two(tmp_path):
    case = plant("limb.bfr", "use haemo, muscle, signal", "use haemo, muscle, muscle as other, signal", 3)
    path = case.plant(tmp_path)
    text = path.read_text().replace("= muscle.M", "= other.M")
    path.write_text(text + "connect other.Q_a = haemo.Q_a\nconnect other.effort = effort\n")
    events = read_system(path).events
    assert [event.name for event in events] == ["muscle_exhausted", "other_exhausted"]
    assert names_in(events[1].margin).keys() == {"other_M_end", "other_M"}


def test_an_input_is_what_it_is_connected_to(limb):
    assert "effort" in names_in(limb.rates["M"][0])
    assert names_in(limb.rates["D"][0]).keys() == {"k_m", "M", "D"}


def test_levels_say_what_a_name_hangs_on(limb):
    assert limb.level["R_a"] == limb.level["S_mean"] == 0
    assert limb.level["P_cuff"] == 1
    assert all(limb.level[name] == 2 for name in ("V", "P_v", "Q_a", "washout"))


def test_lines_stand_below_what_they_need(limb):
    names = [line.name for line in limb.lines]
    for line in limb.lines:
        assert all(names.index(other) < names.index(line.name) for other in names_in(line.value) if other in names)


def test_each_unit_of_time_is_converted_once_and_told(limb):
    factors = {state: factor for state, (_, factor) in limb.rates.items()}
    assert factors["V"] == factors["D"] == 1.0
    assert factors["M"] == pytest.approx(1 / 60, rel=1e-15)
    assert factors["S"] == factors["activity"] == pytest.approx(1 / 3600, rel=1e-15)
    assert limb.notes == (
        "muscle: 1 rates per min are divided by 60 (seconds in 1 min)",
        "signal: 2 rates per h are divided by 3600 (seconds in 1 h)",
    )


def test_references_are_values_of_the_habitual_day(limb):
    assert [item.name for item in limb.references] == ["V_rest", "S_mean"]
    assert limb.slow == ()


def test_a_submodel_alone_is_a_system_with_its_inputs():
    alone = read_system(LIMB / "signal.bfr")
    assert [item.name for item in alone.inputs] == ["M"]
    assert alone.outputs == ("S",)


def test_a_corner_may_hang_on_inputs(tmp_path):
    case = plant("haemo.bfr", "P_cuff, w), w) / R_v", "max(P_cuff, 0[mmHg]), w), w) / R_v", 19)
    assert read_system(case.plant(tmp_path)).level["Q_v"] == 2


def test_priors_and_sources_are_kept(limb):
    declared = limb.declared()
    assert (declared["k_w"].prior.family, declared["k_w"].prior.first, declared["k_w"].prior.second) == (
        "uniform",
        0.2,
        1.0,
    )
    assert declared["w"].source == "assumed" and declared["R_a"].source == "Example2012"
    assert declared["R_a"].unit.spelling == "mmHg*s/mL" and declared["R_a"].meaning == "arterial resistance at rest"
