"""Figures of a cohort: how each quantity is distributed against its table, and the two matrices of correlations."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bfrsim.report.style import BLUE, GREY, INK, VERMILLION, style
from bfrsim.report.wording import shortened
from bfrsim.study.cohort.columns import COLUMNS, COVARIATES
from bfrsim.study.cohort.marginals import Cell, Marginal, marginals
from bfrsim.study.cohort.schema import CohortSpec
from bfrsim.study.cohort.score import MatrixScore, Score

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

Floats = NDArray[np.float64]

PAGE, SQUARES = (10.5, 10.5), (10.5, 6.2)  # inches
SEXES = (("female", VERMILLION, "women"), ("male", BLUE, "men"))
PANELS = (*COVARIATES, "bmi")
BINS, POINTS = 24, 241
MOST = 300  # people whose tables are mixed for a line


def draw_distributions(people: xarray.Dataset, spec: CohortSpec) -> Figure:
    """Draw the people (steps) over the table at their ages (lines), one panel for each quantity."""
    import matplotlib
    from matplotlib.figure import Figure

    table = marginals(spec.population.level)
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=PAGE)
        rows, columns = 5, 4
        grid = figure.add_gridspec(rows, columns, left=0.05, right=0.98, top=0.89, bottom=0.08, hspace=0.85, wspace=0.2)
        for place, name in enumerate(PANELS):
            axes = figure.add_subplot(grid[place // columns, place % columns])
            _panel(axes, people, name, table)
        _classes(figure.add_subplot(grid[4, 1:3]), people)
        head = f"{spec.title}: {people.sizes['person']} people"
        figure.text(0.05, 0.985, shortened(head, 80), fontsize=13, fontweight="bold", va="top", parse_math=False)
        words = "Steps: people drawn. Lines: the table at their ages, before criteria and earlier training."
        figure.text(0.05, 0.955, words, fontsize=9, va="top")
        for at, (sex, colour, word) in enumerate(SEXES):
            if np.any(people["sex"].values == sex):
                figure.text(0.86 + 0.07 * at, 0.985, word, fontsize=10.5, fontweight="bold", color=colour, va="top")
        figure.text(0.05, 0.015, shortened(people.attrs["disclaimer"], 120), fontsize=7.5, color=GREY)
    return figure


def draw_correlations(score: Score) -> Figure:
    """Draw the correlations of each sex: drawn below the diagonal, the table above."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(style()):
        figure = Figure(figsize=SQUARES)
        count = len(score.matrices)
        grid = figure.add_gridspec(1, count, left=0.085, right=0.9, top=0.86, bottom=0.15, wspace=0.25)
        for at, each in enumerate(score.matrices):
            axes = figure.add_subplot(grid[0, at])
            image = _matrix(axes, each)
        figure.colorbar(image, cax=axes.inset_axes((1.03, 0.0, 0.04, 1.0)))
        figure.text(0.085, 0.975, "Correlations given age", fontsize=13, fontweight="bold", va="top")
        words = "Below the diagonal as drawn, above it the table; of normal scores, within age and sex."
        figure.text(0.085, 0.925, words, fontsize=9, va="top")
    return figure


def _panel(axes: Axes, people: xarray.Dataset, name: str, table: Mapping[Cell, Marginal]) -> None:
    values = np.asarray(people[name].values, dtype=float)
    low, high = (float(values.min()), float(values.max())) if np.ptp(values) else (values[0] - 0.5, values[0] + 0.5)
    edges = [float(edge) for edge in np.linspace(low, high, BINS + 1)]
    for sex, colour, _ in SEXES:
        mine = people["sex"].values == sex
        if not mine.any():
            continue
        axes.hist(values[mine], edges, density=True, histtype="stepfilled", color=colour, alpha=0.18)
        axes.hist(values[mine], edges, density=True, histtype="step", color=colour, linewidth=0.9)
        if name in COVARIATES:
            points = np.linspace(low, high, POINTS)
            axes.plot(points, _table_density(points, people.isel(person=mine), sex, name, table), color=colour)
    unit = COLUMNS[name].unit.replace("**2", "\N{SUPERSCRIPT TWO}").replace("*", "\N{MIDDLE DOT}")
    words = COLUMNS[name].meaning.split(",")[0]
    axes.set_title(words[:1].upper() + words[1:], fontsize=8.5, pad=4.0)
    axes.set_xlabel(unit, fontsize=8.0, labelpad=1.0)
    axes.tick_params(labelsize=7.5)
    axes.set(yticks=[])
    axes.spines["left"].set_visible(False)


def _table_density(
    points: Floats, people: xarray.Dataset, sex: str, name: str, table: Mapping[Cell, Marginal]
) -> Floats:
    """Return the density of the table at the people's own ages and ancestries: the slope of its mixed distribution."""
    from scipy.special import ndtr

    count = people.sizes["person"]
    by_age = np.argsort(people["age"].values, kind="stable")[np.linspace(0, count - 1, min(count, MOST)).astype(int)]
    some = people.isel(person=by_age)
    shares = np.zeros(len(points))
    with np.errstate(invalid="ignore", divide="ignore"):
        for ancestry, age in zip(some["ancestry"].values, some["age"].values, strict=True):
            scores = table[str(ancestry), sex, name].score(points, np.full(len(points), float(age)))
            shares += np.nan_to_num(ndtr(scores), nan=0.0)
    return np.gradient(shares / len(by_age), points)


def _classes(axes: Axes, people: xarray.Dataset) -> None:
    """Draw the share with sarcopenia and with hypertension over age."""
    ages = people["age"].values
    first, last = 10.0 * np.floor(ages.min() / 10.0), 10.0 * np.ceil((ages.max() + 1e-9) / 10.0)
    edges = np.arange(first, last + 1.0, 10.0)
    middles = 0.5 * (edges[1:] + edges[:-1])
    for name, mark in (("sarcopenia", "o-"), ("hypertension", "s--")):
        inside = [(ages >= low) & (ages < high) for low, high in pairwise(edges)]
        shares = [100.0 * float(people[name].values[mask].mean()) if mask.any() else np.nan for mask in inside]
        axes.plot(middles, shares, mark, color=INK, markersize=4.0, label=name)
    axes.set(ylim=(0.0, 105.0), xlim=(first, last))
    axes.set_title("Share by decade of age", fontsize=8.5, pad=4.0)
    axes.set_xlabel("yr", fontsize=8.0, labelpad=1.0)
    axes.set_ylabel("%", fontsize=8.0, labelpad=1.0)
    axes.tick_params(labelsize=7.5)
    axes.legend(frameon=False, fontsize=8.0, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _matrix(axes: Axes, score: MatrixScore) -> AxesImage:
    shown = np.where(np.tri(len(score.names), k=-1, dtype=bool), score.drawn, score.table)
    image = axes.imshow(shown, cmap="RdBu_r", vmin=-1.0, vmax=1.0)
    names = [name.replace("_", " ") for name in score.names]
    places = range(len(names))
    axes.set_xticks(places, names, rotation=90, fontsize=7.5)
    axes.set_yticks(places, names, fontsize=7.5)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    first, second, off = score.worst()
    word = "Women" if score.sex == "female" else "Men"
    axes.set_title(f"{word}: worst {off:+.3f} ({first}, {second})".replace("-", "\N{MINUS SIGN}"), fontsize=9.0)
    return image
