"""haulback restore pitr."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import recovering, swapping_in
from haulback.backups.aiming import aim_of
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.cli.termination import as_interrupt
from haulback.model.target import Target
from haulback.report import recovery as report

_EXAMPLES = """\b
Examples:
  haulback restore pitr --to 2026-01-31T14:05:00+01:00
  haulback restore pitr --to "2026-01-31 14:05 Europe/Berlin" --keep-running
  haulback restore pitr --to latest
  haulback restore pitr --name before-import --swap --confirm local
  haulback restore pitr --undo 20260131T130512Z-pitr-0a1b2c --confirm local
"""


@click.command("pitr", epilog=_EXAMPLES)
@options.common
@click.option("--to", "time", metavar="TIME", help="With its zone; what was committed until then is in. Or `latest`.")
@click.option("--lsn", metavar="LSN", help="What was written before this position is in.")
@click.option("--xid", metavar="XID", help="What this transaction committed is in, and what was committed before it.")
@click.option("--name", metavar="NAME", help="A restore point.")
@click.option(
    "--from", "chosen", metavar="ID", type=options.NAMED, help="The backup to begin with; else the newest that will do."
)
@click.option("--timeline", type=click.IntRange(1), default=None, help="To look on; else the one the server writes.")
@click.option("--keep-running", is_flag=True, help="Leave the recovered server running, for a look.")
@click.option("--swap", is_flag=True, help="Put it in the place of the embedded server; the old data folder is kept.")
@click.option("--undo", metavar="ID", type=options.NAMED, help="Swap back.")
@click.option(
    "--discard",
    metavar="ID",
    type=options.NAMED,
    help="Remove what a restore made; of a swapped one, the old data folder.",
)
@click.option("--confirm", metavar="NAME", help="The name of the target, for --swap, --undo and --discard.")
@as_interrupt()
def pitr(
    target: str | None,
    as_json: bool,
    config: Path | None,
    time: str | None,
    lsn: str | None,
    xid: str | None,
    name: str | None,
    chosen: str | None,
    timeline: int | None,
    keep_running: bool,
    swap: bool,
    undo: str | None,
    discard: str | None,
    confirm: str | None,
) -> int:
    """Recover the whole cluster to a moment, aside, and read everything there.

    What the archive cannot reach is refused before anything is touched.
    """
    settings = options.settings(config)
    where = options.chosen(settings, target)
    if undo is not None and discard is not None:
        raise click.UsageError("--undo swaps back and --discard removes: leave one out")
    elsewhere = undo is not None or discard is not None
    if swap or elsewhere:
        _require_name(where, confirm)
    if swap and keep_running:
        raise click.UsageError("a swapped server runs anyway: leave --keep-running out")
    if elsewhere and (
        swap or keep_running or chosen or timeline or any(given is not None for given in (time, lsn, xid, name))
    ):
        raise click.UsageError("--undo and --discard name a restore, and take neither a moment nor what is for one")
    if discard is not None:
        gone = swapping_in.discard(settings, where, discard)
        result(report.recovered(gone, "", ""), f"restore {gone.id} is gone", as_json=as_json)
        return 0
    listener = progress(as_json=as_json)
    if undo is not None:
        found = swapping_in.undo(settings, where, undo, listener)
    else:
        request = recovering.Request(aim_of(time, lsn, xid, name), chosen or "", timeline or 0, keep_running, swap)
        found = recovering.recover(settings, where, request, listener)
    told = (found.restore, str(found.folder), found.conninfo)
    result(report.recovered(*told), report.told_recovered(*told), as_json=as_json)
    return 0


def _require_name(target: Target, confirm: str | None) -> None:
    if confirm != target.name:
        raise click.UsageError(f"this is for {target.name}: pass --confirm {target.name}")
