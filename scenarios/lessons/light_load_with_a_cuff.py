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
# Lesson 1. A light load with a cuff: why it works.

Muscle grows when heavy loads are lifted. It also grows, almost as well, with loads so light that they should do
nothing, if a cuff around the thigh slows the blood. This lesson follows one woman of 68 years through three programmes
and looks for the place where the cuff makes up for the missing weight.

What you see are simulated means of published groups: a tool for teaching and research, **not medical advice**, and not
what any one person should do.

*You need*: `bfrsim` and its figure library. Each run takes about a second once the model is compiled; the very first
one takes about half a minute.
"""

# %%
import csv
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import bfrsim
from bfrsim.library import scenarios_folder
from bfrsim.report.style import BLUE, GREEN, GREY, SHADE, VERMILLION, Label, end_labels, style

plt.rcParams.update(style())
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

# %% [markdown]
"""
## Three programmes

The same woman, three times a week for twelve weeks. The second and the third differ in the cuff alone: same load, same
number of repetitions, same rests.
"""

# %%
PROGRAMMES = {"heavy": "high_load", "light + cuff": "bfr_knee_extension", "light": "low_load"}
COLOURS = {"heavy": BLUE, "light + cuff": VERMILLION, "light": GREEN}
runs = {name: bfrsim.simulate(scenario) for name, scenario in PROGRAMMES.items()}

for name, run in runs.items():
    repetitions = run.repetitions.values[0, 0]
    print(f"{name:13s} {run.attrs['title']}; first session: {', '.join(f'{n:.0f}' for n in repetitions)} repetitions")

# %% [markdown]
"""
> **Before you go on.** Which of the three has the muscle do the most work in a session (load times repetitions)?
> If growth followed work, which one would win?

## The first session, link by link

The chain to be tested reads: the cuff cuts **oxygen** → the muscle burns its store of **phosphocreatine** and turns
**acid** → fibres **tire** → to lift the same weight the muscle must **recruit** more of itself, up to the large fibres
that otherwise work only under heavy loads.
"""


# %%
def first_session(run, name, people=0):
    """Return minutes since the start of the first session, and an output over them."""
    start, end = float(run.session_start[0]), float(run.set_end[people, 0, -1]) + 90.0
    inside = (run.time.values >= start) & (run.time.values <= end)
    return (run.time.values[inside] - start) / MINUTE, run[name].values[people, inside]


LINKS = {
    "StO2": "oxygen in the tissue (%)",
    "PCr": "phosphocreatine (mM)",
    "pH": "pH",
    "M_F": "fatigued share of the muscle",
    "recruited": "recruited share of the muscle",
    "dose_recruitment": "dose: large fibres under tension (s)",
}
figure, panels = plt.subplots(2, 3, figsize=(11, 5.4), layout="constrained", sharex=True)
for panel, (output, words) in zip(panels.flat, LINKS.items(), strict=True):
    for name, run in runs.items():
        panel.plot(*first_session(run, output), color=COLOURS[name], label=name)
    panel.set_title(words)
panels[0, 0].legend(frameon=False)
_ = figure.supxlabel("minutes since the start of the first session", fontsize=9)

# %% [markdown]
"""
> **Questions.**
> 1. In which panels do *light* and *light + cuff* part first, and in which last? Does the order support the chain?
> 2. The heavy load recruits most of the muscle from its first repetition. Which panels does it need for that?
> 3. Look at the rests. What happens to oxygen and phosphocreatine in a rest with the cuff on, and in one without?

## A chain is only as good as its links: take one out

In the equations (`bfrsim models show fatigue`) muscle tires at the rate

```
F_0 * (1 + k_F * h + k_O * hypoxia**2)
```

