"""A start that is not balanced, which controls of A-bal and of A-phase2 take."""

from __future__ import annotations

from dataclasses import replace

from earlyalign.networks.two_layer import TwoLayer
from earlyalign.over_alignment.separable_problem import Problem

WEAK = 0.1
"""|v_j(0)| / ||w_j(0)|| of a start that is not balanced."""


def weakened(problem: Problem) -> Problem:
    """The problem with output weights too small for balance."""
    return replace(problem, net=TwoLayer(problem.net.inner, WEAK * problem.net.outer))
