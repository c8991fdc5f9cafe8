# ---
# jupyter:
#   jupytext:
#     cell_markers: '"""'
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
"""
# Lesson 2. Too little and too much pressure.

How hard should a cuff squeeze? Manufacturers, textbooks and gyms give different numbers, often in mmHg, though what one
thigh hardly feels closes the artery of the next. This lesson turns the knob from nothing to beyond closure and watches
what gets better, what gets worse, and where the two meet. Pressure is told as a share of the person's own *arterial
occlusion pressure* (%AOP), at which no blood passes at rest.

What you see are simulated means of published groups: a tool for teaching and research, **not medical advice**.
Pressures near and above occlusion are simulated here because they should not be tried.

*You need*: `bfrsim` and its figure library. The sweep below takes ten to twenty seconds.
"""

# %%
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import bfrsim
from bfrsim.report.style import BLUE, GREY, LIGHT, VERMILLION, Label, end_labels, style

plt.rcParams.update(style())

# %% [markdown]
"""
## One plan, two knobs

A woman of 68 years trains her thighs twice a week for twelve weeks: 30, 15, 15 and 15 repetitions, the cuff inflated
all the while. The plan is the file `too_little_too_much_pressure.toml` beside this lesson. We change its pressure and
its load, nothing else, and run every pair of the two.
"""

# %%
PLAN = "lessons/too_little_too_much_pressure"
PRESSURES = (0, 20, 40, 50, 60, 70, 80, 90, 110, 130)  # %AOP
LOADS = (20, 40)  # %1RM
COLOURS = {20: VERMILLION, 40: BLUE}


def train(load, pressure):
    """Return twelve weeks of training at one load and one pressure."""
    return bfrsim.simulate(PLAN, overrides={"exercise.load": f"{load} %1RM", "cuff.pressure": f"{pressure} %AOP"})


runs = {(load, pressure): train(load, pressure) for load in LOADS for pressure in PRESSURES}
one = runs[LOADS[0], 50]
print(f"50 %AOP of this person is {float(one.P_cuff_max[0, 0]):.0f} mmHg, 100 %AOP is {float(one.AOP[0, 0]):.0f} mmHg")

# %% [markdown]
"""
> **Before you go on.** Draw by hand how you expect the growth of her muscle to depend on pressure, once for the
> lighter load and once for the heavier one. Keep the sheet.

## What pressure does to one session

Four numbers of the first session: how much blood still comes, how many repetitions she completes, how it feels, and the
burst of oxidants when the cuff is opened and oxygen returns.
"""


# %%
def flow(run):
    """Return the mean inflow of blood from the first repetition to the last [mL/min]."""
    time, first, last = run.time.values, float(run.set_start[0, 0, 0]), float(run.set_end[0, 0, -1])
    return float(run.limb_flow.values[0][(time >= first) & (time <= last)].mean())


def sweep(load, number):
    """Return a number of each run at one load, in the order of the pressures."""
    return np.array([number(runs[load, pressure]) for pressure in PRESSURES])


flows = {load: 100.0 * sweep(load, flow) / flow(runs[load, 0]) for load in LOADS}
repetitions = {load: sweep(load, lambda run: float(run.repetitions[0, 0].sum())) for load in LOADS}
discomfort = {load: sweep(load, lambda run: float(run.discomfort_max[0, 0])) for load in LOADS}
reperfusion = {load: sweep(load, lambda run: float(run.dose_reperfusion_max[0, 0])) for load in LOADS}
recruitment = {load: sweep(load, lambda run: float(run.dose_recruitment_max[0, 0])) for load in LOADS}

print("%AOP   " + "".join(f"{pressure:6d}" for pressure in PRESSURES))
for load in LOADS:
    print(f"{load} %1RM" + "".join(f"{number:6.0f}" for number in repetitions[load]) + "  repetitions of 75")
    print("       " + "".join(f"{number:6.1f}" for number in discomfort[load]) + "  discomfort, 0 to 10")
    print("       " + "".join(f"{number:6.1f}" for number in recruitment[load]) + "  dose of recruitment (s)")

# %% [markdown]
"""
> **Questions.**
> 1. Below which pressure does nothing happen to repetitions? Is that a proof that nothing happens in the muscle?
> 2. The dose of recruitment rises and falls. What makes it rise, and what cuts it off? (The table holds the answer.)
> 3. A cuff at 100 %AOP should let no blood in. Why does a little pass during exercise? (Think of what exercise does to
>    arterial pressure, and of how occlusion pressure was measured.)

## Twelve weeks later
"""

# %%
growth = {load: sweep(load, lambda run: float(run.csa_change[0, -1])) for load in LOADS}
best = {load: int(np.argmax(growth[load])) for load in LOADS}
for load in LOADS:
    gained = ", ".join(f"{value:.1f}" for value in growth[load])
    print(f"{load} %1RM: growth {gained} %; most at {PRESSURES[best[load]]} %AOP")

