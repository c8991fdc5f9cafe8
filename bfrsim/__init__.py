"""bfrsim: an in-silico laboratory for blood-flow-restriction exercise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bfrsim.scenario.read import read_scenario
    from bfrsim.simulation import simulate

__version__ = "0.1.0"
__all__ = ["read_scenario", "simulate"]

_HOME = {"read_scenario": "bfrsim.scenario.read", "simulate": "bfrsim.simulation"}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: ``import bfrsim`` stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module 'bfrsim' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
