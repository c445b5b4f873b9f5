"""haulback advise."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import advising
from haulback.cli import options
from haulback.cli.terminal import either
from haulback.model.advice import AdviceLevel, Category
from haulback.report import document_advice, text_advice

_EXAMPLES = """\b
Examples:
  haulback advise
  haulback advise --target production --level error --json
  haulback advise --only rls_disabled_in_public --ignore rls_disabled_in_public_public_countries
"""


@click.command(epilog=_EXAMPLES)
@options.common
@click.option("--only", multiple=True, metavar="NAME", help="Ask this lint alone; may be given more than once.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="CACHE_KEY",
    help="Leave this finding out, besides those of advice.ignore; may be given more than once.",
)
@click.option(
    "--level",
    type=click.Choice([one.value for one in reversed(AdviceLevel)], case_sensitive=False),
    default=AdviceLevel.INFO.value,
    help="Ask only lints of this level or worse.",
)
@click.option(
    "--category",
    type=click.Choice([one.value for one in Category], case_sensitive=False),
    help="Ask only lints of this category.",
)
def command(
    target: str | None,
    as_json: bool,
    config: Path | None,
    only: tuple[str, ...],
    ignore: tuple[str, ...],
    level: str,
    category: str | None,
) -> int:
    """Show what is wrong with a target as it is, without any migration.

    Asks what the Supabase advisors ask, and a little more; writes nothing. Ends with 3 where an ERROR is found, and
    with 7 where none is but a lint of that level could not look.
    """
    request = advising.Request(target, only, ignore, AdviceLevel(level), Category(category) if category else None)
    found = advising.report(options.settings(config), request)
    either(lambda: document_advice.advised(found), lambda: text_advice.advised(found), as_json=as_json)
    return found.ending
