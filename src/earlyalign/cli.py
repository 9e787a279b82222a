"""The command ``earlyalign``: run an item, build the book, verify its claims."""

from __future__ import annotations

import functools
import http.server
import json
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from earlyalign.authoring import new, sync_command
from earlyalign.data_command import data
from earlyalign.errors import UserError, unknown
from earlyalign.fls.command import fls
from earlyalign.items.item import Claim, Item
from earlyalign.items.manifest import everything, load
from earlyalign.publish.assess import assess
from earlyalign.publish.assessed_items import export
from earlyalign.publish.book_command import in_checkout, with_book
from earlyalign.publish.build_costs import known_costs
from earlyalign.publish.failures import ChapterFailed, SiteFailed
from earlyalign.publish.files import write
from earlyalign.publish.portability import blocks_of, blocks_told
from earlyalign.publish.profiles import PROFILES, read_profile
from earlyalign.publish.record import Finding, differing, findings, read_record, write_record
from earlyalign.publish.terminal import claims_table, coloured, console, show
from earlyalign.runs.costs import as_csv, costs_path
from earlyalign.runs.engine import RunFailed
from earlyalign.runs.folders import clean_build, clean_store
from earlyalign.runs.options import engine_options
from earlyalign.runs.outcome import measure
from earlyalign.runs.paths import build_root, store_root
from earlyalign.runs.store import Store
from earlyalign.strict_yaml import parse_yaml

INTERRUPTED = 130
"""Status of a command that was interrupted. A second interrupt while it ends is not heard."""


