"""The text of a generated kernel -> C: the same statements in the same order, for CVODE and any other C solver.

The Jacobian is stored by columns (CSC), and the straight-line LU of a matrix with its pattern stands beside it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from bfrsim.compile.statements import build_elimination
from bfrsim.language.join import System
from bfrsim.solve.kernel import Kernel

HEAD = """#include <math.h>
#include <string.h>
static inline double max2(double a, double b) { return b > a ? b : a; }
static inline double min2(double a, double b) { return b < a ? b : a; }
"""
ARGUMENTS = {
    "hoist": "const double *param_, const double *input_, double *const_",
    "rates": "const double *state_, const double *const_, double *rate_",
    "jacobian": "const double *state_, const double *const_, double *jac_",
}
FUNCTIONS = {"abs": "fabs", "max": "max2", "min": "min2"}
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
             ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}  # fmt: skip


@dataclass(frozen=True)
class CText:
    """The text, and its sparse pattern: (row, column) in order of storage."""

    text: str
    pattern: tuple[tuple[int, int], ...]


class _Printer:
    """Prints functions of one generated file."""

    def __init__(self, functions: dict[str, ast.FunctionDef]) -> None:
        self.functions = functions
        self.called: dict[str, None] = {}
        self.powers: set[int] = set()
        self.place: dict[tuple[int, int], int] = {}
        self.local: set[str] = set()

    def function(self, name: str) -> str:
        node = self.functions[name]
        arguments = [argument.arg for argument in node.args.args]
        self.local = set(arguments)
        given = ARGUMENTS.get(name) or ", ".join(f"double {_local(argument)}" for argument in arguments)
        kind = "void" if name in ARGUMENTS else "static double"
        lines = [line for statement in node.body for line in self.statement(statement)]
        return "\n".join([f"{kind} {name}({given})", "{", *(f"    {line}" for line in lines), "}"])

    def statement(self, node: ast.stmt) -> list[str]:
        if isinstance(node, ast.Assign | ast.AugAssign):
            return [self.assignment(node)]
        if isinstance(node, ast.Return):
            assert node.value is not None
            return [f"return {self.value(node.value)};"]
        if isinstance(node, ast.If):
            inside = [line for part in node.body for line in self.statement(part)]
            other = [line for part in node.orelse for line in self.statement(part)]
            lines = [f"if ({self.value(node.test)}) {{", *inside, "}"]
            return [*lines, "else {", *other, "}"] if other else lines
        if isinstance(node, ast.For):
            assert isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Call)
            k, end = node.target.id, ast.unparse(node.iter.args[0])
            inside = [line for part in node.body for line in self.statement(part)]
            return [f"for (long {k} = 0; {k} < {end}; {k}++) {{", *inside, "}"]
        assert isinstance(node, ast.Expr | ast.Pass)  # a docstring
        return []

    def assignment(self, node: ast.Assign | ast.AugAssign) -> str:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        sign = "=" if isinstance(node, ast.Assign) else f"{OPERATORS[type(node.op)]}="
        if isinstance(target, ast.Subscript):
            return f"{self.cell(target)} {sign} {self.value(node.value)};"
        assert isinstance(target, ast.Name)
        text = f"{_local(target.id)} {sign} {self.value(node.value)};"
        new = target.id not in self.local
        self.local.add(target.id)
        return f"double {text}" if new else text

    def cell(self, node: ast.Subscript) -> str:
        """Print an element; of the dense Jacobian, its place in sparse storage."""
        parts = ast.unparse(node).replace("][", ", ").rstrip("]").split("[")
        if parts[0] == "jac_":
            row, column = (int(part) for part in parts[1].strip("()").split(","))
            return f"jac_[{self.place[row, column]}]"
        return f"{parts[0]}[{parts[1]}]"

    def value(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return repr(float(node.value))
        if isinstance(node, ast.Name):
            return "NAN" if node.id == "nan" else _local(node.id)
        if isinstance(node, ast.Subscript):
            return self.cell(node)
        if isinstance(node, ast.UnaryOp):
            sign = "!" if isinstance(node.op, ast.Not) else "-"
            return f"({sign}{self.value(node.operand)})"
        if isinstance(node, ast.BinOp):
            return self.power(node) if isinstance(node.op, ast.Pow) else self.pair(node.left, node.op, node.right)
        if isinstance(node, ast.Compare):
            return self.pair(node.left, node.ops[0], node.comparators[0])
        if isinstance(node, ast.IfExp):
            return f"({self.value(node.test)} ? {self.value(node.body)} : {self.value(node.orelse)})"
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name), ast.dump(node)
        name = node.func.id
        if name in self.functions:
            self.called[name] = None
        return f"{FUNCTIONS.get(name, name)}({', '.join(self.value(argument) for argument in node.args)})"

    def pair(self, left: ast.expr, operator: ast.AST, right: ast.expr) -> str:
        return f"({self.value(left)} {OPERATORS[type(operator)]} {self.value(right)})"

    def power(self, node: ast.BinOp) -> str:
        exponent = node.right.value if isinstance(node.right, ast.Constant) else None
        if exponent is not None and exponent == int(exponent) and 0 < exponent <= 20:
            self.powers.add(int(exponent))
            return f"power_{int(exponent)}({self.value(node.left)})"
        return f"pow({self.value(node.left)}, {self.value(node.right)})"


def _local(name: str) -> str:
    return name if name.endswith("_") else f"v_{name}"  # no name of a model may be a word of C


def _whole_power(n: int) -> str:
    factors = " * ".join(["x"] * n) if n < 4 else f"power_{n // 2}(x) * power_{n - n // 2}(x)"
    return f"static inline double power_{n}(double x) {{ return {factors}; }}"


def _with_halves(powers: set[int]) -> list[int]:
    found, todo = set(), list(powers)
    while todo:
        n = todo.pop()
        if n not in found:
            found.add(n)
            todo += [n // 2, n - n // 2] if n >= 4 else []
    return sorted(found)


def c_text(kernel: Kernel, system: System) -> CText:
    """Return hoist, rates, jacobian, factor and solve of a kernel in C."""
    tree = ast.parse(kernel.path.read_text(encoding="utf-8"))
    printer = _Printer({node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)})
    entries = _entries(printer.functions["jacobian"])
    size = len(kernel.layout.states)
    pattern = tuple(sorted({*entries, *((k, k) for k in range(size))}, key=lambda cell: cell[::-1]))
    printer.place = {cell: at for at, cell in enumerate(pattern)}
    texts = {name: printer.function(name) for name in ARGUMENTS}
    helpers: dict[str, str] = {}
    while set(printer.called) - set(helpers):
        name = next(name for name in printer.called if name not in helpers)
        helpers[name] = printer.function(name)
    in_order = [helpers[name] for name in printer.functions if name in helpers]  # as generated: callees first
    columns = [column for _, column in pattern]
    tables = [
        f"enum {{ N = {size}, NNZ = {len(pattern)}, N_CONSTANTS = {len(kernel.layout.constants)},"
        f" N_INPUTS = {len(kernel.layout.inputs)} }};",
        f"static const long ROWS[] = {{{', '.join(str(row) for row, _ in pattern)}}};",
        f"static const long COLUMNS[] = {{{', '.join(str(columns.index(k)) for k in range(size))}, {len(pattern)}}};",
    ]
    powers = [_whole_power(n) for n in _with_halves(printer.powers)]
    lu = _lu_text(kernel, system, pattern)
    return CText("\n\n".join([HEAD, *tables, *powers, *in_order, *texts.values(), lu]) + "\n", pattern)


def _entries(function: ast.FunctionDef) -> set[tuple[int, int]]:
    finder, found = _Printer({}), set()

    class Note(dict):
        def __missing__(self, cell: tuple[int, int]) -> int:
            found.add(cell)
            return 0

    finder.place = Note()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            finder.cell(node.targets[0])
    return found


def _lu_text(kernel: Kernel, system: System, pattern: tuple[tuple[int, int], ...]) -> str:
    """Print the elimination without pivoting of a matrix with this pattern, and the solution with its factors."""
    states = kernel.layout.states
    elimination = build_elimination(system, {(states[i], states[j]): None for i, j in pattern})
    at = {state: k for k, state in enumerate(states)}
    body = [f"double w_{i}_{j} = m[{k}];" for k, (i, j) in enumerate(pattern)]
    slots: dict[tuple[int, int], int] = {}
    known, forward, backward = set(pattern), [], []
    for name, row_names, column_names in elimination.pivots:
        p, rows, columns = at[name], [at[n] for n in row_names], [at[n] for n in column_names]
        body.append(f"w_{p}_{p} = 1.0 / w_{p}_{p};")
        for i in rows:
            body.append(f"w_{i}_{p} *= w_{p}_{p};")
            for j in columns:
                new = (i, j) not in known
                body.append(f"{f'double w_{i}_{j} = ' if new else f'w_{i}_{j} -= '}{'-' * new}w_{i}_{p} * w_{p}_{j};")
                known.add((i, j))
        for cell in [*((i, p) for i in rows), (p, p), *((p, j) for j in columns)]:
            slots[cell] = len(slots)
        forward += [f"b[{i}] -= lu[{slots[i, p]}] * b[{p}];" for i in rows]
        rest = "".join(f" - lu[{slots[p, j]}] * b[{j}]" for j in columns)
        backward.append(f"b[{p}] = (b[{p}]{rest}) * lu[{slots[p, p]}];")
    body += [f"lu[{slot}] = w_{i}_{j};" for (i, j), slot in slots.items()]
    inside = "\n".join(f"    {line}" for line in body)
    steps = "\n".join(f"    {line}" for line in [*forward, *reversed(backward)])
    return (
        f"enum {{ N_FACTORS = {len(slots)} }};\n"
        f"void factor(const double *m, double *lu)\n{{\n{inside}\n}}\n\n"
        f"void solve(const double *lu, double *b)\n{{\n{steps}\n}}"
    )
