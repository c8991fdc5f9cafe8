"""Text of a model file -> records. One line declares one name; columns are kept for the error's caret."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bfrsim.errors import ModelError, Span, did_you_mean
from bfrsim.language.expressions import parse_expression
from bfrsim.language.functions import BUILTINS, SLOPES
from bfrsim.language.tree import (
    Binary,
    Connection,
    Declaration,
    Event,
    Expression,
    Model,
    Name,
    Prior,
    Rate,
    Use,
)
from bfrsim.units import Unit, UnitError, parse_unit

MAX_BYTES = 1_000_000
MAX_LINE = 2000

KEYWORDS = ("submodel", "system", "use", "input", "param", "state", "reference", "output", "connect", "when", "d")
RESERVED = {*keyword.kwlist, *KEYWORDS, *BUILTINS, *SLOPES, "time", "size", "ends", "stops", "as"}
RESERVED |= {"int", "float", "range"}  # words of the generated text

PRIORS = {"lognormal": "median, sd of the log", "normal": "mean, sd", "uniform": "lowest, highest"}

_NAME = r"[A-Za-z]\w*"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TAIL = re.compile(r'(?:"(?P<meaning>[^"]*)")?\s*(?P<sources>(?:@\w+\s*)*)$')
_HEADER = re.compile(rf"(submodel|system)\s+({_NAME})\s+time\s*\[([^\]]*)\]\s*$")
_VALUE = re.compile(r"(?P<name>\S+)\s*=(?P<value>.*)\[(?P<unit>[^\[\]]*)\]\s*(?P<rest>[^\[\]]*)$")
_LINE = re.compile(r"(?P<name>[^\s\[=]+)\s*\[(?P<unit>[^\]]*)\]\s*=(?P<value>.*)$")
_RATE = re.compile(rf"d\s+({_NAME})\s*/\s*dt\s*=(.*)$")
_PRIOR = re.compile(rf"~\s*(\w+)\s*\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)\s*$")
_EVENT = re.compile(rf"when\s+({_NAME})\s*:(.*?)<(.*?)\b(ends\s+segment|stops\s+run)\s*$")
_CONNECT = re.compile(rf"connect\s+({_NAME})\.({_NAME})\s*=\s*(?:({_NAME})\.)?({_NAME})\s*$")
_USE = re.compile(rf"({_NAME})(?:\s+as\s+({_NAME}))?$")


@dataclass
class _Draft:
    """Collects the lines of one file until it is whole."""

    header: Model | None = None
    declarations: list[Declaration] = field(default_factory=list)
    rates: list[Rate] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    outputs: list[Name] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)


@dataclass(frozen=True)
class _Text:
    """One line without comment: its body, its meaning in quotes, its sources."""

    span: Span
    body: str
    start: int
    meaning: str | None
    sources: tuple[str, ...]

    def at(self, begin: int, end: int) -> Span:
        return Span(self.span.file, self.span.line, self.span.text, begin, max(end, begin + 1))

    @property
    def whole(self) -> Span:
        return self.at(self.start, self.start + len(self.body))


def read_model(path: Path, label: str | None = None) -> Model:
    """Read one ``.bfr`` file.

    Parameters
    ----------
    path : Path
        The file.
    label : str, optional
        How messages name it; the path as given if omitted.

    Raises
    ------
    ModelError
        If the file cannot be read, is larger than 1 MB, or has a line that is not of the language.
    """
    name = label or str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelError(None, f"{name}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(raw) > MAX_BYTES:
        raise ModelError(None, f"{name}: a model file has at most {MAX_BYTES} bytes, found {len(raw)}")
    try:
        return parse_model(raw.decode("utf-8"), name)
    except UnicodeDecodeError as error:
        raise ModelError(None, f"{name}: not UTF-8 text (byte {error.start})") from None


def parse_model(text: str, file: str) -> Model:
    """Read the text of a model file; `file` is what messages name."""
    draft = _Draft()
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _split(raw, Span(file, number, raw, 0, len(raw)))
        if line is not None:
            _read_line(draft, line)
    if draft.header is None:
        message = 'the file is empty; it begins with: submodel NAME time [s] "meaning"'
        raise ModelError(Span(file, 1), message)
    head = draft.header
    return Model(
        head.kind, head.name, head.time, head.meaning, head.span, tuple(draft.declarations), tuple(draft.rates),
        tuple(draft.events), tuple(draft.outputs), tuple(draft.uses), tuple(draft.connections),
    )  # fmt: skip


def _split(raw: str, span: Span) -> _Text | None:
    if len(raw) > MAX_LINE:
        raise ModelError(Span(span.file, span.line), f"a line has at most {MAX_LINE} characters, found {len(raw)}")
    code = _without_comment(raw, span).rstrip()
    if not code.strip():
        return None
    match = _TAIL.search(code)
    assert match is not None  # every part of the pattern is optional
    body = code[: match.start()]
    start = len(body) - len(body.lstrip())
    return _Text(span, body.strip(), start, match["meaning"], tuple(re.findall(r"@(\w+)", match["sources"])))


def _without_comment(raw: str, span: Span) -> str:
    quoted = False
    for at, character in enumerate(raw):
        if character == '"':
            quoted = not quoted
        elif character == "#" and not quoted:
            return raw[:at]
    if quoted:
        at = raw.rindex('"')
        raise ModelError(Span(span.file, span.line, raw, at, at + 1), 'a quotation mark " is not closed')
    return raw


def _read_line(draft: _Draft, line: _Text) -> None:
    first = re.match(r"\S+", line.body)
    if first is None:
        raise ModelError(line.span, "a meaning in quotes without a declaration")
    word = first[0]
    if draft.header is None:
        draft.header = _header(line)
    elif word in _READERS:
        _READERS[word](draft, line)
    elif word in ("submodel", "system"):
        raise ModelError(line.whole, f"a file holds one model; '{word}' stands in the first line only")
    else:
        draft.declarations.append(_algebraic(line, "line", line.body, line.start))


def _header(line: _Text) -> Model:
    match = _HEADER.match(line.body)
    if match is None:
        raise ModelError(line.whole, 'a model file begins with: submodel NAME time [s] "meaning" (or: system ...)')
    at = line.start
    time = _unit(line, match[3], at + match.start(3))
    if time.dimension != parse_unit("s").dimension:
        raise ModelError(line.at(at + match.start(3), at + match.end(3)), f"expected a unit of time, found {time}")
    return Model(match[1], match[2], time, line.meaning or "", line.whole)


def _declare(kind: str) -> Callable[[_Draft, _Text], None]:
    def read(draft: _Draft, line: _Text) -> None:
        body, start = _after_keyword(line)
        reader = {"input": _input, "param": _param, "state": _state}.get(kind)
        item = reader(line, body, start) if reader else _algebraic(line, kind, body, start)
        draft.declarations.append(item)

    return read


def _after_keyword(line: _Text) -> tuple[str, int]:
    match = re.match(r"\w+\s+", line.body)
    if match is None:
        raise ModelError(line.whole, f"'{line.body}' needs a name")
    return line.body[match.end() :], line.start + match.end()


def _input(line: _Text, body: str, start: int) -> Declaration:
    match = re.match(r"(\S+)\s*\[([^\]]*)\]\s*$", body)
    if match is None:
        raise ModelError(line.whole, 'an input is written: input NAME [unit] "meaning"')
    name = _name(line, match[1], start)
    return Declaration("input", name, _unit(line, match[2], start + match.start(2)), None, *_tail(line))


def _param(line: _Text, body: str, start: int) -> Declaration:
    match = _VALUE.match(body)
    if match is None:
        message = 'a parameter is written: param NAME = 5 [unit] ~ lognormal(5, 0.2) "meaning" @source'
        raise ModelError(line.whole, message)
    name = _name(line, match["name"], start)
    value = parse_expression(match["value"], line.span, start + match.start("value"))
    unit = _unit(line, match["unit"], start + match.start("unit"))
    prior = _prior(line, match["rest"], start + match.start("rest")) if match["rest"].strip() else None
    meaning, source, span = _tail(line)
    if not source:
        raise ModelError(line.whole, f"parameter '{name}' has no source; add @key of the bibliography, or @assumed")
    return Declaration("param", name, unit, value, meaning, source, span, prior)


def _state(line: _Text, body: str, start: int) -> Declaration:
    match = _VALUE.match(body)
    size = re.fullmatch(rf"size\s+({_NUMBER})\s*", match["rest"]) if match else None
    if match is None or size is None:
        raise ModelError(line.whole, 'a state is written: state NAME = 40 [mL] size 100 "meaning"')
    name = _name(line, match["name"], start)
    if not 0.0 < float(size[1]) < 1e30:
        raise ModelError(line.whole, f"the typical size of '{name}' must be a positive number, found {size[1]}")
    value = parse_expression(match["value"], line.span, start + match.start("value"))
    unit = _unit(line, match["unit"], start + match.start("unit"))
    return Declaration("state", name, unit, value, *_tail(line), None, float(size[1]))


def _algebraic(line: _Text, kind: str, body: str, start: int) -> Declaration:
    match = _LINE.match(body)
    if match is None:
        word = body.split()[0]
        hint = did_you_mean(word, KEYWORDS)
        message = f'cannot read this line; a named line is: NAME [unit] = expression "meaning"{hint}'
        raise ModelError(line.whole, message)
    name = _name(line, match["name"], start)
    unit = _unit(line, match["unit"], start + match.start("unit"))
    value = parse_expression(match["value"], line.span, start + match.start("value"))
    return Declaration(kind, name, unit, value, *_tail(line))


def _rate(draft: _Draft, line: _Text) -> None:
    match = _RATE.match(line.body)
    if match is None:
        raise ModelError(line.whole, "a rate is written: d NAME/dt = expression")
    value = parse_expression(match[2], line.span, line.start + match.start(2))
    draft.rates.append(Rate(match[1], value, line.whole))


def _output(draft: _Draft, line: _Text) -> None:
    body, start = _after_keyword(line)
    for match in re.finditer(r"[^,\s]+", body):
        draft.outputs.append(Name(match[0], line.at(start + match.start(), start + match.end())))


def _when(draft: _Draft, line: _Text) -> None:
    match = _EVENT.match(line.body)
    if match is None:
        message = 'an event is written: when NAME: left < right ends segment "meaning" (or: stops run)'
        raise ModelError(line.whole, message)
    sides: list[Expression] = [
        parse_expression(match[side], line.span, line.start + match.start(side)) for side in (2, 3)
    ]
    margin = Binary("-", sides[0], sides[1], line.whole)
    name = _name(line, match[1], line.start + match.start(1))
    draft.events.append(Event(name, margin, " ".join(match[4].split()), *(_tail(line)[0], line.whole)))


def _connect(draft: _Draft, line: _Text) -> None:
    match = _CONNECT.match(line.body)
    if match is None:
        raise ModelError(line.whole, "a connection is written: connect SUBMODEL.INPUT = SUBMODEL.NAME")
    draft.connections.append(Connection(match[1], match[2], (match[3] or "", match[4]), line.whole))


def _use(draft: _Draft, line: _Text) -> None:
    body, start = _after_keyword(line)
    for part in re.finditer(r"[^,]+", body):
        text = part[0].strip()
        begin = start + part.start() + len(part[0]) - len(part[0].lstrip())
        span = line.at(begin, begin + len(text))
        match = _USE.match(text)
        if match is None:
            raise ModelError(span, f"'{text}' is not the name of a submodel (a name, never a path)")
        alias = _name(line, match[2] or match[1], begin + match.start(2 if match[2] else 1))
        draft.uses.append(Use(match[1], alias, span))


def _name(line: _Text, name: str, start: int) -> str:
    span = line.at(start, start + len(name))
    if not re.fullmatch(_NAME, name, re.ASCII) or name.endswith("_") or "__" in name:
        raise ModelError(span, f"'{name}' is not a name: a letter, then letters, digits and single _ inside")
    if name in RESERVED:
        raise ModelError(span, f"'{name}' is a word of the language and cannot be a name")
    return name


def _unit(line: _Text, text: str, start: int) -> Unit:
    try:
        return parse_unit(text)
    except UnitError as error:
        raise ModelError(line.at(start, start + len(text)), str(error)) from None


def _prior(line: _Text, text: str, start: int) -> Prior:
    span = line.at(start, start + len(text.rstrip()))
    match = _PRIOR.match(text)
    if match is None:
        raise ModelError(span, "a prior is written: ~ lognormal(median, sd of the log), normal(...) or uniform(...)")
    if match[1] not in PRIORS:
        hint = did_you_mean(match[1], PRIORS) or f"; known are {', '.join(PRIORS)}"
        raise ModelError(span, f"unknown distribution '{match[1]}'{hint}")
    first, second = float(match[2]), float(match[3])
    if match[1] == "uniform" and not first < second:
        raise ModelError(span, f"uniform(lowest, highest) needs lowest < highest, found {first:g} and {second:g}")
    if (match[1] != "uniform" and second <= 0.0) or (match[1] == "lognormal" and first <= 0.0):
        raise ModelError(span, f"{match[1]}({PRIORS[match[1]]}) needs positive numbers, found {first:g} and {second:g}")
    return Prior(match[1], first, second)


def _tail(line: _Text) -> tuple[str, str, Span]:
    if not line.meaning:
        raise ModelError(line.whole, 'a meaning in quotes is missing: "what this is"')
    return line.meaning, ", ".join(line.sources), line.whole


_READERS: dict[str, Callable[[_Draft, _Text], None]] = {
    "input": _declare("input"),
    "param": _declare("param"),
    "state": _declare("state"),
    "reference": _declare("reference"),
    "d": _rate,
    "output": _output,
    "when": _when,
    "connect": _connect,
    "use": _use,
}
