"""Generated kernels: the same text everywhere, one meaning in both back ends, a cache that cannot be stale."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bfrsim.language.join import read_system
from bfrsim.library import models_folder
from bfrsim.solve.kernel import kernel_text, load_kernel

ROOT = Path(__file__).resolve().parent.parent
DECAY = """submodel fading time [s] "A quantity that fades"
param k = 0.25 [1/s] "rate of fading" @assumed
state y = 1 [1] size 1 "what fades"
gone [1] = 1 - y "what is gone"
d y/dt = -k * y
when low: y < 0.01 ends segment "hardly anything is left"
"""


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python in a process of its own."""
    scope = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([sys.executable, "-c", code], env=scope, capture_output=True, text=True, timeout=120)


def in_folder(folder: Path, text: str = DECAY) -> Path:
    path = folder / "small" / f"{text.split()[1]}.bfr"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_two_processes_write_the_same_bytes(bfr_system):
    code = (
        "import sys; from bfrsim.language.join import read_system; from bfrsim.library import models_folder;"
        "from bfrsim.solve.kernel import kernel_text;"
        "sys.stdout.write(kernel_text(read_system(models_folder() / 'bfr.bfr'))[0])"
    )
    texts = []
    for seed in ("1", "4242"):
        done = python(code, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        texts.append(done.stdout)
    assert texts[0] == texts[1] == kernel_text(bfr_system)[0]


def test_the_text_names_no_place_of_this_machine(bfr_system):
    text, _ = kernel_text(bfr_system)
    for place in (ROOT, models_folder().parent, Path.home(), Path(sys.prefix)):
        assert str(place) not in text
    assert "# models/haemodynamics.bfr:" in text  # where a line comes from is said all the same


def test_the_text_does_not_hang_on_where_the_checkout_lies(tmp_path):
    texts = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        texts.append(kernel_text(read_system(in_folder(tmp_path / name)))[0])
    assert texts[0] == texts[1]


def test_the_text_is_plain_python_and_compiles_whole(bfr_system, bfr_compiled):
    text, _ = kernel_text(bfr_system)
    assert "numba" not in text
    scope: dict = {}
    exec(compile(text, "kernel", "exec"), scope)
    functions = [
        name for name, value in scope.items() if getattr(value, "__code__", None) and value.__module__ != "math"
    ]
    compiled = vars(bfr_compiled.functions)
    assert all(hasattr(compiled[name], "py_func") for name in functions), "a function of the kernel is never compiled"


def test_the_file_is_named_by_its_content(bfr_plain, bfr_system):
    text = bfr_plain.path.read_text(encoding="utf-8")
    assert text == kernel_text(bfr_system)[0]
    assert bfr_plain.digest == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert bfr_plain.path.stem.endswith(bfr_plain.digest)


@pytest.mark.parametrize("seed", range(4))
def test_both_back_ends_give_the_same_rates_and_jacobian(seed, bfr_plain, bfr_compiled, random_point):
    state, constants = random_point(seed)
    n = len(state)
    results = []
    for kernel in (bfr_plain, bfr_compiled):
        rate, matrix = np.zeros(n), np.zeros((n, n))
        kernel.functions.rates(state, constants, rate)
        kernel.functions.jacobian(state, constants, matrix)
        results.append((rate, matrix))
    (rate, matrix), (fast_rate, fast_matrix) = results
    assert np.all(np.isfinite(rate)) and np.any(rate != 0.0)
    terms = np.abs(matrix) * np.maximum(np.abs(state), 1.0)  # a rate is made of terms of about this size
    assert np.all(np.abs(fast_rate - rate) <= 1e-12 * np.maximum(np.max(terms, axis=1), np.abs(rate)))
    assert np.all(np.abs(fast_matrix - matrix) <= 1e-12 * np.max(np.abs(matrix), axis=1, keepdims=True))


def test_both_back_ends_give_the_same_constants(bfr_plain, bfr_compiled, random_point):
    _, constants = random_point(1)
    layout = bfr_plain.layout
    given = len(layout.parameters)
    again = np.zeros_like(constants)
    bfr_compiled.functions.hoist(constants[:given], constants[given : given + len(layout.inputs)], again)
    assert np.all(np.abs(again - constants) <= 1e-13 * np.abs(constants))


def test_a_changed_constant_is_another_file_and_another_answer(tmp_path, monkeypatch):
    monkeypatch.setenv("BFRSIM_CACHE", str(tmp_path / "cache"))
    kernels = [load_kernel(read_system(in_folder(tmp_path, DECAY.replace("1 [1] size", f"{start} [1] size"))), "python")
               for start in ("1", "2")]  # fmt: skip
    assert kernels[0].path != kernels[1].path
    answers = []
    for kernel in kernels:
        state = np.zeros(1)
        kernel.functions.initial(np.zeros(8), state)
        answers.append(state[0])
    assert answers == [1.0, 2.0]


def test_a_damaged_file_in_the_cache_is_written_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("BFRSIM_CACHE", str(tmp_path / "cache"))
    system = read_system(in_folder(tmp_path, DECAY.replace("0.25", "0.26")))
    text, _ = kernel_text(system)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / f"fading_{digest}.py").write_text("raise SystemError('half a file')")
    kernel = load_kernel(system, "python")
    assert kernel.path.read_text(encoding="utf-8") == text


