"""haulback health."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import health
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import either
from haulback.model.health import Service
from haulback.report import health as reports

_LONGEST = 3600.0  # seconds

_EXAMPLES = """\b
Examples:
  haulback health
  haulback health --target production --only rest --only realtime
  haulback health --timeout 3s --json     for a balancer that asks every few seconds
  * * * * * haulback health --target production || logger -t api "not well"
"""


@click.command(epilog=_EXAMPLES)
@options.common
@click.option(
    "--only",
    "services",
    type=click.Choice([one.value for one in Service]),
    multiple=True,
    help="Ask this service; may be given more than once. Else all three are asked.",
)
@click.option(
    "--timeout",
    type=options.DURATION,
    default="10s",
    show_default=True,
    help="Longest that the command waits for answers, such as 3s or 500ms.",
)
def command(target: str | None, as_json: bool, config: Path | None, services: tuple[str, ...], timeout: float) -> int:
    """Ask REST, GraphQL and Realtime of a target's API whether they answer.

    REST and GraphQL get a request each; to Realtime a WebSocket is opened, a channel joined that nobody else knows, and
    a broadcast sent that must come back. The database itself is not connected to, and nothing is written. Ends with 0
    where all that were asked are up, with 1 where one is down, and with 7 where one could not be asked: without an
    address, or with a key that is refused.
    """
    if not 0 < timeout <= _LONGEST:
        raise click.UsageError("--timeout is more than 0 s and at most an hour")
    settings = options.settings(config)
    where = opened(settings, target, start=False)
    wanted = [Service(one) for one in services] or list(Service)
    found = health.check(settings, where, wanted, timeout)
    either(lambda: reports.document(found), lambda: reports.told(found), as_json=as_json)
    return reports.ending(found)
