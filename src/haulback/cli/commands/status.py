"""haulback status."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from haulback.app import looking
from haulback.cli import options
from haulback.cli.terminal import result
from haulback.errors import Exit
from haulback.report import document_journal, text_journal
from haulback.report.plain import plain

_EXAMPLES = """\b
Examples:
  haulback status
  haulback status --target production --json
"""


@click.command(epilog=_EXAMPLES)
@options.common
@click.option("--most", type=click.IntRange(1), default=5, show_default=True, help="How many deployments to list.")
def command(target: str | None, as_json: bool, config: Path | None, most: int) -> int:
    """Show a target: its server, its newest deployments, who deploys now.

    Changes nothing and starts nothing. Ends with 1 where the server does not answer.
    """
    now = looking.situation(options.settings(config), target, most)
    if now.server.hint:
        sys.stderr.write(f"hint: {plain(now.server.hint)}\n")
    result(document_journal.situation(now), text_journal.situation(now), as_json=as_json)
    return Exit.DONE if now.server.answers else Exit.ERROR
