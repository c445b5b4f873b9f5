"""Use case: put a table of a backup into a new table beside the others; nothing that stands is touched or compared."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from haulback.app.restore_source import Request, source
from haulback.app.sessions import begin
from haulback.backups import beside
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import UsageError
from haulback.model.backup import Backup
from haulback.model.restore import Beside
from haulback.model.settings import Settings
from haulback.model.target import Target

_STEP = "restore"


@dataclass(frozen=True, slots=True)
class Into:
    """What was put where.

    Attributes:
        source: identity of the table in the backup.
        proved: whether the backup was restored before to prove it.
    """

    backup: Backup
    source: str
    proved: bool
    made: Beside


def restore_into(
    settings: Settings, target: Target, request: Request, into: str, progress: Progress, clock: Clock | None = None
) -> Into:
    """Makes the new table with the rows of the backup, or nothing.

    Raises:
        HaulbackError: refused or failed; there is no such table.
    """
    clock = clock or SystemClock()
    schema, name = named(into)
    found = source(settings, target, request)
    with ExitStack() as stack:
        # With the deployment lock: a table that comes in the middle of a deployment would be taken for a stranger's.
        command = begin(settings, target, progress, clock, stack)
        begun = clock.monotonic()
        progress.step_begun(_STEP, f"{found.content.rows:,} rows of {found.content.identity} into {schema}.{name}")
        made = beside.put(command.keeper, found.contents, found.content, schema, name)
        progress.step_done(_STEP, clock.monotonic() - begun, f"{made.rows:,} rows in {made.identity}")
    return Into(found.backup, found.content.identity, found.proved, made)


def named(into: str) -> tuple[str, str]:
    """Schema and name, bare; of the schema public where none is named. Quotes are not taken apart.

    Raises:
        UsageError: it is no name.
    """
    parts = into.split(".")
    if len(parts) > 2 or not all(parts) or '"' in into:  # noqa: PLR2004 - schema and name
        raise UsageError(
            problem=f"{into} is no name for a table", hint="Write it without quotes: --into public.orders_before."
        )
    return (parts[0], parts[1]) if len(parts) == 2 else ("public", parts[0])  # noqa: PLR2004 - as above
