"""Blocks computed here or by other processes, given back as they are ready; the bytes do not depend on which."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from bfrsim.study.sweep.plan import Sweep
from bfrsim.study.sweep.store import Block
from bfrsim.study.sweep.work import Worker

AHEAD = 2  # blocks a process has before it: enough to keep it busy, few enough to hold in memory

_worker: Worker | None = None  # of a worker process


def computed(
    sweep: Sweep, numbers: Sequence[int], jobs: int, progress: Callable[[float], None]
) -> Iterator[tuple[int, Block]]:
    """Yield each block's number and content, in the order in which they are ready.

    Parameters
    ----------
    jobs : processes; one computes here.
    progress : told which share of all blocks is done.
    """
    total = len(sweep.blocks)
    done = total - len(numbers)
    if jobs == 1 or len(numbers) == 1:
        worker = Worker(sweep)
        for number in numbers:
            yield number, worker.compute(number, partial(_share_within, progress, done, total))
            done += 1
            progress(done / total)
        return
    for number, block in _by_processes(sweep, numbers, min(jobs, len(numbers))):
        yield number, block
        done += 1
        progress(done / total)


def _share_within(progress: Callable[[float], None], done: int, total: int, share: float) -> None:
    progress((done + share) / total)


def _by_processes(sweep: Sweep, numbers: Sequence[int], jobs: int) -> Iterator[tuple[int, Block]]:
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from multiprocessing import get_context

    waiting = iter(numbers)
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (sweep,)) as pool:
        running: dict[Future[Block], int] = {}
        try:
            while True:
                for number in islice(waiting, AHEAD * jobs - len(running)):
                    running[pool.submit(_compute, number)] = number
                if not running:
                    return
                for ready in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(ready), ready.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(sweep: Sweep) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and says so once
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = Worker(sweep)


def _compute(number: int) -> Block:
    assert _worker is not None
    return _worker.compute(number)


def _end_with_parent() -> None:
    """A parent that is killed cannot say goodbye; without it nobody would fetch what is computed here."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
