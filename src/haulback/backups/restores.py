"""Keeps what is known of each restore in a file of its own folder: after a crash that file alone says what is true."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from haulback.backups.cluster_errors import NoSuchRecovery, SeveralRecoveries
from haulback.backups.manifest import UNREADABLE
from haulback.model.cluster_restore import ClusterRestore, Phase
from haulback.pg.cluster_folder import remove, sync_folder, write_whole

_ID = re.compile(r"^\d{8}T\d{6}Z-pitr-[0-9a-f]{6}$")
_NOTE = "restore.json"


@dataclass(frozen=True)
class Restores:
    """The restores of one target, below one folder on the file system of its data."""

    folder: Path

    def begin(self, restore: ClusterRestore) -> ClusterRestore:
        """Makes its folder; its note is there before anything else is."""
        place = self.place(restore.id)
        place.mkdir(parents=True, mode=0o711)
        sync_folder(place.parent)
        return self.note(restore)

    def place(self, id_: str) -> Path:
        return self.folder / id_

    def note(self, restore: ClusterRestore, **changes: Any) -> ClusterRestore:
        """Writes what is true now, durably."""
        found = replace(restore, **changes)
        document = asdict(found) | {
            "phase": found.phase.value,
            "began_at": found.began_at.isoformat(),
            "at": found.at.isoformat() if found.at else None,
        }
        write_whole(self.place(found.id) / _NOTE, json.dumps(document, indent=1) + "\n")
        sync_folder(self.place(found.id))
        return found

    def all(self) -> tuple[ClusterRestore, ...]:
        """Every restore there is a note of, oldest first."""
        if not self.folder.is_dir():
            return ()
        found = [_read(path / _NOTE) for path in sorted(self.folder.iterdir()) if _ID.match(path.name)]
        return tuple(one for one in found if one)

    def one(self, id_: str) -> ClusterRestore:
        """The restore of that id, or of the only one whose id begins so.

        Raises:
            NoSuchRecovery: there is none.
            SeveralRecoveries: it may mean several.
        """
        found = [one for one in self.all() if id_ and one.id.startswith(id_)]
        if not found:
            raise NoSuchRecovery(id=id_ or "without an id", folder=self.folder)
        if len(found) > 1:
            raise SeveralRecoveries(id=id_, count=len(found), folder=self.folder)
        return found[0]

    def discard(self, restore: ClusterRestore) -> None:
        """Removes its folder with all that is in it."""
        remove(self.place(restore.id))


def new_id(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-pitr-{secrets.token_hex(3)}"


def _read(path: Path) -> ClusterRestore | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return ClusterRestore(**document | {
            "phase": Phase(document["phase"]),
            "began_at": datetime.fromisoformat(document["began_at"]),
            "at": datetime.fromisoformat(document["at"]) if document["at"] else None,
        })  # fmt: skip
    except (OSError, *UNREADABLE):
        return None
