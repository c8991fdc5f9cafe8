"""Which numbers of a run are looked at: an output at the end of the programme, or its extremes in the last session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bfrsim.errors import SimulationError, did_you_mean
from bfrsim.language.join import System
from bfrsim.solve.kernel import Kernel
from bfrsim.solve.run import Outcome, Request
from bfrsim.study.local_sensitivities.programme import Programme

Floats = NDArray[np.float64]

END = "at the end of the programme"
EXTREMES = {"_max": "highest of the last session", "_min": "lowest of the last session"}


@dataclass(frozen=True)
class Output:
    """A number of a run: `name` is a state, line or constant of the model, `ending` "", "_max" or "_min"."""

    name: str
    ending: str
    unit: str
    meaning: str

    @property
    def label(self) -> str:
        """Return the name as in results."""
        return self.name + self.ending

    @property
    def moment(self) -> str:
        """Say when it is taken."""
        return EXTREMES.get(self.ending, END)


def choose_outputs(system: System, names: Sequence[str], sessions: int) -> tuple[Output, ...]:
    """Return the outputs of these names.

    ``csa_change`` is the value at the end of the programme, ``M_F_max`` the highest and ``StO2_min`` the lowest of the
    last session. An output in percent may be called so: ``csa_change_percent``.

    Raises
    ------
    SimulationError
        If a name is unknown, or there is no session to look at.
    """
    return tuple(dict.fromkeys(_output(system, name, sessions) for name in names))


def request(programme: Programme, kernel: Kernel, outputs: Sequence[Output]) -> Request:
    """Return what a run must keep for these outputs."""
    layout = kernel.layout
    place = {name: at for at, name in reversed(list(enumerate((*layout.states, *layout.lines, *layout.constants))))}
    columns = np.array([place[each.name] for each in outputs], dtype=np.int64)
    watched = columns if any(each.ending for each in outputs) else columns[:0]
    return Request(np.array([programme.total]), columns, watched)


def taken(outputs: Sequence[Output], kept: Outcome) -> Floats:
    """Return the outputs of each person, (n, outputs)."""
    return np.stack(
        [_taken(each, at, kept.saved, kept.lowest, kept.highest) for at, each in enumerate(outputs)], axis=1
    )


def tangents_taken(outputs: Sequence[Output], saved: Floats, lowest: Floats, highest: Floats) -> Floats:
    """Return the derivatives of the outputs of one person, (outputs, directions)."""
    return np.stack([_taken(each, at, saved, lowest, highest)[0] for at, each in enumerate(outputs)])


def _taken(output: Output, at: int, saved: Floats, lowest: Floats, highest: Floats) -> Floats:
    if not output.ending:
        return saved[:, -1, at]
    return (highest if output.ending == "_max" else lowest)[:, -1, at]


def _output(system: System, name: str, sessions: int) -> Output:
    declared = system.declared()
    ending = next((each for each in EXTREMES if name.endswith(each) and name not in declared), "")
    base = name.removesuffix(ending) if ending else name
    if base not in declared and base.endswith("_percent"):
        plain = base.removesuffix("_percent")
        base = plain if plain in declared and declared[plain].unit.spelling == "%" else base
    if base not in declared:
        raise SimulationError(f"the model has no '{base}'{did_you_mean(base, [*system.outputs, *declared])}")
    if ending and not sessions:
        raise SimulationError(f"'{name}' is taken from the last session, and this programme has none")
    item = declared[base]
    return Output(base, ending, item.unit.spelling, item.meaning)
