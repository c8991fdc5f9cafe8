"""diffrax on the statements of a generated kernel: the text is re-read with JAX's functions, people under `vmap`."""

from __future__ import annotations

import ast
from collections.abc import Callable

import diffrax
import jax
import numpy as np
from jax import numpy as jnp

from benchmarks.problems import Problem
from bfrsim.solve.kernel import Kernel

jax.config.update("jax_enable_x64", True)
PEOPLE = 16
NAMES = {"abs": "jnp.abs", "max": "jnp.maximum", "min": "jnp.minimum"}


class _Traceable(ast.NodeTransformer):
    """Choices become `where`; extremes become JAX's."""

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        return ast.Call(ast.Name("where", ast.Load()), [node.test, node.body, node.orelse], [])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in NAMES:
            node.func = ast.parse(NAMES[node.func.id], mode="eval").body
        return node


def _power(x, n):
    safe = jnp.where(x > 0.0, x, 1.0)
    return jnp.where(x > 0.0, jnp.exp(n * jnp.log(safe)), jnp.where(x == 0.0, 0.0, jnp.nan))


def traceable(kernel: Kernel) -> tuple[Callable, Callable]:
    """Return hoist(params, inputs) -> constants and rates(state, constants) -> rates, on JAX arrays."""
    tree = ast.parse(kernel.path.read_text(encoding="utf-8"))
    wanted = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    stop = next(at for at, node in enumerate(wanted) if node.name == "rates")
    names = {"where": jnp.where, "jnp": jnp, "nan": jnp.nan, "atan": jnp.arctan}
    names |= {name: getattr(jnp, name) for name in ("exp", "log", "sqrt", "tan", "tanh")}
    module = _Traceable().visit(ast.Module(wanted[: stop + 1], []))
    exec(compile(ast.fix_missing_locations(module), "<kernel>", "exec"), names)
    names["power"] = _power
    size, constants = len(kernel.layout.states), len(kernel.layout.constants)

    def hoist(params, inputs):
        const = [0.0] * constants
        names["hoist"](params, inputs, const)
        return jnp.stack([jnp.asarray(value, dtype=float) for value in const])

    def rates(state, const):
        rate = [0.0] * size
        names["rates"](state, const, rate)
        return jnp.stack([jnp.asarray(value, dtype=float) for value in rate])

    return hoist, rates


def route(problem: Problem, method: str):
    """Return a function of rtol: 16 copies of the person; states are counted in their sizes, as for numbalsoda."""
    hoist, rates = traceable(problem.kernel)
    sizes, solver = jnp.asarray(problem.sizes), getattr(diffrax, method)()
    table = (jnp.asarray(problem.duration), jnp.asarray(problem.inputs))
    field = diffrax.ODETerm(lambda t, y, const: rates(y * sizes, const) / sizes)

    def person(params, start, rtol):
        control = diffrax.PIDController(rtol=rtol, atol=problem.atol(1.0)[0] / problem.sizes[0] * rtol)

        def segment(y, row):
            duration, inputs = row
            found = diffrax.diffeqsolve(
                field, solver, 0.0, duration, 0.5, y, hoist(params, inputs), max_steps=10**6,
                saveat=diffrax.SaveAt(t1=True), stepsize_controller=control,
            )  # fmt: skip
            return found.ys[-1], (found.ys[-1], found.stats["num_steps"])

        return jax.lax.scan(segment, start / sizes, table)[1]

    together = jax.jit(jax.vmap(person, (0, 0, None)))
    params, start = np.tile(problem.params, (PEOPLE, 1)), np.tile(problem.start, (PEOPLE, 1))

    def go(rtol: float) -> tuple[np.ndarray, int]:
        states, steps = together(params, start, rtol)
        return np.asarray(states)[0] * problem.sizes, int(np.asarray(steps)[0].sum())

    return go
