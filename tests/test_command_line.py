"""The command line tried with what it declares and cannot take: every option of every command, generated."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earlyalign import cli

WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)


def commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))
    else:
        yield path, command


OPTIONS = [
    (path, option)
    for path, command in commands(cli.main)
    for option in command.params
    if isinstance(option, click.Option) and not option.is_flag
]


def wrong(option: click.Option) -> st.SearchStrategy[str]:
    """Texts that the option's declared type must not take."""
    kind, empty = option.type, st.just("")
    if isinstance(kind, click.Choice):
        return st.one_of(empty, WORDS.filter(lambda word: word not in kind.choices))
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        outside = [st.sampled_from(["1e400x", "NaN?", "0x10", "one", "1,5"])]
        if kind.min is not None:
            outside.append(st.integers(max_value=int(kind.min) - 1).map(str))
        if kind.max is not None:
            outside.append(st.integers(min_value=int(kind.max) + 1).map(str))
        return st.one_of(empty, *outside)
    if option.name == "profile":
        return st.one_of(empty, WORDS.filter(lambda word: word not in cli.PROFILES))
    return empty


@given(st.sampled_from(OPTIONS), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_what_an_option_cannot_be_is_one_line_with_its_name_and_status_2(option, data):
    path, given_option = option
    named = max(given_option.opts, key=len)
    value = data.draw(wrong(given_option))
    arguments = [
        "A-fls"
        for one in dict(commands(cli.main))[path].params
        if isinstance(one, click.Argument) and one.required
    ]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        result = CliRunner().invoke(cli.main, [*path, *arguments, named, value], prog_name="earlyalign")
        assert os.listdir() == []
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1 and "Traceback" not in result.output
    assert named in result.stderr or "profile" in result.stderr


@pytest.mark.parametrize("path", [path for path, _ in commands(cli.main)], ids=" ".join)
def test_an_unknown_option_is_one_line_with_the_known_ones(path):
    result = CliRunner().invoke(cli.main, [*path, "--no-such-thing"], prog_name="earlyalign")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert "--no-such-thing" in result.stderr