def test_where_the_cache_cannot_be_written_a_temporary_folder_serves(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("a file, no folder")
    monkeypatch.setenv("BFRSIM_CACHE", str(blocked / "cache"))
    kernel = load_kernel(read_system(in_folder(tmp_path)), "python")
    assert kernel.path.is_file()
    assert not kernel.path.is_relative_to(tmp_path)


def test_words_in_quotes_cannot_break_the_text(tmp_path):
    text = DECAY.replace("A quantity that fades", r"A \quantity in \units, 50 \N{a} #1 \\")
    kernel = load_kernel(read_system(in_folder(tmp_path, text)), "python")
    assert r"\quantity in \units" in kernel.functions.__doc__


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_names_of_the_generated_text_are_free_for_models(backend, tmp_path):
    """`k` counts in the kernel's loops and may be a parameter too; names of loops and arrays do not clash."""
    names = ("k", "c", "s", "e", "i", "np", "states", "rates", "solve", "clock", "inputs", "session")
    params = "".join(f'param {name} = 2 [1] "m" @assumed\n' for name in names)
    body = f"d y/dt = -y/1[s] * ({' + '.join(names)})\n"
    text = f'submodel naming time [s] "m"\n{params}state y = 1 [1] size 1 "m"\n{body}'
    kernel = load_kernel(read_system(in_folder(tmp_path, text)), backend)
    constants, rate = np.zeros(len(kernel.layout.constants)), np.zeros(1)
    kernel.functions.hoist(np.full(len(names), 2.0), np.empty(0), constants)
    kernel.functions.rates(np.ones(1), constants, rate)
    assert rate[0] == -2.0 * len(names)


@pytest.mark.slow
def test_two_first_runs_at_once_are_safe(tmp_path):
    """Both compile into one new cache; both finish with the exact answer; a third finds the machine code."""
    in_folder(tmp_path)
    code = """
import sys; from pathlib import Path; import numpy as np
from bfrsim.language.join import read_system; from bfrsim.solve.kernel import load_kernel
kernel = load_kernel(read_system(Path(sys.argv[1])))
constants, rate = np.zeros(len(kernel.layout.constants)), np.zeros(1)
kernel.functions.hoist(np.array([0.25]), np.empty(0), constants)
kernel.functions.rates(np.array([2.0]), constants, rate)
print(rate[0], kernel.cached)
"""
    scope = {**os.environ, "PYTHONPATH": str(ROOT), "BFRSIM_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", code, str(tmp_path / "small" / "fading.bfr")]
    pipe = subprocess.PIPE
    runs = [subprocess.Popen(command, env=scope, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    for run in runs:
        out, err = run.communicate(timeout=120)
        assert run.returncode == 0, err
        assert out.split()[0] == "-0.5"
    files = sorted(path.name for path in (tmp_path / "cache").iterdir())
    assert len([name for name in files if name.endswith(".py")]) == 1
    assert not [name for name in files if name.endswith(".tmp")]
