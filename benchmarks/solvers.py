"""Every solver by its name in the tables: a function of the problem that returns a function of rtol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.cvode import cvode
from benchmarks.problems import Missing, Problem, ours
from bfrsim.solve.kernel import load_kernel

Answer = tuple[np.ndarray, int | None]  # states at the marks; steps, where the solver tells
Route = Callable[[float], Answer]
MAX_STEPS = 200_000  # between two marks
COPIES = 16  # of the person, for solvers that take several at once: all rows then integrate the same thing


@dataclass(frozen=True)
class Solver:
    """How to make a route through a problem; `people` go through at once; `once`: only where a session is enough."""

    make: Callable[[Problem], Route]
    people: int = 1
    once: bool = False


class Functions:
    """Our compiled functions in the shape SciPy and SUNDIALS want; constants are those of the present segment."""

    def __init__(self, problem: Problem) -> None:
        self.functions, count = problem.kernel.functions, len(problem.start)
        self.const = np.empty(len(problem.kernel.layout.constants))
        self.rate, self.matrix = np.zeros(count), np.zeros((count, count))

    def enter(self, problem: Problem, segment: int) -> None:
        self.functions.hoist(problem.params, problem.inputs[segment], self.const)

    def rates(self, _t: float, y: np.ndarray) -> np.ndarray:
        self.functions.rates(y, self.const, self.rate)
        return self.rate

    def fresh_rates(self, _t: float, y: np.ndarray) -> np.ndarray:
        self.functions.rates(y, self.const, self.rate)
        return self.rate.copy()

    def jacobian(self, _t: float, y: np.ndarray) -> np.ndarray:
        self.functions.jacobian(y, self.const, self.matrix)
        return self.matrix

    def fresh_jacobian(self, _t: float, y: np.ndarray) -> np.ndarray:
        self.functions.jacobian(y, self.const, self.matrix)
        return self.matrix.copy()


def _numba(problem: Problem) -> Route:
    def go(rtol: float) -> Answer:
        return ours(problem, rtol)  # type: ignore[return-value]

    return go


def _lanes(problem: Problem) -> Route:
    kernel = load_kernel(problem.system, "lanes")

    def go(rtol: float) -> Answer:
        return ours(problem, rtol, kernel=kernel, people=COPIES)  # type: ignore[return-value]

    return go


def _jax(problem: Problem) -> Route:
    try:
        import jax  # noqa: F401
    except ImportError:
        raise Missing("JAX is not installed") from None
    kernel = load_kernel(problem.system, "jax")

    def go(rtol: float) -> Answer:
        return ours(problem, rtol, kernel=kernel)  # type: ignore[return-value]

    return go


def _ivp(method: str) -> Callable[[Problem], Route]:
    def make(problem: Problem) -> Route:
        from scipy.integrate import solve_ivp

        ready = Functions(problem)

        def go(rtol: float) -> Answer:
            y, rows, atol = problem.start, [], problem.atol(rtol)
            for s, marks in enumerate(problem.marks):
                ready.enter(problem, s)
                found = solve_ivp(
                    ready.fresh_rates, (0.0, marks[-1]), y, method, t_eval=marks,
                    jac=ready.jacobian if method == "LSODA" else ready.fresh_jacobian, rtol=rtol, atol=atol,
                )  # fmt: skip
                if not found.success:
                    raise RuntimeError(found.message)
                rows.append(found.y.T)
                y = found.y[:, -1]
            return np.concatenate(rows), None

        return go

    return make


def _odeint(problem: Problem) -> Route:
    from scipy.integrate import odeint

    ready = Functions(problem)

    def go(rtol: float) -> Answer:
        y, rows, atol = problem.start, [], problem.atol(rtol)
        for s, marks in enumerate(problem.marks):
            ready.enter(problem, s)
            found, told = odeint(
                ready.rates, y, np.concatenate([[0.0], marks]), Dfun=ready.jacobian, tfirst=True, rtol=rtol, atol=atol,
                mxstep=MAX_STEPS, full_output=True,
            )  # fmt: skip
            if told["message"] != "Integration successful.":
                raise RuntimeError(told["message"])
            rows.append(found[1:])
            y = found[-1]
        return np.concatenate(rows), None

    return go


def _sundae(problem: Problem) -> Route:
    try:
        from sksundae.cvode import CVODE
    except ImportError:
        raise Missing("scikit-sundae is not installed") from None
    ready = Functions(problem)
    rates, jacobian = ready.functions.rates, ready.functions.jacobian

    def rhs(_t, y, out):
        rates(y, ready.const, out)

    def slopes(_t, y, _rate, out):
        jacobian(y, ready.const, out)

    def go(rtol: float) -> Answer:
        solver = CVODE(
            rhs, rtol=rtol, atol=problem.atol(rtol), linsolver="dense", jacfn=slopes, max_num_steps=MAX_STEPS
        )
        y, rows = problem.start, []
        for s, marks in enumerate(problem.marks):
            ready.enter(problem, s)
            solver.init_step(0.0, y)
            for mark in marks:
                found = solver.step(mark, tstop=marks[-1])
                if not found.success:
                    raise RuntimeError(found.message)
                y = found.y
                rows.append(y)
        return np.array(rows), None

    return go


def _numbalsoda(problem: Problem) -> Route:
    """LSODA in C++; it takes one absolute tolerance, so states are counted in their sizes."""
    try:
        import numba
        from numbalsoda import lsoda, lsoda_sig
    except ImportError:
        raise Missing("numbalsoda is not installed") from None
    rates, count, sizes = problem.kernel.functions.rates, len(problem.start), problem.sizes
    constants = [problem.constants(s) for s in range(len(problem.duration))]
    many = len(constants[0])

    @numba.cfunc(lsoda_sig)
    def rhs(_t, scaled_, out_, data_):
        scaled, out, const = numba.carray(scaled_, (count,)), numba.carray(out_, (count,)), numba.carray(data_, (many,))
        rates(scaled * sizes, const, out)
        for k in range(count):
            out[k] /= sizes[k]

    def go(rtol: float) -> Answer:
        y, rows = problem.start / sizes, []
        for s, marks in enumerate(problem.marks):
            # The function keeps no state of the segment, so constants are hoisted here as for everyone else.
            problem.kernel.functions.hoist(problem.params, problem.inputs[s], constants[s])
            times = np.concatenate([[0.0], marks])
            atol = float(problem.atol(rtol)[0] / sizes[0])
            found, success = lsoda(rhs.address, y, times, constants[s], rtol=rtol, atol=atol, mxstep=MAX_STEPS)
            if not success:
                raise RuntimeError("lsoda failed")
            rows.append(found[1:] * sizes)
            y = found[-1].copy()
        return np.concatenate(rows), None

    return go


def _diffrax(method: str) -> Callable[[Problem], Route]:
    def make(problem: Problem) -> Route:
        try:
            from benchmarks.jax_route import PEOPLE, route
        except ImportError:
            raise Missing("diffrax is not installed") from None
        assert SOLVERS["diffrax_tsit5"].people == PEOPLE
        return route(problem, method)

    return make


SOLVERS: dict[str, Solver] = {
    "numba": Solver(_numba),
    "lanes": Solver(_lanes, people=COPIES),
    "jax": Solver(_jax),
    "scipy_lsoda": Solver(_ivp("LSODA")),
    "scipy_odeint": Solver(_odeint),
    "scipy_radau": Solver(_ivp("Radau")),
    "scipy_bdf": Solver(_ivp("BDF")),
    "sundae_cvode": Solver(_sundae),
    "cvode_klu_unoptimised": Solver(lambda problem: cvode(problem, own=False, system_package=True)),
    "cvode_klu": Solver(lambda problem: cvode(problem, own=False, system_package=False)),
    "cvode_generated_lu": Solver(lambda problem: cvode(problem, own=True, system_package=False)),
    "numbalsoda": Solver(_numbalsoda),
    "diffrax_tsit5": Solver(_diffrax("Tsit5"), people=COPIES, once=True),
    "diffrax_kvaerno5": Solver(_diffrax("Kvaerno5"), people=COPIES, once=True),
}
