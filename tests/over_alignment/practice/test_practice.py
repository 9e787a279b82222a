"""The practice items: how an optimum is read off a grid, that only finished runs count, and the heat map."""

import numpy as np
import pandas as pd
import pytest
import torch
from tests.smoke import tables_and_claims, under, values

from earlyalign.data import image_tasks
from earlyalign.errors import UserError
from earlyalign.items.manifest import load
from earlyalign.items.run import NoCheckpoint, Run
from earlyalign.over_alignment.practice import params as practice_params
from earlyalign.over_alignment.practice import runs, statistics
from earlyalign.over_alignment.practice.cstar_sizes import case_optima, exponents
from earlyalign.over_alignment.practice.faults import multiplier_not_applied
from earlyalign.over_alignment.practice.params import STEP_RULES, Case
from earlyalign.over_alignment.practice.runs import Settings
from earlyalign.publish.profiles import read_profile
from earlyalign.runs.outcome import parse
from earlyalign.runs.store import run_key

ITEMS = ("A-heat", "A-tab-main", "A-edim", "A-tab1", "A-fig-cstar", "A-easy")
CASE = {"task": "generator", "edim": 8, "network": "cnn", "width": 4, "samples": 40}


def grid(curve, steps=(0.1,), seeds=8, noise=0.0, lost=()):
    """Runs of one case whose accuracy at multiplier k and step is curve[k] + step, in hundredths of [0, 1]; `lost` are
    (multiplier, step, seed) that did not get there, with a perfect score."""
    rng = np.random.default_rng(0)
    rows = [
        {
            **Case(**CASE).model_dump(), "log2_c": k, "step": step, "seed": seed,
            "status": "unfinished" if (k, step, seed) in lost else "reached",
            **dict.fromkeys(statistics.SCORES, 1.0 if (k, step, seed) in lost else
                            (value + step + noise * rng.standard_normal()) / 100),
        }
        for k, value in curve.items() for step in steps for seed in range(seeds)
    ]  # fmt: skip
    return statistics.in_points({"ends": pd.DataFrame(rows)})["ends"]


BOWL = {-9: 50.0, -6: 60.0, -3: 58.0, 0: 45.0, 2: 20.0}


def test_a_gain_is_the_difference_of_means_and_needs_no_luck():
    scores = statistics.scores_of(grid(BOWL))
    assert statistics.gains(scores, 0) == pytest.approx(np.full(8, 15.0))
    assert statistics.gains(scores, None) == pytest.approx(np.full(8, 10.0))
    with pytest.raises(ValueError, match=r"2\^1 was not run"):
        statistics.gains(scores, 1)


def test_choosing_and_judging_on_different_seeds_finds_nothing_in_noise():
    rng = np.random.default_rng(0)
    held_out, apparent = [], []
    for _ in range(100):
        noise = statistics.Scores(np.arange(-12, 3), np.array([0.1]), 5 * rng.standard_normal((8, 15, 1)))
        held_out.append(statistics.gains(noise, 0).mean())
        curve = noise.curve(np.arange(8))
        apparent.append(curve.max() - curve[12])
    assert abs(np.mean(held_out)) < 1.0
    assert np.mean(apparent) > 2.0, "the best of fifteen looks better than one of them, by luck"


def test_each_multiplier_is_judged_at_its_own_best_step():
    ends = grid(BOWL, steps=(0.1, 0.2))
    ends.loc[(ends["log2_c"] == 0) & (ends["step"] == 0.2), "peak"] = 55.0
    assert statistics.gains(statistics.scores_of(ends), 0) == pytest.approx(np.full(8, 60.2 - 55.0))


def test_a_setting_with_an_unfinished_run_is_never_the_best():
    ends = grid(BOWL, lost={(0, 0.1, 3)})
    scores = statistics.scores_of(ends)
    assert np.isnan(scores.values[3, 3, 0])
    assert np.isneginf(scores.curve(np.arange(8))[3])
    gains = statistics.gains(scores, 0)
    assert np.isnan(gains[3]) and np.isfinite(np.delete(gains, 3)).all()
    assert scores.largest_finished == 2


