"""A Rosenbrock method as data under its paper's letters, and the text of one attempted step."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RosenbrockTable:
    """Coefficients of a stiffly accurate Rosenbrock method in transformed form.

    The stages solve ``(I/(h*gamma) - J) U_i = f(y + sum_j A_ij U_j) + sum_j C_ij/h U_j``; the last argument plus the
    last stage is the new value and the last stage is the error estimate (Hairer & Wanner 1996, IV.7).

    Parameters
    ----------
    name : str
    order : int
    gamma : float
    A, C : tuple of tuple
        Row i holds i entries.
    H : tuple of tuple
        Dense output: ``y(theta) = (1-theta) y0 + theta (y1 + (1-theta) (D1 + theta (D2 + theta D3)))`` with
        ``D_r = sum_i H_ri U_i``.
    """

    name: str
    order: int
    gamma: float
    A: tuple[tuple[float, ...], ...]
    C: tuple[tuple[float, ...], ...]
    H: tuple[tuple[float, ...], ...]

    def attempt_text(self) -> str:
        """Return the source of `attempt` (one step) and `dense` (the solution inside it) for these coefficients."""
        lines = [f"ORDER = {self.order}", f"N_STAGES = {len(self.A)}", "", ""]
        lines += ["def attempt(state_, const_, h_, stages_, lu_, next_):"]
        lines += [f'    """Try one step of {self.name}: candidate in next_, error estimate in the last stage."""']
        lines += ["    inverse = 1.0 / h_"]
        lines += [f"    factor(state_, const_, inverse * {1.0 / self.gamma!r}, stages_[0], lu_)"]
        lines += ["    solve(lu_, stages_[0])"]
        for i in range(1, len(self.A)):
            lines += self._stage(i)
        lines += ["    for k in range(N_STATES):", f"        next_[k] += stages_[{len(self.A) - 1}, k]", "", ""]
        return "\n".join(lines + self._dense())

    def _stage(self, i: int) -> list[str]:
        row, before = self.A[i], self.A[i - 1]
        if i > 1 and row[:-1] == before:  # the argument grows by one stage only
            argument = f"next_[k] += {_term(row[-1], i - 1)}"
        else:
            terms = " + ".join(_term(a, j) for j, a in enumerate(row) if a)
            argument = f"next_[k] = state_[k] + {terms}"
        coupling = " + ".join(_term(c, j) for j, c in enumerate(self.C[i]) if c)
        return [
            "    for k in range(N_STATES):",
            f"        {argument}",
            f"    rates(next_, const_, stages_[{i}])",
            "    for k in range(N_STATES):",
            f"        stages_[{i}, k] += ({coupling}) * inverse",
            f"    solve(lu_, stages_[{i}])",
        ]

    def _dense(self) -> list[str]:
        lines = ["def dense(state_, next_, stages_, theta, out_):"]
        lines += ['    """Solution at the fraction theta of an attempted step."""', "    for k in range(N_STATES):"]
        for r, row in enumerate(self.H, start=1):
            lines.append(f"        d{r} = {' + '.join(_term(h, i) for i, h in enumerate(row) if h)}")
        nested = f"d{len(self.H)}"
        for r in range(len(self.H) - 1, 0, -1):
            nested = f"(d{r} + theta * {nested})"
        lines.append(f"        inside = next_[k] + (1.0 - theta) * {nested}")
        return [*lines, "        out_[k] = (1.0 - theta) * state_[k] + theta * inside"]


def _term(coefficient: float, stage: int) -> str:
    number = repr(coefficient) if coefficient >= 0.0 else f"({coefficient!r})"
    return f"stages_[{stage}, k]" if coefficient == 1.0 else f"{number} * stages_[{stage}, k]"
