"""haulback restore."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from haulback.app import hosting
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.report import hosted as hosted_report

_EXAMPLES = """\b
Examples:
  haulback restore hosted --to 2026-01-02T03:04:05+00:00 --confirm abcdefghijklmnopqrst
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """Bring back what was lost."""


@command.command("hosted")
@options.common
@click.option("--to", "moment", required=True, type=options.MOMENT, help="The moment to go back to, with its zone.")
@click.option("--confirm", metavar="REF", help="The project, which is away meanwhile and loses what came after.")
def hosted(target: str | None, as_json: bool, config: Path | None, moment: datetime, confirm: str | None) -> int:
    """Put a hosted Supabase project back in place to a moment of its window, and wait until it serves."""
    settings = options.settings(config)
    where = options.chosen(settings, target)
    seconds = hosting.restore(settings, where, moment, confirm, progress(as_json=as_json))
    document = hosted_report.restored(hosting.platform(settings, where).ref, moment, seconds)
    result(document, f"restored in {seconds:.0f} s", as_json=as_json)
    return 0
