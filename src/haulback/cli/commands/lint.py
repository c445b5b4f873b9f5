"""haulback lint."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import linting
from haulback.cli import options, reporting
from haulback.cli.terminal import result
from haulback.errors import Exit
from haulback.model.target import Environment
from haulback.report import documents, text_hazards

_EXAMPLES = """\b
Examples:
  haulback lint
  haulback lint supabase/migrations/20241203000000_simplify.sql
  haulback lint --environment staging --assume-rows 10000000
  haulback lint --format sarif --report hazards.sarif
"""


@click.command(epilog=_EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[FILES|DIR]...")
@reporting.options
@options.common
@click.option(
    "--environment",
    type=click.Choice([one.value for one in Environment]),
    help="Whose levels count; else that of --target, else production.",
)
@click.option(
    "--assume-rows",
    type=click.IntRange(0, 10**15),
    metavar="N",
    help="Judge every table as if it had N rows; without it the size is unknown.",
)
@click.option("--pg-major", type=click.IntRange(9, 99), metavar="N", help="The major version of the target's server.")
def command(
    paths: tuple[Path, ...],
    target: str | None,
    as_json: bool,
    config: Path | None,
    environment: str | None,
    assume_rows: int | None,
    pg_major: int | None,
    report: reporting.Destination,
) -> int:
    """Show the hazards of migration files, without any server.

    Without FILES or DIR: those of the project's folder. Ends with 3 where one of them blocks. `haulback plan` shows
    more: it knows the target and has run the files on a shadow.
    """
    settings = options.settings(config)
    request = linting.Request(paths, target, Environment(environment) if environment else None, assume_rows, pg_major)
    subject = linting.report(settings, request)
    report.hazards(subject)
    if not report.takes_stdout:
        result(documents.linted(subject), text_hazards.linted(subject), as_json=as_json)
    return Exit.REFUSED if subject.blocking else Exit.DONE
