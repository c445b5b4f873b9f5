"""haulback diff."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import diffing
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.report import diff as report

_EXAMPLES = """\b
Examples:
  haulback restore pitr --to "2026-01-31 14:05 Europe/Berlin" --keep-running
  haulback diff                              the recovered server that runs, beside the target as it is
  haulback diff 20260131T130512Z-pitr-0a1b2c --table public.orders --limit 20
  haulback diff --against staging --json
  haulback diff --table public.orders --values      with what stands in the rows, which may be personal
"""


@click.command(epilog=_EXAMPLES)
@click.argument("recovery", metavar="[RECOVERY]", default="")
@options.common
@click.option("--against", metavar="TARGET", default="", help="Another target, or an address without a password.")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Of all tables only this; repeatable.")
@click.option(
    "--limit", type=click.IntRange(0, 10_000), default=5, show_default=True, help="So many rows of each kind are shown."
)
@click.option("--values", is_flag=True, help="Show what stands in those rows, and not only their keys.")
def command(
    recovery: str,
    target: str | None,
    as_json: bool,
    config: Path | None,
    against: str,
    tables: tuple[str, ...],
    limit: int,
    values: bool,
) -> int:
    """Compare a recovered server with the target as it is: schema, rows, sequences. Changes neither.

    Exit 0 whether they differ or not: "equal" in the document says it. Exit 7 where a table could not be read.
    """
    if recovery and against:
        raise click.UsageError("compare with a recovery or with --against, not with both")
    settings = options.settings(config)
    where = opened(settings, target, start=False)
    request = diffing.Request(recovery, against, tables, limit, values)
    found = diffing.diff(settings, where, request, progress(as_json=as_json))
    result(report.document(found), report.told(found), as_json=as_json)
    return int(report.exit_of(found))