class OneLine(click.Group):
    """A command group whose errors are one line on stderr: exit 2 for bad input, 1 for work that failed."""

    def main(self, *words, **settings) -> Any:
        try:
            _refuse_empty(_given(words, settings))
            ended = super().main(*words, **{**settings, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            sys.exit(2)
        except click.ClickException as error:
            _fail(_command_error(error), 2)
        except (UserError, OSError) as error:
            _fail(" ".join(str(error).split()), 2)
        except (RunFailed, ChapterFailed, SiteFailed) as error:
            _fail(str(error), 1)
        except (click.Abort, KeyboardInterrupt):
            _fail(
                "interrupted; what was computed is kept, and the same command goes on from there", INTERRUPTED
            )
        sys.exit(ended if isinstance(ended, int) else 0)


def _given(words: Sequence[Any], settings: Mapping[str, Any]) -> list[str]:
    named = settings.get("args", words[0] if words else None)
    return list(sys.argv[1:] if named is None else named)


def _refuse_empty(given: Sequence[str]) -> None:
    """Raises UserError for an option or argument without content: none has a use for it."""
    for place, word in enumerate(given):
        if word == "" or re.fullmatch(r"--[\w-]+=", word):
            before = (
                given[place - 1] if place and given[place - 1].startswith("-") and not word else word or "it"
            )
            raise UserError(f"{before.rstrip('=')}: a value must not be empty")


def _fail(message: str, status: int) -> None:
    if status == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    click.echo(f"earlyalign: {message}", err=True)
    sys.exit(status)


def _command_error(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption) and context is not None:
        options = [
            name for parameter in context.command.params for name in parameter.opts if name.startswith("-")
        ]
        return f"{message.rstrip('.')}; allowed: {', '.join(options)}"
    if context is not None and isinstance(context.command, click.Group) and "No such command" in message:
        return f"{message.rstrip('.')}; allowed: {', '.join(sorted(context.command.commands))}"
    return message


def profile_option(default: str = "ci") -> Callable:
    return click.option(
        "--profile", default=default, show_default=True, metavar="P", help=f"One of {', '.join(PROFILES)}."
    )


jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes at once; all cores by default."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")


@click.group(cls=OneLine, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="earlyalign")
def main() -> None:
    """Two papers on early neuron alignment, run, measured and judged.

    \b
    earlyalign items                       what the papers number
    earlyalign run B-fig2 --profile smoke  one item: tables, figures, verdicts
    earlyalign build                       the whole book as a website
    earlyalign verify                      every claim beside its recorded verdict
    earlyalign fls sweep --help            the papers' knob on a model of your own
    earlyalign new item --help             an item of your own

    What is computed is kept and never computed twice. A wrong name or value ends with status 2, work that
    fails with status 1.
    """


@main.command()
@json_option
def items(as_json: bool) -> None:
    """List the items: id, title, paper, kind, chapter.

    An item is one numbered thing of a paper, or a family of panels that share their runs. Wherever a command
    takes an ITEM, a panel's id (B-fig2a) means the item that holds it (B-fig2).
    """
    rows = [_described(item) for item in everything()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "parts", "title", "paper", "kind", "chapter"):
        table.add_column(heading, no_wrap=heading == "id")
    for row in rows:
        table.add_row(
            row["id"], " ".join(row["parts"]), row["title"], row["paper"], row["kind"], row["chapter"]
        )
    console().print(table)


def _described(item: Item) -> dict[str, Any]:
    named = {name: getattr(item, name) for name in ("id", "title", "paper", "kind", "chapter")}
    return {**named, "parts": list(item.parts), "parameters": list(item.params.model_fields)}


@main.command()
@click.argument("item")
@profile_option()
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change a parameter; may be repeated."
)
@click.option(
    "--seeds", type=click.IntRange(min=1), metavar="N", help="Number of seeds; short for --set seeds=N."
)
@jobs_option
@engine_options
@json_option
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where the files go."
)
def run(
    item: str,
    profile: str,
    changes: Sequence[str],
    seeds: int | None,
    jobs: int | None,
    as_json: bool,
    out: Path | None,
    engine: dict[str, Any],
) -> None:
    """Run one ITEM and write its tables (CSV), figures (SVG, PNG), verdicts and provenance.

    \b
    earlyalign run B-fig2 --profile smoke
    earlyalign run B-fig2 --set "sample_sizes=[50, 500]" --seeds 8 --out fig2
    earlyalign run B-thm41 --set "init_scales=[0.01]" --json

    Values are written as in YAML. A panel's id shows the verdicts of that panel.
    """
    chosen = load(item)
    values = {**read_profile(profile).of(chosen), **_changes(changes)}
    if seeds is not None:
        values["seeds"] = seeds
    named = profile if not (changes or seeds) else f"{profile}, changed"
    outcome = measure(chosen.id, values, named, jobs, not as_json, **engine)
    shown = [claim for claim in outcome.claims if item in (chosen.id, claim.part)]
    folder = out or build_root() / "run" / chosen.id
    export(outcome, folder)
    verdicts = outcome.verdicts.loc[[claim.id for claim in shown]]
    (folder / "verdicts.csv").write_text(verdicts.to_csv(), encoding="utf-8")
    if as_json:
        click.echo(
            json.dumps(
                {**outcome.sidecar(), "claims": [_as_data(claim) for claim in shown], "out": str(folder)}
            )
        )
        return
    table = claims_table("")
    for claim in shown:
        table.add_row(claim.id, claim.measured_text, claim.expected, coloured(str(claim.verdict)), "")
    console().print(table)
    click.echo(f"tables, figures, verdicts and provenance: {folder}")


def _changes(changes: Sequence[str]) -> dict[str, Any]:
    values = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals or not name:
            raise UserError(f"--set {change!r}: write NAME=VALUE, such as --set seeds=5")
        values[name.strip()] = parse_yaml(value, f"--set {change!r}: the value")
    return values


@main.command("build")
@profile_option()
@click.option("--only", metavar="CHAPTER", help="Compute and execute this chapter alone.")
@jobs_option
@engine_options
@with_book
def build_command(profile: str, only: str | None, jobs: int | None, engine: dict[str, Any]) -> int:
    """Compute what is missing, execute the chapters, build the site and its report.

    Exit status 1 if the profile is on record and a verdict differs from it; the site is built all the same and
    says so.

    \b
    earlyalign build
    earlyalign build --profile smoke --jobs 2
    earlyalign build --only optimization_threshold

    Run again with nothing changed, it computes nothing. Killed half-way and run again, it goes on where it
    was.
    """
    from earlyalign.publish.build import build

    built = build(profile, only, jobs, say=click.echo, **engine)
    show(built.findings)
    click.echo(f"the site: {built.index}")
    return 1 if differing(built.findings, run_only=only is not None) else 0


