"""Global sensitivity: which inputs an outcome hangs on over their whole range, by Morris and by Sobol."""

from bfrsim.study.sensitivity.read import read_study
from bfrsim.study.sensitivity.study import run_study

__all__ = ["read_study", "run_study"]
