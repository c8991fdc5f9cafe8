"""Run a sweep into its folder, or the rest of one that was begun there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bfrsim.study.sweep.folder import alone, begin, check_owner
from bfrsim.study.sweep.identity import identity
from bfrsim.study.sweep.plan import Sweep
from bfrsim.study.sweep.pool import computed
from bfrsim.study.sweep.store import Store, create_store


def run_sweep(
    sweep: Sweep,
    folder: Path,
    *,
    jobs: int = 1,
    announce: Callable[[str], None] = lambda _: None,
    progress: Callable[[float], None] = lambda _: None,
) -> Path:
    """Compute every block of a sweep that its folder does not hold yet.

    The folder's ``result.zarr`` has the same bytes for any number of jobs, and whether or not a run was killed on the
    way. Memory holds a few blocks, whatever the size.

    Parameters
    ----------
    folder : new, empty, or holding this very sweep, begun or finished.
    jobs : processes.
    announce, progress : told in words what begins, and which share is done.

    Returns
    -------
    Path
        Of the store.

    Raises
    ------
    BfrsimError
        If the folder holds something else, or another sweep: then it says what differs.
    """
    told = identity(sweep)
    check_owner(folder, told)
    with alone(folder):
        check_owner(folder, told)
        path = begin(folder, told, lambda place: create_store(place, sweep, told))
        store = Store(path, sweep)
        missing = [number for number in range(len(sweep.blocks)) if not store.is_whole(number)]
        if missing:
            there = len(sweep.blocks) - len(missing)
            announce(f"going on, {there} of {len(sweep.blocks)} blocks are there" if there else "integrating")
            for number, block in computed(sweep, missing, jobs, progress):
                store.write(number, block)
    return path
