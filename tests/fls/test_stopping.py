"""Each rule ends a run where it says, and a training function of the user's own keeps to what `sweep` asks of it."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from earlyalign.dynamics.deep_training import Status, plain_sgd, train_until
from earlyalign.errors import UserError
from earlyalign.fls import Stop, sweep
from earlyalign.fls.stopping import score_of, train_by, train_with
from earlyalign.fls.sweeping import _stop

GENERATOR = torch.Generator().manual_seed(0)
INPUTS = torch.randn(120, 5, generator=GENERATOR)
LABELS = (INPUTS[:, 0] + 1.5 * torch.randn(120, generator=GENERATOR) > 0).long()
TRAIN, HELD_OUT = (INPUTS[:40], LABELS[:40]), (INPUTS[40:], LABELS[40:])


def network():
    return nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2, bias=False))


def run(follow=train_by, **settings):
    torch.manual_seed(0)
    model = network()
    stop = Stop(**{"epochs": 60, "batch": 10, **settings})
    return follow(model, plain_sgd(model, 0.3), TRAIN, HELD_OUT, stop, 0)


def test_by_accuracy_it_is_the_papers_run():
    ours, theirs = run(train_accuracy=0.9), run(train_until, train_accuracy=0.9)
    assert ours.status == theirs.status == Status.REACHED
    for name, values in theirs.trace.items():
        np.testing.assert_array_equal(values, ours.trace[name])


def test_by_risk_it_ends_at_the_first_loss_that_is_low_enough():
    ended = run(by="risk", risk=0.4)
    losses = ended.trace["train_loss"]
    assert ended.status == Status.REACHED and losses[-1] <= 0.4 < losses[:-1].min()
    assert run(by="risk", risk=1e-9).status == Status.UNFINISHED


def test_by_epochs_it_takes_them_all_and_counts_as_finished():
    ended = run(by="epochs", epochs=7)
    assert (ended.status, ended.step, len(ended.trace["step"])) == (Status.REACHED, 28, 8)


def test_by_validation_it_ends_when_the_loss_no_longer_falls():
    ended = run(by="validation", patience=5)
    losses = ended.trace["test_loss"]
    least = int(losses.argmin())
    assert ended.status == Status.REACHED and len(losses) - 1 - least == 5
    assert ended.validation_stopped_accuracy == ended.trace["test_accuracy"][least]
    assert run(by="validation", patience=60, epochs=3).status == Status.REACHED


@pytest.mark.parametrize("by", ["risk", "epochs", "validation"])
def test_what_diverges_is_said_to(by):
    torch.manual_seed(0)
    model = network()
    stop = Stop(epochs=20, batch=10, by=by, risk=0.1 if by == "risk" else None)
    assert train_by(model, plain_sgd(model, 1e20), TRAIN, HELD_OUT, stop, 0).status == Status.DIVERGED


@pytest.mark.parametrize(
    "bad",
    [{"by": "luck"}, {"by": "risk"}, {"risk": 0.1}, {"by": "risk", "risk": float("nan")}, {"patience": 0}],
)
def test_rules_that_make_no_sense_are_refused(bad):
    with pytest.raises(UserError):
        Stop(epochs=5, **bad)


def swept(tmp_path, **changes):
    settings = {"train": TRAIN, "stop": Stop(epochs=4, batch=10, by="epochs"), **changes}
    return sweep(
        network,
        validation=HELD_OUT,
        c=[0.25],
        steps=[0.1, 0.2],
        seeds=4,
        store=tmp_path / "store",
        **settings,
    )


@pytest.mark.parametrize(
    ("by", "column"),
    [
        ("accuracy", "peak_accuracy"),
        ("epochs", "final_accuracy"),
        ("validation", "validation_stopped_accuracy"),
    ],
)
def test_runs_are_compared_by_what_their_rule_names(tmp_path, by, column):
    stop = Stop(epochs=15, batch=10, by=by, train_accuracy=0.7)
    assert score_of(stop) == column
    sweep = swept(tmp_path, stop=stop)
    best, judging = sweep.best(), sweep.table[sweep.table["half"] == "judging"]
    ours, default = (
        judging[(judging["c"] == c) & (judging["step"] == step)].sort_values("seed")[column].to_numpy()
        for c, step in ((best.c, best.step), (1.0, best.default_step))
    )
    assert best.gain.mean == pytest.approx((ours - default).mean())
    assert sweep.means()["mean"].max() == pytest.approx(
        sweep.table[sweep.table["status"] == "reached"].groupby(["c", "step"])[column].mean().max()
    )


def decayed(model, step, seed):
    """Weight decay, a schedule and a drawn flip of signs: an epoch at a time."""
    optimizer = torch.optim.SGD(model.parameters(), step, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
    for _ in range(4):
        assert model.training
        signs = 1 - 2 * (torch.rand(len(TRAIN[1]), 1) < 0.1).float()
        loss = nn.functional.cross_entropy(model(signs * TRAIN[0]), TRAIN[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield


def test_a_training_function_is_swept_and_its_runs_are_kept(tmp_path):
    first = swept(tmp_path, train=decayed, stop=None)
    assert set(first.table["status"]) == {"reached"} and (first.table["updates"] == 5).all()
    files = list((tmp_path / "store").rglob("*.npz"))
    again = swept(tmp_path, train=decayed, stop=None)
    assert again.table.equals(first.table) and list((tmp_path / "store").rglob("*.npz")) == files
    with pytest.raises(UserError, match="leave out stop"):
        swept(tmp_path, train=decayed)


@pytest.mark.parametrize(
    ("gives", "status"), [(None, Status.REACHED), (True, Status.REACHED), (False, Status.UNFINISHED)]
)
def test_what_a_plain_function_gives_says_whether_it_got_there(gives, status):
    def plain(model, step, seed):
        with torch.no_grad():
            model[0].weight.mul_(step)
        return gives

    model = network()
    before = model[0].weight.clone()
    ended = train_with(plain, model, 0.5, HELD_OUT, 0)
    assert ended.status == status and len(ended.trace["step"]) == 2
    torch.testing.assert_close(model[0].weight, 0.5 * before)


def test_a_function_that_breaks_the_contract_or_the_weights_is_found_out():
    with pytest.raises(UserError, match="gave dict"):
        train_with(lambda model, step, seed: {}, network(), 0.1, HELD_OUT, 0)

    def ruins(model, step, seed):
        with torch.no_grad():
            model[0].weight.fill_(float("nan"))

    assert train_with(ruins, network(), 0.1, HELD_OUT, 0).status == Status.DIVERGED


def test_a_training_function_draws_the_same_from_the_same_seed():
    def ends(seed):
        torch.manual_seed(7)
        model = network()
        return train_with(decayed, model, 0.1, HELD_OUT, seed).trace["test_loss"][-1]

    assert ends(1) == ends(1) != ends(2)


def test_a_loader_lends_its_batches_where_no_stop_is_given():
    loader = DataLoader(TensorDataset(*TRAIN), 20, shuffle=True)
    assert (_stop(None, loader).batch, _stop(None, TRAIN).batch, _stop(Stop(5), loader).batch) == (
        20,
        128,
        128,
    )
