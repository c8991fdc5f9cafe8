"""Traced loops -> compiled runs, each once for its shapes, and kept between processes where JAX can."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from bfrsim.errors import SimulationError
from bfrsim.solve.cache import cache_folder
from bfrsim.solve.jax_backend.pieces import Workshop

MISSING = "the back end 'jax' needs JAX, which is not installed; install it with: pip install 'bfrsim[jax]'"
CACHE = "xla"  # folder in the cache
_lock = threading.Lock()


def require_jax() -> None:
    """Raise SimulationError, with what to do, unless JAX is installed.

    The first call lets JAX keep what it compiles in the cache folder, unless the caller has named a place already.
    """
    try:
        import jax
    except ImportError:
        raise SimulationError(MISSING) from None
    if not jax.config.jax_compilation_cache_dir:
        jax.config.update("jax_compilation_cache_dir", str(cache_folder() / CACHE))


def double_precision() -> AbstractContextManager[Any]:
    """Return a context in which JAX counts in 64 bits; outside it the caller's own setting holds."""
    import jax

    if hasattr(jax, "enable_x64"):
        context: AbstractContextManager[Any] = jax.enable_x64(True)
        return context
    from jax.experimental import enable_x64

    old: AbstractContextManager[Any] = enable_x64(True)
    return old


def workshop() -> Workshop:
    """Return how pieces are made on this machine.

    On a processor each block becomes one machine function, which XLA neither fuses with its surroundings nor inlines,
    and tangents run on tapes. Elsewhere XLA decides.
    """
    import jax

    if jax.default_backend() != "cpu":
        return Workshop(lambda block: block, tapes=False)
    from jax.experimental.xla_metadata import set_xla_metadata

    def wrap(block: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arrays: Any) -> Any:
            with set_xla_metadata(inlineable="false", xla_cpu_small_call="true"):
                return jax.jit(block)(*arrays)

        return call

    return Workshop(wrap, tapes=True)


def compile_once(known: dict[Any, Any], key: Any, make: Callable[[], Any]) -> Any:
    """Return what is known under a key; made by one thread if it is new."""
    with _lock:
        if key not in known:
            known[key] = make()
        return known[key]
