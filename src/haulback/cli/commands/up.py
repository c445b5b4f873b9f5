"""haulback up."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from haulback.app import served_api, upkeep
from haulback.cli import options
from haulback.cli.terminal import result
from haulback.clock import SystemClock
from haulback.pg.cluster import Running

_EXAMPLES = """\b
Examples:
  haulback up --detach      start the server and return
  haulback up               stay, serve the API, run what is scheduled, stop the server on Ctrl-C
"""


@click.command(epilog=_EXAMPLES)
@click.option("--detach", is_flag=True, help="Return once the server answers.")
@click.option("--worker", is_flag=True, hidden=True, help="Keep the schedules; the server is there.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A haulback.toml to read.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON document on one line.")
def command(*, detach: bool, worker: bool, config: Path | None, as_json: bool) -> int:
    """Start a PostgreSQL of your own, with the Supabase platform and its API."""
    settings = options.settings(config)
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: ended.append(number))
    if worker:
        upkeep.keep(settings, SystemClock(), lambda: bool(ended))
        return 0
    running = upkeep.start(settings)
    if detach:
        api = upkeep.api(settings, upkeep.detach(settings))
        _tell(running, api, as_json=as_json)
        return 0
    signal.signal(signal.SIGINT, lambda number, _frame: ended.append(number))
    upkeep.keep(
        settings,
        SystemClock(),
        lambda: bool(ended),
        lambda: _tell(running, served_api.url(settings), as_json=as_json),
    )
    upkeep.stop_server(settings)
    return 0


def _tell(running: Running, api: str | None, *, as_json: bool) -> None:
    url = running.url(via="tcp")
    document = {"ok": True, "exit": 0, "url": url, "port": running.port, "pid": running.pid, "api": api}
    served = f"\nits API at {api}" if api else ""
    result(document, f"PostgreSQL {running.major} at {url}{served}", as_json=as_json)
