"""The toy book as a fixture: a project of its own in a temporary folder, the toy as the only item."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from earlyalign.items import manifest
from earlyalign.publish import places, report, site, source_pages
from earlyalign.runs import provenance

HERE = Path(__file__).parent / "publish"
sys.path.insert(0, str(HERE))

import toy  # noqa: E402


@pytest.fixture
def toy_item(monkeypatch):
    """The toy as the manifest's only item."""
    kept = dict(manifest.MODULES)
    for module in (places, report, site, source_pages):
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
