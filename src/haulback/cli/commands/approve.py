"""haulback approve."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app.approving import approve
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import result

_EXAMPLES = """\b
Examples:
  haulback approve plan.json --target production --user alice
"""


@click.command(epilog=_EXAMPLES)
@click.argument("plan_file", type=click.Path(path_type=Path, dir_okay=False))
@options.common
@click.option("--user", metavar="LOGIN", help="Your own database login; its password comes from the environment.")
def command(plan_file: Path, target: str | None, as_json: bool, config: Path | None, user: str | None) -> int:
    """Approve a saved plan, in the target's journal and under your own login."""
    settings = options.settings(config)
    login, role = approve(opened(settings, target, start=False), plan_file, user)
    document = {"ok": True, "exit": 0, "login": login, "role": role}
    result(document, f"{login} approved as {role}", as_json=as_json)
    return 0
