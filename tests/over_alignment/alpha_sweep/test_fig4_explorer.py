"""The explorer: whole, quiet and in step with its tables."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from tests.smoke import tables_and_claims

from earlyalign.over_alignment.alpha_sweep.fig4_explorer import explorer, frames
from earlyalign.over_alignment.alpha_sweep.fig4_geometry import ITEM


@pytest.fixture(scope="module")
def tables():
    return tables_and_claims(ITEM)[0]


def test_it_holds_every_frame_of_the_shown_seed(tables):
    told = frames(tables)
    path = tables["path"].query("seed == shown_seed")
    assert len(told["sweep"]) == path["alpha"].nunique()
    last = path[path["frame"] == path["frame"].max()].sort_values("alpha")
    np.testing.assert_allclose([run["psi"][-1] for run in told["sweep"]], last["psi"], atol=1e-5)
    assert {len(run[name]) for run in told["sweep"] for name in ("x", "y", "time", "oa", "of", "swarm")} == {
        path["frame"].nunique()
    }


def test_the_page_asks_nothing_of_anybody(tables):
    page = explorer(tables)
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")
    data = re.search(r'class="frames">(.*?)</script>', page, re.S).group(1)
    assert json.loads(data) == frames(tables)


def test_every_control_has_a_name_and_there_is_a_text_for_those_who_cannot_see(tables):
    page = explorer(tables)
    assert len(re.findall(r"<label>.*?<input", page, re.S)) == page.count("<input") == 2
    assert 'aria-live="polite"' in page and "<noscript>" in page
