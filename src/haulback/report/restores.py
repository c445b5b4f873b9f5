"""Restores of rows from a backup, told to a person and to a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from haulback.errors import Exit
from haulback.model.backup import Backup
from haulback.model.restore import Beside, Differences, How, KeptRestore, Restore, TableRestored, UndoneRows
from haulback.report.columns import aligned
from haulback.report.plain import clean, counted, plain


def table(found: TableRestored) -> dict[str, Any]:
    """The document of `haulback restore table`."""
    seen = found.differences
    return {
        "ok": True,
        "exit": 0,
        "table": clean(seen.identity),
        "backup": seen.backup,
        "proved": found.proved,
        "holds": seen.holds.isoformat(),
        "in_backup": seen.in_backup,
        "in_table": seen.in_table,
        "missing": seen.missing,
        "changed": seen.changed,
        "extra": seen.extra,
        "first": {how.value: clean(list(seen.first.get(how, ()))) for how in How},
        "extra_keys": clean(list(found.extra)),
        "only_backup": clean(list(seen.only_backup)),
        "only_table": clean(list(seen.only_table)),
        "chosen": seen.chosen,
        "restore": found.restore.number if found.restore else None,
        "inserted": found.rows.inserted if found.rows else 0,
        "updated": found.rows.updated if found.rows else 0,
        "left": clean(dict(found.rows.left)) if found.rows else {},
    }


def told_table(found: TableRestored) -> str:
    seen = found.differences
    lines = [
        f"{plain(seen.identity)} beside backup {seen.backup}, which holds {seen.holds:%Y-%m-%d %H:%M:%S} UTC"
        + ("" if found.proved else " and was not proved"),
        f"  {seen.in_backup:,} rows in the backup, {seen.in_table:,} in the table",
        *_kinds(seen),
        *_columns(seen),
    ]
    if seen.chosen is not None:
        lines.append(f"  {seen.chosen:,} of the missing and changed rows fit --only-where")
    lines += [f"    only in the table: {plain(key)}" for key in found.extra]
    if found.rows and found.restore:
        lines.append(
            f"restore {found.restore.number}: {found.rows.inserted:,} rows inserted, {found.rows.updated:,} set back"
        )
        lines += _left(found.rows.left)
        lines.append(f"  take it back: haulback restore undo {found.restore.number}")
    elif seen.missing or seen.changed:
        lines.append("  nothing was touched; --missing and --changed bring rows back")
    return "\n".join(lines) + "\n"


def into(source: str, backup: Backup, made: Beside, *, proved: bool) -> dict[str, Any]:
    """The document of `haulback restore table --into`."""
    return {
        "ok": True,
        "exit": 0,
        "table": clean(source),
        "backup": backup.id,
        "proved": proved,
        "holds": backup.began_at.isoformat(),
        "into": clean(made.identity),
        "rows": made.rows,
        "erased": made.erased,
    }


def told_into(source: str, backup: Backup, made: Beside, *, proved: bool) -> str:
    lines = [
        f"{plain(made.identity)} holds {made.rows:,} rows of {plain(source)} from backup {backup.id}"
        + ("" if proved else ", which was not proved"),
        "  only its owner may read it; an erasure of a user does not reach it",
        f"  when you are done: drop table {plain(made.identity)}",
    ]
    if made.erased:
        lines.insert(1, f"  left out: {counted(made.erased, 'row')} of erased users")
    return "\n".join(lines) + "\n"


def listed(found: Sequence[KeptRestore]) -> dict[str, Any]:
    """The document of `haulback restore list`."""
    return {"ok": True, "exit": 0, "restores": [_restore(one) for one in found]}


def told_list(found: Sequence[KeptRestore]) -> str:
    if not found:
        return "no restores\n"
    rows = [("id", "begun", "table", "backup", "state", "keeps")]
    for one in found:
        restore = one.restore
        rows.append(
            (
                str(restore.number),
                f"{restore.begun_at:%Y-%m-%d %H:%M}",
                plain(restore.identity),
                plain(restore.request.get("backup", "")),
                restore.state + ("" if one.can_undo else ", cannot be undone"),
                f"{one.size / 1e6:,.1f} MB",
            )
        )
    return "\n".join(aligned(rows, indent="")) + "\n"


def exit_of_undo(rows: UndoneRows) -> Exit:
    """5 where a row could not be taken back though nobody wrote it since."""
    return Exit.ROLLBACK_INCOMPLETE if rows.refused else Exit.DONE


def undone(restore: Restore, rows: UndoneRows) -> dict[str, Any]:
    """The document of `haulback restore undo`."""
    code = exit_of_undo(rows)
    return {
        "ok": code is Exit.DONE,
        "exit": int(code),
        "restore": restore.number,
        "table": clean(restore.identity),
        "state": restore.state,
        "deleted": rows.deleted,
        "set_back": rows.set_back,
        "touched": rows.touched,
        "gone": rows.gone,
        "left": clean(dict(rows.left)),
    }


def told_undone(restore: Restore, rows: UndoneRows) -> str:
    what = f"restore {restore.number} of {plain(restore.identity)} is {restore.state}"
    lines = [f"{what}: {rows.deleted:,} rows taken out, {rows.set_back:,} set back"]
    if rows.touched:
        lines.append(f"  {counted(rows.touched, 'row')} set back but for columns that were written since")
    if rows.gone:
        lines.append(f"  {counted(rows.gone, 'row')} deleted since by somebody else")
    return "\n".join([*lines, *_left(rows.left)]) + "\n"


def forgotten(restore: Restore) -> dict[str, Any]:
    """The document of `haulback restore forget`."""
    return {"ok": True, "exit": 0, "restore": restore.number, "table": clean(restore.identity)}


def told_forgotten(restore: Restore) -> str:
    return f"restore {restore.number} of {plain(restore.identity)} keeps nothing any more\n"


def _kinds(seen: Differences) -> list[str]:
    counts = {How.MISSING: seen.missing, How.CHANGED: seen.changed, How.EXTRA: seen.extra}
    lines = []
    for how, rows in counts.items():
        keys = seen.first.get(how, ())
        more = ", …" if rows > len(keys) else ""
        lines.append(f"  {how.value:<8} {rows:,}" + (f"  {'; '.join(map(plain, keys))}{more}" if keys else ""))
    return lines


def _columns(seen: Differences) -> list[str]:
    lines = []
    if seen.only_backup:
        lines.append(f"  not compared, since the table has them no more: {', '.join(map(plain, seen.only_backup))}")
    if seen.only_table:
        lines.append(f"  not compared, since the backup has them not: {', '.join(map(plain, seen.only_table))}")
    return lines


def _left(left: Mapping[str, int]) -> list[str]:
    return [f"  left: {counted(rows, 'row')}, {plain(reason)}" for reason, rows in sorted(left.items())]


def _restore(one: KeptRestore) -> dict[str, Any]:
    restore = one.restore
    return {
        "id": restore.number,
        "table": clean(restore.identity),
        "backup": clean(restore.request.get("backup", "")),
        "state": restore.state,
        "begun_at": restore.begun_at.isoformat(),
        "request": clean(dict(restore.request)),
        "bytes": one.size,
        "can_undo": one.can_undo,
    }