def test_too_few_finished_seeds_are_no_gain():
    lost = {(k, 0.1, seed) for k in BOWL for seed in range(5)}
    assert statistics.gain(statistics.scores_of(grid(BOWL, lost=lost)), 0) is None


def test_the_optimum_of_a_parabola_is_its_vertex():
    curve = {k: 60 - (k + 5) ** 2 for k in (-12, -9, -6, -3, 0)}
    centre, low, high = statistics.optimum(statistics.scores_of(grid(curve)))
    assert centre == pytest.approx(-5) and low == pytest.approx(-5) and high == pytest.approx(-5)


def test_exponents_are_those_that_the_optima_obey():
    item = load("A-fig-cstar")
    sizes = {"base": (100, 4), "a": (200, 4), "b": (400, 4), "c": (100, 8), "d": (100, 16)}
    cases = {name: {**CASE, "samples": n, "width": h} for name, (n, h) in sizes.items()}
    params = parse(item, {**values(item), "cases": cases, "seeds": 8})
    parts = []
    for n, h in sizes.values():
        top = -4 - 1.5 * np.log2(n / 100) + 0.5 * np.log2(h / 4)
        parts.append(grid({k: 60 - (k - top) ** 2 for k in range(-12, 1)}).assign(samples=n, width=h))
    fitted = exponents(case_optima({"ends": pd.concat(parts, ignore_index=True)}, params), params.cases)
    assert fitted["samples"][0] == pytest.approx(-1.5, abs=1e-5)
    assert fitted["width"][0] == pytest.approx(0.5, abs=1e-5)


def config(**changes):
    shared = {
        "side": 8, "test_samples": 60, "step_rule": "homogeneous", "centred": False, "batch": 10, "epochs": 60,
        "spacing": 0.1, "train_accuracy": 0.99, "device": "cpu", "log2_c": -3, "step": 0.1,
    }  # fmt: skip
    return {**shared, **Case(**CASE).model_dump(), **changes}


def settings(**changes):
    return Settings.of(Run(config(**changes), 0))


def test_a_run_is_decided_by_its_config_and_seed():
    first, again, other = (runs.compute(Run(config(), seed), NoCheckpoint())["ends"] for seed in (0, 0, 1))
    assert first == again != other
    assert first["status"] == "reached" and first["fitted"] >= 0.99
    assert first["peak"] >= max(first["final"], first["stopped"], first["first"])


def test_a_multiplier_that_is_not_applied_is_one():
    faulty = multiplier_not_applied(Run(config(log2_c=-6), 0), NoCheckpoint())
    assert faulty == runs.compute(Run(config(log2_c=0), 0), NoCheckpoint())


def test_the_fault_concerns_the_runs_at_a_multiplier_alone():
    item = load("A-heat").under("knob-off")
    works = {log2_c: item.work_of(Run(config(log2_c=log2_c), 0)) for log2_c in (-3, 0, 2)}
    assert works == {-3: multiplier_not_applied, 0: runs.compute, 2: multiplier_not_applied}


def test_a_gpu_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"device = .cuda.*allowed: cpu"):
        runs.compute(Run(config(device="cuda"), 0), NoCheckpoint())


def test_the_step_rules():
    steps = {
        rule: [runs.step_of(settings(step_rule=rule, step=0.3, log2_c=k), 5) for k in (-5, 0, 2)]
        for rule in STEP_RULES
    }
    assert steps["paper"] == pytest.approx([9.6, 0.3, 0.075])
    assert steps["homogeneous"] == pytest.approx([1.2, 0.3, 0.3 * 4**-0.4])
    assert steps["two-sided"] == pytest.approx([1.2, 0.3, 0.3 / 16])


@pytest.mark.parametrize(
    ("name", "depth"), [("cnn", 5), ("vgg19", 17), ("vgg19_bn", 17), ("resnet18", 18), ("resnet50", 50)]
)
def test_every_network_of_the_profiles_can_be_built(name, depth):
    small = settings(network=name, width=2)
    model, layers = runs.network(small, runs.samples(small, 0).train, 0)
    assert layers == depth and sum(weights.numel() for weights in model.parameters()) > 0


