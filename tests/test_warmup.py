"""`bfrsim warmup`: what it compiles is what a simulation needs, is told truly, and is found again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bfrsim.cli import app
from bfrsim.cli.demo import DEMO
from bfrsim.cli.warmup import COMPILED
from bfrsim.simulation import choose_backend
from bfrsim.solve.cache import cache_folder


def warmup(*arguments: str, code: int = 0):
    done = CliRunner().invoke(app, ["warmup", *arguments])
    assert done.exit_code == code, done.output
    return done


def test_a_second_warming_finds_what_the_first_left():
    told = json.loads(warmup("--json", "--quiet").stdout)
    assert told["cache"] == str(cache_folder())
    (first,) = told["backends"]
    assert first["backend"] == choose_backend("auto")
    assert first["bytes"] > 100_000 and first["files"] >= 2 and first["seconds"] > 0.0
    code = "from bfrsim.cli import main; main()"
    again = subprocess.run([sys.executable, "-c", code, "warmup", "--json", "-q"], capture_output=True, text=True)
    (second,) = json.loads(again.stdout)["backends"]
    assert not second["compiled"]
    assert (second["bytes"], second["files"]) == (first["bytes"], first["files"])


ANSWER = f"""
import sys, bfrsim
result = bfrsim.simulate({DEMO!r}, overrides=["calendar.weeks=1"], threads=2)
print("numba" in sys.modules)
"""


@pytest.mark.skipif(choose_backend("auto") != "lanes", reason="this processor has no fused multiply-add")
def test_after_warming_a_programme_does_not_even_wake_numba():
    warmup("--quiet")
    done = subprocess.run([sys.executable, "-c", ANSWER], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False"]


def test_the_table_names_the_cache():
    shown = warmup("--backend", "auto").stdout
    assert choose_backend("auto") in shown and str(cache_folder()) in shown
    assert "Examples" in warmup("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--backend", "lames"), "did you mean 'lanes'"), (("--backend", "python"), ", ".join(COMPILED))],
)
def test_a_back_end_without_machine_code_is_a_mistake(arguments, words):
    assert words in warmup(*arguments, code=2).output


def test_a_cache_that_cannot_be_written_is_told_before_anything_is_compiled(tmp_path: Path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("BFRSIM_CACHE", str(blocked / "cache"))
    said = warmup("--quiet", code=2).output
    assert "BFRSIM_CACHE" in said and os.fspath(blocked) in said
