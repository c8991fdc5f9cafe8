"""Published digits of classic stiff problems, computed by others with other methods (Hairer & Wanner's test set).

The digits are read at test time from the folder that BFRSIM_SUITES names; they are no part of this package.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest

from bfrsim.language.join import read_system
from bfrsim.solve.kernel import load_kernel
from bfrsim.solve.run import Request, Segments, run

ROOT = Path(__file__).resolve().parent.parent
SUITES = Path(os.environ.get("BFRSIM_SUITES", ROOT / ".." / "shared" / "suites"))

# Problem -> (file of digits, times at which they are given, absolute tolerance, largest relative error).
# Global error: the slow phases of van der Pol's oscillator end in jumps, where an error of phase is magnified.
PROBLEMS = {
    "hires": ("hir_exact.txt", [321.8122, 421.8122], 1e-12, 1e-8),
    "orego": ("ore_exact.txt", [30.0 * k for k in range(1, 13)], 1e-10, 1e-8),
    "e5": ("e5_exact.txt", [10.0, 1e3, 1e5, 1e7, 1e9, 1e11, 1e13], 1e-30, 1e-8),
    "vdpol": ("vdp_exact.txt", [float(k) for k in range(1, 12)], 1e-10, 2e-5),
}
RTOL = 1e-8


def digits(name: str) -> np.ndarray:
    """Return the published values, one row per time; Fortran writes exponents as D."""
    path = SUITES / "stiff" / name
    if not path.is_file():
        pytest.skip(f"the stiff test set is not at hand: {name} is not in the folder stiff/ of BFRSIM_SUITES")
    return np.array([float(word.replace("D", "E")) for word in path.read_text(encoding="ascii").split()])


@pytest.mark.parametrize("backend", ["python", "lanes"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_published_digits(problem, backend, data):
    name, times, atol, bound = PROBLEMS[problem]
    published = digits(name).reshape(len(times), -1)
    system = read_system(data / "stiff" / f"{problem}.bfr")
    kernel = load_kernel(system, backend)
    start = np.array([[state.value.value if hasattr(state.value, "value") else -state.value.operand.value
                       for state in system.states]])  # fmt: skip
    params = np.array([[item.value.value for item in system.parameters]])
    n, count = start.shape[1], len(times)
    names = [*kernel.layout.states, *kernel.layout.lines]
    columns = np.array([names.index(name) for name in system.outputs])
    whole = np.int64
    segments = Segments(
        np.full(count, math.inf),
        np.array(times),
        np.zeros(count, whole),
        np.zeros((count, 0)),
        np.full(count, -1, whole),
    )
    request = Request(np.array(times), columns, np.empty(0, whole))
    out = run(kernel, params, start, segments, request, rtol=RTOL, atol=np.full(n, atol))
    assert out.status[0] == 0
    assert list(out.ends[0]) == times
    error = np.abs(out.saved[0] - published) / (np.abs(published) + atol / RTOL)
    assert np.max(error) < bound, f"{problem}: {np.max(error, axis=1)}"
