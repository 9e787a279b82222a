"""A command's output is passed on while it runs, and a command that does not end is ended."""

import os
import sys

from tests.streaming import stream

ANSWERED = """
import pathlib, sys, time
print("first", flush=True)
while not pathlib.Path("answer").exists():
    time.sleep(0.01)
sys.stderr.write("second\\n")
print("last")
sys.exit(3)
"""


def run(tmp_path, say, limit_s):
    return stream([sys.executable, "-c", ANSWERED], say, tmp_path, os.environ, limit_s)


def test_each_line_comes_while_the_command_runs_and_is_kept(tmp_path):
    came = []

    def answer(line):
        came.append(line)
        (tmp_path / "answer").touch()

    ended = run(tmp_path, answer, 60)
    assert (ended.status, ended.cut) == (3, False), "it ends once its first line has been answered"
    assert "".join(came) == ended.output == "first\nsecond\nlast\n"


def test_a_command_that_does_not_end_is_cut_and_what_it_said_is_kept(tmp_path):
    ended = run(tmp_path, lambda line: None, 2)
    assert ended.cut and ended.status != 0
    assert ended.output == "first\n"
