"""One attempted step of a Rosenbrock method, its dense output, and the tangents of both along many directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bfrsim.solve.jax_backend.model import Model
from bfrsim.solve.table import RosenbrockTable

Array = Any


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


def attempt(method: Method, model: Model, state: Array, const: Array, step: Array) -> tuple[Array, Array, Array]:
    """Try one step.

    Parameters
    ----------
    state, const, step : (N, people), (constants, people), (people,)

    Returns
    -------
    next, stages, factors : (N, people), (stages, N, people), (factors, people)
        The last stage is the error estimate.
    """
    from jax import lax
    from jax import numpy as jnp

    weights, coupling, inverse = jnp.asarray(method.A), jnp.asarray(method.C), 1.0 / step
    factors = model.factor.value(state, const, (inverse / method.gamma)[None])

    def stage(i: Array, stages: Array) -> Array:
        inside = state + _sum(weights[i], stages)
        right = model.rates.value(inside, const) + _sum(coupling[i], stages) * inverse
        return lax.dynamic_update_index_in_dim(stages, model.solve.value(factors, right), i, 0)

    stages = lax.fori_loop(0, method.stages, stage, jnp.zeros((method.stages, *state.shape)))
    return state + _sum(weights[-1], stages) + stages[-1], stages, factors


def attempt_tangents(
    method: Method, model: Model, point: tuple[Array, Array, Array], taken: tuple[Array, Array],
    tangents: tuple[Array, Array],
) -> tuple[Array, Array]:  # fmt: skip
    """Return the tangents of an attempted step of given length.

    The stages solve ``W U_i = f(y_i) + sum_j C_ij/h U_j`` with ``W = I/(h gamma) - J``; so their tangents solve the
    same equations with the same factors, and ``f' + J' U_i`` on the right.

    Parameters
    ----------
    point : state, const, step
    taken : stages, factors
        As `attempt` returned them.
    tangents : those of state and const, (rows, directions, people)

    Returns
    -------
    Tangents of the next state, (N, directions, people), and of the stages.
    """
    from jax import lax
    from jax import numpy as jnp

    (state, const, step), (stages, factors), (along_state, along_const) = point, taken, tangents
    weights, coupling, inverse = jnp.asarray(method.A), jnp.asarray(method.C), 1.0 / step
    turned = model.slopes.linear((state, const), (along_state, along_const))
    still = jnp.zeros_like(turned[:, 0])

    def stage(i: Array, moved: Array) -> Array:
        inside, along = state + _sum(weights[i], stages), along_state + _sum(weights[i], moved)
        right = model.rates.linear((inside, const), (along, along_const))
        right = right + _sum(coupling[i], moved) * inverse + model.spread.linear((still, stages[i]), (turned, None))
        solution = model.solve.linear((factors, jnp.zeros_like(state)), (None, right))
        return lax.dynamic_update_index_in_dim(moved, solution, i, 0)

    moved = lax.fori_loop(0, method.stages, stage, jnp.zeros((method.stages, *along_state.shape)))
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
