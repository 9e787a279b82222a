"""The commands of authors: ``earlyalign new`` writes the skeleton of an item, ``earlyalign sync`` what repeats it."""

from __future__ import annotations

import click

from earlyalign.publish.book_command import with_book
from earlyalign.runs.paths import project_root


@click.group()
def new() -> None:
    """Begin something new in the book.

    `earlyalign new item --help` says how to begin an item; CONTRIBUTING.md says how to go on.
    """


@new.command("item")
@click.argument("id")
@click.option(
    "--family", metavar="FOLDER", help="An existing family of the paper; by default one of its own."
)
@click.option(
    "--name", default="statement", show_default=True, metavar="NAME",
    help="What follows the id in the module's name.",
)  # fmt: skip
@click.option("--title", metavar="TEXT", help="Of the item and its chapter.")
@with_book
def item_command(id: str, family: str | None, name: str, title: str | None) -> None:
    """Write the skeleton of item ID: modules, profile blocks, manifest lines, a chapter with its pair, a test.

    \b
    earlyalign new item B-lemG1
    earlyalign new item B-lemG1 --name tail_bound --title "A bound on the tail"
    earlyalign run B-lemG1 --profile smoke

    It runs at once. Its test fails until all that is marked FILL IN is filled in.
    """
    from earlyalign.publish.new_item import new_item

    root, written = project_root(), new_item(id, family, name, title)
    for path in written:
        click.echo(path.relative_to(root))
    test = next(path.relative_to(root) for path in written if path.name.startswith("test_"))
    click.echo(f"\nNow: earlyalign run {id} --profile smoke; python -m pytest {test}; CONTRIBUTING.md")


@click.command("sync")
@click.option("--check", is_flag=True, help="Write nothing; exit status 1 if something is not as it must be.")
@with_book
def sync_command(check: bool) -> int:
    """Write the chapters' parameters cells at the values of book/profiles/ci.yaml, and their notebooks.

    Run again with nothing changed, it writes nothing.
    """
    from earlyalign.publish.sync import sync

    root, changed = project_root(), sync(check)
    for path in changed:
        click.echo(path.relative_to(root))
    if not changed:
        click.echo("parameters cells and notebooks are as they must be")
    elif check:
        click.echo("run: earlyalign sync", err=True)
    return 1 if check and changed else 0
