"""haulback serve."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

import click

from haulback.app import serving_api
from haulback.cli import options
from haulback.cli.terminal import result
from haulback.redact import redact

_EXAMPLES = """\b
Examples:
  haulback serve                       the API of the default target on http://127.0.0.1:54321
  haulback serve --workers 2 --port 8000
  haulback serve --access-log          with a line for each request on stderr
  haulback serve --record supabase/requests/app.jsonl
  haulback token --role service_role   a key for it
"""


@click.command(epilog=_EXAMPLES)
@options.common
@click.option("--host", help="Address to listen on; loopback unless told otherwise.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 for any that is free.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Add each new request to a file, without its token, to be asked again by `haulback contract diff`.",
)
@click.option(
    "--access-log",
    is_flag=True,
    help="Write a line for each request on stderr, as JSON with --json; tokens and keys are masked.",
)
@click.option("--while-read", is_flag=True, hidden=True, help="End when whoever holds our stdin does.")
def command(
    target: str | None,
    as_json: bool,
    config: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    record: Path | None,
    access_log: bool,
    while_read: bool,
) -> int:
    """Serve the API that Supabase's clients speak, over a target's own PostgreSQL."""
    settings = options.settings(config)
    told = settings.api
    api = replace(
        told,
        host=told.host if host is None else host,
        port=told.port if port is None else port,
        workers=told.workers if workers is None else workers,
        access_log=("json" if as_json else "text") if access_log else told.access_log,
    )
    settings = replace(settings, api=api)
    if while_read:
        threading.Thread(target=_end_with_stdin, daemon=True).start()

    def ready(address: str, number: int) -> None:
        url = f"http://[{address}]:{number}" if ":" in address else f"http://{address}:{number}"
        result({"ok": True, "exit": 0, "url": url, "port": number}, f"the API is served at {url}", as_json=as_json)

    # The link of a mail is a secret, and who waits for the mail is who reads this: on development targets only.
    post = lambda line: click.echo(line, err=True)  # noqa: E731 - shorter than a def
    serving_api.run(settings, target, ready, lambda line: click.echo(redact(line), err=True), record, post)
    return 0


def _end_with_stdin() -> None:
    """Waits for the other end of our stdin to be closed, as it is when its holder dies, however that came."""
    while sys.stdin.buffer.read(1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
