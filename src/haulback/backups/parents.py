"""The backup that an incremental one builds on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from haulback.backups import manifest, packed
from haulback.backups.cipher import Key
from haulback.backups.cluster_errors import NoIncremental
from haulback.backups.data_folder import DATA
from haulback.backups.engines._engine import Taking
from haulback.backups.errors import BackupDamaged, ManifestUnreadable
from haulback.backups.shelf import Shelf
from haulback.model.backup import Backup, BackupKind, KeptBackup, Verdict
from haulback.model.packed import is_packed

WHOLE = frozenset({BackupKind.PHYSICAL, BackupKind.INCREMENTAL})
_PIECE = 1024 * 1024
_PINNED = "parent_sha256"  # in the detail of a backup: of the manifest of the one that it builds on


def chosen(taking: Taking) -> Backup:
    """The named one, else the newest of the whole cluster that was not proved bad and can be read.

    Raises:
        NoIncremental: there is none.
        NotSealed, OtherTarget, WrongKey: the named one, or what it builds on, is not believed.
    """
    every = taking.shelf.all()
    known = {one.id: one for one in every}
    if taking.parent:
        every = (taking.shelf.one(taking.parent),)
        for one in _with_ancestors(every[0], known):
            taking.shelf.require_believed(one)
    found = [
        one.backup
        for one in every
        if one.backup and one.backup.kind in WHOLE and one.verdict is not Verdict.BAD
        and str(one.backup.detail.get("engine")) in WHOLE
        and not any(link.refused for link in _with_ancestors(one, known))
    ]  # fmt: skip
    readable = [one for one in found if taking.parent or _opens(taking.key, one)]
    if not readable:
        refused = [one.refused for one in every if one.refused]
        opens = " that the given key opens" if found or any(one.key for one in refused) else ""
        sealed = " that the key sealed" if refused else ""
        reason = f"there is no physical backup to build on{opens or sealed}"
        raise NoIncremental(target=taking.target.name, reason=reason, way_out="Take one: --kind physical.")
    return readable[-1]


def manifest_of(taking: Taking, parent: Backup) -> Iterator[bytes]:
    """PostgreSQL's own manifest of it, in pieces.

    Raises:
        KeyMissing, WrongKey, BackupDamaged: it cannot be read.
    """
    if is_packed(parent):
        yield from packed.opened(taking.shelf, parent, taking.key).manifest()
        return
    try:
        with taking.shelf.store.reading(f"{parent.id}/{DATA}/backup_manifest") as stream:
            while piece := stream.read(_PIECE):
                yield piece
    except FileNotFoundError:
        raise BackupDamaged(id=parent.id, reason="its backup_manifest is missing") from None


def pinned(shelf: Shelf, parent: Backup) -> dict[str, str]:
    """What is noted of the parent, so that no other one takes its place.

    Raises:
        BackupDamaged: it is another one by now.
    """
    try:
        text = shelf.manifest(parent.id)
        same = manifest.from_text(text, parent.id) == parent
    except ManifestUnreadable as error:
        raise BackupDamaged(id=parent.id, reason=str(error.fields["reason"])) from error
    if not same:
        raise BackupDamaged(id=parent.id, reason="its manifest was exchanged while it was read")
    return {_PINNED: hashlib.sha256(text).hexdigest()}


def require_pinned(child: Backup, parent: Backup, text: bytes) -> None:
    """Refuses a parent that was exchanged: one in the clear can be made up by whoever may write to the store.

    Args:
        child: that builds on it.
        parent: as its manifest has it.
        text: of that manifest.

    Raises:
        BackupDamaged: it is not the one that the child was built on.
    """
    told = child.detail.get(_PINNED)  # a plain one, which has no tag either, does not say
    if told is not None and told != hashlib.sha256(text).hexdigest():
        raise BackupDamaged(id=child.id, reason=f"{parent.id}, which it builds on, was exchanged since")


def _with_ancestors(one: KeptBackup, known: Mapping[str, KeptBackup]) -> Iterator[KeptBackup]:
    """A backup and what it builds on, as far as that is here; ends in a circle too."""
    seen: set[str] = set()
    following: KeptBackup | None = one
    while following and following.id not in seen:
        seen.add(following.id)
        yield following
        following = known.get(following.backup.parent) if following.backup else None


def _opens(key: Key | None, backup: Backup) -> bool:
    return not backup.key or (key is not None and key.name == backup.key)
