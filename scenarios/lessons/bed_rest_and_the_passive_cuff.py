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
# Lesson 3. Bed rest and the passive cuff.

Two weeks in bed cost more muscle than years of ageing. Someone who cannot lift anything can still wear a cuff: it is
inflated for some minutes several times a day, while the leg lies still. Does that keep the muscle? Small trials said
yes, and loudly; the most careful one said no. This lesson looks at how muscle is lost, at the one place where the model
lets a passive cuff help, and at how far apart the trials really are.

What you see are simulated means of published groups: a tool for teaching and research, **not medical advice**, and no
guide to the care of any patient.

*You need*: `bfrsim` and its figure library. All runs together take a few seconds once the model is compiled.
"""

# %%
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import bfrsim
from bfrsim.report.style import BLUE, GREEN, GREY, INK, LIGHT, VERMILLION, Label, end_labels, style

plt.rcParams.update(style())
DAY = 86400.0

# %% [markdown]
"""
## Fourteen days in bed

A young man lies in bed for fourteen days, three times over: without anything, with a passive cuff (200 mmHg, three
times a day, as in the trial of Fuchs and others, 2024), and with a light load lifted once a day under a cuff. The
scenario files lie beside this lesson; he eats the same in all three.
"""

# %%
ARMS = {
    "bed alone": "lessons/bed_rest_young_man",
    "passive cuff": "lessons/bed_rest_young_man_cuff",
    "cuff + light load": "lessons/bed_rest_light_load_and_cuff",
}
COLOURS = {"bed alone": BLUE, "passive cuff": VERMILLION, "cuff + light load": GREEN}
clock = np.arange(0.0, 14 * DAY + 1.0, 1800.0)
runs = {name: bfrsim.simulate(scenario, times=clock) for name, scenario in ARMS.items()}

for name, run in runs.items():
    size, strength = (float(run[output][0, -1]) for output in ("csa_change", "one_rm_change"))
    print(f"{name:18s} {run.sizes['session']:3d} sessions   size {size:+5.1f} %   strength {strength:+5.1f} %")

# %% [markdown]
"""
> **Before you go on.** In published bed rest, strength falls about four times as fast as size in the first days and
> still about twice as fast after two weeks (Marusic and others 2021). Does the model say so? If not, what must be
> missing from it?

## Where the muscle goes: synthesis, not breakdown

A muscle keeps its size while what is built equals what is broken down. In bed it is the building that gives way: the
fasted rate falls, and a meal raises it less.
"""


# %%
def daily_mean(run, output):
    """Return the mean of an output over each day; meals make it swing within the day."""
    return run[output].values[0, :-1].reshape(14, -1).mean(axis=1)


days = np.arange(14) + 0.5
figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.4), layout="constrained", sharex=True, sharey=True)
for panel, output, words in zip(panels, ("MPS", "MPB"), ("synthesis", "breakdown"), strict=True):
    for name, run in runs.items():
        panel.plot(days, daily_mean(run, output), color=COLOURS[name], label=name)
    panel.set(title=f"protein {words}, mean of the day", xlabel="day in bed")
panels[0].set_ylabel("fold of the fasted rate before")
_ = panels[1].legend(frameon=False)

# %% [markdown]
"""
> **Questions.**
> 1. Which of the two curves carries the loss? How fast does it reach its new level?
> 2. Why does the loss of *size* go on for weeks although synthesis stopped falling in the first days?
> 3. What does the light load change, and on which of the two sides?

## One number that the trials disagree about

In `models/protein.bfr` bed rest lowers synthesis by a share `d_d`, and the signal of a passive cuff can give back at
most the share `c_p` of that. Nobody has measured `c_p`: it stands for everything that trials of the passive cuff have
found, and its prior reaches from nothing to more than half. So we do not ask *what does the cuff do?* but *what would
it do if
`c_p` were so?* The same for the older woman of the shipped scenarios, whose cuff is inflated more often.
"""

# %%
young = runs["passive cuff"].parameters.sel(person=0, parameter="c_p")
ASSUMED = {"nothing": 0.0, "as shipped": float(young), "top of the prior": 0.6}
PAIRS = {
    "model, young man": ("lessons/bed_rest_young_man", "lessons/bed_rest_young_man_cuff"),
    "model, older woman": ("bed_rest", "passive_bfr_bed_rest"),
}


def share_saved(without, with_cuff):
    """Return the share of the loss that did not happen with the cuff [%]; below zero, the cuff cost muscle."""
    return 100.0 * (1.0 - np.asarray(with_cuff) / without)


cuffed, simulated = {}, {}
for who, (bed, cuff) in PAIRS.items():
    alone = float(bfrsim.simulate(bed).csa_change[0, -1])
    cuffed[who] = bfrsim.simulate(cuff, times=clock, parameters={"c_p": list(ASSUMED.values())}).csa_change.values
    simulated[who] = share_saved(alone, cuffed[who][:, -1])
    told = ", ".join(f"{share:.0f} % ({words})" for words, share in zip(ASSUMED, simulated[who], strict=True))
    print(f"{who:20s} loses {-alone:.1f} % without a cuff; the cuff saves {told}")

walking_about = {"calendar.phases": None, "calendar.days": 14}
ambulant = bfrsim.simulate("lessons/bed_rest_young_man_cuff", overrides=walking_about)
moved = abs(float(ambulant.csa_change[0, -1]))
print(f"The same cuff on a man who gets up and walks about changes his muscle by {moved:.1f} %")

# %% [markdown]
"""
> **Questions.**
> 1. Why does the cuff do nothing to the man who walks about, whatever `c_p` is?
> 2. The older woman gains more from the same `c_p`. What differs: the person, or the cuff?
> 3. Suppose a trial with twelve legs a group finds the share that the shipped `c_p` predicts. Could it tell that from
>    nothing? (The picture below shows how long the bars are.)

