"""A toy item and a toy book around it, so that the whole pipeline runs in seconds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from earlyalign.figures import style
from earlyalign.items import evidence, manifest
from earlyalign.items.item import Control, Fault, Figure, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run

ID = "T-line"
PART = "T-linea"


class Parameters(Params):
    n: int = Field(ge=2, le=1000, description="points a seed")
    noise: float = Field(gt=0)
    seeds: int = Field(ge=2)
    line: Literal["rising", "falling"] = "rising"


def runs(params: Parameters) -> list[Run]:
    config = {"n": params.n, "noise": params.noise, "line": params.line}
    return [Run(config, seed) for seed in range(params.seeds)]


def points(run):
    """Points (n,) and labels (n,) of a line of slope 2, or -2 if it falls. Each call is noted in `CALLS`."""
    CALLS.append(run.seed)
    rng = np.random.default_rng(run.seed)
    x = rng.standard_normal(run.config["n"])
    slope = {"rising": 2, "falling": -2}[run.config["line"]]
    return x, slope * x + run.config["noise"] * rng.standard_normal(x.size)


def fitted(x, y):
    return {"slope": {"slope": [x @ y / (x @ x)]}, "points": {"x": x[:5], "y": y[:5]}}


def compute(run, checkpoint):
    """The least-squares slope of the points."""
    return fitted(*points(run))


def flipped(run, checkpoint):
    """A fault: the labels' sign is flipped."""
    x, y = points(run)
    return fitted(x, -y)


def crashing(run, checkpoint):
    """A fault: the second run raises."""
    if run.seed == 1:
        raise ZeroDivisionError("the toy was told to crash")
    return compute(run, checkpoint)


# modules of the package, so that their source can be hashed; faults have one of their own
compute.__module__ = "earlyalign.items.item"
flipped.__module__ = crashing.__module__ = "earlyalign.items.params"
CALLS: list[int] = []


@style.styled
def draw(tables):
    figure = style.canvas()
    axis = figure.subplots()
    axis.plot(tables["slope"]["seed"], tables["slope"]["slope"], "o", color=style.BLUE)
    axis.set(xlabel="seed", ylabel="slope")
    return figure


def claims(tables, params):
    slope = evidence.interval(tables["slope"]["slope"])
    return [evidence.within(f"{PART}/slope", "The slope is two.", slope, "1.5 to 2.5", 1.5, 2.5)]


ITEM = Item(
    id=ID,
    title="A line through noise",
    paper="T",
    kind="figure",
    chapter="toys/toy",
    statement="Least squares finds the slope of a line.",
    mark=Mark.CHOSEN,
    parts=(PART,),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(
        Figure(
            "T-line",
            draw,
            lambda tables: "Slopes $\\hat\\beta$ by seed.",
            lambda tables: f"{len(tables['slope'])} slopes near {tables['slope']['slope'].median():.1f}.",
        ),
    ),
    controls=(
        Control("wrong sign", "The labels' sign is flipped.", {}, (f"{PART}/slope",), fault=Fault(flipped)),
    ),
)

CHAPTER = """---
jupytext:
  formats: ipynb,md:myst
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
    jupytext_version: 1.19.6
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Toy

A line $y = 2x$ through noise, item T-linea, and {numref}`fig-T-line`. See {prf:ref}`thm-toy`.

````{prf:theorem} Toy
:label: thm-toy
:class: item-T-linea

<span class="mark mark-chosen">chosen</span> The slope is two:

$$ \\beta = 2. $$ (eq-slope)
````

```{code-cell} ipython3
:tags: [parameters]

profile = "ci"
T_line = {
    "n": 40,
    "noise": 0.1,
    "seeds": 5,
}
```

```{code-cell} ipython3
import toy

toy.install()
from earlyalign.runs import measure
from earlyalign.figures import style

style.use()
line = measure("T-line", T_line, profile)
```

```{code-cell} ipython3
:tags: ["figure:T-line"]

line.figure("T-line")
```

```{code-cell} ipython3
line.verdicts
```
"""

TOC = """format: jb-book
root: book/index
chapters:
  - file: book/toys/toy
  - file: book/verification
"""
INDEX = "# Toy book\n\nA front page about zebras.\n\n<!-- verdict-badge -->\n"
REPORT = "# Verification\n\nWhat was claimed.\n\n<!-- verdict-table -->\n"
VALUES = "T-line: {n: 40, noise: 0.1, seeds: 5}\n"


def install() -> None:
    """Make the toy the only item of this process's manifest."""
    sys.modules["earlyalign.toy"] = sys.modules[__name__]
    manifest.MODULES.clear()
    manifest.MODULES[ID] = "toy"
    manifest.load.cache_clear()
    manifest.part_owners.cache_clear()


def make_book(root: Path, chapter: str = CHAPTER) -> Path:
    """A project around the toy in `root`."""
    here = Path(__file__).resolve().parents[2]
    files = {
        "_toc.yml": TOC,
        "_config.yml": (here / "_config.yml").read_text(),
        "book/references.bib": (here / "book" / "references.bib").read_text(),
        "book/index.md": INDEX,
        "book/toys/toy.md": chapter,
        "book/verification.md": REPORT,
        **{f"book/profiles/{name}.yaml": VALUES for name in ("smoke", "quick", "ci", "paper")},
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
