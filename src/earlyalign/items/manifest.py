"""The ledger as code: every id of the papers that the book covers, and the module that holds it.

`LEDGER` lists the ids that must exist; the modules below bring them along. A test compares the two, so an id can be
neither missing nor orphaned.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from earlyalign.errors import unknown
from earlyalign.items.item import Item

MODULES = {
    "B-eq4": "simplicity_bias.setting.eq4_neuron_dynamics",
    "B-lemF1": "simplicity_bias.setting.lemF1_balancedness",
    "B-def21": "simplicity_bias.extremal.def21_extremal_vectors",
    "B-eq12": "simplicity_bias.extremal.eq12_cover",
    "B-lemC1": "simplicity_bias.extremal.lemC1_open_cells",
    "B-thm31": "simplicity_bias.concentration.thm31_concentration",
    "B-thmD1": "simplicity_bias.concentration.thmD1_tails",
    "B-prop31": "simplicity_bias.concentration.prop31_limits",
    "B-orth": "simplicity_bias.concentration.orth_exponential",
    "B-asm41": "simplicity_bias.two_ols.asm41_data_law",
    "B-thm41": "simplicity_bias.two_ols.thm41_two_ols",
    "B-lemF": "simplicity_bias.phases.lemF2_to_F6_phases",
    "B-risk": "simplicity_bias.two_ols.risk_excess",
    "B-fig2": "simplicity_bias.threshold.fig2_optimization_threshold",
    "B-fig3": "simplicity_bias.threshold.fig3_alignment_with_ols",
    "B-fig4": "simplicity_bias.threshold.fig4_gelu",
    "B-fig5": "simplicity_bias.threshold.fig5_gelu_adam",
    "B-fig6": "simplicity_bias.threshold.fig6_stability",
    "B-fig7": "simplicity_bias.threshold.fig7_dimension",
    "B-fig8": "simplicity_bias.threshold.fig8_network_teacher",
    "B-fig1": "simplicity_bias.regimes.fig1_regimes",
    "B-appB": "simplicity_bias.regimes.appB_lazy",
    "A-fls": "over_alignment.knob.fls_knob",
    "A-stop": "over_alignment.early_phases.stop_stopping_time",
    "A-bal": "over_alignment.early_phases.bal_balancedness",
    "A-thm51": "over_alignment.early_phases.thm51_alignment_bound",
    "A-cor53": "over_alignment.early_phases.cor53_angle_exponent",
    "A-phase2": "over_alignment.early_phases.phase2_inheritance",
    "A-fig4": "over_alignment.alpha_sweep.fig4_geometry",
    "A-dec": "over_alignment.alpha_sweep.dec_decomposition",
    "A-fig5": "over_alignment.alpha_sweep.fig5_optimum",
    "A-scale": "over_alignment.alpha_sweep.scale_law",
    "A-heat": "over_alignment.practice.heat_interior_optimum",
    "A-tab-main": "over_alignment.practice.tab_main_gain",
    "A-edim": "over_alignment.practice.edim_harder_data",
    "A-tab1": "over_alignment.practice.tab1_validation_stop",
    "A-fig-cstar": "over_alignment.practice.cstar_sizes",
    "A-easy": "over_alignment.practice.easy_task",
}
"""Item id -> module under `earlyalign` whose `ITEM` it is."""

LEDGER = (
    "B-eq4", "B-lemF1", "B-def21", "B-eq12", "B-lemC1", "B-thm31", "B-thmD1", "B-prop31", "B-orth", "B-asm41",
    "B-thm41", "B-lemF2", "B-lemF3", "B-lemF4", "B-lemF5", "B-lemF6", "B-risk", "B-fig2a", "B-fig2b", "B-fig3a",
    "B-fig3b", "B-fig4a", "B-fig4b", "B-fig5a", "B-fig5b", "B-fig6", "B-fn4", "B-fig7a", "B-fig7b", "B-fig8a",
    "B-fig8b", "B-fig1", "B-appB",
    "A-fls", "A-stop", "A-bal", "A-thm51", "A-cor53", "A-phase2",
    "A-fig4", "A-dec", "A-fig5", "A-scale",
    "A-heat", "A-tab-main", "A-edim", "A-tab1", "A-fig-cstar", "A-easy",
)  # fmt: skip
"""Every id that the book must cover, panels with their letter."""


@cache
def load(id: str) -> Item:
    """The item called `id`; a panel's or lemma's id gives the item that holds it. Raises UserError if unknown."""
    name = id if id in MODULES else part_owners().get(id)
    if name is None:
        raise unknown("item", id, [*MODULES, *(part for part in LEDGER if part not in MODULES)])
    return import_module(f"earlyalign.{MODULES[name]}").ITEM


@cache
def part_owners() -> dict[str, str]:
    """Part id -> id of its item, for every part that some item declares."""
    return {part: name for name in MODULES for part in load(name).parts}


def everything() -> list[Item]:
    """All items, in the order of the book."""
    return [load(name) for name in MODULES]
