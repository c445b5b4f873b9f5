"""Which backups hold the tables that matter. Pure: what was proved of another table says nothing of these."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from haulback.model.backup import Backup, BackupKind

_PART = re.compile(r'"((?:[^"]|"")*)"|([^".]+)')


def parts(name: str) -> tuple[str, str]:
    """Schema and bare name of a table as a person or the server writes it; `public` where no schema is written."""
    found = [quoted.replace('""', '"') or plain.strip().lower() for quoted, plain in _PART.findall(name)]
    return (found[-2] if len(found) > 1 else "public", found[-1] if found else "")


def holds(backup: Backup, wanted: Iterable[str]) -> bool:
    """Whether it has all of the tables; one of a whole cluster has every one."""
    return not _lacking(backup, {parts(one) for one in wanted})


def newest_covering(proved: Iterable[Backup], wanted: Collection[str]) -> tuple[Backup | None, tuple[str, ...]]:
    """The youngest moment from which each of the tables can come back, perhaps from several backups.

    Args:
        proved: newest first; no more is read of them than it takes.
        wanted: tables; none for any backup.

    Returns:
        The backup that holds that moment, None where not all are held; and those that none holds.
    """
    left = {parts(one): one for one in wanted}
    for backup in proved:
        lacking = _lacking(backup, left)
        left = {one: name for one, name in left.items() if one in lacking}
        if not left:
            return backup, ()
    return None, tuple(sorted(left.values()))


def _lacking(backup: Backup, wanted: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    if backup.kind is not BackupKind.TABLE:
        return set()
    return set(wanted) - {parts(one.identity) for one in backup.tables}