## What the trials say

| trial | who, and why at rest | cuff | outcome | without | with |
|---|---|---|---|---|---|
| Fuchs 2024 | 12 men, strict bed rest | 200 mmHg, 3 x 5 min, three a day | thigh volume | -5.6 % | -4.3 % (ns) |
| Fuchs 2024 | the same | the same | leg extension 1RM | -9.0 % | -10.6 % (ns) |
| Takarada 2000 | 16 patients, knee surgery | about 200 mmHg, 5 x 5 min, two a day | extensor area | -20.7 % | -9.4 % |
| Kubota 2010 | healthy men, ankle in a cast | 200 mmHg, 5 x 5 min, two a day | knee torque | -21.9 % | -2.0 % |
| Kubota 2010 | the same | 50 mmHg | knee torque | -21.9 % | -16.3 % |
| Barbalho 2019 | 20 patients in coma, leg moved | pressure uncertain | thickness | -2.8 mm | -2.1 mm |

(ns: no significant difference. The figures of Takarada are recalled, not read from the page.)

They differ in all that matters: rest in bed, cast, surgery, coma; size or strength; blinded or not; a leg beside its
twin or two groups of patients. To put them on one axis we ask each which share of the loss the cuff saved.
"""

# %%
# name, loss without the cuff, its standard error, loss with it, its standard error, strength?
TRIALS = (
    ("Fuchs 2024, bed rest, size", -5.6, 1.44, -4.3, 1.44, False),
    ("Fuchs 2024, bed rest, strength", -9.0, 3.46, -10.6, 3.46, True),
    ("Barbalho 2019, coma, size", -2.8, None, -2.1, None, False),
    ("Takarada 2000, surgery, size", -20.7, 1.77, -9.4, 1.77, False),
    ("Kubota 2010, cast, 50 mmHg, strength", -21.9, 2.33, -16.3, 2.83, True),
    ("Kubota 2010, cast, 200 mmHg, strength", -21.9, 2.33, -2.0, 2.10, True),
)


def standard_error(without, its_error, with_cuff, other_error):
    """Return the standard error of the share saved, arms taken as independent."""
    ratio = with_cuff / without
    return 100.0 * np.hypot(other_error / without, ratio * its_error / without)


for name, without, its_error, with_cuff, other_error, _ in TRIALS:
    spread = "" if its_error is None else f" +- {standard_error(without, its_error, with_cuff, other_error):.0f}"
    print(f"{name:40s} {share_saved(without, with_cuff):5.0f}{spread} % of the loss saved")

# %% [markdown]
"""
Where a paper prints no spread, the error comes from a typical one (5 points between people for size, 12 for
strength). Legs of the same man are less independent than we took them, so the bars of Fuchs are too long rather than
too short.

## The picture

