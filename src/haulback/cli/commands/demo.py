"""haulback demo."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app.demo.scenario import Demo, Ending
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.errors import Exit

_EXAMPLES = """\b
Examples:
  haulback demo                          100,000 events, 2,000 users
  haulback demo --events 1000000         more of them
"""


@click.command(epilog=_EXAMPLES)
@click.option("--users", type=click.IntRange(10, 100_000), default=2_000, show_default=True)
@click.option("--events", type=click.IntRange(1, 50_000_000), default=100_000, show_default=True)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A haulback.toml to read.")
def command(users: int, events: int, config: Path | None) -> int:
    """Deploy, break, take back, crash and refuse, on a PostgreSQL of its own, with users at work all the while.

    Ends with a table and one JSON document on one line.
    """
    settings = options.settings(config)
    listener = progress(as_json=False)
    ending = Demo(settings.home / "demo", users, events, listener.note).play()
    click.echo(_table(ending))
    result(ending.document(), "", as_json=True)
    return int(ending.document()["exit"])


def _table(ending: Ending) -> str:
    document = ending.document()
    lines = ["", f"{'':<58}{'exit':>6}{'seconds':>10}"]
    for act in ending.acts:
        lines.append(f"{act.title:<58}{act.exit:>6}{act.seconds:>10.2f}")
        lines += [f"    {step:<54}{'':>6}{seconds:>10.3f}" for step, seconds in act.steps]
    lines += [
        "",
        *(f"refused: {act.result['message']}" for act in ending.acts if act.exit == Exit.REFUSED),
        "",
        f"requests by users        {document['requests']:>10,}",
        f"  failed                 {document['requests_failed']:>10,}",
        f"  longest pause          {document['longest_pause_ms']:>10,.1f} ms",
        f"rows written by users    {document['rows_written']:>10,}",
        f"  lost                   {document['rows_lost']:>10,}",
        f"column taken back        {'every value' if not ending.values_lost else 'VALUES LOST':>10}",
        "",
    ]
    return "\n".join(lines)
