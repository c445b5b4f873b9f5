"""haulback up."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from haulback.app import upkeep
from haulback.cli import options
from haulback.cli.terminal import result
from haulback.clock import SystemClock

_EXAMPLES = """\b
Examples:
  haulback up --detach      start the server and return
  haulback up               stay, run what is scheduled, stop the server on Ctrl-C
"""


@click.command(epilog=_EXAMPLES)
@click.option("--detach", is_flag=True, help="Return once the server answers.")
@click.option("--worker", is_flag=True, hidden=True, help="Keep the schedules; the server is there.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A haulback.toml to read.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON document on one line.")
def command(*, detach: bool, worker: bool, config: Path | None, as_json: bool) -> int:
    """Start a PostgreSQL of your own, with the Supabase platform in it."""
    settings = options.settings(config)
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: ended.append(number))
    if not worker:
        running = upkeep.start(settings)
        document = {"ok": True, "exit": 0, "url": running.url(via="tcp"), "port": running.port, "pid": running.pid}
        result(document, f"PostgreSQL {running.major} at {running.url(via='tcp')}", as_json=as_json)
        if detach:
            upkeep.detach(settings)
            return 0
        signal.signal(signal.SIGINT, lambda number, _frame: ended.append(number))
    upkeep.keep(settings, SystemClock(), lambda: bool(ended))
    if not worker:
        upkeep.stop_server(settings)
    return 0
