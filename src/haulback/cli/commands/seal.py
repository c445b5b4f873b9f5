"""haulback seal."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.app import sealing
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import result
from haulback.report import sealing as report

_EXAMPLES = """\b
Examples:
  haulback seal 7 --yes                        deployment 7 is final: it cannot be taken back any more
  haulback seal --older-than 7d --purge --yes  whatever stands for a week, with what it kept
  haulback seal 7 --confirm 7                  without waiting for deploy.seal_after
"""


@click.command(epilog=_EXAMPLES)
@click.argument("number", required=False, type=options.NUMBER)
@options.common
@options.yes
@click.option("--older-than", type=options.DURATION, metavar="TIME", help="Seal all that stand for longer, as 7d.")
@click.option("--purge", is_flag=True, help="Destroy at once what they keep of before.")
@click.option("--force", is_flag=True, help="Seal one that is younger than deploy.seal_after.")
@click.option("--confirm", type=options.NUMBER, metavar="NUMBER", help="As --yes --force, for the one that is named.")
def command(
    number: int | None,
    target: str | None,
    as_json: bool,
    config: Path | None,
    yes: bool,
    older_than: float | None,
    purge: bool,
    force: bool,
    confirm: int | None,
) -> int:
    """End the window of a deployment: it cannot be taken back any more, and what it kept may be purged.

    Without NUMBER the newest that stands deployed.
    """
    if older_than is not None and (number is not None or confirm is not None):
        raise click.UsageError("--older-than chooses the deployments itself: leave NUMBER and --confirm out")
    if confirm is not None and confirm != number:
        raise click.UsageError(f"--confirm {confirm} is not the deployment to seal")
    settings = options.settings(config)
    where = opened(settings, target)
    what = f"deployment {number}" if number else "the newest deployment"
    what = what if older_than is None else "every deployment that is old enough"
    also = ", and destroy what it keeps," if purge else ""
    options.confirm(
        f"Seal {what}{also} on {where.name} ({where.environment})? It cannot be taken back then.",
        yes=yes or confirm is not None,
    )
    request = sealing.Request(number, older_than, force=force or confirm is not None, purge=purge)
    found = sealing.seal(settings, where, request)
    result(report.document(found), report.told(found), as_json=as_json)
    return 0
