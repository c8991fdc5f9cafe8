"""One attempted step of a Rosenbrock method, its dense output, and the tangents of both along many directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bfrsim.solve.jax_backend.model import Model
from bfrsim.solve.table import RosenbrockTable

Array = Any
BOTH = (True, True)


@dataclass(frozen=True)
class Method:
    """The coefficients as arrays: A, C (stages, stages), H (rows, stages)."""

    A: np.ndarray
    C: np.ndarray
    H: np.ndarray
    gamma: float
    order: int

    @property
    def stages(self) -> int:
        """Return the number of stages."""
        return len(self.A)


def as_method(table: RosenbrockTable) -> Method:
    """Return a table as arrays."""
    count = len(table.A)
    square = [np.array([[*row, *[0.0] * (count - len(row))] for row in rows]) for rows in (table.A, table.C)]
    return Method(square[0], square[1], np.array(table.H), table.gamma, table.order)


class Attempt(NamedTuple):
    """A tried step.

    Attributes
    ----------
    after : (N, people) the next state.
    stages : (stages, N, people); the last is the error estimate.
    factors : of the linear equations.
    slopes, rates : what tangents need to know of Jacobian and stages; empty without them.
    """

    after: Array
    stages: Array
    factors: Array
    slopes: Any
    rates: Any


def attempt(method: Method, model: Model, state: Array, const: Array, step: Array, follow: bool) -> Attempt:
    """Try one step; `follow` keeps what tangents need.

    Parameters
    ----------
    state, const, step : (N, people), (constants, people), (people,)
    """
    from jax import lax
    from jax import numpy as jnp

    weights, coupling, inverse = jnp.asarray(method.A), jnp.asarray(method.C), 1.0 / step
    entries, slopes = model.slopes.prepare((state, const), BOTH) if follow else (model.slopes.value(state, const), ())
    factors = model.reduce.value(entries, (inverse / method.gamma)[None])

    def stage(stages: Array, i: Array) -> tuple[Array, Any]:
        inside = state + _sum(weights[i], stages)
        rate, kept = model.rates.prepare((inside, const), BOTH) if follow else (model.rates.value(inside, const), ())
        solution = model.solve.value(factors, rate + _sum(coupling[i], stages) * inverse)
        return lax.dynamic_update_index_in_dim(stages, solution, i, 0), kept

    none = jnp.zeros((method.stages, *state.shape))
    stages, kept = lax.scan(stage, none, jnp.arange(method.stages))
    return Attempt(state + _sum(weights[-1], stages) + stages[-1], stages, factors, slopes, kept)


def attempt_tangents(
    method: Method, model: Model, tried: Attempt, step: Array, along_state: Array, along_const: Array
) -> tuple[Array, Array]:
    """Return the tangents of an attempted step of given length.

    The stages solve ``W U_i = f(y_i) + sum_j C_ij/h U_j`` with ``W = I/(h gamma) - J``; so their tangents solve the
    same equations with the same factors, and ``f' + J' U_i`` on the right.

    Parameters
    ----------
    along_state, along_const : (rows, directions, people)

    Returns
    -------
    Tangents of the next state, (N, directions, people), and of the stages.
    """
    from jax import lax
    from jax import numpy as jnp

    weights, coupling, inverse = jnp.asarray(method.A), jnp.asarray(method.C), 1.0 / step
    people = step.shape
    shapes = ((len(along_state), *people), (len(along_const), *people))
    turned = model.slopes.push(shapes, tried.slopes, (along_state, along_const))
    nothing, still = jnp.zeros((len(turned), *people)), jnp.zeros(shapes[0])

    def stage(moved: Array, given: tuple[Array, Any]) -> tuple[Array, None]:
        i, kept = given
        right = model.rates.push(shapes, kept, (along_state + _sum(weights[i], moved), along_const))
        right = right + _sum(coupling[i], moved) * inverse
        right = right + model.spread.linear((nothing, tried.stages[i]), (turned, None))
        solution = model.solve.linear((tried.factors, still), (None, right))
        return lax.dynamic_update_index_in_dim(moved, solution, i, 0), None

    none = jnp.zeros((method.stages, *along_state.shape))
    moved, _ = lax.scan(stage, none, (jnp.arange(method.stages), tried.rates))
    return along_state + _sum(weights[-1], moved) + moved[-1], moved


def dense_parts(method: Method, stages: Array) -> Array:
    """Return what the dense output is made of: one row for each row of H."""
    from jax import numpy as jnp

    return jnp.stack([_sum(jnp.asarray(row), stages) for row in method.H])


def dense(state: Array, following: Array, parts: Array, theta: Array) -> Array:
    """Return the solution, or its tangents, at the fraction theta (people,) of a step."""
    nested = parts[-1]
    for part in parts[-2::-1]:
        nested = part + theta * nested
    return (1.0 - theta) * state + theta * (following + (1.0 - theta) * nested)


def _sum(weights: Array, stages: Array) -> Array:
    """Return the weighted sum of stages, always in the same order."""
    total = weights[0] * stages[0]
    for j in range(1, len(stages)):
        total = total + weights[j] * stages[j]
    return total