where `h` is the effect of metabolites. Set `k_F = 0`, and metabolites no longer tire the muscle; set `k_O = 0`, and
lack of oxygen no longer does. No laboratory can do this to a person. Here it is one word, and three twins of the woman
train at once.
"""

# %%
model = runs["light"].parameters.sel(person=0)
k_F, k_O = float(model.sel(parameter="k_F")), float(model.sel(parameter="k_O"))
TWINS = ["no metabolite link", "no oxygen link", "neither"]
removed = {"k_F": [0.0, k_F, 0.0], "k_O": [k_O, 0.0, 0.0]}
twins = {name: bfrsim.simulate(scenario, parameters=removed) for name, scenario in PROGRAMMES.items()}

intact = {name: float(run.csa_change[0, -1]) for name, run in runs.items()}
without = {name: run.csa_change.values[:, -1] for name, run in twins.items()}
print(f"growth of the muscle (%)   {'intact':>8s}" + "".join(f"{twin:>20s}" for twin in TWINS))
for name in PROGRAMMES:
    print(f"{name:26s} {intact[name]:8.1f}" + "".join(f"{value:20.1f}" for value in without[name]))

# %% [markdown]
"""
> **Questions.**
> 1. Which programme loses most when both links are gone, and which hardly notices? What does that say about the two
>    roads to growth?
> 2. Does each link alone explain the cuff, or do they act together?
> 3. A knock-out shows what matters *in the model*. What experiment in people would come nearest to it?

## From the session to the muscle

Recruited fibres under tension leave a dose. It makes the muscle more ready to build protein for about two days; three
sessions a week for twelve weeks add up to size. To see the session's share we need her own habitual day, meals and all.
"""

# %%
start = float(runs["light"].session_start[0])
clock = np.arange(start - 2 * HOUR, start + 48 * HOUR, 600.0)
rest_days = {"exercise": None, "calendar.sessions_per_week": None, "calendar.weeks": 1}
at_rest = bfrsim.simulate("low_load", overrides=rest_days, times=clock, outputs=["MPS"]).MPS.values[0]


def extra_synthesis(scenario):
    """Return by how many percent synthesis after the first session exceeds that of the same hour without it."""
    run = bfrsim.simulate(scenario, overrides={"calendar.weeks": 1}, times=clock, outputs=["MPS"])
    return 100.0 * (run.MPS.values[0] / at_rest - 1.0)


extra = {name: extra_synthesis(scenario) for name, scenario in PROGRAMMES.items()}

# %% [markdown]
"""
## The picture

