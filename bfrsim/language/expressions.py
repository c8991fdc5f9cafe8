"""Text of one expression -> our own tree, through Python's parser and a whitelist. Nothing is ever evaluated."""

from __future__ import annotations

import ast
import math
import re

from bfrsim.errors import ModelError, Span, did_you_mean
from bfrsim.language.functions import BUILTINS
from bfrsim.language.tree import Binary, Call, Expression, Name, Negate, Number, walk
from bfrsim.units import UnitError, parse_unit

MAX_DEPTH = 60
MAX_EXPONENT = 20

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_ADVICE: dict[type[ast.AST], str] = {
    ast.BitXor: "powers are written with **, not ^",
    ast.IfExp: "'if' is not part of the language; use gate(x, width), or smoothmax and smoothmin",
    ast.Compare: "comparisons are not part of an expression; use gate(x, width), or an event (when ...)",
    ast.Attribute: "a dot has no place in an expression; declare an input and connect it in the system",
    ast.FloorDiv: "// is not part of the language; use /",
}


def parse_expression(text: str, line: Span, offset: int) -> Expression:
    """Read `text`, which stands at column `offset` of the source `line`.

    Raises
    ------
    ModelError
        Located at the culprit: bad syntax, a construct or a function that is not part of the language,
        more than 60 levels, an exponent beyond 20.
    """
    if not text.strip():
        raise ModelError(_at(line, offset, offset + 1), "an expression is missing here")
    lead = len(text) - len(text.lstrip())
    body, column = text.strip(), offset + lead
    # A unit in brackets becomes a run of underscores, so that Python's parser accepts it and columns stay true.
    masked = re.sub(r"\[([^\[\]]*)\]", lambda m: "[" + "_" * len(m[1]) + "]", body)
    if not masked.isascii():
        bad = next(i for i, character in enumerate(masked) if not character.isascii())
        message = f"'{masked[bad]}' is not a plain letter; names are English letters, digits and _"
        raise ModelError(_at(line, column + bad, column + bad + 1), message)
    try:
        tree = ast.parse(masked, mode="eval").body
    except SyntaxError as error:
        at = column + max((error.offset or 1) - 1, 0)
        raise ModelError(_at(line, at, at + 1), _sentence(error)) from None
    except (MemoryError, RecursionError, ValueError):
        raise ModelError(_at(line, column, column + len(body)), f"nested deeper than {MAX_DEPTH} levels") from None
    return _Reader(body, line, column).read(tree, 0)


def _sentence(error: SyntaxError) -> str:
    message = (error.msg or "cannot be read").split(". Perhaps")[0]
    return f"cannot read this expression: {message}"


def _at(line: Span, start: int, end: int) -> Span:
    return Span(line.file, line.line, line.text, start, end)


class _Reader:
    """Walks Python's tree of one expression; refuses whatever is not on the list."""

    def __init__(self, body: str, line: Span, column: int) -> None:
        self.body, self.line, self.column = body, line, column

    def span(self, node: ast.expr) -> Span:
        end = node.end_col_offset if node.end_col_offset is not None else node.col_offset + 1
        return _at(self.line, self.column + node.col_offset, self.column + end)

    def read(self, node: ast.expr, depth: int) -> Expression:
        span = self.span(node)
        if depth > MAX_DEPTH:
            raise ModelError(span, f"nested deeper than {MAX_DEPTH} levels; name a part of it on a line of its own")
        if isinstance(node, ast.Constant):
            return self.number(node, None, span)
        if isinstance(node, ast.Name):
            return Name(node.id, span)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return Negate(self.read(node.operand, depth + 1), span)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
            return self.read(node.operand, depth + 1)
        if isinstance(node, ast.Subscript):
            return self.united_number(node, span)
        if isinstance(node, ast.BinOp):
            return self.binary(node, span, depth)
        if isinstance(node, ast.Call):
            return self.call(node, span, depth)
        raise ModelError(span, self.refusal(node))

    def refusal(self, node: ast.AST) -> str:
        kind = type(node.op) if isinstance(node, ast.BinOp | ast.UnaryOp) else type(node)
        return _ADVICE.get(kind, f"'{kind.__name__.lower()}' is not part of the model language")

    def number(self, node: ast.Constant, unit: str | None, span: Span) -> Number:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ModelError(span, f"expected a number, found {type(value).__name__}")
        try:
            plain = float(value)
        except OverflowError:
            plain = math.inf
        if not math.isfinite(plain):
            raise ModelError(span, "this number is too large")
        try:
            return Number(plain, None if unit is None else parse_unit(unit), span)
        except UnitError as error:
            raise ModelError(span, str(error)) from None

    def united_number(self, node: ast.Subscript, span: Span) -> Number:
        if not isinstance(node.value, ast.Constant):
            raise ModelError(span, "a unit in brackets belongs behind a number, as in 0.5[1/s]")
        inner = node.slice
        unit = self.body[inner.col_offset : inner.end_col_offset]
        return self.number(node.value, unit, span)

    def binary(self, node: ast.BinOp, span: Span, depth: int) -> Expression:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            raise ModelError(span, self.refusal(node))
        left, right = self.read(node.left, depth + 1), self.read(node.right, depth + 1)
        if operator == "**":
            self.check_exponent(right)
        return Binary(operator, left, right, span)

    def check_exponent(self, exponent: Expression) -> None:
        for part in walk(exponent):
            if isinstance(part, Binary) and part.operator == "**":
                raise ModelError(part.span, "a power inside an exponent is refused; name it on a line of its own")
            if isinstance(part, Number) and abs(part.value) > MAX_EXPONENT:
                raise ModelError(part.span, f"an exponent beyond {MAX_EXPONENT} is refused")

    def call(self, node: ast.Call, span: Span, depth: int) -> Call:
        if not isinstance(node.func, ast.Name):
            raise ModelError(span, "only the built-in functions can be called")
        name = node.func.id
        if name not in BUILTINS:
            hint = did_you_mean(name, BUILTINS) or f"; known are {', '.join(sorted(BUILTINS))}"
            raise ModelError(self.span(node.func), f"unknown function '{name}'{hint}")
        expected = BUILTINS[name].arguments
        if node.keywords or len(node.args) != len(expected):
            wanted = f"{name}({', '.join(expected)})"
            raise ModelError(span, f"{name} takes {len(expected)} argument(s), {wanted}; found {len(node.args)}")
        return Call(name, tuple(self.read(argument, depth + 1) for argument in node.args), span)
