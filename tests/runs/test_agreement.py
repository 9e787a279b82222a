"""Two processes agree, or a name made in one is not true of numbers made in the other."""

import pytest

from earlyalign.runs import agreement
from earlyalign.runs.agreement import Disagreement, agreed, difference, facts


def test_a_process_agrees_with_itself():
    assert difference(facts(), facts()) == ""
    assert agreed(facts(), pow, 2, 3) == 8


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"numpy": "0.1"}, f"numpy 0.1 there, {facts()['numpy']} here"),
        ({"python": "2.7"}, "python 2.7 there"),
        ({"source": "0"}, "other source of earlyalign"),
    ],
)
def test_what_differs_is_named_and_nothing_is_computed(change, said):
    theirs = {**facts(), **change}
    assert said in difference(facts(), theirs)
    with pytest.raises(Disagreement):
        agreed(theirs, lambda: pytest.fail("computed all the same"))


def test_prose_and_pages_may_differ_and_code_may_not(monkeypatch):
    def hash_with(module, addition):
        real = agreement.source_of
        with monkeypatch.context() as context:
            context.setattr(
                agreement, "source_of", lambda name: real(name) + (addition if name == module else "")
            )
            return agreement._source_hash()

    same = facts()["source"]
    assert hash_with("earlyalign.theory.ols", "\n# a remark\n") == same
    assert hash_with("earlyalign.publish.site", "\nx = 1\n") == same
    assert hash_with("earlyalign.theory.ols", "\nx = 1\n") != same
