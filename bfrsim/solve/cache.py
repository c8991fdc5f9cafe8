"""The folder for generated text and machine code, and files in it that are never read half written."""

from __future__ import annotations

import os
import sys
import tempfile
from functools import cache
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for generated text and machine code: ``BFRSIM_CACHE``, or the system's place for caches."""
    chosen = os.environ.get("BFRSIM_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "bfrsim" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "bfrsim"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bfrsim"


def keep_text(text: str, name: str) -> Path:
    """Write a generated text under a name that its content decides; where nothing can be written, a temporary folder.

    Raises
    ------
    OSError
        If neither place can be written.
    """
    content = text.encode()
    for place in (cache_folder, temporary_folder):
        path = place() / name
        try:
            if not path.is_file() or path.read_bytes() != content:
                write_whole(path, content)
            return path
        except OSError:
            continue
    raise OSError(f"neither {cache_folder()} nor a temporary folder can be written; set BFRSIM_CACHE")


def write_whole(path: Path, content: bytes) -> None:
    """Write aside and rename, so that a process starting now never reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    os.replace(temporary, path)


def temporary_folder() -> Path:
    """Return a folder that this process alone uses and that goes with it."""
    return Path(_temporary().name)


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="bfrsim-", ignore_cleanup_errors=True)
