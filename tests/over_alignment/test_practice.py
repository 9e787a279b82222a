"""The practice items: how an optimum is read off a grid, that only finished runs count, controls, and pictures."""

import numpy as np
import pandas as pd
import pytest
import torch
from tests.smoke import tables_and_claims, values

from earlyalign.data import image_tasks
from earlyalign.errors import UserError
from earlyalign.items.item import Verdict
from earlyalign.items.manifest import load
from earlyalign.items.run import NoCheckpoint, Run
from earlyalign.over_alignment.practice import params as practice_params
from earlyalign.over_alignment.practice import readings, training
from earlyalign.over_alignment.practice.cstar_sizes import exponents
from earlyalign.over_alignment.practice.params import Case
from earlyalign.publish.profiles import read_profile
from earlyalign.runs.measure import parse
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
            **dict.fromkeys(readings.SCORES, 1.0 if (k, step, seed) in lost else
                            (value + step + noise * rng.standard_normal()) / 100),
        }
        for k, value in curve.items() for step in steps for seed in range(seeds)
    ]  # fmt: skip
    return readings.in_points({"ends": pd.DataFrame(rows)})["ends"]


BOWL = {-9: 50.0, -6: 60.0, -3: 58.0, 0: 45.0, 2: 20.0}


def test_a_gain_is_the_difference_of_means_and_needs_no_luck():
    found = readings.scores(grid(BOWL))
    assert readings.gains(found, 0) == pytest.approx(np.full(8, 15.0))
    assert readings.gains(found, None) == pytest.approx(np.full(8, 10.0))
    with pytest.raises(ValueError, match=r"2\^1 was not run"):
        readings.gains(found, 1)


def test_choosing_and_judging_on_different_seeds_finds_nothing_in_noise():
    rng = np.random.default_rng(0)
    held_out, apparent = [], []
    for _ in range(100):
        noise = readings.Scores(np.arange(-12, 3), np.array([0.1]), 5 * rng.standard_normal((8, 15, 1)))
        held_out.append(readings.gains(noise, 0).mean())
        curve = noise.curve(np.arange(8))
        apparent.append(curve.max() - curve[12])
    assert abs(np.mean(held_out)) < 1.0
    assert np.mean(apparent) > 2.0, "the best of fifteen looks better than one of them, by luck"


def test_each_multiplier_is_judged_at_its_own_best_step():
    ends = grid(BOWL, steps=(0.1, 0.2))
    ends.loc[(ends["log2_c"] == 0) & (ends["step"] == 0.2), "peak"] = 55.0
    assert readings.gains(readings.scores(ends), 0) == pytest.approx(np.full(8, 60.2 - 55.0))


def test_a_setting_with_an_unfinished_run_is_never_the_best():
    ends = grid(BOWL, lost={(0, 0.1, 3)})
    found = readings.scores(ends)
    assert np.isnan(found.values[3, 3, 0])
    assert np.isneginf(found.curve(np.arange(8))[3])
    told = readings.gains(found, 0)
    assert np.isnan(told[3]) and np.isfinite(np.delete(told, 3)).all()
    assert found.largest_finished == 2


def test_too_few_finished_seeds_are_no_gain():
    lost = {(k, 0.1, seed) for k in BOWL for seed in range(5)}
    assert readings.gain(readings.scores(grid(BOWL, lost=lost)), 0) is None


def test_the_optimum_of_a_parabola_is_its_vertex():
    curve = {k: 60 - (k + 5) ** 2 for k in (-12, -9, -6, -3, 0)}
    centre, low, high = readings.optimum(readings.scores(grid(curve)))
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
    found = exponents({"ends": pd.concat(parts, ignore_index=True)}, params)
    assert found["samples"][0] == pytest.approx(-1.5, abs=1e-5)
    assert found["width"][0] == pytest.approx(0.5, abs=1e-5)


def config(**changes):
    shared = {
        "side": 8, "test_samples": 60, "step_rule": "homogeneous", "centred": False, "batch": 10, "epochs": 60,
        "spacing": 0.1, "train_accuracy": 0.99, "device": "cpu", "knob": "on", "log2_c": -3, "step": 0.1,
    }  # fmt: skip
    return {**shared, **Case(**CASE).model_dump(), **changes}


