"""haulback down."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import upkeep
from haulback.cli import options
from haulback.cli.terminal import result

_EXAMPLES = """\b
Examples:
  haulback down      stop the server, its shadows, recovered ones, and what keeps its schedules
"""


@click.command(epilog=_EXAMPLES)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A haulback.toml to read.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON document on one line.")
def command(config: Path | None, *, as_json: bool) -> int:
    """Stop what `haulback up` started; the data stay."""
    stopped = upkeep.stop(options.settings(config))
    names = ", ".join(stopped.clusters) or "nothing ran"
    document = {"ok": True, "exit": 0, "worker": stopped.worker, "clusters": list(stopped.clusters)}
    result(document, f"stopped: {names}", as_json=as_json)
    return 0
