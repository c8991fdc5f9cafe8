"""Indices of functions whose indices are known, and what happens to runs that fail."""

from __future__ import annotations

import numpy as np
import pytest

from bfrsim.errors import SimulationError
from bfrsim.study.sensitivity.indices import morris, sobol

A, B = 7.0, 0.1
G = np.array([0.0, 1.0, 4.5, 9.0, 99.0])


def ishigami(x):
    x = np.pi * (2.0 * x - 1.0)
    return (np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]


def g_function(x):
    return np.prod((np.abs(4.0 * x - 2.0) + G) / (1.0 + G), axis=1)[:, None]


def ishigami_indices():
    """Return first-order and total indices (Ishigami & Homma 1990)."""
    first = 0.5 * (1.0 + B * np.pi**4 / 5.0) ** 2
    second, third = A**2 / 8.0, B**2 * np.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    total = first + second + third
    return np.array([first, second, 0.0]) / total, np.array([first + third, second, third]) / total


def g_indices():
    """Return first-order and total indices (Saltelli & Sobol 1995)."""
    alone = 1.0 / (3.0 * (1.0 + G) ** 2)
    variance = np.prod(1.0 + alone) - 1.0
    return alone / variance, alone * np.array([np.prod(1.0 + np.delete(alone, at)) for at in range(len(G))]) / variance


@pytest.mark.parametrize(("function", "known"), [(ishigami, ishigami_indices), (g_function, g_indices)])
def test_known_indices_lie_within_their_intervals(function, known):
    first, total = known()
    found = sobol(function, [f"x{at}" for at in range(len(first))], 1024, seed=3, confidence=0.99)
    assert np.all((found.first_low[:, 0] <= first) & (first <= found.first_high[:, 0]))
    assert np.all((found.low[:, 0] <= total) & (total <= found.high[:, 0]))
    assert found.first[:, 0] == pytest.approx(first, abs=0.03) and found.total[:, 0] == pytest.approx(total, abs=0.03)
    assert np.max(found.high - found.low) < 0.3, "an interval that holds everything would prove nothing"


def test_a_group_explains_what_its_inputs_explain_together():
    first, _ = g_indices()
    found = sobol(g_function, ["large", "large", "small", "small", "small"], 1024, seed=5)
    alone = 1.0 / (3.0 * (1.0 + G) ** 2)
    closed = (np.prod(1.0 + alone[:2]) - 1.0) / (np.prod(1.0 + alone) - 1.0)
    assert found.groups == ("large", "small") and found.first[0, 0] == pytest.approx(closed, abs=0.03)
    assert closed > first[:2].sum(), "with their interaction"


def test_many_outputs_at_once_are_each_as_alone():
    both = sobol(lambda x: np.hstack([ishigami(x), 3.0 + x[:, :1]]), ["a", "b", "c"], 256, seed=1)
    alone = sobol(ishigami, ["a", "b", "c"], 256, seed=1)
    assert np.allclose(both.first[:, 0], alone.first[:, 0]) and np.allclose(both.total[:, 0], alone.total[:, 0])
    assert both.first[:, 1] == pytest.approx([1.0, 0.0, 0.0], abs=0.02)


def test_elementary_effects_of_a_plane_are_its_slopes():
    found = morris(lambda x: 3.0 * x[:, :1] - 2.0 * x[:, 1:2] + 0.0 * x[:, 2:3], ["a", "b", "c"], 10, seed=2)
    assert found.first[:, 0] == pytest.approx([3.0, -2.0, 0.0], abs=1e-9)
    assert found.total[:, 0] == pytest.approx([3.0, 2.0, 0.0], abs=1e-9) and found.sigma[:, 0] == pytest.approx(
        0.0, abs=1e-9
    )


def test_morris_ranks_the_g_function():
    found = morris(g_function, [f"x{at}" for at in range(5)], 60, seed=2)
    assert list(np.argsort(-found.total[:, 0])) == [0, 1, 2, 3, 4]
    assert found.runs == 360 and (found.used, found.lost, found.failed) == (60, 0, 0)


def fails_now_and_then(function, every):
    """Return a function of which one run in `every` is lost, as a NaN."""

    def wrapped(x):
        values = function(x)
        lost = (np.floor(1e6 * x.sum(axis=1)) % every) == 0
        return np.where(lost[:, None], np.nan, values)

    return wrapped


def test_failed_runs_are_counted_and_never_become_zeros():
    first, total = ishigami_indices()
    found = sobol(fails_now_and_then(ishigami, 60), ["a", "b", "c"], 1024, seed=3)
    assert found.lost > 0 and found.failed >= found.lost and found.used == 1024
    assert found.first[:, 0] == pytest.approx(first, abs=0.05) and found.total[:, 0] == pytest.approx(total, abs=0.05)
    plane = morris(fails_now_and_then(lambda x: 3.0 * x[:, :1] - 2.0 * x[:, 1:2], 60), ["a", "b"], 40, seed=2)
    assert plane.lost > 0 and plane.total[:, 0] == pytest.approx([3.0, 2.0], abs=1e-9)


@pytest.mark.parametrize(("method", "noun"), [(morris, "trajectories"), (sobol, "base points")])
def test_a_study_that_loses_too_much_is_refused(method, noun):
    with pytest.raises(SimulationError, match=rf"runs failed in \d+ of 64 {noun}"):
        method(fails_now_and_then(ishigami, 3), ["a", "b", "c"], 64, seed=1)


@pytest.mark.parametrize("method", [morris, sobol])
def test_an_output_that_does_not_vary_has_no_indices(method):
    found = method(lambda x: np.hstack([x[:, :1], np.full((len(x), 1), 5.0)]), ["a", "b"], 16, seed=1)
    assert np.all(np.isnan(found.total[:, 1])) and np.all(np.isfinite(found.total[:, 0]))
