"""The house: imports run one way, heavy packages are brought where they are used, files stay short."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bfrsim

PACKAGE = Path(bfrsim.__file__).parent
MOST_LINES = 400

# From the ground up: a file imports from its own room and from rooms that stand before it.
ROOMS = (
    "errors", "units", "language", "compile", "solve", "library", "scenario", "people", "dataset", "simulation",
    "batch", "replay", "safety", "study", "report", "cli",
)  # fmt: skip
HEAVY = {"numba", "xarray", "matplotlib", "pint", "scipy", "zarr", "jax", "pandas", "SALib", "optuna",
         "statsmodels", "llvmlite"}  # fmt: skip

FILES = sorted(path for path in PACKAGE.rglob("*.py") if not {"models", "scenarios"} & set(path.parts[-3:-1]))
IDS = [path.relative_to(PACKAGE).as_posix() for path in FILES]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports, as full names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are written in full"
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        return names if node.module == "bfrsim" else [node.module or ""]
    return []


def at_import_time(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements that run when the module is imported: not in functions, not for type checkers only."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            yield from at_import_time(node.orelse)
            continue
        yield node
        for field in ("body", "orelse", "finalbody", "handlers"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                yield from at_import_time(inner)


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports_run_one_way(path):
    room = room_of(path)
    if room == "__init__":
        return  # the contents page names what others hold
    assert room in ROOMS, f"'{room}' is a room that the order of the house does not know"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in imported(node):
            if name.startswith("bfrsim.") and name.split(".")[1] in ROOMS:
                other = name.split(".")[1]
                assert ROOMS.index(other) <= ROOMS.index(room), f"{path.name}:{node.lineno} imports from {other}"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_heavy_packages_are_brought_where_they_are_used(path):
    for node in at_import_time(ast.parse(path.read_text(encoding="utf-8")).body):
        for name in imported(node):
            assert name.split(".")[0] not in HEAVY, f"{path.name}:{node.lineno} imports {name} at the top"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_files_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_the_rules_see_what_they_forbid():
    """The rules above would be worth nothing if an import could hide from them."""
    source = (
        "import os\ntry:\n    import numba.core\nexcept ImportError:\n    pass\nif TYPE_CHECKING:\n    import xarray\n"
    )
    source += "class A:\n    from scipy import stats\ndef f():\n    import pint\n"
    seen = [name for node in at_import_time(ast.parse(source).body) for name in imported(node)]
    assert seen == ["os", "numba.core", "scipy"]
    everything = [name for node in ast.walk(ast.parse(source)) for name in imported(node)]
    assert {"pint", "xarray"} <= set(everything)


def test_the_contents_page_is_short_and_true():
    assert len(bfrsim.__all__) <= 15
    for name in bfrsim.__all__:
        assert getattr(bfrsim, name) is not None


@pytest.mark.parametrize("module", ["bfrsim", "bfrsim.cli"])
def test_importing_brings_nothing_heavy(module):
    code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stderr
    assert not {*HEAVY, "numpy", "pydantic"} & set(done.stdout.split())


def test_no_circle_of_files():
    names = {"bfrsim." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in FILES}
    needs = {
        name: {other for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for other in imported(node)}
        & set(names)
        for name, path in names.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"files import each other in a circle: {' -> '.join([*trail, name])}"
        if name not in done:
            for other in sorted(needs[name]):
                visit(other, (*trail, name))
            done.add(name)

    for name in names:
        visit(name, ())
