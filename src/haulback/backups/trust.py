"""Which backups are believed where there is a key: whoever may write to the store can put one there.

Proving or restoring a backup runs what is in it, so that without the key's seal none is taken for one of ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from haulback.backups import manifest
from haulback.backups.cipher import Cipher, Key
from haulback.backups.errors import NotSealed, OtherTarget, WrongKey
from haulback.errors import HaulbackError
from haulback.model.backup import Backup, BackupKind

# Engines whose backups lie in a repository of their own: what ours says of them holds nothing that could be run.
_ELSEWHERE = frozenset({"pgbackrest"})


@dataclass(frozen=True)
class Trust:
    """Whom backups are believed to be of.

    Attributes:
        key: that they are sealed with; None believes all.
        clear: kinds that are believed in the clear all the same.
    """

    key: Key | None = None
    clear: frozenset[BackupKind] = frozenset()

    def refusal(self, backup: Backup, target: str) -> HaulbackError | None:
        """Why a backup that lies on the shelf of a target is not believed, by what its manifest says of itself."""
        if self.key is None:
            return None
        if backup.key not in {"", self.key.name}:  # anybody can name a key that nobody has
            return WrongKey(id=backup.id, wanted=backup.key, given=self.key.name)
        if not backup.key and backup.kind not in self.clear and not _lies_elsewhere(backup):
            return NotSealed(id=backup.id)
        if backup.target != target:  # nobody but who has the key could write that, yet anybody can move a folder
            return OtherTarget(id=backup.id, found=backup.target, target=target)
        return None

    def require_seal(self, text: bytes, backup: Backup) -> None:
        """Refuses a manifest that names the key, and was written without it.

        Raises:
            ManifestUnreadable: it was.
        """
        if self.key is not None and backup.key == self.key.name:
            manifest.require_tag(text, backup.id, Cipher(self.key, bytes.fromhex(backup.salt)))


BELIEVE_ALL = Trust()


def _lies_elsewhere(backup: Backup) -> bool:
    return backup.kind is not BackupKind.TABLE and backup.detail.get("engine") in _ELSEWHERE
