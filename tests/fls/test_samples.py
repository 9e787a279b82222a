"""Inputs keep their labels in whatever form a sample comes, and what has no end is not waited for."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from earlyalign.errors import UserError
from earlyalign.fls import samples as room
from earlyalign.fls.samples import as_samples, fitted

N = 40
INPUTS = torch.arange(float(N))[:, None] * torch.ones(1, 3)
LABELS = torch.arange(N)


class Shuffled(IterableDataset):
    """Another order at every pass."""

    def __iter__(self):
        for place in np.random.default_rng().permutation(N):
            yield INPUTS[place], int(LABELS[place])


class Jittered(Dataset):
    """A row that is drawn anew at every access."""

    def __len__(self):
        return N

    def __getitem__(self, _):
        place = int(torch.randint(N, ()))
        return INPUTS[place], LABELS[place]


class Endless(Dataset):
    """No IndexError ever; a length."""

    def __len__(self):
        return N

    def __getitem__(self, place):
        return INPUTS[place % N], LABELS[place % N]


class Stream(IterableDataset):
    def __iter__(self):
        while True:
            yield INPUTS[0], 0


class Measured(Stream):
    def __len__(self):
        return 7


def batches():
    return ((INPUTS[k : k + 8], LABELS[k : k + 8]) for k in range(0, N, 8))


FORMS = {
    "shuffled": Shuffled,
    "jittered": Jittered,
    "endless": Endless,
    "loader": lambda: DataLoader(TensorDataset(INPUTS, LABELS), 8, shuffle=True),
    "loader of a stream": lambda: DataLoader(Shuffled(), 8),
    "generator": batches,
    "list of batches": lambda: list(batches()),
    "two batches": lambda: [(INPUTS[:30], LABELS[:30]), (INPUTS[30:], LABELS[30:])],
    "arrays in batches": lambda: [(INPUTS[:20].numpy(), LABELS[:20].numpy())] * 2,
    "rows": lambda: TensorDataset(INPUTS, LABELS),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_input_keeps_its_label(form):
    inputs, labels = as_samples(FORMS[form](), "train")
    assert inputs.shape == (N, 3) and labels.shape == (N,)
    assert torch.equal(inputs[:, 0].long(), labels)


def test_what_a_loader_draws_is_the_same_every_time_and_leaves_torch_alone():
    state = torch.get_rng_state()
    first, second = (as_samples(FORMS["loader"](), "train")[1] for _ in range(2))
    assert torch.equal(first, second) and not torch.equal(first, LABELS)
    assert torch.equal(state, torch.get_rng_state())


def test_a_stream_ends_by_its_length_or_is_refused(monkeypatch):
    assert len(as_samples(Measured(), "train")[1]) == 7
    monkeypatch.setattr(room, "MOST_ROWS", 100)
    with pytest.raises(UserError, match="train gave 100 entries and goes on: give it a length"):
        as_samples(Stream(), "train")


class Rows(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, place):
        return self.rows[place]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"image": INPUTS[0], "label": 1}] * 3, "a row is a mapping with image, label, not"),
        ([(INPUTS[0], 1, 2)] * 3, "a row is tuple of 3, not"),
        ([INPUTS[0]] * 3, "a row is Tensor, not"),
        ([("a picture", 1)] * 3, "no tensor or number"),
        ([(INPUTS[0], 1), (INPUTS[0, :2], 1)], "not all of one shape"),
        ([], "train is empty"),
    ],
)
def test_rows_that_are_no_pairs_are_named_in_one_line(rows, said):
    with pytest.raises(UserError, match=said) as error:
        as_samples(Rows(rows), "train")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_counted(broken):
    inputs = INPUTS.clone()
    inputs[3, 1] = inputs[5, 0] = broken
    with pytest.raises(UserError, match="train: 2 of 40 inputs"):
        as_samples((inputs, LABELS), "train")


@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("given", [torch.float32, torch.float64, torch.uint8])
def test_inputs_take_the_models_precision(kind, given):
    data = as_samples((INPUTS.to(given), LABELS), "train")
    model = nn.Linear(3, 2).to(kind)
    assert model(fitted(data, model)[0]).dtype == kind


def test_whole_numbers_stay_so_for_embeddings():
    data = as_samples((LABELS[:, None], LABELS), "train")
    model = nn.Sequential(nn.Embedding(N, 4), nn.Flatten(), nn.Linear(4, 2))
    assert model(fitted(data, model)[0]).shape == (N, 2)
