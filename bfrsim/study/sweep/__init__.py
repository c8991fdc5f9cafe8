"""Sweeps: a scenario simulated at every point of a grid, streamed to a store that goes on after a kill."""

from bfrsim.study.sweep.plan import Sweep, plan_sweep
from bfrsim.study.sweep.run import run_sweep

__all__ = ["Sweep", "plan_sweep", "run_sweep"]
