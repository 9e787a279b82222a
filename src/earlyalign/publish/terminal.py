"""Verdicts on a terminal: one table, one colour a verdict."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from earlyalign.publish.record import Finding, problems

COLOURS = {
    "reproduced": "green",
    "weaker": "yellow",
    "contradicted": "red",
    "undecided": "magenta",
    "not at this scale": "blue",
    "not run": "bright_black",
}
PIPED_WIDTH = 140


def console() -> Console:
    """A console as wide as the terminal, or wide enough for a table where there is none."""
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)


def claims_table(last: str) -> Table:
    """An empty table of claims; `last` heads its last column."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("claim", "measured", "expected", "verdict", last):
        table.add_column(heading, overflow="fold")
    return table


def coloured(verdict: str) -> str:
    """A verdict in its colour, in rich's markup."""
    return f"[{COLOURS.get(verdict, 'default')}]{verdict}[/]"


def show(judged: Sequence[Finding]) -> None:
    """Print every finding beside its recorded verdict, and on stderr what differs."""
    if judged and not any(finding.judged for finding in judged):
        click.echo(
            "verdicts at this profile are not on record: sizes and seeds are few, so that a chapter ends soon"
        )
    table = claims_table("recorded")
    for finding in judged:
        claim = finding.claim or {"measured_text": "—", "expected": "—"}
        same = finding.agrees and finding.recorded is not None
        recorded = "same" if same else finding.recorded or ("not on record" if finding.judged else "")
        table.add_row(
            finding.id, claim["measured_text"], claim["expected"], coloured(finding.verdict), recorded
        )
    console().print(table)
    for problem in problems(judged):
        click.echo(f"differs: {problem}", err=True)