Published means stand beside the simulated ones. They come from the table of evidence that ships with the package: means
over the trials of many groups, young and old, four to twenty-four weeks. They are no target for one woman of 68 years;
compare the order and the distance.
"""

# %%
with (scenarios_folder() / "evidence" / "first_steps.csv").open(encoding="utf-8") as file:
    rows = [row for row in csv.DictReader(file) if row["outcome"] == "csa_change"]
published = {row["scenario"]: (float(row["published_percent"]), int(row["arms"])) for row in rows}
for scenario in PROGRAMMES.values():
    print(f"{scenario:20s} +{published[scenario][0]} % over {published[scenario][1]} published arms")


# %%
def chain_panel(panel, output, title, axis_label, scale=1.0):
    """Draw one link of the chain during the first session."""
    for name, run in runs.items():
        minutes, trace = first_session(run, output)
        panel.plot(minutes, scale * trace, color=COLOURS[name], label=name)
    panel.set(title=title, ylabel=axis_label, xlabel="minutes of the first session")
    panel.margins(x=0)


picture = plt.figure(figsize=(13, 7.4), layout="constrained")
(oxygen, energy, recruitment), (dose, synthesis, size) = picture.subplots(2, 3)

minutes, pressure = first_session(runs["light + cuff"], "P_cuff")
inflated = minutes[pressure > 0.0]
oxygen.axvspan(inflated[0], inflated[-1], color=SHADE, zorder=0)
oxygen.text(inflated.mean(), 95, "cuff inflated", ha="center", va="center", color=VERMILLION, fontweight="bold")
chain_panel(oxygen, "StO2", "1  The cuff takes the oxygen", "tissue oxygen saturation (%)")
oxygen.set_ylim(0, 100)
resting = float(first_session(runs["light"], "PCr")[1][0])
chain_panel(energy, "PCr", "2  The energy store runs down", "phosphocreatine (% of rest)", 100.0 / resting)
energy.set_ylim(0, 105)
energy.legend(loc="lower left", ncols=3, frameon=False, labelcolor="linecolor", fontsize=9, columnspacing=1.2)
chain_panel(recruitment, "recruited", "3  Tired fibres call in the others", "recruited share of the muscle (%)", 100.0)
recruitment.set_ylim(0, 105)
chain_panel(dose, "dose_recruitment", "4  Large fibres get their dose", "time under tension, weighted (s)")
dose.set_ylim(bottom=0)
end_labels(
    dose,
    [Label(name, float(first_session(run, "dose_recruitment")[1][-1]), COLOURS[name]) for name, run in runs.items()],
)

hours = (clock - start) / HOUR
for name, trace in extra.items():
    synthesis.plot(hours, trace, color=COLOURS[name])
synthesis.set(title="5  The muscle builds for two days", xlabel="hours since the session", xlim=(-2, 48))
synthesis.set(ylabel="protein synthesis above\na day without training (%)", xticks=range(0, 49, 12))
synthesis.set_ylim(bottom=min(0.0, min(trace.min() for trace in extra.values())))
end_labels(synthesis, [Label(name, float(trace[-1]), COLOURS[name]) for name, trace in extra.items()])

for name, scenario in PROGRAMMES.items():
    colour, values = COLOURS[name], [intact[name], *without[name]]
    size.plot(range(1, 5), values, "o-", color=colour, markersize=8, markeredgecolor="white", linewidth=0.8)
    size.plot(0, published[scenario][0], "D", color=colour, markersize=7, markerfacecolor="white")
size.axhline(0.0, color=GREY, linewidth=0.8)
size.set_xticks(
    range(5), ["published", "simulated", "metabolite\nlink cut", "oxygen\nlink cut", "both\ncut"], fontsize=7.8
)
size.set(title="6  Twelve weeks later, and with links cut", ylabel="growth of the thigh muscle (%)", xlim=(-0.5, 4.3))
end_labels(size, [Label(name, float(without[name][-1]), COLOURS[name]) for name in PROGRAMMES])

picture.suptitle("A light load with a cuff reaches the large fibres by way of fatigue", fontsize=15, fontweight="bold")
picture.supxlabel(
    "Simulated woman of 68 years, knee extension three times a week. ◇ means of published trials (all ages).  "
    "Research and teaching, not medical advice.",
    fontsize=8.5,
    color=GREY,
)
target = Path(os.environ.get("BFRSIM_LESSON_FIGURES") or tempfile.gettempdir()) / "light_load_with_a_cuff.png"
picture.savefig(target, dpi=160)
print(f"the picture is {target}")

# %% [markdown]
"""
## What to take home

- The cuff does not build muscle. It makes a light load *tiring*, and tiredness brings the large fibres to work.
- The heavy load takes another road, through force itself; cutting the links of fatigue hardly touches it.
- The same reasoning predicts that a light load without a cuff works too if it is carried to exhaustion. Test it:
  `bfrsim compare low_load low_load_to_failure bfr_knee_extension`.

> **To think about.** Strength follows size only in part. Look at `one_rm_change` of the three runs and compare it with
> the published values in the same table of evidence. Which programme would you choose for someone who wants to climb
> stairs, and what would you need to know about that person first?

Sources: the table's own column `source`; fatigue model after Xia and Frey-Law (2008) and Frey-Law (2012); metabolic
stress under a cuff at 30 %1RM equal to that of 65 %1RM: Suga and others (2010). Parameters without a source are marked
`@assumed` in the model files, and `runs["light"].attrs["parameters_assumed"]` counts them. Not medical advice.
"""
