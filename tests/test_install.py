"""An installed bfrsim finds its models and scenarios as a checkout does, and says hello without heavy imports."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bfrsim import library
from bfrsim.errors import ScenarioError

REPOSITORY = Path(__file__).resolve().parent.parent
HEAVY = ("jax", "llvmlite", "matplotlib", "numba", "pandas", "pint", "scipy", "xarray", "zarr")
ASK = "from bfrsim import library as l; print(l.models_folder(), l.find_scenario('high_load'), *l.shipped_scenarios())"


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def install(wheel: Path, target: Path) -> None:
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel, folder=target.parent)


def shipped(folder: Path, pattern: str) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob(pattern)}


def test_checkout_finds_its_own_folders():
    assert library.models_folder() == REPOSITORY / "models"
    assert library.scenarios_folder() == REPOSITORY / "scenarios"


@pytest.mark.parametrize("name", ["high_load", "high_load.toml", "scenarios/high_load.toml", "scenarios/high_load"])
def test_a_shipped_scenario_is_found_from_any_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert library.find_scenario(name) == REPOSITORY / "scenarios" / "high_load.toml"


def test_what_exists_comes_before_what_is_shipped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("high_load.toml").touch()
    assert library.find_scenario("high_load.toml") == Path("high_load.toml")
    assert library.find_scenario(tmp_path) == tmp_path


@pytest.mark.parametrize("wrong", ["bfr_knee_extention", "scenarios/bfr_kne_extension.toml", "mine/bfr_knee_extensio"])
def test_a_misspelt_scenario_names_the_nearest(wrong):
    with pytest.raises(ScenarioError, match=rf"no scenario '{wrong}'.*did you mean 'bfr_knee_extension'\?"):
        library.find_scenario(wrong)


HOSTILE = {"empty": "", "blank": "  ", "nul": "a\0b", "long": "x" * 5000, "above": "../pyproject", "root": "/high_load"}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_name_no_scenario_can_have_is_refused_in_one_short_line(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError) as refused:
        library.find_scenario(name)
    message = str(refused.value)
    assert message.isprintable()
    assert len(message) < 1000


def test_help_imports_nothing_heavy(tmp_path):
    code = f"""
import contextlib, io, sys
sys.path.insert(0, {str(REPOSITORY)!r})
from bfrsim.cli import main
sys.argv = ["bfrsim", "--help"]
text = io.StringIO()
with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
    main()
assert "run" in text.getvalue(), text.getvalue()
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""
    assert run("-c", code, folder=tmp_path) == ""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, REPOSITORY, folder=folder)
    (built,) = folder.glob("bfrsim-*.whl")
    return built


@pytest.mark.slow
def test_wheel_carries_every_model_and_scenario(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {f"bfrsim/models/{name}" for name in shipped(REPOSITORY / "models", "*.bfr")}
    expected |= {f"bfrsim/scenarios/{name}" for name in shipped(REPOSITORY / "scenarios", "*.toml")}
    expected |= {"bfrsim/models/bfr.bfr", "bfrsim/models/references.bib", "bfrsim/scenarios/bfr_knee_extension.toml"}
    assert expected - names == set()
    assert {name.split("/")[0] for name in names} == {"bfrsim", f"{wheel.name.split('-py3')[0]}.dist-info"}


@pytest.mark.slow
def test_installed_package_finds_its_own_folders(wheel, tmp_path):
    target = tmp_path / "site"
    install(wheel, target)
    code = f"import sys; sys.path.insert(0, {str(target)!r}); {ASK}"
    models, scenario, *names = run("-c", code, folder=tmp_path).split()
    assert Path(models) == target / "bfrsim" / "models"
    assert shipped(Path(models), "*.bfr") == shipped(REPOSITORY / "models", "*.bfr")
    assert Path(scenario) == target / "bfrsim" / "scenarios" / "high_load.toml"
    assert names == library.shipped_scenarios()


@pytest.mark.slow
def test_editable_package_finds_the_checkout(tmp_path):
    build = f"import hatchling.build as b; b.build_editable({str(tmp_path)!r})"
    run("-c", build, folder=REPOSITORY)
    (built,) = tmp_path.glob("bfrsim-*.whl")
    target = tmp_path / "site"
    install(built, target)
    # Without the site packages of this environment (-S), where another bfrsim may be installed.
    code = f"import site; site.addsitedir({str(target)!r}); {ASK}"
    models, scenario, *names = run("-S", "-c", code, folder=tmp_path).split()
    assert Path(models) == REPOSITORY / "models"
    assert Path(scenario) == REPOSITORY / "scenarios" / "high_load.toml"
    assert names == library.shipped_scenarios()