def test_images_in_a_file_are_part_of_a_run_and_missing_ones_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("EARLYALIGN_DATA", str(tmp_path))
    item = load("A-edim")
    case = {"biggan-32": {**CASE, "task": "biggan", "edim": 32}}
    with pytest.raises(UserError, match=r"biggan-edim32\.npz"):
        item.runs(parse(item, {**values(item), "cases": case}))


@pytest.mark.parametrize("task", ["cifar10", "cifar100", "fashion-mnist"])
def test_the_data_of_a_task_that_is_read_is_part_of_a_runs_name(task, monkeypatch):
    item = load("A-heat")
    params = parse(item, {**values(item), "cases": {"it": {**CASE, "edim": None, "task": task}}})
    keys = []
    for digest in ("a", "a", "b"):
        monkeypatch.setattr(practice_params, "images_sha256", lambda *_, digest=digest: digest)
        keys.append(run_key(item, item.runs(params)[0]))
    assert keys[0] == keys[1] != keys[2]


def test_a_run_is_not_trained_on_other_data_than_it_names(tmp_path, monkeypatch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(practice_params, "images_sha256", lambda *_: "the data of yesterday")
        item = load("A-heat")
        case = {"it": {**CASE, "edim": None, "task": "fashion-mnist"}}
        run = item.runs(parse(item, {**values(item), "cases": case}))[0]
    monkeypatch.setattr(image_tasks, "images_sha256", lambda *_: "the data of today")
    with pytest.raises(UserError, match="today, not the data of yesterday"):
        runs.samples(Settings.of(run), run.seed)


@pytest.mark.parametrize("change", [{"edim": None}, {"task": "digits"}])
def test_an_edim_goes_with_the_tasks_that_have_one(change):
    with pytest.raises(ValueError, match="edim must be set for task generator and biggan"):
        Case(**{**CASE, **change})


@pytest.mark.parametrize("id", ITEMS)
def test_every_claim_of_the_book_is_named_by_a_control(id):
    item = load(id)
    ends = {"A-tab-main": ("gain", "multiplier"), "A-tab1": ("shift", "default", "rich")}
    cases = read_profile("ci").params[id].cases
    wanted = {
        f"{id}/{name}-{end}" for name in cases for end in ends.get(id, ("rich", "lazy", "default"))
        if id != "A-fig-cstar"
    }  # fmt: skip
    named = {claim for control in item.controls for claim in control.claims}
    assert wanted <= named
    assert named - wanted <= {
        "A-heat/finished", "A-edim/slope", "A-tab1/no-shift", "A-fig-cstar/n", "A-fig-cstar/h",
        "A-fig-cstar/n-falls", "A-fig-cstar/h-falls",
    }  # fmt: skip


DECIDED = [
    pytest.param(id, control, id=f"{id}-{control.name}")
    for id in ITEMS for control in load(id).controls if control.name not in ("hard-task", "first-epoch")
]  # fmt: skip
"""Controls that leave nothing undecided at any scale; the other two need networks that have learned something."""


@pytest.mark.parametrize(("id", "control"), DECIDED)
def test_small_cases_are_enough_for_a_control(id, control):
    _, claims = under(load(id), control)
    assert {claims[name].verdict for name in control.claims} == {control.verdict}


def test_unfinished_and_diverged_runs_can_be_seen_in_the_heat_map():
    item = load("A-heat")
    change = {"steps": [0.1, 1e6], "epochs": 2, "multipliers": [-6, 0]}
    tables, _ = tables_and_claims(item, change)
    written = {text.get_text() for axis in item.figures[0].draw(tables).axes for text in axis.texts}
    assert any("×" in text for text in written) and any("…" in text for text in written)
    assert "unfinished" in item.figures[0].alt(tables) and "diverged" in item.figures[0].alt(tables)