# %% [markdown]
"""
> **Questions.**
> 1. Compare with your sheet. Which load needs the cuff, and which could do without?
> 2. At which pressure is the *gain bought per point of discomfort* largest? Would you prescribe the pressure of the
>    highest growth or that one?
> 3. The simulated optimum is a property of this plan. Change the rests to 90 s, or deflate the cuff between sets
>    (`cuff.inflation = "intermittent"`), and see which way it moves.

## The picture

Lixandrão and others (2015) are among the few who varied pressure and load in one trial: quadriceps area after twelve
weeks grew by 0.8 % (40 %AOP) and 3.2 % (80 %AOP) with 20 %1RM, and by 4.5 % and 5.3 % with 40 %1RM. Their people were
young men, with fewer repetitions and a cuff opened in the rests: compare the *slopes*, not the heights. The bars are
one standard error, from a typical spread of 5 points between people, as the abstract prints none
(doi 10.1007/s00421-015-3253-2).
"""

# %%
PUBLISHED = {(20, 40): 0.78, (20, 80): 3.22, (40, 40): 4.45, (40, 80): 5.30}  # load, %AOP: growth (%)
STANDARD_ERROR = 1.58


def small_panel(panel, numbers, title, top=None):
    """Draw one number of the first session against pressure."""
    for load in LOADS:
        panel.plot(PRESSURES, numbers[load], color=COLOURS[load])
    panel.set(title=title, ylim=(0, top), xlim=(0, 130), xticks=range(0, 131, 25))
    panel.axvspan(100, 130, color=LIGHT, zorder=0)
    if panel.get_subplotspec().is_last_row():
        panel.set_xlabel("cuff pressure (%AOP)")


picture = plt.figure(figsize=(13, 6.6), layout="constrained")
grid = picture.add_gridspec(2, 3, width_ratios=[1, 1, 1.9])
small_panel(picture.add_subplot(grid[0, 0]), flows, "Blood flow (% of no cuff)", 105)
small_panel(picture.add_subplot(grid[0, 1]), repetitions, "Repetitions, of 75", 80)
small_panel(picture.add_subplot(grid[1, 0]), discomfort, "Discomfort (0 to 10)", 10)
small_panel(picture.add_subplot(grid[1, 1]), reperfusion, "Oxidant burst at release (dose)")

size = picture.add_subplot(grid[:, 2])
for load in LOADS:
    colour, top = COLOURS[load], best[load]
    size.plot(PRESSURES, growth[load], "o-", color=colour, markersize=4, linewidth=2.2)
    size.plot(PRESSURES[top], growth[load][top], "o", color=colour, markersize=11, markeredgecolor="white", zorder=4)
    size.annotate(
        f"best: {PRESSURES[top]} %AOP", (PRESSURES[top], growth[load][top]), xytext=(9, 7), textcoords="offset points",
        ha="left", color=colour, fontweight="bold",
    )  # fmt: skip
    aside = 1.0 if load == LOADS[0] else -1.0  # bars at the same pressure would hide each other
    trial = [(pressure + aside, value) for (its_load, pressure), value in PUBLISHED.items() if its_load == load]
    size.errorbar(
        *zip(*trial, strict=True), yerr=STANDARD_ERROR, fmt="D--", color=colour, markerfacecolor="white", markersize=7,
        linewidth=1.0, capsize=3, zorder=3,
    )  # fmt: skip
highest = max(values.max() for values in growth.values())
size.set(xlim=(0, 130), ylim=(min(-1.2, *(v.min() for v in growth.values())), 1.22 * highest), xticks=range(0, 131, 10))
size.set(
    title="Growth of the thigh muscle in twelve weeks (%)", xlabel="cuff pressure (% of arterial occlusion pressure)"
)
size.axvspan(100, 130, color=LIGHT, zorder=0)
size.axhline(0.0, color=GREY, linewidth=0.8)
size.text(2, 1.19 * highest, "too little:\nthe muscle hardly tires", va="top", color=GREY, fontsize=10)
size.text(102, 1.19 * highest, "too much:\nsets end early", va="top", color=GREY, fontsize=10)
end_labels(size, [Label(f"{load} %1RM", growth[load][-1], COLOURS[load]) for load in LOADS])
picture.suptitle(
    "Too little pressure, too much: the best lies between, and moves with the load", fontsize=15, weight="bold"
)
picture.supxlabel(
    "Simulated woman of 68 years, 30-15-15-15 twice a week; grey: artery closed at rest. "
    "◇ Lixandrão 2015, young men, fewer repetitions, ± 1 SE.  "
    "Research and teaching, not medical advice.",
    fontsize=8.5,
    color=GREY,
)
target = Path(os.environ.get("BFRSIM_LESSON_FIGURES") or tempfile.gettempdir()) / "too_little_too_much_pressure.png"
picture.savefig(target, dpi=160)
print(f"the picture is {target}")

# %% [markdown]
"""
## What to take home

- Too little pressure leaves the muscle fed: the sets are completed and nothing is tired. Too much ends the sets: the
  muscle is exhausted before it has worked. The best lies between.
- It is no fixed number. It depends on the load, on the plan and on the person, which is why a pressure in mmHg copied
  from a paper is a poor prescription, and %AOP a better one.
- Growth is flat around the optimum, discomfort is not. A little less than the best costs little muscle and is borne
  more easily; pain rose between 50 and 60 %AOP in a ladder of pressures at 30 %1RM (Biazon and others).

> **To think about.** Where does the simulated slope between 40 and 80 %AOP part from the trial's, and what in the two
> plans could explain it? How would you change the scenario file to repeat the trial itself?

Not medical advice. Deep vein thrombosis, vascular disease, uncontrolled blood pressure and other conditions speak
against a cuff at any pressure; no simulation knows about them.
"""
