"""A recovery of a whole cluster, told to a person and to a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from haulback.model.cluster_restore import ClusterRestore, Phase
from haulback.report.columns import aligned
from haulback.report.plain import clean, plain


def recovered(restore: ClusterRestore, folder: str, conninfo: str) -> dict[str, Any]:
    """The document of `haulback restore pitr`."""
    return {"ok": True, "exit": 0, **_restore(restore), "folder": folder, "conninfo": conninfo or None}


def told_recovered(restore: ClusterRestore, folder: str, conninfo: str) -> str:
    last = f", the last commit in it is of {restore.at.isoformat()}" if restore.at else ""
    lines = [
        f"restore {restore.id}: {plain(restore.aim)} from {restore.backup}{last}",
        f"  {restore.tables:,} tables and {restore.rows:,} rows read in {restore.seconds:.2f} s",
    ]
    if restore.phase is Phase.SWAPPED:
        lines += [f"  it serves now; the data folder that served before: {folder}",
                  f"  take it back: haulback restore pitr --undo {restore.id}"]  # fmt: skip
    elif restore.phase is Phase.UNDONE:
        lines += [f"  the former data folder serves again; the recovered one: {folder}"]
    elif conninfo:
        lines += [
            f"  it runs: psql '{conninfo}'",
            f"  what is different by now: haulback diff {restore.id}",
            f"  stop and remove it: haulback restore pitr --discard {restore.id}",
        ]
    else:
        lines += [f"  it lies in {folder}", "  look at it: the same command with --keep-running"]
    return "\n".join(lines) + "\n"


def listed(found: Sequence[ClusterRestore]) -> dict[str, Any]:
    """The document of `haulback restore list`."""
    return {"ok": True, "exit": 0, "restores": [_restore(one) for one in found]}


def told_list(found: Sequence[ClusterRestore]) -> str:
    if not found:
        return "no restores\n"
    rows = [("id", "phase", "to", "rows")]
    rows += [(one.id, one.phase.value, plain(one.aim), f"{one.rows:,}") for one in found]
    return "\n".join(aligned(rows, indent="")) + "\n"


def _restore(restore: ClusterRestore) -> dict[str, Any]:
    return {
        "id": restore.id,
        "target": clean(restore.target),
        "aim": clean(restore.aim),
        "phase": restore.phase.value,
        "backup": restore.backup,
        "stop": clean(restore.stop),
        "lsn": restore.lsn,
        "at": restore.at.isoformat() if restore.at else None,
        "timeline": restore.timeline,
        "tables": restore.tables,
        "rows": restore.rows,
        "bytes": restore.bytes,
        "seconds": round(restore.seconds, 3),
        "problem": clean(restore.problem) or None,
    }
