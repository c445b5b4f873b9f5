"""haulback preflight."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import plan_report
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import result
from haulback.errors import Exit
from haulback.report import documents, text_plan

_EXAMPLES = """\b
Examples:
  haulback preflight
  haulback preflight --target production --json
"""


@click.command(epilog=_EXAMPLES)
@options.common
@options.migrations
@click.option("--out-of-order", is_flag=True, help="Let a pending file stand before an applied one.")
def command(target: str | None, as_json: bool, config: Path | None, migrations: Path | None, out_of_order: bool) -> int:
    """Run the checks alone.

    Ends with 3 where one of them refuses a deployment: one that fails, or one that is unknown where the target's
    policy wants to know.
    """
    settings = options.settings(config, migrations)
    where = opened(settings, target, start=False)
    results = plan_report.checks(settings, where, out_of_order=out_of_order)
    result(documents.checked(where.name, results), text_plan.checked(results), as_json=as_json)
    return Exit.REFUSED if any(one.blocks for one in results) else Exit.DONE
