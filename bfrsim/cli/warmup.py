"""``bfrsim warmup``: compile now what the first simulation would have to compile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bfrsim.cli.demo import DEMO
from bfrsim.cli.ending import told_plainly
from bfrsim.cli.options import AsJson, Quiet
from bfrsim.cli.progress import progress

EXAMPLES = (
    "Examples:",
    "bfrsim warmup",
    "bfrsim warmup --all",
    "bfrsim warmup --backend numba --json",
)
COMPILED = ("lanes", "numba")  # back ends whose machine code is kept between processes
SHORT = ("calendar.weeks=1",)  # of the main scenario, which calls whatever a simulation may call

Backends = Annotated[
    list[str] | None,
    typer.Option("--backend", metavar="NAME", help="auto, lanes or numba; may be given repeatedly; auto if left out."),
]
Everything = Annotated[bool, typer.Option("--all", help="Every back end that has machine code to keep.")]


@dataclass(frozen=True)
class Warmed:
    """What a back end needs: seconds until it had answered once, whether it had to compile, its files."""

    backend: str
    seconds: float
    compiled: bool
    files: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Return how many bytes the files have."""
        return sum(path.stat().st_size for path in self.files)


def warmup(
    backend: Backends = None, everything: Everything = False, as_json: AsJson = False, quiet: Quiet = False
) -> None:
    """Compile the shipped model for this processor now, so that the next process answers at once.

    Machine code is kept in the user's cache, or in the folder that BFRSIM_CACHE names, and found again by the content
    of the equations, the processor and the compiler; what is there already is only loaded.
    """
    with told_plainly():
        from bfrsim.solve.cache import cache_folder

        chosen = COMPILED if everything else _chosen(backend or ["auto"])
        folder = _writable(cache_folder())
        with progress("reading", quiet) as display:
            warmed = []
            for name in chosen:
                display(f"{name}: compiling what is not there yet")
                warmed.append(_warmed(name))
        if as_json:
            _print_json(folder, warmed)
        elif not quiet:
            _print_table(folder, warmed)


def _chosen(names: Iterable[str]) -> Sequence[str]:
    """Return the back ends meant, each once.

    Raises
    ------
    SimulationError
        If there is no such back end, or nothing to compile for it.
    """
    from bfrsim.errors import SimulationError, did_you_mean
    from bfrsim.simulation import choose_backend

    found = dict.fromkeys(choose_backend(name) for name in names)
    for name in found:
        if name not in COMPILED:
            hint = did_you_mean(name, COMPILED) or f"; choose from {', '.join(COMPILED)}"
            raise SimulationError(f"the back end '{name}' keeps no machine code{hint}")
    return tuple(found)


def _writable(folder: Path) -> Path:
    """Return the folder, made if need be.

    Raises
    ------
    BfrsimError
        If nothing can be written there: whatever is compiled would be lost when this process ends.
    """
    import tempfile

    from bfrsim.errors import BfrsimError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"{folder}: cannot be written ({reason}), so no machine code is kept; name another in BFRSIM_CACHE"
        raise BfrsimError(message) from None


def _warmed(backend: str) -> Warmed:
    """Let the back end answer once."""
    import time

    from bfrsim.language.join import read_system
    from bfrsim.library import models_folder
    from bfrsim.simulation import simulate
    from bfrsim.solve.kernel import load_kernel

    start = time.perf_counter()
    kernel = load_kernel(read_system(models_folder() / "bfr.bfr"), backend)
    found = kernel.cached
    simulate(DEMO, overrides=SHORT, backend=backend)
    seconds = time.perf_counter() - start
    files = [kernel.path, *_machine_code(kernel.path), *([_driver()] if backend == "lanes" else [])]
    return Warmed(backend, seconds, not found, tuple(files))


def _driver() -> Path:
    """Return the machine code of the driver of vector lanes, which all models share."""
    from bfrsim.solve.lanes.driver_code import driver_path

    return driver_path()


def _machine_code(text: Path) -> list[Path]:
    """Return what Numba keeps of a generated file."""
    return sorted((text.parent / "__pycache__").glob(f"{text.stem}.*.nb[ci]"))


def _print_json(folder: Path, warmed: Iterable[Warmed]) -> None:
    import json

    told = [
        {
            "backend": each.backend,
            "seconds": round(each.seconds, 3),
            "compiled": each.compiled,
            "bytes": each.size,
            "files": len(each.files),
        }
        for each in warmed
    ]
    typer.echo(json.dumps({"cache": str(folder), "backends": told}, indent=2))


def _print_table(folder: Path, warmed: Iterable[Warmed]) -> None:
    from bfrsim.report.terminal import add, heading_table, show

    table = heading_table()
    for name in ("back end", "machine code", "files", "size", "time"):
        table.add_column(name, justify="left" if name in ("back end", "machine code") else "right")
    for each in warmed:
        state = "compiled now" if each.compiled else "was there"
        add(table, each.backend, state, f"{len(each.files)}", f"{each.size / 2**20:.1f} MiB", f"{each.seconds:.1f} s")
    show(table)
    typer.echo(f"\n Kept in {folder}")
