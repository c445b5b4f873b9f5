"""haulback attic."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import attic
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.model.capture import Capture
from haulback.report import attic as report

_EXAMPLES = """\b
Examples:
  haulback attic list --verify            what is kept, each checksum computed again
  haulback attic show 3 --limit 5         where capture 3 came from, and its first rows
  haulback attic restore 3 --yes          bring the rows of capture 3 back into its table
  haulback attic purge 3 --confirm public.orders --yes
  haulback attic purge --deployment 7 --yes
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """What deployments and rollbacks keep."""


@command.command("list")
@options.common
@click.option("--verify", is_flag=True, help="Read every row and compare the checksums.")
def list_(target: str | None, as_json: bool, config: Path | None, verify: bool) -> int:
    """List what is kept, with rows, size, age, state, and which deployment is sealed."""
    settings = options.settings(config)
    found = attic.entries(opened(settings, target, start=False), verify=verify)
    document = report.listed(found)
    result(document, report.told_list(found), as_json=as_json)
    return int(document["exit"])


@command.command("show")
@click.argument("id_", metavar="ID", type=options.NUMBER)
@options.common
@click.option("--limit", type=click.IntRange(0, 1000), default=20, show_default=True, help="How many rows to show.")
@click.option("--verify", is_flag=True, help="Read every row and compare the checksum.")
def show(id_: int, target: str | None, as_json: bool, config: Path | None, limit: int, verify: bool) -> int:
    """Show one capture: what it is, where it came from, how much went back, and its first rows.

    Large values are cut, and what is named like a secret is masked.
    """
    settings = options.settings(config)
    found = attic.view(opened(settings, target, start=False), id_, most=limit, verify=verify)
    document = report.shown(found)
    result(document, report.told(found), as_json=as_json)
    return int(document["exit"])


@command.command("restore")
@click.argument("id_", metavar="ID", type=options.NUMBER)
@options.common
@options.yes
def restore(id_: int, target: str | None, as_json: bool, config: Path | None, yes: bool) -> int:
    """Bring the rows of one capture back into the table of its name; what is there stays as it is."""
    settings = options.settings(config)
    where = opened(settings, target)
    options.confirm(f"Restore capture {id_} on {where.name} ({where.environment})?", yes=yes)
    merged = attic.restore(settings, where, id_, progress(as_json=as_json))
    result(report.restored(merged), report.told_restored(merged), as_json=as_json)
    return 0


@command.command("purge")
@click.argument("id_", metavar="[ID]", required=False, type=options.NUMBER)
@options.common
@options.yes
@click.option(
    "--deployment", type=options.NUMBER, metavar="NUMBER", help="All that this deployment kept, once it is over."
)
@click.option("--confirm", metavar="NAME", help="The table, or the deployment, whose rows are nowhere else.")
def purge(
    id_: int | None,
    target: str | None,
    as_json: bool,
    config: Path | None,
    yes: bool,
    deployment: int | None,
    confirm: str | None,
) -> int:
    """Destroy one capture for good, or all of a deployment that is sealed or rolled back."""
    if (id_ is None) == (deployment is None):
        raise click.UsageError("name one capture by its ID, or a deployment with --deployment")
    settings = options.settings(config)
    where = opened(settings, target)
    what = f"capture {id_}" if id_ is not None else f"all that deployment {deployment} kept"
    options.confirm(f"Destroy {what} on {where.name} ({where.environment})?", yes=yes)
    if id_ is not None:
        gone: tuple[Capture, ...] = (attic.purge(settings, where, id_, confirm),)
    else:
        said = int(confirm) if confirm and confirm.isascii() and confirm.isdigit() else None
        gone = attic.purge_all(settings, where, deployment or 0, said)
    result(report.purged(gone), report.told_purged(gone), as_json=as_json)
    return 0
