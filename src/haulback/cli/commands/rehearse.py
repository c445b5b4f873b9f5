"""haulback rehearse."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import replaying
from haulback.cli import options
from haulback.cli.terminal import either
from haulback.errors import Exit, UsageError
from haulback.model.history_replay import ReplayedFile
from haulback.report import document_history, text_history

_EXAMPLES = """\b
Examples:
  haulback rehearse --history
  haulback rehearse --history --migrations supabase/migrations --json
  haulback rehearse --history --only 20241203000000
"""


@click.command(epilog=_EXAMPLES)
@click.option("--history", is_flag=True, help="Replay the whole folder, from its first file.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON document on one line.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A haulback.toml to read.")
@options.migrations
@click.option("--only", multiple=True, metavar="VERSION", help="Take back only this file; those before it just run.")
@click.option(
    "--judge",
    type=click.Choice(["pg_dump", "fingerprint"]),
    default="pg_dump",
    show_default=True,
    help="What exactness goes by; without a pg_dump of the server's major it is the fingerprint.",
)
def command(
    history: bool, as_json: bool, config: Path | None, migrations: Path | None, only: tuple[str, ...], judge: str
) -> int:
    """Run migrations forward, back and forward again on a shadow, without any target.

    With --history: every file of the folder, on an empty database, whatever targets have. A file that fails is told
    and passed over. Ends with 3 where a file failed or could not be taken back; the order of columns does not count.
    """
    if not history:
        raise UsageError(
            problem="rehearse takes --history",
            hint="For what is pending on a target, `haulback plan` rehearses.",
        )
    settings = options.settings(config, migrations)
    subject = replaying.replay(settings, replaying.Request(frozenset(only), judge == "pg_dump"), _tell)
    either(lambda: document_history.replayed(subject), lambda: text_history.replayed(subject), as_json=as_json)
    return Exit.DONE if subject.ok else Exit.REFUSED


def _tell(one: ReplayedFile, number: int, total: int) -> None:
    click.echo(f"{number}/{total}  {text_history.line(one)}", err=True)
