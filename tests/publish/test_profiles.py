from __future__ import annotations

import pytest

from earlyalign.errors import UserError
from earlyalign.publish.profiles import PROFILES, read_profile


def test_a_profile_is_validated_and_keeps_the_order_of_the_book(toy_book):
    profile = read_profile("smoke")
    assert [item.id for item in profile.items()] == ["T-line"]
    assert profile.params["T-line"].model_dump(exclude={"line"}) == profile.of(profile.items()[0])


def test_an_item_that_a_profile_leaves_out_is_not_run(toy_book, toy_item):
    (toy_book / "book/profiles/smoke.yaml").write_text("{}\n")
    profile = read_profile("smoke")
    assert profile.items() == []
    with pytest.raises(UserError, match="T-line"):
        profile.of(toy_item)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("T-lime: {n: 4}", "allowed: T-line"),
        ("T-line: {n: 4, noise: 1.0, seeds: 5, sigma: 2}", "allowed: n, noise, seeds, line"),
        ("T-line: {n: 0, noise: 1.0, seeds: 5}", "n = 0"),
        ("T-line: {n: many, noise: 1.0, seeds: 5}", "n = 'many'"),
        ("T-line: [1, 2]", "must map item ids to parameters"),
        ("T-line: {n: 4", "not YAML"),
    ],
)
def test_a_wrong_profile_is_one_line_that_says_what_is_allowed(toy_book, text, named):
    (toy_book / "book/profiles/ci.yaml").write_text(text)
    with pytest.raises(UserError) as caught:
        read_profile("ci")
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_profile_names_the_known_ones(toy_book):
    with pytest.raises(UserError) as caught:
        read_profile("huge")
    assert all(name in str(caught.value) for name in PROFILES)


def test_a_profile_without_a_file_says_which(toy_book):
    (toy_book / "book/profiles/paper.yaml").unlink()
    with pytest.raises(UserError, match=r"book/profiles/paper\.yaml"):
        read_profile("paper")
