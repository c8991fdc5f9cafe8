"""Where the shipped models and scenarios lie, in an installed wheel as well as in a source checkout."""

from __future__ import annotations

from pathlib import Path

from bfrsim.errors import BfrsimError, ScenarioError, did_you_mean

COHORTS, DESIGNS, STUDIES = "cohorts", "designs", "sensitivity"  # folders of scenarios/
_PACKAGE = Path(__file__).resolve().parent
# Folders below the scenarios whose .toml files are of another kind.
NOT_SCENARIOS = {"trials", "cohorts", "designs", "evidence", "sensitivity"}


def models_folder() -> Path:
    """Return the folder of the ``.bfr`` files."""
    return _shipped_folder("models")


def scenarios_folder() -> Path:
    """Return the folder of the shipped ``.toml`` scenarios."""
    return _shipped_folder("scenarios")


def shipped_scenarios() -> list[str]:
    """Return the names of the shipped scenarios, sorted: ``high_load``, ``lessons/too_much_pressure``."""
    folder = scenarios_folder()
    paths = (path.relative_to(folder) for path in folder.rglob("*.toml"))
    return sorted(path.with_suffix("").as_posix() for path in paths if not NOT_SCENARIOS & set(path.parts[:-1]))


def find_scenario(source: str | Path) -> Path:
    """Return the path of a scenario given as a path or as the name of a shipped one.

    Parameters
    ----------
    source : str or Path
        Whatever exists there is returned as it is, a folder or an unreadable file included, so that its reader can
        say what is wrong with it. Anything else is looked up among the shipped scenarios: ``high_load``,
        ``high_load.toml`` and ``scenarios/high_load.toml`` all name the same one.

    Raises
    ------
    ScenarioError
        If there is neither such a path nor such a shipped scenario; the nearest shipped name is given.
    """
    if not str(source).strip():
        raise ScenarioError(f"a scenario is a path or one of {', '.join(shipped_scenarios())}; found an empty name")
    path = Path(source)
    if _exists(path):
        return path
    name = _shipped_name(path)
    if name in shipped_scenarios():
        return scenarios_folder() / f"{name}.toml"
    raise ScenarioError(f"no scenario {_shown(source)}: no such file, and none of that name is shipped{_nearest(name)}")


def shipped_cohorts() -> list[str]:
    """Return the names of the shipped cohorts, sorted: ``older_adults``, ``young_adults``."""
    return _shipped_in(COHORTS)


def shipped_designs() -> list[str]:
    """Return the names of the shipped designs of trials, sorted: ``null``, ``three_arms``."""
    return _shipped_in(DESIGNS)


def find_cohort(source: str | Path) -> Path:
    """Return the path of a cohort given as a path or as the name of a shipped one, as `find_scenario` does.

    Raises
    ------
    ScenarioError
        If there is neither; the nearest shipped name is given.
    """
    return _find_in(COHORTS, "cohort", source)


def find_design(source: str | Path) -> Path:
    """Return the path of a trial's design, as `find_cohort` does."""
    return _find_in(DESIGNS, "design", source)


def find_study(source: str | Path) -> Path:
    """Return the path of a sensitivity study, as `find_cohort` does."""
    return _find_in(STUDIES, "study", source)


def _shipped_in(folder: str) -> list[str]:
    return sorted(path.stem for path in (scenarios_folder() / folder).glob("*.toml"))


def _find_in(folder: str, noun: str, source: str | Path) -> Path:
    shipped, path = _shipped_in(folder), Path(source)
    if str(source).strip() and _exists(path):
        return path
    name = path.as_posix().removeprefix("scenarios/").removeprefix(f"{folder}/").removesuffix(".toml")
    if name in shipped:
        return scenarios_folder() / folder / f"{name}.toml"
    hint = did_you_mean(name, shipped) or f"; shipped are {', '.join(shipped)}"
    raise ScenarioError(f"no {noun} {_shown(source)}: no such file, and none of that name is shipped{hint}")


def _shipped_folder(name: str) -> Path:
    # A wheel carries the folder inside the package; a checkout, also an editable one, keeps it beside the package.
    for folder in (_PACKAGE / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise BfrsimError(f"the folder '{name}' is missing from this installation of bfrsim; install it again")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # something is there, behind a locked folder: its reader will say so
        return True
    except (OSError, ValueError):  # a name no file can have: too long, or with a NUL
        return False


def _shipped_name(path: Path) -> str:
    name = path.as_posix().removeprefix("scenarios/")
    return name.removesuffix(".toml")


def _shown(source: str | Path) -> str:
    text = str(source)
    return repr(text if len(text) <= 80 else f"{text[:77]}...")


def _nearest(name: str) -> str:
    shipped = shipped_scenarios()
    hint = did_you_mean(name, shipped) or did_you_mean(Path(name).name, shipped)
    return hint or f"; shipped are {', '.join(shipped) or 'none'}"
