"""Whatever goes by names finds the bare model's members in the wrapped one, and reaches what is computed."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.distributed.checkpoint.state_dict import get_model_state_dict, set_model_state_dict
from torch.nn.utils import parametrize
from torch.optim.swa_utils import AveragedModel

from earlyalign.networks.output_multiplier import OutputMultiplier

INPUTS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))


class Clashing(nn.Module):
    """A network whose members are called as the wrapper's own attributes are."""

    def __init__(self):
        super().__init__()
        self.model, self.initial = nn.Linear(4, 4), nn.BatchNorm1d(4)
        self.c = nn.Parameter(torch.ones(3, 4))

    def forward(self, inputs):
        return self.initial(self.model(inputs)) @ self.c.T


def layers():
    return nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))


BARE = {"sequential": layers, "leaf": lambda: nn.Linear(4, 3), "clashing": Clashing}
CASES = pytest.mark.parametrize(
    ("make", "centred"),
    [pytest.param(make, centred, id=f"{name}-{centred}") for name, make in BARE.items() for centred in (False, True)],
)  # fmt: skip


def wrapped(make, centred=False, c=0.5):
    torch.manual_seed(1)
    model = OutputMultiplier(make(), c, centred)
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.1)
    return model.eval()


def names(pairs):
    return [name for name, _ in pairs]


@CASES
def test_parameters_buffers_and_state_agree_in_names(make, centred):
    model, bare = wrapped(make, centred), make()
    assert names(model.named_parameters()) == names(bare.named_parameters())
    assert names(model.named_buffers()) == names(bare.named_buffers())
    assert list(model.state_dict()) == list(bare.state_dict())
    assert {*names(model.named_parameters()), *names(model.named_buffers())} == set(model.state_dict())
    for name, value in model.named_parameters():
        assert model.get_parameter(name) is value


@CASES
def test_a_functional_call_computes_with_the_weights_it_is_given(make, centred):
    model, other = wrapped(make, centred), wrapped(make, centred)
    with torch.no_grad():
        for weights in other.parameters():
            weights.mul_(2)
    kept = model(INPUTS)
    outputs = torch.func.functional_call(model, dict(other.named_parameters()), (INPUTS,))
    torch.testing.assert_close(outputs, other(INPUTS))
    torch.testing.assert_close(model(INPUTS), kept)
    gradients = torch.func.grad(lambda p: torch.func.functional_call(model, p, (INPUTS,)).square().sum())(
        {name: weights.detach() for name, weights in model.named_parameters()}
    )
    model(INPUTS).square().sum().backward()
    for name, weights in model.named_parameters():
        torch.testing.assert_close(gradients[name], weights.grad)


@pytest.mark.parametrize("centred", [False, True])
def test_an_exported_program_has_the_bare_names_and_the_same_logits(centred):
    model = wrapped(layers, centred)
    exported = torch.export.export(model, (INPUTS,))
    assert set(names(model.named_parameters())) <= set(exported.state_dict)
    torch.testing.assert_close(exported.module()(INPUTS), model(INPUTS))


@CASES
def test_a_distributed_checkpoints_state_goes_both_ways(make, centred):
    model, other = wrapped(make, centred), make()
    state = get_model_state_dict(model)
    assert set(state) == set(other.state_dict())
    set_model_state_dict(other.eval(), state)
    torch.testing.assert_close(other(INPUTS), model.__dict__["_bare"](INPUTS))
    set_model_state_dict(model, make().state_dict())


@CASES
def test_copies_and_pickles_share_nothing_with_the_original(make, centred):
    model = wrapped(make, centred)
    before = model(INPUTS)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        torch.testing.assert_close(twin(INPUTS), before)
        with torch.no_grad():
            for weights in twin.parameters():
                weights.add_(1)
        assert not torch.allclose(twin(INPUTS), before)
        assert torch.equal(model(INPUTS), before)


def test_a_parametrized_layer_is_computed_with():
    model = wrapped(layers)

    class Doubled(nn.Module):
        def forward(self, weight):
            return 2 * weight

    plain = wrapped(layers)
    parametrize.register_parametrization(model.get_submodule("3"), "weight", Doubled())
    parametrize.register_parametrization(plain.model[3], "weight", Doubled())
    assert names(model.named_parameters()) == names(plain.model.named_parameters())
    torch.testing.assert_close(model(INPUTS), plain(INPUTS))
    assert not torch.allclose(model(INPUTS), wrapped(layers)(INPUTS))


@CASES
def test_a_replica_computes_with_its_own_weights(make, centred):
    model = wrapped(make, centred)
    before = model(INPUTS)
    made = {module: module._replicate_for_data_parallel() for module in model.modules()}
    for module, replica in made.items():
        for name, child in module._modules.items():
            setattr(replica, name, made[child])
        for name, weights in module._parameters.items():
            setattr(replica, name, weights.detach() * 2)
        for name, values in module._buffers.items():
            setattr(replica, name, values.clone())
    doubled = copy.deepcopy(model)
    with torch.no_grad():
        for weights in doubled.parameters():
            weights.mul_(2)
    torch.testing.assert_close(made[model](INPUTS), doubled(INPUTS))
    assert torch.equal(model(INPUTS), before)


def test_a_moving_average_averages():
    model = wrapped(layers)
    averaged = AveragedModel(model)
    averaged.update_parameters(model)
    torch.testing.assert_close(averaged.eval()(INPUTS), model(INPUTS))
    assert set(averaged.module.state_dict()) == set(layers().state_dict())


def test_own_attributes_give_way_to_members_of_the_model():
    plain, clashing = wrapped(layers), wrapped(Clashing)
    assert plain.c == 0.5 and plain.initial is None and not plain.centred
    assert isinstance(clashing.model, nn.Linear) and isinstance(clashing.initial, nn.BatchNorm1d)
    assert clashing.get_parameter("c").shape == (3, 4)
    torch.testing.assert_close(clashing(INPUTS), 0.5 * clashing.__dict__["_bare"](INPUTS))


def test_a_multiplier_set_later_multiplies():
    model = wrapped(layers)
    before = model(INPUTS)
    model.c = 2.0
    torch.testing.assert_close(model(INPUTS), 4 * before)
    with pytest.raises(ValueError, match="positive"):
        model.c = -1
    with pytest.raises(AttributeError, match="wrap it again"):
        model.centred = True


def test_a_new_head_is_a_new_head():
    model = wrapped(layers)
    setattr(model, "3", nn.Linear(5, 7))
    assert model(INPUTS).shape == (6, 7) and len(model.model[3].bias) == 7


def test_every_part_moves_and_changes_mode():
    model = OutputMultiplier(nn.LSTM(4, 3), 0.5)
    assert {weights.dtype for weights in model.double().parameters()} == {torch.float64}
    assert model.model(INPUTS.double())[0].dtype == torch.float64
    leaf = OutputMultiplier(nn.Dropout(0.5), 1.0, centred=True).eval()
    assert not leaf.model.training and not leaf.initial.training
    assert leaf.train().model.training


def test_lazy_layers_are_wrapped_only_where_the_start_is_known():
    lazy = nn.Sequential(nn.LazyLinear(3))
    with pytest.raises(ValueError, match="must see one batch"):
        OutputMultiplier(lazy, 0.5, centred=True)
    assert OutputMultiplier(lazy, 0.5)(INPUTS).shape == (6, 3)
    assert torch.equal(OutputMultiplier(lazy, 0.5, centred=True)(INPUTS), torch.zeros(6, 3))
