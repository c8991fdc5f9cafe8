"""The folder of a sweep: whose it is, that nobody else is at work in it, and nothing half made left behind."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bfrsim.errors import BfrsimError
from bfrsim.study.sweep.identity import differences
from bfrsim.study.sweep.store import RESULT

PLAN = "sweep.json"
HIDDEN = ".bfrsim-"  # begins the names of what is being made
LOCK = f"{HIDDEN}lock"


def check_owner(folder: Path, told: Mapping[str, Any]) -> bool:
    """Return whether the folder holds this very sweep, begun or finished; False if it is empty or not there.

    Raises
    ------
    BfrsimError
        If it holds another sweep, saying what differs, or anything else.
    """
    if not folder.is_dir():
        if os.path.lexists(folder):
            raise BfrsimError(f"{folder}: this is a file; the output is a folder")
        return False
    if (folder / PLAN).is_file():
        found = differences(_read_plan(folder / PLAN), told)
        if found:
            lines = "\n  ".join(found)
            raise BfrsimError(
                f"{folder}: this folder holds another sweep; repeat its command or choose another folder.\n  {lines}"
            )
        return True
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith(HIDDEN))
    if names:
        shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        raise BfrsimError(f"{folder}: this folder holds other files ({shown}); choose a new or an empty one")
    return False


def begin(folder: Path, told: Mapping[str, Any], create: Callable[[Path], None]) -> Path:
    """Say whose the folder is, make the store if it is not there, and return its path."""
    for leftover in (path for path in folder.glob(f"{HIDDEN}*") if path.name != LOCK):
        shutil.rmtree(leftover, ignore_errors=True)
        leftover.unlink(missing_ok=True)
    if not (folder / PLAN).is_file():
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=HIDDEN, delete=False, encoding="utf-8") as file:
            file.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        os.chmod(file.name, 0o644)
        os.replace(file.name, folder / PLAN)
    store = folder / RESULT
    if not store.is_dir():
        with tempfile.TemporaryDirectory(prefix=HIDDEN, dir=folder) as workshop:
            create(Path(workshop) / RESULT)
            os.replace(Path(workshop) / RESULT, store)
    for unfinished in store.rglob("*.partial"):  # what a killed writer left before it gave a chunk its name
        unfinished.unlink(missing_ok=True)
    return store


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others out of the folder while working in it; a killed process lets go of it by itself."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    with path.open("w") as file:
        _lock(file, folder)
        yield
        path.unlink(missing_ok=True)


def _lock(file: Any, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # elsewhere two runs at once do the same work twice, and write the same bytes
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BfrsimError(f"{folder}: another sweep is at work in this folder") from None


def _read_plan(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BfrsimError(f"{path}: this is not the plan of a sweep; choose another folder")
    return found
