"""Names of backups: they sort by the moment that a backup holds, and nobody's come twice."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

from haulback.model.backup import BackupKind

ID = re.compile(r"\A\d{8}T\d{6}Z-(?:table|physical|incremental)-[0-9a-f]{6}\Z", re.ASCII)


def new_id(moment: datetime, kind: BackupKind) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{kind.value}-{secrets.token_hex(3)}"


def moment_of(id_: str) -> datetime:
    """The moment in an id; the end of all time where there is no such day, so that nothing of it ever goes."""
    try:
        return datetime.strptime(id_.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)


def kind_of(id_: str) -> BackupKind:
    """The kind in an id."""
    return BackupKind(id_.split("-")[1])
