"""Two processes have the same software, or a name made in one is not true of numbers made in the other."""

import pytest

from earlyalign.runs import same_software
from earlyalign.runs.same_software import OtherSoftware, difference, software, with_same_software


def test_a_process_has_the_software_that_it_has():
    assert difference(software(), software()) == ""
    assert with_same_software(software(), pow, 2, 3) == 8


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"numpy": "0.1"}, f"numpy 0.1 there, {software()['numpy']} here"),
        ({"python": "2.7"}, "python 2.7 there"),
        ({"source": "0"}, "other source of earlyalign"),
    ],
)
def test_what_differs_is_named_and_nothing_is_computed(change, said):
    theirs = {**software(), **change}
    assert said in difference(software(), theirs)
    with pytest.raises(OtherSoftware):
        with_same_software(theirs, lambda: pytest.fail("computed all the same"))


def test_prose_and_pages_may_differ_and_code_may_not(monkeypatch):
    def hash_with(module, addition):
        real = same_software.source_of
        with monkeypatch.context() as context:
            context.setattr(
                same_software, "source_of", lambda name: real(name) + (addition if name == module else "")
            )
            return same_software._source_hash()

    same = software()["source"]
    assert hash_with("earlyalign.theory.ols", "\n# a remark\n") == same
    assert hash_with("earlyalign.publish.site", "\nx = 1\n") == same
    assert hash_with("earlyalign.theory.ols", "\nx = 1\n") != same
