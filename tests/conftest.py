"""The toy book as a fixture: a project of its own in a temporary folder, the toy as the only item."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from earlyalign.items import manifest
from earlyalign.publish import report, site, source_pages, where_stated
from earlyalign.runs import provenance
from earlyalign.runs.paths import project_root
from tests.side_by_side import Together
from tests.streaming import Ended, stream

HERE = Path(__file__).parent / "publish"
BUILD_LIMIT_S = 75 * 60
"""After so long a build of the book is cut and the suite red: two and a half times what two cores may take."""
sys.path.insert(0, str(HERE))

import toy  # noqa: E402


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep together what shares its fixtures."""
    return Together(config, log)


@pytest.fixture
def toy_item(monkeypatch):
    """The toy as the manifest's only item."""
    kept = dict(manifest.MODULES)
    for module in (report, site, source_pages, where_stated):
        monkeypatch.setattr(module, "LEDGER", (toy.PART,))
    toy.install()
    toy.CALLS.clear()
    yield toy.ITEM
    manifest.MODULES.clear()
    manifest.MODULES.update(kept)
    manifest.load.cache_clear()
    manifest.part_owners.cache_clear()


@pytest.fixture
def toy_book(toy_item, tmp_path, monkeypatch):
    """A project around the toy item, as the working directory."""
    for name in ("EARLYALIGN_BUILD", "EARLYALIGN_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(HERE), prepend=os.pathsep)
    monkeypatch.chdir(toy.make_book(tmp_path))
    provenance.commit.cache_clear()
    yield tmp_path
    provenance.commit.cache_clear()


@pytest.fixture
def threads():
    """Engine settings of a quiet fill in threads, in which the toy is known."""
    return {"executor": ThreadPoolExecutor, "show": False}


@pytest.fixture(scope="session")
def small_biggan(tmp_path_factory):
    """A folder of weights in BigGAN's format: a random network of 64 x 64 pixels and 12 classes."""
    from pytorch_pretrained_biggan import BigGAN, BigGANConfig

    layers = [(True, width, width // 2) for width in (16, 8, 4, 2)]
    values = {"channel_width": 8, "num_classes": 12, "n_stats": 11, "attention_layer_position": 1}
    config = BigGANConfig.from_dict({**values, "layers": layers})
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = BigGAN(config)
        model.generator.bn.weight.fill_(3)
        model.generator.bn.bias.zero_()
        for name, tensor in model.named_buffers():
            if name.endswith("running_vars"):
                tensor.copy_(torch.linspace(0.05, 0.3, 11)[:, None].expand_as(tensor))
        for _ in range(20):
            model(torch.randn(2, 128), torch.eye(12)[:2], 1.0)
    folder = tmp_path_factory.mktemp("biggan")
    (folder / "config.json").write_text(config.to_json_string(), encoding="utf-8")
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return folder


@pytest.fixture(scope="session")
def shown(pytestconfig):
    """Run `earlyalign WORDS`, its output on the terminal line by line while it goes: words -> how it ended."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(line, end="", flush=True)

    def run(*words: str) -> Ended:
        command = [sys.executable, "-m", "earlyalign", *words]
        return stream(command, say, project_root(), os.environ, BUILD_LIMIT_S)

    return run


@pytest.fixture(scope="session")
def built(shown) -> Ended:
    """The whole book at the ci profile, built."""
    ended = shown("build", "--profile", "ci")
    assert not ended.cut, f"the build was cut after {BUILD_LIMIT_S / 60:.0f} minutes"
    assert ended.status == 0, ended.output[-4000:]
    return ended
