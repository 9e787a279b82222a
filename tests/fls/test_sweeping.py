"""A sweep finds an optimum that was put there, keeps casualties visible, and never computes a run twice."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from earlyalign.data.generated_images import Generator, generated_split
from earlyalign.errors import UserError
from earlyalign.fls import NotCompared, NotScaleCovariant, Stop, sweep
from earlyalign.fls import trials as room
from earlyalign.fls.sweeping import SEEDS, Bench, choose, judge
from earlyalign.fls.trials import Namer, Setting, Trial
from earlyalign.fls.verdicts import EDGE, UNCOMPARED, WORSE
from earlyalign.runs.engine import RunFailed
from earlyalign.runs.store import Store, pack

GRID = [2.0**k for k in range(-6, 5, 2)]
CONFIGS = [(c, step) for c in GRID for step in (0.1, 0.3)]


def parabola(trial):
    """Accuracy with its peak at c = 2^-2, better at the smaller step, a little noise by seed."""
    noise = np.random.default_rng([trial.seed, int(1e6 * trial.c)]).normal(0, 0.002)
    return 0.8 - 0.01 * (np.log2(trial.c) + 2) ** 2 - 0.02 * (trial.step > 0.2) + noise


class Played(Bench):
    """A bench whose runs are played: an accuracy for each trial, NaN for one that does not finish."""

    def __init__(self, accuracy):
        self.accuracy, self.rows = accuracy, {}

    def run(self, configs, seeds):
        for trial in (Trial(*config, seed) for config in configs for seed in seeds):
            value = self.accuracy(trial)
            status = "unfinished" if np.isnan(value) else "reached"
            self.rows[trial] = {"peak_accuracy": value, "status": status}


def played(accuracy, grid=GRID, configs=CONFIGS):
    bench = Played(accuracy)
    return bench, judge(bench, choose(bench, configs, range(4)), grid, range(4, 8))


def test_an_optimum_that_was_put_there_is_found_interior_with_its_gain():
    _, best = played(parabola)
    assert (best.c, best.step) == (0.25, 0.1)
    assert best.interior and best.low == best.high == 0.25
    assert abs(best.gain.mean - 0.04) <= best.gain.half_width < 0.01


def test_halving_prunes_and_keeps_the_default():
    bench, _ = played(parabola)
    counts = {config: sum((t.c, t.step) == config and t.seed < 4 for t in bench.rows) for config in CONFIGS}
    assert counts[0.25, 0.1] == 4
    assert sorted(counts.values())[: len(CONFIGS) // 2 - 1] == [1] * (len(CONFIGS) // 2 - 1)
    assert max(counts[1.0, 0.1], counts[1.0, 0.3]) == 4
    assert len(bench.rows) < 0.7 * 8 * len(CONFIGS)


def test_the_judging_seeds_have_no_say_in_the_choice():
    def late(trial):
        return parabola(trial) + (1.0 if trial.seed >= 4 and trial.c == 2.0**4 else 0.0)

    assert played(late)[1].c == 0.25


def test_nothing_but_noise_gains_nothing():
    resolved = 0
    for shift in range(40):

        def noise(trial, shift=shift):
            return np.random.default_rng(
                [shift, trial.seed, int(1e6 * trial.c), int(10 * trial.step)]
            ).normal(0.5, 0.02)

        resolved += played(noise)[1].resolved
    assert resolved <= 5


def test_an_optimum_at_the_end_of_the_grid_is_called_an_edge():
    _, best = played(lambda trial: 0.5 - 0.02 * np.log2(trial.c) + 1e-4 * trial.seed * trial.c)
    assert best.c == GRID[0] and (best.below, best.above) == (EDGE, WORSE)
    assert best.resolved and not best.interior


def test_neighbours_that_cannot_be_told_apart_are_in_the_range():
    def flat(trial):
        return (
            parabola(trial)
            if trial.c > 1
            else 0.79 + np.random.default_rng([trial.seed, int(1e6 * trial.c)]).normal(0, 0.01)
        )

    _, best = played(flat)
    assert best.low == GRID[0] and best.below == EDGE and best.high >= best.c


def test_a_neighbour_that_does_not_finish_is_not_called_worse():
    _, best = played(lambda trial: np.nan if trial.c < 0.25 else parabola(trial))
    assert best.c == 0.25 and best.below == UNCOMPARED and best.above == WORSE
    assert not best.interior and "did not finish" in best.words


def test_settings_that_do_not_finish_rank_behind_all_that_do():
    _, best = played(lambda trial: np.nan if trial.c == 0.25 and trial.seed == 0 else parabola(trial))
    assert best.c != 0.25
    assert played(lambda trial: np.nan)[1].c is None


@pytest.fixture(scope="module")
def task():
    split = generated_split(40, 60, 8, seed=0, generator=Generator(classes=3, channels=6))
    return {"train": split.train, "validation": split.test}


def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(768, 8), nn.ReLU(), nn.Linear(8, 3, bias=False))


def small(task, store, **changes):
    settings = {
        "c": [0.25],
        "steps": [0.01],
        "seeds": 4,
        "stop": Stop(epochs=40, batch=10, train_accuracy=0.7),
        "store": store,
        **changes,
    }
    return sweep(
        settings.pop("make_model", network),
        settings.pop("make_optimizer", torch.optim.SGD),
        **task,
        **settings,
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


def test_a_real_sweep_has_a_tidy_table_a_verdict_and_a_figure(task, store):
    swept = small(task, store)
    assert set(swept.table["half"]) == {"choosing", "judging"}
    assert set(swept.table["c"]) == {0.25, 1.0}
    assert len(swept.table) == len(swept.table.drop_duplicates(["c", "step", "seed"])) == 8
    assert swept.table["scaled_step"].tolist() == pytest.approx((0.01 / swept.table["c"]).tolist())
    finished = swept.table["status"] == "reached"
    assert (swept.table.loc[finished, "train_accuracy"] >= 0.7).all()
    assert swept.verdict.startswith(swept.best().words)
    axis = swept.plot().axes[0]
    assert len(axis.texts) == 2 and axis.get_xlabel().startswith("multiplier c")


def test_nothing_is_computed_twice_whatever_the_executor(task, store, monkeypatch):
    first = small(task, store)
    monkeypatch.setattr(room, "compute", lambda *_: pytest.fail("a stored run was computed again"))
    again = small(task, store)
    assert again.table.equals(first.table)
    monkeypatch.undo()
    with ThreadPoolExecutor(1) as threads:
        fresh = small(task, Store(store.root / "other"), executor=threads)
    assert fresh.table.equals(first.table)


def test_a_trials_name_follows_what_decides_its_numbers(task, store):
    def key(trial=None, threads=1, **changes):
        shared = {
            "make_model": network, "make_optimizer": torch.optim.SGD, "depth": 2.0, "stop": Stop(5), "centred": False,
            "train": (torch.ones(4, 3, 16, 16), torch.tensor([0, 1, 2, 0])),
            "validation": (torch.zeros(4, 3, 16, 16), torch.tensor([0, 1, 2, 0])),
        }  # fmt: skip
        return Namer(Setting(**{**shared, **changes}), threads).key(trial or Trial(0.25, 0.1, 0))

    class Leaky(nn.Sequential):
        def forward(self, images):
            return super().forward(images) + 0.1

    Leaky.__name__ = "Sequential"
    assert key() == key()
    others = [
        key(Trial(0.25, 0.1, 1)),
        key(Trial(0.5, 0.1, 0)),
        key(threads=2),
        key(centred=True),
        key(depth=5.0),
        key(stop=Stop(6)),
        key(make_optimizer=lambda p, step: torch.optim.SGD(p, step, momentum=0.9)),
        key(train=(torch.ones(4, 3, 16, 16), torch.tensor([0, 1, 2, 1]))),
        key(make_model=lambda: Leaky(*network())),
    ]
    assert len({key(), *others}) == 1 + len(others)


def test_diverged_runs_are_marked_with_their_step_and_the_sweep_goes_on(task, store):
    swept = small(task, store, steps=[0.01, 1e10])
    lost = swept.table[swept.table["step"] == 1e10]
    assert (lost["status"] == "diverged").any() and (lost["updates"] >= 1).all()
    assert swept.best().step == 0.01
    assert "diverged of" in swept.verdict
    assert any("×" in text.get_text() for text in swept.plot().axes[0].texts)


def test_a_trial_that_raises_does_not_lose_the_others(task, tmp_path):
    def make(parameters, step):
        if 0.5 < step < 1:
            raise ZeroDivisionError("told to fail")
        return torch.optim.SGD(parameters, step)

    kept = Store(tmp_path / "store")
    with pytest.raises(RunFailed, match=r"1 of 4 runs failed(?s:.*)c=1 step=0.6 seed=0(?s:.*)told to fail"):
        small(task, kept, make_optimizer=make, steps=[0.01, 0.6])
    assert len(list(kept.root.rglob("*.npz"))) == 3


def test_a_trial_is_refused_where_its_network_lies_elsewhere_than_named(task):
    setting = Setting(network, torch.optim.SGD, task["train"], task["validation"], 2.0, Stop(1), False)
    with pytest.raises(RuntimeError, match="a network on cpu here, on cuda where it was named"):
        room.compute(setting, Trial(1.0, 0.1, 0), 1, "cuda")


def test_adam_is_swept_with_a_warning(task, store):
    with pytest.warns(NotScaleCovariant, match="Adam"):
        swept = small(task, store, make_optimizer=lambda p, step: torch.optim.Adam(p, lr=step), steps=[0.001])
    assert len(swept.table) == 8


def test_sgd_is_swept_without_one(task, store):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small(task, store)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"depth": float("nan")}, "depth = nan"),
        ({"depth": 1e-9}, "depth = 1e-09"),
        ({"c": [1e-200]}, "beyond single precision"),
        ({"make_model": lambda: None}, "gives NoneType"),
        ({"make_model": nn.Flatten}, "no parameters to train"),
        ({"make_model": lambda: nn.Linear(5, 3)}, r"cannot take inputs \(40, 3, 16, 16\)"),
        ({"c": [0.0]}, "c = 0.0 must be a positive"),
        ({"c": [-1.0]}, "positive"),
        ({"c": [1.0]}, "a multiplier besides 1"),
        ({"steps": []}, "and a step"),
        ({"steps": [-0.1]}, "step = -0.1 must be a positive"),
        ({"seeds": 3}, "at least 4 different seeds"),
        ({"seeds": [1, 1, 2, 3]}, "at least 4 different seeds"),
        ({"make_model": lambda: nn.Sequential(network(), nn.Softmax(dim=1))}, "probabilities"),
        ({"make_optimizer": lambda p, step: torch.optim.LBFGS(p, step)}, "closure"),
    ],
)
def test_input_that_makes_no_sense_is_refused_and_nothing_is_run(task, tmp_path, change, said):
    with pytest.raises(UserError, match=said):
        small(task, Store(tmp_path / "store"), **change)
    assert not (tmp_path / "store").exists()


def test_a_centred_sweep_starts_every_run_at_the_same_prediction(task, store):
    swept = small(task, store, centred=True)
    assert not swept.table["peak_accuracy"].equals(small(task, store).table["peak_accuracy"])


def test_a_damaged_run_is_computed_again(task, tmp_path):
    kept = Store(tmp_path / "store")
    first = small(task, kept)
    path = next(kept.root.glob("*/*.npz"))
    path.write_bytes(pack({"trial": {"c": 1.0}}, 0.0)[:-5])
    with pytest.warns(UserWarning, match="computing it again"):
        assert small(task, kept).table.equals(first.table)


LIMIT = 1.0


class Clamped(nn.Sequential):
    """A clamp that a probe on few samples need not meet."""

    def forward(self, images):
        return super().forward(images).clamp(-1e6 * LIMIT, 1e6 * LIMIT)


class Clipped(torch.optim.SGD):
    """A limit inside the step, which no setting names."""

    def step(self, closure=None):
        nn.utils.clip_grad_value_(self.param_groups[0]["params"], LIMIT)
        return super().step(closure)


@pytest.mark.parametrize(
    "change",
    [{"make_model": lambda: Clamped(*network())}, {"make_optimizer": Clipped}],
    ids=["forward", "step"],
)
def test_a_constant_changed_inside_the_users_code_is_another_run(task, tmp_path, monkeypatch, change):
    kept = Store(tmp_path / "store")
    small(task, kept, **change)
    before = set(kept.root.rglob("*.npz"))
    small(task, kept, **change)
    assert set(kept.root.rglob("*.npz")) == before
    monkeypatch.setitem(globals(), "LIMIT", 1e-4)
    small(task, kept, **change)
    assert len(set(kept.root.rglob("*.npz"))) == 2 * len(before)


def test_fresh_computes_each_run_once_again(task, tmp_path, monkeypatch):
    kept = Store(tmp_path / "store")
    first = small(task, kept)
    counted, compute = [], room.compute
    monkeypatch.setattr(room, "compute", lambda *words: counted.append(words[1]) or compute(*words))
    again = small(task, kept, fresh=True)
    assert again.table.equals(first.table)
    assert len(counted) == len(set(counted)) == len(first.table)


def test_stored_runs_of_code_that_cannot_be_compared_are_warned_of(task, tmp_path):
    generator = torch.Generator().manual_seed(0)

    def make():
        assert generator is not None
        return network()

    kept = Store(tmp_path / "store")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small(task, kept, make_model=make)
    with pytest.warns(NotCompared, match=r"generator.*fresh=True"):
        small(task, kept, make_model=make)


def test_eight_seeds_judge_by_default(task, store):
    swept = small(task, store, seeds=SEEDS, stop=Stop(epochs=1, by="epochs"))
    halves = swept.table.groupby("half")["seed"].nunique()
    assert (halves["choosing"], halves["judging"], swept.best().gain.seeds) == (4, 8, 8)


def stack(*middle):
    return nn.Sequential(nn.Flatten(), nn.Linear(768, 6), *middle, nn.ReLU(), nn.Linear(6, 3, bias=False))


KINDS = {
    "double": lambda: network().double(),
    "half": lambda: network().bfloat16(),
    "lazy": lambda: nn.Sequential(nn.Flatten(), nn.LazyLinear(6), nn.ReLU(), nn.LazyLinear(3, bias=False)),
}


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_models_of_other_kinds_are_swept(task, store, kind, centred):
    swept = small(task, store, make_model=KINDS[kind], centred=centred, stop=Stop(epochs=1, by="epochs"))
    assert set(swept.table["status"]) == {"reached"}


def test_embeddings_are_swept(store):
    words = torch.arange(60).reshape(20, 3) % 7
    data = words, words[:, 0] % 3
    swept = small(
        {"train": data, "validation": data}, store, stop=Stop(epochs=2, batch=10, by="epochs"),
        make_model=lambda: nn.Sequential(nn.Embedding(7, 4), nn.Flatten(), nn.Linear(12, 3, bias=False)),
    )  # fmt: skip
    assert set(swept.table["status"]) == {"reached"}


@pytest.mark.filterwarnings("ignore::earlyalign.fls.NotHomogeneous")
def test_a_last_batch_of_one_is_refused_where_the_model_cannot_take_it(task, store):
    def make():
        return stack(nn.BatchNorm1d(6))

    with pytest.raises(
        UserError, match=r"40 samples in batches of 13 .* batch of one.* choose another batch"
    ):
        small(task, store, make_model=make, stop=Stop(epochs=1, batch=13, by="epochs"))
    for model, batch in ((make, 12), (network, 13)):
        small(task, store, make_model=model, stop=Stop(epochs=1, batch=batch, by="epochs"))
