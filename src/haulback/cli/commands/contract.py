"""haulback contract."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import contracting
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import either, progress, result, verbatim
from haulback.contract import document
from haulback.errors import Exit
from haulback.report import contracts

_EXAMPLES = """\b
Examples:
  haulback contract snapshot > contract.json      what the API offers now, to be committed
  haulback contract diff                          what the pending migrations change of it
  haulback contract diff --against contract.json  what changed since
  haulback contract diff --requests app.har       how requests of an app are answered then
  haulback contract diff --target production --json
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """What clients may count on: the API by role, and what a plan changes of it."""


@command.command("snapshot", epilog=_EXAMPLES)
@options.common
def snapshot(target: str | None, as_json: bool, config: Path | None) -> int:
    """Print what the API offers to each role, as JSON.

    The same offer is the same text, a line a column, so that a committed file reviews well.
    """
    settings = options.settings(config)
    surface = contracting.snapshot(settings, opened(settings, target, start=False))
    if as_json:
        result(contracts.snapshot(document.to_document(surface)), "", as_json=True)
    else:
        verbatim(document.text(surface))  # a column that is called password is no secret
    return Exit.DONE


@command.command("diff", epilog=_EXAMPLES)
@options.common
@options.migrations
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Hold the target as it is against a snapshot, in place of what is pending.",
)
@click.option(
    "--requests",
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Recorded requests to ask before and after: a file of `serve --record`, a .har, .http files, or a folder.",
)
@click.option("--out-of-order", is_flag=True, help="Let a pending file stand before an applied one.")
@click.option("--all", "everything", is_flag=True, help="List compatible differences, too.")
def diff(
    target: str | None,
    as_json: bool,
    config: Path | None,
    migrations: Path | None,
    against: Path | None,
    requests: Path | None,
    out_of_order: bool,
    everything: bool,
) -> int:
    """Show how the API differs after what is pending, or since a snapshot.

    The pending migrations run on a shadow; the target is only read. What known clients need is checked, and recorded
    requests are asked before and after. Ends with 3 where something breaks clients that are deployed, and with 7 where
    something could not be looked at.
    """
    settings = options.settings(config, migrations)
    where = opened(settings, target, start=False)
    found = contracting.check(
        settings, where, contracting.Request(against, requests, out_of_order), progress(as_json=as_json)
    )
    either(lambda: contracts.checked(found), lambda: contracts.told(found, everything=everything), as_json=as_json)
    return contracts.ending(found)
