"""The manifest of a backup, as JSON and back. It is written last: without it there is no backup."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from haulback.backups.cipher import Cipher
from haulback.backups.errors import ManifestUnreadable
from haulback.model.backup import (
    Backup,
    BackupKind,
    CopiedColumn,
    Frame,
    Proof,
    RowFormat,
    StoredFile,
    TableContent,
    Verdict,
)
from haulback.model.packed import is_packed
from haulback.model.physical import Physical
from haulback.model.wal import lsn_of

NAME = "manifest.json"
# The first knows rows as text only; a backup without others is written in it, so that an older Haulback restores it.
# Packed backups of clusters came with the third.
FIRST, BINARY, FORMAT = 1, 2, 3
_OWN = frozenset({BackupKind.PHYSICAL.value, BackupKind.INCREMENTAL.value})  # engines whose backups lie in the store
# What text that anybody may have put there makes of reading it as JSON; it may be nested without end, too.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


def to_text(backup: Backup, cipher: Cipher | None = None) -> bytes:
    """The manifest with a sum over itself, and with a tag that only who has the key can make."""
    document = _document(backup)
    body = _canonical(document)
    seal = {"sha256": hashlib.sha256(body).hexdigest()} | ({"tag": cipher.tag(body)} if cipher else {})
    return json.dumps({**document, "seal": seal}, indent=1).encode() + b"\n"


def from_text(text: bytes, id_: str) -> Backup:
    """The backup that a manifest describes.

    Raises:
        ManifestUnreadable: it was changed since it was written, or is of a newer Haulback.
    """
    document, body, seal = _taken_apart(text, id_)
    if seal.get("sha256") != hashlib.sha256(body).hexdigest():
        raise ManifestUnreadable(id=id_, reason="it was changed since it was written")
    if document.get("format") not in {FIRST, BINARY, FORMAT}:
        raise ManifestUnreadable(id=id_, reason=f"its format is {document.get('format')!r}, and {FORMAT} is known")
    try:
        found = _backup(document)
        _require_readable(found)
    except UNREADABLE as error:
        raise ManifestUnreadable(id=id_, reason=f"{type(error).__name__}: {error}") from error
    if found.id != id_:
        raise ManifestUnreadable(id=id_, reason=f"it is of the backup {found.id}")
    if f"-{found.kind.value}-" not in id_:  # what may go is decided by the name
        raise ManifestUnreadable(id=id_, reason=f"its kind is {found.kind.value}, and its name says another")
    return found


def require_tag(text: bytes, id_: str, cipher: Cipher) -> None:
    """Proves that the manifest was written with the key.

    Raises:
        ManifestUnreadable: it was written by somebody else.
    """
    _, body, seal = _taken_apart(text, id_)
    if seal.get("tag") != cipher.tag(body):
        raise ManifestUnreadable(id=id_, reason="it was not written with this key")


def proof_to_text(proof: Proof) -> bytes:
    document = {
        "backup": proof.backup,
        "verdict": proof.verdict.value,
        "at": proof.at.isoformat(),
        "seconds": round(proof.seconds, 3),
        "problems": list(proof.problems),
        "detail": dict(proof.detail),
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def proof_from_text(text: bytes, id_: str) -> Proof:
    """The proof in a file; one that cannot be read proves nothing."""
    try:
        document = json.loads(text)
        return Proof(
            document["backup"],
            Verdict(document["verdict"]),
            _moment(document["at"]),
            float(document["seconds"]),
            tuple(map(str, document["problems"])),
            dict(document["detail"]),
        )
    except UNREADABLE as error:
        raise ManifestUnreadable(id=id_, reason=f"a proof of it: {type(error).__name__}") from error


def _taken_apart(text: bytes, id_: str) -> tuple[dict[str, Any], bytes, Mapping[str, Any]]:
    try:
        document = json.loads(text)
        seal = document.pop("seal")
        return document, _canonical(document), dict(seal)
    except UNREADABLE as error:
        raise ManifestUnreadable(id=id_, reason=f"it is no manifest ({type(error).__name__})") from error


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _document(backup: Backup) -> dict[str, Any]:
    return {
        "format": _format(backup),
        "id": backup.id,
        "kind": backup.kind.value,
        "target": backup.target,
        "database": backup.database,
        "system": backup.system,
        "server_version": backup.server_version,
        "lsn": backup.lsn,
        "began_at": backup.began_at.isoformat(),
        "ended_at": backup.ended_at.isoformat(),
        "parent": backup.parent,
        "key": backup.key,
        "salt": backup.salt,
        "detail": dict(backup.detail),
        "files": [[one.name, one.size, one.sha256] for one in backup.files],
        "tables": [
            {
                "identity": one.identity,
                "columns": [[column.name, column.type] for column in one.columns],
                "key": list(one.key),
                "rows": one.rows,
                "hash": one.hash,
                "size": one.size,
                "file": one.file,
                "frames": [[frame.length, frame.raw, frame.rows] for frame in one.frames],
                "sidecar": one.sidecar,
                "format": one.format.value,
            }
            for one in backup.tables
        ],
    }


def _format(backup: Backup) -> int:
    if is_packed(backup):
        return FORMAT
    return BINARY if any(one.format is not RowFormat.TEXT for one in backup.tables) else FIRST


def _backup(document: Mapping[str, Any]) -> Backup:
    return Backup(
        id=str(document["id"]),
        kind=BackupKind(document["kind"]),
        target=str(document["target"]),
        database=str(document["database"]),
        system=str(document["system"]),
        server_version=int(document["server_version"]),
        lsn=str(document["lsn"]),
        began_at=_moment(document["began_at"]),
        ended_at=_moment(document["ended_at"]),
        files=tuple(StoredFile(_inside(name), int(size), str(sha256)) for name, size, sha256 in document["files"]),
        tables=tuple(map(_table, document["tables"])),
        parent=str(document["parent"]),
        key=str(document["key"]),
        salt=str(document["salt"]),
        detail=dict(document["detail"]),
    )


def _require_readable(found: Backup) -> None:
    """Whoever reads a manifest goes by these, when it is listed or pruned too."""
    bytes.fromhex(found.salt)
    lsn_of(found.lsn)
    if found.kind is not BackupKind.TABLE:
        engine, size = found.detail.get("engine"), found.detail.get("bytes", 0)
        if not isinstance(engine, str) or type(size) is not int:
            raise ValueError("it does not say what took it")
        if engine in _OWN:
            Physical.of(found)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} does not say its zone")
    return found


def _inside(name: object) -> str:
    """A name within the backup: whoever may write a manifest must not have us read what lies elsewhere."""
    found = str(name)
    if found.startswith("/") or ".." in found.split("/"):
        raise ValueError(f"{found} lies outside of it")
    return found


def _table(document: Mapping[str, Any]) -> TableContent:
    return TableContent(
        identity=str(document["identity"]),
        columns=tuple(CopiedColumn(str(name), str(type_)) for name, type_ in document["columns"]),
        key=tuple(map(str, document["key"])),
        rows=int(document["rows"]),
        hash=str(document["hash"]),
        size=int(document["size"]),
        file=str(document["file"]),
        frames=tuple(Frame(int(length), int(raw), int(rows)) for length, raw, rows in document["frames"]),
        sidecar=str(document["sidecar"]),
        format=RowFormat(document.get("format", RowFormat.TEXT)),
    )
