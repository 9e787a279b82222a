"""Two programs that may train differently have two digests; the same program has one, in every process."""

import functools
import os
import subprocess
import sys
import types

import pytest
import torch
from torch import nn

from earlyalign.fls.user_source import Source

TEXT = """
import functools, math
from dataclasses import dataclass
import torch
from torch import nn

LIMIT = 3.0
TABLE = {"a": [1, 2]}

@dataclass
class Options:
    clip: float = 0.5

OPTIONS = Options()

def helper(x):
    '''Words.'''
    return x.clamp(-LIMIT, LIMIT)

class Base(nn.Module):
    bound = 7

class Net(Base):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return helper(self.layer(x)) * len(TABLE["a"])

    @property
    def level(self):
        return 1

    @staticmethod
    def idle():
        return 11

class Clipped(torch.optim.SGD):
    def step(self, closure=None):
        nn.utils.clip_grad_norm_(self.param_groups[0]["params"], OPTIONS.clip)
        return super().step(closure)

def outer(factor):
    def make(scale=2):
        return Net(), Clipped, factor * scale, {"x", "y", "z"} & {"x"}
    return make

make = outer(5)
"""

CHANGES = {
    "global": ("LIMIT = 3.0", "LIMIT = 4.0"),
    "inside a table": ("[1, 2]", "[1, 3]"),
    "field of an object": ("clip: float = 0.5", "clip: float = 0.6"),
    "helper": ("x.clamp(-LIMIT, LIMIT)", "x.clamp(-LIMIT, 2 * LIMIT)"),
    "base class": ("bound = 7", "bound = 8"),
    "forward": ('len(TABLE["a"])', 'len(TABLE["a"]) + 0'),
    "property": ("return 1\n", "return 2\n"),
    "static method": ("return 11", "return 12"),
    "optimizer's step": ("super().step(closure)", "super().step()"),
    "closure": ("outer(5)", "outer(6)"),
    "default": ("scale=2", "scale=3"),
}


def digest(text):
    module = types.ModuleType("swept_by_a_test")
    exec(compile(text, "somewhere.py", "exec"), module.__dict__)
    source = Source()
    source.add(module.make, "make")
    return source.hexdigest()


def test_the_same_program_has_one_digest_wherever_its_lines_stand():
    assert digest(TEXT) == digest("\n\n# words\n" + TEXT)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_what_is_reached_changes_the_digest(change):
    old, new = CHANGES[change]
    assert old in TEXT
    assert digest(TEXT.replace(old, new)) != digest(TEXT)


def test_what_is_not_reached_does_not_matter():
    assert digest(TEXT + "\nUNUSED = 4\n") == digest(TEXT)


def test_the_digest_is_the_same_in_another_process(tmp_path):
    (tmp_path / "program.py").write_text(TEXT)
    (tmp_path / "told.py").write_text(
        "import program\nfrom earlyalign.fls.user_source import Source\n"
        "source = Source()\nsource.add(program.make, 'make')\nprint(source.hexdigest(), source.unseen)\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "told.py"], cwd=tmp_path, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(printed) == 1 and next(iter(printed)).endswith("[]\n")


def test_a_module_of_the_users_counts_with_its_values(monkeypatch):
    settings = types.ModuleType("settings_of_a_test")
    settings.clip = 1.0
    reads = eval("lambda: settings.clip", {"settings": settings})
    digests = []
    for clip in (1.0, 2.0):
        settings.clip = clip
        source = Source()
        source.add(reads, "reads")
        digests.append(source.hexdigest())
    assert digests[0] != digests[1]


def test_values_behind_partials_tensors_and_hooks_count():
    def one(value):
        source = Source()
        source.add(value, "it")
        return source.hexdigest()

    def hooked(size):
        layer = nn.Linear(1, 1)
        with torch.no_grad():
            layer.weight.zero_(), layer.bias.zero_()
        layer.register_forward_hook(lambda module, inputs, out: out * size)
        layer.limit = size
        return layer

    assert one(functools.partial(max, 1)) != one(functools.partial(max, 2))
    assert one(torch.ones(2)) != one(torch.zeros(2))
    assert one(hooked(1)) == one(hooked(1)) != one(hooked(2))


def test_what_cannot_be_read_is_named():
    generator = torch.Generator()

    def draws():
        return torch.rand(1, generator=generator)

    source = Source()
    source.add(draws, "draws")
    assert len(source.unseen) == 1 and "generator (torch" in source.unseen[0]
