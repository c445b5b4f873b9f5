"""A manifest says what was written, and that it was not changed since."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from haulback.backups import manifest
from haulback.backups.cipher import Cipher, Key, cipher_of
from haulback.backups.errors import BackupDamaged, KeyMissing, KeyUnusable, ManifestUnreadable, WrongKey
from haulback.model.backup import (
    Backup,
    BackupKind,
    CopiedColumn,
    Frame,
    KeptBackup,
    Proof,
    RowFormat,
    StoredFile,
    TableContent,
    Verdict,
)
from haulback.model.physical import Physical

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TABLE = TableContent(
    'public."odd ""name"', (CopiedColumn("id", "bigint"), CopiedColumn("é", "text")), ("id",),
    3, "3-00-00", 120, "0001.copy.zst", (Frame(40, 120, 3),), "0001.rows.zst",
)  # fmt: skip
BACKUP = Backup(
    "20260102T030405Z-table-0a1b2c", BackupKind.TABLE, "local", "app", "74", 180006, "0/1A", AT, AT,
    (StoredFile("0001.copy.zst", 40, "ab"),), (TABLE,), detail={"schema": {"raw": 1, "length": 2}},
)  # fmt: skip
KEY = Key.parsed("00" * 31 + "01")


def test_a_manifest_comes_back_as_it_was() -> None:
    assert manifest.from_text(manifest.to_text(BACKUP), BACKUP.id) == BACKUP


@pytest.mark.parametrize(
    ("was", "now"),
    [(b'"rows": 3', b'"rows": 4'), (b'"lsn": "0/1A"', b'"lsn": "0/1B"'), (b'"0001.copy.zst"', b'"0002.copy.zst"')],
)
def test_a_changed_manifest_is_refused(was: bytes, now: bytes) -> None:
    text = manifest.to_text(BACKUP)
    assert was in text
    with pytest.raises(ManifestUnreadable, match="changed since it was written"):
        manifest.from_text(text.replace(was, now), BACKUP.id)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"{}", b'{"seal": 1}', b"\xff\xfe"])
def test_what_is_no_manifest_is_refused(text: bytes) -> None:
    with pytest.raises(ManifestUnreadable):
        manifest.from_text(text, BACKUP.id)


def test_the_manifest_of_another_backup_is_refused() -> None:
    other = replace(BACKUP, id="20260102T030405Z-table-ffffff")
    with pytest.raises(ManifestUnreadable, match="of the backup"):
        manifest.from_text(manifest.to_text(other), BACKUP.id)


TOLD = Physical("physical", 1, "0/1A", "0/2A", "0" * 24, "0" * 24, 1 << 24, 1, 1, "postgres", checksums=True).detail()
CLUSTER = replace(BACKUP, kind=BackupKind.PHYSICAL, detail=TOLD)


@pytest.mark.parametrize("bad", [None, -1, 0, 10**30, 1.5, True, "", "x", "\0", "0/1A", [], {}], ids=repr)
@pytest.mark.parametrize("field", [*TOLD, "missing"])
def test_what_no_server_says_of_a_cluster_is_refused(field: str, bad: object) -> None:
    """Listing and pruning go by it: one made-up backup must not keep them from the others."""
    told = {**TOLD, field: bad} if field in TOLD else {name: TOLD[name] for name in TOLD if name != "timeline"}
    try:
        found = manifest.from_text(manifest.to_text(replace(CLUSTER, detail=told)), BACKUP.id)
    except ManifestUnreadable:
        return
    # What it keeps is of the kind that a server tells.
    assert type(Physical.of(found).detail()[field]) is type(TOLD[field])


@pytest.mark.parametrize("engine", [None, [], {}, 1])
def test_an_engine_has_a_name(engine: object) -> None:
    with pytest.raises(ManifestUnreadable):
        manifest.from_text(manifest.to_text(replace(CLUSTER, detail={"engine": engine})), BACKUP.id)


@pytest.mark.parametrize(
    "change", [{"salt": "x"}, {"salt": "0"}, {"lsn": ""}, {"lsn": "None"}, {"lsn": "0/x"}], ids=str
)
def test_salt_and_position_can_be_read(change: dict[str, str]) -> None:
    with pytest.raises(ManifestUnreadable):
        manifest.from_text(manifest.to_text(replace(BACKUP, **change)), BACKUP.id)


def test_only_who_has_the_key_makes_the_tag() -> None:
    cipher = Cipher.fresh(KEY)
    text = manifest.to_text(BACKUP, cipher)
    manifest.require_tag(text, BACKUP.id, cipher)
    forged = json.loads(manifest.to_text(replace(BACKUP, lsn="0/FF")))
    forged["seal"]["tag"] = json.loads(text)["seal"]["tag"]
    with pytest.raises(ManifestUnreadable, match="not written with this key"):
        manifest.require_tag(json.dumps(forged).encode(), BACKUP.id, cipher)


def test_a_frame_opens_only_where_it_was_sealed() -> None:
    cipher = Cipher.fresh(KEY)
    sealed = cipher.seal(b"rows", 1, 0)
    assert cipher.open(sealed, 1, 0, id_="x") == b"rows"
    for frame, file, number in ((sealed, 1, 1), (sealed, 2, 0), (sealed[:-1] + bytes([sealed[-1] ^ 1]), 1, 0)):
        with pytest.raises(BackupDamaged):
            cipher.open(frame, file, number, id_="x")


def test_two_backups_have_two_keys() -> None:
    assert Cipher.fresh(KEY).seal(b"rows", 1, 0) != Cipher.fresh(KEY).seal(b"rows", 1, 0)


def test_which_key_opens() -> None:
    encrypted = replace(BACKUP, key=KEY.name, salt="00" * 32)
    assert cipher_of(BACKUP, None) is None
    assert cipher_of(encrypted, KEY) is not None
    with pytest.raises(KeyMissing):
        cipher_of(encrypted, None)
    with pytest.raises(WrongKey) as raised:
        cipher_of(encrypted, Key.parsed("11" * 32))
    assert "11111111" not in raised.value.message


@pytest.mark.parametrize("text", ["", "short", "zz" * 32, "00" * 31, "00" * 33, "A" * 44])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(KeyUnusable) as raised:
        Key.parsed(text)
    assert not text or text not in raised.value.message


def test_a_key_shows_nothing_of_itself() -> None:
    assert "01" not in repr(KEY).replace("0x", "").partition(" at ")[0]
    assert len(KEY.name) == 16


def test_unknown_says_nothing_against_an_earlier_proof() -> None:
    def kept(*verdicts: Verdict) -> KeptBackup:
        return KeptBackup(BACKUP.id, BACKUP, tuple(Proof(BACKUP.id, one, AT, 1.0) for one in verdicts))

    assert kept().verdict is None
    assert kept(Verdict.UNKNOWN).verdict is Verdict.UNKNOWN
    assert kept(Verdict.PROVED, Verdict.UNKNOWN).is_proved
    assert not kept(Verdict.PROVED, Verdict.BAD).is_proved


def test_rows_as_text_alone_are_written_as_an_older_haulback_reads_them() -> None:
    binary = replace(BACKUP, tables=(TABLE, replace(TABLE, identity="public.b", format=RowFormat.BINARY)))
    assert json.loads(manifest.to_text(BACKUP))["format"] == 1
    assert json.loads(manifest.to_text(binary))["format"] == 2
    assert manifest.from_text(manifest.to_text(binary), BACKUP.id) == binary


def test_a_manifest_from_before_binary_rows_is_read() -> None:
    document = json.loads(manifest.to_text(BACKUP))
    del document["seal"], document["tables"][0]["format"]
    body = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    document["seal"] = {"sha256": hashlib.sha256(body).hexdigest()}
    assert manifest.from_text(json.dumps(document).encode(), BACKUP.id) == BACKUP
