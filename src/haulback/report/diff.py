"""How two databases differ, told to a person and to a program; values of rows only where they were asked for."""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.model.diff import Diff, SequenceDiff, ShownRow, TableDiff, Values
from haulback.model.restore import How
from haulback.report.plain import clean, counted, plain

_MOST = 40  # lines of the schema that a person is shown
_ABSENT = "-"


def exit_of(found: Diff) -> Exit:
    """A difference is no failure; 7 where a table could not be read."""
    return Exit.UNVERIFIED if found.unread else Exit.DONE


def document(found: Diff) -> dict[str, Any]:
    """The document of `haulback diff`."""
    code = exit_of(found)
    return {
        "ok": code is Exit.DONE,
        "exit": int(code),
        "then": clean(found.then),
        "now": clean(found.now),
        "equal": found.equal,
        "objects": clean(list(found.schema)),
        "tables": [_table(one) for one in found.tables],
        "sequences": [{"sequence": clean(one.identity), "then": one.then, "now": one.now} for one in found.sequences],
        "unread": clean(list(found.unread)),
    }


def told(found: Diff) -> str:
    lines = [f"{plain(found.then)} beside {plain(found.now)}, as it is now"]
    if found.schema:
        lines.append(f"schema: {counted(len(found.schema), 'difference')} since")
        lines += [f"  {plain(one)}" for one in found.schema[:_MOST]]
        lines += [f"  and {len(found.schema) - _MOST} more; --json has them all"] if len(found.schema) > _MOST else []
    same = [one for one in found.tables if one.same]
    for one in found.tables:
        lines += [] if one.same else _told_table(one)
    lines += [_told_sequence(one) for one in found.sequences]
    if same:
        lines.append(f"{counted(len(same), 'table')} the same, {sum(one.now or 0 for one in same):,} rows")
    if found.equal:
        lines.append("no difference")
    return "\n".join(lines) + "\n"


def _told_table(one: TableDiff) -> list[str]:
    if one.same is None:
        return [f"{plain(one.identity)}: unknown: {plain(one.reason)}"]
    lines = [f"{plain(one.identity)}: {_rows(one.then)} then, {_rows(one.now)} now"]
    if one.missing is None:
        lines.append(f"  different; which rows is unknown: {plain(one.reason)}")
    elif one.then is None or one.now is None:
        lines.append(f"  {plain(one.reason)}")
    else:
        counts = {How.MISSING: one.missing, How.CHANGED: one.changed or 0, How.EXTRA: one.extra or 0}
        for how, rows in counts.items():
            lines += _told_kind(one, how, rows)
    for columns, why in (
        (one.only_then, "not compared, since they are gone"),
        (one.only_now, "not compared, since they came later"),
        (one.retyped, "not compared, since they have another type by now"),
    ):
        lines += [f"  {why}: {', '.join(map(plain, columns))}"] if columns else []
    if one.command:
        lines.append(f"  bring rows back: {plain(one.command)}")
    elif one.comes_back and one.now is not None:
        lines.append("  no proved backup of tables from before that moment holds it: haulback backup list")
    return lines


def _told_kind(one: TableDiff, how: How, rows: int) -> list[str]:
    shown = one.first.get(how, ())
    away = one.archived + (one.erased or 0) if how is How.MISSING else 0
    more = ", …" if rows - away > len(shown) else ""
    keys = "; ".join(plain(each.key) for each in shown)
    lines = [f"  {how.value:<8} {rows:,}" + (f"  {keys}{more}" if keys else "")]
    if how is How.MISSING and one.archived:
        lines.append(f"    {one.archived:,} of them are in the archive: they stay there")
    if how is How.MISSING and one.erased:
        lines.append(f"    {one.erased:,} of them are of erased users: they never come back")
    if how is How.MISSING and one.erased is None:
        lines.append("    whether some are of erased users this role may not ask")
    for each in shown:
        lines += _told_values(each)
    return lines


def _told_values(row: ShownRow) -> list[str]:
    if row.then is None and row.now is None:
        return []
    names = dict.fromkeys([*(row.then or {}), *(row.now or {})])
    lines = [f"    {plain(row.key)}"]
    for name in names:
        then, now = (_value(side, name) for side in (row.then, row.now))
        if row.then is None or row.now is None:
            lines.append(f"      {plain(name)}: {now if row.then is None else then}")
        elif then != now:
            lines.append(f"      {plain(name)}: {then} -> {now}")
    return lines


def _told_sequence(one: SequenceDiff) -> str:
    then, now = (_ABSENT if side is None else str(side) for side in (one.then, one.now))
    return f"sequence {plain(one.identity)}: {then} then, {now} now"


def _value(side: Values | None, name: str) -> str:
    value = side.get(name) if side else None
    return "null" if value is None else plain(value)


def _rows(count: int | None) -> str:
    return "not there" if count is None else f"{count:,} rows"


def _table(one: TableDiff) -> dict[str, Any]:
    return {
        "table": clean(one.identity),
        "then": one.then,
        "now": one.now,
        "same": one.same,
        "reason": clean(one.reason) or None,
        "missing": one.missing,
        "changed": one.changed,
        "extra": one.extra,
        "erased": one.erased,
        "archived": one.archived,
        "first": {how.value: [_row(each) for each in one.first.get(how, ())] for how in How},
        "only_then": clean(list(one.only_then)),
        "only_now": clean(list(one.only_now)),
        "retyped": clean(list(one.retyped)),
        "command": clean(one.command) or None,
    }


def _row(row: ShownRow) -> dict[str, Any]:
    sides = {"then": row.then, "now": row.now}
    return {"key": clean(row.key)} | {side: clean(dict(one)) for side, one in sides.items() if one is not None}
