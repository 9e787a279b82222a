"""A-fig4 in the reader's hands: a slider over alpha, a scrub over time, from the frames in its tables.

Plain SVG and one small script of our own (`fig4_explorer.js`), both in the page: nothing is fetched.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from earlyalign.geometry.caps import decompose
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.fig4_figures import drawn
from earlyalign.over_alignment.alpha_sweep.statistics import POINTS

DIGITS = 3

STYLE = """
.ea-fig4 { --disc: var(--ea-quiet, #535a66); --cap: #8a5cb8; --path: #d0493e; --swarm: #3f7fc6; --truth: #a87400;
  display: grid; grid-template-columns: minmax(0, 26rem) minmax(14rem, 1fr); gap: 1rem 2rem; align-items: center;
  margin: 2rem 0; font: 0.9rem/1.45 var(--ea-sans, sans-serif); color: var(--pst-color-text-base, #22262e); }
html[data-theme="dark"] .ea-fig4 { --cap: #b996e0; --path: #f0857b; --swarm: #8fbcec; --truth: #e8bf62; }
.bd-content .bd-article div.cell_output .text_html:has(.ea-fig4) {
  background: none !important; color: inherit; padding: 0; }
.ea-fig4 svg { width: 100%; height: auto; display: block; }
.ea-fig4 svg text { fill: currentColor; font: italic 0.11px var(--ea-serif, serif); }
.ea-fig4 label { display: block; margin-top: 0.8rem; font-weight: 600; }
.ea-fig4 input { display: block; width: 100%; min-height: 1.6rem; accent-color: var(--cap); }
.ea-fig4 button { margin-top: 0.8rem; padding: 0.35em 1.1em; font: inherit; color: inherit; background: none;
  border: 1px solid currentColor; border-radius: 0.4em; cursor: pointer; }
.ea-fig4 :focus-visible { outline: 2px solid var(--cap); outline-offset: 2px; }
.ea-fig4 .told { margin: 1rem 0 0; min-height: 7.5em; }
.ea-fig4 .bars { margin-top: 0.8rem; }
.ea-fig4 .bar { display: grid; grid-template-columns: 8.2em 1fr 4.2em; gap: 0.5em; align-items: center; }
.ea-fig4 .bar i { display: block; height: 0.7em; max-width: 100%; border-radius: 0.2em; }
.ea-fig4 i.oa { background: var(--cap); }
.ea-fig4 i.of { background: var(--path); }
.ea-fig4 .bar b { font-weight: 400; font-variant-numeric: tabular-nums; text-align: right; }
@media (max-width: 700px) { .ea-fig4 { grid-template-columns: minmax(0, 1fr); } }
"""

BODY = """
<div class="ea-fig4" role="group" aria-label="Explorer: the cap, the truth and the predictor">
<svg viewBox="-1.25 -1.25 2.5 2.5" role="img" aria-label="The plane of x plus, upward, and s, to its right">
<circle r="1" fill="none" stroke="var(--disc)" stroke-width="0.008"/>
<path class="cap" fill="var(--cap)" fill-opacity="0.22" stroke="var(--cap)" stroke-width="0.02"/>
<line class="sample" y2="-1" stroke="currentColor" stroke-width="0.014"/>
<line class="truth" stroke="var(--truth)" stroke-width="0.018"/>
<g class="swarm" fill="var(--swarm)" fill-opacity="0.65"></g>
<polyline class="path" fill="none" stroke="var(--path)" stroke-width="0.014"/>
<path class="best" d="M0-.045L.045 0 0 .045-.045 0Z" fill="var(--truth)"/>
<circle class="predictor" r="0.04" fill="var(--path)"/>
<text x="0" y="-1.09" text-anchor="middle">x<tspan dy="0.03" font-size="0.08">+</tspan></text>
<text class="s" text-anchor="middle">s</text>
</svg>
<div>
<label>Scale α: <output class="alpha"></output><input class="alpha" type="range" min="0" step="1"></label>
<label>Time: <output class="time"></output><input class="time" type="range" min="0" step="1"></label>
<button type="button" class="play">Play</button>
<div class="bars" aria-hidden="true">
<div class="bar"><span>over-alignment</span><span><i class="oa"></i></span><b class="oa"></b></div>
<div class="bar"><span>over-fitting</span><span><i class="of"></i></span><b class="of"></b></div>
</div>
<p class="told" aria-live="polite"></p>
</div>
<noscript>The explorer needs JavaScript; the figure above shows three of its scales.</noscript>
<script type="application/json" class="frames">FRAMES</script>
</div>
"""


def frames(tables: Tables) -> dict:
    """What the explorer shows, as plain lists: phi, kappa and, for every alpha, its frames."""
    path = drawn(tables)
    first, shown = path.iloc[0], []
    for alpha, rows in path.groupby("alpha"):
        rows = rows.sort_values("frame")
        parts = decompose(rows["cosine"], rows["phi"], rows["psi"].clip(-1, 1), first["kappa"])
        swarm = tables["neurons"].query("alpha == @alpha").sort_values(["frame", "neuron"])
        count = swarm["neuron"].nunique()
        shown.append(
            {
                "alpha": float(alpha),
                "time": rounded(rows["time"], 6),
                "risk": rounded(rows["risk"]),
                "psi": rounded(rows["psi"], 5),
                "x": rounded(rows["across"]),
                "y": rounded(rows["up"]),
                "oa": rounded(POINTS * parts.over_alignment),
                "of": rounded(POINTS * parts.over_fitting),
                "swarm": rounded(swarm[["across", "up"]].to_numpy().reshape(-1, 2 * count), 2),
            }
        )
    return {"phi": round(float(first["phi"]), 5), "eta": float(first["eta"]), "sweep": shown}


def rounded(values, digits: int = DIGITS) -> list:
    return np.round(np.asarray(values, float), digits).tolist()


def explorer(tables: Tables) -> str:
    """The explorer as HTML that stands on its own."""
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    data = json.dumps(frames(tables), separators=(",", ":"))
    return f"<style>{STYLE}</style>{BODY.replace('FRAMES', data)}<script>{script}</script>"