@main.command()
@profile_option()
@json_option
@click.option(
    "--record", is_flag=True, help="Write these verdicts to book/verdicts.yaml as the expected ones."
)
@click.option(
    "--blocks", is_flag=True, help="Judge every claim again on the even and on the odd seeds alone."
)
@jobs_option
@engine_options
@in_checkout
def verify(
    profile: str, as_json: bool, record: bool, blocks: bool, jobs: int | None, engine: dict[str, Any]
) -> int:
    """Judge every claim, run every control, and compare with the record.

    Exit status 1 if a verdict differs from the recorded one in either direction, if a claim is not on record
    or a recorded one is gone, or if a control does not give its claims the verdict that it must. With --blocks also
    if half of the seeds say the opposite of the record.

    \b
    earlyalign verify
    earlyalign verify --blocks
    earlyalign verify --profile smoke --json
    earlyalign verify --record
    """
    chosen = read_profile(profile)
    _, assessed = assess(chosen, None, jobs, show=not as_json, **engine)
    if record:
        write_record(profile, assessed)
    judged = findings(profile, assessed)
    changed = [finding.problem for finding in judged if finding.problem]
    if blocks:
        halved, whole = blocks_of(chosen, Store(store_root()), read_record(profile))
        changed += [claim.problem for claim in halved if claim.problem]
        click.echo(blocks_told(halved, whole), err=as_json)
    if as_json:
        click.echo(
            json.dumps({"profile": profile, "claims": [_finding(one) for one in judged], "problems": changed})
        )
    else:
        show(judged)
    return 1 if changed else 0


def _finding(finding: Finding) -> dict[str, Any]:
    claim = dict(finding.claim or {"id": finding.id, "verdict": None})
    item = finding.assessed_item.item.id if finding.assessed_item else None
    controls = {
        name: {"verdict": control.verdict, "leaning": control.leaning, "must_be": control.wanted}
        for name, control in finding.controls.items()
    }
    return {"item": item, "recorded": finding.recorded, "controls": controls, **claim}


def _as_data(claim: Claim) -> dict[str, Any]:
    return {
        "id": claim.id,
        "words": claim.words,
        "measured": claim.measured_text,
        "expected": claim.expected,
        "verdict": str(claim.verdict),
        "mark": str(claim.mark),
    }


@main.command()
@profile_option()
@in_checkout
def costs(profile: str) -> None:
    """Write what the runs in the store took to book/profiles/costs.csv.

    A build tells the time left by these costs and begins with the longest runs. They need not come from this machine:
    a build finds out how fast it is, and only ratios count.
    """
    known = known_costs(read_profile(profile), Store(store_root()))
    if not known.seconds:
        raise UserError(f"the store holds no run of profile {profile}: run `earlyalign build` first")
    write(costs_path(), as_csv(known))
    click.echo(f"{len(known.seconds)} kinds of runs: {costs_path()}")


@main.command()
@profile_option()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, metavar="N")
@with_book
def serve(profile: str, port: int) -> None:
    """Show the built site on this machine, at http://127.0.0.1:PORT."""
    from earlyalign.publish.site import site_root

    if profile not in PROFILES:
        raise unknown("profile", profile, PROFILES)
    root = site_root(profile)
    if not (root / "index.html").is_file():
        raise UserError(f"no site at profile {profile} yet: run `earlyalign build --profile {profile}` first")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        click.echo(f"http://127.0.0.1:{server.server_address[1]}/  (stop with Ctrl-C)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("stopped")


@main.command()
@click.option(
    "--store", is_flag=True, help="Also remove the computed runs. They take the longest to get back."
)
def clean(store: bool) -> None:
    """Remove the site, executed chapters, staged files, figures and tables under _build. Runs are kept.

    Only folders that earlyalign made and marked are touched, and of them only what it writes there; each removed one
    is listed.
    """
    removed = clean_build(build_root())
    for path in removed:
        click.echo(f"removed {path}")
    if store:
        for path in clean_store(store_root()):
            removed.append(path)
            click.echo(f"removed {path}")
    if not removed:
        click.echo("nothing to remove")
    elif not store:
        click.echo(f"the runs stay in {store_root()}")


main.add_command(fls)
main.add_command(data)
main.add_command(new)
main.add_command(sync_command)
