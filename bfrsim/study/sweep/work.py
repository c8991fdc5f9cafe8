"""Compute a block: scenarios of its cells, their people, all programmes at once, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bfrsim.batch import Programme, simulate_programmes
from bfrsim.errors import BfrsimError
from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.people import parameter_table
from bfrsim.study.sweep.cells import Cells, Meaningless, Place
from bfrsim.study.sweep.outputs import columns_of, reduce
from bfrsim.study.sweep.people import People
from bfrsim.study.sweep.plan import Sweep
from bfrsim.study.sweep.store import NO_MEANING, Block


class Worker:
    """Computes blocks of a sweep, one after the other."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._system = read_system(models_folder() / "bfr.bfr")
        self._cells = Cells(sweep.source, sweep.changes, sweep.axes)
        self._people = People(sweep.cohort, sweep.alike, self._system)

    def compute(self, number: int, progress: Callable[[float], None] | None = None) -> Block:
        """Return what becomes of block `number`."""
        sweep = self._sweep
        part = sweep.blocks.slices(number)[-1]
        places = sweep.blocks.cells(number)
        n, outputs = part.stop - part.start, sweep.outputs
        values = np.full((len(places), n, len(outputs)), np.nan)
        status = np.full((len(places), n), NO_MEANING, dtype=np.int16)
        reason = np.full((len(places), n), "", dtype=object)
        meant: list[tuple[int, Programme]] = []
        for row, place in enumerate(places):
            try:
                meant.append((row, self._programme(place, part)))
            except (Meaningless, BfrsimError) as error:
                reason[row] = str(error)
        followed = simulate_programmes(
            [programme for _, programme in meant], columns_of(outputs), backend=sweep.backend, rtol=sweep.rtol,
            progress=progress,
        )  # fmt: skip
        for (row, programme), each in zip(meant, followed, strict=True):
            values[row] = reduce(each, programme.scenario, outputs)
            reason[row] = each.reasons
            status[row] = each.status
        shape = (*(each.stop - each.start for each in sweep.blocks.slices(number)[:-1]), n)
        kept = {output.name: values[:, :, at].reshape(shape) for at, output in enumerate(outputs)}
        return Block(kept, status.reshape(shape), reason.reshape(shape))

    def _programme(self, place: Place, people: slice) -> Programme:
        scenario = self._cells.scenario(place)
        varied = self._cells.parameters(place)
        if varied:  # a value that the model cannot have must not stop the whole block
            parameter_table(self._system, scenario, varied)
        return Programme(scenario, self._people.parameters(scenario, people.start, people.stop) | varied)
