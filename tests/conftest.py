"""What several rooms are tested with: the shipped system and its kernels, small models read from text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from bfrsim.language.join import System, read_system
from bfrsim.library import models_folder
from bfrsim.solve.kernel import Kernel, load_kernel

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of models made for the tests."""
    return DATA


@pytest.fixture(scope="session")
def bfr_system() -> System:
    """Return the joined system that the package ships."""
    return read_system(models_folder() / "bfr.bfr")


@pytest.fixture(scope="session")
def bfr_plain(bfr_system: System) -> Kernel:
    """Return its kernel as plain Python."""
    return load_kernel(bfr_system, "python")


@pytest.fixture(scope="session")
def bfr_compiled(bfr_system: System) -> Kernel:
    """Return its kernel, compiled."""
    return load_kernel(bfr_system, "numba")


@pytest.fixture(scope="session")
def system_of(tmp_path_factory) -> Callable[[str], System]:
    """Return a function that reads the text of one small model."""
    folder = tmp_path_factory.mktemp("small") / "small"  # the folder's name stands in kernel text: keep it the same
    folder.mkdir()

    def read(text: str) -> System:
        path = folder / f"{text.split()[1]}.bfr"
        path.write_text(text, encoding="utf-8")
        return read_system(path)

    return read


@pytest.fixture(scope="session")
def random_point(bfr_system: System, bfr_plain: Kernel) -> Callable[[int], tuple[np.ndarray, np.ndarray]]:
    """Return a function that draws a plausible state of the shipped system and the constants of a segment."""
    layout = bfr_plain.layout
    values = {item.name: _value(item.value) for item in bfr_system.parameters}
    params = np.array([values.get(name, 1.0) for name in layout.parameters])
    sizes = np.array([state.size for state in bfr_system.states])

    def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        person = params * np.exp(random.normal(0.0, 0.02, params.shape))
        inputs = random.uniform(0.0, 0.6, len(layout.inputs))
        constants, state = np.zeros(len(layout.constants)), np.zeros(len(layout.states))
        bfr_plain.functions.hoist(person, inputs, constants)
        bfr_plain.functions.initial(constants, state)
        state += sizes * random.uniform(0.0, 0.05, state.shape)
        return state, constants

    return draw


def _value(node) -> float:
    return -node.operand.value if hasattr(node, "operand") else node.value


@pytest.fixture(scope="session")
def lane_function() -> Callable[[str, int], Callable]:
    """Return a function that compiles one built-in for vector lanes, to be called on one number per argument."""
    import ctypes

    from bfrsim.solve.lanes.graph import Graph
    from bfrsim.solve.lanes.machine import host, lanes_of, load_code, module_text
    from bfrsim.solve.lanes.vector import VectorFunction

    kind, lanes, kept = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p), lanes_of(host()), []

    def compiled(name: str, count: int) -> Callable:
        graph, function = Graph(), VectorFunction("builtin", ("state_", "rate_"))
        node = graph.call(name, [graph.load("state_", k) for k in range(count)])
        function.store(function.compute(graph, graph.instructions([node]))(node), "%rate_", 0)
        code = load_code(module_text([function.text()]), ("builtin",), host(), lanes)
        kept.append(code)
        call = kind(code.addresses["builtin"])
        given, found = (aligned(rows, lanes) for rows in (count, 1))

        def value(*arguments: float) -> np.float64:
            given[:] = np.nan  # what the other lanes hold is nobody's business
            given[:, lanes - 1] = arguments
            call(given.ctypes.data, found.ctypes.data)
            return found[0, lanes - 1]

        return value

    return compiled


def aligned(rows: int, lanes: int) -> np.ndarray:
    """Return zeros, (rows, lanes), at the start of a cache line."""
    raw = np.zeros(rows * lanes + 8)
    start = (-raw.ctypes.data // 8) % 8
    return raw[start : start + rows * lanes].reshape(rows, lanes)


@pytest.fixture
def quickly() -> Callable:
    """Return a context that fails if what is inside takes longer than 2 s: hostile text must not hang a machine."""

    @contextmanager
    def within(seconds: float = 2.0) -> Iterator[None]:
        start = time.perf_counter()
        yield
        spent = time.perf_counter() - start
        assert spent < seconds, f"took {spent:.2f} s"

    return within
