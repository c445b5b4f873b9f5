"""Backups and proofs, told to a person and to a program."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from haulback.errors import Exit
from haulback.model.backup import Backup, KeptBackup, Proof, Verdict
from haulback.report.columns import aligned
from haulback.report.plain import aged, clean, counted, plain

_NEVER = "not proved"


def exit_of(proofs: Sequence[Proof]) -> Exit:
    """3 where one is proved bad, 7 where one could not be tried or its proof not kept, else 0."""
    verdicts = {one.verdict for one in proofs}
    if Verdict.BAD in verdicts:
        return Exit.REFUSED
    counts = Verdict.UNKNOWN not in verdicts and not any(one.unfiled for one in proofs)
    return Exit.DONE if counts else Exit.UNVERIFIED


def taken(backup: Backup) -> dict[str, Any]:
    """The document of `haulback backup run`."""
    return {"ok": True, "exit": 0, **_backup(backup)}


def told_taken(backup: Backup) -> str:
    held = f"{counted(len(backup.tables), 'table')}, {backup.rows:,} rows, " if backup.tables else ""
    return (
        f"backup {backup.id}: {held}{sized(backup.size)}{', encrypted' if backup.key else ''}\n"
        "  prove it by restoring it: haulback backup verify\n"
    )


def listed(found: Sequence[KeptBackup], now: datetime) -> dict[str, Any]:
    """The document of `haulback backup list`."""
    return {"ok": True, "exit": 0, "backups": [_kept(one, now) for one in found]}


def told_list(found: Sequence[KeptBackup], now: datetime) -> str:
    if not found:
        return "no backups; take one: haulback backup run\n"
    rows = [("id", "age", "holds", "size", "proved")]
    for one in found:
        if one.backup is None:
            rows.append((one.id, "", plain(one.problem), "", "no"))
            continue
        held = f"{counted(len(one.backup.tables), 'table')}, {one.backup.rows:,} rows" if one.backup.tables else "all"
        age = aged((now - one.backup.began_at).total_seconds()).removesuffix(" old")
        rows.append((one.id, age, held, sized(one.backup.size), _proved(one) + (", held" if one.held else "")))
    return "\n".join(aligned(rows, indent="")) + "\n"


def verified(proofs: Sequence[Proof]) -> dict[str, Any]:
    """The document of `haulback backup verify`."""
    code = exit_of(proofs)
    return {"ok": code is Exit.DONE, "exit": int(code), "proofs": [proof_document(one) for one in proofs]}


def told_verified(proofs: Sequence[Proof]) -> str:
    lines = []
    for one in proofs:
        lines.append(f"backup {one.backup}: {one.verdict.value} in {one.seconds:.2f} s")
        lines += [f"  {plain(problem)}" for problem in one.problems]
        if one.unfiled:
            lines.append(f"  not kept, and so counts for nothing: {plain(one.unfiled)}")
    return "\n".join(lines) + "\n"


def sized(size: int) -> str:
    """Bytes as a person says them."""
    for unit, power in (("GB", 3), ("MB", 2), ("kB", 1)):
        if size >= 1000**power:
            return f"{size / 1000**power:,.1f} {unit}"
    return f"{size} bytes"


def _backup(backup: Backup) -> dict[str, Any]:
    return {
        "id": backup.id,
        "kind": backup.kind.value,
        "target": clean(backup.target),
        "database": clean(backup.database),
        "server_version": backup.server_version,
        "lsn": backup.lsn,
        "began_at": backup.began_at.isoformat(),
        "ended_at": backup.ended_at.isoformat(),
        "bytes": backup.size,
        "encrypted": bool(backup.key),
        "parent": backup.parent or None,
        "tables": [{"table": clean(one.identity), "rows": one.rows, "hash": one.hash} for one in backup.tables],
    }


def _kept(one: KeptBackup, now: datetime) -> dict[str, Any]:
    if one.backup is None:
        return {"id": one.id, "whole": False, "problem": clean(one.problem), "proved": False, "held": one.held}
    return {
        **_backup(one.backup),
        "whole": True,
        "problem": None,
        "seconds": round((now - one.backup.began_at).total_seconds()),
        "proved": one.is_proved,
        "verdict": one.verdict.value if one.verdict else None,
        "proofs": [proof_document(proof) for proof in one.proofs],
        "held": one.held,
    }


def proof_document(one: Proof) -> dict[str, Any]:
    """One proof, as every document tells it."""
    return {
        "backup": one.backup,
        "verdict": one.verdict.value,
        "at": one.at.isoformat(),
        "seconds": round(one.seconds, 3),
        "problems": clean(list(one.problems)),
        "unfiled": clean(one.unfiled) or None,
    }


def _proved(one: KeptBackup) -> str:
    if one.verdict is None:
        return _NEVER
    return f"{one.verdict.value} {one.proofs[-1].at:%Y-%m-%d %H:%M}"