def test_a_run_is_decided_by_its_config_and_seed():
    first, again, other = (
        training.compute(Run(config(), seed), NoCheckpoint())["ends"] for seed in (0, 0, 1)
    )
    assert first == again != other
    assert first["status"] == "reached" and first["fitted"] >= 0.99
    assert first["peak"] >= max(first["final"], first["stopped"], first["first"])


def test_with_the_knob_off_the_multiplier_is_one():
    off, one = (
        training.compute(Run(config(**change), 0), NoCheckpoint())["ends"]
        for change in ({"knob": "off", "log2_c": -6}, {"log2_c": 0})
    )
    assert off == one


def test_a_gpu_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"device = .cuda.*allowed: cpu"):
        training.compute(Run(config(device="cuda"), 0), NoCheckpoint())


def test_the_step_rules():
    run = {rule: Run(config(step_rule=rule, step=0.3), 0) for rule in ("paper", "homogeneous", "two-sided")}
    steps = {rule: [training.step_of(each, c, 5) for c in (1 / 32, 1.0, 4.0)] for rule, each in run.items()}
    assert steps["paper"] == pytest.approx([9.6, 0.3, 0.075])
    assert steps["homogeneous"] == pytest.approx([1.2, 0.3, 0.3 * 4**-0.4])
    assert steps["two-sided"] == pytest.approx([1.2, 0.3, 0.3 / 16])


@pytest.mark.parametrize(
    ("name", "depth"), [("cnn", 5), ("vgg19", 17), ("vgg19_bn", 17), ("resnet18", 18), ("resnet50", 50)]
)
def test_every_network_of_the_profiles_can_be_built(name, depth):
    run = Run(config(network=name, width=2), 0)
    model, found = training.network(run, training.samples(run).train)
    assert found == depth and sum(weights.numel() for weights in model.parameters()) > 0


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
        training.samples(run)


@pytest.fixture(scope="module")
def measured():
    return {id: tables_and_claims(load(id)) for id in ITEMS}


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


CHEAP = [
    (id, control) for id in ITEMS for control in load(id).controls if control.name not in ("hard-task", "first-epoch")
]  # fmt: skip
"""Controls that decide at any scale; the other two need networks that have learned something."""


@pytest.mark.parametrize(("id", "control"), CHEAP, ids=lambda value: getattr(value, "name", value))
def test_controls_give_their_verdict(id, control):
    small = {"cases": {name: {**case, "samples": 30} for name, case in control.change["cases"].items()}}
    change = control.change if id == "A-fig-cstar" else {**control.change, **small}
    _, claims = tables_and_claims(load(id), change)
    assert {claims[name].verdict for name in control.claims} == {control.verdict}


@pytest.mark.parametrize("id", ITEMS)
def test_pictures_show_finite_data_and_describe_themselves(measured, id):
    tables, claims = measured[id]
    assert claims and not {claim.verdict for claim in claims.values()} & {Verdict.NOT_RUN}
    for picture in load(id).figures:
        figure = picture.draw(tables)
        for axis in (axis for axis in figure.axes if axis.get_lines()):
            drawn = np.concatenate([np.asarray(line.get_ydata(), float) for line in axis.get_lines()])
            assert np.isfinite(drawn).any() and axis.get_xlabel()
        assert len(picture.alt(tables)) > 80
        assert "seeds" in picture.caption(tables)


def test_unfinished_and_diverged_runs_can_be_seen_in_the_heat_map():
    item = load("A-heat")
    change = {"steps": [0.1, 1e6], "epochs": 2, "multipliers": [-6, 0]}
    tables, _ = tables_and_claims(item, change)
    written = {text.get_text() for axis in item.figures[0].draw(tables).axes for text in axis.texts}
    assert any("×" in text for text in written) and any("…" in text for text in written)
    assert "unfinished" in item.figures[0].alt(tables) and "diverged" in item.figures[0].alt(tables)