The points of the left panel are size of the knee extensors or the thigh of young people in bed: Mulder (5 days), Dirks
(two groups, 7 days), Ferrando (7 days) and McDonnell (10 days), all as gathered by Marusic and others (2021,
doi 10.1152/japplphysiol.00363.2020), and both legs of Fuchs and others (2024, doi 10.1113/jp286065).
"""

# %%
IN_BED = ((5, -2.2, 1.58), (6.8, -3.0, 1.58), (7.2, -1.1, 1.58), (7, -3.0, 2.24), (10, -3.6, 1.51))  # day, %, SE
picture, (course, shares) = plt.subplots(
    1, 2, figsize=(13, 6.2), layout="constrained", width_ratios=[1, 1.15], gridspec_kw={"wspace": 0.04}
)

time = clock / DAY
course.fill_between(
    time, cuffed["model, young man"][0], cuffed["model, young man"][-1], color=VERMILLION, alpha=0.25, linewidth=0
)
for name, run in runs.items():
    course.plot(time, run.csa_change.values[0], color=COLOURS[name], linewidth=2.2)
day, change, error = zip(*IN_BED, strict=True)
course.errorbar(day, change, yerr=error, fmt="D", color=BLUE, markerfacecolor="white", linewidth=0.9, capsize=2)
_, without, its_error, with_cuff, other_error, _ = TRIALS[0]
for place, value, its, name in (
    (13.9, without, its_error, "bed alone"),
    (13.4, with_cuff, other_error, "passive cuff"),
):
    course.errorbar(
        place, value, yerr=its, fmt="D", color=COLOURS[name], markerfacecolor="white", linewidth=0.9, capsize=2
    )
course.annotate(
    "Fuchs 2024\nboth legs", (13.3, with_cuff + other_error), xytext=(0, 5), textcoords="offset points",
    ha="center", color=GREY, fontsize=8.5,
)  # fmt: skip
course.axhline(0.0, color=GREY, linewidth=0.8)
course.set(xlim=(0, 14.2), xticks=range(0, 15, 2), xlabel="day in bed", ylabel="change of muscle size (%)")
course.set_title("The muscle of a young man in bed")
last = {name: float(run.csa_change[0, -1]) for name, run in runs.items()}
end_labels(course, [Label(name.replace(" + ", "\n+ "), last[name], COLOURS[name]) for name in runs])

rows = [*PAIRS, *(trial[0] for trial in TRIALS)]
for row, who in enumerate(PAIRS):
    nothing, shipped, most = simulated[who]
    shares.plot((nothing, most), (row, row), color=VERMILLION, linewidth=9, alpha=0.3, solid_capstyle="butt")
    shares.plot(shipped, row, "o", color=VERMILLION, markersize=9)
for row, (_, without, its_error, with_cuff, other_error, strength) in enumerate(TRIALS, start=len(PAIRS)):
    error = None if its_error is None else standard_error(without, its_error, with_cuff, other_error)
    shares.errorbar(
        share_saved(without, with_cuff), row, xerr=error, fmt="s" if strength else "D", color=INK,
        markerfacecolor="white", markersize=7, linewidth=1.0, capsize=3,
    )  # fmt: skip
shares.axvline(0.0, color=GREY, linewidth=0.8)
shares.axvline(100.0, color=GREY, linewidth=0.8, linestyle=":")
shares.axhspan(-0.5, len(PAIRS) - 0.5, color=LIGHT, zorder=0)
shares.set_yticks(range(len(rows)), rows)
shares.set(ylim=(len(rows) - 0.5, -0.9), xlim=(-80, 125), xlabel="share of the loss that the passive cuff saved (%)")
shares.set_title("What the passive cuff saves: size ◇ and strength □")
for place, words in ((0, "nothing"), (100, "everything")):
    shares.text(place, -0.68, words, ha="center", va="center", color=GREY)
shares.tick_params(axis="y", length=0)
shares.spines["left"].set_visible(False)

picture.suptitle(
    "Muscle in bed: trials of the passive cuff disagree, a light contraction keeps more", fontsize=15, fontweight="bold"
)
picture.supxlabel(
    "Lines, dots and bands: simulated; a band spans what c_p, the one number in doubt, may be. Points: published, "
    "± 1 SE (Barbalho: none given).  Research and teaching, not medical advice.",
    fontsize=8.5,
    color=GREY,
)
target = Path(os.environ.get("BFRSIM_LESSON_FIGURES") or tempfile.gettempdir()) / "bed_rest_and_the_passive_cuff.png"
picture.savefig(target, dpi=160)
print(f"the picture is {target}")

# %% [markdown]
"""
## What to take home

- Disuse takes muscle by slowing the building of protein. A signal that does not restore building cannot keep muscle.
- The large effects come from small, unblinded trials, in casts and after surgery, and are largest for *strength*. The
  best trial of strict bed rest saw none that it could tell from nothing. A mean without its error would have hidden
  that.
- Adding even a light contraction under the cuff changes more than the cuff itself: contraction is the switch.

> **To think about.**
> 1. Use the length of the bars to plan a trial: how many legs would you need to tell a quarter of the loss saved from
>    nothing?
> 2. Why might strength be kept where size is not? Name two causes that have nothing to do with the cuff.
> 3. Does the simulated line of bed rest pass through the published points, or beside them? What differs between their
>    people and ours?
> 4. The model gives the passive cuff one dial. What would you have to measure to replace it by a mechanism?

Sources: Fuchs and others 2024 (doi 10.1113/jp286065); Takarada and others 2000 (Med Sci Sports Exerc 32:2035, figures
recalled); Kubota and others 2010 (conference abstract); Barbalho and others 2019 (doi 10.1177/0269215518801440);
Marusic and others 2021 (doi 10.1152/japplphysiol.00363.2020); loss of synthesis in disuse after Wall and others (2014).
Not medical advice.
"""
