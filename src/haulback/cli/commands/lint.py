"""haulback lint."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from haulback.app import linting, rewriting_files
from haulback.cli import options, reporting
from haulback.cli.terminal import either, result
from haulback.errors import Exit, UsageError
from haulback.model.settings import Settings
from haulback.model.target import Environment
from haulback.report import document_hazards, rewrites, text_hazards
from haulback.report.hazard_keys import rebased
from haulback.report.hazard_pages import page

_EXAMPLES = """\b
Examples:
  haulback lint
  haulback lint supabase/migrations/20241203000000_simplify.sql
  haulback lint --environment staging --assume-rows 10000000
  haulback lint --format sarif --report hazards.sarif
  haulback lint --rewrite supabase/migrations/20241203000000_simplify.sql > safe.sql
  haulback lint --rewrite --write
  haulback lint --explain index-not-concurrent
"""


@click.command(epilog=_EXAMPLES)
# click would speak of usage where the folder may not be read: we say why, and what to do.
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, readable=False), metavar="[FILES|DIR]...")
@reporting.options_of_hazards
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
@click.option("--rewrite", is_flag=True, help="Print the files with safe rewrites in place: SQL, or a diff of several.")
@click.option("--write", is_flag=True, help="With --rewrite: put them in the place of the files.")
@click.option("--list", "as_list", is_flag=True, help="Print every hazard there is, without looking at files.")
@click.option("--explain", metavar="ID", help="Print the page of a hazard.")
@click.option("--pg-major", type=click.IntRange(9, 99), metavar="N", help="The major version of the target's server.")
def command(
    paths: tuple[Path, ...],
    target: str | None,
    as_json: bool,
    config: Path | None,
    environment: str | None,
    assume_rows: int | None,
    rewrite: bool,
    write: bool,
    as_list: bool,
    explain: str | None,
    pg_major: int | None,
    report: reporting.Destination,
) -> int:
    """Show the hazards of migration files, without any server.

    Without FILES or DIR: those of the project's folder. Ends with 3 where one of them blocks. `haulback plan` shows
    more: it knows the target and has run the files on a shadow.
    """
    if as_list or explain:
        if paths or rewrite or report.form or (as_list and explain):
            raise UsageError(
                problem="--list and --explain look at no files",
                hint="Leave out what else was asked for; --json goes with either.",
            )
        return _told(explain, as_json=as_json)
    settings = options.settings(config)
    request = linting.Request(paths, target, Environment(environment) if environment else None, assume_rows, pg_major)
    if write and not rewrite:
        raise UsageError(problem="--write goes with --rewrite", hint="Add --rewrite, or leave --write out.")
    if rewrite:
        if report.form:
            raise UsageError(problem="--rewrite prints SQL, no report", hint="Leave --format and --report out.")
        return _rewrite(settings, request, write=write, as_json=as_json)
    subject = linting.report(settings, request)
    report.hazards(subject)
    if not report.takes_stdout:
        either(
            lambda: document_hazards.linted(subject),
            lambda: text_hazards.linted(rebased(subject, Path.cwd())),
            as_json=as_json,
        )
    return Exit.REFUSED if subject.blocking else Exit.DONE


def _told(explain: str | None, *, as_json: bool) -> int:
    """Prints all hazards, or the page of one."""
    if explain is None:
        kinds = tuple(linting.kinds().values())
        result(document_hazards.listed(kinds), text_hazards.listed(kinds), as_json=as_json)
        return Exit.DONE
    kind = linting.kind(explain)
    result(document_hazards.explained(kind), page(kind.id) or f"# {kind.id}\n\n{kind.title}.\n", as_json=as_json)
    return Exit.DONE


def _rewrite(settings: Settings, request: linting.Request, *, write: bool, as_json: bool) -> int:
    found = rewriting_files.rewrite(settings, request)
    in_place = rewriting_files.write(found) if write else ()
    for line in rewrites.told(found, in_place):
        click.echo(line, err=True)
    if as_json:
        result(rewrites.document(found, in_place), "", as_json=True)
    elif not write:
        # As it stands, byte for byte: it is SQL to keep, no message.
        sys.stdout.buffer.write(rewriting_files.shown(found).encode())
    return rewrites.ending(found)
